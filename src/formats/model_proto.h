// SPDX-License-Identifier: Apache-2.0
// Core ML's model file: bytes <-> proto::Model. Parsing bounds nesting and refuses everything malformed with one
// message; fields that our schema does not declare are refused inside programs and survive a round trip elsewhere. The
// same message gives the same bytes.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "formats/output_file.h"
#include "formats/schemas/model.pb.h"

namespace anemone {

// Throws Error without the file's name, which the caller knows.
std::unique_ptr<proto::Model> parse_model(std::span<const std::byte> bytes);

// Map entries come out sorted by key. A model beyond 2 GB, protobuf's limit, is an Error.
void write_model(const proto::Model& model, OutputFile& file);

// What kind of model this is, by its field name in Model.proto ("mlProgram", "neuralNetwork"); empty when none of them
// is set.
std::string model_kind(const proto::Model& model);

}  // namespace anemone
