// SPDX-License-Identifier: Apache-2.0
#include "targets/chip.h"

namespace anemone {

void register_chip_a11(ChipTable& table) {
  table.add({
      .name = "a11",
      .title = "A11 Bionic",
      .family = Family::kH11,
      .first_release = 11,
      .last_release = 16,
      .rates = "m1",
      .ane_cores = vendor(2, "Apple product page"),
      .ane_tflops = vendor(0.6, "Apple product page"),
      .ane_tops = vendor(0.6, "Apple product page"),
      .dram_gb_s = published(34, "commonly published"),
      .gpu_cores = vendor(3, "Apple product page"),
      .gpu_tflops = measured(0.819, "philipturner/metal-benchmarks README"),
      .cpu_cores = vendor(6, "Apple product page"),
      .cpu_tflops = inferred(0.3, "between measured chips, by matrix units and clock"),
      .products = {{"iPhone 8", {2}}, {"iPhone 8 Plus", {3}}, {"iPhone X", {3}}},
  });
}

}  // namespace anemone
