// SPDX-License-Identifier: Apache-2.0
// The whole answer for one or several models: where every op runs, why not elsewhere, and totals. Models that are
// loaded together share the address window.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/json.h"
#include "import/package.h"
#include "placement/place.h"
#include "placement/totals.h"

namespace anemone {

struct ExplainedModel {
  std::string name;                  // as it was given
  std::shared_ptr<Pipeline> source;  // one stage unless it is a pipeline; ops below point into it
  std::vector<WeightSizes> weights;  // of each stage
  std::vector<PlacedFunction> functions;
  Totals totals;

  int count(Unit unit) const;
  int ops() const;
};

struct Explanation {
  PlaceOptions options;
  std::vector<ExplainedModel> models;
  std::optional<Window> window;  // when they are loaded together
};

struct ExplainRequest {
  std::vector<std::filesystem::path> models;
  bool together = false;
  std::string function;  // of the model; empty: all
  PlaceOptions options;
};

// Reads the models and places them. Weights are not read; models that are judged together and alike in everything else
// are compared byte by byte, because copies are loaded once.
Explanation explain(const ExplainRequest& request);

Json explanation_json(const Explanation& explanation);

}  // namespace anemone
