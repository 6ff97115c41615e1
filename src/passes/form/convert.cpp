// SPDX-License-Identifier: Apache-2.0
#include "passes/form/convert.h"

#include <algorithm>
#include <functional>

#include "base/error.h"

namespace anemone::form {
namespace {

using Pieces = std::vector<ValueId>;

// Shapes for reshape ops: one dimension may be left to be found out.
std::vector<int32_t> literal_shape(const Elements& elements, const std::vector<std::vector<Factor>>& axes) {
  std::vector<int32_t> shape;
  int open = 0;
  for (const auto& axis : axes) {
    const Dim size = elements.size_of(axis);
    open += !size.is_constant();
    shape.push_back(size.is_constant() ? static_cast<int32_t>(size.value()) : -1);
  }
  if (open > 1) fail("a reshape with {} dimensions that are not known", open);
  return shape;
}

class Conversion {
 public:
  Conversion(const Elements& elements, Builder& builder, const std::string& name)
      : elements_(elements), builder_(builder), name_(name) {}

  Stored convert(Stored from, const Layout& wanted) {
    if (from.layout == wanted) return from;
    const bool same_unrolled = from.layout.unrolled == wanted.unrolled;
    if (same_unrolled && (from.pieces.size() == 1 || flattened(from.layout) == flattened(wanted)))
      return {wanted, each(from.pieces, [&](ValueId piece) { return moved(piece, from.layout.axes, wanted.axes); })};
    if (!from.layout.unrolled.empty()) return convert(joined(std::move(from), wanted), wanted);
    return cut(std::move(from), wanted);
  }

 private:
  static Pieces each(const Pieces& pieces, const std::function<ValueId(ValueId)>& f) {
    Pieces result;
    for (const ValueId piece : pieces) result.push_back(f(piece));
    return result;
  }

  // One tensor, its factors on other axes.
  ValueId moved(ValueId tensor, const std::vector<std::vector<Factor>>& from,
                const std::vector<std::vector<Factor>>& wanted) {
    if (from == wanted) return tensor;
    if (flattened({from, {}}) == flattened({wanted, {}})) return viewed(tensor, from, wanted);
    // Runs of factors that stay together move together; each gets an axis, and wanted empty axes come along.
    std::vector<std::vector<Factor>> runs = runs_of(from, wanted);
    std::vector<std::vector<Factor>> target = regrouped(wanted, runs);
    std::vector<std::vector<Factor>> source = runs;
    place_empty_axes(source, target);
    tensor = viewed(tensor, from, source);
    std::vector<int32_t> perm;
    std::vector<bool> used(source.size(), false);
    for (const auto& axis : target) {
      for (size_t i = 0; i < source.size(); ++i) {
        if (used[i] || source[i] != axis) continue;
        used[i] = true;
        perm.push_back(static_cast<int32_t>(i));
        break;
      }
    }
    CHECK(perm.size() == source.size());
    if (source.size() > 5) fail("a transpose of rank {}", source.size());
    tensor = builder_.add("transpose", {{"x", tensor}, {"perm", perm}}, name_);
    return viewed(tensor, target, wanted);
  }

  // Cuts the factor order of `from` where `wanted` does not continue it on the same axis.
  static std::vector<std::vector<Factor>> runs_of(const std::vector<std::vector<Factor>>& from,
                                                  const std::vector<std::vector<Factor>>& wanted) {
    const auto follows = [&](Factor a, Factor b) {
      for (const auto& axis : wanted)
        for (size_t i = 0; i + 1 < axis.size(); ++i)
          if (axis[i] == a && axis[i + 1] == b) return true;
      return false;
    };
    std::vector<std::vector<Factor>> runs;
    for (const auto& axis : from)
      for (const Factor factor : axis) {
        if (!runs.empty() && follows(runs.back().back(), factor))
          runs.back().push_back(factor);
        else
          runs.push_back({factor});
      }
    return runs;
  }

