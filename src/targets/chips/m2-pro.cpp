// SPDX-License-Identifier: Apache-2.0
#include "targets/chip.h"

namespace anemone {

void register_chip_m2_pro(ChipTable& table) {
  table.add({
      .name = "m2-pro",
      .title = "M2 Pro",
      .family = Family::kH14,
      .mac = true,
      .first_release = 16,
      .last_release = 27,
      .rates = "m1",
      .ane_cores = vendor(16, "Apple product page"),
      .ane_ghz = measured(1.938, "SoC tables, 751K and ANEForge"),
      .ane_tflops = derived(15.9, "cores x 512 x clock, checked against Apple's figures"),
      .ane_tops = vendor(15.8, "Apple product page"),
      .ane_weights_gb_s = inferred(60, "as M2"),
      .ane_call_ms = inferred(0.21, "as M1"),
      .ane_pj_per_flop = inferred(1.5, "as M1"),
      .window_gb = inferred(34.359672832, "ioreg vm-size of an M2 Air, 0x7FFFF0000, carried over"),
      .on_chip_mb = inferred(2.097152, "as M6"),
      .dram_gb_s = vendor(200, "Apple product page"),
      .gpu_cores = vendor(19, "Apple product page"),
      .gpu_tflops = published(6.8, "commonly published"),
      .cpu_cores = vendor(12, "Apple product page"),
      .cpu_tflops = inferred(2.0, "between measured chips, by matrix units and clock"),
      .products = {{"MacBook Pro 14 M2 Pro", {16, 32}},
                   {"MacBook Pro 16 M2 Pro", {16, 32}},
                   {"Mac mini M2 Pro", {16, 32}}},
  });
}

}  // namespace anemone
