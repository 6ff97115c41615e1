// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/error.h"
#include "base/strings.h"
#include "placement/reports.h"

namespace anemone {
namespace {

constexpr size_t kWidestLayer = 48;

char letter(Unit unit) { return unit == Unit::kAne ? 'A' : unit == Unit::kGpu ? 'G' : 'C'; }

// The layer an op belongs to: the first parts of where it came from, or of its own name when that has parts.
std::string layer_of(const PlacedOp& op, int depth) {
  const std::string& path = op.op->provenance;
  if (depth == 0) return op_name(op);
  if (path.empty()) return "";
  std::vector<std::string> parts = split(path, '.');
  parts.resize(std::min(parts.size(), static_cast<size_t>(depth)));
  return join(parts, ".");
}

// A row: consecutive ops of one layer; where layers are not known, of one unit and reason.
struct Row {
  std::string layer;
  std::vector<const PlacedOp*> ops;
  double weight = 0;

  std::string units() const {
    std::string text;
    for (size_t i = 0; i < ops.size();) {
      size_t end = i;
      while (end < ops.size() && ops[end]->preferred == ops[i]->preferred) ++end;
      text += fmt::format("{}{}{}", text.empty() ? "" : " ", letter(ops[i]->preferred),
                          end - i > 1 ? std::to_string(end - i) : "");
      i = end;
    }
    return text.size() > 24 ? fmt::format("{} changes", std::count(text.begin(), text.end(), ' ')) : text;
  }
};

bool joins(const Row& row, const PlacedOp& op, const std::string& layer) {
  if (row.layer != layer) return false;
  if (!layer.empty()) return true;
  const PlacedOp& last = *row.ops.back();
  const Verdict* a = reason_of(last);
  const Verdict* b = reason_of(op);
  return last.preferred == op.preferred && (a ? a->rule : nullptr) == (b ? b->rule : nullptr);
}

std::vector<Row> rows_of(const PlacedFunction& function, int depth) {
  std::vector<Row> rows;
  for (const PlacedOp& op : function.ops) {
    const std::string layer = layer_of(op, depth);
    if (rows.empty() || depth == 0 || !joins(rows.back(), op, layer)) rows.push_back({layer, {}, 0});
    rows.back().ops.push_back(&op);
    rows.back().weight += op.weight;
  }
  return rows;
}

std::string title_of(const Row& row) {
  std::string title = row.layer;
  if (title.empty())
    title = row.ops.size() == 1 ? op_name(*row.ops.front())
                                : fmt::format("{} … {}", op_name(*row.ops.front()), op_name(*row.ops.back()));
  if (row.ops.size() == 1 && row.layer.empty()) title += fmt::format(" ({})", row.ops.front()->op->type);
  if (title.size() <= kWidestLayer) return title;
  return "…" + title.substr(title.size() - kWidestLayer + 1);
}

// Each reason of a row once, with the ops it holds for.
void add_reasons(const Row& row, std::string& text) {
  std::vector<std::pair<const Verdict*, int>> reasons;
  for (const PlacedOp* op : row.ops) {
    const Verdict* reason = reason_of(*op);
    if (!reason) continue;
    const auto known = std::find_if(reasons.begin(), reasons.end(), [&](const auto& entry) {
      return entry.first->rule == reason->rule && entry.first->reason == reason->reason;
    });
    if (known == reasons.end())
      reasons.emplace_back(reason, 1);
    else
      ++known->second;
  }
  for (const auto& [reason, count] : reasons) {
    const std::string ops = count == static_cast<int>(row.ops.size()) ? "" : fmt::format(" ({} ops)", count);
    text += fmt::format("    {}{}: {}\n", reason->rule->code, ops, reason->reason);
    if (!reason->rule->fix.empty()) text += fmt::format("      fix: {}\n", reason->rule->fix);
  }
}

std::string range_text(const char* name, const std::optional<Range>& range, const char* unit) {
  if (!range) return fmt::format("{} not known", name);
  return fmt::format("{} {:.3g} {} ({:.3g} to {:.3g})", name, range->value, unit, range->low, range->high);
}

void add_model(const ExplainedModel& model, const TableOptions& options, std::string& text) {
  const Totals& totals = model.totals;
  text += fmt::format("{}\n{} ops: {} on the Neural Engine (A), {} on the GPU (G), {} on the CPU (C)\n", model.name,
                      totals.ops, totals.ane, totals.gpu, totals.cpu);
  for (const PlacedFunction& function : model.functions) {
    if (model.functions.size() > 1) text += fmt::format("function {}\n", function.name);
    if (function.gate)
      text += fmt::format("{}: {}\n  fix: {}\n", function.gate->rule->code, function.gate->reason,
                          function.gate->rule->fix);
    text += fmt::format("{:{}} {:>5} {:24} {:>7}\n", "layer", kWidestLayer, "ops", "units", "cost");
    for (const Row& row : rows_of(function, options.depth)) {
      text += fmt::format("{:{}} {:>5} {:24} {:>6.1f}%\n", title_of(row), kWidestLayer, row.ops.size(), row.units(),
                          row.weight * 100);
      if (!function.gate) add_reasons(row, text);
    }
    text += fmt::format("{} segments; the plan is believed to cost {:.4g} ms\n", function.segments.size(),
                        function.planned_ms);
  }
  text += fmt::format("{}; {}; {}; weights {:.1f} MB, memory {:.1f} MB\n",
                      range_text("latency", totals.latency_ms, "ms"), range_text("energy", totals.energy_mj, "mJ"),
                      range_text("first load", totals.first_load_s, "s"), totals.weights_mb, totals.memory_mb);
}

}  // namespace

std::string op_name(const PlacedOp& op) { return op.op->name.empty() ? op.op->outputs.front().name : op.op->name; }

const Verdict* reason_of(const PlacedOp& op) {
  return op.preferred != Unit::kAne && op.off_ane ? &*op.off_ane : nullptr;
}

std::string explanation_table(const Explanation& explanation, const TableOptions& options) {
  const Target& target = explanation.options.target;
  std::string text =
      fmt::format("{}{}, {}, {}\n", target.chip->title, target.product.empty() ? "" : " (" + target.product + ")",
                  target.os.str(), name_of(explanation.options.units));
  for (const ExplainedModel& model : explanation.models) add_model(model, options, text);
  if (explanation.window) {
    text += fmt::format("address window of {}: {:.2f} of {:.2f} GB used\n", target.chip->title,
                        explanation.window->used_gb, explanation.window->capacity_gb);
    for (const Window::Member& member : explanation.window->members)
      text +=
          fmt::format("  {} {}: {}\n", member.fits ? "fits       " : "does not fit", member.name, member.arithmetic);
  }
  text.pop_back();
  return text;
}

}  // namespace anemone