  static std::vector<std::vector<Factor>> regrouped(const std::vector<std::vector<Factor>>& wanted,
                                                    const std::vector<std::vector<Factor>>& runs) {
    std::vector<std::vector<Factor>> axes;
    for (const auto& axis : wanted) {
      if (axis.empty()) axes.emplace_back();
      for (const Factor factor : axis)
        for (const auto& run : runs)
          if (run.front() == factor) axes.push_back(run);
    }
    return axes;
  }

  // As many empty axes in `source` as in `target`, at the same places where that is possible: then the transpose is the
  // last step. More than five axes in all: the empty ones stay out.
  static void place_empty_axes(std::vector<std::vector<Factor>>& source, std::vector<std::vector<Factor>>& target) {
    if (target.size() > 5) {
      target.erase(std::remove_if(target.begin(), target.end(), [](const auto& axis) { return axis.empty(); }),
                   target.end());
      return;
    }
    for (size_t i = 0; i < target.size(); ++i)
      if (target[i].empty())
        source.insert(source.begin() + static_cast<std::ptrdiff_t>(std::min(i, source.size())), {{}});
  }

  // The same order of elements in other axes.
  ValueId viewed(ValueId tensor, const std::vector<std::vector<Factor>>& from,
                 const std::vector<std::vector<Factor>>& wanted) {
    if (from == wanted) return tensor;
    std::vector<int32_t> added, dropped;
    if (differs_in_empty_axes(from, wanted, dropped, added)) {
      if (!dropped.empty()) tensor = builder_.add("squeeze", {{"x", tensor}, {"axes", dropped}}, name_);
      if (!added.empty()) tensor = builder_.add("expand_dims", {{"x", tensor}, {"axes", added}}, name_);
      return tensor;
    }
    return builder_.add("reshape", {{"x", tensor}, {"shape", literal_shape(elements_, wanted)}}, name_);
  }

  // Empty axes between equal ones: which of `from` go, and where new ones stand in `wanted`.
  static bool differs_in_empty_axes(const std::vector<std::vector<Factor>>& from,
                                    const std::vector<std::vector<Factor>>& wanted, std::vector<int32_t>& dropped,
                                    std::vector<int32_t>& added) {
    size_t i = 0;
    size_t j = 0;
    while (i < from.size() || j < wanted.size()) {
      if (i < from.size() && j < wanted.size() && from[i] == wanted[j]) {
        ++i, ++j;
      } else if (j < wanted.size() && wanted[j].empty()) {
        added.push_back(static_cast<int32_t>(j++));
      } else if (i < from.size() && from[i].empty()) {
        dropped.push_back(static_cast<int32_t>(i++));
      } else {
        return false;
      }
    }
    return dropped.empty() || added.empty();  // both: one reshape is simpler
  }

  // The place for a factor that is about to be joined or cut: in front of its inner neighbour, so that nothing moves;
  // without one on an empty axis.
  static size_t axis_in_front_of(const Layout& layout, const std::vector<Factor>& inner) {
    for (const Factor factor : inner)
      for (size_t a = 0; a < layout.axes.size(); ++a)
        if (!layout.axes[a].empty() && layout.axes[a].front() == factor) return a;
    for (size_t a = 1; a < layout.axes.size(); ++a)
      if (layout.axes[a].empty()) return a;
    return layout.axes.size() > 1 ? 1 : 0;
  }

  static std::vector<Factor> behind(const Layout& layout, Factor factor) {
    for (const auto& axis : layout.axes) {
      const auto at = std::find(axis.begin(), axis.end(), factor);
      if (at != axis.end()) return {at + 1, axis.end()};
    }
    return {};
  }

