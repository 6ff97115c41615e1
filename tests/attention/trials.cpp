// SPDX-License-Identifier: Apache-2.0
// How often drawn attentions become the form of the Neural Engine, and whether their results are kept.
//   anemone-attention-trials COUNT FIRST [FOLDER]
// tries the seeds FIRST, FIRST + 1 ...; prints those that fail and a summary. Exit 1 when a draw shows nothing, results
// are not kept, or fewer than 95 of 100 are recognised. FOLDER gets the packages before (SEED.mlpackage) and after
// (SEED-ane.mlpackage), for judges from outside, and the text of programs that fail.
#include <fstream>
#include <iostream>
#include <limits>

#include "attention_graphs.h"
#include "attention_trial.h"
#include "base/error.h"
#include "base/strings.h"
#include "export/package.h"
#include "ir/text.h"
#include "ops/ops.h"
#include "passes/pass.h"

namespace anemone::test {
namespace {

constexpr double kRecognised = 95;  // of 100

void write_programs(unsigned seed, const AttentionTrial& trial, const std::string& folder) {
  const Program program = make_attention(draw_attention(seed)).program;
  const bool fails = !(trial.psnr >= kKept) || !trial.recognised;
  if (fails) std::ofstream(fmt::format("{}/{}.mil", folder, seed)) << print(program);
  if (trial.psnr < 0) return;  // it cannot be rewritten
  write_package(program, fmt::format("{}/{}.mlpackage", folder, seed));
  write_package(run_passes(program, op_table()).program, fmt::format("{}/{}-ane.mlpackage", folder, seed));
}

AttentionTrial tried(unsigned seed) {
  try {
    return try_attention(seed);
  } catch (const std::exception& error) {  // a broken invariant is a result, too
    AttentionTrial trial;
    trial.what = fmt::format("{}: {}", describe(draw_attention(seed)), error.what());
    trial.psnr = -1;
    return trial;
  }
}

int run(unsigned count, unsigned first, const std::string& folder) {
  int worthless = 0;
  int broken = 0;
  int recognised = 0;
  double lowest = std::numeric_limits<double>::infinity();
  for (unsigned seed = first; seed < first + count; ++seed) {
    const AttentionTrial trial = tried(seed);
    worthless += !trial.worthless.empty();
    broken += !(trial.psnr >= kKept);
    recognised += trial.recognised;
    lowest = std::min(lowest, trial.psnr);
    if (!trial.worthless.empty()) std::cout << "WORTHLESS " << trial.what << ": " << trial.worthless << "\n";
    if (!(trial.psnr >= kKept)) std::cout << fmt::format("BROKEN {}: {:.1f} dB\n", trial.what, trial.psnr);
    if (!trial.recognised) std::cout << "not recognised " << trial.what << ": " << trial.reason << "\n";
    if (!folder.empty()) write_programs(seed, trial, folder);
  }
  const double rate = 100.0 * recognised / count;
  std::cout << fmt::format("{} of {} recognised ({:.1f} %), {} broken, {} worthless, lowest {:.1f} dB\n", recognised,
                           count, rate, broken, worthless, lowest);
  return worthless == 0 && broken == 0 && rate >= kRecognised ? 0 : 1;
}

}  // namespace
}  // namespace anemone::test

int main(int argc, char** argv) {
  const auto number = [&](int i) { return i < argc ? anemone::parse_int(argv[i]) : std::nullopt; };
  if (!number(1) || !number(2) || *number(1) < 1) {
    std::cerr << "usage: anemone-attention-trials COUNT FIRST [FOLDER]\n";
    return 2;
  }
  return anemone::test::run(static_cast<unsigned>(*number(1)), static_cast<unsigned>(*number(2)),
                            argc > 3 ? argv[3] : "");
}
