// SPDX-License-Identifier: Apache-2.0
// Between callers' arrays and a function's values: shapes and flexibility as the description says, element types
// converted, scalars published as [1], optional inputs filled in.
#pragma once

#include <map>
#include <string>

#include "ir/program.h"
#include "runtime/executable.h"

namespace anemone {

// Inputs as a run needs them. Arrays may be of any numeric type; they are converted to the declared type, and only
// rounded to half when the numerics round. Integer inputs take only values that they can hold. An image input takes
// uint8 pixels (see runtime/image_input.h) or the tensor itself. Throws Error naming the input when one is missing,
// unknown, or of a shape that the description does not allow.
TensorMap adapt_inputs(const Function& function, const TensorMap& given, Numerics numerics);

// Throws Error for a name that is no input of the function.
void check_names(const Function& function, const TensorMap& given);

// A result as it is handed out: integers and bools in their declared type; floats as float32, or as the declared type
// when the numerics round to it.
Tensor handed_out(const Tensor& value, const Type& declared, Numerics numerics);

}  // namespace anemone
