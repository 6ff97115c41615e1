// SPDX-License-Identifier: Apache-2.0
#include "targets/chip.h"

namespace anemone {

void register_chip_a12(ChipTable& table) {
  table.add({
      .name = "a12",
      .title = "A12 Bionic",
      .family = Family::kH11,
      .first_release = 12,
      .last_release = 26,
      .rates = "m1",
      .ane_cores = vendor(8, "Apple product page"),
      .ane_ghz = derived(1.22, "from 5 TOPS"),
      .ane_tflops = vendor(5, "Apple product page"),
      .ane_tops = vendor(5, "Apple product page"),
      .dram_gb_s = published(34, "commonly published"),
      .gpu_cores = vendor(4, "Apple product page"),
      .gpu_tflops = measured(1.155, "philipturner/metal-benchmarks README"),
      .cpu_cores = vendor(6, "Apple product page"),
      .cpu_tflops = inferred(0.5, "between measured chips, by matrix units and clock"),
      .products = {{"iPhone XS", {4}},
                   {"iPhone XS Max", {4}},
                   {"iPhone XR", {3}},
                   {"iPad mini 5", {3}},
                   {"iPad Air 3", {3}},
                   {"iPad 8", {3}}},
  });
}

}  // namespace anemone
