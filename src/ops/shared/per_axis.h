// SPDX-License-Identifier: Apache-2.0
// Scale and zero point of affine quantization: one number for a tensor, or one for each index along an axis.
#pragma once

#include "ir/op_definition.h"

namespace anemone {

// Checks that `scale` and `zero_point` are scalars, or vectors that fit the axis of `data`; finite where known.
void check_per_axis(const Arguments& args, std::string_view data);

// How the numbers lie over a tensor: element i has number (i / inner) % count.
class PerAxis {
 public:
  PerAxis(const Arguments& args, std::string_view name, const ConcreteShape& shape);

  // 0 when the parameter is absent.
  float at(int64_t element) const {
    return values_.empty() ? 0 : values_[static_cast<size_t>(element / inner_) % values_.size()];
  }
  // Where the next element lies that may have another number.
  int64_t end_of_run(int64_t element) const { return values_.size() < 2 ? INT64_MAX : (element / inner_ + 1) * inner_; }

 private:
  std::vector<float> values_;
  int64_t inner_ = 1;
};

}  // namespace anemone
