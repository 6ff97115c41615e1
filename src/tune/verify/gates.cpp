// SPDX-License-Identifier: Apache-2.0
#include "tune/verify/gates.h"

#include "base/error.h"
#include "base/strings.h"

namespace anemone {

const std::vector<Gate>& gates() {
  // The first nine: Apple's Core AI models, quality metrics of 2026; `chunks` and `pipeline`: coremltools'
  // bisect_model; `stable-diffusion`: ml-stable-diffusion's converter; `classifier`: ml-ane-transformers' DistilBERT
  // test; `language`: more-ane-transformers' QUALITY.md; `reference`: ml-ane-transformers' Transformer test.
  static const std::vector<Gate> kGates = {
      {"re-authored", 70, 70, "the same model written anew, in the same precision"},
      {"layout", 70, 70, "the same model in another layout"},
      {"fp16", 40, 50, "half precision against single"},
      {"int8", 50, 55, "8-bit weights"},
      {"palette8", 50, 55, "8-bit palettes"},
      {"int4", 30, 40, "4-bit weights"},
      {"palette4", 30, 40, "4-bit palettes"},
      {"palette2", 25, 35, "2-bit palettes"},
      {"sweep", 10, 10, "not worth keeping in a sweep of recipes"},
      {"chunks", 35, 35, "chunks against the whole"},
      {"pipeline", 35, 35, "a pipeline against the whole"},
      {"stable-diffusion", 35, 35, "a sub-model of Stable Diffusion"},
      {"classifier", 60, 60, "probabilities of a rewritten classifier"},
      {"language", 60, 60, "logits of a language model with little loss"},
      {"reference", 20, 40, "a Transformer on the device against its reference"},
  };
  return kGates;
}

const Gate& find_gate(const std::string& name) {
  std::vector<std::string> names;
  for (const Gate& gate : gates()) {
    if (gate.name == name) return gate;
    names.push_back(gate.name);
  }
  fail("--gate {}: is not known: expected {}", name, any_of(names));
}

}  // namespace anemone
