// SPDX-License-Identifier: Apache-2.0
#include "targets/chip.h"

namespace anemone {

void register_chip_a19_pro(ChipTable& table) {
  table.add({
      .name = "a19-pro",
      .title = "A19 Pro",
      .family = Family::kH18,
      .first_release = 26,
      .last_release = 27,
      .rates = "m4",
      .ane_cores = vendor(16, "Apple product page"),
      .ane_ghz = inferred(2.172, "as A18"),
      .ane_tflops = derived(17.8, "cores x 512 x clock, checked against Apple's figures"),
      .ane_tops = derived(35, "cores x 512 x clock, checked against Apple's figures"),
      .ane_weights_gb_s = inferred(50, "Gemma E2B decodes at the speed of a Mac"),
      .ane_call_ms = inferred(0.16, "as M4"),
      .ane_pj_per_flop = inferred(0.144, "as A15"),
      .window_gb = inferred(34.359672832, "ioreg vm-size of an M2 Air, 0x7FFFF0000, carried over"),
      .on_chip_mb = inferred(2.097152, "as M6"),
      .dram_gb_s = published(75.8, "commonly published"),
      .gpu_cores = vendor(6, "Apple product page"),
      .gpu_tflops = inferred(3.84, "A19 by cores"),
      .cpu_cores = vendor(6, "Apple product page"),
      .cpu_tflops = inferred(1.4, "between measured chips, by matrix units and clock"),
      .products = {{"iPhone 17 Pro", {12}}, {"iPhone 17 Pro Max", {12}}, {"iPhone Air", {12}}},
  });
}

}  // namespace anemone
