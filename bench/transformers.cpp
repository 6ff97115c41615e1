// SPDX-License-Identifier: Apache-2.0
// Transformers of random weights beside ONNX Runtime and OpenVINO: outputs compared first, then runs in turns.
//   script/bench transformers [MODEL TOKENS [PAIRS [THREADS]]]     such as bert-base 128; without, the table of
//                                                                  docs/performance.md
// Both sides are programs of their own with the same weights. A ratio is that of neighbouring runs, ours over theirs;
// the median is over all pairs. "of roof" is the share of the fastest possible products, measured in the same run.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <functional>
#include <memory>

#include "base/error.h"
#include "base/parallel.h"
#include "runtime/arrays.h"
#include "support/checkpoints.h"
#include "support/child.h"
#include "support/measure.h"
#include "support/roof.h"
#include "support/serve.h"
#include "tune/convert_package.h"

namespace anemone::bench {
namespace {

namespace fs = std::filesystem;

const fs::path kWork = "build/bench";
const char* const kPython = "build/bench/venv/bin/python";  // script/bench makes it
const fs::path kPeers = "bench/peers";

struct Case {
  std::string model;
  int64_t tokens = 128;
  int pairs = 30;
  int threads = 2;
};

// Multiply-adds of the products with weights and of attention, twice.
double operations(const Case& c) {
  const double tokens = static_cast<double>(c.tokens);
  const double channels = 768;
  const double layers = c.model == "distilbert-base" ? 6 : 12;
  double adds = layers * tokens * (12 * channels * channels + 2 * tokens * channels);
  if (c.model == "gpt2") adds += tokens * channels * 50257;
  return 2 * adds;
}

fs::path inputs_for(const Case& c) {
  const fs::path folder = kWork / fmt::format("{}-{}-inputs", c.model, c.tokens);
  fs::create_directories(folder);
  Tensor ids(DType::kInt32, {1, c.tokens});
  for (int64_t i = 0; i < c.tokens; ++i)
    ids.as<int32_t>()[static_cast<size_t>(i)] = static_cast<int32_t>(i * 7919 % 30011);
  write_tensor(folder / "input_ids.npy", ids);
  Tensor mask(DType::kInt32, {1, c.tokens});
  std::fill(mask.as<int32_t>().begin(), mask.as<int32_t>().end(), 1);
  if (c.model != "gpt2") write_tensor(folder / "attention_mask.npy", mask);
  return folder;
}

fs::path package_for(const Case& c, const fs::path& checkpoint) {
  const fs::path package = kWork / fmt::format("{}-{}.mlpackage", c.model, c.tokens);
  ConvertOptions options;
  options.check = false;
  options.request.precision = DType::kFloat32;
  options.request.sequence_length = c.tokens;
  if (c.model != "gpt2") options.request.outputs = {"last_hidden_state"};
  convert_package(checkpoint, package, options, {});
  return package;
}

fs::path graphs_for(const Case& c, const fs::path& checkpoint) {
  const fs::path folder = kWork / fmt::format("{}-{}-onnx", c.model, c.tokens);
  if (!fs::exists(folder / "int8.onnx")) {
    const std::string command = fmt::format("{} {} {} {} {} 2>/dev/null", kPython, (kPeers / "export.py").string(),
                                            checkpoint.string(), c.tokens, folder.string());
    if (std::system(command.c_str()) != 0) fail("{}: failed", command);
  }
  return folder;
}

// One program of the comparison.
struct Side {
  std::string name;
  std::string load;
  std::unique_ptr<Child> child;
  std::vector<double> seconds;
  double cpu = 0;

