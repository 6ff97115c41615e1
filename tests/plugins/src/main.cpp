// SPDX-License-Identifier: Apache-2.0
#include <cstdio>

#include "table.h"

namespace anemone {
void register_all_thing(ThingTable& table);
}

int main() {
  anemone::ThingTable table;
  anemone::register_all_thing(table);
  for (const std::string& name : table) std::printf("%s\n", name.c_str());
}
