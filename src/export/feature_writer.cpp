// SPDX-License-Identifier: Apache-2.0
// The description of inputs, outputs and states.
#include "base/error.h"
#include "export/program_writer.h"

namespace anemone {
namespace {

proto::ArrayFeatureType::ArrayDataType write_array_type(DType dtype) {
  switch (dtype) {
    case DType::kFloat32:
      return proto::ArrayFeatureType::FLOAT32;
    case DType::kFloat64:
      return proto::ArrayFeatureType::DOUBLE;
    case DType::kFloat16:
      return proto::ArrayFeatureType::FLOAT16;
    case DType::kInt32:
      return proto::ArrayFeatureType::INT32;
    case DType::kInt8:
      return proto::ArrayFeatureType::INT8;
    default:
      fail("arrays of {} cannot be described", name_of(dtype));
  }
}

void write_range(const Feature::Range& range, proto::SizeRange& to) {
  to.set_lowerbound(static_cast<uint64_t>(range.lower));
  to.set_upperbound(range.upper);
}

void write_default(const Feature& feature, proto::ArrayFeatureType& to) {
  if (!feature.default_value) return;
  if (feature.dtype == DType::kInt32)
    to.set_intdefaultvalue(static_cast<int32_t>(*feature.default_value));
  else if (feature.dtype == DType::kFloat64)
    to.set_doubledefaultvalue(*feature.default_value);
  else
    to.set_floatdefaultvalue(static_cast<float>(*feature.default_value));
}

void write_array(const Feature& feature, proto::ArrayFeatureType& to) {
  to.set_datatype(write_array_type(feature.dtype));
  if (feature.shape)
    for (const int64_t size : *feature.shape) to.add_shape(size);
  for (const ConcreteShape& shape : feature.enumerated_shapes) {
    auto* one = to.mutable_enumeratedshapes()->add_shapes();
    for (const int64_t size : shape) one->add_shape(size);
  }
  for (const Feature::Range& range : feature.shape_ranges)
    write_range(range, *to.mutable_shaperange()->add_sizeranges());
  write_default(feature, to);
}

void write_image(const Feature& feature, proto::ImageFeatureType& to) {
  to.set_colorspace(static_cast<proto::ImageFeatureType::ColorSpace>(feature.color_space));
  to.set_height(feature.shape ? feature.shape->at(0) : 0);
  to.set_width(feature.shape ? feature.shape->at(1) : 0);
  for (const ConcreteShape& size : feature.enumerated_shapes) {
    auto* one = to.mutable_enumeratedsizes()->add_sizes();
    one->set_height(static_cast<uint64_t>(size.at(0)));
    one->set_width(static_cast<uint64_t>(size.at(1)));
  }
  if (feature.shape_ranges.size() == 2) {
    write_range(feature.shape_ranges[0], *to.mutable_imagesizerange()->mutable_heightrange());
    write_range(feature.shape_ranges[1], *to.mutable_imagesizerange()->mutable_widthrange());
  }
}

}  // namespace

proto::FeatureDescription write_feature(const Feature& feature, bool state) {
  proto::FeatureDescription to;
  to.set_name(feature.name);
  to.set_shortdescription(feature.description);
  to.MergeFromString(feature.unrecognized);
  proto::FeatureType& type = *to.mutable_type();
  type.set_isoptional(feature.optional);
  switch (feature.kind) {
    case Feature::Kind::kArray:
      write_array(feature, state ? *type.mutable_statetype()->mutable_arraytype() : *type.mutable_multiarraytype());
      break;
    case Feature::Kind::kImage:
      write_image(feature, *type.mutable_imagetype());
      break;
    case Feature::Kind::kString:
      type.mutable_stringtype();
      break;
    case Feature::Kind::kInt64:
      type.mutable_int64type();
      break;
    case Feature::Kind::kDouble:
      type.mutable_doubletype();
      break;
    case Feature::Kind::kDictionary:
      if (feature.string_keys)
        type.mutable_dictionarytype()->mutable_stringkeytype();
      else
        type.mutable_dictionarytype()->mutable_int64keytype();
      break;
  }
  return to;
}

}  // namespace anemone
