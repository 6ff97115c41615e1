// SPDX-License-Identifier: Apache-2.0
// What an op knows about itself: its signature in each opset, its result types, how it is evaluated, what it costs, and
// sample cases. One file in src/ops makes one definition (or a small family) and adds it to the table. To add an op,
// add a file; nothing else is edited.
//
// A signature is text, parameters in order, separated by commas:
//     name: types [const] [list] [?] [= default]
//   types    "T=fp16|fp32" (T ties the element types of all parameters that carry the letter), "int32", "string",
//            "any" (any element type) or "T" (a letter defined before in the same signature)
//   const    the argument must be known when the program is compiled
//   list     the parameter binds one or more operands (variadic)
//   ?        may be absent, and the op decides what that means
//   = value  may be absent; then this number, true/false or bare word is used
// Example: "x: T=fp16|fp32, axis: int32 const = -1".
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ir/arg.h"
#include "ir/axes.h"
#include "ir/program.h"

namespace anemone {

enum class Numerics : uint8_t {
  kFloat32,   // float32 values and arithmetic whatever the declared type
  kIeeeHalf,  // the result of every op rounded to its declared type, ties to even
  kAne,       // as the Apple Neural Engine computes
  kFast,      // as kFloat32, with factors of products with weights rounded to bfloat16 where the machine gains by it
  kFastInt8,  // the same with 8-bit integers
};

// Results stay float32 between ops, whatever their declared type.
inline bool keeps_float32(Numerics numerics) {
  return numerics == Numerics::kFloat32 || numerics == Numerics::kFast || numerics == Numerics::kFastInt8;
}

struct Parameter {
  std::string name;
  std::string domain;        // letter that ties element types, or empty
  std::vector<DType> types;  // accepted element types; empty: any
  bool is_const = false;
  bool is_list = false;
  bool optional = false;
  std::optional<std::string> default_text;
};

struct Signature {
  int opset = kOldestOpset;  // valid from CoreML<opset> until the next signature
  std::vector<Parameter> parameters;

  const Parameter* find(std::string_view name) const;
};

// The arguments of one op while it is checked, inferred or evaluated. Types are always there; values of constants (and,
// when evaluating, of everything) too, in compute form. Accessors throw Error when a value is needed but not known.
class Arguments {
 public:
  // `values[i]` belongs to operand i of the argument; an entry may be null when the value is not known.
  struct Bound {
    std::vector<Type> types;
    std::vector<const Tensor*> values;
    std::vector<const Constant*> constants;  // literals behind operands: for strings and aggregates
  };

  Arguments(const Op& op, const Signature& signature, int opset, std::map<std::string, Bound, std::less<>> bound)
      : op_(op), signature_(signature), opset_(opset), bound_(std::move(bound)) {}

  const Op& op() const { return op_; }
  int opset() const { return opset_; }

  bool has(std::string_view name) const { return bound_.find(name) != bound_.end(); }
  size_t count(std::string_view name) const;  // operands bound to it; 0 when absent
  const Type& type(std::string_view name, size_t index = 0) const;
  // The value in compute form, or nullptr when it is not known yet.
  const Tensor* known(std::string_view name, size_t index = 0) const;
  const Tensor& tensor(std::string_view name, size_t index = 0) const;

  // Known parameters, with the signature's default when absent.
  int64_t integer(std::string_view name) const;
  std::vector<int64_t> integers(std::string_view name) const;
  std::optional<std::vector<int64_t>> known_integers(std::string_view name) const;  // nothing: absent or not known
  double number(std::string_view name) const;
  bool flag(std::string_view name) const;
  std::vector<bool> flags(std::string_view name) const;
  std::string text(std::string_view name) const;
  // An axis in [0, rank) from a parameter that may count from the end.
  int axis(std::string_view name, int rank) const;
  std::vector<int> axes(std::string_view name, int rank) const;
  const Constant& literal(std::string_view name, size_t index = 0) const;   // the constant behind it; Error if none
  const Constant* constant(std::string_view name, size_t index = 0) const;  // the same, or nullptr

 private:
  const Bound& bound(std::string_view name) const;
  const std::string& default_text(std::string_view name) const;

