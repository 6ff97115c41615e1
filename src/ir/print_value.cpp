// SPDX-License-Identifier: Apache-2.0
// Types, names and constants as text.
#include <algorithm>
#include <filesystem>

#include "base/error.h"
#include "base/strings.h"
#include "ir/lexer.h"
#include "ir/literal.h"
#include "ir/printer.h"

namespace anemone {
namespace {

std::string literal_text(const Constant& value, const PrintOptions& options);

// Elements in nested brackets, one level for each axis.
std::string nested(const std::vector<std::string>& elements, const ConcreteShape& shape) {
  if (shape.empty()) return elements[0];
  if (elements.empty()) return "[]";
  std::string text;
  for (size_t i = 0; i < elements.size(); ++i) {
    auto stride = static_cast<int64_t>(1);
    size_t opened = 0;
    for (size_t axis = shape.size(); axis-- > 0;) {
      stride *= shape[axis];
      if (static_cast<int64_t>(i) % stride != 0) break;
      ++opened;
    }
    if (i > 0) text += std::string(opened, ']') + ", ";
    text += std::string(opened, '[') + elements[i];
  }
  return text + std::string(shape.size(), ']');
}

std::string blob_text(const FileRange& range, const PrintOptions& options) {
  std::filesystem::path path = range.file->path();
  if (!options.base.empty()) path = std::filesystem::relative(path, options.base);
  return fmt::format("BLOBFILE(path = {}, offset = {}, size = {})", quote(path.string()), range.offset, range.size);
}

std::string tensor_literal(const Constant& value, const PrintOptions& options) {
  const Type& type = value.type();
  if (type.dtype == DType::kString) {
    std::vector<std::string> texts;
    for (const std::string& text : value.strings()) texts.push_back(quote(text));
    return nested(texts, type.concrete());
  }
  const bool large = value.element_count() > options.max_elements;
  if (large && options.elide) return "...";
  if (large)
    if (const auto range = value.file_range()) return blob_text(*range, options);
  const Tensor stored = value.stored();
  if (!large)
    if (const auto texts = element_texts(stored)) return nested(*texts, type.concrete());
  return fmt::format("HEX(\"{}\")", hex_of({reinterpret_cast<const char*>(stored.bytes()), stored.byte_size()}));
}

// Members whose type the aggregate does not tell carry their own.
std::string member_text(const Constant& member, const Type* expected, const PrintOptions& options) {
  const bool told = expected && *expected == member.type();
  return told ? literal_text(member, options) : value_text(member, options);
}

std::string aggregate_literal(const Constant& value, const PrintOptions& options) {
  const Type& type = value.type();
  const auto& members = value.members();
  std::vector<std::string> texts;
  for (size_t i = 0; i < members.size(); ++i) {
    const size_t element = type.kind == Type::Kind::kList ? 0 : type.kind == Type::Kind::kTuple ? i : i % 2;
    const Type* expected = element < type.elements.size() ? &type.elements[element] : nullptr;
    texts.push_back(member_text(members[i], expected, options));
  }
  if (type.kind == Type::Kind::kList) return "[" + join(texts, ", ") + "]";
  if (type.kind == Type::Kind::kTuple) return "(" + join(texts, ", ") + ")";
  std::vector<std::string> pairs;
  for (size_t i = 0; i + 1 < texts.size(); i += 2) pairs.push_back("{" + texts[i] + ", " + texts[i + 1] + "}");
  return "{" + join(pairs, ", ") + "}";
}

std::string literal_text(const Constant& value, const PrintOptions& options) {
  return value.type().is_tensor() ? tensor_literal(value, options) : aggregate_literal(value, options);
}

}  // namespace

std::string type_text(const Type& type) {
  const bool scalar = type.is_tensor() && type.ranked && type.rank() == 0;
  return scalar ? std::string(name_of(type.dtype)) : type.str();
}

std::string name_text(const std::string& name) { return is_plain_name(name) ? name : quote(name); }

std::string value_text(const Constant& value, const PrintOptions& options) {
  return type_text(value.type()) + "(" + literal_text(value, options) + ")";
}

}  // namespace anemone
