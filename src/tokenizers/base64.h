// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace anemone {

// The bytes that standard base64 text stands for, or nothing when it is malformed. Padding may be left out.
std::optional<std::string> decode_base64(std::string_view text);

}  // namespace anemone
