// SPDX-License-Identifier: Apache-2.0
// A Program becomes a Core ML model message. What a message holds itself and what goes to the weight file follows
// coremltools (backend/mil/load.py, should_use_weight_file): at least 10 elements of a type that the weight file of
// that version has.
#pragma once

#include <cstdint>
#include <functional>

#include "formats/schemas/model.pb.h"
#include "ir/program.h"

namespace anemone {

// Stores a tensor in the weight file and gives the offset of its metadata record. An empty one: there is no weight
// file, and the message holds everything itself.
using BlobStore = std::function<uint64_t(const Constant&)>;

inline constexpr const char* kWeightFile = "@model_path/weights/weight.bin";

// Ops are visited, and so constants stored, in program order: the same program gives the same message and offsets.
proto::Model write_program(const Program& program, const BlobStore& blobs);

bool belongs_in_weight_file(const Type& type, int opset);

proto::mil::ValueType write_type(const Type& type);
proto::FeatureDescription write_feature(const Feature& feature, bool state);

}  // namespace anemone
