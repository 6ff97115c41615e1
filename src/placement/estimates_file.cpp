// SPDX-License-Identifier: Apache-2.0
#include "placement/estimates_file.h"

#include <cmath>

#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"

namespace anemone {
namespace {

Backend backend_from(const std::string& name) {
  std::vector<std::string> names;
  for (int i = 0; i < kBackends; ++i) {
    names.emplace_back(name_of(static_cast<Backend>(i)));
    if (names.back() == name) return static_cast<Backend>(i);
  }
  fail("{} is not a back end: expected {}", name, any_of(names));
}

double positive(const Json& value, const char* what) {
  const double number = value.is_number() ? value.get<double>() : -1;
  if (!std::isfinite(number) || number < 0) fail("{} is not a number from 0 on", what);
  return number;
}

const Json& object(const Json& parent, const char* name) {
  const auto found = parent.find(name);
  if (found == parent.end() || !found->is_object()) fail("{} is missing or no object", name);
  return *found;
}

void read_ops(const Json& ops, PlaceOptions& options) {
  if (!ops.is_array()) fail("ops is no array");
  for (const Json& op : ops) {
    if (!op.is_object() || !op.contains("index") || !op["index"].is_number_integer()) fail("an op has no index");
    const int index = op["index"].get<int>();
    for (const auto& [name, ms] : object(op, "est_ms").items())
      options.estimates[index][backend_from(name)] = positive(ms, "est_ms");
  }
}

void read_rates(const Json& rates, PlaceOptions& options) {
  if (!rates.is_object()) fail("rates is no object");
  Rates result = options.target.rates();
  for (const auto& [leaf, backends] : rates.items()) {
    if (!backends.is_object()) fail("rates of {} are no object", leaf);
    for (const auto& [name, rate] : backends.items()) {
      const double value = positive(rate, "a rate");
      if (value == 0) fail("the rate of {} on {} is 0", leaf, name);
      result.set(leaf, backend_from(name), value);
    }
  }
  options.rates = std::move(result);
}

}  // namespace

void read_estimates(const std::filesystem::path& path, PlaceOptions& options) {
  const Json document = read_json(path);
  with_context(path.string(), [&] {
    if (!document.is_object()) fail("expected an object with ops or rates");
    if (document.contains("ops")) read_ops(document["ops"], options);
    if (document.contains("rates")) read_rates(document["rates"], options);
  });
}

}  // namespace anemone
