// SPDX-License-Identifier: Apache-2.0
// The lines of a vocabulary file. A line that is not UTF-8 is an Error with its number; ends of lines may be CR LF.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace anemone {

std::vector<std::string> read_text_lines(const std::filesystem::path& path);

}  // namespace anemone
