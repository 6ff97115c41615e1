// SPDX-License-Identifier: Apache-2.0
#include "base/strings.h"
#include "tokenizers/jinja/token_stream.h"

namespace anemone::jinja {
namespace {

constexpr int kDeepest = 100;

using Kind = Expression::Kind;
using NodePtr = std::unique_ptr<Expression>;

NodePtr make(Kind kind, std::string name = {}) {
  auto node = std::make_unique<Expression>();
  node->kind = kind;
  node->name = std::move(name);
  return node;
}

NodePtr make(Kind kind, std::string name, ExpressionPtr first, ExpressionPtr second = nullptr) {
  NodePtr node = make(kind, std::move(name));
  node->children.push_back(std::move(first));
  if (second) node->children.push_back(std::move(second));
  return node;
}

NodePtr constant(Value value) {
  NodePtr node = make(Kind::kConstant);
  node->value = std::move(value);
  return node;
}

class ExpressionParser {
 public:
  explicit ExpressionParser(TokenStream& tokens) : tokens_(tokens) {}

  ExpressionPtr tuple(bool conditions) {
    ExpressionPtr first = expression(conditions);
    if (!tokens_.at_operator(",")) return first;
    NodePtr list = make(Kind::kList, {}, std::move(first));
    while (tokens_.accept_operator(",")) {
      if (ends_tuple()) break;
      list->children.push_back(expression(conditions));
    }
    return list;
  }

  ExpressionPtr expression(bool conditions = true) {
    if (++depth_ > kDeepest) tokens_.refuse("less nesting");
    ExpressionPtr node = either();
    while (conditions && tokens_.accept_word("if")) {
      NodePtr choice = make(Kind::kConditional, {}, std::move(node), either());
      choice->children.push_back(tokens_.accept_word("else") ? expression() : nullptr);
      node = std::move(choice);
    }
    --depth_;
    return node;
  }

  ExpressionPtr filters(ExpressionPtr node) {
    for (;;) {
      if (tokens_.accept_operator("|")) {
        NodePtr filter = make(Kind::kFilter, dotted_name());
        if (node) filter->children.push_back(std::move(node));
        if (tokens_.at_operator("(")) filter->arguments = arguments();
        node = std::move(filter);
      } else if (node && tokens_.accept_word("is")) {
        node = test(std::move(node));
      } else if (node && tokens_.at_operator("(")) {
        node = call(std::move(node));
      } else {
        return node;
      }
    }
  }

  std::vector<Argument> arguments() {
    tokens_.expect_operator("(");
    std::vector<Argument> list;
    while (!tokens_.accept_operator(")")) {
      if (!list.empty()) {
        tokens_.expect_operator(",");
        if (tokens_.accept_operator(")")) break;
      }
      Argument argument;
      const bool named =
          tokens_.at(TokenKind::kName) && tokens_.peek(1).kind == TokenKind::kOperator && tokens_.peek(1).text == "=";
      if (named) {
        argument.name = tokens_.next().text;
        tokens_.next();
      }
      argument.value = expression();
      list.push_back(std::move(argument));
    }
    return list;
  }

 private:
  bool ends_tuple() const {
    return tokens_.at_operator(")") || tokens_.at_operator("]") || tokens_.at_operator("}") ||
           tokens_.at(TokenKind::kPrintEnd) || tokens_.at(TokenKind::kBlockEnd) || tokens_.at_word("in");
  }

  ExpressionPtr either() {
    ExpressionPtr node = both();
    while (tokens_.accept_word("or")) node = make(Kind::kOr, {}, std::move(node), both());
    return node;
  }

  ExpressionPtr both() {
    ExpressionPtr node = negation();
    while (tokens_.accept_word("and")) node = make(Kind::kAnd, {}, std::move(node), negation());
    return node;
  }

  ExpressionPtr negation() {
    size_t count = 0;
    while (tokens_.accept_word("not")) ++count;
    ExpressionPtr node = comparison();
    if (count == 0) return node;
    node = make(Kind::kUnary, "not", std::move(node));
    if (count % 2 == 0) node = make(Kind::kUnary, "not", std::move(node));
    return node;
  }

