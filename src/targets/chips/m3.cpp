// SPDX-License-Identifier: Apache-2.0
#include "targets/chip.h"

namespace anemone {

void register_chip_m3(ChipTable& table) {
  table.add({
      .name = "m3",
      .title = "M3",
      .family = Family::kH15,
      .mac = true,
      .first_release = 17,
      .last_release = 27,
      .rates = "m1",
      .ane_cores = vendor(16, "Apple product page"),
      .ane_ghz = inferred(2.064, "H15 table"),
      .ane_tflops = derived(17, "cores x 512 x clock, checked against Apple's figures"),
      .ane_tops = vendor(18, "Apple product page"),
      .ane_weights_gb_s = measured(63, "Anemll/anemll-bench Results.MD"),
      .ane_call_ms = inferred(0.21, "as M1"),
      .ane_pj_per_flop = inferred(1.5, "as M1"),
      .window_gb = inferred(34.359672832, "ioreg vm-size of an M2 Air, 0x7FFFF0000, carried over"),
      .on_chip_mb = inferred(2.097152, "as M6"),
      .dram_gb_s = vendor(100, "Apple product page"),
      .gpu_cores = vendor(10, "Apple product page"),
      .gpu_tflops = published(3.8, "commonly published"),
      .cpu_cores = vendor(8, "Apple product page"),
      .cpu_tflops = inferred(1.4, "between M1 and M4"),
      .products = {{"MacBook Air M3", {8, 16, 24}},
                   {"MacBook Pro 14 M3", {8, 16, 24}},
                   {"iMac M3", {8, 16, 24}},
                   {"iPad Air M3", {8}}},
  });
}

}  // namespace anemone
