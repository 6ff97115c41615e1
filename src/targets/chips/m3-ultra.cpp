// SPDX-License-Identifier: Apache-2.0
#include "targets/chip.h"

namespace anemone {

void register_chip_m3_ultra(ChipTable& table) {
  table.add({
      .name = "m3-ultra",
      .title = "M3 Ultra",
      .family = Family::kH15,
      .mac = true,
      .first_release = 18,
      .last_release = 27,
      .rates = "m1",
      .ane_cores = vendor(32, "Apple product page"),
      .ane_ghz = inferred(2.064, "H15 table"),
      .ane_tflops = derived(17, "one program uses one of the two engines"),
      .ane_tops = vendor(36, "Apple product page"),
      .ane_weights_gb_s = inferred(119, "as M3 Max"),
      .ane_call_ms = inferred(0.21, "as M1"),
      .ane_pj_per_flop = inferred(1.5, "as M1"),
      .window_gb = inferred(34.359672832, "ioreg vm-size of an M2 Air, 0x7FFFF0000, carried over"),
      .on_chip_mb = inferred(2.097152, "as M6"),
      .dram_gb_s = vendor(819, "Apple product page"),
      .gpu_cores = vendor(80, "Apple product page"),
      .gpu_tflops = inferred(30, "twice M3 Max"),
      .cpu_cores = vendor(32, "Apple product page"),
      .cpu_tflops = inferred(5.6, "between measured chips, by matrix units and clock"),
      .products = {{"Mac Studio M3 Ultra", {96, 256, 512}}},
  });
}

}  // namespace anemone
