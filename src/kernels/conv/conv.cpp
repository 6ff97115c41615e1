// SPDX-License-Identifier: Apache-2.0
#include "kernels/conv/conv.h"

#include <algorithm>

#include "base/error.h"
#include "base/parallel.h"
#include "kernels/conv/im2col.h"
#include "kernels/elementwise/elementwise.h"
#include "kernels/gemm/block.h"

namespace anemone::kernels {
namespace {

// Output channels of one piece of work. Their depth blocks stay in the second-level cache. Images big enough to make
// many pieces take more, because each piece gathers its own positions.
constexpr int64_t kRowsAtOnce = 4 * kPanel;
constexpr int64_t kRowsOfBigImages = 12 * kPanel;
constexpr int64_t kBigImage = 1024;
constexpr int64_t kColumnsAtOnce = 8 * kPanel;
constexpr int64_t kMinimumWork = 1 << 18;  // multiply-adds that are worth waking a thread
constexpr int64_t kDirectStride = 192;     // rows so near that they need no copy into a panel
// Up to here a 1x1 convolution takes channels as columns of the tile: weights then stream once, in order, which is 20 %
// faster at 128 positions (and far more at one) than positions as columns.
constexpr int64_t kNarrow = 128;

int64_t pieces_of(int64_t count, int64_t size) { return (count + size - 1) / size; }

int64_t out_size(int64_t size, int64_t pads, int64_t kernel, int64_t dilation, int64_t stride) {
  const int64_t room = size + pads - ((kernel - 1) * dilation + 1);
  return room < 0 ? 0 : room / stride + 1;
}

void finish(int64_t channels, int64_t positions, const float* bias, Activation activation, float* out, int64_t stride) {
  for (int64_t c = 0; c < channels; ++c, out += stride) {
    if (bias != nullptr) binary_scalar(Binary::kAdd, out, bias[c], out, positions);
    activate(activation, out, positions);
  }
}

}  // namespace

int64_t ConvGeometry::out_height(int64_t height) const {
  return out_size(height, pad_top + pad_bottom, kernel_height, dilation_height, stride_height);
}

int64_t ConvGeometry::out_width(int64_t width) const {
  return out_size(width, pad_left + pad_right, kernel_width, dilation_width, stride_width);
}

struct ConvPlan::Image {
  const ConvGeometry& geometry;
  bool is_pointwise;
  int64_t height;
  int64_t width;
  int64_t positions;  // of the output
  const float* x;
  const float* bias;
  Activation activation;
  float* out;
};

ConvPlan::ConvPlan(int threads, const ConvGeometry& geometry, const float* weights) : geometry_(geometry) {
  const ConvGeometry& g = geometry_;
  if (std::min({g.in_channels, g.out_channels, g.groups, g.kernel_height, g.kernel_width, g.stride_height,
                g.stride_width, g.dilation_height, g.dilation_width}) < 1)
    fail("convolution: sizes, groups, strides and dilations must be positive");
  if (std::min({g.pad_top, g.pad_bottom, g.pad_left, g.pad_right}) < 0) fail("convolution: negative padding");
  if (g.in_channels % g.groups != 0 || g.out_channels % g.groups != 0)
    fail("convolution: {} groups do not divide {} and {} channels", g.groups, g.in_channels, g.out_channels);
  const int64_t rows = g.out_channels / g.groups;
  const int64_t depth = g.in_channels / g.groups * g.kernel_height * g.kernel_width;
  for (int64_t group = 0; group < g.groups; ++group)
    weights_.emplace_back(threads, weights + group * rows * depth, PackedMatrix::Layout::kNk, rows, depth, depth);
}

namespace {

bool is_pointwise(const ConvGeometry& g) {
  return g.kernel_height == 1 && g.kernel_width == 1 && g.stride_height == 1 && g.stride_width == 1 && g.pad_top == 0 &&
         g.pad_bottom == 0 && g.pad_left == 0 && g.pad_right == 0;
}

}  // namespace

void ConvPlan::run(int threads, int64_t batch, int64_t height, int64_t width, const float* x, const float* bias,
                   Activation activation, float* out) const {
  run(threads, geometry_, batch, height, width, x, bias, activation, out);
}

void ConvPlan::run(int threads, const ConvGeometry& geometry, int64_t batch, int64_t height, int64_t width,
                   const float* x, const float* bias, Activation activation, float* out) const {
  const int64_t positions = geometry.out_height(height) * geometry.out_width(width);
  if (positions == 0) fail("convolution: the kernel does not fit into an image of {} by {}", height, width);
  const Image image{geometry, is_pointwise(geometry), height, width, positions, x, bias, activation, out};
  const bool narrow = image.is_pointwise && positions <= kNarrow;
  const int64_t channels = geometry_.out_channels / geometry_.groups;
  const int64_t row_size = positions >= kBigImage ? kRowsOfBigImages : kRowsAtOnce;
  const int64_t row_pieces = pieces_of(channels, row_size);
  const int64_t column_pieces = narrow ? 1 : pieces_of(positions, kColumnsAtOnce);
  const int64_t work =
      std::min(channels, row_size) * std::min(positions, kColumnsAtOnce) * std::max<int64_t>(1, weights_[0].k());
  parallel_for(threads, batch * geometry_.groups * row_pieces * column_pieces,
               std::max<int64_t>(1, kMinimumWork / work), [&](int64_t begin, int64_t end) {
                 for (int64_t piece = begin; piece < end; ++piece) {
                   const int64_t row = piece % row_pieces * row_size;
                   const int64_t column = piece / row_pieces % column_pieces * kColumnsAtOnce;
                   const int64_t plane = piece / row_pieces / column_pieces;
                   const int64_t item = plane / geometry_.groups;
                   const int64_t group = plane % geometry_.groups;
                   if (narrow) {
                     run_narrow(image, item, group, row);
                   } else {
                     run_block(image, item, group, row, std::min(row_size, channels - row), column);
                   }
                 }
               });
}

// Channels as rows of the tile, positions as columns.
void ConvPlan::run_block(const Image& image, int64_t item, int64_t group, int64_t row, int64_t rows,
                         int64_t column) const {
  const PackedMatrix& weights = weights_[group];
  const int64_t k = weights.k();
  const int64_t columns = std::min(kColumnsAtOnce, image.positions - column);
  const int64_t in_channels = geometry_.in_channels / geometry_.groups;
  const float* x = image.x + (item * geometry_.groups + group) * in_channels * image.height * image.width;
  const int64_t channel = group * weights.n() + row;
  float* out = image.out + (item * geometry_.out_channels + channel) * image.positions + column;
  const LeftRows left{weights.panel(row / kPanel), kPanel, k * kPanel, kPanel};
  const bool direct = image.is_pointwise && image.positions <= kDirectStride;
  alignas(64) PanelScratch scratch;
  const auto panel_at = [&](int64_t p, int64_t k0, int64_t depth) {
    const int64_t first = column + p * kPanel;
    const int64_t wide = std::min(kPanel, image.positions - first);
    if (direct && wide == kPanel) return RightPanel{x + k0 * image.positions + first, image.positions};
    im2col_panel(image.geometry, image.height, image.width, x, k0, depth, first, wide, scratch.data());
    return RightPanel{scratch.data(), kPanel};
  };
  multiply_block(tile(), rows, columns, k, left, panel_at, out, image.positions);
  finish(rows, columns, image.bias == nullptr ? nullptr : image.bias + channel, image.activation, out, image.positions);
}

// Positions as rows of the tile, channels as columns: a 1x1 convolution of at most kNarrow positions.
void ConvPlan::run_narrow(const Image& image, int64_t item, int64_t group, int64_t row) const {
  const PackedMatrix& weights = weights_[group];
  const int64_t k = weights.k();
  const int64_t positions = image.positions;
  const int64_t channels = std::min(kRowsAtOnce, weights.n() - row);
  const int64_t channel = group * weights.n() + row;
  const float* x = image.x + (item * geometry_.groups + group) * k * positions;
  // x is already k-major: its rows of positions are one group of the left factor.
  const LeftRows left{x, positions, 0, positions};
  alignas(64) std::array<float, static_cast<size_t>(kNarrow * kRowsAtOnce)> product;
  const Tile kernel = tile();
  multiply_block(
      kernel, positions, channels, k, left,
      [&](int64_t p, int64_t k0, int64_t) {
        return RightPanel{weights.panel(row / kPanel + p) + k0 * kPanel, kPanel};
      },
      product.data(), kRowsAtOnce);
  float* out = image.out + (item * geometry_.out_channels + channel) * positions;
  kernel.transpose(positions, channels, product.data(), kRowsAtOnce, out, positions);
  finish(channels, positions, image.bias == nullptr ? nullptr : image.bias + channel, image.activation, out, positions);
}

}  // namespace anemone::kernels
