// SPDX-License-Identifier: Apache-2.0
#include "targets/chip.h"

namespace anemone {

void register_chip_m5(ChipTable& table) {
  table.add({
      .name = "m5",
      .title = "M5",
      .family = Family::kH17,
      .mac = true,
      .first_release = 26,
      .last_release = 27,
      .rates = "m4",
      .ane_cores = vendor(16, "Apple product page"),
      .ane_ghz = measured(2.364, "SoC tables, 751K and ANEForge"),
      .ane_tflops = derived(19.4, "cores x 512 x clock, checked against Apple's figures"),
      .ane_weights_gb_s = measured(70.2, "Anemll/anemll-bench Results.MD"),
      .ane_call_ms = measured(0.11, "ANEForge: 80 to 110 us"),
      .ane_pj_per_flop = inferred(0.42, "as M5 Pro"),
      .window_gb = inferred(34.359672832, "ioreg vm-size of an M2 Air, 0x7FFFF0000, carried over"),
      .on_chip_mb = measured(4.7, "working-set knee, Bryngelson via 751K"),
      .dram_gb_s = vendor(153, "Apple product page"),
      .gpu_cores = vendor(10, "Apple product page"),
      .gpu_tflops = inferred(17.5, "M5 Max by cores, matrix units"),
      .cpu_cores = vendor(10, "Apple product page"),
      .cpu_tflops = measured(2.08, "ANEForge rooflines"),
      .products = {{"MacBook Pro 14 M5", {16, 24, 32}}, {"iPad Pro 11 M5", {12, 16}}, {"iPad Pro 13 M5", {12, 16}}},
  });
}

}  // namespace anemone
