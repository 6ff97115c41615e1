// SPDX-License-Identifier: Apache-2.0
// One .safetensors file (github.com/huggingface/safetensors describes the format). open() checks the whole header as
// the reference does, and refuses repeated names besides: afterwards the tensors cover the data exactly, without
// overlap, and every size agrees with type and shape. Errors name the file and, where there is one, the tensor.
#pragma once

#include <filesystem>
#include <map>
#include <memory>

#include "formats/tensor_source.h"

namespace anemone {

class Safetensors : public TensorSource {
 public:
  // What the header says of one tensor. `dtype` is the format's own name ("BF16"); a type that DType lacks is listed
  // like the others.
  struct Info {
    std::string name;
    std::string dtype;
    std::vector<int64_t> shape;
    uint64_t begin;  // in the data that follows the header
    uint64_t end;
  };

  static std::unique_ptr<const Safetensors> open(const std::filesystem::path& path);

  std::vector<std::string> names() const override;
  std::optional<TensorEntry> find(std::string_view name) const override;
  const std::map<std::string, Info, std::less<>>& infos() const { return infos_; }
  const std::map<std::string, std::string>& metadata() const { return metadata_; }

 private:
  explicit Safetensors(std::shared_ptr<const MappedFile> file);

  std::shared_ptr<const MappedFile> file_;
  uint64_t data_start_ = 0;
  std::map<std::string, Info, std::less<>> infos_;
  std::map<std::string, std::string> metadata_;
};

}  // namespace anemone
