// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace anemone {

// `text` without the spaces that splitting put before English punctuation and contractions.
std::string clean_up_spaces(std::string text);

}  // namespace anemone
