// SPDX-License-Identifier: Apache-2.0
// What the compiler of an M4 Pro believes, recovered from the cost weights of two networks.
#include "targets/rates.h"

namespace anemone {
namespace {

constexpr Figure kFixed = measured(0.125, "header of every analytics file read: Launch_ane_ms, Src_x_Dest_y_ms");
constexpr Figure kGuess = inferred(0.125, "as for the Neural Engine; no GPU constant is published");
constexpr const char* kA =
    "erwinzhang7/coreml-compute-placement, M4 Pro, macOS 26.5.1: cost weights against ops of known cost";
constexpr const char* kB = "as M4";
constexpr const char* kG = "M1 GPU by the ratio of GPU peaks";
constexpr const char* kC = "M4 scaled by the nearest class that both have";

}  // namespace

void register_rates_m4_pro(RatesTable& table) {
  Rates rates;
  rates.name = "m4-pro";
  rates.reference_ane_tflops = 19.4;
  rates.reference_gpu_cores = 20;
  rates.reference_gpu_tflops = 8.6;
  rates.plan = {kFixed, kGuess, kFixed, kGuess, kGuess, kFixed, kFixed, kGuess};
  rates.add({"copy", "bytes", inferred(100, kB), inferred(100, kB), inferred(100, kB), inferred(100, kB)});
  rates.add(
      {"stream", "bytes", measured(73.0144, kA), measured(73.0144, kA), inferred(60.8453, kB), inferred(60.8453, kB)});
  rates.add({"concat", "elements", inferred(50, kB), inferred(50, kB), inferred(5.75109, kB), inferred(5, kB)});
  rates.add(
      {"add", "elements", measured(13.273, kA), inferred(50, "as mul"), inferred(10.561, kB), inferred(9.1818, kB)});
  rates.add({"mul", "elements", measured(20, kA), measured(50, kA), inferred(5.75109, kB), inferred(5, kB)});
  rates.add({"gather", "elements", Figure{}, inferred(11.502, kC), measured(11.502, kA), inferred(10, kB)});
  rates.add({"conv.thin", "flops", measured(300.0, kA), inferred(285.18, "M1 GPU by the number of cores"),
             inferred(27.0853, kB), inferred(23.548, kB), Scaling::kCores});
  rates.add({"conv.medium", "flops", measured(3159.5, kA), inferred(2424.72, kG), inferred(388.061, kB),
             inferred(337.381, kB), Scaling::kPeak});
  rates.add({"conv.dense", "flops", inferred(13238, "as linear.deep"), inferred(5166.41, kG), inferred(754.493, kB),
             inferred(655.956, kB), Scaling::kPeak});
  rates.add({"conv_transpose", "flops", inferred(12462.1, kC), inferred(5166.41, kG), inferred(63.1434, kB),
             inferred(54.8963, kB), Scaling::kPeak});
  rates.add({"conv_transpose.volume", "flops", inferred(31007.3, kC), inferred(5166.41, kG), inferred(211.66, kB),
             inferred(184.018, kB), Scaling::kPeak});
  rates.add({"linear.small", "flops", inferred(256.103, kC), inferred(149.5, "M1 GPU by the number of cores"),
             inferred(22.5448, kB), inferred(19.6005, kB), Scaling::kCores});
  rates.add({"linear.large", "flops", inferred(4336.22, kC), inferred(2424.72, kG), inferred(167.755, kB),
             inferred(145.846, kB), Scaling::kPeak});
  rates.add({"linear.deep", "flops", measured(13238, kA), inferred(5166.41, kG), inferred(754.493, kB),
             inferred(655.956, kB), Scaling::kPeak});
  rates.add({"matmul", "flops", Figure{}, Figure{}, inferred(754.543, kB), inferred(656, kB), Scaling::kPeak});
  rates.add({"transpose", "bytes", inferred(40.9469, kC), inferred(52.4516, kC), inferred(87.4811, kB),
             inferred(76.0562, kB)});
  rates.add({"transpose.batch", "bytes", measured(27.178, kA), measured(52.4516, kA), inferred(3.7508, kB),
             inferred(3.26095, kB)});
  rates.add({"upsample_bilinear", "elements", inferred(65.0684, kC), inferred(35.4136, kC), inferred(0.5247, kB),
             inferred(0.45618, kB)});
  rates.add({"recurrent", "flops", inferred(0.0022, kC), inferred(0.0022, kC), inferred(0.00219914, kB),
             inferred(0.00191193, kB)});
  table.add(std::move(rates));
}

}  // namespace anemone
