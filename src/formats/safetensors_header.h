// SPDX-License-Identifier: Apache-2.0
// The JSON header of a .safetensors file, read event by event: memory stays in proportion to the tensors it declares,
// and anything that does not have the format's form stops the parse.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "formats/safetensors.h"

namespace anemone {

struct SafetensorsHeader {
  std::map<std::string, Safetensors::Info, std::less<>> infos;
  std::map<std::string, std::string> metadata;
};

// Checks form, repeated keys, UTF-8 and numbers; not yet whether offsets, types and shapes agree.
SafetensorsHeader parse_safetensors_header(std::string_view json);

}  // namespace anemone
