// SPDX-License-Identifier: Apache-2.0
#include "runtime/text_model.h"

#include <algorithm>

#include "base/error.h"
#include "import/assets.h"

namespace anemone {
namespace {

namespace fs = std::filesystem;

const Feature* find_feature(const std::vector<Feature>& features, const std::string& name) {
  const auto found = std::find_if(features.begin(), features.end(), [&](const Feature& f) { return f.name == name; });
  return found == features.end() ? nullptr : &*found;
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
  text.shapes_ = with_context(model.string(), [&] { return TextShapes(text.function()); });
  text.pad_ = text.padding();
  return text;
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
  TensorMap no_states;
  return session_.run(shapes_.inputs(texts, pad_), no_states);
}

}  // namespace anemone
