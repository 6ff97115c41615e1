// SPDX-License-Identifier: Apache-2.0
// A verdict about the Neural Engine form, for machines and for people.
#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"
#include "tune/ane_form/judge.h"

namespace anemone {
namespace {

Json attention_json(const AttentionForm& attention) {
  Json shape = Json::array();
  for (const int64_t size : attention.shape) shape.push_back(size < 0 ? Json() : Json(size));
  return {{"softmaxes", attention.softmaxes},
          {"heads_per_softmax", attention.heads_per_softmax},
          {"key_axis", attention.key_axis},
          {"shape", shape},
          {"queries", attention.queries},
          {"equations", attention.equations},
          {"axis_changes", attention.axis_changes},
          {"by_path", attention.by_way},
          {"first", attention.first}};
}

int softmaxes_of(const AneForm& form) {
  int count = 0;
  for (const AttentionForm& attention : form.attentions) count += attention.softmaxes;
  return count;
}

// Everything about an attention but its name: equal ones are told once.
std::string attention_text(const AttentionForm& attention) {
  return fmt::format("attention of {} softmaxes, {:g} heads each, over axis {} of {}, {}, {} changes of axes",
                     attention.softmaxes, attention.heads_per_softmax, attention.key_axis, to_string(attention.shape),
                     join(attention.equations, " then "), attention.axis_changes);
}

}  // namespace

Json ane_form_json(const AneForm& form) {
  Json attentions = Json::array();
  for (const AttentionForm& attention : form.attentions) attentions.push_back(attention_json(attention));
  return {{"ane_form", form.holds()},
          {"reasons", form.reasons},
          {"ops", form.ops},
          {"trunk_ops", form.trunk_ops},
          {"linear", form.linear},
          {"matmul_with_weights", form.matmul_with_weights},
          {"fused_attention", form.fused_attention},
          {"wide_convolutions", form.wide_convolutions},
          {"attention_softmaxes", softmaxes_of(form)},
          {"attentions", form.attentions.size()},
          {"attention", attentions},
          {"reshape_in_trunk", form.reshape_in_trunk},
          {"folds", form.folds},
          {"norm_reshapes", form.norm_reshapes},
          {"short_reshapes", form.short_reshapes},
          {"transposes_in_trunk", form.transposes_in_trunk},
          {"transposes", form.transposes},
          {"trunk_form_share", form.trunk_form_share},
          {"short_sequence", form.short_sequence},
          {"max_rank", form.max_rank},
          {"int32_ops_inside", form.int32_ops_inside},
          {"bool_ops_inside", form.bool_ops_inside},
          {"infinite_masks", form.infinite_masks},
          {"never_on_ane", form.never_on_ane},
          {"runtime_gathers_in_trunk", form.runtime_gathers},
          {"bytes", form.bytes},
          {"padded_bytes", form.padded_bytes}};
}

std::string ane_form_text(const AneForm& form) {
  std::string text = fmt::format("Neural Engine form: {}\n", form.holds() ? "yes" : "no");
  const auto row = [&text](const char* name, int64_t value) { text += fmt::format("  {:<28} {:>10}\n", name, value); };
  row("ops", form.ops);
  row("ops of the trunk", form.trunk_ops);
  row("linear", form.linear);
  row("matmul with weights", form.matmul_with_weights);
  row("fused attention", form.fused_attention);
  row("reshapes in the trunk", form.reshape_in_trunk);
  row("transposes in the trunk", form.transposes_in_trunk);
  row("transposes", form.transposes);
  row("largest rank", form.max_rank);
  row("int32 ops in the trunk", form.int32_ops_inside);
  row("infinite masks", form.infinite_masks);
  row("bytes of results", form.bytes);
  row("bytes, last axis padded", form.padded_bytes);
  std::map<std::string, int> attentions;
  for (const AttentionForm& attention : form.attentions) ++attentions[attention_text(attention)];
  for (const auto& [attention, count] : attentions) text += fmt::format("  {} x {}\n", count, attention);
  for (const std::string& reason : form.reasons) text += "not so: " + reason + "\n";
  text.pop_back();
  return text;
}

}  // namespace anemone
