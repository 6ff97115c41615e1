// SPDX-License-Identifier: Apache-2.0
// The values of small constants in compute form, as inference and folding ask for them. They live as long as this does.
#pragma once

#include <deque>

#include "ir/constant.h"

namespace anemone {

class KnownValues {
 public:
  // Nullptr when there is no constant, when it is large, and when it holds no numbers.
  const Tensor* of(const Constant* constant) {
    const bool numbers = constant && constant->type().is_tensor() && constant->type().dtype != DType::kString;
    return numbers && constant->is_small() ? &tensors_.emplace_back(constant->tensor()) : nullptr;
  }

 private:
  std::deque<Tensor> tensors_;  // keeps addresses
};

}  // namespace anemone
