// SPDX-License-Identifier: Apache-2.0
// The name of a JSON value, for headers that only pass it on. Its definition, in base/json.h, is slow to compile.
#pragma once

#include <nlohmann/json_fwd.hpp>

namespace anemone {

using Json = nlohmann::ordered_json;

}  // namespace anemone
