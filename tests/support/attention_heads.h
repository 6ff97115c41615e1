// SPDX-License-Identifier: Apache-2.0
// The products with weights of an attention, and q, k and v with axes for heads: packed or not, in any trunk.
#pragma once

#include <string>
#include <vector>

#include "attention_choices.h"
#include "axis_writer.h"

namespace anemone::test {

struct Heads {
  Lettered q, k, v;
};

class HeadsWriter {
 public:
  HeadsWriter(const AttentionChoices& choices, AxisWriter& writer) : c_(choices), w_(writer) {}

  bool channels_first() const { return c_.trunk == Trunk::kChannelsFirst; }
  // The trunk's axes; channels may be several letters, then without the axis of size 1.
  std::string trunk(char position, char channel) const { return trunk(position, std::string(1, channel)); }
  std::string trunk(char position, const std::string& channels) const;
  std::string split_trunk(char position, const std::string& channels) const;
  void set_layer(int layer) { layer_ = layer; }
  std::string named(const std::string& name) const;

  Lettered project(const Lettered& x, char position, char in, char out, const std::string& name, float gain);
  // In the order of the trunk; for kPerHead with the heads still in the channels.
  Heads heads_of(const Lettered& x, const Lettered& memory);
  // One key head for each query head: "bktd" -> "bhtd", whatever the order.
  Lettered repeated(const Lettered& x);

 private:
  Lettered flat_project(const Lettered& x, char position, char out, const Constant& weight,
                        const std::vector<Arg>& bias);
  float gain() const;
  Lettered in_heads(const Lettered& x, char position, char heads);
  Heads unpacked(const Lettered& x, const Lettered& memory, Heads heads);
  std::vector<Lettered> parts_of(const Lettered& all, char position);

  const AttentionChoices& c_;
  AxisWriter& w_;
  int layer_ = 0;
};

}  // namespace anemone::test
