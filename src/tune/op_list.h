// SPDX-License-Identifier: Apache-2.0
// docs/ops.md: every op of the table, in which opsets, for which element types, how it is computed, what tests it.
#pragma once

#include <filesystem>
#include <string>

namespace anemone {

// Markdown. `cases` is a folder of recorded cases (with index.jsonl), whose cases are counted for each op.
std::string op_list(const std::filesystem::path& cases);

}  // namespace anemone
