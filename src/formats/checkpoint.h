// SPDX-License-Identifier: Apache-2.0
// The weights of a model as people store them: one file, or a folder as transformers and diffusers lay it out
// (model.safetensors, diffusion_pytorch_model.safetensors, pytorch_model.bin ..., whole or in shards listed by an
// index, also with a variant such as fp16 in the name), or a folder with one weight file of any name. Files may be
// symlinks, as in the Hugging Face cache.
#pragma once

#include <filesystem>
#include <map>
#include <memory>

#include "formats/tensor_source.h"

namespace anemone {

class Checkpoint : public TensorSource {
 public:
  // `path` is a folder, a weight file or an index. In a folder, `variant` picks model.VARIANT.safetensors; without
  // one, a file without variant comes first, then the only variant that is there.
  static Checkpoint open(const std::filesystem::path& path, const std::string& variant = {});

  // Adds another checkpoint's tensors under names that begin with `prefix`.
  void mount(const Checkpoint& other, const std::string& prefix);

  std::vector<std::string> names() const override;
  std::optional<TensorEntry> find(std::string_view name) const override;
  std::string notes() const override;
  // As find, but an Error that names the files searched when there is no such tensor.
  TensorEntry get(std::string_view name) const;
  // The weight files, in the order of their names.
  const std::vector<std::filesystem::path>& files() const { return files_; }

 private:
  void add(const std::filesystem::path& file);
  void add_shards(const std::filesystem::path& index);

  std::vector<std::filesystem::path> files_;
  std::vector<std::shared_ptr<const TensorSource>> sources_;
  struct Place {
    size_t source;
    size_t prefix;  // characters of the name that its source does not know
  };
  std::map<std::string, Place, std::less<>> place_of_;
};

}  // namespace anemone
