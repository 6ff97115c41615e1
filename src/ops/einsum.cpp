// SPDX-License-Identifier: Apache-2.0
// einsum of two operands, any equation with an explicit result and without repeated letters in one term:
// "bchq,bkhc->bkhq". Dimensions of size 1 broadcast. Core ML itself documents only nchw,nwhu->nchu and chw,whr->chr.
#include <algorithm>
#include <map>

#include "base/parallel.h"
#include "base/strings.h"
#include "ops/ops.h"
#include "ops/shared/batch.h"
#include "ops/shared/cost.h"
#include "ops/shared/gemm.h"

namespace anemone {
namespace {

struct Equation {
  std::string x, y, out;
};

void check_term(const std::string& term) {
  for (size_t i = 0; i < term.size(); ++i) {
    const bool is_letter = (term[i] >= 'a' && term[i] <= 'z') || (term[i] >= 'A' && term[i] <= 'Z');
    if (!is_letter) fail("unexpected character in equation term {}", term);
    if (term.find(term[i], i + 1) != std::string::npos)
      fail("letter {} is repeated in equation term {}", term[i], term);
  }
}

Equation parse_equation(std::string text) {
  text.erase(std::remove(text.begin(), text.end(), ' '), text.end());
  const size_t arrow = text.find("->");
  const auto terms = split(text.substr(0, arrow), ',');
  if (arrow == std::string::npos || terms.size() != 2) fail("equation {} is not of the form ab,bc->ac", text);
  Equation equation{terms[0], terms[1], text.substr(arrow + 2)};
  for (const std::string* term : {&equation.x, &equation.y, &equation.out}) check_term(*term);
  for (const char letter : equation.out) {
    if ((equation.x + equation.y).find(letter) == std::string::npos)
      fail("letter {} of the result has no source", letter);
  }
  return equation;
}

std::map<char, Dim> letter_sizes(const Arguments& args, const Equation& equation) {
  std::map<char, Dim> sizes;
  for (const size_t operand : {0, 1}) {
    const Type& type = args.type("values", operand);
    const std::string& term = operand == 0 ? equation.x : equation.y;
    if (type.shape.size() != term.size()) fail("operand {} has rank {}, its term is {}", operand, type.rank(), term);
    for (size_t i = 0; i < term.size(); ++i) {
      const auto [entry, fresh] = sizes.emplace(term[i], type.shape[i]);
      if (!fresh) entry->second = broadcast_dim(entry->second, type.shape[i]);
    }
  }
  return sizes;
}

std::vector<Type> infer(const Arguments& args) {
  if (args.count("values") != 2) fail("expected 2 operands, not {}", args.count("values"));
  const Equation equation = parse_equation(args.text("equation"));
  const Type& x = args.type("values", 0);
  const Type& y = args.type("values", 1);
  if (!x.ranked || !y.ranked) return {Type::unranked(x.dtype)};
  const auto sizes = letter_sizes(args, equation);
  Shape shape;
  for (const char letter : equation.out) shape.push_back(sizes.at(letter));
  return {Type::tensor(x.dtype, shape)};
}

// Where the elements of one tensor lie for every combination of some letters, the last letter fastest.
std::vector<int64_t> offsets_of(const std::string& letters, const std::map<char, int64_t>& sizes,
                                const std::string& term, const ConcreteShape& shape) {
  std::vector<int64_t> offsets{0};
  for (const char letter : letters) {
    const size_t axis = term.find(letter);
    int64_t stride = axis != std::string::npos && shape[axis] != 1 ? 1 : 0;
    for (size_t i = axis == std::string::npos ? shape.size() : axis + 1; i < shape.size(); ++i) stride *= shape[i];
    std::vector<int64_t> next;
    next.reserve(offsets.size() * static_cast<size_t>(sizes.at(letter)));
    for (const int64_t offset : offsets) {
      for (int64_t i = 0; i < sizes.at(letter); ++i) next.push_back(offset + i * stride);
    }
    offsets = std::move(next);
  }
  return offsets;
}

// The letters of a matrix product: batch in both operands and the result, inner in no result.
struct Roles {
  std::string batch, rows, columns, inner;

