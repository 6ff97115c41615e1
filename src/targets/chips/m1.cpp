// SPDX-License-Identifier: Apache-2.0
#include "targets/chip.h"

namespace anemone {

void register_chip_m1(ChipTable& table) {
  table.add({
      .name = "m1",
      .title = "M1",
      .family = Family::kH13,
      .mac = true,
      .first_release = 14,
      .last_release = 27,
      .rates = "m1",
      .ane_cores = vendor(16, "Apple product page"),
      .ane_ghz = measured(1.428, "SoC tables, 751K and ANEForge"),
      .ane_tflops = derived(11.7, "cores x 512 x clock, checked against Apple's figures"),
      .ane_tops = vendor(11, "Apple product page"),
      .ane_weights_gb_s = measured(60.87, "Anemll/anemll-bench Results.MD"),
      .ane_call_ms = measured(0.21, "MDX, Bryngelson: 0.19 to 0.23 ms"),
      .ane_pj_per_flop = measured(1.5, "ANEForge GEMM 4096, package"),
      .window_gb = measured(3.758096384, "eiln/ane driver: base 0x4000, size 0xE0000000; ioreg vm-size"),
      .on_chip_mb = measured(2.3, "working-set knee, Bryngelson via 751K"),
      .dram_gb_s = vendor(68.3, "Apple product page"),
      .gpu_cores = vendor(8, "Apple product page"),
      .gpu_tflops = measured(2.617, "philipturner/metal-benchmarks README"),
      .cpu_cores = vendor(8, "Apple product page"),
      .cpu_tflops = measured(1.3, "ANEForge rooflines"),
      .products = {{"MacBook Air M1", {8, 16}},
                   {"MacBook Pro 13 M1", {8, 16}},
                   {"Mac mini M1", {8, 16}},
                   {"iMac M1", {8, 16}},
                   {"iPad Pro 11 M1", {8, 16}},
                   {"iPad Pro 12.9 M1", {8, 16}},
                   {"iPad Air M1", {8}}},
  });
}

}  // namespace anemone
