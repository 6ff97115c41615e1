// SPDX-License-Identifier: Apache-2.0
#include "targets/chip.h"

namespace anemone {

void register_chip_a12x(ChipTable& table) {
  table.add({
      .name = "a12x",
      .title = "A12X Bionic",
      .family = Family::kH11,
      .first_release = 12,
      .last_release = 26,
      .rates = "m1",
      .ane_cores = vendor(8, "Apple product page"),
      .ane_ghz = derived(1.22, "from 5 TOPS"),
      .ane_tflops = vendor(5, "Apple product page"),
      .ane_tops = vendor(5, "Apple product page"),
      .dram_gb_s = published(68, "commonly published"),
      .gpu_cores = vendor(7, "Apple product page"),
      .gpu_tflops = inferred(2.0, "A12 by cores"),
      .cpu_cores = vendor(8, "Apple product page"),
      .cpu_tflops = inferred(0.6, "between measured chips, by matrix units and clock"),
      .products = {{"iPad Pro 11 2018", {4, 6}}, {"iPad Pro 12.9 2018", {4, 6}}},
  });
}

}  // namespace anemone
