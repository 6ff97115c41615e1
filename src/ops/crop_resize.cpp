// SPDX-License-Identifier: Apache-2.0
// crop_resize: boxes cut out of x [B, C, H, W] and resized bilinearly; samples outside the image are pad_value. Up to
// CoreML6 `roi` is [N, 1, 4, 1, 1] (every image: result [N, B, C, h, w]) or [N, 1, 5, 1, 1] (an image's index first:
// result [N, 1, C, h, w], which coremltools declares with B); from CoreML7 `boxes` [N, 4] and `box_indices` [N] give
// [N, C, h, w].
#include "base/parallel.h"
#include "ops/ops.h"
#include "ops/shared/cost.h"
#include "ops/shared/image_sample.h"

namespace anemone {
namespace {

struct BoxMode {
  bool width_first, centers;
};

BoxMode box_mode(const std::string& name) {
  if (name == "CORNERS_HEIGHT_FIRST") return {false, false};
  if (name == "CORNERS_WIDTH_FIRST") return {true, false};
  if (name == "CENTER_SIZE_HEIGHT_FIRST") return {false, true};
  if (name == "CENTER_SIZE_WIDTH_FIRST") return {true, true};
  fail("box_coordinate_mode {} is not known", name);
}

struct Target {
  int64_t height, width;

  explicit Target(const Arguments& args) : height(args.integer("target_height")), width(args.integer("target_width")) {
    if (height < 1 || width < 1) fail("target size is {} x {}", height, width);
  }
};

void check(const Arguments& args) {
  const Type& x = args.type("x");
  box_mode(args.text("box_coordinate_mode"));
  sampling_mode(args.text("sampling_mode"));
  if (x.ranked && x.rank() != 4) fail("x has rank {}, expected 4", x.rank());
}

std::vector<Type> infer_roi(const Arguments& args) {
  check(args);
  const Type& x = args.type("x");
  const Type& roi = args.type("roi");
  const Target target(args);
  if (!x.ranked || !roi.ranked) return {Type::unranked(x.dtype)};
  if (roi.rank() != 5) fail("roi has rank {}, expected 5", roi.rank());
  const Dim& parts = roi.shape[2];
  const bool is_indexed = parts.is_constant() && parts.value() == 5;
  if (parts.is_constant() && parts.value() != 4 && !is_indexed) fail("roi has {} parts, expected 4 or 5", parts.str());
  for (const size_t axis : {1, 3, 4}) {
    if (provably_different(roi.shape[axis], 1)) fail("roi is {}, expected [N, 1, 4 or 5, 1, 1]", roi.str());
  }
  const Dim images = !is_indexed || provably_equal(x.shape[0], 1) ? x.shape[0] : Dim::unknown();
  return {Type::tensor(x.dtype, Shape{roi.shape[0], parts.is_constant() ? images : Dim::unknown(), x.shape[1],
                                      target.height, target.width})};
}

void check_indices(const Arguments& args, const Type& x, const Dim& boxes) {
  if (!args.has("box_indices")) {
    if (boxes.is_constant() && x.shape[0].is_constant() && boxes.value() > x.shape[0].value()) {
      fail("{} boxes without box_indices for {} images", boxes.str(), x.shape[0].str());
    }
    return;
  }
  const Type& indices = args.type("box_indices");
  if (indices.ranked && (indices.rank() != 1 || provably_different(indices.shape[0], boxes))) {
    fail("box_indices is {}, expected [{}]", indices.str(), boxes.str());
  }
  for (const int64_t index : args.known_integers("box_indices").value_or(std::vector<int64_t>())) {
    if (x.shape[0].is_constant() && index >= x.shape[0].value()) {
      fail("box_indices contains {} for {} images", index, x.shape[0].str());
    }
  }
}

std::vector<Type> infer_boxes(const Arguments& args) {
  check(args);
  const Type& x = args.type("x");
  const Type& boxes = args.type("boxes");
  const Target target(args);
  if (args.flag("normalized_coordinates") && !is_float(boxes.dtype)) fail("normalized boxes must be floats");
  if (!x.ranked || !boxes.ranked) return {Type::unranked(x.dtype)};
  if (boxes.rank() != 2 || provably_different(boxes.shape[1], 4)) fail("boxes is {}, expected [N, 4]", boxes.str());
  check_indices(args, x, boxes.shape[0]);
  return {Type::tensor(x.dtype, Shape{boxes.shape[0], x.shape[1], target.height, target.width})};
}

// Where the rows and columns of one crop lie, in pixels.
struct Crop {
  std::vector<double> rows, columns;

