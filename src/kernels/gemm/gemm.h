// SPDX-License-Identifier: Apache-2.0
// Matrix products in float32. Every output element is summed over k in rising order, in blocks of kDepthBlock that are
// added in order, then bias, then activation. So its bits depend on its row, its column and K only: not on the number
// of rows, the batch, the threads or the strides (see gemm/tile.h for machines without fused multiply-add).
// Strides count elements. Outputs must not overlap inputs. K = 0 gives zeros (plus bias).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/elementwise/activation.h"
#include "kernels/elementwise/steps.h"
#include "kernels/gemm/packed_matrix.h"

namespace anemone::kernels {

// One of several products of the same rows: out[m][n] = steps(sum over k of x[m][k] · weights[n][k] + bias[n]).
struct Product {
  const PackedMatrix* weights;
  const float* bias;                   // may be null
  std::span<const ElementStep> steps;  // matrices are those of the whole result
  float* out;
  int64_t out_stride;
};

// All products have the same K. Rows of x are x_stride apart. Several products cost one packing of x and one waking of
// threads; their bits are those of each alone.
void gemm(int threads, int64_t m, const float* x, int64_t x_stride, std::span<const Product> products);

// out[m][n] = activation(sum over k of x[m][k] · weights[n][k] + bias[n]); `bias` may be null. Rows of x are x_stride
// apart, rows of out out_stride.
void gemm(int threads, int64_t m, const float* x, int64_t x_stride, const PackedMatrix& weights, const float* bias,
          Activation activation, float* out, int64_t out_stride);

// One axis of a batch; a stride of 0 broadcasts.
struct BatchAxis {
  int64_t size;
  int64_t x_stride;
  int64_t y_stride;
  int64_t out_stride;
};

struct MatmulShape {
  std::vector<BatchAxis> batch;  // outermost first; empty is a single product
  int64_t m = 0;
  int64_t n = 0;
  int64_t k = 0;
  bool transpose_x = false;  // x is stored (K, M)
  bool transpose_y = false;  // y is stored (N, K)
  int64_t x_stride = 0;      // between stored rows
  int64_t y_stride = 0;
  int64_t out_stride = 0;
};

// For each item of the batch: out (M, N) = x (M, K) · y (K, N).
void batched_matmul(int threads, const MatmulShape& shape, const float* x, const float* y, float* out);

}  // namespace anemone::kernels
