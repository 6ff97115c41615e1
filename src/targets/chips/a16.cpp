// SPDX-License-Identifier: Apache-2.0
#include "targets/chip.h"

namespace anemone {

void register_chip_a16(ChipTable& table) {
  table.add({
      .name = "a16",
      .title = "A16 Bionic",
      .family = Family::kH15,
      .first_release = 16,
      .last_release = 27,
      .rates = "m1",
      .ane_cores = vendor(16, "Apple product page"),
      .ane_ghz = measured(2.064, "SoC tables, 751K and ANEForge"),
      .ane_tflops = derived(16.9, "cores x 512 x clock, checked against Apple's figures"),
      .ane_tops = vendor(17, "Apple product page"),
      .ane_weights_gb_s = inferred(36, "A15 by DRAM bandwidth"),
      .ane_call_ms = inferred(0.21, "as M1"),
      .ane_pj_per_flop = inferred(0.144, "as A15"),
      .window_gb = inferred(34.359672832, "ioreg vm-size of an M2 Air, 0x7FFFF0000, carried over"),
      .on_chip_mb = inferred(2.097152, "as M6"),
      .dram_gb_s = published(51.2, "commonly published"),
      .gpu_cores = vendor(5, "Apple product page"),
      .gpu_tflops = measured(1.789, "philipturner/metal-benchmarks README"),
      .cpu_cores = vendor(6, "Apple product page"),
      .cpu_tflops = inferred(1.1, "between measured chips, by matrix units and clock"),
      .products = {{"iPhone 14 Pro", {6}},
                   {"iPhone 14 Pro Max", {6}},
                   {"iPhone 15", {6}},
                   {"iPhone 15 Plus", {6}},
                   {"iPad 11", {6}}},
  });
}

}  // namespace anemone
