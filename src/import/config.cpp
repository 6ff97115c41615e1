// SPDX-License-Identifier: Apache-2.0
#include "import/config.h"

#include <array>
#include <limits>
#include <map>

#include "base/error.h"
#include "base/strings.h"

namespace anemone {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kLargest = int64_t{1} << 31;
constexpr int64_t kMostLabels = 1'000'000;

// Common name -> how configuration classes of transformers spell it (their attribute_map).
const std::map<std::string, std::vector<std::string>>& spellings() {
  static const std::map<std::string, std::vector<std::string>> kSpellings = {
      {"hidden_size", {"dim", "n_embd", "d_model"}},
      {"num_attention_heads", {"n_heads", "n_head"}},
      {"num_hidden_layers", {"n_layers", "n_layer"}},
      {"intermediate_size", {"hidden_dim", "n_inner", "ffn_dim"}},
      {"max_position_embeddings", {"n_positions", "n_ctx"}},
      {"hidden_act", {"activation", "activation_function", "hidden_activation"}},
      {"layer_norm_eps", {"layer_norm_epsilon"}},
      {"partial_rotary_factor", {"rotary_pct"}},
      {"rope_theta", {"rotary_emb_base"}},
      {"rope_parameters", {"rope_scaling"}},
      {"rope_type", {"type"}},
      {"dtype", {"torch_dtype"}},
  };
  return kSpellings;
}

std::string found_spelling(const Json& values, const std::string& key) {
  const auto there = [&values](const std::string& name) {
    const auto found = values.find(name);
    return found != values.end() && !found->is_null();
  };
  if (there(key)) return key;
  if (const auto others = spellings().find(key); others != spellings().end())
    for (const std::string& name : others->second)
      if (there(name)) return name;
  return {};
}

}  // namespace

Config Config::read(const fs::path& source) {
  std::error_code unreadable;
  if (!fs::exists(source, unreadable)) fail("{}: does not exist", source.string());
  const fs::path file = (fs::is_directory(source, unreadable) ? source : source.parent_path()) / "config.json";
  return Config(read_json(file), file.string());
}

Config::Config(Json values, std::string file) : values_(std::move(values)), file_(std::move(file)) {
  if (!values_.is_object()) fail("{}: is not a JSON object", file_);
}

std::string Config::model_type() const {
  if (!has("model_type")) fail("{}: has no model_type, which says what the checkpoint is", file_);
  return text("model_type");
}

std::string Config::architecture() const {
  const auto found = values_.find("architectures");
  if (found == values_.end() || !found->is_array() || found->empty() || !found->front().is_string()) return {};
  return found->front().get<std::string>();
}

bool Config::has(const std::string& key) const { return !found_spelling(values_, key).empty(); }

std::string Config::spelling(const std::string& key) const {
  const std::string in_file = found_spelling(values_, key);
  if (!in_file.empty()) return in_file;
  const std::string in_defaults = found_spelling(defaults_, key);
  return in_defaults.empty() ? key : in_defaults;
}

const Json& Config::value(const std::string& key) const {
  const std::string name = spelling(key);
  if (const auto found = values_.find(name); found != values_.end() && !found->is_null()) return *found;
  if (const auto found = defaults_.find(name); found != defaults_.end()) return *found;
  fail("{}: has no {}", file_, name);
}

int64_t Config::whole(const std::string& key, int64_t smallest) const {
  const Json& json = value(key);
  if (!json.is_number_integer() || json.get<int64_t>() < smallest || json.get<int64_t>() > kLargest)
    fail("{}: {} is {}, expected a whole number from {} to {}", file_, spelling(key), json.dump(), smallest, kLargest);
  return json.get<int64_t>();
}

int64_t Config::size(const std::string& key) const { return whole(key, 1); }

int64_t Config::count(const std::string& key) const { return whole(key, 0); }

int64_t Config::size_or(const std::string& key, int64_t fallback) const {
  const auto is_null = [&](const Json& values) { return values.contains(key) && values.at(key).is_null(); };
  if (!has(key) && (is_null(values_) || is_null(defaults_) || found_spelling(defaults_, key).empty())) return fallback;
  return size(key);
}

std::vector<double> Config::numbers(const std::string& key) const {
  const Json& json = value(key);
  std::vector<double> numbers;
  for (const Json& item : json.is_array() ? json : Json::array({nullptr})) {
    if (!item.is_number()) fail("{}: {} is not a list of numbers", file_, spelling(key));
    numbers.push_back(item.get<double>());
  }
  return numbers;
}

