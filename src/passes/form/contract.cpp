// SPDX-License-Identifier: Apache-2.0
// Products of two activations, one for each head: the einsum nchw,nwhu->nchu, whose first operand has the summed
// factors on the last axis and whose second has them on the channels' axis.
//
//     scores (B, keys, 1, queries) = k (B, keys, 1, c) * q (B, c, 1, queries)
//     context (B, c, 1, queries)   = v (B, c, 1, keys) * weights (B, keys, 1, queries)
//
// With a single query that would leave one element on the last axis, which the engine pads to 64 bytes. There heads
// stay together and the longer axis comes last:
//
//     scores (B, heads, 1, keys) = q (B, heads, 1, c) * k (B, heads, keys, c)
//     scores (B, group, 1, keys) = q (B, group, 1, c) * k (B, 1, keys, c)      queries that share a key
#include <algorithm>
#include <functional>

#include "base/error.h"
#include "passes/form/keys.h"
#include "passes/form/projection.h"

namespace anemone::form {
namespace {

constexpr int64_t kMostPieces = 256;
constexpr int64_t kMostWindows = 4;  // that are attended to one by one
constexpr int kLookAhead = 16;

// The letters of a user's result, given those of its operand; nothing when axes are lost.
std::string followed(State& state, const Op& user, ValueId value, const std::string& letters) {
  const OpDefinition* definition = state.table.find(user.type);
  const Shape& after = user.outputs[0].type.shape;
  if (definition && !definition->view_of.empty()) {  // the last axes, as long as they are the same
    const Shape& before = state.graph.type(value).shape;
    std::string result(after.size(), '?');
    for (size_t i = 1; i <= after.size() && i <= before.size(); ++i) {
      if (!provably_equal(after[after.size() - i], before[before.size() - i])) break;
      result[after.size() - i] = letters[letters.size() - i];
    }
    return result;
  }
  const auto axes = axes_of(user, state.table, state.graph.function().opset, state.graph);
  if (!axes || axes->contracts || user.outputs.size() != 1) return "";
  for (const auto& place : axes->operands) {
    const Operand& operand = user.argument(place.argument)->operands[place.index];
    if (!operand.is_value() || operand.value() != value) continue;
    std::string result;
    for (const char letter : axes->outputs[0]) {
      const size_t at = place.letters.find(letter);
      result += at == std::string::npos ? '?' : letters[at];
    }
    return result;
  }
  return "";
}

// The letter along which a softmax behind the value runs: the keys.
char softmax_letter(State& state, ValueId value, std::string letters) {
  for (int step = 0; step < kLookAhead; ++step) {
    const Op* next = nullptr;
    for (const Op* user : state.graph.users(value)) {
      if (user->type == "softmax") {
        const auto axes = axes_of(*user, state.table, state.graph.function().opset, state.graph);
        if (!axes) return '?';
        return letters[axes->operands[0].letters.find(axes->along[0])];
      }
      if (!next && !followed(state, *user, value, letters).empty()) next = user;
    }
    if (!next) return '?';
    letters = followed(state, *next, value, letters);
    value = next->id();
  }
  return '?';
}

struct Roles {
  std::string batch, inner, rows, columns;  // rows: of the first operand
};

std::optional<Roles> roles_of(const AxesStatement& axes) {
  const std::string& x = axes.operands[0].letters;
  const std::string& y = axes.operands[1].letters;
  const std::string& out = axes.outputs[0];
  const auto in = [](const std::string& letters, char letter) { return letters.find(letter) != std::string::npos; };
  Roles roles;
  for (const char letter : out)
    (in(x, letter) && in(y, letter) ? roles.batch : in(x, letter) ? roles.rows : roles.columns) += letter;
  for (const char letter : x)
    if (!in(out, letter)) {
      if (!in(y, letter)) return std::nullopt;
      roles.inner += letter;
    }
  for (const char letter : y)
    if (!in(out, letter) && !in(x, letter)) return std::nullopt;
  return roles;
}

std::vector<Key> keys_of(const Keys& keys, const std::string& letters) {
  std::vector<Key> all;
  for (const char letter : letters) {
    const auto found = keys.of_letter.find(letter);
    if (found != keys.of_letter.end()) all.insert(all.end(), found->second.begin(), found->second.end());
  }
  return all;
}

class ByHeads {
 public:
  ByHeads(State& state, const Op& op, const AxesStatement& axes, Keys keys, const Roles& roles)
      : state_(state), op_(op), axes_(axes), keys_(std::move(keys)), roles_(roles) {}

