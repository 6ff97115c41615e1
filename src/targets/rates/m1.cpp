// SPDX-License-Identifier: Apache-2.0
// What the compiler of an M1 believes. FLOPs of convolutions count the bias.
#include "targets/rates.h"

namespace anemone {
namespace {

constexpr Figure kFixed = measured(0.125, "header of every analytics file read: Launch_ane_ms, Src_x_Dest_y_ms");
constexpr Figure kGuess = inferred(0.125, "as for the Neural Engine; no GPU constant is published");
constexpr const char* kA =
    "freedomtan/coreml_modelc_profling, MobileNetEdgeTPU on an M1, with the network's known shapes";
constexpr const char* kB = "as M4: the same on both where both were read";
constexpr const char* kC = "M4 scaled by the nearest class that both have";

}  // namespace

void register_rates_m1(RatesTable& table) {
  Rates rates;
  rates.name = "m1";
  rates.reference_ane_tflops = 11.7;
  rates.reference_gpu_cores = 8;
  rates.reference_gpu_tflops = 2.617;
  rates.plan = {kFixed, kGuess, kFixed, kGuess, kGuess, kFixed, kFixed, kGuess};
  rates.add({"copy", "bytes", measured(100, kA), measured(100, kA), measured(100, kA), measured(100, kA)});
  rates.add(
      {"stream", "bytes", measured(73.0144, kA), measured(73.0144, kA), measured(60.8453, kA), measured(60.8453, kA)});
  rates.add({"concat", "elements", inferred(50, kB), inferred(50, kB), inferred(5.75109, kB), inferred(5, kB)});
  rates.add({"add", "elements", derived(16.475, kA), derived(10.2075, kA), derived(7.2774, kA), derived(6.327, kA)});
  rates.add({"mul", "elements", inferred(20, "as M4 Pro"), measured(10, kA), measured(5.75109, kA), measured(5, kA)});
  rates.add({"gather", "elements", Figure{}, inferred(11.502, kC), inferred(11.502, kB), inferred(10, kB)});
  rates.add({"conv.thin", "flops", derived(436.78, kA), derived(114.072, kA), derived(31.376, kA), derived(27.278, kA),
             Scaling::kCores});
  rates.add({"conv.medium", "flops", derived(5981, kA), derived(737.849, kA), derived(298.1, kA), derived(259.2, kA),
             Scaling::kPeak});
  rates.add({"conv.dense", "flops", derived(11582, kA), derived(1572.15, kA), derived(729.2, kA), derived(634.0, kA),
             Scaling::kPeak});
  rates.add({"conv_transpose", "flops", inferred(10903.1, kC), inferred(1480.0, kC), inferred(63.1434, kC),
             inferred(54.8963, kC), Scaling::kPeak});
  rates.add({"conv_transpose.volume", "flops", inferred(27128.4, kC), inferred(3682.43, kC), inferred(211.66, kC),
             inferred(184.018, kC), Scaling::kPeak});
  rates.add({"linear.small", "flops", inferred(484.807, kC), inferred(59.8085, kC), inferred(17.3184, kC),
             inferred(15.0567, kC), Scaling::kCores});
  rates.add({"linear.large", "flops", inferred(4418.94, kC), inferred(599.829, kC), inferred(128.866, kC),
             inferred(112.036, kC), Scaling::kPeak});
  rates.add({"linear.deep", "flops", inferred(11582, "as conv.dense"), inferred(1572.15, kC),
             inferred(729.2, "as conv.dense"), inferred(634.0, "as conv.dense"), Scaling::kPeak});
  rates.add({"matmul", "flops", Figure{}, Figure{}, inferred(729.2, kC), inferred(634.0, kC), Scaling::kPeak});
  rates.add({"transpose", "bytes", derived(61.796, kA), derived(70.49, kA), derived(58.102, kA), derived(50.513, kA)});
  rates.add({"transpose.batch", "bytes", inferred(41.0164, kC), inferred(52.4516, kC), inferred(3.7508, kC),
             inferred(3.26095, kC)});
  rates.add({"upsample_bilinear", "elements", inferred(56.9287, kC), inferred(7.72753, kC), inferred(0.5247, kC),
             inferred(0.45618, kC)});
  rates.add({"recurrent", "flops", inferred(0.0022, kC), inferred(0.0022, kC), inferred(0.00219914, kB),
             inferred(0.00191193, kB)});
  table.add(std::move(rates));
}

}  // namespace anemone
