// SPDX-License-Identifier: Apache-2.0
#include "targets/chip.h"

namespace anemone {

void register_chip_m2_max(ChipTable& table) {
  table.add({
      .name = "m2-max",
      .title = "M2 Max",
      .family = Family::kH14,
      .mac = true,
      .first_release = 16,
      .last_release = 27,
      .rates = "m1",
      .ane_cores = vendor(16, "Apple product page"),
      .ane_ghz = measured(1.938, "SoC tables, 751K and ANEForge"),
      .ane_tflops = derived(15.9, "cores x 512 x clock, checked against Apple's figures"),
      .ane_tops = vendor(15.8, "Apple product page"),
      .ane_weights_gb_s = measured(60, "Anemll/anemll-bench Results.MD: 55 to 64"),
      .ane_call_ms = inferred(0.21, "as M1"),
      .ane_pj_per_flop = inferred(1.5, "as M1"),
      .window_gb = inferred(34.359672832, "ioreg vm-size of an M2 Air, 0x7FFFF0000, carried over"),
      .on_chip_mb = inferred(2.097152, "as M6"),
      .dram_gb_s = vendor(400, "Apple product page"),
      .gpu_cores = vendor(38, "Apple product page"),
      .gpu_tflops = published(13.6, "commonly published"),
      .cpu_cores = vendor(12, "Apple product page"),
      .cpu_tflops = measured(2.2, "ANEForge rooflines"),
      .products = {{"MacBook Pro 14 M2 Max", {32, 64, 96}},
                   {"MacBook Pro 16 M2 Max", {32, 64, 96}},
                   {"Mac Studio M2 Max", {32, 64, 96}}},
  });
}

}  // namespace anemone
