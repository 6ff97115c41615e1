// SPDX-License-Identifier: Apache-2.0
// Thin products: W x becomes U (V x), where U V is the nearest matrix to W of its rank. With an importance, nearest
// where the inputs count.
#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>

#include "base/error.h"
#include "compress/importance.h"
#include "compress/method.h"
#include "compress/settings.h"
#include "compress/subspace.h"
#include "ir/patch.h"
#include "ops/ops.h"

namespace anemone {
namespace {

struct Options {
  int64_t rank = 0;   // 0: as `keep` says
  double keep = 0.5;  // of the weights' numbers
  bool global = false;
  std::shared_ptr<const ImportanceFile> importance;
};

// A weight as a matrix, its shorter side first.
struct Matrix {
  int64_t outputs = 0, inputs = 0;
  bool by_outputs = false;  // lines belong to outputs
  std::vector<float> lines;
  std::vector<float> factors;  // by which inputs were multiplied; empty: none
  int64_t size() const { return std::min(outputs, inputs); }
  int64_t length() const { return std::max(outputs, inputs); }
  int64_t numbers() const { return outputs * inputs; }
  int64_t largest_rank() const { return (numbers() - 1) / (outputs + inputs); }  // that still saves something
};

struct Candidate {
  const Weight* weight;
  int64_t rank = 0;
  Subspace subspace;  // as large as its rank may become
};

std::string why_not(const ReductionInput& input, const Weight& weight) {
  if (weight.obstacle) return *weight.obstacle;
  if (weight.users.size() != 1) return "several ops use it";
  const auto statement = axes_of(*weight.users.front(), op_table(), input.function.opset, input.graph);
  if (!statement || !statement->contracts || statement->operands.size() != 2 || weight.input_axis < 0)
    return fmt::format("{} is no plain product", weight.users.front()->name);
  const ConcreteShape shape = weight.type().concrete();
  if (shape[static_cast<size_t>(weight.output_axis)] * shape[static_cast<size_t>(weight.input_axis)] != product(shape))
    return "it is no matrix";
  return "";
}

Matrix matrix_of(const Weight& weight, const Options& options) {
  const ConcreteShape shape = weight.type().concrete();
  Matrix matrix;
  matrix.outputs = shape[static_cast<size_t>(weight.output_axis)];
  matrix.inputs = shape[static_cast<size_t>(weight.input_axis)];
  matrix.by_outputs = matrix.outputs <= matrix.inputs;
  if (options.importance) {
    Draft draft(weight.value().stored());
    draft.name = weight.name();
    draft.input_axis = weight.input_axis;
    matrix.factors = options.importance->of(draft);
    for (float& factor : matrix.factors) factor = std::sqrt(factor);
  }
  const Tensor values = weight.value().tensor();
  const bool outputs_first = weight.output_axis < weight.input_axis;
  matrix.lines.resize(static_cast<size_t>(matrix.numbers()));
  for (int64_t o = 0; o < matrix.outputs; ++o)
    for (int64_t i = 0; i < matrix.inputs; ++i) {
      const float value =
          values.as<float>()[static_cast<size_t>(outputs_first ? o * matrix.inputs + i : i * matrix.outputs + o)];
      const float factor = matrix.factors.empty() ? 1.0F : matrix.factors[static_cast<size_t>(i)];
      matrix.lines[static_cast<size_t>(matrix.by_outputs ? o * matrix.inputs + i : i * matrix.outputs + o)] =
          value * factor;
    }
  weight.value().release();
  return matrix;
}

// The two factors, lines of the shorter and of the longer side, for each rank one after another.
struct Factors {
  std::vector<float> directions;  // rank x size
  std::vector<float> shares;      // rank x length
};

Factors factors_of(const Matrix& matrix, const Subspace& subspace, int64_t rank) {
  Factors factors;
  for (int64_t k = 0; k < rank; ++k) {
    const double* direction = &subspace.directions[static_cast<size_t>(k * matrix.size())];
    std::vector<double> share(static_cast<size_t>(matrix.length()), 0);
    for (int64_t i = 0; i < matrix.size(); ++i)
      for (int64_t j = 0; j < matrix.length(); ++j)
        share[static_cast<size_t>(j)] += direction[i] * matrix.lines[static_cast<size_t>(i * matrix.length() + j)];
    double length = 0;
    for (const double value : share) length += value * value;
    const double scale = length > 0 ? std::pow(length, 0.25) : 1;  // both sides alike
    for (int64_t i = 0; i < matrix.size(); ++i) factors.directions.push_back(static_cast<float>(direction[i] * scale));
    for (const double value : share) factors.shares.push_back(static_cast<float>(value / scale));
  }
  return factors;
}

// The weight's layout with another number of outputs or inputs. `lines` has one line for each rank.
Tensor factor_tensor(const Weight& weight, int rank_axis, int64_t rank, const std::vector<float>& lines) {
  ConcreteShape shape = weight.type().concrete();
  shape[static_cast<size_t>(rank_axis)] = rank;
  const int64_t length = static_cast<int64_t>(lines.size()) / rank;
  const int other = rank_axis == weight.output_axis ? weight.input_axis : weight.output_axis;
  Tensor tensor(DType::kFloat32, shape);
  for (int64_t k = 0; k < rank; ++k)
    for (int64_t i = 0; i < length; ++i)
      tensor.as<float>()[static_cast<size_t>(rank_axis < other ? k * length + i : i * rank + k)] =
          lines[static_cast<size_t>(k * length + i)];
  return converted(tensor, weight.type().dtype);
}

// Two ops like the weight's user, one behind the other.
Patch patch_of(const ReductionInput& input, const Weight& weight, const Matrix& matrix, const Factors& factors,
               int64_t rank, Reduced& part) {
  std::vector<float> inner = matrix.by_outputs ? factors.shares : factors.directions;  // V
  const std::vector<float>& outer = matrix.by_outputs ? factors.directions : factors.shares;
  for (size_t i = 0; i < inner.size() && !matrix.factors.empty(); ++i)
    inner[i] /= matrix.factors[i % matrix.factors.size()];
  const Op& user = *weight.users.front();
  Builder builder(op_table(), input.graph);
  const Tensor down = factor_tensor(weight, weight.output_axis, rank, inner);
  const Tensor up = factor_tensor(weight, weight.input_axis, rank, outer);
  part.bytes_after = static_cast<int64_t>(down.byte_size() + up.byte_size());
  part.successors = {weight.name() + "_down", weight.name() + "_up"};
  const ValueId v = builder.constant(input.keep(down), part.successors[0]);
  const ValueId u = builder.constant(input.keep(up), part.successors[1]);
  std::vector<Arg> first, second;
  for (const Argument& argument : user.arguments) {
    const bool is_weight = argument.operands.front().is_value() && argument.operands.front().value() == weight.op->id();
    const bool is_data = !is_weight && (argument.name == "x" || argument.name == "y");
    if (argument.name != "bias")
      is_weight ? first.push_back({argument.name, v}) : first.push_back({argument.name, argument.operands});
    if (is_weight)
      second.push_back({argument.name, u});
    else if (!is_data)
      second.push_back({argument.name, argument.operands});
  }
  const std::string data =
      user.argument("x")->operands.front().is_value() && user.argument("x")->operands.front().value() == weight.op->id()
          ? "y"
          : "x";
  std::erase_if(second, [&](const Arg& arg) { return arg.name == "transpose_" + data; });
  const std::string& name = user.outputs.front().name;
  second.push_back({data, builder.add(user.type, std::move(first), name + "_inner")});
  Patch patch = Patch::instead_of(user, builder, builder.add(user.type, std::move(second), name));
  patch.remove.insert(weight.op->id());
  patch.pass = "low_rank";
  return patch;
}

// Directions of all weights by what they save for each number that they take, until the budget is spent.
void share_globally(std::vector<Candidate>& candidates, const std::vector<int64_t>& costs, double budget) {
  struct Step {
    double worth;
    size_t candidate;
  };
  std::vector<Step> steps;
  for (size_t i = 0; i < candidates.size(); ++i)
    for (const double energy : candidates[i].subspace.energies)
      steps.push_back({energy / static_cast<double>(costs[i]), i});
  std::stable_sort(steps.begin(), steps.end(), [](const Step& a, const Step& b) { return a.worth > b.worth; });
  for (Candidate& candidate : candidates) candidate.rank = 0;
  for (const Step& step : steps) {
    if (budget < static_cast<double>(costs[step.candidate])) break;
    budget -= static_cast<double>(costs[step.candidate]);
    ++candidates[step.candidate].rank;
  }
}

class Factorizer {
 public:
  Factorizer(const ReductionInput& input, const Options& options) : input_(input), options_(options) {}