  // Concatenates along the unrolled factor that runs fastest.
  Stored joined(Stored from, const Layout& wanted) {
    const Factor factor = from.layout.unrolled.back();
    const auto count = static_cast<size_t>(elements_.size(factor).value());
    const auto& cut_again = wanted.unrolled;  // then it waits on the channels' axis
    const bool stays_cut = std::find(cut_again.begin(), cut_again.end(), factor) != cut_again.end();
    const size_t axis =
        stays_cut && from.layout.axes.size() > 1 ? 1 : axis_in_front_of(from.layout, behind(wanted, factor));
    Stored result{from.layout, {}};
    result.layout.unrolled.pop_back();
    auto& joined_axis = result.layout.axes[axis];
    joined_axis.insert(joined_axis.begin(), factor);
    for (size_t i = 0; i < from.pieces.size(); i += count) {
      const Pieces parts(from.pieces.begin() + static_cast<std::ptrdiff_t>(i),
                         from.pieces.begin() + static_cast<std::ptrdiff_t>(i + count));
      result.pieces.push_back(
          builder_.add("concat", {{"values", parts}, {"axis", static_cast<int>(axis)}, {"interleave", false}}, name_));
    }
    return result;
  }

  // Brings unrolled factors to the front of an axis each, in one move, and splits there, the slowest first.
  Stored cut(Stored from, const Layout& wanted) {
    Layout whole{wanted.axes, {}};
    std::vector<size_t> at;
    for (size_t i = wanted.unrolled.size(); i-- > 0;) {
      const size_t axis = axis_in_front_of(whole, behind(from.layout, wanted.unrolled[i]));
      whole.axes[axis].insert(whole.axes[axis].begin(), wanted.unrolled[i]);
      at.insert(at.begin(), axis);
    }
    Stored result = convert(std::move(from), whole);
    for (size_t i = 0; i < wanted.unrolled.size(); ++i) {
      const auto count = static_cast<int32_t>(elements_.size(wanted.unrolled[i]).value());
      Pieces parts;
      for (const ValueId piece : result.pieces)
        for (const ValueId part : builder_.add_many(
                 "split", {{"x", piece}, {"num_splits", count}, {"axis", static_cast<int>(at[i])}}, name_))
          parts.push_back(part);
      result.pieces = std::move(parts);
      auto& axis = result.layout.axes[at[i]];
      axis.erase(axis.begin());
      result.layout.unrolled.push_back(wanted.unrolled[i]);
    }
    CHECK(result.layout == wanted);
    return result;
  }