  // a < b < c means a < b and b < c.
  ExpressionPtr comparison() {
    ExpressionPtr first = sum();
    NodePtr chain;
    for (;;) {
      std::string name;
      bool negated = false;
      for (const char* known : {"==", "!=", "<=", ">=", "<", ">"})
        if (name.empty() && tokens_.accept_operator(known)) name = known;
      if (name.empty() && tokens_.at_word("not") && tokens_.peek(1).kind == TokenKind::kName &&
          tokens_.peek(1).text == "in") {
        tokens_.next();
        negated = true;
      }
      if (name.empty() && tokens_.accept_word("in")) name = "in";
      if (name.empty()) break;
      if (!chain) chain = make(Kind::kBinary, "compare", std::move(first));
      Argument step;
      step.name = (negated ? "not " : "") + name;
      step.value = sum();
      chain->arguments.push_back(std::move(step));
    }
    return chain ? ExpressionPtr(std::move(chain)) : std::move(first);
  }

  template <typename Operand>
  ExpressionPtr operators(std::initializer_list<const char*> names, Operand operand) {
    ExpressionPtr node = operand();
    for (;;) {
      const char* found = nullptr;
      for (const char* name : names)
        if (found == nullptr && tokens_.accept_operator(name)) found = name;
      if (found == nullptr) return node;
      node = make(Kind::kBinary, found, std::move(node), operand());
    }
  }

  ExpressionPtr sum() {
    return operators({"+", "-"}, [&] { return operators({"~"}, [&] { return product(); }); });
  }
  ExpressionPtr product() {
    return operators({"*", "//", "/", "%"}, [&] { return operators({"**"}, [&] { return unary(true); }); });
  }

  ExpressionPtr unary(bool with_filters) {
    if (++depth_ > kDeepest) tokens_.refuse("less nesting");
    ExpressionPtr node;
    if (tokens_.accept_operator("-")) {
      node = make(Kind::kUnary, "-", unary(false));
    } else if (tokens_.accept_operator("+")) {
      node = make(Kind::kUnary, "+", unary(false));
    } else {
      node = primary();
    }
    node = postfix(std::move(node));
    if (with_filters) node = filters(std::move(node));
    --depth_;
    return node;
  }

  ExpressionPtr primary() {
    const Token& token = tokens_.peek();
    switch (token.kind) {
      case TokenKind::kName:
        return name();
      case TokenKind::kString: {
        std::string text = tokens_.next().text;
        while (tokens_.at(TokenKind::kString)) text += tokens_.next().text;
        return constant(std::move(text));
      }
      case TokenKind::kInteger: {
        const auto value = parse_int(token.text);
        if (!value) tokens_.refuse("a smaller number");
        tokens_.next();
        return constant(*value);
      }
      case TokenKind::kFloat: {
        const auto value = parse_double(token.text);
        if (!value) tokens_.refuse("a number");
        tokens_.next();
        return constant(*value);
      }
      default:
        break;
    }
    if (tokens_.accept_operator("(")) return parenthesis();
    if (tokens_.accept_operator("[")) return list();
    if (tokens_.accept_operator("{")) return dict();
    tokens_.refuse("an expression");
  }

  ExpressionPtr name() {
    const std::string name = tokens_.next().text;
    if (name == "true" || name == "True") return constant(true);
    if (name == "false" || name == "False") return constant(false);
    if (name == "none" || name == "None") return constant(None{});
    return make(Kind::kName, name);
  }

  ExpressionPtr parenthesis() {
    if (tokens_.accept_operator(")")) return make(Kind::kList);
    ExpressionPtr node = tuple(true);
    tokens_.expect_operator(")");
    return node;
  }

