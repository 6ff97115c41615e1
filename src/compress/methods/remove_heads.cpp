// SPDX-License-Identifier: Apache-2.0
// Attention heads that count least go: their rows and columns of the projections around the attention.
#include "compress/method.h"
#include "compress/remove_channels.h"

namespace anemone {

void register_method_remove_heads(MethodTable& table) {
  table.add({"remove_heads", "Attention heads that count least go", [](Settings& settings) {
               MethodStep step;
               step.reduce = [choice = read_channel_choice(settings, true)](const ReductionInput& input) {
                 return remove_channels(input, choice);
               };
               return step;
             }});
}

}  // namespace anemone
