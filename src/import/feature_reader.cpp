// SPDX-License-Identifier: Apache-2.0
// The description of inputs, outputs and states.
#include "base/error.h"
#include "import/program_reader.h"

namespace anemone {
namespace {

DType read_array_type(proto::ArrayFeatureType::ArrayDataType type) {
  switch (type) {
    case proto::ArrayFeatureType::FLOAT32:
      return DType::kFloat32;
    case proto::ArrayFeatureType::DOUBLE:
      return DType::kFloat64;
    case proto::ArrayFeatureType::FLOAT16:
      return DType::kFloat16;
    case proto::ArrayFeatureType::INT32:
      return DType::kInt32;
    case proto::ArrayFeatureType::INT8:
      return DType::kInt8;
    default:
      fail("array data type {} is unknown", static_cast<int>(type));
  }
}

Feature::Range read_range(const proto::SizeRange& range) {
  if (range.lowerbound() > static_cast<uint64_t>(INT64_MAX)) fail("lower bound {} is too large", range.lowerbound());
  return {static_cast<int64_t>(range.lowerbound()), range.upperbound()};
}

void read_array(const proto::ArrayFeatureType& array, Feature& feature) {
  feature.kind = Feature::Kind::kArray;
  feature.dtype = read_array_type(array.datatype());
  if (array.shape_size()) feature.shape = ConcreteShape(array.shape().begin(), array.shape().end());
  for (const auto& shape : array.enumeratedshapes().shapes())
    feature.enumerated_shapes.emplace_back(shape.shape().begin(), shape.shape().end());
  for (const auto& range : array.shaperange().sizeranges()) feature.shape_ranges.push_back(read_range(range));
  switch (array.defaultOptionalValue_case()) {
    case proto::ArrayFeatureType::kIntDefaultValue:
      feature.default_value = array.intdefaultvalue();
      break;
    case proto::ArrayFeatureType::kFloatDefaultValue:
      feature.default_value = array.floatdefaultvalue();
      break;
    case proto::ArrayFeatureType::kDoubleDefaultValue:
      feature.default_value = array.doubledefaultvalue();
      break;
    default:
      break;
  }
}

void read_image(const proto::ImageFeatureType& image, Feature& feature) {
  feature.kind = Feature::Kind::kImage;
  feature.color_space = image.colorspace();
  feature.shape = ConcreteShape{image.height(), image.width()};
  for (const auto& size : image.enumeratedsizes().sizes())
    feature.enumerated_shapes.push_back({static_cast<int64_t>(size.height()), static_cast<int64_t>(size.width())});
  if (image.has_imagesizerange())
    feature.shape_ranges = {read_range(image.imagesizerange().heightrange()),
                            read_range(image.imagesizerange().widthrange())};
}

void clear_known(proto::ArrayFeatureType& array) {
  array.clear_shape();
  array.clear_datatype();
  array.clear_ShapeFlexibility();
  array.clear_defaultOptionalValue();
}

void clear_known(proto::ImageFeatureType& image) {
  image.clear_width();
  image.clear_height();
  image.clear_colorspace();
  image.clear_SizeFlexibility();
}

// What is left when every field that we know is cleared.
std::string unrecognized(proto::FeatureDescription description) {
  description.clear_name();
  description.clear_shortdescription();
  proto::FeatureType& type = *description.mutable_type();
  type.clear_isoptional();
  if (type.has_multiarraytype()) clear_known(*type.mutable_multiarraytype());
  if (type.statetype().has_arraytype()) clear_known(*type.mutable_statetype()->mutable_arraytype());
  if (type.has_imagetype()) clear_known(*type.mutable_imagetype());
  const bool nested = (type.has_multiarraytype() && type.multiarraytype().ByteSizeLong()) ||
                      (type.has_imagetype() && type.imagetype().ByteSizeLong()) ||
                      (type.has_statetype() && type.statetype().arraytype().ByteSizeLong());
  if (!nested) type.clear_Type();
  if (type.ByteSizeLong() == 0) description.clear_type();
  return description.SerializeAsString();
}

}  // namespace

Feature read_feature(const proto::FeatureDescription& description) {
  Feature feature;
  feature.name = description.name();
  feature.description = description.shortdescription();
  feature.optional = description.type().isoptional();
  feature.unrecognized = unrecognized(description);
  return with_context("described feature " + feature.name, [&] {
    const proto::FeatureType& type = description.type();
    switch (type.Type_case()) {
      case proto::FeatureType::kMultiArrayType:
        read_array(type.multiarraytype(), feature);
        break;
      case proto::FeatureType::kStateType:
        read_array(type.statetype().arraytype(), feature);
        break;
      case proto::FeatureType::kImageType:
        read_image(type.imagetype(), feature);
        break;
      case proto::FeatureType::kStringType:
        feature.kind = Feature::Kind::kString;
        break;
      case proto::FeatureType::kInt64Type:
        feature.kind = Feature::Kind::kInt64;
        break;
      case proto::FeatureType::kDoubleType:
        feature.kind = Feature::Kind::kDouble;
        break;
      case proto::FeatureType::kDictionaryType:
        feature.kind = Feature::Kind::kDictionary;
        feature.string_keys = type.dictionarytype().has_stringkeytype();
        break;
      default:
        fail("has a type that is not supported");
    }
    return feature;
  });
}

}  // namespace anemone
