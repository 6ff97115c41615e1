// SPDX-License-Identifier: Apache-2.0
#include "ops/shared/per_axis.h"

#include "base/error.h"
#include "ops/shared/blocks.h"

namespace anemone {
namespace {

void check_parameter(const Arguments& args, std::string_view name, const Type& data) {
  const Type& type = args.type(name);
  if (!type.ranked) return;
  if (type.rank() > 1) fail("{} has rank {}, expected a scalar or a vector", name, type.rank());
  expect_finite(args, name);
  if (type.rank() == 0 || provably_equal(type.shape[0], 1)) return;
  if (!args.has("axis")) fail("{} is a vector, but there is no axis", name);
  if (!data.ranked) return;
  const Dim& size = data.shape[static_cast<size_t>(args.axis("axis", data.rank()))];
  if (provably_different(type.shape[0], size))
    fail("{} has {} elements, the axis has {}", name, type.shape[0].str(), size.str());
}

}  // namespace

void check_per_axis(const Arguments& args, std::string_view data) {
  const Type& type = args.type(data);
  if (args.has("axis") && type.ranked && args.type("scale").rank() > 0) args.axis("axis", type.rank());
  for (const char* name : {"scale", "zero_point"})
    if (args.has(name)) check_parameter(args, name, type);
}

PerAxis::PerAxis(const Arguments& args, std::string_view name, const ConcreteShape& shape) {
  if (!args.has(name)) return;
  const Tensor values = converted(args.tensor(name), DType::kFloat32);
  values_.assign(values.as<float>().begin(), values.as<float>().end());
  if (values_.size() < 2) return;
  const auto axis = static_cast<size_t>(args.axis("axis", static_cast<int>(shape.size())));
  for (size_t i = axis + 1; i < shape.size(); ++i) inner_ *= shape[i];
}

}  // namespace anemone
