// SPDX-License-Identifier: Apache-2.0
// A package of a model of text with the tokenizer and the other assets that stand beside it: what classification,
// embedding and generation use. Texts are padded on the right to a length that the package takes.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/json.h"
#include "runtime/session.h"
#include "runtime/text_shapes.h"
#include "tokenizers/tokenizer.h"

namespace anemone {

class TextModel {
 public:
  // `tokenizer` is a folder or file; empty: the package's assets, which must be those that it was written with. Throws
  // Error, also when the package does not take input_ids of two dimensions.
  static TextModel open(const std::filesystem::path& model, const std::filesystem::path& tokenizer,
                        const RunOptions& options);

  const Tokenizer& tokenizer() const { return tokenizer_; }
  const Program& program() const { return session_.program(); }
  const Function& function() const { return session_.program().main(); }
  const Feature* output(const std::string& name) const;  // nullptr when there is none
  // A JSON object among the assets; an empty one when there is no such file.
  Json asset(const std::string& name) const;

  int64_t batch() const { return shapes_.batch(); }      // how many texts a run takes
  int64_t longest() const { return shapes_.longest(); }  // the most tokens that a text may have

  // Runs 1 to batch() texts of at most longest() tokens each. Rows that are left over repeat the last text.
  std::map<std::string, RuntimeValue> run(std::span<const Encoding> texts);

 private:
  TextModel(Session session, Tokenizer tokenizer, std::filesystem::path assets)
      : session_(std::move(session)), tokenizer_(std::move(tokenizer)), assets_(std::move(assets)) {}
  TokenId padding() const;

  Session session_;
  Tokenizer tokenizer_;
  std::filesystem::path assets_;
  TokenId pad_ = 0;
  TextShapes shapes_;
};

}  // namespace anemone
