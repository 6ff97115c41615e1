// SPDX-License-Identifier: Apache-2.0
// Statements of axes (see ir/axes.h) that several ops share.
#pragma once

#include "ir/op_definition.h"

namespace anemone {

// x and every output have the same axes; the op works along the one that the argument `name` gives.
AxesStatement along_axis(const Arguments& args, int axis, const std::string& name, size_t outputs = 1);

// The op reduces x over `axes`; results lack them unless `keep_dims`. Written anew, it keeps them.
AxesStatement reducing(const Arguments& args, const std::vector<int>& axes, bool keep_dims);

}  // namespace anemone
