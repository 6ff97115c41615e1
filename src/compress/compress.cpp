// SPDX-License-Identifier: Apache-2.0
#include "compress/compress.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <mutex>
#include <set>

#include "base/error.h"
#include "base/parallel.h"
#include "base/strings.h"
#include "ir/graph.h"
#include "ir/patch.h"
#include "ir/verify.h"
#include "ops/ops.h"

namespace anemone {
namespace {

// One weight of one function, from what the recipe says to its encoding.
struct Job {
  const Function* function = nullptr;
  Weight weight;
  const RecipeRule* rule = nullptr;  // nullptr: it stays as it is
  size_t same_as = 0;                // the job that has the same bytes and rule, maybe itself
  Encoded encoded;
  WeightReport report;
};

std::string target_name(int opset) { return fmt::format("iOS{}", opset + 10); }

class Compressor {
 public:
  Compressor(const Program& program, const CompressOptions& options, const Successors& successors)
      : program_(program), options_(options), successors_(successors) {}

  Compressed run() {
    find_jobs();
    select();
    raise_opset();
    find_twins();
    survey();
    encode_all();
    result_.program = applied();
    if (options_.refusals && drop_refused()) result_.program = applied();
    with_context("the compressed program", [&] { verify(result_.program, op_table(), VerifyOptions{false}); });
    for (Job& job : jobs_) result_.weights.push_back(std::move(job.report));
    return std::move(result_);
  }

 private:
  // ---- which weights
  void find_jobs() {
    for (const auto& [name, function] : program_.functions) {
      graphs_.push_back(std::make_unique<Graph>(*function));
      for (Weight& weight : find_weights(*graphs_.back())) {
        Job job;
        job.function = function.get();
        job.report.function = name;
        job.report.name = weight.name();
        job.report.shape = weight.type().concrete();
        std::set<std::string> types;
        for (const Op* user : weight.users) types.insert(user->type);
        job.report.op_types = {types.begin(), types.end()};
        job.report.bytes_before = *byte_size(weight.type().dtype, weight.type().element_count());
        job.report.bytes_after = job.report.bytes_before;
        job.weight = std::move(weight);
        jobs_.push_back(std::move(job));
      }
    }
  }

  void select() {
    std::map<const RecipeRule*, std::vector<Job*>> chosen;
    for (Job& job : jobs_) {
      const RecipeRule* rule = rule_of(options_.recipe, job.report.function, job.weight, successors_);
      job.report.reason = reason_to_stay(job, rule);
      if (!job.report.reason.empty()) continue;
      job.rule = rule;
      chosen[rule].push_back(&job);
    }
    for (auto& [rule, jobs] : chosen)
      for (size_t i = 0; i < jobs.size(); ++i) {
        if (!is_kept_end(*rule, i, jobs.size())) continue;
        jobs[i]->rule = nullptr;
        jobs[i]->report.reason = "the recipe keeps the first and last ones";
      }
  }

  static std::string reason_to_stay(const Job& job, const RecipeRule* rule) {
    if (!rule || (rule->steps.empty() && rule->reductions.empty())) return "the recipe leaves it as it is";
    if (rule->steps.empty()) return "the recipe encodes nothing here";
    const int64_t count = job.weight.type().element_count();
    if (count < std::max<int64_t>(rule->min_elements, 1))
      return fmt::format("it has {} elements, fewer than {}", count, std::max<int64_t>(rule->min_elements, 1));
    return job.weight.obstacle.value_or("");
  }

  // ---- the opset that their forms need
  void raise_opset() {
    result_.opset_before = program_.opset();
    opset_ = result_.opset_before;
    std::set<const RecipeRule*> used;
    for (const Job& job : jobs_)
      if (job.rule) used.insert(job.rule);
    std::set<std::string> warnings;
    for (const RecipeRule* rule : used)
      for (const MethodStep& step : rule->steps) {
        if (!step.warning.empty()) warnings.insert(step.warning);
        if (step.opset <= opset_) continue;
        opset_ = step.opset;
        result_.opset_reason = step.opset_reason;
      }
    result_.warnings = {warnings.begin(), warnings.end()};
    result_.opset = opset_;
    if (opset_ > options_.newest_opset)
      fail("{} need {}, and the target reads {} at most", result_.opset_reason, target_name(opset_),
           target_name(options_.newest_opset));
    if (used.empty() || result_.opset_reason.empty()) return;
    Program raised = program_;
    raise(raised);
    with_context(fmt::format("cannot be raised to {}, which {} need", target_name(opset_), result_.opset_reason),
                 [&] { verify(raised, op_table(), VerifyOptions{false}); });
  }

