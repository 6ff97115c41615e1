// SPDX-License-Identifier: Apache-2.0
#include "import/architecture.h"

#include <algorithm>

#include "base/error.h"
#include "base/similar.h"
#include "base/strings.h"
#include "formats/checkpoint.h"

namespace anemone {
namespace {

// Other names under which people know the tasks.
std::string task_name(std::string task) {
  static const std::map<std::string, std::string> kAliases = {
      {"base", "feature-extraction"},
      {"default", "feature-extraction"},
      {"sequence-classification", "text-classification"},
      {"sentiment-analysis", "text-classification"},
      {"masked-lm", "fill-mask"},
      {"ner", "token-classification"},
  };
  std::replace(task.begin(), task.end(), '_', '-');
  const auto alias = kAliases.find(task);
  return alias == kAliases.end() ? task : alias->second;
}

template <typename Name>
std::vector<std::string> names(const std::vector<Head>& heads, const Name& name) {
  std::vector<std::string> all;
  for (const Head& head : heads) all.push_back(name(head));
  return all;
}

}  // namespace

void ArchitectureTable::add(Architecture architecture) {
  CHECK(!architecture.heads.empty() && !architecture.model_types.empty());
  architectures_.push_back(std::move(architecture));
}

const Architecture& ArchitectureTable::find(const Config& config) const {
  for (const Architecture& architecture : architectures_)
    for (const std::string& type : architecture.model_types)
      if (type == config.model_type()) return architecture;
  const std::string wanted = config.model_type();
  const std::vector<std::string> alike = similar_names(wanted, model_types(), 1);
  fail(
      "{}: model_type {} is not supported{}{} (supported: {}); an importer is one file that registers its defaults and "
      "a function that builds each head: see CONTRIBUTING.md, An architecture",
      config.file(), wanted, alike.empty() ? "" : ": the nearest is ", join(alike, ""), join(model_types(), ", "));
}

Config ArchitectureTable::read_config(const std::filesystem::path& source) const {
  std::error_code unreadable;
  const bool is_folder = std::filesystem::is_directory(source, unreadable);
  if (!std::filesystem::exists(source, unreadable) ||
      std::filesystem::exists((is_folder ? source : source.parent_path()) / "config.json", unreadable))
    return Config::read(source);
  const Checkpoint checkpoint = Checkpoint::open(source);
  const Json notes = parse_json(checkpoint.notes());
  for (const Architecture& architecture : architectures_)
    if (architecture.recognise)
      if (auto values = architecture.recognise(notes))
        return Config(*std::move(values), checkpoint.files()[0].string());
  return Config::read(source);
}

std::vector<std::string> ArchitectureTable::model_types() const {
  std::vector<std::string> types;
  for (const Architecture& architecture : architectures_)
    types.insert(types.end(), architecture.model_types.begin(), architecture.model_types.end());
  std::sort(types.begin(), types.end());
  return types;
}

const Head& choose_head(const Architecture& architecture, const Config& config, const std::string& task) {
  for (const Head& head : architecture.heads)
    if (!task.empty() && head.task == task_name(task)) return head;
  if (!task.empty())
    fail("--task: {} has no task {}: expected {}", config.model_type(), task,
         any_of(names(architecture.heads, [](const Head& head) { return head.task; })));
  const std::string wanted = config.architecture();
  if (wanted.empty()) return architecture.heads.front();
  for (const Head& head : architecture.heads)
    if (head.class_name == wanted) return head;
  fail("{}: architectures names {}, which is not supported: --task can choose {}", config.file(), wanted,
       any_of(names(architecture.heads, [](const Head& head) { return head.task; })));
}

const ArchitectureTable& architecture_table() {
  static const ArchitectureTable kTable = [] {
    ArchitectureTable table;
    register_all_architecture(table);
    return table;
  }();
  return kTable;
}

}  // namespace anemone
