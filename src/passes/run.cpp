// SPDX-License-Identifier: Apache-2.0
// Runs passes over a program: each to a fixed point, clean-ups together to theirs.
#include <chrono>
#include <map>

#include "base/error.h"
#include "ir/verify.h"
#include "passes/fold.h"
#include "passes/pass.h"

namespace anemone {
namespace {

// Conflicting patches wait for the next round, so chains are worked off by halves; nothing sound comes near these.
constexpr int kMaxRounds = 100;
constexpr int kMaxCleanUps = 50;

using Clock = std::chrono::steady_clock;

class Runner {
 public:
  Runner(const Program& program, const OpTable& ops, const PassOptions& options)
      : ops_(ops), options_(options), context_{ops, folder(ops), options.settings} {
    result_.program = program;
  }

  // Applies the pass to all functions until it finds nothing; the number of patches.
  int run(const Pass& pass) {
    if (options_.disabled.count(pass.name) || (!options_.only.empty() && !options_.only.count(pass.name))) return 0;
    report(options_.progress, pass.name, progress_);
    const auto start = Clock::now();
    int applied = 0;
    with_context("pass " + pass.name, [&] {
      for (auto& entry : result_.program.functions)
        applied += with_context("function " + entry.first, [&] { return run(pass, entry.second); });
    });
    note(pass.name, applied, std::chrono::duration<double, std::milli>(Clock::now() - start).count());
    if (applied > 0 && options_.after_pass) options_.after_pass(pass.name, result_.program);
    return applied;
  }

  void clean_up(const std::vector<const Pass*>& passes) {
    for (int round = 0; round < kMaxCleanUps; ++round) {
      int applied = 0;
      for (const Pass* pass : passes) applied += run(*pass);
      if (applied == 0) return;
    }
    fail("the clean-up passes undo each other");
  }

  void set_progress(double done) { progress_ = done; }
  PassResult take() { return std::move(result_); }

 private:
  int run(const Pass& pass, std::shared_ptr<const Function>& function) {
    int applied = 0;
    for (int round = 0; round < kMaxRounds; ++round) {
      std::vector<Patch> patches = pass.find(Graph(*function), context_);
      if (patches.empty() || (pass.once && round > 0)) {
        if (applied > 0 && options_.verify) verify(*function, ops_, VerifyOptions{false});
        return applied;
      }
      for (Patch& patch : patches) patch.pass = pass.name;
      Applied changed = apply(*function, patches, ops_);
      applied += changed.applied;
      function = std::make_shared<const Function>(std::move(changed.function));
    }
    fail("does not come to rest after {} rounds", kMaxRounds);
  }

  void note(const std::string& name, int applied, double ms) {
    const auto [entry, fresh] = rows_.emplace(name, result_.log.size());
    if (fresh) result_.log.push_back({name, 0, 0});
    result_.log[entry->second].applied += applied;
    result_.log[entry->second].ms += ms;
  }

  const OpTable& ops_;
  const PassOptions& options_;
  PassContext context_;
  PassResult result_;
  std::map<std::string, size_t> rows_;
  double progress_ = 0;
};

}  // namespace

PassResult run_passes(const Program& program, const OpTable& ops, const PassOptions& options, const PassTable& passes) {
  for (const auto* names : {&options.disabled, &options.only})
    for (const std::string& name : *names)
      if (!passes.find(name)) fail("there is no pass {}", name);
  std::map<Stage, std::vector<const Pass*>> stages;
  for (const Pass* pass : passes.in_order()) stages[pass->stage].push_back(pass);
  const std::vector<const Pass*> clean_ups = stages[Stage::kCleanUp];
  stages.erase(Stage::kCleanUp);
  Runner runner(program, ops, options);
  runner.clean_up(clean_ups);
  double done = 1;
  for (const auto& entry : stages) {
    runner.set_progress(done++ / static_cast<double>(stages.size() + 1));
    int applied = 0;
    for (const Pass* pass : entry.second) applied += runner.run(*pass);
    if (applied > 0) runner.clean_up(clean_ups);
  }
  report(options.progress, "passes", 1);
  return runner.take();
}

Program run_passes_by_name(const Program& program, const std::vector<std::string>& names, const OpTable& ops,
                           const PassSettings& settings) {
  PassOptions options;
  options.settings = settings;
  Runner runner(program, ops, options);
  for (const std::string& name : names) {
    const size_t begin = name.find_first_not_of(' ');
    const std::string wanted = begin == std::string::npos ? "" : name.substr(begin);
    const Pass* pass = pass_table().find(wanted);
    if (!pass) fail("there is no pass {}", wanted);
    runner.run(*pass);
  }
  return runner.take().program;
}

}  // namespace anemone
