// SPDX-License-Identifier: Apache-2.0
// Results of a run in files.
#pragma once

#include <filesystem>
#include <string>

#include "base/json.h"
#include "runtime/executable.h"

namespace anemone {

// What a classifier gives: a label as a string or number, a dictionary as an object in the order of its classes.
Json as_json(const RuntimeValue& value);

// Writes FOLDER/NAME.npy, or FOLDER/NAME.json for what a classifier gives. Throws Error for a list, and for a name that
// is no plain file name.
void write_output(const std::filesystem::path& folder, const std::string& name, const RuntimeValue& value);

}  // namespace anemone
