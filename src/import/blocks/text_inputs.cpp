// SPDX-License-Identifier: Apache-2.0
#include "import/blocks/text_inputs.h"

#include "base/error.h"

namespace anemone {
namespace {

constexpr int64_t kUsualChoices = 2;  // no configuration says how many answers a question has

// An input beside the ids. Only positions may be the same for all texts.
std::optional<ValueId> companion(ModelBuilder& model, const std::string& name, const ConcreteShape& shape,
                                 bool by_default, bool may_broadcast) {
  const auto value = model.optional_input(name, shape, by_default);
  if (!value) return std::nullopt;
  ConcreteShape one_text = shape;
  one_text.front() = 1;
  const ConcreteShape given = model.shape(*value);
  if (given != shape && !(may_broadcast && given == one_text))
    fail("--shape: {} has shape {}, expected {} as input_ids", name, to_string(given), to_string(shape));
  return value;
}

// (questions, choices, S) -> (questions * choices, S)
void flatten(ModelBuilder& model, TextInputs& inputs) {
  const ConcreteShape shape = model.shape(inputs.ids);
  const std::vector<int32_t> flat = {static_cast<int32_t>(shape[0] * shape[1]), static_cast<int32_t>(shape[2])};
  const auto as_batch = [&](ValueId value, const std::string& part) {
    return model.at("choices").op("reshape", {{"x", value}, {"shape", flat}}, "flat_" + part);
  };
  inputs.ids = as_batch(inputs.ids, "input_ids");
  if (inputs.mask) inputs.mask = as_batch(*inputs.mask, "attention_mask");
  if (inputs.types) inputs.types = as_batch(*inputs.types, "token_type_ids");
  if (inputs.positions) inputs.positions = as_batch(*inputs.positions, "position_ids");
}

}  // namespace

TextInputs text_inputs(ModelBuilder& model, const TextInputOptions& options) {
  ConcreteShape shape = {model.batch()};
  if (options.choices) shape.push_back(kUsualChoices);
  shape.push_back(model.sequence_length(options.longest));
  TextInputs inputs;
  inputs.ids = model.input("input_ids", shape);
  shape = model.shape(inputs.ids);
  inputs.leading.assign(shape.begin(), shape.end() - 1);
  inputs.mask = companion(model, "attention_mask", shape, options.mask_by_default, false);
  if (options.types) inputs.types = companion(model, "token_type_ids", shape, false, false);
  if (options.positions) inputs.positions = companion(model, "position_ids", shape, false, !options.choices);
  if (options.choices) flatten(model, inputs);
  return inputs;
}

ValueId positions_beside_padding(const Module& module, ValueId ids, int32_t padding) {
  const ValueId kept = module.op("not_equal", {{"x", ids}, {"y", Constant::of(padding)}}, "is_text");
  const ValueId ones = module.op("cast", {{"x", kept}, {"dtype", "int32"}}, "text_mask");
  const ValueId sums =
      module.op("cumsum", {{"x", ones}, {"axis", -1}, {"exclusive", false}, {"reverse", false}}, "counted");
  const ValueId counted = module.op("mul", {{"x", sums}, {"y", ones}}, "counted_text");
  return module.op("add", {{"x", counted}, {"y", Constant::of(padding)}}, "position_ids");
}

}  // namespace anemone
