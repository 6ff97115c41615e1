// SPDX-License-Identifier: Apache-2.0
// Palettes: every value becomes an index into a small table, one for the tensor or for each group of output channels.
#include <cmath>

#include "base/error.h"
#include "base/parallel.h"
#include "compress/importance.h"
#include "compress/method.h"
#include "compress/palette.h"
#include "compress/settings.h"

namespace anemone {
namespace {

struct Options {
  int bits = 4;
  std::string mode;
  int64_t group = 0;  // output channels that share a table; 0: all
  bool scaled = false;
  std::shared_ptr<const ImportanceFile> importance;
};

// The largest magnitude of all output channels at each place of the other axes, by which values are divided before they
// share a table. That is what coremltools does with the same setting.
Scales channel_scaling(const Draft& draft) {
  Scales scaling;
  scaling.grid = draft.shape();
  scaling.grid[static_cast<size_t>(draft.output_axis)] = 1;
  const Grid grid(draft.shape(), scaling.grid);
  scaling.scales.assign(static_cast<size_t>(grid.cells()), 0);
  std::vector<float> values(kChunk);
  for (int64_t begin = 0; begin < draft.size(); begin += kChunk) {
    const int64_t end = std::min(draft.size(), begin + kChunk);
    draft.read(begin, end, values.data());
    grid.for_each_run(begin, end, [&](int64_t from, int64_t until, int64_t cell) {
      float& scale = scaling.scales[static_cast<size_t>(cell)];
      for (int64_t i = from; i < until; ++i) scale = std::max(scale, std::fabs(values[static_cast<size_t>(i - begin)]));
    });
  }
  for (float& scale : scaling.scales)
    if (scale == 0) scale = 1;
  return scaling;
}

std::vector<double> evenly_spaced(const Points& points, int count) {
  const double low = points.values.front();
  const double step = (points.values.back() - low) / (count - 1);
  std::vector<double> centers;
  for (int i = 0; i < count; ++i) centers.push_back(low + step * i);
  return centers;
}

// The centers of one table, or nothing when the values do not fit.
std::optional<std::vector<double>> fitted(const Points& points, const Options& options) {
  const int count = 1 << options.bits;
  if (points.values.empty()) return std::vector<double>();
  if (options.mode == "unique" && points.values.size() > static_cast<size_t>(count)) return std::nullopt;
  if (options.mode == "uniform") return evenly_spaced(points, count);
  return (options.mode == "fast" ? quick_clusters(points, count) : optimal_clusters(points, count)).centers;
}

std::optional<std::string> apply(Draft& draft, const Options& options) {
  if (!draft.codes.empty()) return "its values are codes already";
  const int64_t channels = draft.shape()[static_cast<size_t>(draft.output_axis)];
  if (options.group > 0 && channels % options.group != 0)
    return fmt::format("its {} output channels are no multiple of {}", channels, options.group);
  if (options.scaled && draft.shape().front() == 1) return "its scales would be as many as its values";
  if (options.scaled) draft.scaling = channel_scaling(draft);
  const Importance importance = options.importance ? options.importance->of(draft) : Importance();
  const Grid grid(draft.shape(), options.group > 0 ? draft.channel_grid(options.group) : draft.single_grid());
  draft.palette.emplace();
  draft.palette->bits = options.bits;
  draft.palette->grid = options.group > 0 ? draft.channel_grid(options.group) : draft.single_grid();
  draft.palette->entries.resize(static_cast<size_t>(grid.cells()) << options.bits);
  draft.codes.resize(static_cast<size_t>(draft.size()));
  std::vector<uint8_t> failed(static_cast<size_t>(grid.cells()), 0);
  parallel_for(draft.threads, grid.cells(), 1, [&](int64_t cell, int64_t) {
    const Points points = points_of(draft, grid, cell, importance);
    const auto centers = fitted(points, options);
    failed[static_cast<size_t>(cell)] = !centers;
    if (!centers) return;
    const Table table = table_of(*centers, options.bits, draft.dtype());
    std::copy(table.entries.begin(), table.entries.end(), draft.palette->entries.begin() + (cell << options.bits));
    assign_codes(draft, grid, cell, points, table.limits);
  });
  for (const uint8_t cell : failed)
    if (cell) return fmt::format("it has more than {} distinct values", 1 << options.bits);
  return std::nullopt;
}

MethodStep make(Settings& settings) {
  Options options;
  options.bits = static_cast<int>(settings.one_of("nbits", 4, {1, 2, 3, 4, 6, 8}));
  options.mode = settings.choice("mode", "exact", {"exact", "fast", "uniform", "unique"});
  options.group = settings.integer("group_size", 0, 0, INT32_MAX);
  options.scaled = settings.flag("per_channel_scale", false);
  const std::string importance = settings.text("importance", "");
  if (!importance.empty()) options.importance = std::make_shared<const ImportanceFile>(importance);
  MethodStep step;
  const bool newest = options.group > 0 || options.scaled || options.bits == 3;
  step.opset = newest ? 8 : 6;
  step.opset_reason = options.group > 0   ? "palettes of grouped channels"
                      : options.scaled    ? "palettes with a scale for each channel"
                      : options.bits == 3 ? "palettes of 3 bits"
                                          : "palettes";
  step.apply = [options](Draft& draft) { return apply(draft, options); };
  return step;
}

}  // namespace

void register_method_palettize(MethodTable& table) {
  table.add({"palettize", "Values become indices into small tables", make});
}

}  // namespace anemone
