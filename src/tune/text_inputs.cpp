// SPDX-License-Identifier: Apache-2.0
#include "tune/text_inputs.h"

#include "base/error.h"

namespace anemone {
namespace {

Tensor rows_of(const std::vector<int32_t>& row, const ConcreteShape& shape) {
  Tensor tensor(DType::kInt32, shape);
  auto to = tensor.as<int32_t>();
  for (size_t i = 0; i < to.size(); ++i) to[i] = row[i % row.size()];
  return tensor;
}

}  // namespace

Encoding encode_for(const Function& function, const Tokenizer& tokenizer, std::string_view text,
                    std::optional<std::string_view> pair) {
  int64_t length = 0;
  for (const Feature& feature : function.input_features) {
    if (!feature.shape || feature.shape->size() != 2)
      fail("input {} has no fixed shape of two dimensions, which texts need", feature.name);
    length = feature.shape->at(1);
  }
  if (length <= 0) fail("the model takes no text");
  EncodeOptions options;
  options.pair = pair;
  options.max_length = options.pad_to_length = length;
  return tokenizer.encode(text, options);
}

TensorMap text_inputs(const Function& function, const Encoding& encoding) {
  const std::map<std::string, const std::vector<int32_t>*> known = {{"input_ids", &encoding.ids},
                                                                    {"attention_mask", &encoding.attention_mask},
                                                                    {"token_type_ids", &encoding.type_ids}};
  TensorMap inputs;
  for (const Feature& feature : function.input_features) {
    const auto found = known.find(feature.name);
    if (found == known.end()) fail("a text cannot fill in the input {}", feature.name);
    inputs[feature.name] = rows_of(*found->second, *feature.shape);
  }
  return inputs;
}

}  // namespace anemone
