// SPDX-License-Identifier: Apache-2.0
// Rotary position embedding: pairs of channels of each head turn by an angle that grows with the position. The pairs
// are channel i and channel i + half, as in the transformers library. Angles are computed as that library does, in
// single precision, with the scaling that the configuration names.
#pragma once

#include <optional>

#include "import/blocks/model_builder.h"

namespace anemone {

// Cosines and sines of (1 or B, 1, S, half).
struct RotaryTables {
  ValueId cosines;
  ValueId sines;
  int64_t half = 0;
};

// For heads of `head_size` channels, of which partial_rotary_factor turn. Positions are int32 (B, S) or (1, S), else
// 0 ... length - 1.
RotaryTables rotary_tables(const Module& module, int64_t head_size, int64_t length, std::optional<ValueId> positions);

// x (B, heads, S, head_size), turned.
ValueId rotated(const Module& module, ValueId x, const RotaryTables& tables, const std::string& part);

}  // namespace anemone
