// SPDX-License-Identifier: Apache-2.0
#include "targets/chip.h"

namespace anemone {

void register_chip_m5_max(ChipTable& table) {
  table.add({
      .name = "m5-max",
      .title = "M5 Max",
      .family = Family::kH17,
      .mac = true,
      .first_release = 26,
      .last_release = 27,
      .rates = "m4-pro",
      .ane_cores = vendor(16, "Apple product page"),
      .ane_ghz = measured(2.364, "SoC tables, 751K and ANEForge"),
      .ane_tflops = derived(19.4, "cores x 512 x clock, checked against Apple's figures"),
      .ane_weights_gb_s = inferred(121, "as M5 Pro"),
      .ane_call_ms = inferred(0.11, "as M5"),
      .ane_pj_per_flop = inferred(0.42, "as M5 Pro"),
      .window_gb = inferred(34.359672832, "ioreg vm-size of an M2 Air, 0x7FFFF0000, carried over"),
      .on_chip_mb = measured(4.7, "working-set knee, Bryngelson via 751K"),
      .dram_gb_s = vendor(614, "Apple product page"),
      .gpu_cores = vendor(40, "Apple product page"),
      .gpu_tflops = published(70, "philipturner/metal-benchmarks README, estimate for the matrix units"),
      .cpu_cores = vendor(18, "Apple product page"),
      .cpu_tflops = inferred(4.0, "between measured chips, by matrix units and clock"),
      .products = {{"MacBook Pro 14 M5 Max", {36, 48, 64, 128}}, {"MacBook Pro 16 M5 Max", {36, 48, 64, 128}}},
  });
}

}  // namespace anemone
