// SPDX-License-Identifier: Apache-2.0
#include "runtime/text_model.h"

#include <algorithm>
#include <functional>

#include "base/error.h"
#include "import/assets.h"

namespace anemone {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kUnlimited = int64_t{1} << 24;

const Feature* find_feature(const std::vector<Feature>& features, const std::string& name) {
  const auto found = std::find_if(features.begin(), features.end(), [&](const Feature& f) { return f.name == name; });
  return found == features.end() ? nullptr : &*found;
}

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

TextModel TextModel::open(const fs::path& model, const fs::path& tokenizer, const RunOptions& options) {
  Session session = Session::open(model, options);
  const fs::path assets = assets_folder(model);
  if (tokenizer.empty()) {
    std::error_code unreadable;
    if (!fs::is_directory(assets, unreadable))
      fail("{}: has no assets at {}: --tokenizer can name the tokenizer", model.string(), assets.string());
    check_assets(session.program().metadata, assets);
  }
  TextModel text(std::move(session), Tokenizer::open(tokenizer.empty() ? assets : tokenizer), assets);
  with_context(model.string(), [&] { text.read_shape(); });
  text.pad_ = text.padding();
  return text;
}

void TextModel::read_shape() {
  const Feature* ids = find_feature(function().input_features, "input_ids");
  if (!ids) fail("the model has no input_ids, which a model of text needs");
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

int64_t TextModel::length_for(int64_t tokens) const {
  CHECK(tokens <= longest_);
  tokens = std::max<int64_t>(tokens, 1);
  if (lengths_.empty()) return std::max(tokens, shortest_);
  return *std::lower_bound(lengths_.begin(), lengths_.end(), tokens);
}

// The model's own idea comes first: some find the end of a text by it.
TokenId TextModel::padding() const {
  const Json id = asset("config.json").value("pad_token_id", Json());
  return id.is_number_unsigned() ? id.get<TokenId>() : tokenizer_.pad_id();
}

const Feature* TextModel::output(const std::string& name) const {
  return find_feature(function().output_features, name);
}

Json TextModel::asset(const std::string& name) const {
  std::error_code unreadable;
  if (!fs::is_regular_file(assets_ / name, unreadable)) return Json::object();
  Json json = read_json(assets_ / name);
  if (!json.is_object()) fail("{}: is not a JSON object", (assets_ / name).string());
  return json;
}

std::map<std::string, RuntimeValue> TextModel::run(std::span<const Encoding> texts) {
  CHECK(!texts.empty() && static_cast<int64_t>(texts.size()) <= batch_);
  size_t tokens = 0;
  for (const Encoding& text : texts) tokens = std::max(tokens, text.ids.size());
  const int64_t length = length_for(static_cast<int64_t>(tokens));
  std::vector<Encoding> rows;
  for (const Encoding& text : texts) rows.push_back(padded(text, length, pad_));
  TensorMap inputs;
  for (const Feature& feature : function().input_features) {
    const auto known = known_inputs().find(feature.name);
    if (known == known_inputs().end()) fail("the input {} is nothing that a text fills in", feature.name);
    const int64_t count = feature.shape && feature.shape->size() == 2 ? (*feature.shape)[0] : batch_;
    Tensor& tensor = inputs[feature.name] = Tensor(DType::kInt32, {count, length});
    for (size_t row = 0; row < static_cast<size_t>(count); ++row) {
      const std::vector<int32_t> values = known->second(rows[std::min(row, rows.size() - 1)]);
      std::copy(values.begin(), values.end(), tensor.as<int32_t>().begin() + static_cast<int64_t>(row) * length);
    }
  }
  TensorMap no_states;
  return session_.run(inputs, no_states);
}

}  // namespace anemone
