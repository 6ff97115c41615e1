// SPDX-License-Identifier: Apache-2.0
#include "formats/torch_file.h"

#include <set>

#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"

namespace anemone {
namespace {

using Kind = Pickle::Kind;
using Value = Pickle::Value;

constexpr size_t kLongestName = 4096;
constexpr int kDeepestNote = 8;
constexpr size_t kMostNotes = 100'000;

bool has_tensors(const Pickle& pickle, const Value& value) {
  if (value.kind != Kind::kDict) return false;
  for (size_t i = 1; i < value.items.size(); i += 2)
    if (is_torch_tensor(pickle, pickle[value.items[i]])) return true;
  return false;
}

// Training programs keep further tensors beside the model: steps, losses, averages.
const Value& state_dict(const Pickle& pickle) {
  const Value& root = pickle[pickle.root()];
  for (const char* key : {"state_dict", "model_state_dict", "model", "module"})
    if (const Value* inner = pickle.find(root, key); inner && has_tensors(pickle, *inner)) return *inner;
  if (has_tensors(pickle, root)) return root;
  std::set<Pickle::Ref> inner;
  for (size_t i = 1; root.kind == Kind::kDict && i < root.items.size(); i += 2) inner.insert(root.items[i]);
  const Value* only = nullptr;
  for (const Pickle::Ref ref : inner) {
    if (!has_tensors(pickle, pickle[ref])) continue;
    if (only) fail("holds several dictionaries of tensors: save the model's state_dict alone");
    only = &pickle[ref];
  }
  if (!only) fail("holds no dictionary of tensors: expected a model's state_dict");
  return *only;
}

// Plain values as JSON; null for what is not plain, too deep or too much.
Json as_json(const Pickle& pickle, const Value& value, int depth, size_t& budget) {
  if (budget == 0 || depth > kDeepestNote) return nullptr;
  --budget;
  const auto text = [](std::string_view bytes) { return is_valid_utf8(bytes) ? Json(bytes) : Json(); };
  switch (value.kind) {
    case Kind::kBool:
      return value.integer != 0;
    case Kind::kInteger:
      return value.text.empty() ? Json(value.integer) : Json();
    case Kind::kFloat:
      return value.number;
    case Kind::kText:
      return text(value.text);
    case Kind::kTuple:
    case Kind::kList: {
      Json list = Json::array();
      for (size_t i = 0; i < value.items.size() && budget > 0; ++i)
        list.push_back(as_json(pickle, pickle[value.items[i]], depth + 1, budget));
      return list;
    }
    case Kind::kDict: {
      Json object = Json::object();
      for (size_t i = 0; i + 1 < value.items.size() && budget > 0; i += 2) {
        const Value& key = pickle[value.items[i]];
        if (key.kind == Kind::kText && is_valid_utf8(key.text))
          object[std::string(key.text)] = as_json(pickle, pickle[value.items[i + 1]], depth + 1, budget);
      }
      return object;
    }
    default:
      return nullptr;
  }
}

}  // namespace

std::unique_ptr<const TorchFile> TorchFile::open(const std::filesystem::path& path) {
  const auto file = MappedFile::open(path);
  return with_context(path.string(),
                      [&] { return std::unique_ptr<const TorchFile>(new TorchFile(open_torch_container(file))); });
}

TorchFile::TorchFile(TorchContainer container) : container_(std::move(container)) {
  add_tensors(state_dict(container_.pickle));
}

void TorchFile::add_tensors(const Value& dict) {
  for (size_t i = 0; i + 1 < dict.items.size(); i += 2) {
    const Value& key = container_.pickle[dict.items[i]];
    if (key.kind != Kind::kText) continue;
    if (!is_valid_utf8(key.text) || key.text.size() > kLongestName) fail("the name of a tensor is damaged");
    const std::string name(key.text);
    const auto tensor = with_context(
        "tensor " + name, [&] { return read_torch_tensor(container_.pickle, container_.pickle[dict.items[i + 1]]); });
    if (!tensor) continue;
    check_place(name, *tensor);
    tensors_.insert_or_assign(name, *tensor);
  }
}

void TorchFile::check_place(const std::string& name, const TorchTensor& tensor) const {
  const auto storage = container_.storages.find(tensor.storage.key);
  if (storage == container_.storages.end()) fail("tensor {}: storage {} is missing", name, tensor.storage.key);
  const uint64_t expected = tensor.storage.elements * tensor.storage.element_size;
  if (storage->second.size != expected)
    fail("tensor {}: storage {} has {} bytes, expected {}", name, tensor.storage.key, storage->second.size, expected);
}

std::vector<std::string> TorchFile::names() const {
  std::vector<std::string> names;
  for (const auto& entry : tensors_) names.push_back(entry.first);
  return names;
}

std::optional<TensorEntry> TorchFile::find(std::string_view name) const {
  const auto found = tensors_.find(name);
  if (found == tensors_.end()) return std::nullopt;
  const TorchTensor& tensor = found->second;
  if (!tensor.dtype)
    fail("{}: tensor {}: element type {} is not supported", container_.file->path().string(), name, tensor.type_name);
  const uint64_t offset = container_.storages.find(tensor.storage.key)->second.offset + tensor.offset;
  return TensorEntry{
      found->first,    *tensor.dtype, tensor.shape,  container_.file->bytes().subspan(offset, tensor.size),
      container_.file, offset,        tensor.strides};
}

std::string TorchFile::notes() const {
  const Value& root = container_.pickle[container_.pickle.root()];
  Json notes = Json::object();
  size_t budget = kMostNotes;
  for (size_t i = 0; root.kind == Kind::kDict && i + 1 < root.items.size(); i += 2) {
    const Value& key = container_.pickle[root.items[i]];
    const Value& value = container_.pickle[root.items[i + 1]];
    const bool has_calls = value.items.size() > 1 && container_.pickle[value.items[1]].kind == Kind::kCall;
    if (key.kind == Kind::kText && is_valid_utf8(key.text) && !has_calls)
      notes[std::string(key.text)] = as_json(container_.pickle, value, 0, budget);
  }
  return notes.dump();
}

}  // namespace anemone
