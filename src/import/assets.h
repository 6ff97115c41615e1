// SPDX-License-Identifier: Apache-2.0
// What a task needs beside the program: configuration, tokenizer, labels. They stand in OUT.assets/ next to
// OUT.mlpackage, and the package's user-defined metadata names each with its SHA-256, so that a stranger's file is
// noticed.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "ir/program.h"

namespace anemone {

struct Asset {
  std::string name;     // a plain file name
  std::string content;  // its bytes
};

inline constexpr const char* kAssetKey = "anemone.asset.";   // + name -> SHA-256
inline constexpr const char* kLabelsKey = "anemone.labels";  // JSON array, in the order of the scores

// DIR/NAME.assets for DIR/NAME.mlpackage.
std::filesystem::path assets_folder(const std::filesystem::path& package);

// A file that becomes an asset under another name.
Asset read_asset(const std::filesystem::path& file, const std::string& name);

// The assets that a checkpoint's folder has, by name. Labels are added as labels.json when there are any.
std::vector<Asset> collect_assets(const std::filesystem::path& folder, const std::vector<std::string>& labels);
void describe_assets(const std::vector<Asset>& assets, Metadata& metadata);

// Author and licence as the front matter of README.md, the model card, says; unchanged when there is none.
void read_model_card(const std::filesystem::path& folder, Metadata& metadata);

// Throws Error when the folder holds something that is not an asset: it is somebody's own folder.
void check_only_assets(const std::filesystem::path& folder);

// Throws Error when an asset that the metadata names is missing from the folder or is not the one that it names.
void check_assets(const Metadata& metadata, const std::filesystem::path& folder);

}  // namespace anemone