  explicit Roles(const Equation& equation) {
    const auto in = [](const std::string& term, char letter) { return term.find(letter) != std::string::npos; };
    for (const char letter : equation.out) {
      const bool in_x = in(equation.x, letter);
      const bool in_y = in(equation.y, letter);
      (in_x && in_y ? batch : in_x ? rows : columns) += letter;
    }
    for (const char letter : equation.x + equation.y) {
      if (!in(equation.out, letter) && !in(inner, letter)) inner += letter;
    }
  }
};

template <typename T>
void compute(const Equation& equation, const std::map<char, int64_t>& sizes, const Tensor& x, const Tensor& y,
             Tensor& out, int threads, const std::optional<AneSums>& ane = std::nullopt) {
  const Roles roles(equation);
  const auto of_x = [&](const std::string& letters) { return offsets_of(letters, sizes, equation.x, x.shape()); };
  const auto of_y = [&](const std::string& letters) { return offsets_of(letters, sizes, equation.y, y.shape()); };
  const auto of_out = [&](const std::string& letters) { return offsets_of(letters, sizes, equation.out, out.shape()); };
  const auto x_batch = of_x(roles.batch), x_rows = of_x(roles.rows), x_inner = of_x(roles.inner);
  const auto y_batch = of_y(roles.batch), y_inner = of_y(roles.inner), y_columns = of_y(roles.columns);
  const auto out_batch = of_out(roles.batch), out_rows = of_out(roles.rows), out_columns = of_out(roles.columns);
  const int inner_threads = out_batch.size() == 1 ? threads : 1;
  parallel_for(threads, static_cast<int64_t>(out_batch.size()), 1, [&](int64_t begin, int64_t end) {
    for (auto i = static_cast<size_t>(begin); i < static_cast<size_t>(end); ++i) {
      multiply<T>({x.as<T>().data() + x_batch[i], x_rows, x_inner}, {y.as<T>().data() + y_batch[i], y_inner, y_columns},
                  {out.as<T>().data() + out_batch[i], out_rows, out_columns}, inner_threads, ane);
    }
  });
}

void run(const Arguments& args, Results& results) {
  const Equation equation = parse_equation(args.text("equation"));
  std::map<char, int64_t> sizes;
  for (const auto& [letter, dim] : letter_sizes(args, equation)) sizes[letter] = dim.value();
  ConcreteShape shape;
  for (const char letter : equation.out) shape.push_back(sizes.at(letter));
  const Tensor& x = args.tensor("values", 0);
  const Tensor& y = args.tensor("values", 1);
  Tensor& out = results.allocate(0, shape, x.dtype());
  if (x.dtype() == DType::kInt32) {
    compute<int32_t>(equation, sizes, x, y, out, results.threads());
  } else {
    compute<float>(equation, sizes, x, y, out, results.threads(), ane_sums(results, args.type("values")));
  }
}

AxesStatement axes(const Arguments& args) {
  const Equation equation = parse_equation(args.text("equation"));
  AxesStatement statement;
  statement.operands = {{"values", 0, equation.x}, {"values", 1, equation.y}};
  statement.outputs = {equation.out};
  statement.contracts = true;
  return statement;
}

Cost cost(const Arguments& args, const std::vector<Type>& outputs) {
  double operations = 2;
  for (const auto& [letter, dim] : letter_sizes(args, parse_equation(args.text("equation")))) {
    operations *= dim.is_constant() ? static_cast<double>(dim.value()) : 0;
  }
  return cost_of(args, outputs, operations);
}

std::vector<Sample> samples() {
  const auto values = [](Constant x, Constant y) {
    return Arg("values", std::vector<Operand>{std::move(x), std::move(y)});
  };
  const Constant x = floats({1, 2, 1, 2}, {1, 2, 3, 4});
  return {
      {{values(x, floats({1, 2, 1, 3}, {1, 0, 2, 0, 1, -1})), {"equation", "nchw,nwhu->nchu"}},
       {floats({1, 2, 1, 3}, {1, 2, 0, 3, 4, 2})},
       "by hand"},
      {{values(x, floats({1, 3, 1, 2}, {1, 0, 0, 1, 1, 1})), {"equation", "bchq,bkhc->bkhq"}},
       {floats({1, 3, 1, 2}, {1, 2, 3, 4, 4, 6})},
       "by hand"},
      {{values(floats({1, 3, 1, 2}, {1, 2, 3, 4, 5, 6}), floats({1, 2, 1, 3}, {1, 1, 1, 1, 0, -1})),
        {"equation", "bkhq,bchk->bchq"}},
       {floats({1, 2, 1, 2}, {9, 12, -4, -4})},
       "by hand"},
      {{values(floats({2, 2, 1}, {1, 2, 3, 4}), floats({1, 2, 2}, {1, -1, 10, 2})), {"equation", "chw,whr->chr"}},
       {floats({2, 2, 2}, {1, -1, 20, 4, 3, -3, 40, 8})},
       "by hand"},
  };
}

}  // namespace

void register_op_einsum(OpTable& table) {
  OpDefinition op;
  op.name = "einsum";
  op.signatures = {signature(5, "values: T=fp16|fp32|int32 list, equation: string const")};
  op.infer = infer;
  op.evaluate = run;
  op.axes = axes;
  op.cost = cost;
  op.samples = samples();
  table.add(std::move(op));
}

}  // namespace anemone