  bool run() {
    for (const size_t i : {0, 1}) layouts_.push_back(keys_.to_keys(i, state_.preferred(keys_.uses[i].value)));
    const bool own[] = {owns(0), owns(1)};
    if (own[0] && own[1]) return false;
    choose_batch();
    const size_t first = x_is_first() ? 0 : 1;
    const std::vector<Key> inner = summed();
    const std::vector<Key> shared = unrolled_;
    const std::vector<Key> rows = positions(first, first == 0 ? roles_.rows : roles_.columns);
    const std::vector<Key> columns = positions(1 - first, first == 0 ? roles_.columns : roles_.rows);
    if (rows.empty() || columns.empty()) return emit_packed(rows.empty() ? first : 1 - first, shared, inner);
    if (keys_.count(unrolled_) > kMostPieces) return false;
    if (state_.attention == AttentionMode::kOriginal) {
      emit_together(first, shared, rows, columns, inner);
      return true;
    }
    emit(first, {{batch_, rows, {}, inner}, unrolled_}, {{batch_, inner, {}, columns}, unrolled_},
         {{batch_, rows, {}, columns}, unrolled_}, [&](ValueId x, ValueId y) {
           const std::vector<ValueId> operands = {x, y};
           return state_.builder.add("einsum", {{"values", operands}, {"equation", "nchw,nwhu->nchu"}}, name());
         });
    return true;
  }

 private:
  bool owns(size_t use) {
    const Value& value = keys_.uses[use].value;
    return value.elements->constant || is_own(value, state_.preferred(value));
  }

  // Batch factors that lie on the first axis of both stay there, and many among the positions (windows of an image) go
  // there; the others are unrolled.
  void choose_batch() {
    const Layout& lead = layouts_[owns(0) ? 1 : 0];
    const auto lies_on = [&](size_t axis, Key key) {
      return axis < lead.axes.size() &&
             std::find(lead.axes[axis].begin(), lead.axes[axis].end(), key) != lead.axes[axis].end();
    };
    std::vector<Key> windows;
    for (const Key key : keys_of(keys_, roles_.batch))
      if (lead.axes.size() == 4 && (lies_on(2, key) || lies_on(3, key))) windows.push_back(key);
    const bool many = keys_.count(windows) > kMostWindows;
    for (const Key key : keys_of(keys_, roles_.batch)) {
      const bool window = many && std::find(windows.begin(), windows.end(), key) != windows.end();
      const bool first = lies_on(0, key) || window;
      (first && keys_.has(0, key) && keys_.has(1, key) ? batch_ : unrolled_).push_back(key);
    }
  }

  // The summed factors, in the order in which they lie already.
  std::vector<Key> summed() const {
    const std::vector<Key> inner = keys_of(keys_, roles_.inner);
    for (const Layout& layout : layouts_)
      for (const auto& axis : layout.axes)
        if (axis.size() == inner.size() && std::is_permutation(axis.begin(), axis.end(), inner.begin()) &&
            axis != inner)
          return axis;
    return inner;
  }

  // Factors of these letters that are positions. Those that lie beside the summed ones, or are unrolled, are heads that
  // share the other operand: unrolled too.
  std::vector<Key> positions(size_t use, const std::string& letters) {
    const Layout& layout = layouts_[use];
    const auto in = [](const std::vector<Key>& keys, Key key) {
      return std::find(keys.begin(), keys.end(), key) != keys.end();
    };
    const std::vector<Key> inner = keys_of(keys_, roles_.inner);
    std::vector<Key> result;
    for (const Key key : keys_of(keys_, letters)) {
      const bool beside = std::any_of(layout.axes.begin(), layout.axes.end(), [&](const std::vector<Key>& axis) {
        return in(axis, key) && std::any_of(axis.begin(), axis.end(), [&](Key other) { return in(inner, other); });
      });
      (beside || in(layout.unrolled, key) ? unrolled_ : result).push_back(key);
    }
    return result;
  }

  bool x_is_first() {
    const char keys_letter = softmax_letter(state_, op_.outputs[0].id, axes_.outputs[0]);
    if (roles_.rows.find(keys_letter) != std::string::npos) return true;
    if (roles_.columns.find(keys_letter) != std::string::npos) return false;
    const std::vector<Key> inner = keys_of(keys_, roles_.inner);
    const auto on_channels = [&](size_t use) {
      return layouts_[use].axes.size() > 1 && layouts_[use].axes[1] == inner;
    };
    return on_channels(1) && !on_channels(0);
  }

  const std::string& name() const { return op_.outputs[0].name; }

