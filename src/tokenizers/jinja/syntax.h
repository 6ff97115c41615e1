// SPDX-License-Identifier: Apache-2.0
// The tree of a template.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tokenizers/jinja/value.h"

namespace anemone::jinja {

struct Expression;
using ExpressionPtr = std::unique_ptr<const Expression>;

struct Argument {
  std::string name;  // empty: by place
  ExpressionPtr value;
};

struct Expression {
  enum class Kind {
    kConstant,   // value
    kName,       // name
    kList,       // children; tuples too
    kDict,       // children: key, value, key, value ...
    kAttribute,  // children[0] . name
    kSubscript,  // children[0] [children[1]]
    kSlice,      // children[0] [children[1] : children[2] : children[3]], each of the three may be null
    kCall,       // children[0] (arguments)
    kFilter,     // children[0] | name (arguments); no child inside a filter block
    kTest,       // children[0] is name (arguments)
    kUnary,      // name is -, + or not
    kBinary,     // name is the operator
    kAnd,
    kOr,
    kConditional,  // children[1] ? children[0] : children[2], which may be null
  };
  Kind kind = Kind::kConstant;
  std::string name;
  Value value;
  bool negated = false;  // is not, not in
  std::vector<ExpressionPtr> children;
  std::vector<Argument> arguments;
};

struct Statement;
using Block = std::vector<Statement>;

struct Parameter {
  std::string name;
  ExpressionPtr fallback;  // may be null
};

struct Statement {
  enum class Kind {
    kText,       // name
    kPrint,      // value
    kIf,         // value, body, otherwise
    kFor,        // targets, value, condition, body, otherwise
    kSet,        // targets = value, or the output of the body
    kSetMember,  // targets[0] . name = value
    kMacro,      // name, parameters, body
    kCall,       // value is called with a caller that gives the body
    kFilter,     // value is a chain of filters over the output of the body
    kWith,       // parameters are set inside the body
    kBody,       // the body as it is
    kBreak,
    kContinue,
  };
  Kind kind = Kind::kText;
  size_t line = 0;
  std::string name;
  std::vector<std::string> targets;
  ExpressionPtr value;
  ExpressionPtr condition;
  std::vector<Parameter> parameters;
  Block body;
  Block otherwise;
  bool recursive = false;
};

// Throws Error naming the line.
Block parse(std::string_view source);

}  // namespace anemone::jinja
