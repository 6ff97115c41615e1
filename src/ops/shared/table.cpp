// SPDX-License-Identifier: Apache-2.0
#include "ops/ops.h"

namespace anemone {

const OpTable& op_table() {
  static const OpTable table = [] {
    OpTable all;
    register_all_op(all);
    return all;
  }();
  return table;
}

}  // namespace anemone
