// SPDX-License-Identifier: Apache-2.0
// Ops that say how their axes correspond: elementwise ones, norms, softmax, reductions, slices, concats. They follow
// the layout of the operand that lies best; the others are brought into it.
#include <algorithm>
#include <set>

#include "base/error.h"
#include "passes/form/keys.h"

namespace anemone::form {
namespace {

constexpr int64_t kMostPieces = 512;

// How much an operand's layout should decide. Heads that are cut stay cut; an image stays one; (B, C, 1, S) is kept
// once something has it.
int weight_of(const Value& value, const Layout& layout) {
  if (value.elements->constant) return -1;
  if (!layout.unrolled.empty()) return 5;
  const bool own = is_own(value, layout);
  if (value.elements->is_image) return own ? 4 : 1;
  if (value.elements->in_form) return 3;
  return own ? 0 : 2;
}

class Follower {
 public:
  Follower(State& state, const Op& op, const AxesStatement& axes, Keys keys)
      : state_(state), op_(op), axes_(axes), keys_(std::move(keys)) {}

  bool run() {
    if (!choose_leader()) return false;
    home_ = target_;
    take_demanded();
    separate_along();
    separate_broadcast();
    if (target_.axes.size() > 5) drop_empty_axes();
    if (target_.axes.size() > 5 || keys_.count(target_.unrolled) > kMostPieces) return false;
    emit();
    return true;
  }

 private:
  bool choose_leader() {
    int best = 0;  // something must have a layout worth following
    size_t placed = 0;
    for (size_t i = 0; i < keys_.uses.size(); ++i) {
      const Value& value = keys_.uses[i].value;
      const Layout layout = state_.preferred(value);
      const Layout as_keys = keys_.to_keys(i, layout);
      const size_t count = flattened(as_keys).size() + as_keys.unrolled.size();
      const int weight = weight_of(value, layout);
      if (weight < 0 || count < placed || (count == placed && weight <= best && leader_ >= 0)) continue;
      placed = count;
      best = weight;
      leader_ = static_cast<int>(i);
      target_ = as_keys;
    }
    bool worth = !axes_.begins.empty() && state_.eager.count(op_.id()) > 0;
    for (const Keys::Use& use : keys_.uses) {
      const Layout layout = state_.preferred(use.value);
      if (weight_of(use.value, layout) > 0 && !is_own(use.value, layout)) worth = true;
      if (!use.value.elements->home.axes.empty()) worth = true;  // inside a norm
    }
    if (!worth || leader_ < 0) return false;
    for (size_t i = 0; i < keys_.uses.size(); ++i)  // what the leader lacks has no place
      for (const auto& entry : keys_.uses[i].factor_of)
        if (!places(target_, entry.first) && places_somewhere(i, entry.second)) return false;
    return true;
  }

  // Slices that are all needed in another layout are taken from the whole in that layout.
  void take_demanded() {
    const auto is_demanded = [&](const Output& output) { return state_.eager.count(output.id) > 0; };
    const bool all = std::all_of(op_.outputs.begin(), op_.outputs.end(), is_demanded);
    if (axes_.begins.empty() || !all || !target_.unrolled.empty()) return;
    const Layout layout = demanded_of(op_.outputs[0], axes_.outputs[0]);
    const std::vector<Key> there = flattened(target_);
    const std::vector<Key> here = flattened(layout);
    if (std::is_permutation(there.begin(), there.end(), here.begin(), here.end())) home_ = target_ = layout;
  }

  // The layout in which an output is needed, of keys; empty when its axes were cut.
  Layout demanded_of(const Output& output, const std::string& letters) const {
    std::vector<const std::vector<Key>*> of_factor;  // as make_value() numbers them
    for (size_t i = 0; i < letters.size(); ++i)
      if (output.type.shape[i] != Dim(1)) of_factor.push_back(&keys_.of_letter.at(letters[i]));
    Layout layout;
    const Layout& eager = state_.eager.at(output.id);
    if (flattened(eager).size() != of_factor.size()) return layout;
    for (const auto& axis : eager.axes) {
      layout.axes.emplace_back();
      for (const Factor factor : axis)
        for (const Key key : *of_factor.at(static_cast<size_t>(factor))) layout.axes.back().push_back(key);
    }
    return layout;
  }

  bool places_somewhere(size_t use, Factor factor) {
    const Value& value = keys_.uses[use].value;
    return value.elements->constant || places(state_.preferred(value), factor);
  }

  char letter_of(Key key) const {
    for (const auto& [letter, keys] : keys_.of_letter)
      if (std::find(keys.begin(), keys.end(), key) != keys.end()) return letter;
    return 0;
  }
  bool is_along(Key key) const { return axes_.along.find(letter_of(key)) != std::string::npos; }

  // A reduction's result has nothing along its letters: cutting an axis for it lasts as long as the norm around it.
  bool reduces() const {
    for (size_t i = 0; i < axes_.outputs.size(); ++i)
      for (size_t a = 0; a < axes_.outputs[i].size(); ++a)
        if (axes_.along.find(axes_.outputs[i][a]) != std::string::npos && op_.outputs[i].type.shape[a] != Dim(1))
          return false;
    return axes_.begins.empty();
  }

