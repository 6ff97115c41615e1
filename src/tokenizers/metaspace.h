// SPDX-License-Identifier: Apache-2.0
// What the Metaspace pre-tokenizer and the Metaspace decoder share.
#pragma once

#include <string>

#include "tokenizers/pipeline.h"

namespace anemone {

enum class PrependScheme { kAlways, kFirst, kNever };

struct MetaspaceOptions {
  explicit MetaspaceOptions(const Json& json);

  std::string mark;  // one character
  PrependScheme scheme = PrependScheme::kAlways;
};

}  // namespace anemone
