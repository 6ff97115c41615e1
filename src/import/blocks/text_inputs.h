// SPDX-License-Identifier: Apache-2.0
// What models of text take: ids, and beside them of the same shape a mask, token types and positions where the caller
// wants them. Choices of a question arrive as (B, choices, S) and are flattened to a batch of texts.
#pragma once

#include <optional>

#include "import/blocks/model_builder.h"

namespace anemone {

// Each int32 (B, S); positions may also be (1, S).
struct TextInputs {
  ValueId ids = kNoValue;
  std::optional<ValueId> mask;  // 1, and 0 for padding
  std::optional<ValueId> types;
  std::optional<ValueId> positions;
  ConcreteShape leading;  // what stood before S: {B}, or {questions, choices}
};

struct TextInputOptions {
  int64_t longest = 0;          // the most tokens that the model takes
  bool mask_by_default = true;  // the others are there only when they are asked for by name
  bool types = false;           // whether the model has any
  bool positions = false;
  bool choices = false;
};

TextInputs text_inputs(ModelBuilder& model, const TextInputOptions& options);

// Positions as RoBERTa counts them, int32 as ids (B, S): `padding` where an id is padding, else padding + 1, padding +
// 2
// ... over the others.
ValueId positions_beside_padding(const Module& module, ValueId ids, int32_t padding);

}  // namespace anemone