  ExpressionPtr list() {
    NodePtr node = make(Kind::kList);
    while (!tokens_.accept_operator("]")) {
      if (!node->children.empty()) {
        tokens_.expect_operator(",");
        if (tokens_.accept_operator("]")) break;
      }
      node->children.push_back(expression());
    }
    return node;
  }

  ExpressionPtr dict() {
    NodePtr node = make(Kind::kDict);
    while (!tokens_.accept_operator("}")) {
      if (!node->children.empty()) {
        tokens_.expect_operator(",");
        if (tokens_.accept_operator("}")) break;
      }
      node->children.push_back(expression());
      tokens_.expect_operator(":");
      node->children.push_back(expression());
    }
    return node;
  }

  ExpressionPtr postfix(ExpressionPtr node) {
    for (;;) {
      if (tokens_.accept_operator(".")) {
        if (tokens_.at(TokenKind::kInteger)) {
          node = make(Kind::kSubscript, {}, std::move(node), primary());
        } else {
          node = make(Kind::kAttribute, tokens_.expect_name(), std::move(node));
        }
      } else if (tokens_.accept_operator("[")) {
        node = subscript(std::move(node));
      } else if (tokens_.at_operator("(")) {
        node = call(std::move(node));
      } else {
        return node;
      }
    }
  }

  ExpressionPtr call(ExpressionPtr callee) {
    NodePtr node = make(Kind::kCall, {}, std::move(callee));
    node->arguments = arguments();
    return node;
  }

  ExpressionPtr subscript(ExpressionPtr object) {
    ExpressionPtr bounds[3];
    size_t colons = 0;
    if (!tokens_.at_operator(":")) bounds[0] = tuple(true);
    while (colons < 2 && tokens_.accept_operator(":")) {
      ++colons;
      if (!tokens_.at_operator(":") && !tokens_.at_operator("]")) bounds[colons] = expression();
    }
    tokens_.expect_operator("]");
    if (colons == 0) return make(Kind::kSubscript, {}, std::move(object), std::move(bounds[0]));
    NodePtr node = make(Kind::kSlice, {}, std::move(object));
    for (ExpressionPtr& bound : bounds) node->children.push_back(std::move(bound));
    return node;
  }

  std::string dotted_name() {
    std::string name = tokens_.expect_name();
    while (tokens_.accept_operator(".")) name += "." + tokens_.expect_name();
    return name;
  }

  // After `is`: a name, and one argument that may stand without parentheses.
  ExpressionPtr test(ExpressionPtr subject) {
    const bool negated = tokens_.accept_word("not");
    NodePtr node = make(Kind::kTest, dotted_name(), std::move(subject));
    node->negated = negated;
    if (tokens_.at_operator("(")) {
      node->arguments = arguments();
      return node;
    }
    const TokenKind kind = tokens_.peek().kind;
    const bool reserved = tokens_.at_word("else") || tokens_.at_word("or") || tokens_.at_word("and") ||
                          tokens_.at_word("if") || tokens_.at_word("is") || tokens_.at_word("in") ||
                          tokens_.at_word("not");
    const bool has_argument = (kind == TokenKind::kName && !reserved) || kind == TokenKind::kString ||
                              kind == TokenKind::kInteger || kind == TokenKind::kFloat || tokens_.at_operator("[") ||
                              tokens_.at_operator("{");
    if (has_argument) {
      Argument argument;
      argument.value = postfix(primary());
      node->arguments.push_back(std::move(argument));
    }
    return node;
  }

  TokenStream& tokens_;
  int depth_ = 0;
};

}  // namespace

ExpressionPtr parse_expression(TokenStream& tokens, bool tuples, bool conditions) {
  ExpressionParser parser(tokens);
  return tuples ? parser.tuple(conditions) : parser.expression(conditions);
}

ExpressionPtr parse_filter_chain(TokenStream& tokens, ExpressionPtr first) {
  return ExpressionParser(tokens).filters(std::move(first));
}

std::vector<Argument> parse_arguments(TokenStream& tokens) { return ExpressionParser(tokens).arguments(); }

}  // namespace anemone::jinja
