// SPDX-License-Identifier: Apache-2.0
// Parts of the programs of attention_graphs: rotary positions, biases and masks of scores.
#pragma once

#include <vector>

#include "attention_choices.h"
#include "axis_writer.h"
#include "runtime/executable.h"

namespace anemone::test {

// q or k with axis d turned by the angle of each position; `position` is the letter of its positions.
Lettered rotated(AxisWriter& w, const Lettered& x, char position, Positions positions);

// What is added to or selected from scores. Inputs are made once for all layers.
class ScoreMasks {
 public:
  ScoreMasks(AxisWriter& writer, const AttentionChoices& choices) : w_(writer), c_(choices) {}

  void make_inputs(TensorMap& inputs);
  bool any() const;
  // Scores with the letters s and t (and b, h or kg where they have them); `head` is the one that they belong to when
  // they have no axis of heads.
  Lettered apply(Lettered scores, int64_t head);
  // One mask for a fused attention: letters bhst or size 1. kNoValue: none.
  Lettered joined();

 private:
  Lettered fit(const Lettered& x, const std::string& axes);
  Lettered position_bias(int64_t head, bool has_heads);
  Lettered causal_flags(const std::string& axes);  // bool, true where a score stays
  Lettered causal_band();
  Lettered key_flags(const std::string& axes);
  Lettered hidden_where_not(const Lettered& flags);  // 0 or the hiding value
  Lettered with_causal(const Lettered& scores);
  Lettered with_key_mask(const Lettered& scores);
  Lettered select(const Lettered& flags, const Lettered& scores);
  Lettered times_and_shifted(const Lettered& scores, const Lettered& keep);

  AxisWriter& w_;
  const AttentionChoices& c_;
  Lettered mask_;
};

}  // namespace anemone::test
