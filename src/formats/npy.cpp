// SPDX-License-Identifier: Apache-2.0
#include "formats/npy.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/mapped_file.h"
#include "base/strings.h"
#include "formats/output_file.h"
#include "formats/shape.h"

namespace anemone {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr size_t kMaxRank = 64;  // NumPy 2's own limit

struct Kind {
  std::string_view code;
  DType dtype;
};

constexpr Kind kKinds[] = {
    {"b1", DType::kBool},  {"f2", DType::kFloat16}, {"f4", DType::kFloat32}, {"f8", DType::kFloat64},
    {"i1", DType::kInt8},  {"i2", DType::kInt16},   {"i4", DType::kInt32},   {"i8", DType::kInt64},
    {"u1", DType::kUInt8}, {"u2", DType::kUInt16},  {"u4", DType::kUInt32},  {"u8", DType::kUInt64},
};

DType dtype_of(const std::string& descr) {
  const bool one_byte = descr.size() == 3 && descr[2] == '1';
  for (const Kind& kind : kKinds) {
    if (descr.size() != 3 || descr.substr(1) != kind.code) continue;
    if (descr[0] == '<' || (one_byte && (descr[0] == '|' || descr[0] == '>'))) return kind.dtype;
    if (descr[0] == '>') fail("elements of type '{}' are big-endian, which is not supported", descr);
  }
  fail("element type '{}' is not supported", descr);
}

struct Header {
  std::optional<std::string> descr;
  std::optional<bool> fortran_order;
  std::optional<std::vector<int64_t>> shape;
};

// The header is a Python dictionary literal with three keys; only what NumPy itself can write there is understood.
class HeaderParser {
 public:
  explicit HeaderParser(std::string_view text) : text_(text) {}