  // Every letter that the op works along gets an axis of its own: other factors of the axis are cut off it (reductions)
  // or unrolled.
  void separate_along() {
    for (const char letter : axes_.along) {
      std::vector<Key>& own = keys_.of_letter[letter];
      if (own.empty()) {  // of size 1: any empty axis will do, or the outer end of the channels to join values at
        own.push_back(static_cast<Key>(keys_.sizes.size()));
        keys_.sizes.emplace_back(1);
        unit_.insert(own.front());
        auto& axis = joins_channels() ? target_.axes[1] : target_.axes[empty_axis()];
        axis.insert(axis.begin(), own.front());
        continue;
      }
      if (std::find(target_.axes.begin(), target_.axes.end(), own) != target_.axes.end()) continue;
      if (pack(own.front()) && target_.axes[3] == own) continue;
      if (reduces())
        cut_out(own);
      else
        unroll_around(own);
    }
  }

  bool joins_channels() const {
    return axes_.operands.size() > 1 && target_.axes.size() == 4 && !target_.axes[1].empty();
  }

  // With a single position the last axis has room: channels from this one on go there, and nothing need be unrolled.
  bool pack(Key first) {
    if (target_.axes.size() != 4 || !target_.axes[2].empty() || !target_.axes[3].empty() || !target_.unrolled.empty())
      return false;
    auto& channels = target_.axes[1];
    const auto at = std::find(channels.begin(), channels.end(), first);
    if (at == channels.end() || at == channels.begin()) return false;
    target_.axes[3] = {at, channels.end()};
    channels.erase(at, channels.end());
    return true;
  }

  size_t empty_axis() {
    for (size_t a = target_.axes.size(); a-- > 1;)
      if (target_.axes[a].empty()) return a;
    target_.axes.emplace_back();
    return target_.axes.size() - 1;
  }

  void cut_out(const std::vector<Key>& own) {
    const auto mine = [&](Key key) { return std::find(own.begin(), own.end(), key) != own.end(); };
    std::vector<std::vector<Key>> axes;
    bool placed = false;
    for (const auto& axis : target_.axes) {
      if (axis.empty()) axes.emplace_back();
      bool run = false;
      for (const Key key : axis) {
        if (mine(key)) {
          if (!placed) axes.push_back(own);
          placed = true;
          run = false;
          continue;
        }
        if (!run) axes.emplace_back();
        axes.back().push_back(key);
        run = true;
      }
    }
    target_.axes = std::move(axes);
    target_.unrolled.erase(std::remove_if(target_.unrolled.begin(), target_.unrolled.end(), mine),
                           target_.unrolled.end());
    if (!placed) target_.axes.insert(target_.axes.begin() + 1, own);
  }

  void unroll_around(const std::vector<Key>& own) {
    const auto mine = [&](Key key) { return std::find(own.begin(), own.end(), key) != own.end(); };
    bool placed = false;
    for (auto& axis : target_.axes) {
      if (std::none_of(axis.begin(), axis.end(), mine)) continue;
      for (const Key key : axis)
        if (!mine(key)) target_.unrolled.push_back(key);
      axis = placed ? std::vector<Key>() : own;
      placed = true;
    }
    target_.unrolled.erase(std::remove_if(target_.unrolled.begin(), target_.unrolled.end(), mine),
                           target_.unrolled.end());
    if (!placed) target_.axes[empty_axis()] = own;
  }

  // An operand that has only some factors of an axis cannot be broadcast along it. Outer factors that it lacks are
  // unrolled (one rotation for all heads); inner ones get an axis of their own (one mean for a group of channels).
  void separate_broadcast() {
    while (std::any_of(keys_.uses.begin(), keys_.uses.end(), [&](const Keys::Use& use) { return separate(use); })) {
    }
  }

  // One axis of which the operand has a part; false when there is none.
  bool separate(const Keys::Use& use) {
    const auto has = [&](Key key) { return use.factor_of.count(key) > 0 || unit_.count(key) > 0; };
    for (size_t a = 0; a < target_.axes.size(); ++a) {
      const std::vector<Key> axis = target_.axes[a];
      if (std::all_of(axis.begin(), axis.end(), has) || std::none_of(axis.begin(), axis.end(), has)) continue;
      if (has(axis.front())) {
        const auto inner = std::find_if_not(axis.begin(), axis.end(), has);
        target_.axes[a] = {axis.begin(), inner};
        target_.axes.insert(target_.axes.begin() + static_cast<std::ptrdiff_t>(a) + 1, {inner, axis.end()});
        return true;
      }
      const auto outer = std::find_if(axis.begin(), axis.end(), has);
      if (a == 1 && pack(*outer)) return true;
      target_.unrolled.insert(target_.unrolled.end(), axis.begin(), outer);
      target_.axes[a] = {outer, axis.end()};
      return true;
    }
    return false;
  }

