// SPDX-License-Identifier: Apache-2.0
#include "kernels/ane/family.h"

#include <charconv>

namespace anemone::kernels::ane {
namespace {

constexpr Family kFamilies[] = {
    {11, false, 4094, 192, false}, {12, false, 4094, 192, false}, {13, true, 4094, 192, false},
    {14, true, 4094, 192, false},  {15, true, 4094, 384, false},  {16, true, 0, 384, true},
    {17, true, 0, 384, true},      {18, true, 0, 384, true},
};

}  // namespace

const Family* family_of(std::string_view chip) {
  if (chip.size() < 2) return nullptr;
  int number = 0;
  const char* end = chip.data() + chip.size();
  const auto [rest, error] = std::from_chars(chip.data() + 1, end, number);
  const bool has_variant =
      rest != end && *rest == '-' && rest + 1 != end;  // pro, max, ultra: more cores, the same family
  if (error != std::errc() || number < 1 || (rest != end && !has_variant)) return nullptr;
  // M1 has the engine of A14, the 13th generation; both series went on in step.
  const int generation = chip[0] == 'm' ? number + 12 : chip[0] == 'a' ? number - 1 : chip[0] == 'h' ? number : 0;
  for (const Family& family : kFamilies)
    if (family.generation == generation) return &family;
  return nullptr;
}

}  // namespace anemone::kernels::ane
