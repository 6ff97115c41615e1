// SPDX-License-Identifier: Apache-2.0
// Values seen through their factors. A dimension larger than 1 is a list of factors, outermost first; reshapes regroup
// factors, transposes reorder them, and neither does any work. A layout says on which axis of the tensor that is really
// there each factor lies, or that there is one tensor for each of its positions (it is unrolled: one for each head). A
// factor in neither place is broadcast: all its positions hold the same.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "ir/program.h"

namespace anemone::form {

using Factor = int;

struct Layout {
  std::vector<std::vector<Factor>> axes;  // of the tensors, factors outermost first; an empty axis has size 1
  std::vector<Factor> unrolled;           // the last one runs fastest through the tensors

  friend bool operator==(const Layout&, const Layout&) = default;
};

// Whether the layout places the factor, on an axis or unrolled.
bool places(const Layout& layout, Factor factor);
// The layout without the factors that `keep` refuses.
template <typename Keep>
Layout restricted(const Layout& layout, Keep keep) {
  Layout result;
  for (const auto& axis : layout.axes) {
    result.axes.emplace_back();
    for (const Factor factor : axis)
      if (keep(factor)) result.axes.back().push_back(factor);
  }
  for (const Factor factor : layout.unrolled)
    if (keep(factor)) result.unrolled.push_back(factor);
  return result;
}
std::vector<Factor> flattened(const Layout& layout);  // of the axes

// Tensors that hold a value in one layout.
struct Stored {
  Layout layout;
  std::vector<ValueId> pieces;
};

// The same elements, however they are laid out and whatever shapes the program gives them. Splitting a factor replaces
// it everywhere.
class Elements {
 public:
  Factor add(Dim size);
  const Dim& size(Factor factor) const { return sizes_[static_cast<size_t>(factor)]; }
  Dim size_of(const std::vector<Factor>& factors) const;
  // Cuts a factor into `outer` times what is left; false when that is no whole number.
  bool split(Factor factor, int64_t outer);
  // The factors that a list of factors, perhaps split since, consists of now.
  std::vector<Factor> leaves(const std::vector<Factor>& factors) const;
  Layout leaves(const Layout& layout) const;

  std::vector<Stored> stored;        // what has been made so far
  std::optional<Constant> constant;  // then stored[0] is its own layout, perhaps without a piece
  bool is_image = false;             // came from an op on images; its own layout is the one to keep
  bool in_form = false;              // made in a layout that was chosen, not in the program's
  Layout home;                       // what to go back to after a norm has cut an axis

 private:
  struct Parts {
    Factor outer, inner;
  };
  std::vector<Dim> sizes_;
  std::vector<std::optional<Parts>> parts_;
};

// A value of the program: elements, and its axes.
struct Value {
  std::shared_ptr<Elements> elements;
  std::vector<std::vector<Factor>> axes;  // see leaves()

  Layout own_layout() const;  // the layout in which the program has it
};

Value make_value(const Type& type);

// The same elements as a tensor of another shape; nothing when the new dimensions cut across the factors.
std::optional<Value> reshaped(const Value& value, const Shape& shape);

// Splits factors of both lists until they have equal sizes one by one; false when they do not align.
bool align(Elements& a, std::vector<Factor> of_a, Elements& b, std::vector<Factor> of_b);

}  // namespace anemone::form
