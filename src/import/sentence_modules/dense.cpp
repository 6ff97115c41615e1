// SPDX-License-Identifier: Apache-2.0
// Dense: activation(linear(x)), by default on the sentence's embedding, with a residual path when asked for.
#include <algorithm>
#include <cctype>

#include "base/error.h"
#include "import/blocks/layers.h"
#include "import/sentence_module.h"

namespace anemone {
namespace {

// torch.nn's class, whose name the configuration spells in full -> the activation's name.
std::string activation_of(const Config& config) {
  const std::string full = config.text("activation_function");
  std::string name = full.substr(full.rfind('.') + 1);
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
  static const std::map<std::string, std::string> kOthers = {
      {"identity", "linear"}, {"leakyrelu", "leaky_relu"}, {"newgeluactivation", "gelu_new"}};
  const auto other = kOthers.find(name);
  return other == kOthers.end() ? name : other->second;
}

void build(Sentences& sentences, const Module& place, const Config& config) {
  const std::string from = config.text("module_input_name");
  const std::string to = config.has("module_output_name") ? config.text("module_output_name") : from;
  const ValueId x = sentences.feature(from, config);
  const int64_t channels = config.size("out_features");
  if (config.size("in_features") != place.model().shape(x).back())
    fail("{}: in_features is {}, but what comes in has {} channels", config.file(), config.size("in_features"),
         place.model().shape(x).back());
  ValueId y = linear(place.at("linear"), x, channels, config.flag("bias"));
  y = with_context(config.file(), [&] { return activation(place, y, activation_of(config)); });
  if (config.flag("use_residual")) {
    const bool fits = place.model().shape(x).back() == channels;
    y = residual(place, y, fits ? x : linear(place.at("residual"), x, channels, false), "sum");
  }
  sentences.features[to] = y;
}

}  // namespace

void register_sentence_module_dense(SentenceModuleTable& table) {
  const Json defaults = {{"bias", true},
                         {"activation_function", "torch.nn.modules.activation.Tanh"},
                         {"module_input_name", "sentence_embedding"},
                         {"use_residual", false}};
  table.add({"Dense", true, [defaults](Sentences& sentences, const Module& place, const Config& own) {
               Config config = own;
               config.set_defaults(defaults);
               build(sentences, place, config);
             }});
}

}  // namespace anemone
