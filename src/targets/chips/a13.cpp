// SPDX-License-Identifier: Apache-2.0
#include "targets/chip.h"

namespace anemone {

void register_chip_a13(ChipTable& table) {
  table.add({
      .name = "a13",
      .title = "A13 Bionic",
      .family = Family::kH12,
      .first_release = 13,
      .last_release = 27,
      .rates = "m1",
      .ane_cores = vendor(8, "Apple product page"),
      .ane_ghz = derived(1.4, "from 20 % over A12"),
      .ane_tflops = vendor(5.7, "Apple product page"),
      .dram_gb_s = published(34.1, "commonly published"),
      .gpu_cores = vendor(4, "Apple product page"),
      .gpu_tflops = measured(1.26, "philipturner/metal-benchmarks README"),
      .cpu_cores = vendor(6, "Apple product page"),
      .cpu_tflops = inferred(0.7, "between measured chips, by matrix units and clock"),
      .products = {{"iPhone 11", {4}},
                   {"iPhone 11 Pro", {4}},
                   {"iPhone 11 Pro Max", {4}},
                   {"iPhone SE 2", {3}},
                   {"iPad 9", {3}}},
  });
}

}  // namespace anemone