  Side(std::string side, const std::vector<std::string>& command)
      : name(std::move(side)), child(std::make_unique<Child>(command)) {
    const std::string ready = child->read_line();
    if (!ready.starts_with("ready ")) fail("{}: {}", name, ready);
    load = ready.substr(6);
  }
  void run() { seconds.push_back(std::stod(child->ask("run"))); }
  Tensor output() const {
    const fs::path file = fs::absolute(kWork / "output.npy");
    child->ask("save " + file.string());
    return copy_of(read_tensor(file));
  }
};

double largest_difference(const Tensor& a, const Tensor& b) {
  if (a.size() != b.size()) fail("outputs of {} and {} elements", a.size(), b.size());
  double most = 0;
  for (size_t i = 0; i < a.as<float>().size(); ++i) {
    const double difference = std::abs(static_cast<double>(a.as<float>()[i]) - static_cast<double>(b.as<float>()[i]));
    if (!(difference <= most)) most = difference;
  }
  return most;
}

void print_side(const Side& side, const Side& ours, double roof_seconds, const Tensor& reference) {
  std::vector<double> ratios;
  for (size_t i = 0; i < side.seconds.size(); ++i) ratios.push_back(ours.seconds[i] / side.seconds[i]);
  fmt::print("  {:<22}{:>8.1f}{:>8.1f}{:>8.1f}{:>8.0f} %{:>10.3f}{:>10.1e}{:>9.0f}   {}\n", side.name,
             1e3 * median(side.seconds), 1e3 * *std::min_element(side.seconds.begin(), side.seconds.end()),
             1e3 * side.cpu / static_cast<double>(side.seconds.size()),
             100 * roof_seconds / *std::min_element(side.seconds.begin(), side.seconds.end()), median(ratios),
             largest_difference(side.output(), reference), std::stod(side.child->ask("rss")) * 1e-6, side.load);
}

// Ours first; the outputs are compared with those of ONNX Runtime in float32.
void compare(const Case& c, const std::string& title, kernels::Precision precision, std::vector<Side>& sides,
             const Tensor& reference) {
  const double operations_a_second = roof(precision, c.threads);
  for (Side& side : sides) side.cpu = side.child->cpu_seconds();
  for (int i = 0; i < c.pairs; ++i)
    for (Side& side : sides) side.run();
  for (Side& side : sides) side.cpu = side.child->cpu_seconds() - side.cpu;
  const double roof_seconds = operations(c) / operations_a_second;
  fmt::print("\n{} of {} tokens, {}, {} threads: {:.0f} Gop/s at most, so {:.1f} ms; reads {:.0f} GB/s\n", c.model,
             c.tokens, title, c.threads, 1e-9 * operations_a_second, 1e3 * roof_seconds, 1e-9 * bandwidth(c.threads));
  fmt::print("  {:<22}{:>8}{:>8}{:>8}{:>10}{:>10}{:>10}{:>9}   {}\n", "", "median", "least", "CPU", "of roof", "ratio",
             "error", "MB", "load s, version");
  for (const Side& side : sides) print_side(side, sides[0], roof_seconds, reference);
}

void run_case(const Case& c) {
  const fs::path weights = checkpoint(c.model, kWork);
  const std::string package = package_for(c, weights).string();
  const fs::path graphs = graphs_for(c, weights);
  const std::string inputs = inputs_for(c).string();
  const std::string threads = std::to_string(c.threads);
  const auto ours = [&](const std::string& numerics) {
    return Side("Anemone " + numerics, {"/proc/self/exe", "--serve", package, numerics, threads, inputs});
  };
  const auto peer = [&](const std::string& name, const std::string& engine, const std::string& graph) {
    return Side(name, {kPython, (kPeers / "serve.py").string(), engine, (graphs / graph).string(), threads, inputs});
  };
  std::vector<Side> sides;
  sides.push_back(ours("float32"));
  sides.push_back(peer("ONNX Runtime", "onnxruntime", "fused.onnx"));
  sides.push_back(peer("OpenVINO", "openvino-f32", "plain.onnx"));
  const Tensor reference = sides[1].output();
  compare(c, "float32", kernels::Precision::kFloat32, sides, reference);
  sides.clear();
  sides.push_back(ours("fast"));
  sides.push_back(peer("OpenVINO bf16", "openvino-bf16", "plain.onnx"));
  compare(c, "bfloat16", kernels::Precision::kBfloat16, sides, reference);
  sides.clear();
  sides.push_back(ours("fast-int8"));
  sides.push_back(peer("ONNX Runtime int8", "onnxruntime", "int8.onnx"));
  compare(c, "8-bit integers", kernels::Precision::kInt8, sides, reference);
}

int run(const std::vector<std::string>& arguments) {
  if (arguments.size() == 5 && arguments[0] == "--serve") {
    serve(arguments[1], arguments[2], std::stoi(arguments[3]), arguments[4]);
    return 0;
  }
  std::vector<Case> cases = {{"bert-base", 32}, {"bert-base", 128}, {"bert-base", 384}, {"gpt2", 128}};
  if (arguments.size() >= 2) cases = {{arguments[0], std::stoll(arguments[1])}};
  if (arguments.size() >= 3) cases[0].pairs = std::stoi(arguments[2]);
  if (arguments.size() >= 4) cases[0].threads = std::stoi(arguments[3]);
  fs::create_directories(kWork);
  for (const Case& c : cases) run_case(c);
  return 0;
}

}  // namespace
}  // namespace anemone::bench

int main(int argc, char** argv) { return anemone::bench::run_command(argc, argv, anemone::bench::run); }