  Reduction run() {
    for (const Weight* weight : input_.weights) {
      consider(*weight);
      if (options_.global || candidates_.empty()) continue;
      factorize(candidates_.front());
      candidates_.clear();
    }
    share_globally(candidates_, costs_, options_.keep * numbers_);
    for (const Candidate& candidate : candidates_) factorize(candidate);
    result_.function = apply(input_.function, patches_, op_table()).function;
    return std::move(result_);
  }

 private:
  void leave(const Weight& weight, const std::string& reason) { result_.parts.push_back({weight.name(), reason}); }

  void consider(const Weight& weight) {
    if (const std::string reason = why_not(input_, weight); !reason.empty()) return leave(weight, reason);
    const Matrix matrix = matrix_of(weight, options_);
    for (const float value : matrix.lines)
      if (!std::isfinite(value)) return leave(weight, "it holds values that are not finite");
    const int64_t cost = matrix.outputs + matrix.inputs;
    const auto kept =
        static_cast<int64_t>(options_.keep * static_cast<double>(matrix.numbers()) / static_cast<double>(cost));
    const int64_t rank = options_.global     ? matrix.largest_rank()
                         : options_.rank > 0 ? options_.rank
                                             : std::max<int64_t>(1, kept);
    if (rank > matrix.largest_rank() || rank == 0)
      return leave(weight, fmt::format("rank {} would take as much as it does", rank));
    candidates_.push_back(
        {&weight, rank, dominant_subspace(matrix.lines, matrix.size(), matrix.length(), rank, input_.threads)});
    costs_.push_back(cost);
    numbers_ += static_cast<double>(matrix.numbers());
  }

