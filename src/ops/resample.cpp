// SPDX-License-Identifier: Apache-2.0
// resample: x [B, C, H, W] sampled at coordinates [B, H2, W2, 2], given as (x, y).
#include "base/parallel.h"
#include "ops/ops.h"
#include "ops/shared/cost.h"
#include "ops/shared/image_sample.h"

namespace anemone {
namespace {

bool is_nearest(const Arguments& args) {
  const std::string mode = args.text("sampling_mode");
  if (mode != "bilinear" && mode != "nearest") fail("sampling_mode {} is not known", mode);
  return mode == "nearest";
}

std::vector<Type> infer(const Arguments& args) {
  const Type& x = args.type("x");
  const Type& coordinates = args.type("coordinates");
  is_nearest(args);
  image_padding(args.text("padding_mode"));
  coordinates_mode(args.text("coordinates_mode"));
  if (x.ranked && x.rank() != 4) fail("x has rank {}, expected 4", x.rank());
  if (coordinates.ranked && coordinates.rank() != 4) fail("coordinates have rank {}, expected 4", coordinates.rank());
  if (!x.ranked || !coordinates.ranked) return {Type::unranked(x.dtype)};
  if (provably_different(x.shape[0], coordinates.shape[0])) {
    fail("x has batch {}, coordinates {}", x.shape[0].str(), coordinates.shape[0].str());
  }
  if (provably_different(coordinates.shape[3], 2))
    fail("coordinates have {} parts, expected 2", coordinates.shape[3].str());
  return {Type::tensor(x.dtype, Shape{x.shape[0], x.shape[1], coordinates.shape[1], coordinates.shape[2]})};
}

void run(const Arguments& args, Results& results) {
  const Tensor& x = args.tensor("x");
  const std::vector<double> coordinates = to_doubles(args.tensor("coordinates"));
  const ConcreteShape& grid = args.tensor("coordinates").shape();
  const auto taps_at = is_nearest(args) ? nearest_taps : bilinear_taps;
  const ImagePadding padding = image_padding(args.text("padding_mode"));
  const Coordinates mode = coordinates_mode(args.text("coordinates_mode"));
  const bool align = args.flag("align_corners");
  const auto fill = static_cast<float>(args.number("padding_value"));
  const int64_t channels = x.shape()[1], height = x.shape()[2], width = x.shape()[3];
  const int64_t points = grid[1] * grid[2];
  Tensor& y = results.allocate(0, {x.shape()[0], channels, grid[1], grid[2]}, DType::kFloat32);
  parallel_for(results.threads(), x.shape()[0] * points, 256, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const double* at = coordinates.data() + 2 * i;
      const PixelTaps taps =
          taps_at(to_pixels(at[0], width, mode, align), to_pixels(at[1], height, mode, align), width, height, padding);
      const int64_t plane = i / points * channels;
      for (int64_t c = 0; c < channels; ++c) {
        const float* from = x.as<float>().data() + (plane + c) * height * width;
        y.as<float>().data()[(plane + c) * points + i % points] = taps.of(from, fill);
      }
    }
  });
}

Cost cost(const Arguments& args, const std::vector<Type>& outputs) {
  return cost_of(args, outputs, 8 * elements(outputs[0]));
}

std::vector<Sample> samples() {
  const auto sample = [](const char* sampling, const char* padding, const char* mode, bool align, Constant coordinates,
                         std::vector<float> expected) {
    return Sample{{{"x", floats({1, 1, 2, 2}, {1, 2, 3, 4})},
                   {"coordinates", std::move(coordinates)},
                   {"sampling_mode", sampling},
                   {"padding_mode", padding},
                   {"padding_value", Constant::of(0.0F)},
                   {"coordinates_mode", mode},
                   {"align_corners", align}},
                  {floats({1, 1, 1, 3}, expected)},
                  "PyTorch 2.13"};
  };
  const Constant points = floats({1, 1, 3, 2}, {0, 0, -1, 0.5F, 1.5F, -1});
  const char* signed_unit = "normalized_minus_one_to_one";
  return {
      sample("bilinear", "constant", signed_unit, false, points, {2.5F, 1.5F, 0}),
      sample("bilinear", "border", signed_unit, true, points, {2.5F, 2.5F, 2}),
      sample("nearest", "symmetric", signed_unit, false, points, {1, 3, 2}),
      sample("bilinear", "reflection", signed_unit, true, points, {2.5F, 2.5F, 1.75F}),
  };
}

}  // namespace

void register_op_resample(OpTable& table) {
  const auto of_opset = [](int opset, const std::string& coordinate_types) {
    return signature(opset, "x: T=fp16|fp32, coordinates: U=" + coordinate_types +
                                ", sampling_mode: string const, padding_mode: string const, padding_value: T const, "
                                "coordinates_mode: string const, align_corners: bool const");
  };
  OpDefinition op;
  op.name = "resample";
  op.signatures = {of_opset(5, "int32|fp32"), of_opset(6, "int32|fp16|fp32"),
                   of_opset(7, "int8|uint8|int16|uint16|int32|fp16|fp32")};
  op.infer = infer;
  op.evaluate = run;
  op.cost = cost;
  op.samples = samples();
  table.add(std::move(op));
}

}  // namespace anemone
