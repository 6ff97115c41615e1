// SPDX-License-Identifier: Apache-2.0
#include "runtime/text_shapes.h"

#include <algorithm>
#include <functional>

#include "base/error.h"

namespace anemone {
namespace {

constexpr int64_t kUnlimited = int64_t{1} << 24;

std::vector<int32_t> positions_of(const std::vector<int32_t>& mask) {
  std::vector<int32_t> positions;
  int32_t next = 0;
  for (const int32_t kept : mask) {
    positions.push_back(std::max(kept ? next : next - 1, 0));
    next += kept;
  }
  return positions;
}

// What each input that a text fills holds for it.
const std::map<std::string, std::function<std::vector<int32_t>(const Encoding&)>>& known_inputs() {
  static const std::map<std::string, std::function<std::vector<int32_t>(const Encoding&)>> kInputs = {
      {"input_ids", [](const Encoding& text) { return text.ids; }},
      {"attention_mask", [](const Encoding& text) { return text.attention_mask; }},
      {"token_type_ids", [](const Encoding& text) { return text.type_ids; }},
      {"position_ids", [](const Encoding& text) { return positions_of(text.attention_mask); }},
  };
  return kInputs;
}

Encoding padded(Encoding text, int64_t length, TokenId pad) {
  text.ids.resize(static_cast<size_t>(length), pad);
  text.type_ids.resize(static_cast<size_t>(length), 0);
  text.attention_mask.resize(static_cast<size_t>(length), 0);
  return text;
}

}  // namespace

TextShapes::TextShapes(const Function& function) : features_(function.input_features) {
  const auto ids =
      std::find_if(features_.begin(), features_.end(), [](const Feature& f) { return f.name == "input_ids"; });
  if (ids == features_.end()) fail("the model has no input_ids, which a model of text needs");
  if (!ids->shape || ids->shape->size() != 2) fail("input_ids has no shape of two dimensions");
  batch_ = (*ids->shape)[0];
  shortest_ = longest_ = (*ids->shape)[1];
  for (const ConcreteShape& shape : ids->enumerated_shapes)
    if (shape.size() == 2 && shape[0] == batch_) lengths_.push_back(shape[1]);
  std::sort(lengths_.begin(), lengths_.end());
  if (!lengths_.empty()) longest_ = lengths_.back();
  if (ids->shape_ranges.size() != 2) return;
  const Feature::Range length = ids->shape_ranges[1];
  shortest_ = std::max<int64_t>(length.lower, 1);
  longest_ = length.upper < 0 ? kUnlimited : length.upper;
}

int64_t TextShapes::length_for(int64_t tokens) const {
  CHECK(tokens <= longest_);
  tokens = std::max<int64_t>(tokens, 1);
  if (lengths_.empty()) return std::max(tokens, shortest_);
  return *std::lower_bound(lengths_.begin(), lengths_.end(), tokens);
}

TensorMap TextShapes::inputs(std::span<const Encoding> texts, TokenId pad) const {
  CHECK(!texts.empty() && static_cast<int64_t>(texts.size()) <= batch_);
  size_t tokens = 0;
  for (const Encoding& text : texts) tokens = std::max(tokens, text.ids.size());
  const int64_t length = length_for(static_cast<int64_t>(tokens));
  std::vector<Encoding> rows;
  for (const Encoding& text : texts) rows.push_back(padded(text, length, pad));
  TensorMap inputs;
  for (const Feature& feature : features_) {
    const auto known = known_inputs().find(feature.name);
    if (known == known_inputs().end()) fail("the input {} is nothing that a text fills in", feature.name);
    const int64_t count = feature.shape && feature.shape->size() == 2 ? (*feature.shape)[0] : batch_;
    Tensor& tensor = inputs[feature.name] = Tensor(DType::kInt32, {count, length});
    for (size_t row = 0; row < static_cast<size_t>(count); ++row) {
      const std::vector<int32_t> values = known->second(rows[std::min(row, rows.size() - 1)]);
      std::copy(values.begin(), values.end(), tensor.as<int32_t>().begin() + static_cast<int64_t>(row) * length);
    }
  }
  return inputs;
}

}  // namespace anemone
