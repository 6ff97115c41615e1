// SPDX-License-Identifier: Apache-2.0
// A file of torch.save: .bin, .pt, .pth, .ckpt. Its tensors are those of the state dict: the dictionary that was saved,
// or the one inside it that training programs keep under "state_dict", "model" and the like. Nothing in the file is
// ever called. Tensors stay where they are in the file, also views that share or skip elements.
#pragma once

#include <filesystem>

#include "formats/tensor_source.h"
#include "formats/torch_container.h"
#include "formats/torch_tensor.h"

namespace anemone {

class TorchFile : public TensorSource {
 public:
  static std::unique_ptr<const TorchFile> open(const std::filesystem::path& path);

  std::vector<std::string> names() const override;
  std::optional<TensorEntry> find(std::string_view name) const override;
  // Plain values that were saved beside the state dict.
  std::string notes() const override;

 private:
  explicit TorchFile(TorchContainer container);
  void add_tensors(const Pickle::Value& dict);
  void check_place(const std::string& name, const TorchTensor& tensor) const;

  TorchContainer container_;
  std::map<std::string, TorchTensor, std::less<>> tensors_;
};

}  // namespace anemone