  Header parse() {
    Header header;
    expect('{');
    while (!accept('}')) {
      const std::string key = string();
      expect(':');
      value(key, header);
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    skip_space();
    if (position_ != text_.size()) fail("the header has text after its dictionary");
    if (!header.descr || !header.fortran_order || !header.shape)
      fail("the header lacks one of the keys descr, fortran_order and shape");
    return header;
  }

 private:
  void value(const std::string& key, Header& header) {
    if (key == "descr" && !header.descr) {
      header.descr = string();
    } else if (key == "fortran_order" && !header.fortran_order) {
      header.fortran_order = boolean();
    } else if (key == "shape" && !header.shape) {
      header.shape = tuple();
    } else {
      fail("the header has an unexpected or repeated key '{}'", key);
    }
  }

  std::string string() {
    skip_space();
    const char quote = position_ < text_.size() ? text_[position_] : '\0';
    const size_t end = quote == '\'' || quote == '"' ? text_.find(quote, position_ + 1) : std::string_view::npos;
    if (end == std::string_view::npos) fail("the header is malformed at character {}: expected a string", position_);
    const auto content = text_.substr(position_ + 1, end - position_ - 1);
    if (content.size() > 64 ||
        std::any_of(content.begin(), content.end(), [](char c) { return c < ' ' || c == '\\'; }) ||
        !is_valid_utf8(content))
      fail("the header is malformed at character {}: not a plain string", position_);
    position_ = end + 1;
    return std::string(content);
  }

  bool boolean() {
    skip_space();
    for (const std::string_view word : {"True", "False"}) {
      if (text_.substr(position_, word.size()) != word) continue;
      position_ += word.size();
      return word == "True";
    }
    fail("the header is malformed at character {}: expected True or False", position_);
  }

  std::vector<int64_t> tuple() {
    std::vector<int64_t> sizes;
    expect('(');
    while (!accept(')')) {
      if (sizes.size() == kMaxRank) fail("the shape has more than {} dimensions", kMaxRank);
      sizes.push_back(integer());
      if (accept(',')) continue;
      if (sizes.size() == 1) fail("the header is malformed: the shape is not a tuple");
      expect(')');
      break;
    }
    return sizes;
  }

  int64_t integer() {
    skip_space();
    const size_t end = std::min(text_.find_first_not_of("0123456789", position_), text_.size());
    const auto number = parse_int(text_.substr(position_, end - position_));
    if (!number) fail("the header is malformed at character {}: expected a dimension", position_);
    position_ = end;
    return *number;
  }

  void skip_space() { position_ = std::min(text_.find_first_not_of(" \t\n", position_), text_.size()); }

  bool accept(char wanted) {
    skip_space();
    if (position_ == text_.size() || text_[position_] != wanted) return false;
    ++position_;
    return true;
  }

  void expect(char wanted) {
    if (!accept(wanted)) fail("the header is malformed at character {}: expected '{}'", position_, wanted);
  }

  std::string_view text_;
  size_t position_ = 0;
};

// Splits the file at the end of its header.
std::pair<std::string_view, std::span<const std::byte>> split_header(std::span<const std::byte> file) {
  if (file.empty()) fail("is empty");
  const std::string_view text(reinterpret_cast<const char*>(file.data()), file.size());
  if (text.substr(0, kMagic.size()) != kMagic) fail("is not a .npy file");
  if (file.size() < 10) fail("is truncated in its header");
  const int major = std::to_integer<int>(file[6]);
  const int minor = std::to_integer<int>(file[7]);
  if (major < 1 || major > 3 || minor != 0)
    fail("has format version {}.{}; versions 1 to 3 are supported", major, minor);
  const size_t start = major == 1 ? 10 : 12;
  if (file.size() < start) fail("is truncated in its header");
  size_t length = 0;
  for (size_t i = start; i-- > 8;) length = length << 8 | std::to_integer<size_t>(file[i]);
  if (length > file.size() - start)
    fail("is truncated: the header takes {} bytes, {} are left", length, file.size() - start);
  return {text.substr(start, length), file.subspan(start + length)};
}

// Column-major to row-major. Walks the result in order and keeps the source position incrementally.
std::shared_ptr<const std::vector<std::byte>> to_row_major(std::span<const std::byte> from,
                                                           const std::vector<int64_t>& shape, size_t width) {
  auto to = std::make_shared<std::vector<std::byte>>(from.size());
  std::vector<size_t> strides(shape.size());
  size_t stride = width;
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    strides[axis] = stride;
    stride *= static_cast<size_t>(shape[axis]);
  }
  std::vector<int64_t> index(shape.size(), 0);
  size_t source = 0;
  for (size_t done = 0; done < from.size(); done += width) {
    std::memcpy(to->data() + done, from.data() + source, width);
    for (size_t axis = shape.size(); axis-- > 0;) {
      source += strides[axis];
      if (++index[axis] < shape[axis]) break;
      source -= strides[axis] * static_cast<size_t>(shape[axis]);
      index[axis] = 0;
    }
  }
  return to;
}

Npy parse(const std::shared_ptr<const MappedFile>& file, std::span<const std::byte> bytes) {
  const auto [text, data] = split_header(bytes);
  const Header header = HeaderParser(text).parse();
  Npy array{dtype_of(*header.descr), *header.shape, data, file};
  const auto count = element_count(array.shape);
  const auto size = count ? byte_size(array.dtype, *count) : std::nullopt;
  if (!size || static_cast<uint64_t>(*size) != data.size())
    fail("shape {} of {} does not fit the {} bytes of data", shape_text(array.shape), name_of(array.dtype),
         data.size());
  if (*size == 0) return array;
  const auto width = static_cast<size_t>(bit_width(array.dtype)) / 8;
  const bool misaligned = reinterpret_cast<uintptr_t>(data.data()) % width != 0;
  if ((*header.fortran_order && array.shape.size() > 1) || misaligned) {
    const auto copy = *header.fortran_order ? to_row_major(data, array.shape, width)
                                            : std::make_shared<const std::vector<std::byte>>(data.begin(), data.end());
    array.bytes = *copy;
    array.owner = copy;
  }
  return array;
}

std::string header_text(DType dtype, std::span<const int64_t> shape) {
  const auto* kind =
      std::find_if(std::begin(kKinds), std::end(kKinds), [&](const Kind& k) { return k.dtype == dtype; });
  if (kind == std::end(kKinds)) fail(".npy files cannot hold elements of type {}", name_of(dtype));
  std::string sizes;
  for (size_t i = 0; i < shape.size(); ++i) sizes += fmt::format("{}{}", i ? ", " : "", shape[i]);
  if (shape.size() == 1) sizes += ",";
  std::string text = fmt::format("{{'descr': '{}{}', 'fortran_order': False, 'shape': ({}), }}",
                                 bit_width(dtype) == 8 ? '|' : '<', kind->code, sizes);
  while ((10 + text.size() + 1) % 64 != 0) text += ' ';
  return text + '\n';
}

}  // namespace

int64_t Npy::element_count() const { return static_cast<int64_t>(bytes.size()) / (bit_width(dtype) / 8); }

Npy read_npy(const std::filesystem::path& path) {
  const auto file = MappedFile::open(path);
  return with_context(path.string(), [&] { return parse(file, file->bytes()); });
}

Npy read_npy(const std::shared_ptr<const MappedFile>& file, std::span<const std::byte> bytes) {
  return parse(file, bytes);
}

void write_npy(const std::filesystem::path& path, DType dtype, std::span<const int64_t> shape,
               std::span<const std::byte> bytes) {
  const std::string header = with_context(path.string(), [&] { return header_text(dtype, shape); });
  const auto count = element_count(shape);
  CHECK(count && byte_size(dtype, *count) == static_cast<int64_t>(bytes.size()));
  CHECK(header.size() < 65536);
  write_file(path, [&](OutputFile& file) {
    file.write(kMagic);
    const std::byte lead[] = {std::byte{1}, std::byte{0}, static_cast<std::byte>(header.size() & 0xFF),
                              static_cast<std::byte>(header.size() >> 8)};
    file.write(lead);
    file.write(header);
    file.write(bytes);
  });
}

}  // namespace anemone
