// SPDX-License-Identifier: Apache-2.0
// How long work reports where it is and learns that it should stop. The library calls, the caller draws.
#pragma once

#include <functional>
#include <string>

#include "base/error.h"

namespace anemone {

// Thrown out of long work when its Progress asked to stop.
class Cancelled : public Error {
 public:
  Cancelled() : Error("cancelled") {}
};

// `what` names the stage ("writing weights"), `done` runs from 0 to 1. Return false to cancel.
using Progress = std::function<bool(const std::string& what, double done)>;

inline void report(const Progress& progress, const std::string& what, double done) {
  if (progress && !progress(what, done)) throw Cancelled();
}

}  // namespace anemone
