// SPDX-License-Identifier: Apache-2.0
// Compressing a BERT-base package of random weights beside coremltools: seconds, CPU seconds and peak memory of whole
// commands, in turns, the squared error of each weight beside the peer's, and the peak of a package of 1.1 B
// parameters.
//   script/bench compress [TURNS [SETTING...]]
// The peer is bench/peers/compress.py. Both read and write packages; packages are in the page cache.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>

#include "base/error.h"
#include "base/json.h"
#include "compress/weights.h"
#include "import/package.h"
#include "runtime/decompress.h"
#include "support/checkpoints.h"
#include "support/measure.h"
#include "tune/compress_package.h"
#include "tune/convert_package.h"

namespace anemone::bench {
namespace {

namespace fs = std::filesystem;

const fs::path kWork = "build/bench";
constexpr int kThreads = 2;

struct Setting {
  std::string name;
  std::string methods;
  std::string peer;  // a setting of peers/compress.py; empty: none
};

const std::vector<Setting>& settings() {
  static const std::vector<Setting> all = {
      {"palettize 4", R"([{"palettize": {"nbits": 4}}])", "lut4"},
      {"palettize 8", R"([{"palettize": {"nbits": 8}}])", "lut8"},
      {"palettize 4, groups of 16", R"([{"palettize": {"nbits": 4, "group_size": 16}}])", "lut4g16"},
      {"the same, fast", R"([{"palettize": {"nbits": 4, "group_size": 16, "mode": "fast"}}])", "lut4g16"},
      {"int8 by channel", R"([{"quantize": {"dtype": "int8"}}])", "int8"},
      {"prune 50 %", R"([{"prune": {"sparsity": 0.5}}])", "prune50"},
  };
  return all;
}

const fs::path kOurs = kWork / "compressed.mlpackage";
fs::path output_of_peer(const Setting& setting) { return kWork / ("compressed-" + setting.peer + ".mlpackage"); }

Usage ours(const fs::path& package, const Setting& setting) {
  return measured([&] {
    CompressRequest request;
    request.model = package;
    request.output = kOurs;
    request.recipe = make_recipe(parse_json("{\"rules\": [{\"methods\": " + setting.methods + "}]}"));
    request.target = find_target("m1");
    request.threads = kThreads;
    compress_package(request);
  });
}

Usage peer(const fs::path& package, const Setting& setting, int turn) {
  static std::map<std::pair<std::string, int>, Usage> known;  // one run for settings that mean the same to it
  if (const auto found = known.find({setting.peer, turn}); found != known.end()) return found->second;
  const std::string output = output_of_peer(setting);
  return known[{setting.peer, turn}] = measured([&] {
           ::execl("build/bench/venv/bin/python", "python", "bench/peers/compress.py", package.c_str(), output.c_str(),
                   setting.peer.c_str(), nullptr);
           ::_exit(127);
         });
}

// A weight by the op that uses it: names of constants differ.
std::string key_of(const Graph& graph, ValueId weight) {
  const Op& user = *graph.users(weight).front();
  return user.outputs.front().name;
}

double squared_difference(const Constant& weight, const Tensor& other) {
  const Tensor want = weight.tensor();
  double sum = 0;
  for (size_t i = 0; i < want.as<float>().size(); ++i) {
    const double difference = static_cast<double>(want.as<float>()[i]) - other.as<float>()[i];
    sum += difference * difference;
  }
  weight.release();
  return sum;
}

std::map<std::string, double> squared_errors(const fs::path& plain, const fs::path& compressed) {
  const Program before = read_package(plain), after = read_package(compressed);
  const Graph was(before.main()), is(after.main());
  std::map<std::string, Constant> weights;
  for (const Weight& weight : find_weights(was)) weights.emplace(key_of(was, weight.op->id()), weight.value());
  std::map<std::string, double> errors;
  decompress(after.main(), [&](const Output& output, const Tensor& value) {
    const auto users = is.users(output.id);
    if (users.empty() || is_constexpr(*users.front())) return;
    const auto found = weights.find(key_of(is, output.id));
    if (found != weights.end()) errors[found->first] = squared_difference(found->second, value);
  });
  return errors;
}

// Our errors as shares of the peer's.
void print_errors(const fs::path& package, const Setting& setting) {
  const auto own = squared_errors(package, kOurs), other = squared_errors(package, output_of_peer(setting));
  double least = 1e300, most = 0, sum = 0, sum_of_others = 0;
  for (const auto& [name, error] : own) {
    const double ratio = error == 0 && other.at(name) == 0 ? 1 : error / other.at(name);
    least = std::min(least, ratio);
    most = std::max(most, ratio);
    sum += error;
    sum_of_others += other.at(name);
  }
  fmt::print("{:<26} squared error of {} weights: {:.7f} to {:.7f} of coremltools', together {:.7f}\n", "", own.size(),
             least, most, sum / sum_of_others);
}

fs::path package_of(const std::string& shape) {
  const fs::path package = kWork / (shape + "-iOS18.mlpackage");
  if (fs::exists(package)) return package;
  measured([&] {
    ConvertOptions options;
    options.request.opset = kNewestOpset;
    options.check = false;
    convert_package(checkpoint(shape, kWork), package, options, {});
  });
  return package;
}

void compare(const fs::path& package, const Setting& setting, int turns) {
  std::vector<double> own, own_cpu, other, other_cpu, ratios;
  double own_peak = 0, other_peak = 0;
  for (int i = 0; i < turns; ++i) {
    const Usage a = ours(package, setting);
    const Usage b = peer(package, setting, i);
    own.push_back(a.seconds);
    own_cpu.push_back(a.cpu);
    other.push_back(b.seconds);
    other_cpu.push_back(b.cpu);
    ratios.push_back(b.seconds / a.seconds);
    own_peak = std::max(own_peak, 1e-6 * a.peak_bytes);
    other_peak = std::max(other_peak, 1e-6 * b.peak_bytes);
  }
  fmt::print(
      "{:<26} {:6.2f} s (CPU {:6.2f}), {:4.0f} MB; coremltools {:7.2f} s (CPU {:7.2f}), {:5.0f} MB; ratio {:.1f}\n",
      setting.name, median(own), median(own_cpu), own_peak, median(other), median(other_cpu), other_peak,
      median(ratios));
  std::fflush(stdout);
  measured([&] {
    print_errors(package, setting);
    std::fflush(stdout);
  });
}

bool is_wanted(const Setting& setting, const std::vector<std::string>& arguments) {
  return arguments.size() < 2 || std::find(arguments.begin() + 1, arguments.end(), setting.name) != arguments.end();
}

int run(const std::vector<std::string>& arguments) {
  const int turns = arguments.empty() ? 3 : std::stoi(arguments[0]);
  fs::create_directories(kWork);
  const fs::path bert = package_of("bert-base");
  for (const Setting& setting : settings())
    if (is_wanted(setting, arguments)) compare(bert, setting, turns);
  const fs::path large = package_of("llama-1.1b");
  for (const Setting& setting : settings()) {
    if (!is_wanted(setting, arguments)) continue;
    const Usage usage = ours(large, setting);
    fmt::print("1.1 B parameters, {:<26} {:6.2f} s (CPU {:6.2f}), {:4.0f} MB\n", setting.name, usage.seconds, usage.cpu,
               1e-6 * usage.peak_bytes);
  }
  return 0;
}

}  // namespace
}  // namespace anemone::bench

int main(int argc, char** argv) { return anemone::bench::run_command(argc, argv, anemone::bench::run); }
