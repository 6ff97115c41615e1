// SPDX-License-Identifier: Apache-2.0
// What a mean in half precision costs models with outlier channels, and a float32 one does not: a small model and one
// of the size of GPT-2 (124M).
//   anemone-outliers
// Prints the rows of docs/numerics.md; exit 1 where the known effect (about 50 dB, and 67 or more) is not there.
#include <iostream>

#include "base/error.h"
#include "outliers.h"
#include "tune/verify/parity.h"

namespace anemone::test {
namespace {

double half_against_float(const OutlierModel& model) {
  const auto program = std::make_shared<const Program>(outlier_gpt2(model));
  RunOptions half;
  half.numerics = Numerics::kIeeeHalf;
  Session session(program, half);
  SampleOptions options;
  options.random = 1;
  options.boundary = false;
  const auto samples = make_samples(program->main(), input_meanings(program->main()), options);
  return compare_models(session, Session(program, RunOptions()), samples, {}).min_psnr();
}

bool shows_effect(OutlierModel model) {
  const double half = half_against_float(model);
  model.float_mean = true;
  const double wide = half_against_float(model);
  std::cout << fmt::format("| {} layers, {} channels, outliers of {:g} in {} | {:.1f} | {:.1f} |\n", model.layers,
                           model.width, model.outlier, model.outlier_channels, half, wide);
  return half > 45 && half < 58 && wide >= 67;
}

int run() {
  OutlierModel large;
  large.layers = 12;
  large.width = 768;
  large.heads = 12;
  large.length = 64;
  large.vocabulary = 50257;
  large.outlier = 3000;
  large.outlier_channels = 6;
  const bool small = shows_effect({});
  return shows_effect(large) && small ? 0 : 1;
}

}  // namespace
}  // namespace anemone::test

int main() {
  try {
    return anemone::test::run();
  } catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << "\n";
    return 2;
  }
}
