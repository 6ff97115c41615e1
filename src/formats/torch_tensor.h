// SPDX-License-Identifier: Apache-2.0
// The tensors inside the pickles that torch.save writes: which storage, and which view of it. Sizes, strides and offset
// are checked to stay inside the storage.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/dtype.h"
#include "formats/pickle.h"

namespace anemone {

// A run of elements of one type that lies outside the pickle under a key.
struct TorchStorage {
  std::string_view key;
  std::string_view type;  // "torch.FloatStorage"
  uint64_t element_size = 0;
  uint64_t elements = 0;
  // The part of it that tensors see: all of it, but for views in files older than torch 0.4.
  uint64_t view_begin = 0;
  uint64_t view_elements = 0;
};

struct TorchTensor {
  TorchStorage storage;
  std::string_view type_name;  // "torch.float32"
  std::optional<DType> dtype;  // absent: a type that DType lacks
  uint64_t element_size = 0;
  uint64_t offset = 0;  // of the first element, in bytes from the start of the storage
  uint64_t size = 0;    // of the bytes from there to the end of the last element
  std::vector<int64_t> shape;
  std::vector<int64_t> strides;  // in elements; empty when elements follow each other row by row
};

// Names of classes and functions that may occur beside plain containers.
std::span<const std::string_view> known_torch_names();

// What a persistent id says.
TorchStorage read_torch_storage(const Pickle& pickle, const Pickle::Value& persistent);

bool is_torch_tensor(const Pickle& pickle, const Pickle::Value& value);
// Nothing when the value is not a tensor. Throws Error when it is a damaged one.
std::optional<TorchTensor> read_torch_tensor(const Pickle& pickle, const Pickle::Value& value);

}  // namespace anemone
