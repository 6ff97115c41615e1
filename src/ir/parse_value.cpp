// SPDX-License-Identifier: Apache-2.0
// Types and constants. A constant never takes more memory than its text or its file.
#include <algorithm>
#include <cstring>
#include <filesystem>

#include "base/error.h"
#include "base/strings.h"
#include "ir/literal.h"
#include "ir/parser.h"

namespace anemone {
namespace {

constexpr int kMaxNesting = 16;
constexpr size_t kMaxRank = 64;

Type parse_type_at(Lexer& lexer, int depth);
Constant parse_value_at(Lexer& lexer, BlobFiles& files, int depth);
Constant parse_literal(Lexer& lexer, BlobFiles& files, const Type& type, int depth);

void check_depth(Lexer& lexer, int depth) {
  if (depth > kMaxNesting) lexer.fail_here(fmt::format("nested deeper than {}", kMaxNesting));
}

DType parse_dtype(Lexer& lexer) {
  const Token word = lexer.next();
  const auto dtype = word.kind == Token::Kind::kWord ? dtype_from_name(word.spelling) : std::nullopt;
  if (!dtype) Lexer::fail_at(word, "expected an element type");
  return *dtype;
}

// "2*s", "s", "12" or "?".
Dim parse_dim_term(Lexer& lexer) {
  if (lexer.accept("?")) return Dim::unknown();
  if (lexer.peek().kind == Token::Kind::kWord && is_plain_name(lexer.peek().spelling))
    return Dim::symbol(std::string(lexer.next().spelling));
  const int64_t factor = parse_integer(lexer);
  if (!lexer.accept("*")) return factor;
  if (lexer.peek().kind != Token::Kind::kWord || !is_plain_name(lexer.peek().spelling))
    lexer.fail_here("expected a symbol");
  return Dim(factor) * Dim::symbol(std::string(lexer.next().spelling));
}

Dim parse_dim(Lexer& lexer) {
  Dim dim = parse_dim_term(lexer);
  for (size_t terms = 1; lexer.accept("+"); ++terms) {
    if (terms == kMaxRank) lexer.fail_here("too many terms");
    dim = dim + parse_dim_term(lexer);
  }
  return dim;
}

Type parse_tensor_type(Lexer& lexer) {
  lexer.expect("<");
  const DType dtype = parse_dtype(lexer);
  lexer.expect(",");
  Type type = Type::unranked(dtype);
  if (!lexer.accept("?")) {
    lexer.expect("[");
    Shape shape;
    parse_list(lexer, "]", [&] {
      if (shape.size() == kMaxRank) lexer.fail_here(fmt::format("more than {} dimensions", kMaxRank));
      shape.push_back(parse_dim(lexer));
    });
    type = Type::tensor(dtype, std::move(shape));
  }
  lexer.expect(">");
  return type;
}

Type parse_type_at(Lexer& lexer, int depth) {
  check_depth(lexer, depth);
  if (lexer.accept("tensor")) return parse_tensor_type(lexer);
  if (lexer.accept("state")) {
    lexer.expect("<");
    Type held = parse_type_at(lexer, depth + 1);
    lexer.expect(">");
    return Type::state(std::move(held));
  }
  if (lexer.accept("list")) {
    lexer.expect("<");
    Type element = parse_type_at(lexer, depth + 1);
    lexer.expect(",");
    Dim length = parse_dim(lexer);
    lexer.expect(">");
    return Type::list(std::move(element), std::move(length));
  }
  if (lexer.accept("tuple")) {
    lexer.expect("<");
    std::vector<Type> elements;
    parse_list(lexer, ">", [&] { elements.push_back(parse_type_at(lexer, depth + 1)); });
    return Type::tuple(std::move(elements));
  }
  if (lexer.accept("dict")) {
    lexer.expect("<");
    Type key = parse_type_at(lexer, depth + 1);
    lexer.expect(",");
    Type value = parse_type_at(lexer, depth + 1);
    lexer.expect(">");
    return Type::dictionary(std::move(key), std::move(value));
  }
  return Type::scalar(parse_dtype(lexer));
}

// Reads elements in brackets: one level for each axis, or one level for all.
class Elements {
 public:
  Elements(Lexer& lexer, const Type& type) : lexer_(lexer), type_(type), counts_(kMaxRank + 1, -1) {}

