// SPDX-License-Identifier: Apache-2.0
#include "table.h"

namespace anemone {

void register_thing_two_words(ThingTable& table);
void register_thing_two_words(ThingTable& table) { table.emplace_back("two_words"); }

}  // namespace anemone
