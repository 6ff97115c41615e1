// SPDX-License-Identifier: Apache-2.0
// Palettes whose entries are 8-bit integers with one scale: indices stay small, and products may be computed in 8 bits.
#include <algorithm>
#include <cmath>

#include "compress/method.h"
#include "compress/settings.h"

namespace anemone {
namespace {

std::optional<std::string> apply(Draft& draft) {
  if (!draft.palette || draft.palette->width > 1) return "it has no palette of single numbers";
  Palette& palette = *draft.palette;
  float largest = 0;
  for (const float entry : palette.entries) largest = std::max(largest, std::fabs(entry));
  constexpr float kReach = 127;
  const float scale = usable_scale(draft.dtype(), largest / kReach, kReach);
  palette.entry_scaling = Scales{ConcreteShape(draft.shape().size() + 2, 1), {scale}, {}};
  for (float& entry : palette.entries) {
    const float code = std::clamp(std::nearbyint(stored_as(draft.dtype(), entry / scale)), -kReach, kReach);
    palette.entry_codes.push_back(static_cast<int8_t>(code));
    entry = stored_as(draft.dtype(), scale * code);
  }
  return std::nullopt;
}

}  // namespace

void register_method_quantize_palette(MethodTable& table) {
  table.add({"quantize_palette", "The entries of palettes become 8-bit integers", [](Settings&) {
               MethodStep step;
               step.opset = 8;
               step.opset_reason = "palettes of integers";
               step.apply = apply;
               return step;
             }});
}

}  // namespace anemone
