// SPDX-License-Identifier: Apache-2.0
// Taking out the channels that count least: what the methods for neurons and for heads have in common.
#pragma once

#include <memory>

#include "compress/importance.h"
#include "compress/method.h"
#include "compress/reduction.h"

namespace anemone {

struct ChannelChoice {
  bool heads = false;    // groups of channels that ops keep together; else single ones
  double share = 0;      // of the units that go
  int64_t multiple = 1;  // of which the number that stays is one
  bool global = false;   // the share is of all weights of the rule together
  std::shared_ptr<const ImportanceFile> importance;
};

// "share", "multiple_of", "scope", "importance".
ChannelChoice read_channel_choice(Settings& settings, bool heads);

// For every weight that sums over such channels, in its own inputs; the others stay, with the reason.
Reduction remove_channels(const ReductionInput& input, const ChannelChoice& choice);

}  // namespace anemone
