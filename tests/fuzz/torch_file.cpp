// SPDX-License-Identifier: Apache-2.0
// Any bytes as a file of torch.save, either form: they are refused with an Error, or every tensor lies inside the file.
#include <cstdint>

#include "base/error.h"
#include "base/json.h"
#include "formats/torch_file.h"
#include "scratch_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const anemone::fuzz::ScratchFile scratch;
  scratch.write(std::as_bytes(std::span(data, size)));
  try {
    const auto file = anemone::TorchFile::open(scratch.path());
    anemone::parse_json(file->notes());
    for (const std::string& name : file->names()) {
      try {
        anemone::fuzz::touch(file->find(name).value().bytes);
      } catch (const anemone::Error&) {  // a type that only torch has
      }
    }
  } catch (const anemone::Error&) {
  }
  return 0;
}
