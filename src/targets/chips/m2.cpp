// SPDX-License-Identifier: Apache-2.0
#include "targets/chip.h"

namespace anemone {

void register_chip_m2(ChipTable& table) {
  table.add({
      .name = "m2",
      .title = "M2",
      .family = Family::kH14,
      .mac = true,
      .first_release = 15,
      .last_release = 27,
      .rates = "m1",
      .ane_cores = vendor(16, "Apple product page"),
      .ane_ghz = measured(1.938, "SoC tables, 751K and ANEForge"),
      .ane_tflops = derived(15.9, "cores x 512 x clock, checked against Apple's figures"),
      .ane_tops = vendor(15.8, "Apple product page"),
      .ane_weights_gb_s = measured(60, "Anemll/anemll-bench Results.MD: 55 to 62"),
      .ane_call_ms = inferred(0.21, "as M1"),
      .ane_pj_per_flop = inferred(1.5, "as M1"),
      .window_gb = measured(34.359672832, "ioreg vm-size of an M2 Air, 0x7FFFF0000"),
      .on_chip_mb = inferred(2.097152, "as M6"),
      .dram_gb_s = vendor(100, "Apple product page"),
      .gpu_cores = vendor(10, "Apple product page"),
      .gpu_tflops = measured(3.579, "philipturner/metal-benchmarks README"),
      .cpu_cores = vendor(8, "Apple product page"),
      .cpu_tflops = inferred(1.4, "between M1 and M4"),
      .products = {{"MacBook Air M2", {8, 16, 24}},
                   {"MacBook Pro 13 M2", {8, 16, 24}},
                   {"Mac mini M2", {8, 16, 24}},
                   {"iPad Pro 11 M2", {8, 16}},
                   {"iPad Pro 12.9 M2", {8, 16}},
                   {"iPad Air M2", {8}}},
  });
}

}  // namespace anemone
