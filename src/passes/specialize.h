// SPDX-License-Identifier: Apache-2.0
// A flexible program for inputs of fixed shapes. The Neural Engine runs no program whose lengths are a range.
#pragma once

#include <map>
#include <string>

#include "ir/op_definition.h"
#include "ir/program.h"

namespace anemone {

// The types of all that follows from these inputs are found anew, and what depended on shapes alone becomes constants;
// names stay. Every function that has all of the inputs is specialized. Throws Error for an input that there is not, a
// shape that the description does not allow, inputs that are images, and functions with loops or branches.
Program specialized(const Program& program, const std::map<std::string, ConcreteShape>& shapes, const OpTable& ops);

}  // namespace anemone
