// SPDX-License-Identifier: Apache-2.0
#include "golden.h"

#include <cstring>
#include <random>

#include "base/json.h"
#include "runtime/arrays.h"
#include "runtime/session.h"

namespace anemone::test {
namespace {

std::filesystem::path folder() { return std::filesystem::path(ANEMONE_SOURCE_DIR) / "tests/data/golden"; }

const Json& index() {
  static const Json json = read_json(folder() / "index.json");
  return json;
}

const Json& entry(const std::string& name) {
  for (const Json& each : index())
    if (each.at("name") == name) return each;
  fail("there is no golden model {}", name);
}

Tensor load(const std::filesystem::path& path) { return read_tensor(path); }

TensorMap made_up_inputs(const Function& function) {
  std::mt19937 random(1);
  TensorMap inputs;
  for (const Feature& feature : function.input_features) {
    Tensor tensor(DType::kFloat32, feature.shape.value_or(ConcreteShape{}));
    for (float& value : tensor.as<float>()) value = static_cast<float>(random() % 1000) / 1000.0F - 0.5F;
    inputs[feature.name] = tensor;
  }
  return inputs;
}

}  // namespace

std::vector<std::string> golden_names() {
  std::vector<std::string> names;
  for (const Json& each : index()) names.push_back(each.at("name"));
  return names;
}

std::filesystem::path golden_package(const std::string& name) {
  return folder() / std::string(entry(name).at("package"));
}

std::string test_name(std::string name) {
  for (char& c : name)
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
  return name;
}

std::vector<TensorMap> golden_inputs(const std::string& name, const Function& function) {
  const Json& model = entry(name);
  if (!model.contains("calls")) return {made_up_inputs(function)};
  std::vector<TensorMap> calls;
  for (const Json& call : model.at("calls")) {
    TensorMap& inputs = calls.emplace_back();
    for (const Json& input : call.at("inputs")) inputs[input.at(0)] = load(folder() / std::string(input.at(1)));
  }
  return calls;
}

RunResult run_calls(const Program& program, const std::vector<TensorMap>& calls, const RunOptions& options) {
  Session session(std::make_shared<const Program>(program), options);
  RunResult result;
  for (const TensorMap& inputs : calls) {
    TensorMap& outputs = result.outputs.emplace_back();
    for (const auto& [name, value] : session.run(inputs, result.states)) outputs[name] = value.tensor;
  }
  return result;
}

std::string bit_difference(const TensorMap& a, const TensorMap& b) {
  if (a.size() != b.size()) return fmt::format("{} and {} tensors", a.size(), b.size());
  for (const auto& [name, left] : a) {
    const auto found = b.find(name);
    if (found == b.end()) return name + " is missing";
    const Tensor& right = found->second;
    if (left.dtype() != right.dtype() || left.shape() != right.shape())
      return fmt::format("{}: {} and {}", name, left.type().str(), right.type().str());
    for (size_t i = 0; i < left.byte_size(); ++i)
      if (left.bytes()[i] != right.bytes()[i]) return fmt::format("{}: byte {} of {}", name, i, left.byte_size());
  }
  return "";
}

std::string bit_difference(const RunResult& a, const RunResult& b) {
  if (a.outputs.size() != b.outputs.size()) return "number of calls";
  for (size_t i = 0; i < a.outputs.size(); ++i)
    if (const std::string where = bit_difference(a.outputs[i], b.outputs[i]); !where.empty())
      return fmt::format("call {}: {}", i, where);
  const std::string where = bit_difference(a.states, b.states);
  return where.empty() ? "" : "state " + where;
}

}  // namespace anemone::test
