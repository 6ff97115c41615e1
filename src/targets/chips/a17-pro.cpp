// SPDX-License-Identifier: Apache-2.0
#include "targets/chip.h"

namespace anemone {

void register_chip_a17_pro(ChipTable& table) {
  table.add({
      .name = "a17-pro",
      .title = "A17 Pro",
      .family = Family::kH16,
      .first_release = 17,
      .last_release = 27,
      .rates = "m4",
      .ane_cores = vendor(16, "Apple product page"),
      .ane_ghz = measured(2.16, "SoC tables, 751K and ANEForge"),
      .ane_tflops = derived(17.7, "cores x 512 x clock, checked against Apple's figures"),
      .ane_tops = vendor(35, "Apple product page"),
      .ane_weights_gb_s = derived(44.6, "OPT-1.3B at 4 bits in 14.8 ms on an A17 Pro"),
      .ane_call_ms = inferred(0.16, "as M4"),
      .ane_pj_per_flop = inferred(0.144, "as A15"),
      .window_gb = inferred(34.359672832, "ioreg vm-size of an M2 Air, 0x7FFFF0000, carried over"),
      .on_chip_mb = inferred(2.097152, "as M6"),
      .dram_gb_s = published(51.2, "commonly published"),
      .gpu_cores = vendor(6, "Apple product page"),
      .gpu_tflops = published(2.15, "commonly published"),
      .cpu_cores = vendor(6, "Apple product page"),
      .cpu_tflops = inferred(1.2, "between measured chips, by matrix units and clock"),
      .products = {{"iPhone 15 Pro", {8}}, {"iPhone 15 Pro Max", {8}}, {"iPad mini 7", {8}}},
  });
}

}  // namespace anemone