  Crop(const Arguments& args, const double* box, const Target& target, const ConcreteShape& x) {
    const BoxMode mode = box_mode(args.text("box_coordinate_mode"));
    const double scale = args.number("spatial_scale");
    const bool normalized = args.flag("normalized_coordinates");
    const SamplingMode sampling = sampling_mode(args.text("sampling_mode"));
    const auto positions = [&](size_t axis, int64_t count) {
      const size_t part = (axis == 0) != mode.width_first ? 0 : 1;
      double first = box[part] * scale;
      double last = box[part + 2] * scale;
      if (mode.centers) {
        const double center = first, size = last;
        first = center - size / 2;
        last = center + size / 2;
      }
      const double unit = normalized ? static_cast<double>(x[2 + axis]) - 1 : 1;
      return sampling_positions(sampling, first * unit, last * unit, count);
    };
    rows = positions(0, target.height);
    columns = positions(1, target.width);
  }
};

// One crop of all channels of an image.
void cut(const Crop& crop, const float* image, const ConcreteShape& x, float fill, float* to) {
  const int64_t channels = x[1], height = x[2], width = x[3];
  const auto inside = [](double at, int64_t size) { return at >= 0 && at <= static_cast<double>(size) - 1; };
  const auto points = static_cast<int64_t>(crop.rows.size() * crop.columns.size());
  for (const double row : crop.rows) {
    for (const double column : crop.columns) {
      const bool is_inside = inside(row, height) && inside(column, width);
      const PixelTaps taps = is_inside ? bilinear_taps(column, row, width, height, ImagePadding::kBorder) : PixelTaps();
      for (int64_t c = 0; c < channels; ++c) to[c * points] = taps.of(image + c * height * width, fill);
      ++to;
    }
  }
}

// Image `owners[i]` under box `boxes[i]`, for every i.
void cut_all(const Arguments& args, Results& results, const std::vector<double>& boxes,
             const std::vector<int64_t>& owners, const ConcreteShape& shape) {
  const Tensor& x = args.tensor("x");
  const Target target(args);
  const auto fill = args.opset() < 6 ? 0.0F : static_cast<float>(args.number("pad_value"));
  Tensor& y = results.allocate(0, shape, DType::kFloat32);
  if (y.size() == 0) return;
  if (x.size() == 0) fail("x is empty");
  const int64_t image_size = x.size() / x.shape()[0];
  const int64_t crop_size = x.shape()[1] * target.height * target.width;
  parallel_for(results.threads(), static_cast<int64_t>(owners.size()), 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const Crop crop(args, boxes.data() + 4 * i, target, x.shape());
      const int64_t owner = std::clamp<int64_t>(owners[static_cast<size_t>(i)], 0, x.shape()[0] - 1);
      cut(crop, x.as<float>().data() + owner * image_size, x.shape(), fill, y.as<float>().data() + i * crop_size);
    }
  });
}

