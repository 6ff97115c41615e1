// SPDX-License-Identifier: Apache-2.0
// A MIL program: functions of blocks of operations in SSA form. Operations are immutable and shared, so a changed
// program costs only what changed. A value is named by a number that is unique in its function; its name is for people
// and files. Every op has at least one output: a state write gives the state's next version, a token that makes the
// order of reads and writes data flow (files do not store it).
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "ir/constant.h"
#include "ir/type.h"

namespace anemone {

using ValueId = uint32_t;
inline constexpr ValueId kNoValue = 0;

// What an argument is bound to: a value of the function, or a literal.
class Operand {
 public:
  Operand(ValueId value) : value_(value) {}  // NOLINT: a value is an operand
  Operand(Constant literal) : literal_(std::make_shared<const Constant>(std::move(literal))) {}  // NOLINT

  bool is_value() const { return literal_ == nullptr; }
  ValueId value() const { return value_; }               // kNoValue for a literal
  const Constant& literal() const { return *literal_; }  // only when !is_value()

 private:
  ValueId value_ = kNoValue;
  std::shared_ptr<const Constant> literal_;
};

// A named argument. Variadic parameters (concat's values) bind several operands, all others exactly one.
struct Argument {
  std::string name;
  std::vector<Operand> operands;
};

struct Output {
  ValueId id = kNoValue;
  std::string name;
  Type type;
};

struct Op;
using OpPtr = std::shared_ptr<const Op>;

struct Block {
  std::vector<Output> inputs;  // of a nested block: loop variables
  std::vector<OpPtr> ops;      // in execution order
  std::vector<ValueId> outputs;
};

struct Op {
  std::string type;                 // "softmax"
  std::vector<Argument> arguments;  // sorted by name
  std::vector<Output> outputs;
  std::vector<Block> blocks;  // cond: then, else; while_loop: condition, body
  std::string name;           // the op's own name
  std::string provenance;     // where it came from: "distilbert.transformer.layer.0.attention.q_lin" ...

  const Argument* argument(std::string_view argument_name) const;  // or nullptr
  ValueId id() const { return outputs.front().id; }                // names the op in its function
};

// How a tensor appears in the model's description: what callers see.
struct Feature {
  enum class Kind : uint8_t { kArray, kImage, kString, kInt64, kDouble, kDictionary };
  struct Range {
    int64_t lower = 0;
    int64_t upper = -1;  // negative: no limit
    friend bool operator==(const Range&, const Range&) = default;
  };

  std::string name;
  std::string description;
  Kind kind = Kind::kArray;
  DType dtype = DType::kFloat32;                 // array: float32, float64, int32, float16 or int8
  std::optional<ConcreteShape> shape;            // array: the default shape; absent for outputs of unknown shape
  std::vector<ConcreteShape> enumerated_shapes;  // array: allowed shapes; image: allowed [height, width]
  std::vector<Range> shape_ranges;               // array: one range a dimension; image: height, width
  bool optional = false;
  std::optional<double> default_value;  // array, when optional
  int color_space = 0;                  // image: 10 grayscale, 20 RGB, 30 BGR, 40 grayscale float16
  bool string_keys = false;             // dictionary: keys are strings, else int64
  std::string unrecognized;             // wire bytes of fields that we do not model

  friend bool operator==(const Feature&, const Feature&) = default;
};

struct Function {
  std::string name;
  int opset = 5;               // n of CoreML<n>
  std::vector<Output> inputs;  // tensors, and states
  Block body;
  ValueId next_value = 1;  // greater than every id in the function

  std::vector<Feature> input_features;   // one for each input that is not a state, by name
  std::vector<Feature> output_features;  // one for each output, by name
  std::vector<Feature> state_features;
  std::string predicted_feature_name;
  std::string predicted_probabilities_name;
};

struct Metadata {
  std::string description;
  std::string version;
  std::string author;
  std::string license;
  std::map<std::string, std::string> user_defined;
  std::string unrecognized;

  friend bool operator==(const Metadata&, const Metadata&) = default;
};

struct Program {
  std::map<std::string, std::shared_ptr<const Function>> functions;
  std::string default_function = "main";
  bool multifunction = false;  // described function by function (specification version 9 and later)
  Metadata metadata;
  std::map<std::string, std::string> build_info;
  std::string unrecognized;  // wire bytes of the model's and description's fields that we do not model

  const Function& function(const std::string& name) const;  // Error when there is none
  const Function& main() const { return function(default_function); }
  int opset() const;  // the largest of its functions
};

// The smallest specification version that an opset needs: CoreML5 is 6, CoreML8 is 9.
inline int specification_version(int opset) { return opset + 1; }
inline constexpr int kOldestOpset = 5;
inline constexpr int kNewestOpset = 8;

// Calls visit(op, depth) for every op of the block and of its nested blocks, outer ops first.
void for_each_op(const Block& block, const std::function<void(const Op&)>& visit);

// Ops that execute: neither const nor constexpr_*.
bool is_executed(const Op& op);
bool is_constexpr(const Op& op);

// Whether two programs are the same up to value numbers: same functions, ops, names, types, constants, features.
// Otherwise says where they differ first.
std::optional<std::string> difference(const Program& a, const Program& b);

}  // namespace anemone
