// SPDX-License-Identifier: Apache-2.0
#include "targets/chip.h"

namespace anemone {

void register_chip_m6(ChipTable& table) {
  table.add({
      .name = "m6",
      .title = "M6",
      .family = Family::kH18,
      .mac = true,
      .first_release = 27,
      .last_release = 27,
      .rates = "m4",
      .ane_cores = measured(32, "751K: two engines of 16 cores"),
      .ane_ghz = measured(2.508, "SoC tables, 751K and ANEForge"),
      .ane_tflops = measured(20.6, "751K: one engine; 39.5 both"),
      .ane_weights_gb_s = measured(150, "751K memory.md"),
      .ane_call_ms = measured(0.16, "751K scheduling.md: 30 us submit, 130 us and more to complete"),
      .ane_pj_per_flop = measured(0.39, "751K power.md"),
      .window_gb = inferred(34.359672832, "ioreg vm-size of an M2 Air, 0x7FFFF0000, carried over"),
      .on_chip_mb = measured(2.097152, "751K memory.md: 64 banks x 16 B, 2 MiB"),
      .dram_gb_s = measured(170.5, "751K"),
      .gpu_cores = vendor(10, "Apple product page"),
      .gpu_tflops = inferred(17.5, "as M5"),
      .cpu_cores = vendor(10, "Apple product page"),
      .cpu_tflops = measured(1.85, "751K: 1.6 to 2.1"),
  });
}

}  // namespace anemone
