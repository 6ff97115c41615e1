// SPDX-License-Identifier: Apache-2.0
#include "compress/encode.h"

#include <algorithm>

#include "base/error.h"
#include "base/half.h"
#include "base/parallel.h"
#include "compress/packing.h"

namespace anemone {
namespace {

constexpr int kTypedCodes = 8;  // the opset whose constants have element types below a byte

Tensor floats_as(DType dtype, const std::vector<float>& values, ConcreteShape shape) {
  return converted(Tensor::of<float>(DType::kFloat32, std::move(shape), values), dtype);
}

template <typename T>
std::vector<T> only_kept(const Draft& draft, const T* values) {
  std::vector<T> result(static_cast<size_t>(std::count(draft.kept.begin(), draft.kept.end(), uint8_t{1})) + 1);
  size_t count = 0;
  for (size_t i = 0; i < draft.kept.size(); ++i) {  // without a branch that nobody can foresee
    result[count] = values[i];
    count += draft.kept[i];
  }
  result.resize(count);
  return result;
}

ConcreteShape with_ends(ConcreteShape shape, std::initializer_list<int64_t> ends) {
  shape.insert(shape.end(), ends);
  return shape;
}

class Encoder {
 public:
  Encoder(const Draft& draft, const Keep& keep) : draft_(draft), keep_(keep) {}

  Encoded encode() {
    if (draft_.opset >= kTypedCodes)
      typed();
    else
      packed_bytes();
    return std::move(result_);
  }

 private:
  bool sparse() const { return !draft_.kept.empty(); }
  int bits() const { return draft_.palette ? draft_.palette->bits : bit_width(draft_.code_type); }

  Constant literal(Tensor tensor) {
    result_.bytes += static_cast<int64_t>(tensor.byte_size());
    return keep_(std::move(tensor));
  }

  EncodedResult add(std::string type, std::vector<EncodedArgument> arguments) {
    result_.ops.push_back({std::move(type), std::move(arguments)});
    return {result_.ops.size() - 1, 0};
  }

  // ---- since CoreML8: typed codes; results of one op are arguments of the next
  void typed() {
    std::variant<Constant, EncodedResult> mask = Constant::of(0), data = Constant::of(0);
    if (sparse()) mask = literal(packed(draft_.kept, 1, DType::kUInt1, draft_.shape(), draft_.threads));
    data = codes_or_values();
    const auto step = [&](const char* dense, const char* thin, const char* mask_name, const char* dense_name,
                          const char* thin_name, std::vector<EncodedArgument> arguments) {
      arguments.push_back({sparse() ? thin_name : dense_name, data});
      if (sparse()) arguments.push_back({mask_name, mask});
      const EncodedResult made = add(sparse() ? thin : dense, std::move(arguments));
      if (sparse()) mask = made;
      data = sparse() ? EncodedResult{made.op, 1} : made;
    };
    if (draft_.palette)
      step("constexpr_lut_to_dense", "constexpr_lut_to_sparse", "indices_mask", "indices", "indices_nonzero_data",
           table_arguments());
    if (draft_.scaling)
      step("constexpr_blockwise_shift_scale", "constexpr_sparse_blockwise_shift_scale", "data_mask", "data",
           "nonzero_data", scale_arguments(*draft_.scaling));
    if (sparse()) add("constexpr_sparse_to_dense", {{"mask", mask}, {"nonzero_data", data}});
  }

  Constant codes_or_values() {
    if (draft_.codes.empty()) return values();
    const DType dtype = draft_.palette ? index_type(bits()) : draft_.code_type;
    const std::vector<uint8_t> kept = sparse() ? only_kept(draft_, draft_.codes.data()) : std::vector<uint8_t>();
    const std::vector<uint8_t>& codes = sparse() ? kept : draft_.codes;
    const ConcreteShape shape = sparse() ? ConcreteShape{static_cast<int64_t>(kept.size())} : code_shape();
    return literal(packed(codes, bits(), dtype, shape, draft_.threads));
  }

  ConcreteShape code_shape() const {
    ConcreteShape shape = draft_.shape();
    if (draft_.palette) shape[static_cast<size_t>(draft_.palette->axis)] /= draft_.palette->width;
    return shape;
  }

  // Only sparse values are stored as they are.
  Constant values() {
    CHECK(sparse());
    const auto store = [&](const auto& all) {
      Tensor tensor(draft_.dtype(), ConcreteShape{static_cast<int64_t>(all.size())});
      std::copy(all.begin(), all.end(), tensor.as<typename std::decay_t<decltype(all)>::value_type>().begin());
      return literal(std::move(tensor));
    };
    if (draft_.dtype() == DType::kFloat16) return store(only_kept(draft_, draft_.source.as<uint16_t>().data()));
    return store(only_kept(draft_, draft_.source.as<float>().data()));
  }

