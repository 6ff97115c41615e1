// SPDX-License-Identifier: Apache-2.0
// Which shapes of texts a model takes, and texts as its inputs: input_ids, attention_mask, token_type_ids and
// position_ids, padded on the right to a length that the model has.
#pragma once

#include <span>
#include <vector>

#include "ir/program.h"
#include "runtime/executable.h"
#include "tokenizers/tokenizer.h"

namespace anemone {

class TextShapes {
 public:
  TextShapes() = default;
  // Throws Error when the function does not take input_ids of two dimensions.
  explicit TextShapes(const Function& function);

  int64_t batch() const { return batch_; }      // how many texts a run takes
  int64_t longest() const { return longest_; }  // the most tokens that a text may have

  // 1 to batch() texts of at most longest() tokens each; rows that are left over repeat the last text. Throws Error
  // when the function has another input.
  TensorMap inputs(std::span<const Encoding> texts, TokenId pad) const;

 private:
  int64_t length_for(int64_t tokens) const;  // the shortest that the model takes

  std::vector<Feature> features_;
  int64_t batch_ = 1;
  int64_t shortest_ = 1;
  int64_t longest_ = 0;
  std::vector<int64_t> lengths_;  // ascending; empty: all from shortest_ to longest_
};

}  // namespace anemone
