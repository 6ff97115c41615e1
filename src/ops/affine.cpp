// SPDX-License-Identifier: Apache-2.0
// affine: x [B, C, H, W] under a linear map. A row [a0, a1, a2, b0, b1, b2] of transform_matrix takes output (x, y) to
// input (a0 x + a1 y + a2, b0 x + b1 y + b2). Core ML implements bilinear sampling, zero padding and coordinates from
// -1 to 1 only.
#include "base/parallel.h"
#include "base/strings.h"
#include "ops/ops.h"
#include "ops/shared/cost.h"
#include "ops/shared/image_sample.h"

namespace anemone {
namespace {

void check_modes(const Arguments& args) {
  const auto expect = [&](const char* name, const char* only) {
    if (args.text(name) != only) fail("{} is {}, only {} is supported", name, args.text(name), only);
  };
  expect("sampling_mode", "bilinear");
  expect("coordinates_mode", "normalized_minus_one_to_one");
  expect("padding_mode", "constant");
  if (args.number("padding_value") != 0) fail("padding_value is {}, only 0 is supported", args.number("padding_value"));
}

std::vector<Type> infer(const Arguments& args) {
  const Type& x = args.type("x");
  const Type& matrix = args.type("transform_matrix");
  check_modes(args);
  if (!x.ranked) return {x};
  if (x.rank() != 4) fail("x has rank {}, expected 4", x.rank());
  if (matrix.ranked && matrix.rank() != 2) fail("transform_matrix has rank {}, expected 2", matrix.rank());
  if (matrix.ranked && provably_different(matrix.shape[1], 6))
    fail("transform_matrix is {}, expected rows of 6", matrix.str());
  if (matrix.ranked && provably_different(matrix.shape[0], 1) && provably_different(matrix.shape[0], x.shape[0])) {
    fail("transform_matrix has {} rows for batch {}", matrix.shape[0].str(), x.shape[0].str());
  }
  const int64_t height = args.integer("output_height"), width = args.integer("output_width");
  if (height < 1 || width < 1) fail("output size is {} x {}", height, width);
  return {Type::tensor(x.dtype, Shape{x.shape[0], x.shape[1], height, width})};
}

void run(const Arguments& args, Results& results) {
  const Tensor& x = args.tensor("x");
  const std::vector<double> matrices = to_doubles(args.tensor("transform_matrix"));
  const bool align = args.flag("align_corners");
  const Coordinates mode = Coordinates::kMinusOneToOne;
  const int64_t batch = x.shape()[0], channels = x.shape()[1], in_height = x.shape()[2], in_width = x.shape()[3];
  const int64_t height = args.integer("output_height"), width = args.integer("output_width");
  Tensor& y = results.allocate(0, {batch, channels, height, width}, DType::kFloat32);
  parallel_for(results.threads(), batch * height, 8, [&](int64_t begin, int64_t end) {
    for (int64_t line = begin; line < end; ++line) {
      const int64_t image = line / height, row = line % height;
      const double* m = matrices.data() + (matrices.size() == 6 ? 0 : 6 * image);
      const double v = from_pixels(static_cast<double>(row), height, mode, align);
      for (int64_t column = 0; column < width; ++column) {
        const double u = from_pixels(static_cast<double>(column), width, mode, align);
        const PixelTaps taps = bilinear_taps(to_pixels(m[0] * u + m[1] * v + m[2], in_width, mode, align),
                                             to_pixels(m[3] * u + m[4] * v + m[5], in_height, mode, align), in_width,
                                             in_height, ImagePadding::kConstant);
        for (int64_t c = image * channels; c < (image + 1) * channels; ++c) {
          y.as<float>().data()[(c * height + row) * width + column] =
              taps.of(x.as<float>().data() + c * in_height * in_width, 0);
        }
      }
    }
  });
}

Cost cost(const Arguments& args, const std::vector<Type>& outputs) {
  return cost_of(args, outputs, 8 * elements(outputs[0]));
}

std::vector<Sample> samples() {
  const auto sample = [](const std::vector<float>& matrix, const std::vector<float>& expected) {
    return Sample{{{"x", floats({1, 1, 2, 3}, {1, 2, 3, 4, 5, 6})},
                   {"transform_matrix", floats({1, 6}, matrix)},
                   {"output_height", 2},
                   {"output_width", 3},
                   {"sampling_mode", "bilinear"},
                   {"padding_mode", "constant"},
                   {"padding_value", Constant::of(0.0F)},
                   {"coordinates_mode", "normalized_minus_one_to_one"},
                   {"align_corners", true}},
                  {floats({1, 1, 2, 3}, expected)},
                  "by hand"};
  };
  return {
      sample({-1, 0, 0, 0, 1, 0}, {3, 2, 1, 6, 5, 4}),
      sample({1, 0, 0.5F, 0, 0, 0}, {3, 4, 2.25F, 3, 4, 2.25F}),
  };
}

}  // namespace

void register_op_affine(OpTable& table) {
  OpDefinition op;
  op.name = "affine";
  op.signatures = {signature(5,
                             "x: T=fp16|fp32, transform_matrix: T, output_height: int32 const, "
                             "output_width: int32 const, sampling_mode: string const, padding_mode: string const, "
                             "padding_value: T const, coordinates_mode: string const, align_corners: bool const")};
  op.infer = infer;
  op.evaluate = run;
  op.cost = cost;
  op.samples = samples();
  table.add(std::move(op));
}

}  // namespace anemone