  std::vector<EncodedArgument> table_arguments() {
    const Palette& palette = *draft_.palette;
    const ConcreteShape shape = with_ends(palette.grid, {int64_t{1} << palette.bits, palette.width});
    std::vector<EncodedArgument> arguments;
    if (palette.entry_scaling) {
      auto table = scale_arguments(*palette.entry_scaling);
      Tensor codes(DType::kInt8, shape);
      std::copy(palette.entry_codes.begin(), palette.entry_codes.end(), codes.as<int8_t>().begin());
      table.push_back({"data", literal(std::move(codes))});
      arguments.push_back({"lut", add("constexpr_blockwise_shift_scale", std::move(table))});
    } else {
      arguments.push_back({"lut", literal(floats_as(draft_.dtype(), palette.entries, shape))});
    }
    if (palette.width > 1) arguments.push_back({"vector_axis", Constant::of(static_cast<int32_t>(palette.axis))});
    return arguments;
  }

  std::vector<EncodedArgument> scale_arguments(const Scales& scaling) {
    std::vector<EncodedArgument> arguments = {
        {"scale", literal(floats_as(draft_.dtype(), scaling.scales, scaling.grid))}};
    if (!scaling.offsets.empty()) arguments.push_back({"offset", literal(offsets_as(scaling, scaling.grid))});
    return arguments;
  }

  Tensor offsets_as(const Scales& scaling, ConcreteShape shape) const {
    std::vector<uint8_t> offsets;
    for (const int offset : scaling.offsets) offsets.push_back(static_cast<uint8_t>(offset));
    return packed(offsets, bit_width(draft_.code_type), draft_.code_type, std::move(shape), 1);
  }

  // ---- until CoreML7: bytes beside a shape
  void packed_bytes() {
    if (draft_.scaling) return affine();
    const Constant shape = literal(shape_tensor());
    if (draft_.palette) {
      CHECK(!sparse() && draft_.palette->entries.size() == size_t{1} << bits());
      const ConcreteShape entries = {int64_t{1} << bits()};
      add("constexpr_lut_to_dense", {{"indices", literal(bytes_of(draft_.codes, bits()))},
                                     {"lut", literal(floats_as(draft_.dtype(), draft_.palette->entries, entries))},
                                     {"shape", shape}});
    } else {
      add("constexpr_sparse_to_dense",
          {{"mask", literal(bytes_of(draft_.kept, 1))}, {"nonzero_data", values()}, {"shape", shape}});
    }
  }

  Tensor bytes_of(const std::vector<uint8_t>& codes, int code_bits) const {
    const auto bytes = static_cast<int64_t>((codes.size() * static_cast<size_t>(code_bits) + 7) / 8);
    return packed(codes, code_bits, DType::kUInt8, {bytes}, draft_.threads);
  }

  Tensor shape_tensor() const {
    Tensor shape(DType::kUInt32, {static_cast<int64_t>(draft_.shape().size())});
    std::copy(draft_.shape().begin(), draft_.shape().end(), shape.as<uint32_t>().begin());
    return shape;
  }

  // One scale, or one for each cell along a single axis.
  void affine() {
    const Scales& scaling = *draft_.scaling;
    CHECK(!sparse() && !draft_.palette && bits() == 8);
    int axis = 0;
    for (size_t i = 0; i < scaling.grid.size(); ++i)
      if (scaling.grid[i] > 1) axis = static_cast<int>(i);
    const bool single = scaling.scales.size() == 1;
    const ConcreteShape shape = single ? ConcreteShape{} : ConcreteShape{static_cast<int64_t>(scaling.scales.size())};
    Tensor zeros(draft_.code_type, shape);
    std::fill_n(zeros.bytes(), zeros.byte_size(), std::byte{0});
    add("constexpr_affine_dequantize",
        {{"axis", Constant::of(axis)},
         {"quantized_data", literal(packed(draft_.codes, 8, draft_.code_type, draft_.shape(), draft_.threads))},
         {"scale", literal(floats_as(draft_.dtype(), scaling.scales, shape))},
         {"zero_point", literal(scaling.offsets.empty() ? zeros : offsets_as(scaling, shape))}});
  }

  const Draft& draft_;
  const Keep& keep_;
  Encoded result_;
};

std::string name_of_part(const std::string& type) {
  if (type.find("lut") != std::string::npos) return "_palettized";
  return type.find("scale") != std::string::npos ? "_scaled" : "_dense";
}

}  // namespace

Encoded encode(const Draft& draft, const Keep& keep) { return Encoder(draft, keep).encode(); }

ValueId add_encoded(const Encoded& encoded, Builder& builder, const std::string& name) {
  std::vector<std::vector<ValueId>> made;
  for (const EncodedOp& op : encoded.ops) {
    std::vector<Arg> arguments;
    for (const EncodedArgument& argument : op.arguments) {
      if (const auto* result = std::get_if<EncodedResult>(&argument.value))
        arguments.emplace_back(argument.name, made.at(result->op).at(result->output));
      else
        arguments.emplace_back(argument.name, std::get<Constant>(argument.value));
    }
    const bool last = &op == &encoded.ops.back();
    made.push_back(builder.add_many(op.type, std::move(arguments), last ? name : name + name_of_part(op.type)));
  }
  return made.back().front();
}

}  // namespace anemone
