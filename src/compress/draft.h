// SPDX-License-Identifier: Apache-2.0
// A weight on its way to a compressed form. Methods work on it one after another: pruning says which elements stay,
// palettizing and quantizing put small codes in the place of values. What the codes stand for is always clear from the
// draft, so that the error is measured and not assumed. Written down as ops by encode().
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ir/tensor.h"

namespace anemone {

// value = scale * (code - offset), one scale for each cell of a grid over the tensor.
struct Scales {
  ConcreteShape grid;
  std::vector<float> scales;  // rounded to the weight's type
  std::vector<int> offsets;   // in the codes' range; empty: 0
};

// Tables of 2^bits entries of `width` numbers each, one table for each cell of a grid over the indices.
struct Palette {
  int bits = 0;
  ConcreteShape grid;
  std::vector<float> entries;  // table by table; rounded to the weight's type
  int64_t width = 1;           // elements that an index stands for
  int axis = 0;                // along which they lie
  // Entries as 8-bit codes: entries = scale * code.
  std::optional<Scales> entry_scaling;
  std::vector<int8_t> entry_codes;
};

struct Draft {
  std::string name;
  Tensor source;        // fp16 or fp32, as stored
  int output_axis = 0;  // of output channels
  int input_axis = 1;   // of input channels; -1 when there is none
  int opset = 0;
  int threads = 1;

  std::vector<uint8_t> kept;        // 1 for elements that are stored, 0 for pruned ones; empty: all are stored
  std::vector<uint8_t> codes;       // of each element (of each index, with a wide palette); empty: plain values
  DType code_type = DType::kUInt8;  // what a code is when there is no palette
  std::optional<Palette> palette;   // codes are indices
  std::optional<Scales> scaling;    // of codes, or of the palette's values

  const ConcreteShape& shape() const { return shape_; }
  DType dtype() const { return source.dtype(); }
  int64_t size() const { return source.size(); }
  bool is_kept(int64_t i) const { return kept.empty() || kept[static_cast<size_t>(i)] != 0; }

  explicit Draft(Tensor tensor) : source(std::move(tensor)), shape_(source.shape()) {}

  // The shape of a grid with one cell for every `group` output channels; the group divides them.
  ConcreteShape channel_grid(int64_t group) const;
  ConcreteShape single_grid() const { return ConcreteShape(shape_.size(), 1); }

  // Values [begin, end) of the source as floats.
  void read(int64_t begin, int64_t end, float* to) const;
  // The same as the finished draft will give them.
  void decode(int64_t begin, int64_t end, float* to) const;
  // How the two differ, the same for any number of threads.
  struct Loss {
    double squared_error = 0;  // the sum of squared differences
    float largest = 0;         // magnitude before
  };
  Loss loss() const;

 private:
  ConcreteShape shape_;
};

// Numbers as they are once they have been stored with this type (fp16 or fp32).
float stored_as(DType dtype, float value);
void round_to(DType dtype, float* values, size_t count);
// The scale as stored for codes up to `reach` away from their offset: more than 0, and no product overflows.
float usable_scale(DType dtype, double scale, double reach);

// Something that cannot be compressed, and why; nothing when all values are finite.
std::optional<std::string> why_not_finite(const Draft& draft);

// Pieces of a tensor that one thread works on at a time.
inline constexpr int64_t kChunk = int64_t{1} << 16;

}  // namespace anemone