void run_roi(const Arguments& args, Results& results) {
  const Tensor& roi = args.tensor("roi");
  const std::vector<double> values = to_doubles(roi);
  const ConcreteShape& x = args.tensor("x").shape();
  const bool is_indexed = roi.shape()[2] == 5;
  const int64_t images = is_indexed ? 1 : x[0];
  std::vector<double> boxes;
  std::vector<int64_t> owners;
  for (int64_t n = 0; n < roi.shape()[0]; ++n) {
    const double* row = values.data() + n * roi.shape()[2];
    for (int64_t image = 0; image < images; ++image) {
      const double index = is_indexed && row[0] > 0 ? std::min(row[0], static_cast<double>(x[0])) : 0;
      owners.push_back(is_indexed ? static_cast<int64_t>(index) : image);
      boxes.insert(boxes.end(), row + (is_indexed ? 1 : 0), row + roi.shape()[2]);
    }
  }
  const Target target(args);
  cut_all(args, results, boxes, owners, {roi.shape()[0], images, x[1], target.height, target.width});
}

void run_boxes(const Arguments& args, Results& results) {
  const Tensor& boxes = args.tensor("boxes");
  std::vector<int64_t> owners;
  for (int64_t n = 0; n < boxes.shape()[0]; ++n) owners.push_back(n);
  if (args.has("box_indices")) owners = args.integers("box_indices");
  const Target target(args);
  cut_all(args, results, to_doubles(boxes), owners,
          {boxes.shape()[0], args.tensor("x").shape()[1], target.height, target.width});
}

Cost cost(const Arguments& args, const std::vector<Type>& outputs) {
  return cost_of(args, outputs, 8 * elements(outputs[0]));
}

std::vector<Sample> samples() {
  const Arg x{"x", floats({1, 1, 3, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9})};
  const Arg height{"target_height", 2};
  const Arg width{"target_width", 2};
  const Arg aligned{"sampling_mode", "ALIGN_CORNERS"};
  return {
      {{x, {"roi", floats({1, 1, 4, 1, 1}, {0, 1, 2, 2})}, height, width, aligned},
       {floats({1, 1, 1, 2, 2}, {2, 3, 8, 9})},
       "by hand"},
      {{x,
        {"roi", floats({1, 1, 5, 1, 1}, {0, 0, 0, 1, 0.5F})},
        height,
        width,
        aligned,
        {"normalized_coordinates", true},
        {"box_coordinate_mode", "CORNERS_WIDTH_FIRST"}},
       {floats({1, 1, 1, 2, 2}, {1, 3, 4, 6})},
       "by hand"},
      {{x,
        {"boxes", floats({2, 4}, {1, 1, 2, 2, 0, 0, 4, 4})},
        {"box_indices", {0, 0}},
        height,
        width,
        aligned,
        {"box_coordinate_mode", "CENTER_SIZE_HEIGHT_FIRST"},
        {"pad_value", Constant::of(-1.0F)}},
       {floats({2, 1, 2, 2}, {1, 3, 7, 9, -1, -1, -1, 9})},
       "by hand",
       1e-6,
       7},
  };
}

const char* kRest =
    ", target_height: int32 const = 1, target_width: int32 const = 1, normalized_coordinates: bool const = false, "
    "spatial_scale: fp32 const = 1, box_coordinate_mode: string const = CORNERS_HEIGHT_FIRST, "
    "sampling_mode: string const = DEFAULT";

}  // namespace

void register_op_crop_resize(OpTable& table) {
  OpDefinition op;
  op.name = "crop_resize";
  const std::string roi = std::string("x: T=fp16|fp32, roi: T") + kRest;
  const std::string boxes =
      std::string("x: T=fp16|fp32, boxes: BOX_T=fp16|fp32|uint16, box_indices: BOX_INDEX_T=uint16|int32 ?") + kRest;
  const std::string pad = ", pad_value: V=fp16|fp32 const = 0";
  op.signatures = {signature(5, roi), signature(6, roi + pad), signature(7, boxes + pad)};
  op.infer = [](const Arguments& args) { return args.has("roi") ? infer_roi(args) : infer_boxes(args); };
  op.evaluate = [](const Arguments& args, Results& results) {
    args.has("roi") ? run_roi(args, results) : run_boxes(args, results);
  };
  op.cost = cost;
  op.samples = samples();
  table.add(std::move(op));
}

}  // namespace anemone