  void factorize(const Candidate& candidate) {
    const Weight& weight = *candidate.weight;
    const Matrix matrix = matrix_of(weight, options_);
    if (candidate.rank >= matrix.largest_rank() && options_.global) return leave(weight, "all of it counts");
    const int64_t rank = std::max<int64_t>(candidate.rank, 1);
    Reduced part{weight.name(), "", true};
    part.bytes_before = static_cast<int64_t>(*byte_size(weight.type().dtype, weight.type().element_count()));
    patches_.push_back(patch_of(input_, weight, matrix, factors_of(matrix, candidate.subspace, rank), rank, part));
    const auto& energies = candidate.subspace.energies;
    const double held = std::accumulate(energies.begin(), energies.begin() + rank, 0.0);
    part.outcome = fmt::format("rank {} of {}, {:.2f} % of the squares", rank, matrix.size(),
                               100 * held / std::max(candidate.subspace.total, 1e-300));
    result_.parts.push_back(std::move(part));
  }

  const ReductionInput& input_;
  const Options& options_;
  std::vector<Candidate> candidates_;
  std::vector<int64_t> costs_;
  double numbers_ = 0;
  std::vector<Patch> patches_;
  Reduction result_;
};

MethodStep make(Settings& settings) {
  Options options;
  if (settings.has("rank"))
    options.rank = settings.integer("rank", 1, 1, INT32_MAX);
  else
    options.keep = settings.number("keep", 0.5, 0, 1);
  options.global = settings.choice("scope", "layer", {"layer", "global"}) == "global";
  if (options.global && options.rank > 0) fail("low_rank: rank: cannot be combined with scope global");
  const std::string importance = settings.text("importance", "");
  if (!importance.empty()) options.importance = std::make_shared<const ImportanceFile>(importance);
  MethodStep step;
  step.reduce = [options](const ReductionInput& input) { return Factorizer(input, options).run(); };
  return step;
}

}  // namespace

void register_method_low_rank(MethodTable& table) {
  table.add({"low_rank", "Products with large weights become two with thin ones", make});
}

}  // namespace anemone