  const Op& op_;
  const Signature& signature_;
  int opset_;
  std::map<std::string, Bound, std::less<>> bound_;
};

// Normalises an axis that may count from the end; Error when it lies outside.
int normalized_axis(int64_t axis, int rank);

// Where an op's evaluation puts its results. Result tensors are allocated by the caller from the inferred types when
// these are concrete, else by the op.
class Results {
 public:
  virtual ~Results() = default;
  // The tensor for output `index`, in compute form, with this shape; uninitialised.
  virtual Tensor& allocate(size_t index, const ConcreteShape& shape, DType compute_type) = 0;
  // Uses an existing tensor as output `index` (views, pass-through).
  virtual void set(size_t index, Tensor tensor) = 0;
  virtual Numerics numerics() const { return Numerics::kFloat32; }
  virtual int threads() const { return 1; }
  // For random ops: the next 64 random bits of this run.
  virtual uint64_t random() { return 0; }
};

struct Cost {
  double flops = 0;
  double bytes = 0;  // inputs read and outputs written, elements at their declared width
};

// A case with literal values that the conformance test of every op checks: the op with these constant arguments
// evaluates to `expected`, one literal for each output.
struct Sample {
  std::vector<Arg> arguments;
  std::vector<Constant> expected;
  std::string origin;       // where the expected values come from: "by hand", a document, another library
  double tolerance = 1e-6;  // |got - want| <= tolerance * max(1, |want|)
  int opset = 0;            // 0: the op's first
};

struct OpDefinition {
  std::string name;
  std::vector<Signature> signatures;  // ascending opsets
  // Result types, one for each output. Called after arguments were checked against the signature.
  std::function<std::vector<Type>(const Arguments&)> infer;
  // Computes all outputs. Inputs are in compute form. Absent for ops that the executor itself interprets
  // (control flow, states).
  std::function<void(const Arguments&, Results&)> evaluate;
  std::function<Cost(const Arguments&, const std::vector<Type>& outputs)> cost;  // absent: bytes only
  std::vector<Sample> samples;
  // How axes correspond; absent, or nothing: the op takes its operands as they are. Elementwise ops and views need
  // none.
  std::function<std::optional<AxesStatement>(const Arguments&)> axes;

  // What the executor may rely on.
  std::string view_of;            // output 0 has the same elements in the same order as this argument: no copy needed
  bool elementwise = false;       // every output element depends on one element of each argument (after broadcasting)
  bool needs_only_types = false;  // evaluate() looks at types, not values (shape)
  bool deterministic = true;      // false: a second evaluation may differ (random ops)

  // The newest signature not above the opset; nullptr when the op does not exist there yet.
  const Signature* signature(int opset) const;
};

class OpTable {
 public:
  // The definition is checked: names are unique, signatures parse.
  void add(OpDefinition definition);
  const OpDefinition* find(std::string_view name) const;
  std::vector<std::string> names() const;

 private:
  std::map<std::string, OpDefinition, std::less<>> definitions_;
};

Signature signature(int opset, std::string_view text);  // parses the notation above

// Binds an op's arguments, checking names, presence, element types, domains and constness against the signature.
// `known` gives the value of an operand in compute form when it is known, else nullptr; `type_of` its type.
Arguments bind(const Op& op, const OpDefinition& definition, int opset,
               const std::function<const Type&(const Operand&)>& type_of,
               const std::function<const Tensor*(const Operand&)>& known,
               const std::function<const Constant*(const Operand&)>& literal);

// Result types of an op inside a graph, small constants being known. Errors name the op.
class Graph;
std::vector<Type> infer_types(const Op& op, const OpTable& table, int opset, const Graph& graph);

// How the axes of an op inside a graph correspond; nothing when it does not say, or when shapes are not known.
std::optional<AxesStatement> axes_of(const Op& op, const OpTable& table, int opset, const Graph& graph);

// Evaluates one op whose operands are all literals or known; results are in compute form. The reference for folding and
// for tests. Throws Error when the op cannot be evaluated on its own (control flow, states).
std::vector<Tensor> evaluate(const Op& op, const OpTable& table, int opset,
                             const std::function<const Type&(const Operand&)>& type_of,
                             const std::function<const Tensor*(const Operand&)>& value_of,
                             const std::function<const Constant*(const Operand&)>& literal,
                             Numerics numerics = Numerics::kFloat32);
// The same for an op described by constants only.
std::vector<Tensor> evaluate(const std::string& op_type, const std::vector<Arg>& arguments, const OpTable& table,
                             int opset, Numerics numerics = Numerics::kFloat32);

}  // namespace anemone
