// SPDX-License-Identifier: Apache-2.0
// Converting checkpoints of random weights to fp16: seconds, peak memory, and the seconds that `cp` and `sync` need for
// the bytes written, in turns.
//   script/bench convert [SHAPE [TURNS [FORM]]]     such as gpt2-xl 7 plain; without, all three of docs/performance.md
// FORM is ane or plain, by default both, one after the other in each turn. The checkpoint is in the page cache as far
// as memory holds it. Each conversion is a process of its own.
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

void convert_once(const fs::path& checkpoint, const fs::path& package, const std::string& form) {
  ConvertOptions options;
  options.check = false;
  options.threads = hardware_threads();
  FormOptions wanted;
  wanted.ane = form == "ane";
  wanted.rewrite.check = false;
  wanted.rewrite.passes.settings = settings_for(find_target("m1"));
  wanted.rewrite.threads = options.threads;
  convert_package(checkpoint, package, options, {}, wanted);
}

Usage measured_conversion(const fs::path& checkpoint, const fs::path& package, const std::string& form) {
  return measured([&] { convert_once(checkpoint, package, form); });
}

double copy_seconds(const fs::path& from, const fs::path& to) {
  fs::remove_all(to);
  const Clock::time_point begin = Clock::now();
  const std::string command = fmt::format("cp -r {} {} && sync {}/Data/com.apple.CoreML/weights/weight.bin",
                                          from.string(), to.string(), to.string());
  if (std::system(command.c_str()) != 0) fail("{}: failed", command);
  return seconds_since(begin);
}

// What was measured of one form, turn by turn.
struct Measured {
  std::vector<double> seconds, cpu, copies, ratios;
  double peak = 0;

  void turn(const fs::path& source, const fs::path& package, const std::string& form) {
    fs::remove_all(package);
    const Usage usage = measured_conversion(source, package, form);
    copies.push_back(copy_seconds(package, kWork / "copy.mlpackage"));
    seconds.push_back(usage.seconds);
    cpu.push_back(usage.cpu);
    ratios.push_back(usage.seconds / copies.back());
    peak = std::max(peak, usage.peak_bytes);
  }

  void print(const std::string& shape, const std::string& form) const {
    const auto [least, most] = std::minmax_element(ratios.begin(), ratios.end());
    fmt::print(
        "{:<12} {:<5} convert {:.2f} s (CPU {:.2f}), cp and sync {:.2f} s, ratio {:.2f} ({:.2f} to {:.2f}), "
        "peak {:.0f} MB\n",
        shape, form, median(seconds), median(cpu), median(copies), median(ratios), *least, *most, peak * 1e-6);
  }
};

void run_shape(const std::string& shape, int turns, const std::vector<std::string>& forms) {
  const fs::path source = checkpoint(shape, kWork);
  const fs::path package = kWork / (shape + "-fp16.mlpackage");
  std::vector<Measured> results(forms.size());
  measured_conversion(source, package, forms[0]);  // warms the page cache
  for (int i = 0; i < turns; ++i)
    for (size_t form = 0; form < forms.size(); ++form) results[form].turn(source, package, forms[form]);
  for (size_t form = 0; form < forms.size(); ++form) results[form].print(shape, forms[form]);
}

int run(const std::vector<std::string>& arguments) {
  fs::create_directories(kWork);
  const int turns = arguments.size() >= 2 ? std::stoi(arguments[1]) : 7;
  std::vector<std::string> forms{"ane", "plain"};
  if (arguments.size() >= 3) forms = {arguments[2]};
  std::vector<std::string> shapes{"bert-base", "gpt2-xl", "llama-1.1b"};
  if (!arguments.empty()) shapes = {arguments[0]};
  for (const std::string& shape : shapes) run_shape(shape, turns, forms);
  return 0;
}

}  // namespace
}  // namespace anemone::bench

int main(int argc, char** argv) { return anemone::bench::run_command(argc, argv, anemone::bench::run); }