  Constant parse() {
    start_ = lexer_.peek();
    wanted_ = type_.element_count();
    read(0);
    check_structure();
    const ConcreteShape shape = type_.concrete();
    if (type_.dtype == DType::kString) return Constant::texts(std::move(texts_), shape);
    return Constant(tensor_of_bits(type_.dtype, shape, bits_));
  }

 private:
  void read(size_t depth) {
    if (!lexer_.peek().is("[")) return read_element(depth);
    if (depth == kMaxRank) lexer_.fail_here("nested too deep");
    lexer_.expect("[");
    int64_t count = 0;
    parse_list(lexer_, "]", [&] {
      read(depth + 1);
      ++count;
    });
    if (counts_[depth] >= 0 && counts_[depth] != count) ragged_ = true;
    counts_[depth] = count;
    levels_ = std::max(levels_, depth + 1);
  }

  void read_element(size_t depth) {
    if (element_depth_ && *element_depth_ != depth) ragged_ = true;
    element_depth_ = depth;
    if (static_cast<int64_t>(std::max(bits_.size(), texts_.size())) == wanted_)
      lexer_.fail_here(fmt::format("more than the {} elements of {}", wanted_, type_.str()));
    const Token token = lexer_.peek();
    if (type_.dtype == DType::kString) {
      if (token.kind != Token::Kind::kString) lexer_.fail_here("expected a string");
      texts_.push_back(lexer_.next().text);
      return;
    }
    const auto value = element_bits(type_.dtype, parse_signed(lexer_));
    if (!value) Lexer::fail_at(token, fmt::format("not a value of type {}", name_of(type_.dtype)));
    bits_.push_back(*value);
  }

  void check_structure() {
    const auto found = static_cast<int64_t>(std::max(bits_.size(), texts_.size()));
    bool fits = found == wanted_ && !ragged_;
    const bool flat = levels_ <= 1;
    if (!flat && levels_ != type_.shape.size()) fits = false;
    if (!flat && fits)
      for (size_t i = 0; i < levels_; ++i) fits = fits && counts_[i] == type_.shape[i].value();
    if (!fits) Lexer::fail_at(start_, fmt::format("the elements do not have the shape of {}", type_.str()));
  }

