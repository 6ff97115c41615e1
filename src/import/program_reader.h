// SPDX-License-Identifier: Apache-2.0
// A Core ML model message becomes a Program. Every name, size and nesting is checked here as far as the message alone
// tells; ops and types are checked by verify(). What the IR does not model inside the program is refused by name.
#pragma once

#include <functional>
#include <string>

#include "formats/schemas/model.pb.h"
#include "ir/program.h"

namespace anemone {

// Gives the constant that lies at `offset` (of its metadata record) of a weight file, of the given type.
using BlobLookup = std::function<Constant(const std::string& file, uint64_t offset, const Type& type)>;

// Throws Error when the model is not an ML Program or breaks a rule of the format.
Program read_program(const proto::Model& model, const BlobLookup& blobs);

// Parts, for tests, for the description and for pipelines.
void read_description(const proto::ModelDescription& description, Function& function);  // its features
Type read_type(const proto::mil::ValueType& type);
Feature read_feature(const proto::FeatureDescription& description);
Constant read_value(const proto::mil::Value& value, const BlobLookup& blobs);

// Key of the user-defined metadata that carries provenance: lines of "function\top name\tprovenance".
inline constexpr const char* kProvenanceKey = "anemone.provenance";

}  // namespace anemone
