// SPDX-License-Identifier: Apache-2.0
#include "tune/verify/data_set.h"

#include <algorithm>

#include "base/error.h"
#include "base/json.h"
#include "base/mapped_file.h"
#include "base/strings.h"
#include "import/assets.h"
#include "runtime/arrays.h"
#include "runtime/text_shapes.h"

namespace anemone {
namespace {

namespace fs = std::filesystem;

struct Row {
  std::string text;
  std::optional<std::string> pair;
  std::string label;
};

std::vector<std::string_view> lines_of(std::string_view bytes) {
  std::vector<std::string_view> lines;
  while (!bytes.empty()) {
    const size_t end = std::min(bytes.find('\n'), bytes.size());
    std::string_view line = bytes.substr(0, end);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    lines.push_back(line);
    bytes.remove_prefix(std::min(end + 1, bytes.size()));
  }
  return lines;
}

std::string text_of(const Json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

bool names_text(const std::string& column) { return column == "text" || column == "sentence" || column == "sequence"; }

Row row_of_json(std::string_view line) {
  const Json json = parse_json(line);
  Row row;
  bool has_text = false;
  if (!json.is_object()) fail("expected an object with a text");
  for (const auto& [key, value] : json.items()) {
    if (names_text(key) && value.is_string()) {
      row.text = value.get<std::string>();
      has_text = true;
    }
    if (key == "text_pair" && value.is_string()) row.pair = value.get<std::string>();
    if (key == "label") row.label = text_of(value);
  }
  if (!has_text) fail("has no \"text\"");
  return row;
}

class Columns {
 public:
  explicit Columns(std::string_view header) {
    const auto names = split(header, '\t');
    for (size_t i = 0; i < names.size(); ++i) {
      if (names_text(names[i])) text_ = i;
      if (names[i] == "label") label_ = i;
    }
    if (text_ == kNone) fail("the header names no column text or sentence");
  }
  Row row(std::string_view line) const {
    const auto cells = split(line, '\t');
    const size_t last = label_ == kNone ? text_ : std::max(text_, label_);
    if (cells.size() <= last) fail("has {} columns, expected {}", cells.size(), last + 1);
    return {cells[text_], std::nullopt, label_ == kNone ? "" : cells[label_]};
  }

 private:
  static constexpr size_t kNone = SIZE_MAX;
  size_t text_ = kNone;
  size_t label_ = kNone;
};

std::vector<Row> read_rows(const MappedFile& file, int64_t most) {
  const auto bytes = file.bytes();
  const auto lines = lines_of({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  const std::string kind = file.path().extension().string();
  std::unique_ptr<const Columns> columns;
  std::vector<Row> rows;
  for (size_t i = 0; i < lines.size() && (most < 0 || static_cast<int64_t>(rows.size()) < most); ++i)
    with_context(fmt::format("line {}", i + 1), [&] {
      if (!is_valid_utf8(lines[i])) fail("is not UTF-8");
      if (kind == ".tsv" && !columns)
        columns = std::make_unique<const Columns>(lines[i]);
      else if (trim(lines[i]).empty())
        return;
      else if (kind == ".jsonl")
        rows.push_back(row_of_json(lines[i]));
      else
        rows.push_back(columns ? columns->row(lines[i]) : Row{std::string(lines[i]), std::nullopt, ""});
    });
  return rows;
}

// A class by its number, or as it is when the model does not name it.
std::string normalized_label(const std::string& label, const Program& program) {
  const auto found = program.metadata.user_defined.find(kLabelsKey);
  if (label.empty() || found == program.metadata.user_defined.end()) return label;
  const Json names = parse_json(found->second);
  for (size_t i = 0; i < names.size(); ++i)
    if (names[i].is_string() && names[i].get<std::string>() == label) return std::to_string(i);
  return label;
}

Tokenizer open_tokenizer(const Program& program, const DataSetOptions& options) {
  if (!options.tokenizer.empty()) return Tokenizer::open(options.tokenizer);
  const fs::path assets = assets_folder(options.model);
  std::error_code unreadable;
  if (!fs::is_directory(assets, unreadable))
    fail("texts need a tokenizer: {} is no folder, and --tokenizer names none", assets.string());
  check_assets(program.metadata, assets);
  return Tokenizer::open(assets);
}

std::vector<InputSample> samples_of_array(const fs::path& path, const Function& function, int64_t most) {
  if (function.input_features.size() != 1)
    fail("an array gives one input, and the model has {}: --input names them", function.input_features.size());
  const Tensor all = read_tensor(path);
  if (all.rank() == 0) fail("has no axis that counts samples");
  const Feature& feature = function.input_features[0];
  ConcreteShape one(all.shape().begin() + 1, all.shape().end());
  if (feature.shape && feature.shape->size() == one.size() + 1) one.insert(one.begin(), 1);
  const int64_t count = most < 0 ? all.shape()[0] : std::min(most, all.shape()[0]);
  const size_t stride = all.shape()[0] ? all.byte_size() / static_cast<size_t>(all.shape()[0]) : 0;
  const auto owner = std::make_shared<Tensor>(all);
  std::vector<InputSample> samples;
  for (int64_t i = 0; i < count; ++i) {
    InputSample& sample = samples.emplace_back();
    sample.name = fmt::format("{} [{}]", path.filename().string(), i);
    sample.calls.push_back({{feature.name, Tensor(all.dtype(), one, owner->bytes() + stride * i, owner)}});
  }
  return samples;
}

}  // namespace

std::vector<InputSample> read_data_set(const fs::path& file, const Program& program, const Function& function,
                                       const DataSetOptions& options) {
  const auto mapped = MappedFile::open(file);
  return with_context(file.string(), [&] {
    if (file.extension() == ".npy") return samples_of_array(file, function, options.most);
    const std::vector<Row> rows = read_rows(*mapped, options.most);
    const Tokenizer tokenizer = open_tokenizer(program, options);
    const TextShapes shapes(function);
    EncodeOptions encoding;
    encoding.max_length = shapes.longest();
    std::vector<InputSample> samples;
    for (const Row& row : rows) {
      InputSample& sample = samples.emplace_back();
      sample.name = fmt::format("text {}", samples.size());
      encoding.pair = row.pair;
      const Encoding text = tokenizer.encode(row.text, encoding);
      sample.calls.push_back(shapes.inputs({&text, 1}, tokenizer.pad_id()));
      sample.label = normalized_label(row.label, program);
    }
    if (samples.empty()) fail("holds no samples");
    return samples;
  });
}

}  // namespace anemone
