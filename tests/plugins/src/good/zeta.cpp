// SPDX-License-Identifier: Apache-2.0
#include "table.h"

namespace anemone {

void register_thing_zeta(ThingTable& table);
void register_thing_zeta(ThingTable& table) { table.emplace_back("zeta"); }

}  // namespace anemone
