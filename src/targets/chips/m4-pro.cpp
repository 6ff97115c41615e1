// SPDX-License-Identifier: Apache-2.0
#include "targets/chip.h"

namespace anemone {

void register_chip_m4_pro(ChipTable& table) {
  table.add({
      .name = "m4-pro",
      .title = "M4 Pro",
      .family = Family::kH16,
      .mac = true,
      .first_release = 18,
      .last_release = 27,
      .rates = "m4-pro",
      .ane_cores = vendor(16, "Apple product page"),
      .ane_ghz = measured(2.364, "SoC tables, 751K and ANEForge"),
      .ane_tflops = derived(19.4, "cores x 512 x clock, checked against Apple's figures"),
      .ane_tops = vendor(38, "Apple product page"),
      .ane_weights_gb_s = measured(126, "Anemll/anemll-bench Results.MD"),
      .ane_call_ms = inferred(0.16, "as M4"),
      .ane_pj_per_flop = measured(0.78, "ANEForge convolution 512, package"),
      .window_gb = inferred(34.359672832, "ioreg vm-size of an M2 Air, 0x7FFFF0000, carried over"),
      .on_chip_mb = inferred(2.097152, "as M6"),
      .dram_gb_s = vendor(273, "Apple product page"),
      .gpu_cores = vendor(20, "Apple product page"),
      .gpu_tflops = published(8.6, "commonly published"),
      .cpu_cores = vendor(14, "Apple product page"),
      .cpu_tflops = measured(2.9, "ANEForge rooflines"),
      .products = {{"MacBook Pro 14 M4 Pro", {24, 48}},
                   {"MacBook Pro 16 M4 Pro", {24, 48}},
                   {"Mac mini M4 Pro", {24, 48, 64}}},
  });
}

}  // namespace anemone
