// SPDX-License-Identifier: Apache-2.0
#include "import/blocks/rotary.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "import/blocks/layers.h"
#include "import/blocks/rotary_frequencies.h"

namespace anemone {
namespace {

constexpr int64_t kMostRows = int64_t{1} << 18;

// (rows, half) of cos or sin.
Constant table(const RotaryFrequencies& frequencies, int64_t rows, double (*function)(double)) {
  const auto half = static_cast<int64_t>(frequencies.values.size());
  Tensor values(DType::kFloat32, {rows, half});
  auto to = values.as<float>();
  size_t at = 0;
  for (int64_t row = 0; row < rows; ++row)
    for (const float frequency : frequencies.values)
      to[at++] = static_cast<float>(function(static_cast<float>(row) * frequency)) * frequencies.factor;
  return Constant(std::move(values));
}

// Positions may name any row.
int64_t rows_for_positions(const Module& module, const RotaryFrequencies& frequencies, int64_t length) {
  const int64_t longest = module.model().config().size("max_position_embeddings");
  const int64_t rows = std::max(length, std::min(longest, kMostRows));
  if (rows < longest) module.model().warn(fmt::format("position_ids must be less than {}", rows));
  if (frequencies.by_length)
    module.model().warn(
        fmt::format("rotary embedding is scaled for texts of {} tokens, whatever position_ids says", length));
  return rows;
}

}  // namespace

RotaryTables rotary_tables(const Module& module, int64_t head_size, int64_t length, std::optional<ValueId> positions) {
  const RotaryFrequencies frequencies = rotary_frequencies(module.model().config(), head_size, length);
  const auto half = static_cast<int64_t>(frequencies.values.size());
  const int64_t rows = positions ? rows_for_positions(module, frequencies, length) : length;
  const auto make = [&](double (*function)(double), const std::string& part) {
    const Constant all = table(frequencies, rows, function);
    if (!positions) return module.constant(all.reshaped({1, 1, length, half}), part);
    const ValueId chosen = gathered(module, all, *positions, part + "_of_positions");
    return module.op("expand_dims", {{"x", chosen}, {"axes", {1}}}, part);
  };
  return {make(std::cos, "cosines"), make(std::sin, "sines"), half};
}

ValueId rotated(const Module& module, ValueId x, const RotaryTables& tables, const std::string& part) {
  const int64_t rest = module.model().shape(x).back() - 2 * tables.half;
  CHECK(rest >= 0);
  std::vector<int32_t> sizes(2, static_cast<int32_t>(tables.half));
  if (rest > 0) sizes.push_back(static_cast<int32_t>(rest));
  std::vector<ValueId> pieces = module.ops("split", {{"x", x}, {"split_sizes", sizes}, {"axis", -1}}, part + "_halves");
  const auto product = [&](ValueId half, ValueId table, const char* name) {
    return module.op("mul", {{"x", half}, {"y", table}}, part + name);
  };
  const ValueId first = pieces[0];
  const ValueId second = pieces[1];
  pieces[0] = module.op(
      "sub", {{"x", product(first, tables.cosines, "_first_cos")}, {"y", product(second, tables.sines, "_second_sin")}},
      part + "_first");
  pieces[1] = module.op(
      "add", {{"x", product(second, tables.cosines, "_second_cos")}, {"y", product(first, tables.sines, "_first_sin")}},
      part + "_second");
  return module.op("concat", {{"values", pieces}, {"axis", -1}, {"interleave", false}}, part + "_turned");
}

}  // namespace anemone
