// SPDX-License-Identifier: Apache-2.0
#include "import/checkpoint_weights.h"

#include <algorithm>

#include "base/error.h"
#include "base/similar.h"
#include "base/strings.h"
#include "import/value_scan.h"

namespace anemone {
namespace {

constexpr size_t kNamedAlike = 3;

std::string todays_spelling(std::string_view name) {
  constexpr std::string_view kCompiled = "_orig_mod.";
  std::string spelling(name.starts_with(kCompiled) ? name.substr(kCompiled.size()) : name);
  const auto rewrite_end = [&spelling](std::string_view old, std::string_view now) {
    if (spelling.ends_with(old)) spelling.replace(spelling.size() - old.size(), old.size(), now);
  };
  rewrite_end("LayerNorm.gamma", "LayerNorm.weight");
  rewrite_end("LayerNorm.beta", "LayerNorm.bias");
  return spelling;
}

// Buffers that modules store beside their weights.
bool is_buffer(const std::string& name, size_t rank) {
  static constexpr std::string_view kEnds[] = {"position_ids", ".masked_bias", ".rotary_emb.inv_freq",
                                               ".num_batches_tracked"};
  if (std::any_of(std::begin(kEnds), std::end(kEnds), [&name](std::string_view end) { return name.ends_with(end); }))
    return true;
  return rank == 4 && (name.ends_with(".attn.bias") || name.ends_with(".attention.bias"));
}

ConcreteShape without_points(ConcreteShape shape, size_t rank) {
  while (shape.size() > std::max<size_t>(rank, 2) && shape.back() == 1) shape.pop_back();
  return shape;
}

std::string at(int64_t element, const ConcreteShape& shape) {
  ConcreteShape index(shape.size());
  for (size_t axis = shape.size(); axis-- > 0; element /= shape[axis]) index[axis] = element % shape[axis];
  return to_string(index);
}

Constant as_constant(const TensorEntry& entry) {
  const auto offset = static_cast<size_t>(entry.offset);
  if (entry.strides.empty()) return Constant::mapped(entry.file, offset, entry.dtype, entry.shape);
  const int64_t elements = static_cast<int64_t>(entry.bytes.size()) * 8 / bit_width(entry.dtype);
  return Constant::mapped(entry.file, offset, entry.dtype, {elements}).strided(entry.shape, entry.strides);
}

}  // namespace

CheckpointWeights::CheckpointWeights(Checkpoint checkpoint, Options options)
    : checkpoint_(std::move(checkpoint)), options_(std::move(options)) {
  for (const std::string& name : checkpoint_.names()) actual_.emplace(todays_spelling(name), name);
  for (const auto& file : checkpoint_.files()) total_bytes_ += std::filesystem::file_size(file);
}

std::optional<std::string> CheckpointWeights::actual_name(const std::string& name) const {
  std::vector<std::string> wishes = {name, options_.prefix + name};
  if (!options_.prefix.empty() && name.starts_with(options_.prefix)) {
    const std::string bare = name.substr(options_.prefix.size());
    wishes.push_back(bare);
    for (const std::string& other : options_.other_prefixes) wishes.push_back(other + bare);
  }
  for (const std::string& wish : wishes)
    if (const auto found = actual_.find(wish); found != actual_.end()) return found->second;
  return std::nullopt;
}

std::string CheckpointWeights::where(const TensorEntry& entry) const {
  return fmt::format("{}: tensor {}", entry.file->path().string(), entry.name);
}

TensorEntry CheckpointWeights::entry_of(const std::string& name) const {
  if (const auto actual = actual_name(name)) return checkpoint_.get(*actual);
  const std::vector<std::string> similar = similar_names(name, checkpoint_.names(), kNamedAlike);
  const std::string file =
      checkpoint_.files().size() == 1 ? checkpoint_.files()[0].string() : checkpoint_.files()[0].parent_path().string();
  fail("{}: tensor {} is missing{}{}", file, name, similar.empty() ? "" : ": the file has ", join(similar, ", "));
}

std::optional<ConcreteShape> CheckpointWeights::stored_shape(const std::string& name) const {
  const auto actual = actual_name(name);
  return actual ? std::optional(checkpoint_.get(*actual).shape) : std::nullopt;
}

void CheckpointWeights::refuse_shape(const TensorEntry& entry, const ConcreteShape& expected) const {
  std::vector<std::string> origins;
  for (size_t axis = 0; axis < expected.size() && options_.origin_of_size; ++axis) {
    if (axis < entry.shape.size() && entry.shape[axis] == expected[axis]) continue;
    const std::string origin = options_.origin_of_size(expected[axis]);
    if (!origin.empty() && std::find(origins.begin(), origins.end(), origin) == origins.end())
      origins.push_back(origin);
  }
  fail("{} has shape {}, expected {}{}{}", where(entry), to_string(entry.shape), to_string(expected),
       origins.empty() ? "" : " by the configuration's ", join(origins, " and "));
}

Constant CheckpointWeights::get(const std::string& name, const ConcreteShape& expected) {
  const TensorEntry entry = entry_of(name);
  if (without_points(entry.shape, expected.size()) != expected) refuse_shape(entry, expected);
  if (entry.dtype != DType::kFloat16 && entry.dtype != DType::kFloat32 && entry.dtype != DType::kFloat64 &&
      entry.dtype != DType::kBFloat16)
    fail("{} has element type {}, expected fp16, bf16, fp32 or fp64", where(entry), name_of(entry.dtype));
  if (used_.insert(entry.name).second) {
    parameters_ += product(entry.shape);
    if (options_.check) check_values(entry);
  }
  return as_constant(entry).reshaped(expected);
}

void CheckpointWeights::check_values(const TensorEntry& entry) {
  const Constant constant = as_constant(entry);
  const ValueScan scan = entry.strides.empty()
                             ? scan_values(entry.bytes, entry.dtype, options_.threads)
                             : scan_values(constant.stored().byte_span(), entry.dtype, options_.threads);
  if (scan.first_bad)
    fail("{} contains {} at {}", where(entry), scan.bad_is_nan ? "NaN" : "infinity", at(*scan.first_bad, entry.shape));
  if (scan.exceeds_half) beyond_half_.insert(constant.identity());
  constant.release();
  checked_bytes_ += entry.bytes.size();
  const double done = static_cast<double>(checked_bytes_) / static_cast<double>(std::max<uint64_t>(total_bytes_, 1));
  report(options_.progress, "checking weights", std::min(done, 1.0));
}

Constant CheckpointWeights::tied(const std::string& name, const std::string& other, const ConcreteShape& expected) {
  if (!has(name)) return get(other, expected);
  if (!has(other) || actual_name(name) == actual_name(other)) return get(name, expected);
  const Constant own = get(name, expected);
  const Constant shared = get(other, expected);
  if (equal(own, shared)) {
    parameters_ -= own.element_count();
    return shared;
  }
  warnings_.push_back(
      fmt::format("{} and {} should hold the same values but differ: each is used where it is named", name, other));
  return own;
}

bool CheckpointWeights::exceeds_half(const Constant& constant) const {
  if (beyond_half_.empty()) return false;
  const std::string identity = constant.identity();  // says in brackets what the constant was made from
  return std::any_of(beyond_half_.begin(), beyond_half_.end(),
                     [&identity](const std::string& source) { return identity.find(source) != std::string::npos; });
}

std::vector<std::string> CheckpointWeights::unused() const {
  std::vector<std::string> names;
  for (const auto& [spelling, name] : actual_)
    if (!used_.contains(name)) {
      const auto entry = checkpoint_.find(name);
      if (!entry || !is_buffer(spelling, entry->shape.size())) names.push_back(name);
    }
  return names;
}

}  // namespace anemone
