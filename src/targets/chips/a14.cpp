// SPDX-License-Identifier: Apache-2.0
#include "targets/chip.h"

namespace anemone {

void register_chip_a14(ChipTable& table) {
  table.add({
      .name = "a14",
      .title = "A14 Bionic",
      .family = Family::kH13,
      .first_release = 14,
      .last_release = 27,
      .rates = "m1",
      .ane_cores = vendor(16, "Apple product page"),
      .ane_ghz = measured(1.428, "SoC tables, 751K and ANEForge"),
      .ane_tflops = derived(11.7, "cores x 512 x clock, checked against Apple's figures"),
      .ane_tops = vendor(11, "Apple product page"),
      .ane_weights_gb_s = inferred(24.5, "as A15"),
      .ane_call_ms = inferred(0.21, "as M1"),
      .ane_pj_per_flop = inferred(1.5, "as M1"),
      .window_gb = measured(3.758096384, "ioreg vm-size of an iPhone 12 Pro"),
      .on_chip_mb = measured(2.3, "working-set knee, Bryngelson via 751K"),
      .dram_gb_s = published(34, "commonly published"),
      .gpu_cores = vendor(4, "Apple product page"),
      .gpu_tflops = measured(1.309, "philipturner/metal-benchmarks README"),
      .cpu_cores = vendor(6, "Apple product page"),
      .cpu_tflops = inferred(1.0, "between measured chips, by matrix units and clock"),
      .products = {{"iPhone 12", {4}},
                   {"iPhone 12 mini", {4}},
                   {"iPhone 12 Pro", {6}},
                   {"iPhone 12 Pro Max", {6}},
                   {"iPad Air 4", {4}},
                   {"iPad 10", {4}}},
  });
}

}  // namespace anemone