  const Elements& elements_;
  Builder& builder_;
  const std::string& name_;
};

// A constant in any layout is a promise with more steps.
Constant laid_out(const Elements& elements, const Constant& constant, const Layout& own, const Layout& wanted) {
  const std::vector<Factor> order = flattened(own);
  ConcreteShape sizes;
  for (const Factor factor : order) sizes.push_back(elements.size(factor).value());
  std::vector<Factor> target = wanted.unrolled;
  for (const Factor factor : flattened(wanted)) target.push_back(factor);
  std::vector<int> perm;
  for (const Factor factor : target)
    perm.push_back(static_cast<int>(std::find(order.begin(), order.end(), factor) - order.begin()));
  Constant result = constant.reshaped(sizes);
  if (!std::is_sorted(perm.begin(), perm.end())) result = result.transposed(perm);
  int64_t copies = 1;
  for (const Factor factor : wanted.unrolled) copies *= elements.size(factor).value();
  ConcreteShape shape = {copies};
  for (const auto& axis : wanted.axes) shape.push_back(elements.size_of(axis).value());
  return result.reshaped(shape);
}

Pieces constant_pieces(Elements& elements, const Layout& wanted, Builder& builder, const std::string& name) {
  const Constant all = laid_out(elements, *elements.constant, elements.stored.front().layout, wanted);
  ConcreteShape shape = all.type().concrete();
  const int64_t copies = shape.front();
  shape.erase(shape.begin());
  Pieces pieces;
  for (int64_t i = 0; i < copies; ++i) {
    const Constant piece = copies == 1 ? all : all.sliced(0, i, i + 1);
    pieces.push_back(builder.constant(piece.reshaped(shape), name));
  }
  return pieces;
}

// One tensor for each combination of wanted unrolled factors, of which some are broadcast in what there is.
Pieces repeated(const Elements& elements, const Pieces& pieces, const std::vector<Factor>& wanted,
                const std::vector<Factor>& there) {
  Pieces result;
  int64_t count = 1;
  for (const Factor factor : wanted) count *= elements.size(factor).value();
  for (int64_t i = 0; i < count; ++i) {
    int64_t index = 0;
    int64_t inner = count;
    int64_t rest = i;
    for (const Factor factor : wanted) {
      inner /= elements.size(factor).value();
      if (std::find(there.begin(), there.end(), factor) != there.end())
        index = index * elements.size(factor).value() + rest / inner;
      rest %= inner;
    }
    result.push_back(pieces[static_cast<size_t>(index)]);
  }
  return result;
}

// Repeats an axis in front of which a factor is wanted; false when there is no such axis.
bool repeated_whole(const Elements& elements, Stored& from, const std::vector<Factor>& wanted, Builder& builder,
                    const std::string& name) {
  const std::vector<Factor> rest(wanted.begin() + 1, wanted.end());
  const auto at = std::find(from.layout.axes.begin(), from.layout.axes.end(), rest);
  if (rest.empty() || at == from.layout.axes.end() || places(from.layout, wanted.front())) return false;
  std::vector<int32_t> reps(from.layout.axes.size(), 1);
  reps[static_cast<size_t>(at - from.layout.axes.begin())] =
      static_cast<int32_t>(elements.size(wanted.front()).value());
  *at = wanted;
  for (ValueId& piece : from.pieces) piece = builder.add("tile", {{"x", piece}, {"reps", reps}}, name);
  return true;
}

// Repeats factors that are broadcast but wanted on an axis.
Stored materialized(const Elements& elements, Stored from, const Layout& wanted, Builder& builder,
                    const std::string& name) {
  for (const auto& axis : wanted.axes) {
    if (!axis.empty() && repeated_whole(elements, from, axis, builder, name)) continue;
    for (const Factor factor : axis) {
      if (places(from.layout, factor)) continue;
      if (from.layout.axes.size() >= 5) fail("a broadcast axis beyond rank 5");
      from.layout.axes.push_back({factor});
      std::vector<int32_t> reps(from.layout.axes.size(), 1);
      reps.back() = static_cast<int32_t>(elements.size(factor).value());
      const auto last = static_cast<int32_t>(reps.size()) - 1;
      for (ValueId& piece : from.pieces) {
        piece = builder.add("expand_dims", {{"x", piece}, {"axes", {last}}}, name);
        piece = builder.add("tile", {{"x", piece}, {"reps", reps}}, name);
      }
    }
  }
  return from;
}

}  // namespace

Constant constant_in(const Value& value, const std::vector<std::vector<Factor>>& axes) {
  const Constant all =
      laid_out(*value.elements, *value.elements->constant, value.elements->stored.front().layout, {axes, {}});
  ConcreteShape shape = all.type().concrete();
  shape.erase(shape.begin());
  return all.reshaped(shape);
}

std::vector<ValueId> pieces_in(const Value& value, const Layout& wanted, Builder& builder, const std::string& name) {
  Elements& elements = *value.elements;
  CHECK(!elements.stored.empty());
  const Layout there = elements.stored.front().layout;
  std::vector<Factor> unrolled;
  for (const Factor factor : wanted.unrolled)
    if (places(there, factor)) unrolled.push_back(factor);
  const Layout reachable{wanted.axes, unrolled};
  for (const Stored& stored : elements.stored)
    if (stored.layout == reachable && !stored.pieces.empty())
      return repeated(elements, stored.pieces, wanted.unrolled, unrolled);
  Stored made{reachable, {}};
  if (elements.constant) {
    made.pieces = constant_pieces(elements, reachable, builder, name);
  } else {
    Stored from = materialized(elements, elements.stored.front(), reachable, builder, name);
    made = Conversion(elements, builder, name).convert(std::move(from), reachable);
  }
  elements.stored.push_back(made);
  return repeated(elements, made.pieces, wanted.unrolled, unrolled);
}

}  // namespace anemone::form
