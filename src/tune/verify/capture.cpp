// SPDX-License-Identifier: Apache-2.0
#include "tune/verify/capture.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include "base/error.h"
#include "formats/scratch_folder.h"
#include "ir/graph.h"
#include "runtime/arrays.h"
#include "runtime/interface.h"

namespace anemone {
namespace {

namespace fs = std::filesystem;

bool has_numbers(const Type& type) { return type.is_tensor() && type.dtype != DType::kString; }

// What was computed before the run is only to be had as an output.
void add_folded(const Program& program, const std::string& function, const std::map<ValueId, std::string>& wanted,
                const TensorMap& inputs, TensorMap& states, const RunOptions& options, Values& values) {
  auto exposed = std::make_shared<Function>(program.function(function));
  auto& outputs = exposed->body.outputs;
  for (const auto& entry : wanted)
    if (std::find(outputs.begin(), outputs.end(), entry.first) == outputs.end()) outputs.push_back(entry.first);
  auto changed = std::make_shared<Program>(program);
  changed->functions[function] = exposed;
  const auto results = Executable(changed, options).run(function, inputs, states);
  for (const auto& [id, name] : wanted)
    if (const auto found = results.find(name); found->second.kind == RuntimeValue::Kind::kTensor)
      values.add(id, found->second.tensor);
}

}  // namespace

std::vector<const Op*> captured_ops(const Function& function) {
  std::vector<const Op*> ops;
  for (const OpPtr& op : function.body.ops)
    if (is_executed(*op)) ops.push_back(op.get());
  return ops;
}

const Tensor* Values::find(ValueId id) const {
  const auto found = values_.find(id);
  return found == values_.end() ? nullptr : &found->second.tensor;
}

void Values::add(ValueId id, const Tensor& value) {
  constexpr size_t kSmall = size_t{1} << 16;  // not worth a file
  const size_t size = value.byte_size();
  if (size <= kSmall || size <= room_) {
    if (size > kSmall) room_ -= size;
    values_[id] = {copy_of(value), nullptr};
    return;
  }
  ScratchFolder scratch(fs::temp_directory_path() / "anemone-values");
  const auto file = scratch.keep({value.bytes(), size});
  auto* bytes = const_cast<std::byte*>(file->bytes().data());  // nobody writes to a value that is kept
  values_[id] = {Tensor(value.dtype(), value.shape(), bytes, file), file};
}

void Values::put_away(ValueId id) const {
  const auto found = values_.find(id);
  if (found == values_.end() || !found->second.file) return;
  found->second.file->release(0, found->second.file->bytes().size());
}

Values capture(const Program& program, const std::string& function, const std::vector<TensorMap>& calls,
               const RunOptions& options, const std::set<ValueId>& only) {
  const Function& original = program.function(function);
  std::map<ValueId, std::string> wanted;
  for (const Op* op : captured_ops(original))
    for (const Output& output : op->outputs)
      if (has_numbers(output.type) && (only.empty() || only.count(output.id))) wanted[output.id] = output.name;

  TensorMap states;
  Executable executable(std::make_shared<const Program>(program), options);
  for (size_t i = 0; i + 1 < calls.size(); ++i)
    executable.run(function, adapt_inputs(original, calls[i], options.numerics), states);
  const TensorMap inputs = adapt_inputs(original, calls.back(), options.numerics);
  Values values;
  for (const Output& input : original.inputs)
    if (const auto found = inputs.find(input.name); found != inputs.end()) values.add(input.id, found->second);
  TensorMap passing = states;
  for (auto& entry : passing) entry.second = copy_of(entry.second);
  executable.set_trace([&](const Op&, const Output& output, const Tensor& value) {
    if (wanted.erase(output.id)) values.add(output.id, value);
  });
  executable.run(function, inputs, passing);
  if (!wanted.empty()) add_folded(program, function, wanted, inputs, states, options, values);
  return values;
}

}  // namespace anemone
