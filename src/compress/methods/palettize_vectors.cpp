// SPDX-License-Identifier: Apache-2.0
// Palettes of vectors: one index for several values in a row along the output channels. Lloyd's iteration from spread
// vectors; not exact, and not for the Neural Engine.
#include <algorithm>
#include <limits>

#include "base/error.h"
#include "base/parallel.h"
#include "compress/method.h"
#include "compress/settings.h"

namespace anemone {
namespace {

struct Options {
  int bits = 4;
  int64_t width = 2;
};

// Vectors side by side.
class Vectors {
 public:
  Vectors(int64_t width, int64_t count) : width_(width), values_(static_cast<size_t>(width * count)) {}
  int64_t count() const { return static_cast<int64_t>(values_.size()) / width_; }
  float* at(int64_t i) { return values_.data() + i * width_; }
  const float* at(int64_t i) const { return values_.data() + i * width_; }
  float distance(const float* a, int64_t i) const {
    float sum = 0;
    for (int64_t j = 0; j < width_; ++j) sum += (a[j] - at(i)[j]) * (a[j] - at(i)[j]);
    return sum;
  }
  int64_t nearest(const float* to) const {
    int64_t best = 0;
    float least = std::numeric_limits<float>::infinity();
    for (int64_t i = 0; i < count(); ++i)
      if (const float own = distance(to, i); own < least) {
        least = own;
        best = i;
      }
    return best;
  }
  std::vector<float> take() { return std::move(values_); }

 private:
  int64_t width_;
  std::vector<float> values_;
};

Vectors vectors_of(const Draft& draft, int64_t width) {
  std::vector<float> all(static_cast<size_t>(draft.size()));
  draft.read(0, draft.size(), all.data());
  int64_t inner = 1;
  for (size_t i = static_cast<size_t>(draft.output_axis) + 1; i < draft.shape().size(); ++i) inner *= draft.shape()[i];
  Vectors vectors(width, draft.size() / width);
  for (int64_t i = 0; i < draft.size(); ++i) {
    const int64_t line = i / inner;
    vectors.at(line / width * inner + i % inner)[line % width] = all[static_cast<size_t>(i)];
  }
  return vectors;
}

// Each next center is the sampled vector furthest from those before it among a few, the first the middle one.
Vectors spread_centers(const Vectors& sample, int64_t count, int64_t width) {
  Vectors centers(width, count);
  std::vector<float> distances(static_cast<size_t>(sample.count()), std::numeric_limits<float>::infinity());
  int64_t next = sample.count() / 2;
  uint64_t random = 1;
  for (int64_t i = 0; i < count; ++i) {
    std::copy_n(sample.at(next), width, centers.at(i));
    double total = 0;
    for (int64_t j = 0; j < sample.count(); ++j) {
      auto& distance = distances[static_cast<size_t>(j)];
      distance = std::min(distance, centers.distance(sample.at(j), i));
      total += distance;
    }
    random = random * 6364136223846793005U + 1442695040888963407U;  // the same on every machine
    double left = total * static_cast<double>(random >> 11) * 0x1p-53;
    for (next = 0; next + 1 < sample.count() && (left -= distances[static_cast<size_t>(next)]) > 0;) ++next;
  }
  return centers;
}

Vectors fitted(const Vectors& vectors, int64_t count, int64_t width) {
  constexpr int64_t kSample = 1 << 15;
  constexpr int kRounds = 20;
  const int64_t step = std::max<int64_t>(1, vectors.count() / kSample);
  Vectors sample(width, (vectors.count() + step - 1) / step);
  for (int64_t i = 0; i < sample.count(); ++i) std::copy_n(vectors.at(i * step), width, sample.at(i));
  Vectors centers = spread_centers(sample, count, width);
  for (int round = 0; round < kRounds; ++round) {
    std::vector<double> sums(static_cast<size_t>(count * width), 0), sizes(static_cast<size_t>(count), 0);
    for (int64_t i = 0; i < sample.count(); ++i) {
      const int64_t nearest = centers.nearest(sample.at(i));
      sizes[static_cast<size_t>(nearest)] += 1;
      for (int64_t j = 0; j < width; ++j) sums[static_cast<size_t>(nearest * width + j)] += sample.at(i)[j];
    }
    for (int64_t i = 0; i < count; ++i)
      for (int64_t j = 0; j < width && sizes[static_cast<size_t>(i)] > 0; ++j)
        centers.at(i)[j] = static_cast<float>(sums[static_cast<size_t>(i * width + j)] / sizes[static_cast<size_t>(i)]);
  }
  return centers;
}

std::optional<std::string> apply(Draft& draft, const Options& options) {
  if (!draft.codes.empty() || !draft.kept.empty()) return "palettes of vectors cannot follow another method";
  const int64_t channels = draft.shape()[static_cast<size_t>(draft.output_axis)];
  if (channels % options.width != 0)
    return fmt::format("its {} output channels are no multiple of {}", channels, options.width);
  const int64_t count = int64_t{1} << options.bits;
  const Vectors vectors = vectors_of(draft, options.width);
  if (vectors.count() < count) return fmt::format("it has only {} vectors for {} entries", vectors.count(), count);
  Vectors centers = fitted(vectors, count, options.width);
  round_to(draft.dtype(), centers.at(0), static_cast<size_t>(count * options.width));
  draft.codes.resize(static_cast<size_t>(vectors.count()));
  parallel_for(draft.threads, vectors.count(), kChunk / 8, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i)
      draft.codes[static_cast<size_t>(i)] = static_cast<uint8_t>(centers.nearest(vectors.at(i)));
  });
  draft.palette.emplace();
  draft.palette->bits = options.bits;
  draft.palette->grid = draft.single_grid();
  draft.palette->width = options.width;
  draft.palette->axis = draft.output_axis;
  draft.palette->entries = centers.take();
  return std::nullopt;
}

MethodStep make(Settings& settings) {
  Options options;
  options.bits = static_cast<int>(settings.one_of("nbits", 4, {1, 2, 3, 4, 6, 8}));
  options.width = settings.integer("cluster_dim", 2, 2, 64);
  MethodStep step;
  step.opset = 8;
  step.opset_reason = "palettes of vectors";
  step.warning = "palettes of vectors do not compile for the Neural Engine of M4 and M6, and nobody has shown others";
  step.apply = [options](Draft& draft) { return apply(draft, options); };
  return step;
}

}  // namespace

void register_method_palettize_vectors(MethodTable& table) {
  table.add({"palettize_vectors", "Several values in a row become one index", make});
}

}  // namespace anemone
