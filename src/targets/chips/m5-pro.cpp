// SPDX-License-Identifier: Apache-2.0
#include "targets/chip.h"

namespace anemone {

void register_chip_m5_pro(ChipTable& table) {
  table.add({
      .name = "m5-pro",
      .title = "M5 Pro",
      .family = Family::kH17,
      .mac = true,
      .first_release = 26,
      .last_release = 27,
      .rates = "m4-pro",
      .ane_cores = vendor(16, "Apple product page"),
      .ane_ghz = measured(2.364, "SoC tables, 751K and ANEForge"),
      .ane_tflops = measured(18.5, "cadamcat: 18.2 to 18.8"),
      .ane_weights_gb_s = measured(121, "cadamcat, Qwen3-4B decode"),
      .ane_call_ms = inferred(0.11, "as M5"),
      .ane_pj_per_flop = measured(0.42, "ANEForge convolution 256, M5 Pro, package"),
      .window_gb = inferred(34.359672832, "ioreg vm-size of an M2 Air, 0x7FFFF0000, carried over"),
      .on_chip_mb = measured(4.7, "working-set knee, Bryngelson via 751K"),
      .dram_gb_s = vendor(307, "Apple product page"),
      .gpu_cores = vendor(20, "Apple product page"),
      .gpu_tflops = measured(24, "cadamcat, prefill"),
      .cpu_cores = vendor(18, "Apple product page"),
      .cpu_tflops = inferred(4.0, "between measured chips, by matrix units and clock"),
      .products = {{"MacBook Pro 14 M5 Pro", {24, 48, 64}}, {"MacBook Pro 16 M5 Pro", {24, 48, 64}}},
  });
}

}  // namespace anemone
