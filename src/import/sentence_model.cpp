// SPDX-License-Identifier: Apache-2.0
#include "import/sentence_model.h"

#include "base/error.h"
#include "base/strings.h"

namespace anemone {
namespace {

namespace fs = std::filesystem;

constexpr const char* kModules = "modules.json";

bool is_file(const fs::path& file) {
  std::error_code unreadable;
  return fs::is_regular_file(file, unreadable);
}

struct Entry {
  std::string path;  // inside the folder; empty: the folder itself
  std::string type;  // the last part of the class's name
};

Entry entry_of(const Json& json) {
  const auto text = [&json](const char* key) {
    const auto found = json.is_object() ? json.find(key) : json.end();
    if (found == json.end() || !found->is_string()) fail("an entry has no {}", key);
    return found->get<std::string>();
  };
  Entry entry{text("path"), text("type")};
  entry.type = entry.type.substr(entry.type.rfind('.') + 1);
  for (const std::string& part : split(entry.path, '/'))
    if (part == ".." || entry.path.starts_with("/") || part.find_first_of(std::string("\\\0", 2)) != std::string::npos)
      fail("path {} leads out of the folder", Json(entry.path).dump());
  return entry;
}

std::vector<Entry> read_modules(const fs::path& file) {
  const Json json = read_json(file);
  return with_context(file.string(), [&] {
    if (!json.is_array() || json.empty()) fail("is not a list of modules");
    std::vector<Entry> entries;
    for (const Json& module : json) entries.push_back(entry_of(module));
    return entries;
  });
}

Config config_of(const fs::path& folder) {
  const fs::path file = folder / "config.json";
  return Config(is_file(file) ? read_json(file) : Json::object(), file.string());
}

// How the texts are cut: one of the names that the library has used for this file.
std::optional<fs::path> text_settings(const fs::path& transformer) {
  for (const char* kind : {"bert", "roberta", "distilbert", "camembert", "albert", "xlm-roberta", "xlnet"}) {
    fs::path file = transformer / fmt::format("sentence_{}_config.json", kind);
    if (is_file(file)) return file;
  }
  return std::nullopt;
}

bool pads_left(const fs::path& transformer) {
  const fs::path file = transformer / "tokenizer_config.json";
  if (!is_file(file)) return false;
  const Json json = read_json(file);
  const auto side = json.is_object() ? json.find("padding_side") : json.end();
  return side != json.end() && *side == "left";
}

}  // namespace

std::optional<SentenceModel> SentenceModel::read(const fs::path& folder) {
  const fs::path file = folder / kModules;
  if (!is_file(file)) return std::nullopt;
  const std::vector<Entry> entries = read_modules(file);
  SentenceModel model(folder);
  model.transformer_ = folder / entries[0].path;
  const SentenceModuleTable& table = sentence_module_table();
  for (size_t i = 1; i < entries.size(); ++i) {
    const Entry& entry = entries[i];
    const SentenceModule* module = table.find(entry.type);
    if (!module) fail("{}: module {} is not supported: expected {}", file.string(), entry.type, any_of(table.types()));
    model.steps_.push_back({entry.path, module, config_of(folder / entry.path)});
  }
  return model;
}

SentenceModel SentenceModel::with_mean_pooling(const fs::path& folder) {
  SentenceModel model(folder);
  const SentenceModule* pooling = sentence_module_table().find("Pooling");
  CHECK(pooling);
  model.steps_.push_back({"pooling", pooling, Config(Json::object(), (folder / "config.json").string())});
  return model;
}

void SentenceModel::add_weights(Checkpoint& checkpoint) const {
  for (const Step& step : steps_)
    if (step.module->weights) checkpoint.mount(Checkpoint::open(folder_ / step.path), step.path + ".");
}

void SentenceModel::prepare(ModelBuilder& model) const { model.want_input("attention_mask"); }

void SentenceModel::build(ModelBuilder& model) const {
  const auto tokens = model.find_output("last_hidden_state");
  const auto ids = model.find_input("input_ids");
  if (!tokens || !ids) fail("{}: the model in it gives no last_hidden_state of texts", folder_.string());
  model.make_outputs_optional();
  const auto mask = model.find_input("attention_mask");
  const auto all = [&] {
    return ints(model.shape(*ids), std::vector<int32_t>(static_cast<size_t>(product(model.shape(*ids))), 1));
  };
  Sentences sentences{model,
                      mask ? *mask : model.at("pooling").constant(all(), "all_tokens"),
                      pads_left(transformer_),
                      {{"token_embeddings", *tokens}}};
  for (const Step& step : steps_) step.module->build(sentences, model.at(step.path), step.config);
  const auto embedding = sentences.features.find("sentence_embedding");
  if (embedding == sentences.features.end())
    fail("{}: no module gives a sentence_embedding", (folder_ / kModules).string());
  model.output("sentence_embedding", embedding->second);
  model.optional_output("token_embeddings", sentences.features.at("token_embeddings"));
}

std::vector<Asset> SentenceModel::assets() const {
  std::vector<Asset> assets;
  for (const char* name : {"config_sentence_transformers.json", kModules})
    if (is_file(folder_ / name)) assets.push_back(read_asset(folder_ / name, name));
  for (const Step& step : steps_)
    if (step.module->type == "Pooling" && is_file(folder_ / step.path / "config.json"))
      assets.push_back(read_asset(folder_ / step.path / "config.json", "pooling.json"));
  if (const auto file = text_settings(transformer_)) assets.push_back(read_asset(*file, "sentence_bert_config.json"));
  return assets;
}

}  // namespace anemone
