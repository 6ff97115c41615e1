// SPDX-License-Identifier: Apache-2.0
#include "targets/chip.h"

namespace anemone {

void register_chip_m2_ultra(ChipTable& table) {
  table.add({
      .name = "m2-ultra",
      .title = "M2 Ultra",
      .family = Family::kH14,
      .mac = true,
      .first_release = 16,
      .last_release = 27,
      .rates = "m1",
      .ane_cores = vendor(32, "Apple product page"),
      .ane_ghz = measured(1.938, "SoC tables, 751K and ANEForge"),
      .ane_tflops = derived(15.9, "one program uses one of the two engines"),
      .ane_tops = vendor(31.6, "Apple product page"),
      .ane_weights_gb_s = measured(60, "Anemll/anemll-bench Results.MD: 55 to 64"),
      .ane_call_ms = inferred(0.21, "as M1"),
      .ane_pj_per_flop = inferred(1.5, "as M1"),
      .window_gb = inferred(34.359672832, "ioreg vm-size of an M2 Air, 0x7FFFF0000, carried over"),
      .on_chip_mb = inferred(2.097152, "as M6"),
      .dram_gb_s = vendor(800, "Apple product page"),
      .gpu_cores = vendor(76, "Apple product page"),
      .gpu_tflops = published(27.2, "commonly published"),
      .cpu_cores = vendor(24, "Apple product page"),
      .cpu_tflops = inferred(4.4, "between measured chips, by matrix units and clock"),
      .products = {{"Mac Studio M2 Ultra", {64, 128, 192}}, {"Mac Pro M2 Ultra", {64, 128, 192}}},
  });
}

}  // namespace anemone
