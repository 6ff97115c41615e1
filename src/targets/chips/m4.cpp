// SPDX-License-Identifier: Apache-2.0
#include "targets/chip.h"

namespace anemone {

void register_chip_m4(ChipTable& table) {
  table.add({
      .name = "m4",
      .title = "M4",
      .family = Family::kH16,
      .mac = true,
      .first_release = 17,
      .last_release = 27,
      .rates = "m4",
      .ane_cores = vendor(16, "Apple product page"),
      .ane_ghz = measured(2.364, "SoC tables, 751K and ANEForge"),
      .ane_tflops = derived(19.4, "cores x 512 x clock, checked against Apple's figures"),
      .ane_tops = vendor(38, "Apple product page"),
      .ane_weights_gb_s = measured(64, "Anemll/anemll-bench Results.MD"),
      .ane_call_ms = measured(0.16, "751K: 0.095 ms private, 0.16 ms through Core ML"),
      .ane_pj_per_flop = inferred(0.78, "as M4 Pro"),
      .window_gb = inferred(34.359672832, "ioreg vm-size of an M2 Air, 0x7FFFF0000, carried over"),
      .on_chip_mb = inferred(2.097152, "as M6"),
      .dram_gb_s = vendor(120, "Apple product page"),
      .gpu_cores = vendor(10, "Apple product page"),
      .gpu_tflops = published(4.45, "commonly published"),
      .cpu_cores = vendor(10, "Apple product page"),
      .cpu_tflops = measured(1.5, "ANEForge rooflines"),
      .products = {{"MacBook Air M4", {16, 24, 32}},
                   {"MacBook Pro 14 M4", {16, 24, 32}},
                   {"Mac mini M4", {16, 24, 32}},
                   {"iMac M4", {16, 24, 32}},
                   {"iPad Pro 11 M4", {8, 16}},
                   {"iPad Pro 13 M4", {8, 16}}},
  });
}

}  // namespace anemone
