// SPDX-License-Identifier: Apache-2.0
#include "targets/chip.h"

namespace anemone {

void register_chip_m1_pro(ChipTable& table) {
  table.add({
      .name = "m1-pro",
      .title = "M1 Pro",
      .family = Family::kH13,
      .mac = true,
      .first_release = 15,
      .last_release = 27,
      .rates = "m1",
      .ane_cores = vendor(16, "Apple product page"),
      .ane_ghz = measured(1.428, "SoC tables, 751K and ANEForge"),
      .ane_tflops = derived(11.7, "cores x 512 x clock, checked against Apple's figures"),
      .ane_tops = vendor(11, "Apple product page"),
      .ane_weights_gb_s = measured(54.9, "Anemll/anemll-bench Results.MD"),
      .ane_call_ms = inferred(0.21, "as M1"),
      .ane_pj_per_flop = inferred(1.5, "as M1"),
      .window_gb = measured(3.758096384, "eiln/ane driver: base 0x4000, size 0xE0000000; ioreg vm-size"),
      .on_chip_mb = measured(2.3, "working-set knee, Bryngelson via 751K"),
      .dram_gb_s = vendor(200, "Apple product page"),
      .gpu_cores = vendor(16, "Apple product page"),
      .gpu_tflops = measured(5.308, "philipturner/metal-benchmarks README"),
      .cpu_cores = vendor(10, "Apple product page"),
      .cpu_tflops = inferred(2.0, "between M1 and M1 Max"),
      .products = {{"MacBook Pro 14 M1 Pro", {16, 32}}, {"MacBook Pro 16 M1 Pro", {16, 32}}},
  });
}

}  // namespace anemone