  void emit(size_t first, const Layout& first_layout, const Layout& second_layout, const Layout& result,
            const std::function<ValueId(ValueId, ValueId)>& multiplied) {
    const size_t second = 1 - first;
    const auto pieces = [&](size_t use, const Layout& layout) {
      return state_.pieces(keys_.uses[use].value, keys_.to_factors(use, layout), name(), true);
    };
    const auto of_first = pieces(first, first_layout);
    const auto of_second = pieces(second, second_layout);
    const auto first_index = spread(keys_, unrolled_, first);
    const auto second_index = spread(keys_, unrolled_, second);
    std::vector<ValueId> made;
    for (size_t p = 0; p < first_index.size(); ++p)
      made.push_back(multiplied(of_first[first_index[p]], of_second[second_index[p]]));
    Fresh fresh = fresh_value(keys_, axes_.outputs[0], op_.outputs[0].type, "");
    const Layout layout = layout_of(fresh, keys_, result, axes_.outputs[0]);
    state_.store(op_.outputs[0], fresh.value, layout, std::move(made));
    ++state_.made_contractions;
  }

  // One product for all heads that both operands have.
  void emit_together(size_t first, const std::vector<Key>& heads, const std::vector<Key>& rows,
                     const std::vector<Key>& columns, const std::vector<Key>& inner) {
    const auto comes_first = [&](size_t use, const std::vector<Key>& a, const std::vector<Key>& b) {
      const std::vector<Key> now = flattened(layouts_[use]);
      return std::find(now.begin(), now.end(), a.front()) < std::find(now.begin(), now.end(), b.front());
    };
    const bool x_transposed = comes_first(first, inner, rows);
    const bool y_transposed = comes_first(1 - first, columns, inner);
    unrolled_.erase(std::remove_if(unrolled_.begin(), unrolled_.end(),
                                   [&](Key key) { return std::find(heads.begin(), heads.end(), key) != heads.end(); }),
                    unrolled_.end());
    emit(first, {{batch_, heads, x_transposed ? inner : rows, x_transposed ? rows : inner}, unrolled_},
         {{batch_, heads, y_transposed ? columns : inner, y_transposed ? inner : columns}, unrolled_},
         {{batch_, heads, rows, columns}, unrolled_}, [&](ValueId x, ValueId y) {
           return state_.builder.add(
               "matmul", {{"x", x}, {"y", y}, {"transpose_x", x_transposed}, {"transpose_y", y_transposed}}, name());
         });
  }

  // One product for all heads. `single` is the operand without positions; heads that it alone has share the other
  // operand, one product for each group of them.
  bool emit_packed(size_t single, const std::vector<Key>& shared, const std::vector<Key>& inner) {
    const size_t other = 1 - single;
    std::vector<Key> heads, own;  // what the other operand only repeats is none of its heads
    for (const Key key : shared) (places(layouts_[other], key) ? heads : own).push_back(key);
    for (const Key key : keys_of(keys_, single == 0 ? roles_.rows : roles_.columns)) own.push_back(key);
    unrolled_ = own.empty() ? std::vector<Key>() : heads;
    if (keys_.count(unrolled_) > kMostPieces) return false;
    const std::vector<Key>& together = own.empty() ? heads : own;

    const std::vector<Key> columns = keys_of(keys_, single == 0 ? roles_.columns : roles_.rows);
    const std::vector<Key> now = flattened(layouts_[other]);
    const auto at = [&](const std::vector<Key>& keys) {
      return keys.empty() ? now.end() : std::find(now.begin(), now.end(), keys.front());
    };
    const bool transposed = at(columns) < at(inner);
    const std::vector<Key> of_other = own.empty() ? heads : std::vector<Key>();
    emit(single, {{batch_, together, {}, inner}, unrolled_},
         {{batch_, of_other, transposed ? columns : inner, transposed ? inner : columns}, unrolled_},
         {{batch_, together, {}, columns}, unrolled_}, [&](ValueId x, ValueId y) {
           return state_.builder.add("matmul",
                                     {{"x", x}, {"y", y}, {"transpose_x", false}, {"transpose_y", transposed}}, name());
         });
    return true;
  }

  State& state_;
  const Op& op_;
  const AxesStatement& axes_;
  Keys keys_;
  const Roles& roles_;
  std::vector<Layout> layouts_;
  std::vector<Key> batch_, unrolled_;
};

}  // namespace

bool lower_contraction(State& state, const Op& op, const AxesStatement& axes) {
  if (!axes.contracts || !is_float(op.outputs[0].type.dtype)) return false;
  if (lower_projection(state, op, axes)) return true;
  if (op.argument("weight")) return false;  // one that is computed or compressed; a bias would be lost besides
  const auto roles = roles_of(axes);
  if (!roles) return false;
  for (const auto& place : axes.operands)
    if (state.value(op.argument(place.argument)->operands[place.index]).elements->constant) return false;
  auto keys = Keys::of(state, op, axes);
  return keys && ByHeads(state, op, axes, std::move(*keys), *roles).run();
}

}  // namespace anemone::form
