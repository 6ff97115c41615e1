// SPDX-License-Identifier: Apache-2.0
#include "targets/chip.h"

namespace anemone {

void register_chip_m1_ultra(ChipTable& table) {
  table.add({
      .name = "m1-ultra",
      .title = "M1 Ultra",
      .family = Family::kH13,
      .mac = true,
      .first_release = 15,
      .last_release = 27,
      .rates = "m1",
      .ane_cores = vendor(32, "Apple product page"),
      .ane_ghz = measured(1.428, "SoC tables, 751K and ANEForge"),
      .ane_tflops = derived(11.7, "one program uses one of the two engines"),
      .ane_tops = vendor(22, "Apple product page"),
      .ane_weights_gb_s = measured(54.72, "Anemll/anemll-bench Results.MD"),
      .ane_call_ms = inferred(0.21, "as M1"),
      .ane_pj_per_flop = inferred(1.5, "as M1"),
      .window_gb = inferred(3.758096384, "eiln/ane driver: base 0x4000, size 0xE0000000; ioreg vm-size, same family"),
      .on_chip_mb = measured(2.3, "working-set knee, Bryngelson via 751K"),
      .dram_gb_s = vendor(800, "Apple product page"),
      .gpu_cores = vendor(64, "Apple product page"),
      .gpu_tflops = derived(21.2, "twice M1 Max"),
      .cpu_cores = vendor(20, "Apple product page"),
      .cpu_tflops = inferred(5.5, "between measured chips, by matrix units and clock"),
      .products = {{"Mac Studio M1 Ultra", {64, 128}}},
  });
}

}  // namespace anemone