std::optional<Config> Config::section(const std::string& key) const {
  if (!has(key)) return std::nullopt;
  const Json& json = value(key);
  if (!json.is_object()) fail("{}: {} is not an object", file_, spelling(key));
  return Config(json, fmt::format("{}: {}", file_, spelling(key)));
}

Config Config::over(const Config& other) const {
  Json values = other.values_;
  for (const auto& [key, value] : values_.items()) values[key] = value;
  return Config(std::move(values), file_);
}

double Config::number(const std::string& key) const {
  const Json& json = value(key);
  if (!json.is_number()) fail("{}: {} is {}, expected a number", file_, spelling(key), json.dump());
  return json.get<double>();
}

bool Config::flag(const std::string& key) const {
  const Json& json = value(key);
  if (!json.is_boolean()) fail("{}: {} is {}, expected true or false", file_, spelling(key), json.dump());
  return json.get<bool>();
}

std::string Config::text(const std::string& key) const {
  const Json& json = value(key);
  if (!json.is_string()) fail("{}: {} is {}, expected a text", file_, spelling(key), json.dump());
  return json.get<std::string>();
}

std::vector<std::string> Config::texts(const std::string& key) const {
  const Json& json = value(key);
  if (!json.is_array()) return {text(key)};
  std::vector<std::string> texts;
  for (const Json& entry : json) {
    if (!entry.is_string()) fail("{}: {} holds {}, expected texts", file_, spelling(key), entry.dump());
    texts.push_back(entry.get<std::string>());
  }
  return texts;
}

std::optional<int32_t> Config::token(const std::string& key) const {
  if (!has(key)) return std::nullopt;
  const Json& json = value(key);
  if (!json.is_number_integer() || json.get<int64_t>() > std::numeric_limits<int32_t>::max())
    fail("{}: {} is {}, expected the number of a token", file_, spelling(key), json.dump());
  if (json.get<int64_t>() < 0) return std::nullopt;
  return static_cast<int32_t>(json.get<int64_t>());
}

int64_t Config::quotient(const std::string& key, const std::string& divisor) const {
  const int64_t whole = size(key);
  const int64_t parts = size(divisor);
  if (whole % parts != 0)
    fail("{}: {} {} is not divisible by {} {}", file_, spelling(key), whole, spelling(divisor), parts);
  return whole / parts;
}

std::string Config::origin_of(int64_t size) const {
  std::string origin;
  int64_t largest = 1;
  for (const Json* values : {&values_, &defaults_})
    for (const auto& [key, value] : values->items()) {
      const int64_t number = value.is_number_integer() ? value.get<int64_t>() : 0;
      if (number <= largest || size % number != 0 || key.ends_with("_id")) continue;
      if (values == &defaults_ && has(key)) continue;
      largest = number;
      const std::string factor = size == number ? "" : fmt::format("{} * ", size / number);
      origin = fmt::format("{}{} {}", factor, key, number);
    }
  return origin;
}

std::vector<std::string> Config::labels() const {
  std::vector<std::string> labels;
  if (!has("id2label")) {
    const int64_t count = has("num_labels") ? size("num_labels") : 2;
    if (count > kMostLabels) fail("{}: num_labels is {}, more than {}", file_, count, kMostLabels);
    for (int64_t i = 0; i < count; ++i) labels.push_back(fmt::format("LABEL_{}", i));
    return labels;
  }
  const Json& map = value("id2label");
  if (!map.is_object() || map.empty()) fail("{}: id2label is not an object with one entry for each class", file_);
  labels.resize(map.size());
  std::vector<bool> seen(map.size(), false);
  for (const auto& [id, label] : map.items()) {
    const auto index = parse_int(id);
    if (!index || *index < 0 || *index >= static_cast<int64_t>(labels.size()) || seen[static_cast<size_t>(*index)])
      fail("{}: id2label has the key {}, expected 0 to {}", file_, id, labels.size() - 1);
    if (!label.is_string()) fail("{}: id2label of {} is {}, expected a text", file_, id, label.dump());
    seen[static_cast<size_t>(*index)] = true;
    labels[static_cast<size_t>(*index)] = label.get<std::string>();
  }
  return labels;
}

}  // namespace anemone
