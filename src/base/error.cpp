// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"

namespace anemone {

void check_failed(const char* file, int line, const char* condition) {
  throw std::logic_error(fmt::format("{}:{}: internal error: {} does not hold", file, line, condition));
}

}  // namespace anemone
