// SPDX-License-Identifier: Apache-2.0
#include "targets/chip.h"

namespace anemone {

void register_chip_m3_max(ChipTable& table) {
  table.add({
      .name = "m3-max",
      .title = "M3 Max",
      .family = Family::kH15,
      .mac = true,
      .first_release = 17,
      .last_release = 27,
      .rates = "m1",
      .ane_cores = vendor(16, "Apple product page"),
      .ane_ghz = inferred(2.064, "H15 table"),
      .ane_tflops = derived(17, "cores x 512 x clock, checked against Apple's figures"),
      .ane_tops = vendor(18, "Apple product page"),
      .ane_weights_gb_s = measured(119, "Anemll/anemll-bench Results.MD"),
      .ane_call_ms = inferred(0.21, "as M1"),
      .ane_pj_per_flop = inferred(1.5, "as M1"),
      .window_gb = inferred(34.359672832, "ioreg vm-size of an M2 Air, 0x7FFFF0000, carried over"),
      .on_chip_mb = inferred(2.097152, "as M6"),
      .dram_gb_s = vendor(400, "Apple product page"),
      .gpu_cores = vendor(40, "Apple product page"),
      .gpu_tflops = published(15, "commonly published"),
      .cpu_cores = vendor(16, "Apple product page"),
      .cpu_tflops = inferred(2.8, "between measured chips, by matrix units and clock"),
      .products = {{"MacBook Pro 14 M3 Max", {36, 48, 64, 96, 128}}, {"MacBook Pro 16 M3 Max", {36, 48, 64, 96, 128}}},
  });
}

}  // namespace anemone
