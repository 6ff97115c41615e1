// SPDX-License-Identifier: Apache-2.0
// Looks at the bytes of a model file for fields that our schema does not declare. The lite runtime of protobuf keeps
// such fields without showing them, and drops those of map entries; inside a program they could change its meaning.
#pragma once

#include <cstddef>
#include <span>

namespace anemone {

// `model` is a Model message, pipelines included. Throws Error for a field inside a program that the schema does not
// declare, or that has another wire type than declared: "op y (relu): unknown field 9 in Operation". Fields outside of
// programs are not looked at. Field numbers are those of MIL.proto and Model.proto of coremltools.
void refuse_unknown_program_fields(std::span<const std::byte> model);

}  // namespace anemone
