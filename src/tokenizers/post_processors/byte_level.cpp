// SPDX-License-Identifier: Apache-2.0
// Adjusts only offsets in the reference; ids stay as they are.
#include "tokenizers/pipeline.h"

namespace anemone {
namespace {

class ByteLevelProcessor : public PostProcessor {
 public:
  std::vector<TypedIds> process(std::vector<TypedIds> parts, bool) const override { return parts; }
  size_t added_tokens(bool) const override { return 0; }
};

}  // namespace

void register_post_processor_byte_level(PostProcessorTable& table) { table.add<ByteLevelProcessor>("ByteLevel"); }

}  // namespace anemone
