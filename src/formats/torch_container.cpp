// SPDX-License-Identifier: Apache-2.0
#include "formats/torch_container.h"

#include <cstring>

#include "base/error.h"
#include "formats/lfs_pointer.h"
#include "formats/torch_tensor.h"
#include "formats/zip.h"

namespace anemone {
namespace {

// A pickled LONG1, the number that every stream begins with.
constexpr std::string_view kStreamStart("\x80\x02\x8a\x0al\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.", 15);
constexpr std::string_view kZipStart("PK\x03\x04", 4);

bool starts_with(std::span<const std::byte> bytes, std::string_view start) {
  return bytes.size() >= start.size() && std::memcmp(bytes.data(), start.data(), start.size()) == 0;
}

bool has_part(const ZipArchive& archive, const std::string& name) {
  const auto found = archive.members().lower_bound(name);
  return found != archive.members().end() && found->first.starts_with(name);
}

// The one folder that all members of an archive are in, with its slash.
std::string root_of(const ZipArchive& archive) {
  if (archive.members().empty()) fail("the archive is empty");
  const std::string& first = archive.members().begin()->first;
  return first.substr(0, first.find('/') + 1);
}

TorchContainer open_zip(const std::shared_ptr<const MappedFile>& file) {
  const ZipArchive archive = ZipArchive::open(file);
  const std::string root = root_of(archive);
  if (has_part(archive, root + "code/") || archive.members().contains(root + "constants.pkl"))
    fail("is a TorchScript archive, which is not supported: save the model's state_dict, with its config.json");
  if (has_part(archive, root + "models/") || archive.members().contains(root + "archive_format") ||
      archive.members().contains("serialized_exported_program.json"))
    fail("is a torch.export archive, which is not supported: save the model's state_dict, with its config.json");
  const auto pickled = archive.members().find(root + "data.pkl");
  if (pickled == archive.members().end()) fail("is a zip archive without data.pkl: not a file of torch.save");
  if (const auto order = archive.members().find(root + "byteorder");
      order != archive.members().end() && !starts_with(archive.bytes(order->second), "little"))
    fail("is stored with big-endian numbers, which is not supported");
  TorchContainer container{file, Pickle::read(archive.bytes(pickled->second), known_torch_names()), {}};
  const std::string data = root + "data/";
  for (auto member = archive.members().lower_bound(data);
       member != archive.members().end() && member->first.starts_with(data); ++member) {
    member->second.check();
    container.storages[member->first.substr(data.size())] = {member->second.offset, member->second.size};
  }
  return container;
}

// Storages as the object's pickle knows them, by key.
std::map<std::string_view, TorchStorage> storages_of(const Pickle& pickle) {
  std::map<std::string_view, TorchStorage> storages;
  for (Pickle::Ref ref = 0; ref < pickle.value_count(); ++ref) {
    if (pickle[ref].kind != Pickle::Kind::kPersistent) continue;
    const TorchStorage storage = read_torch_storage(pickle, pickle[ref]);
    storages.emplace(storage.key, storage);
  }
  return storages;
}

// Magic number, version of the form, facts about the writer, the object, the keys of the storages; then for each key
// the number of elements and the elements.
TorchContainer open_stream(const std::shared_ptr<const MappedFile>& file) {
  const std::span<const std::byte> bytes = file->bytes();
  size_t at = kStreamStart.size();
  const auto next = [&] {
    Pickle pickle = Pickle::read(bytes.subspan(at), known_torch_names());
    at += pickle.size();
    return pickle;
  };
  next();
  const Pickle writer = next();
  if (const auto* little = writer.find(writer[writer.root()], "little_endian"); little && little->integer == 0)
    fail("is stored with big-endian numbers, which is not supported");
  TorchContainer container{file, next(), {}};
  const auto storages = storages_of(container.pickle);
  const Pickle keys = next();
  for (const Pickle::Ref ref : keys[keys.root()].items) {
    const std::string key(keys[ref].text);
    const auto storage = storages.find(key);
    if (storage == storages.end()) fail("stores {}, which nothing refers to", key);
    uint64_t elements = 0;
    if (bytes.size() - at < sizeof(elements)) fail("is truncated before storage {}", key);
    std::memcpy(&elements, bytes.data() + at, sizeof(elements));
    at += sizeof(elements);
    const uint64_t size = storage->second.elements * storage->second.element_size;
    if (elements != storage->second.elements)
      fail("storage {} has {} elements, expected {}", key, elements, storage->second.elements);
    if (size > bytes.size() - at) fail("is truncated inside storage {}", key);
    container.storages[key] = {at, size};
    at += size;
  }
  return container;
}

}  // namespace

TorchContainer open_torch_container(const std::shared_ptr<const MappedFile>& file) {
  refuse_lfs_pointer(file->bytes());
  if (file->bytes().empty()) fail("is empty");
  if (starts_with(file->bytes(), kZipStart)) return open_zip(file);
  if (starts_with(file->bytes(), kStreamStart)) return open_stream(file);
  fail("is not a file of torch.save: neither a zip archive nor its older stream");
}

}  // namespace anemone
