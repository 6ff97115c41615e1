// SPDX-License-Identifier: Apache-2.0
#include "targets/chip.h"

namespace anemone {

void register_chip_a15(ChipTable& table) {
  table.add({
      .name = "a15",
      .title = "A15 Bionic",
      .family = Family::kH14,
      .first_release = 15,
      .last_release = 27,
      .rates = "m1",
      .ane_cores = vendor(16, "Apple product page"),
      .ane_ghz = measured(1.938, "SoC tables, 751K and ANEForge"),
      .ane_tflops = derived(15.9, "cores x 512 x clock, checked against Apple's figures"),
      .ane_tops = vendor(15.8, "Apple product page"),
      .ane_weights_gb_s = derived(24.5, "DistilBERT of 85 MB in 3.47 ms on an A15"),
      .ane_call_ms = inferred(0.21, "as M1"),
      .ane_pj_per_flop = vendor(0.144, "DistilBERT: 0.454 W for 3.47 ms and 11 GFLOP"),
      .window_gb = inferred(34.359672832, "ioreg vm-size of an M2 Air, 0x7FFFF0000, carried over"),
      .on_chip_mb = inferred(2.097152, "as M6"),
      .dram_gb_s = published(34, "commonly published"),
      .gpu_cores = vendor(5, "Apple product page"),
      .gpu_tflops = measured(1.713, "philipturner/metal-benchmarks README"),
      .cpu_cores = vendor(6, "Apple product page"),
      .cpu_tflops = inferred(1.0, "between measured chips, by matrix units and clock"),
      .products = {{"iPhone 13", {4}},
                   {"iPhone 13 mini", {4}},
                   {"iPhone 13 Pro", {6}},
                   {"iPhone 13 Pro Max", {6}},
                   {"iPhone 14", {6}},
                   {"iPhone 14 Plus", {6}},
                   {"iPhone SE 3", {4}},
                   {"iPad mini 6", {4}}},
  });
}

}  // namespace anemone
