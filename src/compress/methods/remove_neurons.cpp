// SPDX-License-Identifier: Apache-2.0
// Neurons that count least go: channels between two products with nothing but elementwise ops in between.
#include "compress/method.h"
#include "compress/remove_channels.h"

namespace anemone {

void register_method_remove_neurons(MethodTable& table) {
  table.add({"remove_neurons", "Neurons between two products that count least go", [](Settings& settings) {
               MethodStep step;
               step.reduce = [choice = read_channel_choice(settings, false)](const ReductionInput& input) {
                 return remove_channels(input, choice);
               };
               return step;
             }});
}

}  // namespace anemone