  Lexer& lexer_;
  const Type& type_;
  Token start_;
  int64_t wanted_ = 0;
  std::vector<int64_t> counts_;  // of items in the lists of each level
  std::optional<size_t> element_depth_;
  size_t levels_ = 0;
  bool ragged_ = false;
  std::vector<uint64_t> bits_;
  std::vector<std::string> texts_;
};

Constant parse_blob(Lexer& lexer, BlobFiles& files, const Type& type) {
  lexer.expect("BLOBFILE");
  lexer.expect("(");
  lexer.expect("path");
  lexer.expect("=");
  const Token at = lexer.peek();
  const std::string path = parse_text(lexer);
  lexer.expect(",");
  lexer.expect("offset");
  lexer.expect("=");
  const int64_t offset = parse_integer(lexer);
  lexer.expect(",");
  lexer.expect("size");
  lexer.expect("=");
  const int64_t size = parse_integer(lexer);
  lexer.expect(")");
  const auto bytes = byte_size(type.dtype, type.element_count());
  if (offset < 0 || type.dtype == DType::kString || bytes != size)
    Lexer::fail_at(at, fmt::format("{} bytes at {} cannot be {}", size, offset, type.str()));
  try {
    return Constant::mapped(files.open(path), static_cast<size_t>(offset), type.dtype, type.concrete());
  } catch (const Error& error) {
    Lexer::fail_at(at, error.what());
  }
}

Constant parse_bytes(Lexer& lexer, const Type& type) {
  const Token at = lexer.peek();
  const std::string bytes = parse_hex(lexer);
  if (type.dtype == DType::kString || byte_size(type.dtype, type.element_count()) != static_cast<int64_t>(bytes.size()))
    Lexer::fail_at(at, fmt::format("{} bytes cannot be {}", bytes.size(), type.str()));
  Tensor tensor(type.dtype, type.concrete());
  if (!bytes.empty()) std::memcpy(tensor.bytes(), bytes.data(), bytes.size());
  return Constant(std::move(tensor));
}

Constant parse_tensor_literal(Lexer& lexer, BlobFiles& files, const Type& type) {
  if (!type.is_concrete()) lexer.fail_here(fmt::format("a constant cannot be {}", type.str()));
  const Token at = lexer.peek();
  try {
    type.element_count();
  } catch (const Error& error) {
    Lexer::fail_at(at, error.what());
  }
  if (at.is("BLOBFILE")) return parse_blob(lexer, files, type);
  if (at.is("HEX")) return parse_bytes(lexer, type);
  if (at.is("...")) lexer.fail_here("the value of this constant was left out");
  return Elements(lexer, type).parse();
}

Constant parse_member(Lexer& lexer, BlobFiles& files, const Type* type, int depth) {
  if (starts_type(lexer.peek())) return parse_value_at(lexer, files, depth);
  if (!type) lexer.fail_here("expected a value with its type");
  return parse_literal(lexer, files, *type, depth);
}

Constant parse_literal(Lexer& lexer, BlobFiles& files, const Type& type, int depth) {
  check_depth(lexer, depth);
  if (type.is_tensor()) return parse_tensor_literal(lexer, files, type);
  if (type.is_state()) lexer.fail_here("a state cannot be a constant");
  std::vector<Constant> members;
  if (type.kind == Type::Kind::kList) {
    lexer.expect("[");
    parse_list(lexer, "]", [&] { members.push_back(parse_member(lexer, files, &type.elements[0], depth + 1)); });
  } else if (type.kind == Type::Kind::kTuple) {
    lexer.expect("(");
    parse_list(lexer, ")", [&] {
      const Type* element = members.size() < type.elements.size() ? &type.elements[members.size()] : nullptr;
      members.push_back(parse_member(lexer, files, element, depth + 1));
    });
  } else {
    lexer.expect("{");
    parse_list(lexer, "}", [&] {
      lexer.expect("{");
      members.push_back(parse_member(lexer, files, &type.elements[0], depth + 1));
      lexer.expect(",");
      members.push_back(parse_member(lexer, files, &type.elements[1], depth + 1));
      lexer.expect("}");
    });
  }
  return Constant::aggregate(type, std::move(members));
}

Constant parse_value_at(Lexer& lexer, BlobFiles& files, int depth) {
  check_depth(lexer, depth);
  const Type type = parse_type_at(lexer, depth);
  lexer.expect("(");
  Constant value = parse_literal(lexer, files, type, depth);
  lexer.expect(")");
  return value;
}

}  // namespace

std::shared_ptr<const MappedFile> BlobFiles::open(const std::string& path) {
  if (const auto found = files_.find(path); found != files_.end()) return found->second;
  if (base_.empty()) fail("files cannot be read here");
  std::error_code error;
  const auto base = std::filesystem::canonical(base_, error);
  if (error) fail("{}: {}", base_, error.message());
  const auto file = std::filesystem::canonical(base / path, error);
  if (error) fail("{}: {}", path, error.message());
  const bool inside = std::mismatch(base.begin(), base.end(), file.begin(), file.end()).first == base.end();
  if (!inside) fail("{} lies outside {}", path, base_);
  return files_.emplace(path, MappedFile::open(file)).first->second;
}

bool starts_type(const Token& token) {
  if (token.kind != Token::Kind::kWord) return false;
  return token.is("tensor") || token.is("state") || token.is("list") || token.is("tuple") || token.is("dict") ||
         dtype_from_name(token.spelling).has_value();
}

Type parse_type(Lexer& lexer) { return parse_type_at(lexer, 0); }

Constant parse_value(Lexer& lexer, BlobFiles& files) { return parse_value_at(lexer, files, 0); }

}  // namespace anemone
