// SPDX-License-Identifier: Apache-2.0
#include "kernels/conv/conv.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "kernels/gemm/gemm.h"
#include "targets.h"

namespace anemone::kernels {
namespace {

struct Case {
  ConvGeometry geometry;
  int64_t height, width;
};

// {in, out, groups, kernel h w, stride h w, dilation h w, pads top bottom left right}, h, w
const Case kCases[] = {
    {{5, 7, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0}, 1, 40},     {{40, 70, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0}, 1, 1},
    {{300, 130, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0}, 1, 17}, {{33, 20, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0}, 15, 20},
    {{3, 4, 1, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1}, 9, 11},     {{3, 8, 1, 4, 4, 4, 4, 1, 1, 0, 0, 0, 0}, 16, 20},
    {{17, 33, 1, 3, 2, 2, 1, 2, 3, 1, 0, 2, 3}, 12, 13},  {{8, 12, 4, 3, 3, 1, 2, 1, 1, 1, 1, 0, 1}, 10, 9},
    {{6, 6, 6, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1}, 8, 8},      {{4, 6, 2, 1, 3, 1, 2, 1, 1, 0, 0, 1, 1}, 1, 50},
    {{2, 3, 1, 1, 1, 2, 2, 1, 1, 0, 0, 0, 0}, 5, 7},      {{2, 3, 1, 3, 3, 1, 1, 1, 1, 5, 5, 5, 5}, 1, 2},
    {{10, 12, 2, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0}, 1, 5},    {{40, 5, 1, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1}, 20, 20},
};

std::vector<float> weights_of(const ConvGeometry& g) {
  return random_floats(g.out_channels * g.in_channels / g.groups * g.kernel_height * g.kernel_width, 2);
}

std::vector<float> run(int threads, const Case& c, int64_t batch, const std::vector<float>& x,
                       const std::vector<float>& bias) {
  const ConvGeometry& g = c.geometry;
  const ConvPlan plan(threads, g, weights_of(g).data());
  std::vector<float> out(static_cast<size_t>(batch * g.out_channels * g.out_height(c.height) * g.out_width(c.width)));
  plan.run(threads, batch, c.height, c.width, x.data(), bias.data(), Activation::kNone, out.data());
  return out;
}

double exact_at(const Case& c, const std::vector<float>& x, const std::vector<float>& w, int64_t item, int64_t channel,
                int64_t out_y, int64_t out_x) {
  const ConvGeometry& g = c.geometry;
  const int64_t in = g.in_channels / g.groups;
  const int64_t first = channel / (g.out_channels / g.groups) * in;
  double sum = 0;
  for (int64_t i = 0; i < in; ++i)
    for (int64_t ky = 0; ky < g.kernel_height; ++ky)
      for (int64_t kx = 0; kx < g.kernel_width; ++kx) {
        const int64_t y = out_y * g.stride_height + ky * g.dilation_height - g.pad_top;
        const int64_t column = out_x * g.stride_width + kx * g.dilation_width - g.pad_left;
        if (y < 0 || y >= c.height || column < 0 || column >= c.width) continue;
        sum += static_cast<double>(x[((item * g.in_channels + first + i) * c.height + y) * c.width + column]) *
               w[((channel * in + i) * g.kernel_height + ky) * g.kernel_width + kx];
      }
  return sum;
}

TEST(Conv, MatchesDoubleOnEveryTarget) {
  const int64_t batch = 2;
  for (const Case& c : kCases) {
    const ConvGeometry& g = c.geometry;
    const std::vector<float> x = random_floats(batch * g.in_channels * c.height * c.width, 1);
    const std::vector<float> bias = random_floats(g.out_channels, 3);
    const std::vector<float> w = weights_of(g);
    for_each_target([&](int64_t) {
      const std::vector<float> out = run(2, c, batch, x, bias);
      size_t at = 0;
      for (int64_t b = 0; b < batch; ++b)
        for (int64_t o = 0; o < g.out_channels; ++o)
          for (int64_t y = 0; y < g.out_height(c.height); ++y)
            for (int64_t column = 0; column < g.out_width(c.width); ++column)
              ASSERT_NEAR(out[at++], exact_at(c, x, w, b, o, y, column) + bias[o], 5e-5);
    });
  }
}

TEST(Conv, BatchAndThreadsDoNotChangeBits) {
  for (const Case& c : kCases) {
    const std::vector<float> x = random_floats(4 * c.geometry.in_channels * c.height * c.width, 1);
    const std::vector<float> bias = random_floats(c.geometry.out_channels, 3);
    const std::vector<float> all = run(1, c, 4, x, bias);
    for (int threads : {1, 2})
      for (int64_t batch : {1, 3}) {
        const std::vector<float> out = run(threads, c, batch, x, bias);
        ASSERT_TRUE(same_bits(out, {all.begin(), all.begin() + static_cast<int64_t>(out.size())}));
      }
  }
}

TEST(Conv, PointwiseHasTheBitsOfGemmForEveryLength) {
  const int64_t k = 300, n = 140;
  ConvGeometry g;
  g.in_channels = k, g.out_channels = n;
  const std::vector<float> rows = random_floats(300 * k, 1);
  const std::vector<float> bias = random_floats(n, 3);
  std::vector<float> expected(static_cast<size_t>(300 * n));
  gemm(1, 300, rows.data(), k, PackedMatrix(1, weights_of(g).data(), PackedMatrix::Layout::kNk, n, k, k), bias.data(),
       Activation::kNone, expected.data(), n);
  for (int64_t length : {1, 2, 7, 16, 24, 25, 32, 64, 65, 192, 300}) {
    std::vector<float> x(static_cast<size_t>(k * length));
    for (int64_t c = 0; c < k; ++c)
      for (int64_t s = 0; s < length; ++s) x[c * length + s] = rows[s * k + c];
    const std::vector<float> out = run(2, {g, 1, length}, 1, x, bias);
    for (int64_t o = 0; o < n; ++o)
      for (int64_t s = 0; s < length; ++s) ASSERT_EQ(out[o * length + s], expected[s * n + o]) << length;
  }
}

TEST(Conv, RefusesNonsense) {
  ConvGeometry g;
  g.in_channels = 3, g.out_channels = 4, g.groups = 2;
  EXPECT_THROW(ConvPlan(1, g, nullptr), Error);
  g.in_channels = 2, g.stride_width = 0;
  EXPECT_THROW(ConvPlan(1, g, nullptr), Error);
  ConvGeometry wide;
  wide.kernel_width = 5;
  const std::vector<float> data(25);
  float out = 0;
  EXPECT_THROW(ConvPlan(1, wide, data.data()).run(1, 1, 1, 4, data.data(), nullptr, Activation::kNone, &out), Error);
}

}  // namespace
}  // namespace anemone::kernels
