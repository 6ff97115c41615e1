// SPDX-License-Identifier: Apache-2.0
#include "ir/literal.h"

#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>

#include "base/error.h"
#include "base/half.h"
#include "base/strings.h"

namespace anemone {
namespace {

// "0x1.8p-3": hexadecimal digits with an optional fraction, times a power of two.
std::optional<double> hex_float(std::string_view text) {
  const bool negative = !text.empty() && text[0] == '-';
  if (negative) text.remove_prefix(1);
  if (text.substr(0, 2) != "0x") return std::nullopt;
  text.remove_prefix(2);
  const size_t p = text.find_first_of("pP");
  const auto exponent = p == std::string_view::npos ? std::optional<int64_t>(0)
                                                    : parse_int(text.substr(p + (text[p + 1] == '+' ? 2 : 1)));
  if (!exponent || std::abs(*exponent) > 5000) return std::nullopt;
  text = text.substr(0, p);
  const size_t point = text.find('.');
  std::string digits(text.substr(0, point));
  int64_t scale = *exponent;
  if (point != std::string_view::npos) {
    digits += text.substr(point + 1);
    scale -= 4 * static_cast<int64_t>(text.size() - point - 1);
  }
  uint64_t mantissa = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), mantissa, 16);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  const double value = std::ldexp(static_cast<double>(mantissa), static_cast<int>(scale));
  return negative ? -value : value;
}

std::optional<uint64_t> float_bits(DType dtype, std::string_view text) {
  const auto value = text.find('x') == std::string_view::npos ? parse_double(text) : hex_float(text);
  if (!value) return std::nullopt;
  const auto narrow = static_cast<float>(*value);
  switch (dtype) {
    case DType::kFloat64:
      return std::bit_cast<uint64_t>(*value);
    case DType::kFloat32:
      return std::bit_cast<uint32_t>(narrow);
    case DType::kFloat16:
      return float_to_half(narrow);
    case DType::kBFloat16:
      return float_to_bfloat16(narrow);
    default:
      return std::nullopt;
  }
}

std::optional<uint64_t> integer_bits(DType dtype, std::string_view text) {
  const int bits = bit_width(dtype);
  const uint64_t mask = bits == 64 ? ~uint64_t{0} : (uint64_t{1} << bits) - 1;
  const char* const end = text.data() + text.size();
  if (is_signed(dtype)) {
    int64_t value = 0;
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    const int64_t top = static_cast<int64_t>(mask >> 1);
    if (error != std::errc() || stop != end || value > top || value < -top - 1) return std::nullopt;
    return static_cast<uint64_t>(value) & mask;
  }
  uint64_t value = 0;
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end || value > mask) return std::nullopt;
  return value;
}

// The shortest decimal that `to_bits` brings back to the same 16 bits.
template <typename ToBits>
std::string shortest_narrow(float value, ToBits to_bits) {
  for (int digits = 1; digits < 6; ++digits) {
    const auto tried = parse_double(fmt::format("{:.{}g}", value, digits));
    if (tried && to_bits(static_cast<float>(*tried)) == to_bits(value)) return shortest(static_cast<float>(*tried));
  }
  return shortest(value);
}

std::string element_text(DType dtype, uint64_t bits) {
  switch (dtype) {
    case DType::kBool:
      return bits ? "true" : "false";
    case DType::kFloat64:
      return shortest(std::bit_cast<double>(bits));
    case DType::kFloat32:
      return shortest(std::bit_cast<float>(static_cast<uint32_t>(bits)));
    case DType::kFloat16:
      return shortest_narrow(half_to_float(static_cast<uint16_t>(bits)),
                             [](float value) { return float_to_half(value); });
    case DType::kBFloat16:
      return shortest_narrow(bfloat16_to_float(static_cast<uint16_t>(bits)), float_to_bfloat16);
    default:
      break;
  }
  if (!is_integer(dtype)) return "";
  const int unused = 64 - bit_width(dtype);
  return is_signed(dtype) ? std::to_string(static_cast<int64_t>(bits << unused) >> unused) : std::to_string(bits);
}

