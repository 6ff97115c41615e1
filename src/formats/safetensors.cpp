// SPDX-License-Identifier: Apache-2.0
#include "formats/safetensors.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "formats/lfs_pointer.h"
#include "formats/safetensors_header.h"
#include "formats/shape.h"

namespace anemone {
namespace {

constexpr uint64_t kMaxHeader = 100'000'000;  // the reference's limit
constexpr size_t kLengthBytes = 8;

struct Kind {
  std::string_view name;
  int bits;
  std::optional<DType> dtype;
};

constexpr Kind kKinds[] = {
    {"BOOL", 8, DType::kBool},      {"U8", 8, DType::kUInt8},           {"I8", 8, DType::kInt8},
    {"U16", 16, DType::kUInt16},    {"I16", 16, DType::kInt16},         {"F16", 16, DType::kFloat16},
    {"BF16", 16, DType::kBFloat16}, {"U32", 32, DType::kUInt32},        {"I32", 32, DType::kInt32},
    {"F32", 32, DType::kFloat32},   {"U64", 64, DType::kUInt64},        {"I64", 64, DType::kInt64},
    {"F64", 64, DType::kFloat64},   {"F8_E5M2", 8, DType::kFloat8E5M2}, {"F8_E4M3", 8, DType::kFloat8E4M3FN},
    {"F4", 4, std::nullopt},        {"F6_E2M3", 6, std::nullopt},       {"F6_E3M2", 6, std::nullopt},
    {"F8_E8M0", 8, std::nullopt},   {"F8_E4M3FNUZ", 8, std::nullopt},   {"F8_E5M2FNUZ", 8, std::nullopt},
    {"C64", 64, std::nullopt},
};

const Kind* find_kind(std::string_view name) {
  const auto* kind = std::find_if(std::begin(kKinds), std::end(kKinds), [&](const Kind& k) { return k.name == name; });
  return kind == std::end(kKinds) ? nullptr : kind;
}

std::string_view header_of(std::span<const std::byte> file) {
  if (file.empty()) fail("is empty");
  if (file.size() < kLengthBytes) fail("is too short to hold a header: {} bytes", file.size());
  uint64_t length = 0;
  for (size_t i = kLengthBytes; i-- > 0;) length = length << 8 | std::to_integer<uint64_t>(file[i]);
  if (length > kMaxHeader) fail("header length {} is not plausible: at most {} is allowed", length, kMaxHeader);
  if (length > file.size() - kLengthBytes)
    fail("header length {} exceeds the file, which has {} bytes", length, file.size());
  return {reinterpret_cast<const char*>(file.data()) + kLengthBytes, static_cast<size_t>(length)};
}

void check_size(const Safetensors::Info& info) {
  const Kind* kind = find_kind(info.dtype);
  if (!kind) fail("unknown dtype {}", info.dtype);
  const auto count = element_count(info.shape);
  if (!count || *count > std::numeric_limits<int64_t>::max() / kind->bits)
    fail("shape {} has too many elements", shape_text(info.shape));
  const auto bits = static_cast<uint64_t>(*count) * static_cast<uint64_t>(kind->bits);
  if (bits % 8 != 0) fail("{} with shape {} does not fill whole bytes", info.dtype, shape_text(info.shape));
  if (info.end < info.begin) fail("data_offsets [{}, {}] run backwards", info.begin, info.end);
  if (info.end - info.begin != bits / 8)
    fail("{} with shape {} needs {} bytes, data_offsets give {}", info.dtype, shape_text(info.shape), bits / 8,
         info.end - info.begin);
}

// The tensors, in the order of their offsets, must cover [0, data_size) exactly.
void check_coverage(const SafetensorsHeader& header, uint64_t data_size) {
  std::vector<const Safetensors::Info*> order;
  for (const auto& entry : header.infos) order.push_back(&entry.second);
  std::stable_sort(order.begin(), order.end(), [](const auto* a, const auto* b) {
    return std::pair(a->begin, a->end) < std::pair(b->begin, b->end);
  });
  const Safetensors::Info* previous = nullptr;
  uint64_t position = 0;
  for (const auto* info : order) {
    if (info->begin < position) fail("tensors {} and {} overlap", previous->name, info->name);
    if (info->begin > position)
      fail("hole of {} unused bytes before tensor {}: data_offsets are not contiguous", info->begin - position,
           info->name);
    position = info->end;
    previous = info;
  }
  if (position > data_size)
    fail("is truncated: the header promises {} bytes of data, the file has {}", position, data_size);
  if (position < data_size) fail("{} trailing bytes after the last tensor", data_size - position);
}

}  // namespace

std::unique_ptr<const Safetensors> Safetensors::open(const std::filesystem::path& path) {
  auto file = MappedFile::open(path);
  return with_context(path.string(),
                      [&] { return std::unique_ptr<const Safetensors>(new Safetensors(std::move(file))); });
}

Safetensors::Safetensors(std::shared_ptr<const MappedFile> file) : file_(std::move(file)) {
  refuse_lfs_pointer(file_->bytes());
  const std::string_view json = header_of(file_->bytes());
  data_start_ = kLengthBytes + json.size();
  SafetensorsHeader header = parse_safetensors_header(json);
  for (const auto& [name, info] : header.infos) with_context(name, [&info = info] { check_size(info); });
  check_coverage(header, file_->bytes().size() - data_start_);
  infos_ = std::move(header.infos);
  metadata_ = std::move(header.metadata);
}

std::vector<std::string> Safetensors::names() const {
  std::vector<std::string> names;
  for (const auto& entry : infos_) names.push_back(entry.first);
  return names;
}

std::optional<TensorEntry> Safetensors::find(std::string_view name) const {
  const auto found = infos_.find(name);
  if (found == infos_.end()) return std::nullopt;
  const Info& info = found->second;
  const Kind* kind = find_kind(info.dtype);
  CHECK(kind);
  if (!kind->dtype) fail("{}: tensor {}: dtype {} is not supported", file_->path().string(), info.name, info.dtype);
  const uint64_t offset = data_start_ + info.begin;
  const auto bytes = file_->bytes().subspan(static_cast<size_t>(offset), static_cast<size_t>(info.end - info.begin));
  return TensorEntry{info.name, *kind->dtype, info.shape, bytes, file_, offset};
}

}  // namespace anemone
