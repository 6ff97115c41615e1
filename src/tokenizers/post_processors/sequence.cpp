// SPDX-License-Identifier: Apache-2.0
#include "tokenizers/pipeline.h"

namespace anemone {
namespace {

class Sequence : public PostProcessor {
 public:
  Sequence(const Json& json, const PostProcessorTable& table) : stages_(table.make_all(json, "processors")) {}

  std::vector<TypedIds> process(std::vector<TypedIds> parts, bool add_special_tokens) const override {
    for (const auto& stage : stages_) parts = stage->process(std::move(parts), add_special_tokens);
    return parts;
  }

  size_t added_tokens(bool pair) const override {
    size_t count = 0;
    for (const auto& stage : stages_) count += stage->added_tokens(pair);
    return count;
  }

 private:
  std::vector<PostProcessorTable::Made> stages_;
};

}  // namespace

void register_post_processor_sequence(PostProcessorTable& table) { table.add<Sequence>("Sequence"); }

}  // namespace anemone
