// SPDX-License-Identifier: Apache-2.0
#include "formats/safetensors_header.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/strings.h"

namespace anemone {
namespace {

constexpr size_t kMaxRank = 64;
constexpr size_t kMaxNameLength = 4096;

// Where the parse is; the header's form has no other places.
enum class Place { kStart, kTensors, kMetadata, kTensor, kShape, kOffsets, kEnd };

class HeaderEvents : public nlohmann::json::json_sax_t {
 public:
  SafetensorsHeader take() { return std::move(header_); }

  bool key(string_t& name) override {
    if (name.size() > kMaxNameLength) fail("the header has a name of {} bytes", name.size());
    if (place_ == Place::kTensor) {
      if (name != "dtype" && name != "shape" && name != "data_offsets") refuse(fmt::format("unknown key {}", name));
      if (!seen_.emplace(name, true).second) fail("{}: {} appears twice in the header", tensor_.name, name);
    } else if (place_ == Place::kTensors) {
      if (std::any_of(name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }))
        fail("the header has a tensor name with control characters");
      const bool repeated = name == "__metadata__" ? has_metadata_ : header_.infos.count(name) > 0;
      if (repeated) fail("{} appears twice in the header", name);
    } else if (header_.metadata.count(name) > 0) {
      fail("__metadata__: {} appears twice in the header", name);
    }
    key_ = std::move(name);
    return true;
  }

  bool start_object(size_t) override {
    if (place_ == Place::kStart) {
      place_ = Place::kTensors;
    } else if (place_ == Place::kTensors && key_ == "__metadata__") {
      place_ = Place::kMetadata;
      has_metadata_ = true;
    } else if (place_ == Place::kTensors) {
      place_ = Place::kTensor;
      tensor_ = {key_, {}, {}, 0, 0};
      offsets_.clear();
      seen_.clear();
    } else {
      refuse("an unexpected object");
    }
    return true;
  }

  bool end_object() override {
    if (place_ == Place::kTensor) finish_tensor();
    place_ = place_ == Place::kTensors ? Place::kEnd : Place::kTensors;
    return true;
  }

  bool start_array(size_t) override {
    if (place_ != Place::kTensor || key_ == "dtype") refuse("an unexpected list");
    place_ = key_ == "shape" ? Place::kShape : Place::kOffsets;
    return true;
  }

  bool end_array() override {
    place_ = Place::kTensor;
    return true;
  }

  bool string(string_t& text) override {
    if (place_ == Place::kMetadata) {
      header_.metadata.emplace(key_, std::move(text));
    } else if (place_ == Place::kTensor && key_ == "dtype") {
      tensor_.dtype = std::move(text);
    } else {
      refuse("an unexpected string");
    }
    return true;
  }

  bool number_unsigned(number_unsigned_t number) override {
    if (place_ == Place::kShape) {
      if (tensor_.shape.size() == kMaxRank) refuse(fmt::format("more than {} dimensions", kMaxRank));
      if (number > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) refuse("a dimension beyond 63 bits");
      tensor_.shape.push_back(static_cast<int64_t>(number));
    } else if (place_ == Place::kOffsets && offsets_.size() < 2) {
      offsets_.push_back(number);
    } else {
      refuse("an unexpected number");
    }
    return true;
  }

  bool number_integer(number_integer_t) override { refuse("a negative number"); }
  bool number_float(number_float_t, const string_t& text) override { refuse("the number " + text.substr(0, 32)); }
  bool boolean(bool) override { refuse("an unexpected boolean"); }
  bool null() override { refuse("an unexpected null"); }
  bool binary(binary_t&) override { refuse("binary data"); }

  bool parse_error(size_t position, const std::string&, const nlohmann::json::exception&) override {
    fail("the header is not valid JSON: parse error at byte {}", position);
  }

 private:
  [[noreturn]] void refuse(const std::string& what) const {
    const bool inside = place_ == Place::kTensor || place_ == Place::kShape || place_ == Place::kOffsets;
    fail("{}: the header has {} where the safetensors format has none",
         inside ? tensor_.name : (key_.empty() ? "top level" : key_), what);
  }

  void finish_tensor() {
    if (seen_.size() != 3) fail("{}: the header lacks dtype, shape or data_offsets", tensor_.name);
    if (offsets_.size() != 2 || tensor_.dtype.empty()) refuse("incomplete data_offsets or dtype");
    tensor_.begin = offsets_[0];
    tensor_.end = offsets_[1];
    std::string name = tensor_.name;
    header_.infos.emplace(std::move(name), std::move(tensor_));
  }

  SafetensorsHeader header_;
  Place place_ = Place::kStart;
  std::string key_;
  bool has_metadata_ = false;
  Safetensors::Info tensor_;
  std::vector<uint64_t> offsets_;
  std::map<std::string, bool> seen_;  // keys of this tensor
};

}  // namespace

SafetensorsHeader parse_safetensors_header(std::string_view json) {
  if (!is_valid_utf8(json)) fail("the header is not valid UTF-8");
  HeaderEvents events;
  nlohmann::json::sax_parse(json.begin(), json.end(), &events);
  return events.take();
}

}  // namespace anemone