  void raise(Program& program) const {
    for (auto& entry : program.functions) {
      if (entry.second->opset == opset_) continue;
      auto function = std::make_shared<Function>(*entry.second);
      function->opset = opset_;
      entry.second = std::move(function);
    }
  }

  // ---- encodings
  // Functions of one program share weights.
  void find_twins() {
    std::map<std::tuple<std::string, const RecipeRule*, int>, size_t> first;
    for (size_t i = 0; i < jobs_.size(); ++i) {
      jobs_[i].same_as = i;
      if (!jobs_[i].rule) continue;
      const Weight& weight = jobs_[i].weight;
      jobs_[i].same_as =
          first.try_emplace({weight.value().identity(), jobs_[i].rule, weight.output_axis}, i).first->second;
    }
  }

  bool is_own(size_t i) const { return jobs_[i].rule && jobs_[i].same_as == i; }

  Draft draft_of(const Job& job) const {
    Draft draft(job.weight.value().stored());
    draft.name = job.report.name;
    draft.output_axis = job.weight.output_axis;
    draft.input_axis = job.weight.input_axis;
    draft.opset = opset_;
    draft.threads = options_.threads;
    return draft;
  }

  void survey() {
    for (const RecipeRule& rule : options_.recipe.rules)
      for (const MethodStep& step : rule.steps)
        for (size_t i = 0; i < step.surveys.size(); ++i) {
          for (size_t j = 0; j < jobs_.size(); ++j) {
            if (!is_own(j) || jobs_[j].rule != &rule) continue;
            const Draft draft = draft_of(jobs_[j]);
            if (!why_not_finite(draft)) step.surveys[i](draft);
            jobs_[j].weight.value().release();
          }
          step.after_survey[i]();
        }
  }

  // Weights are worked on side by side as long as they are together no larger than the largest of them.
  void encode_all() {
    std::vector<size_t> own;
    int64_t budget = int64_t{16} << 20;
    for (size_t i = 0; i < jobs_.size(); ++i) {
      if (!is_own(i)) continue;
      own.push_back(i);
      budget = std::max(budget, jobs_[i].report.bytes_before);
    }
    for (size_t begin = 0; begin < own.size();) {
      size_t end = begin;
      int64_t bytes = 0;
      bool in_order = false;
      do {
        bytes += jobs_[own[end]].report.bytes_before;
        for (const MethodStep& step : jobs_[own[end]].rule->steps) in_order |= step.in_order;
        ++end;
      } while (end < own.size() && !in_order && bytes + jobs_[own[end]].report.bytes_before <= budget);
      parallel_for(options_.threads, static_cast<int64_t>(end - begin), 1,
                   [&](int64_t i, int64_t) { encode_one(jobs_[own[begin + static_cast<size_t>(i)]]); });
      begin = end;
      report(options_.progress, "compressing", static_cast<double>(end) / static_cast<double>(own.size()));
    }
    for (size_t i = 0; i < jobs_.size(); ++i)
      if (jobs_[i].rule && !is_own(i)) copy_twin(jobs_[i], jobs_[jobs_[i].same_as]);
  }

  void encode_one(Job& job) const {
    with_context(job.report.name, [&] {
      Draft draft = draft_of(job);
      std::optional<std::string> reason = why_not_finite(draft);
      for (const MethodStep& step : job.rule->steps)
        if (!reason) reason = step.apply(draft);
      if (!reason) {
        job.encoded = encode(draft, options_.keep);
        job.report.squared_error = draft.squared_error();
        job.report.psnr = psnr_of(draft, job.report.squared_error);
        if (job.encoded.bytes >= job.report.bytes_before)
          reason = fmt::format("it would take {} bytes instead of {}", job.encoded.bytes, job.report.bytes_before);
      }
      job.weight.value().release();
      settle(job, reason);
    });
  }

