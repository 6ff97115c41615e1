// SPDX-License-Identifier: Apache-2.0
#include "import/blocks/heads.h"

#include <numeric>

#include "base/error.h"
#include "import/blocks/layers.h"

namespace anemone {
namespace {

std::vector<int32_t> as_int32(const ConcreteShape& shape) { return {shape.begin(), shape.end()}; }

// 0, step, 2 * step ...
std::vector<int32_t> multiples(int64_t count, int64_t step) {
  std::vector<int32_t> values(static_cast<size_t>(count));
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<int32_t>(static_cast<int64_t>(i) * step);
  return values;
}

}  // namespace

void label_scores(const Module& module, ValueId x, bool bias) {
  const auto labels = static_cast<int64_t>(module.model().config().labels().size());
  module.model().output("logits", linear(module, x, labels, bias));
}

void answer_scores(const Module& module, ValueId hidden) {
  const ValueId scores = linear(module, hidden, 2);
  const std::vector<ValueId> ends = module.ops("split", {{"x", scores}, {"num_splits", 2}, {"axis", -1}}, "split");
  module.model().output("start_logits", module.op("squeeze", {{"x", ends[0]}, {"axes", {-1}}}, "start"));
  module.model().output("end_logits", module.op("squeeze", {{"x", ends[1]}, {"axes", {-1}}}, "end"));
}

void choice_scores(const Module& module, ValueId x, const TextInputs& inputs) {
  const ValueId scores = linear(module, x, 1);
  module.model().output("logits",
                        module.op("reshape", {{"x", scores}, {"shape", as_int32(inputs.leading)}}, "choices"));
}

Constant vocabulary_weight(const Module& head, const Module& embeddings) {
  const Config& config = head.model().config();
  const ConcreteShape shape = {config.size("vocab_size"), config.size("hidden_size")};
  if (!config.flag("tie_word_embeddings")) return head.weight("weight", shape);
  return head.model().weights().tied(head.path() + ".weight", embeddings.path() + ".weight", shape);
}

ValueId position_at(const Module& module, ValueId x, ValueId positions) {
  const ConcreteShape shape = module.model().shape(x);
  if (shape[0] > 1)
    positions = module.op("add", {{"x", positions}, {"y", Constant::of(multiples(shape[0], shape[1]))}}, "rows");
  const ValueId all =
      module.op("reshape", {{"x", x}, {"shape", as_int32({shape[0] * shape[1], shape[2]})}}, "all_positions");
  return gathered(module, all, positions, "position");
}

ValueId last_kept_position(const Module& module, ValueId x, ValueId keep) {
  std::vector<int32_t> positions(static_cast<size_t>(module.model().shape(x)[1]));
  std::iota(positions.begin(), positions.end(), 0);
  const ValueId kept = module.op("mul", {{"x", keep}, {"y", Constant::of(positions)}}, "kept_positions");
  const ValueId last =
      module.op("reduce_argmax", {{"x", kept}, {"axis", -1}, {"keep_dims", false}}, "last_kept_position");
  return position_at(module, x, last);
}

ValueId last_text_position(const Module& module, ValueId x, const TextInputs& inputs) {
  const auto padding = module.model().config().token("pad_token_id");
  if (!padding && inputs.mask) return last_kept_position(module, x, *inputs.mask);
  const Constant none = Constant::of(padding.value_or(-1));  // an id that no text has
  const ValueId is_text = module.op("not_equal", {{"x", inputs.ids}, {"y", none}}, "is_text");
  return last_kept_position(module, x, module.op("cast", {{"x", is_text}, {"dtype", "int32"}}, "text_mask"));
}

}  // namespace anemone
