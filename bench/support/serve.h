// SPDX-License-Identifier: Apache-2.0
// Our side of a comparison: a program that runs a package when it is told to, by the protocol of peers/serve.py, so
// that both sides are measured alike.
#pragma once

#include <string>

namespace anemone::bench {

// Answers lines of standard input until it ends. Inputs are FOLDER/NAME.npy.
void serve(const std::string& package, const std::string& numerics, int threads, const std::string& inputs);

}  // namespace anemone::bench
