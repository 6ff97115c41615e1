// SPDX-License-Identifier: Apache-2.0
#include "tune/diff_packages.h"

#include <map>
#include <set>

#include "base/error.h"
#include "placement/reports.h"
#include "tune/summary.h"

namespace anemone {
namespace {

namespace fs = std::filesystem;
using Counts = std::map<std::string, double>;
using Rows = std::vector<PackageDifference::Row>;

Rows rows_of(const Counts& a, const Counts& b, bool all) {
  std::set<std::string> names;
  for (const auto& entry : a) names.insert(entry.first);
  for (const auto& entry : b) names.insert(entry.first);
  const auto value = [](const Counts& counts, const std::string& name) {
    const auto found = counts.find(name);
    return found == counts.end() ? 0 : found->second;
  };
  Rows rows;
  for (const std::string& name : names)
    if (all || value(a, name) != value(b, name)) rows.push_back({name, value(a, name), value(b, name)});
  return rows;
}

double bytes_on_disk(const fs::path& path) {
  if (!fs::is_directory(path)) return static_cast<double>(fs::file_size(path));
  double bytes = 0;
  for (const auto& entry : fs::recursive_directory_iterator(path))
    if (entry.is_regular_file()) bytes += static_cast<double>(entry.file_size());
  return bytes;
}

Counts sizes_of(const ExplainedModel& model) {
  Counts counts = {{"bytes on disk", bytes_on_disk(model.name)}, {"MB of weights loaded", model.totals.weights_mb}};
  for (const Pipeline::Stage& stage : model.source->stages)
    for (const auto& [dtype, row] : summarize(stage.program).weights)
      counts["bytes of " + dtype + " weights"] += static_cast<double>(row.bytes);
  return counts;
}

Counts types_of(const ExplainedModel& model) {
  Counts counts;
  for (const PlacedFunction& function : model.functions)
    for (const PlacedOp& op : function.ops) counts[op.op->type] += 1;
  return counts;
}

Counts units_of(const ExplainedModel& model) {
  return {{"ane", model.totals.ane}, {"gpu", model.totals.gpu}, {"cpu", model.totals.cpu}};
}

using Key = std::pair<std::string, std::string>;  // function, op

std::map<Key, const PlacedOp*> by_name(const ExplainedModel& model) {
  std::map<Key, const PlacedOp*> ops;
  for (const PlacedFunction& function : model.functions)
    for (const PlacedOp& op : function.ops) ops.emplace(Key(function.name, op_name(op)), &op);
  return ops;
}

void find_moves(const ExplainedModel& a, const ExplainedModel& b, PackageDifference& difference) {
  const auto left = by_name(a);
  const auto right = by_name(b);
  difference.same_ops = left.size() == right.size();
  for (const auto& [key, op] : left) {
    const auto found = right.find(key);
    if (found == right.end() || found->second->op->type != op->op->type) {
      difference.same_ops = false;
    } else if (found->second->preferred != op->preferred) {
      difference.moves.push_back({key.first, key.second, op->op->type, op->preferred, found->second->preferred});
    }
  }
}

Json rows_json(const Rows& rows) {
  Json list = Json::array();
  for (const auto& row : rows) list.push_back({{"name", row.name}, {"a", row.a}, {"b", row.b}});
  return list;
}

void add_rows(const char* title, const Rows& rows, std::string& text) {
  if (!rows.empty()) text += fmt::format("{}\n", title);
  for (const auto& row : rows)
    text += fmt::format("  {:32} {:>14.10g} {:>14.10g} {:>+14.10g}\n", row.name, row.a, row.b, row.b - row.a);
}

}  // namespace

PackageDifference diff_packages(const fs::path& a, const fs::path& b, const PlaceOptions& options) {
  ExplainRequest request;
  request.models = {a, b};
  request.options = options;
  const Explanation explanation = explain(request);
  const ExplainedModel& left = explanation.models[0];
  const ExplainedModel& right = explanation.models[1];
  PackageDifference difference;
  difference.ops = rows_of(types_of(left), types_of(right), false);
  difference.units = rows_of(units_of(left), units_of(right), true);
  difference.sizes = rows_of(sizes_of(left), sizes_of(right), true);
  find_moves(left, right, difference);
  return difference;
}

Json difference_json(const PackageDifference& difference) {
  Json moves = Json::array();
  for (const auto& move : difference.moves)
    moves.push_back({{"function", move.function},
                     {"name", move.name},
                     {"type", move.type},
                     {"from", name_of(move.from)},
                     {"to", name_of(move.to)}});
  return {{"same_ops", difference.same_ops},
          {"ops", rows_json(difference.ops)},
          {"units", rows_json(difference.units)},
          {"sizes", rows_json(difference.sizes)},
          {"moves", moves}};
}

std::string difference_text(const PackageDifference& difference) {
  std::string text = fmt::format("  {:32} {:>14} {:>14} {:>14}\n", "", "A", "B", "change");
  add_rows("ops by type (those that differ)", difference.ops, text);
  add_rows("ops by unit", difference.units, text);
  add_rows("sizes", difference.sizes, text);
  if (!difference.moves.empty()) text += "ops that run elsewhere\n";
  for (const auto& move : difference.moves)
    text += fmt::format("  {} ({}): {} to {}\n", move.name, move.type, name_of(move.from), name_of(move.to));
  text += difference.same_ops ? "the same ops in both" : "not the same ops";
  return text;
}

}  // namespace anemone
