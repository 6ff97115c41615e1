// SPDX-License-Identifier: Apache-2.0
// What callers see of a program: features, metadata, build information.
#include <set>

#include "base/error.h"
#include "ir/builder.h"
#include "ir/parser.h"

namespace anemone {
namespace {

Feature::Kind parse_kind(Lexer& lexer) {
  using Kind = Feature::Kind;
  static const std::map<std::string, Kind, std::less<>> kinds = {
      {"array", Kind::kArray}, {"image", Kind::kImage},   {"string", Kind::kString},
      {"int64", Kind::kInt64}, {"double", Kind::kDouble}, {"dictionary", Kind::kDictionary}};
  const Token token = lexer.next();
  const auto found = kinds.find(token.spelling);
  if (found == kinds.end()) Lexer::fail_at(token, "expected a kind of feature");
  return found->second;
}

ConcreteShape parse_sizes(Lexer& lexer) {
  ConcreteShape sizes;
  lexer.expect("[");
  parse_list(lexer, "]", [&] { sizes.push_back(parse_integer(lexer)); });
  return sizes;
}

Feature::Range parse_range(Lexer& lexer) {
  const Token token = lexer.peek();
  const ConcreteShape bounds = parse_sizes(lexer);
  if (bounds.size() != 2) Lexer::fail_at(token, "a range has two ends");
  return {bounds[0], bounds[1]};
}

DType parse_element_type(Lexer& lexer) {
  const Token token = lexer.next();
  const auto dtype = dtype_from_name(token.spelling);
  if (!dtype) Lexer::fail_at(token, "expected an element type");
  return *dtype;
}

void parse_feature_attribute(Lexer& lexer, const Token& at, const std::string& key, Feature& feature) {
  if (key == "dtype") {
    feature.dtype = parse_element_type(lexer);
  } else if (key == "shape") {
    feature.shape = parse_sizes(lexer);
  } else if (key == "enumerated") {
    lexer.expect("[");
    parse_list(lexer, "]", [&] { feature.enumerated_shapes.push_back(parse_sizes(lexer)); });
  } else if (key == "ranges") {
    lexer.expect("[");
    parse_list(lexer, "]", [&] { feature.shape_ranges.push_back(parse_range(lexer)); });
  } else if (key == "optional") {
    feature.optional = parse_flag(lexer);
  } else if (key == "default") {
    feature.default_value = parse_number(lexer);
  } else if (key == "color_space") {
    const int64_t number = parse_integer(lexer);
    if (number < 0 || number > 1000) Lexer::fail_at(at, "not a color space");
    feature.color_space = static_cast<int>(number);
  } else if (key == "string_keys") {
    feature.string_keys = parse_flag(lexer);
  } else if (key == "description") {
    feature.description = parse_text(lexer);
  } else if (key == "unrecognized") {
    feature.unrecognized = parse_hex(lexer);
  } else {
    Lexer::fail_at(at, "features have no such attribute");
  }
}

// Reads "[key = value, ...]", every key once.
template <typename Read>
void parse_keys(Lexer& lexer, Read read) {
  std::set<std::string> seen;
  parse_list(lexer, "]", [&] {
    const Token at = lexer.peek();
    const std::string key = parse_name(lexer);
    if (!seen.insert(key).second) Lexer::fail_at(at, "the attribute occurs twice");
    lexer.expect("=");
    read(at, key);
  });
}

}  // namespace

Feature parse_feature(Lexer& lexer) {
  Feature feature;
  feature.name = parse_name(lexer);
  lexer.expect("=");
  feature.kind = parse_kind(lexer);
  if (lexer.accept("["))
    parse_keys(lexer,
               [&](const Token& at, const std::string& key) { parse_feature_attribute(lexer, at, key, feature); });
  lexer.expect(";");
  return feature;
}

void parse_program_attributes(Lexer& lexer, Program& program) {
  if (!lexer.accept("[")) return;
  const std::map<std::string, std::string*, std::less<>> texts = {{"default_function", &program.default_function},
                                                                  {"description", &program.metadata.description},
                                                                  {"version", &program.metadata.version},
                                                                  {"author", &program.metadata.author},
                                                                  {"license", &program.metadata.license}};
  parse_keys(lexer, [&](const Token& at, const std::string& key) {
    if (const auto text = texts.find(key); text != texts.end())
      *text->second = parse_text(lexer);
    else if (key == "buildInfo")
      program.build_info = parse_texts(lexer);
    else if (key == "user_defined")
      program.metadata.user_defined = parse_texts(lexer);
    else if (key == "multifunction")
      program.multifunction = parse_flag(lexer);
    else if (key == "metadata_unrecognized")
      program.metadata.unrecognized = parse_hex(lexer);
    else if (key == "unrecognized")
      program.unrecognized = parse_hex(lexer);
    else
      Lexer::fail_at(at, "programs have no such attribute");
  });
}

void FunctionParser::parse_interface() {
  const Token at = lexer_.peek();
  if (!lexer_.accept("interface")) {
    for (const ValueId id : function_.body.outputs)
      if (!types_.count(id)) Lexer::fail_at(at, "an output is not defined, so an interface section must describe it");
    try {
      make_features(function_);
    } catch (const Error& error) {
      Lexer::fail_at(at, error.what());
    }
    return;
  }
  lexer_.expect("{");
  while (!lexer_.accept("}")) {
    if (lexer_.accept("input")) {
      function_.input_features.push_back(parse_feature(lexer_));
    } else if (lexer_.accept("output")) {
      function_.output_features.push_back(parse_feature(lexer_));
    } else if (lexer_.accept("state")) {
      function_.state_features.push_back(parse_feature(lexer_));
    } else {
      const bool labels = lexer_.accept("predicted_feature");
      if (!labels) lexer_.expect("predicted_probabilities");
      lexer_.expect("=");
      (labels ? function_.predicted_feature_name : function_.predicted_probabilities_name) = parse_text(lexer_);
      lexer_.expect(";");
    }
  }
}

}  // namespace anemone
