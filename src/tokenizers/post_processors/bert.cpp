// SPDX-License-Identifier: Apache-2.0
// BERT: [CLS] A [SEP] with type 0, then B [SEP] with type 1; and RoBERTa's variant.
#include "base/json.h"
#include "tokenizers/pipeline.h"

namespace anemone {
namespace {

TokenId id_of_pair(const Json& json, const char* key) {
  const Json& pair = get_array(json, key);
  if (pair.size() != 2 || !pair[0].is_string()) fail("\"{}\": expected a token and its id", key);
  return to_id(pair[1], key);
}

class BertProcessing : public PostProcessor {
 public:
  explicit BertProcessing(const Json& json) : separator_(id_of_pair(json, "sep")), start_(id_of_pair(json, "cls")) {}

  std::vector<TypedIds> process(std::vector<TypedIds> parts, bool add_special_tokens) const override {
    if (!add_special_tokens) return parts;
    for (size_t i = 0; i < parts.size(); ++i) {
      TypedIds& part = parts[i];
      const TokenId type = i == 0 ? 0 : 1;
      if (i == 0) part.ids.insert(part.ids.begin(), start_);
      part.ids.push_back(separator_);
      part.type_ids.assign(part.ids.size(), type);
    }
    return parts;
  }

  size_t added_tokens(bool pair) const override { return pair ? 3 : 2; }

 private:
  TokenId separator_;
  TokenId start_;
};

// <s> A </s>, then </s> B </s>; there is only type 0.
class RobertaProcessing : public PostProcessor {
 public:
  explicit RobertaProcessing(const Json& json) : separator_(id_of_pair(json, "sep")), start_(id_of_pair(json, "cls")) {}

  std::vector<TypedIds> process(std::vector<TypedIds> parts, bool add_special_tokens) const override {
    for (size_t i = 0; i < parts.size(); ++i) {
      TypedIds& part = parts[i];
      if (add_special_tokens) {
        part.ids.insert(part.ids.begin(), i == 0 ? start_ : separator_);
        part.ids.push_back(separator_);
      }
      part.type_ids.assign(part.ids.size(), 0);
    }
    return parts;
  }

  size_t added_tokens(bool pair) const override { return pair ? 4 : 2; }

 private:
  TokenId separator_;
  TokenId start_;
};

}  // namespace

void register_post_processor_bert(PostProcessorTable& table) {
  table.add<BertProcessing>("BertProcessing");
  table.add<RobertaProcessing>("RobertaProcessing");
}

}  // namespace anemone