// Bits [begin, begin + width) of the little-endian stream.
uint64_t read_bits(const uint8_t* bytes, size_t begin, int width) {
  uint64_t value = 0;
  if (width >= 8) {
    for (int i = 0; i < width / 8; ++i)
      value |= static_cast<uint64_t>(bytes[begin / 8 + static_cast<size_t>(i)]) << 8 * i;
    return value;
  }
  for (int i = 0; i < width; ++i) {
    const size_t bit = begin + static_cast<size_t>(i);
    value |= static_cast<uint64_t>(bytes[bit / 8] >> (bit % 8) & 1) << i;
  }
  return value;
}

void write_bits(uint8_t* bytes, size_t begin, int width, uint64_t value) {
  if (width >= 8) {
    for (int i = 0; i < width / 8; ++i)
      bytes[begin / 8 + static_cast<size_t>(i)] = static_cast<uint8_t>(value >> 8 * i);
    return;
  }
  for (int i = 0; i < width; ++i) {
    const size_t bit = begin + static_cast<size_t>(i);
    bytes[bit / 8] = static_cast<uint8_t>(bytes[bit / 8] | (value >> i & 1) << (bit % 8));
  }
}

}  // namespace

std::optional<uint64_t> element_bits(DType dtype, std::string_view text) {
  if (dtype == DType::kBool) {
    if (text == "true") return 1;
    if (text == "false") return 0;
    return std::nullopt;
  }
  return is_integer(dtype) ? integer_bits(dtype, text) : float_bits(dtype, text);
}

std::optional<std::vector<std::string>> element_texts(const Tensor& stored) {
  const auto width = bit_width(stored.dtype());
  const auto* bytes = reinterpret_cast<const uint8_t*>(stored.bytes());
  std::vector<std::string> texts;
  for (size_t i = 0; i < static_cast<size_t>(stored.size()); ++i) {
    const uint64_t bits = read_bits(bytes, i * static_cast<size_t>(width), width);
    texts.push_back(element_text(stored.dtype(), bits));
    if (element_bits(stored.dtype(), texts.back()) != bits) return std::nullopt;
  }
  for (size_t bit = texts.size() * static_cast<size_t>(width); bit < stored.byte_size() * 8; ++bit)
    if (read_bits(bytes, bit, 1) != 0) return std::nullopt;  // padding that only raw bytes can show
  return texts;
}

Tensor tensor_of_bits(DType dtype, const ConcreteShape& shape, const std::vector<uint64_t>& bits) {
  Tensor tensor(dtype, shape);
  CHECK(bits.size() == static_cast<size_t>(tensor.size()));
  const int width = bit_width(dtype);
  auto* bytes = reinterpret_cast<uint8_t*>(tensor.bytes());
  if (tensor.byte_size() > 0) std::memset(bytes, 0, tensor.byte_size());
  for (size_t i = 0; i < bits.size(); ++i) write_bits(bytes, i * static_cast<size_t>(width), width, bits[i]);
  return tensor;
}

std::string hex_of(std::string_view bytes) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  hex.reserve(2 * bytes.size());
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    hex += {kDigits[byte >> 4], kDigits[byte & 15]};
  }
  return hex;
}

std::optional<std::string> bytes_of_hex(std::string_view hex) {
  if (hex.size() % 2 != 0) return std::nullopt;
  std::string bytes(hex.size() / 2, '\0');
  for (size_t i = 0; i < bytes.size(); ++i) {
    unsigned value = 0;
    const char* const begin = hex.data() + 2 * i;
    const auto [end, error] = std::from_chars(begin, begin + 2, value, 16);
    if (error != std::errc() || end != begin + 2) return std::nullopt;
    bytes[i] = static_cast<char>(value);
  }
  return bytes;
}

}  // namespace anemone