  static void settle(Job& job, const std::optional<std::string>& reason) {
    if (reason) return leave(job, *reason);
    job.report.methods = join(job.rule->methods, ", ");
    job.report.bytes_after = job.encoded.bytes;
  }

  static void leave(Job& job, const std::string& reason) {
    job.rule = nullptr;
    job.encoded = {};
    job.report.reason = reason;
    job.report.methods.clear();
    job.report.bytes_after = job.report.bytes_before;
    job.report.squared_error = 0;
  }

  static void copy_twin(Job& job, const Job& other) {
    if (!other.rule) return leave(job, other.report.reason);
    job.encoded = other.encoded;
    job.report.methods = other.report.methods;
    job.report.bytes_after = other.report.bytes_after;
    job.report.squared_error = other.report.squared_error;
    job.report.psnr = other.report.psnr;
  }

  static double psnr_of(const Draft& draft, double squared_error) {
    float largest = 0;
    std::vector<float> values(static_cast<size_t>(std::min(kChunk, draft.size())));
    for (int64_t begin = 0; begin < draft.size(); begin += kChunk) {
      const int64_t end = std::min(draft.size(), begin + kChunk);
      draft.read(begin, end, values.data());
      for (int64_t i = 0; i < end - begin; ++i) largest = std::max(largest, std::fabs(values[static_cast<size_t>(i)]));
    }
    if (squared_error == 0) return std::numeric_limits<double>::infinity();
    return 20 * std::log10(static_cast<double>(largest) / std::sqrt(squared_error / static_cast<double>(draft.size())));
  }

  // ---- the program
  Program applied() const {
    Program program = program_;
    raise(program);
    for (auto& entry : program.functions) {
      const Function& function = *entry.second;
      const Graph graph(function);
      std::vector<Patch> patches;
      for (const Job& job : jobs_)
        if (job.report.function == entry.first && job.rule) patches.push_back(patch_of(job, graph));
      entry.second = std::make_shared<Function>(apply(function, patches, op_table()).function);
    }
    return program;
  }

  static Patch patch_of(const Job& job, const Graph& graph) {
    Builder builder(op_table(), graph);
    const ValueId value =
        with_context(job.report.name, [&] { return add_encoded(job.encoded, builder, job.report.name); });
    Patch patch = Patch::insert_before(*job.weight.op, builder);
    patch.replace[job.weight.op->id()] = value;
    patch.remove = {job.weight.op->id()};
    patch.pass = "compress";
    return patch;
  }

  // Weights whose users run elsewhere because of their new form. Ops that use them keep their numbers.
  bool drop_refused() {
    bool any = false;
    for (const auto& [name, function] : program_.functions) {
      const auto before = options_.refusals(*function);
      const auto after = options_.refusals(*result_.program.functions.at(name));
      for (Job& job : jobs_) {
        if (job.report.function != name || !job.rule) continue;
        for (const Op* user : job.weight.users) {
          const auto refused = after.find(user->id());
          if (refused == after.end() || before.count(user->id()) || !job.rule) continue;
          leave(job, refused->second);
          job.report.refused = any = true;
        }
      }
    }
    return any;
  }

  const Program& program_;
  const CompressOptions& options_;
  const Successors& successors_;
  std::vector<std::unique_ptr<Graph>> graphs_;  // weights point into them
  std::vector<Job> jobs_;
  int opset_ = 0;
  Compressed result_;
};

}  // namespace

Compressed compress(const Program& program, const CompressOptions& options) {
  ReducedProgram reduced = reduce(program, options.recipe, options.keep, options.threads);
  Compressed result = Compressor(reduced.program, options, reduced.successors).run();
  result.reductions = std::move(reduced.reports);
  return result;
}

}  // namespace anemone
