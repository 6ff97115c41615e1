// SPDX-License-Identifier: Apache-2.0
// What the compiler of an M4 believes, from the estimates in its analytics files.
#include "targets/rates.h"

namespace anemone {
namespace {

constexpr Figure kFixed = measured(0.125, "header of every analytics file read: Launch_ane_ms, Src_x_Dest_y_ms");
constexpr Figure kGuess = inferred(0.125, "as for the Neural Engine; no GPU constant is published");
constexpr const char* kA = "751K analytics files, M4, macOS 27.0.1, leaves of single ops and contexts";
constexpr const char* kC = "carried over: M1 GPU against M1 Neural Engine, or the class it resembles";
constexpr const char* kL = "no GPU record; the plans read never choose the GPU for it";

}  // namespace

void register_rates_m4(RatesTable& table) {
  Rates rates;
  rates.name = "m4";
  rates.reference_ane_tflops = 19.4;
  rates.reference_gpu_cores = 10;
  rates.reference_gpu_tflops = 4.45;
  rates.plan = {kFixed, kGuess, kFixed, kGuess, kGuess, kFixed, kFixed, kGuess};
  rates.add({"copy", "bytes", measured(100, kA), inferred(100, kC), measured(100, kA), measured(100, kA)});
  rates.add(
      {"stream", "bytes", measured(73.0144, kA), inferred(73.0144, kC), measured(60.8453, kA), measured(60.8453, kA)});
  rates.add({"concat", "elements", measured(50, kA), inferred(50, kC), measured(5.75109, kA), measured(5, kA)});
  rates.add(
      {"add", "elements", measured(17.9905, kA), inferred(17.3443, kC), measured(10.561, kA), measured(9.1818, kA)});
  rates.add({"mul", "elements", measured(21.5, kA), inferred(17.0042, kC), measured(5.75109, kA), measured(5, kA)});
  rates.add({"gather", "elements", Figure{}, inferred(11.502, kL), measured(11.502, kA), measured(10, kA)});
  rates.add({"conv.thin", "flops", measured(471.181, kA), inferred(142.59, "M1 GPU by the number of cores"),
             measured(27.0853, kA), measured(23.548, kA), Scaling::kCores});
  rates.add({"conv.medium", "flops", measured(7160.83, kA), inferred(1254.65, kC), measured(388.061, kA),
             measured(337.381, kA), Scaling::kPeak});
  rates.add({"conv.dense", "flops", measured(16151.7, kA), inferred(2673.32, kC), measured(754.493, kA),
             measured(655.956, kA), Scaling::kPeak});
  rates.add({"conv_transpose", "flops", measured(15205.0, kA), inferred(2063.93, kC), measured(63.1434, kA),
             measured(54.8963, kA), Scaling::kPeak});
  rates.add({"conv_transpose.volume", "flops", measured(37832.0, kA), inferred(5135.33, kC), measured(211.66, kA),
             measured(184.018, kA), Scaling::kPeak});
  rates.add({"linear.small", "flops", measured(580.442, kA), inferred(71.6065, kC), measured(22.5448, kA),
             measured(19.6005, kA), Scaling::kCores});
  rates.add({"linear.large", "flops", measured(5290.63, kA), inferred(718.153, kC), measured(167.755, kA),
             measured(145.846, kA), Scaling::kPeak});
  rates.add({"linear.deep", "flops", inferred(16151.7, "as conv.dense"), inferred(2673.32, kC),
             inferred(754.493, "as conv.dense"), inferred(655.956, "as conv.dense"), Scaling::kPeak});
  rates.add({"matmul", "flops", Figure{}, Figure{}, measured(754.543, kA), measured(656, kA), Scaling::kPeak});
  rates.add({"transpose", "bytes", measured(68.8702, kA), inferred(68.8702, kC), measured(87.4811, kA),
             measured(76.0562, kA)});
  rates.add({"transpose.batch", "bytes", measured(45.7118, kA), inferred(52.4516, "as M4 Pro"), measured(3.7508, kA),
             measured(3.26095, kA)});
  rates.add({"upsample_bilinear", "elements", measured(79.39, kA), inferred(10.7764, kC), measured(0.5247, kA),
             measured(0.45618, kA)});
  rates.add({"recurrent", "flops", inferred(0.0022, kL), inferred(0.0022, kL), measured(0.00219914, kA),
             measured(0.00191193, kA)});
  table.add(std::move(rates));
}

}  // namespace anemone
