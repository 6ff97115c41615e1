// SPDX-License-Identifier: Apache-2.0
// Manifest.json of a Core ML package: which files it has and which of them is the model. Parsing checks everything that
// can be checked without looking at the files (coremltools, modelpackage/src/ModelPackage.cpp, has the rules).
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace anemone {

struct ManifestItem {
  std::string path;  // relative to the package's Data folder
  std::string name;
  std::string author;
  std::string description;
};

struct Manifest {
  std::map<std::string, ManifestItem> items;  // by identifier, an opaque text
  std::string root;                           // identifier of the model

  const ManifestItem& model() const { return items.at(root); }
};

Manifest parse_manifest(std::string_view json);

// The text that the original library writes for the same content.
std::string manifest_text(const Manifest& manifest);

// An identifier in the form of a UUID (version 8) that depends on nothing but `content`.
std::string content_identifier(std::string_view content);

}  // namespace anemone