  void drop_empty_axes() {
    auto& axes = target_.axes;
    for (size_t a = axes.size(); a-- > 0 && axes.size() > 5;)
      if (axes[a].empty()) axes.erase(axes.begin() + static_cast<std::ptrdiff_t>(a));
  }

  void emit() {
    std::vector<std::vector<ValueId>> pieces;
    std::vector<std::vector<size_t>> index;
    const std::string& name = op_.outputs[0].name;
    for (size_t i = 0; i < keys_.uses.size(); ++i) {
      const Value& value = keys_.uses[i].value;
      pieces.push_back(state_.pieces(value, keys_.to_factors(i, target_), name));
      index.push_back(spread(keys_, target_.unrolled, i));
    }
    const auto fixed = fixed_arguments();
    const auto count = static_cast<size_t>(keys_.count(target_.unrolled));
    std::vector<std::vector<ValueId>> made(op_.outputs.size());
    for (size_t p = 0; p < count; ++p) {
      std::vector<Arg> args = fixed;
      for (size_t i = 0; i < keys_.uses.size(); ++i) add(args, axes_.operands[i], pieces[i][index[i][p]]);
      const std::vector<ValueId> results = state_.builder.add_many(op_.type, std::move(args), name);
      for (size_t o = 0; o < made.size(); ++o) made[o].push_back(results[o]);
    }
    for (size_t o = 0; o < made.size(); ++o) {
      Fresh fresh = fresh_value(keys_, axes_.outputs[o], op_.outputs[o].type, axes_.along);
      const Layout layout = layout_of(fresh, keys_, target_, axes_.outputs[o]);
      keep_home(fresh, axes_.outputs[o]);
      state_.store(op_.outputs[o], fresh.value, layout, std::move(made[o]));
    }
  }

  static void add(std::vector<Arg>& args, const AxesStatement::Place& place, ValueId value) {
    for (Arg& arg : args)
      if (arg.name == place.argument) return arg.operands.push_back(Operand(value));
    args.push_back({place.argument, value});
  }

  // All arguments but the stated operands: those that name axes anew, the others as they were.
  std::vector<Arg> fixed_arguments() {
    std::vector<Arg> args;
    if (axes_.arguments) {
      const auto axis_of = [&](char letter) {
        const std::vector<Key>& own = keys_.of_letter.at(letter);
        const auto is_there = [&](const std::vector<Key>& axis) {
          return axis == own || (!axis.empty() && unit_.count(axis.front()) > 0 && axis.front() == own.front());
        };
        const auto at = std::find_if(target_.axes.begin(), target_.axes.end(), is_there);
        CHECK(at != target_.axes.end());
        return static_cast<int>(at - target_.axes.begin());
      };
      args = axes_.arguments(axis_of, static_cast<int>(target_.axes.size()));
    }
    for (const Argument& argument : op_.arguments) {
      const auto named = [&](const auto& other) { return other == argument.name; };
      const bool given = std::any_of(args.begin(), args.end(), [&](const Arg& arg) { return named(arg.name); }) ||
                         std::any_of(axes_.operands.begin(), axes_.operands.end(),
                                     [&](const auto& place) { return named(place.argument); });
      if (given) continue;
      std::vector<Operand> operands;
      for (const Operand& operand : argument.operands) operands.push_back(state_.plain(operand));
      args.emplace_back(argument.name, std::move(operands));
    }
    return args;
  }

  // After an axis was cut for a norm, the layout before is where to go back to.
  void keep_home(Fresh& fresh, const std::string& letters) {
    Elements& elements = *fresh.value.elements;
    elements.is_image = keys_.uses[static_cast<size_t>(leader_)].value.elements->is_image;
    Layout home = home_;
    for (size_t i = 0; i < keys_.uses.size(); ++i)
      if (const Layout& known = keys_.uses[i].value.elements->home; !known.axes.empty())
        if (const Layout as_keys = keys_.to_keys(i, known); flattened(as_keys).size() >= flattened(home).size())
          home = as_keys;
    home = layout_of(fresh, keys_, home, letters);
    const Layout now = layout_of(fresh, keys_, target_, letters);
    const std::vector<Factor> there = flattened(home);
    const std::vector<Factor> here = flattened(now);
    const bool same = std::is_permutation(there.begin(), there.end(), here.begin(), here.end());
    if (same && home.unrolled.empty() && now.unrolled.empty() && home != now) elements.home = home;
  }

  State& state_;
  const Op& op_;
  const AxesStatement& axes_;
  Keys keys_;
  int leader_ = -1;
  Layout target_, home_;
  std::set<Key> unit_;  // of letters of size 1
};

}  // namespace

bool lower_along(State& state, const Op& op, const AxesStatement& axes) {
  if (axes.operands.empty() || axes.contracts || axes.moves) return false;
  auto keys = Keys::of(state, op, axes);
  return keys && Follower(state, op, axes, std::move(*keys)).run();
}

}  // namespace anemone::form
