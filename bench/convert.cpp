// SPDX-License-Identifier: Apache-2.0
// Converting checkpoints of random weights to fp16: seconds, peak memory, and the seconds that `cp` and `sync` need for
// the bytes written, in turns.
//   script/bench convert [SHAPE [TURNS]]     such as gpt2-xl; without, all three of docs/performance.md
// The checkpoint is in the page cache as far as memory holds it. Each conversion is a process of its own.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>

#include "base/error.h"
#include "base/parallel.h"
#include "support/checkpoints.h"
#include "support/measure.h"
#include "tune/convert_package.h"

namespace anemone::bench {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

const fs::path kWork = "build/bench";

double seconds_since(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

void convert_once(const fs::path& checkpoint, const fs::path& package) {
  ConvertOptions options;
  options.check = false;
  options.threads = hardware_threads();
  convert_package(checkpoint, package, options, {});
}

Usage measured_conversion(const fs::path& checkpoint, const fs::path& package) {
  return measured([&] { convert_once(checkpoint, package); });
}

double copy_seconds(const fs::path& from, const fs::path& to) {
  fs::remove_all(to);
  const Clock::time_point begin = Clock::now();
  const std::string command = fmt::format("cp -r {} {} && sync {}/Data/com.apple.CoreML/weights/weight.bin",
                                          from.string(), to.string(), to.string());
  if (std::system(command.c_str()) != 0) fail("{}: failed", command);
  return seconds_since(begin);
}

void run_shape(const std::string& shape, int turns) {
  const fs::path source = checkpoint(shape, kWork);
  const fs::path package = kWork / (shape + "-fp16.mlpackage");
  std::vector<double> seconds, cpu, copies, ratios;
  double peak = 0;
  measured_conversion(source, package);  // warms the page cache
  for (int i = 0; i < turns; ++i) {
    fs::remove_all(package);
    const Usage usage = measured_conversion(source, package);
    copies.push_back(copy_seconds(package, kWork / "copy.mlpackage"));
    seconds.push_back(usage.seconds);
    cpu.push_back(usage.cpu);
    ratios.push_back(usage.seconds / copies.back());
    peak = std::max(peak, usage.peak_bytes);
  }
  fmt::print("{:<12} convert {:.2f} s (least {:.2f}, CPU {:.2f}), cp and sync {:.2f} s, ratio {:.2f}, peak {:.0f} MB\n",
             shape, median(seconds), *std::min_element(seconds.begin(), seconds.end()), median(cpu), median(copies),
             median(ratios), peak * 1e-6);
}

int run(const std::vector<std::string>& arguments) {
  fs::create_directories(kWork);
  const int turns = arguments.size() >= 2 ? std::stoi(arguments[1]) : 7;
  if (!arguments.empty()) {
    run_shape(arguments[0], turns);
    return 0;
  }
  for (const char* shape : {"bert-base", "gpt2-xl", "llama-1.1b"}) run_shape(shape, turns);
  return 0;
}

}  // namespace
}  // namespace anemone::bench

int main(int argc, char** argv) { return anemone::bench::run_command(argc, argv, anemone::bench::run); }
