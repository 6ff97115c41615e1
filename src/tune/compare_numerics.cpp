// SPDX-License-Identifier: Apache-2.0
// What rounding to half, and the Neural Engine's arithmetic, make of a folder of models.
#include <algorithm>
#include <limits>

#include "base/json.h"
#include "runtime/image_input.h"
#include "runtime/session.h"
#include "tune/compare.h"
#include "tune/conformance.h"

namespace anemone {
namespace {

using Outputs = std::vector<std::map<std::string, RuntimeValue>>;  // of each call

Outputs run_calls(const std::filesystem::path& folder, const Json& entry, RunOptions options, Numerics numerics) {
  options.numerics = numerics;
  Session session = Session::open(folder / std::string(entry.at("package")), options);
  TensorMap states;
  Outputs outputs;
  for (const Json& call : entry.at("calls")) {
    TensorMap inputs;
    for (const Json& input : call.at("inputs"))
      inputs[input.at(0)] = read_input_file(folder / std::string(input.at(1)));
    outputs.push_back(session.run(inputs, states, call.value("function", "")));
  }
  return outputs;
}

double lowest_psnr(const Outputs& got, const Outputs& want) {
  double lowest = std::numeric_limits<double>::infinity();
  for (size_t call = 0; call < want.size(); ++call) {
    for (const auto& [name, value] : want[call]) {
      if (value.kind != RuntimeValue::Kind::kTensor || !is_float(value.tensor.dtype())) continue;
      const Comparison result = compare(got[call].at(name).tensor, value.tensor);
      lowest = std::min(lowest, result.finite ? result.psnr : -std::numeric_limits<double>::infinity());
    }
  }
  return lowest;
}

}  // namespace

void compare_numerics(const std::filesystem::path& folder, const ConformanceOptions& options,
                      const std::function<void(const NumericsRow&)>& visit) {
  for (const Json& entry : read_json(folder / "index.json")) {
    const std::string name = entry.at("name");
    if (!entry.contains("calls") || name.find(options.filter) == std::string::npos) continue;
    const Outputs exact = run_calls(folder, entry, options.run, Numerics::kFloat32);
    visit({name, lowest_psnr(run_calls(folder, entry, options.run, Numerics::kIeeeHalf), exact),
           lowest_psnr(run_calls(folder, entry, options.run, Numerics::kAne), exact)});
  }
}

}  // namespace anemone
