// SPDX-License-Identifier: Apache-2.0
// How often the search for the first bad op finds it: programs from a folder of packages, each with one fault drawn at
// random, half of them against a reference in another layout.
//   anemone-bisect-trials FOLDER PROGRAMS SEED [LEAST] [-v] [-r] [-d DRAW] [-w FOLDER]
// Prints the ones that were missed and a summary; exit 1 when fewer than LEAST percent (98) were found. With -r one
// side is what `optimize` makes of the program in all cases: the form of the Neural Engine, its heads apart. -d starts
// with a draw other than the first.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>

#include "base/error.h"
#include "base/strings.h"
#include "faults.h"
#include "import/package.h"
#include "ir/text.h"
#include "ops/ops.h"
#include "passes/pass.h"
#include "relayout.h"
#include "tune/verify/side.h"
#include "tune/verify/verification.h"

namespace anemone::test {
namespace {

namespace fs = std::filesystem;

constexpr double kVisible = 80;  // dB: a fault counts when it moves an output below this

std::vector<fs::path> packages_below(const fs::path& folder) {
  std::vector<fs::path> packages;
  for (auto it = fs::recursive_directory_iterator(folder); it != fs::recursive_directory_iterator(); ++it)
    if (it->path().extension() == ".mlpackage") {
      packages.push_back(it->path());
      it.disable_recursion_pending();
    }
  std::sort(packages.begin(), packages.end());
  return packages;
}

enum class Side : uint8_t { kNeither, kModel, kReference };

struct Options {
  double least = 98;
  bool verbose = false;
  bool rewritten = false;
  unsigned first_draw = 0;
  fs::path folder;  // where the programs of the last trial are written
};

struct Trial {
  Program model;
  Program reference;
  std::string kind;
  std::string op;
  std::string setting;     // which side is in another layout, and what is left of its names
  bool by_origin = false;  // `op` is what the op to be named was made of
};

Program with_function(const Program& program, Function function) {
  Program result = program;
  result.functions[program.default_function] = std::make_shared<const Function>(std::move(function));
  return result;
}

class Trials {
 public:
  Trials(std::vector<fs::path> packages, unsigned seed, const Options& options)
      : packages_(std::move(packages)), seed_(seed), options_(options) {}

  // Whether this draw could be used. Each has random numbers of its own, so that one can be repeated alone.
  bool run_one(unsigned draw) {
    std::seed_seq seeds{seed_, draw};
    random_.seed(seeds);
    draw_ = draw;
    const fs::path& path = packages_[below(packages_.size())];
    const Program program = read_package(path);
    const auto trial = options_.rewritten ? rewritten_trial(program) : make_trial(program);
    if (!trial) return false;
    return judge(path, *trial);
  }

  bool report() const {
    for (const auto& [setting, tally] : tallies_)
      std::cout << fmt::format("{:40} {:4} of {:4}\n", setting, tally.first, tally.second);
    const auto [found, all] = tallies_.at("all");
    const double rate = 100.0 * found / all;
    std::cout << fmt::format("{:.1f} % found\n", rate);
    return rate >= options_.least;
  }

 private:
  size_t below(size_t limit) { return random_() % limit; }

  std::optional<Trial> make_trial(const Program& program) {
    const auto kinds = fault_kinds();
    auto fault = with_fault(program.main(), kinds[below(kinds.size())], random_);
    const auto side = below(2) ? (below(2) ? Side::kModel : Side::kReference) : Side::kNeither;
    const auto names = static_cast<Names>(below(3));
    if (!fault) return std::nullopt;
    static const char* const kNames[] = {"names kept", "origins only", "no names"};
    Trial trial{with_function(program, fault->function), program, fault->kind, fault->op, "same layout"};
    if (side == Side::kNeither) return trial;
    auto laid = relaid(side == Side::kModel ? fault->function : program.main(), names, random_);
    if (!laid) return std::nullopt;
    if (side == Side::kModel) {
      const auto made = laid->names.find(fault->op);
      if (made == laid->names.end()) return std::nullopt;
      trial.op = made->second;
      trial.model = with_function(program, laid->function);
    } else {
      trial.reference = with_function(program, laid->function);
    }
    trial.setting =
        fmt::format("{} laid out, {}", side == Side::kModel ? "model" : "reference", kNames[static_cast<int>(names)]);
    return trial;
  }

  // The fault is in the program as it was, rewritten behind it or not, or in what the rewriter made of it.
  std::optional<Trial> rewritten_trial(const Program& program) {
    const auto kinds = fault_kinds();
    const std::string& kind = kinds[below(kinds.size())];
    const size_t setting = below(3);
    const Program rewritten = run_passes(program, op_table()).program;
    const Program& healthy = setting == 0 ? rewritten : program;
    auto fault = with_fault(healthy.main(), kind, random_);
    if (!fault) return std::nullopt;
    const Program faulty = with_function(healthy, fault->function);
    if (setting == 0) return Trial{faulty, program, fault->kind, fault->op, "fault in rewritten model"};
    if (setting == 1) return Trial{faulty, rewritten, fault->kind, fault->op, "reference rewritten"};
    Trial trial{run_passes(with_origins(faulty), op_table()).program, program, fault->kind, fault->op,
                "model rewritten after fault"};
    const auto& ops = trial.model.main().body.ops;
    const bool is_left =
        std::any_of(ops.begin(), ops.end(), [&](const OpPtr& op) { return origin_of(*op) == fault->op; });
    if (!is_left) return std::nullopt;  // the faulty op was not needed
    trial.by_origin = true;
    return trial;
  }

  // Each op says what it was called before anything was rewritten.
  static Program with_origins(const Program& program) {
    Function function = program.main();
    for (OpPtr& op : function.body.ops) {
      auto copy = std::make_shared<Op>(*op);
      copy->provenance = op->name;
      op = copy;
    }
    return with_function(program, std::move(function));
  }

  bool judge(const fs::path& path, const Trial& trial) {
    SampleOptions options;
    options.seed = random_();
    options.boundary = false;
    const auto samples = make_samples(trial.model.main(), input_meanings(trial.reference.main()), options);
    const Searched searched = search(trial, samples);
    if (!searched.visible) return false;
    if (!options_.folder.empty()) {
      std::ofstream(options_.folder / "model.mil") << print(trial.model);
      std::ofstream(options_.folder / "reference.mil") << print(trial.reference);
    }
    const auto& bad = searched.bisection.first_bad_op;
    const bool found =
        bad && (trial.by_origin ? bad->provenance.substr(0, bad->provenance.find('|')) : bad->name) == trial.op;
    count("all", found);
    count(trial.setting, found);
    count("fault: " + trial.kind, found);
    if (!found || options_.verbose)
      std::cout << fmt::format("{} (draw {}): {}: {} at {} ({}): named {} ({}; {})\n", found ? "found" : "MISSED",
                               draw_, fs::relative(path, path.parent_path().parent_path()).string(), trial.kind,
                               trial.op, trial.setting, bad ? bad->name : "nothing", bad ? bad->reason : "",
                               described(searched.bisection));
    return true;
  }

  static std::string described(const Bisection& bisection) {
    if (bisection.same_layout) return "same layout";
    return fmt::format("other layout{}{}", bisection.model_rewritten ? ", model rewritten" : "",
                       bisection.reference_rewritten ? ", reference rewritten" : "");
  }

  struct Searched {
    bool visible = false;
    Bisection bisection;
  };

  // What `verify --bisect` does.
  Searched search(const Trial& trial, const std::vector<InputSample>& samples) const {
    const RunOptions run;
    Session model(std::make_shared<const Program>(trial.model), run);
    Session reference(std::make_shared<const Program>(trial.reference), run);
    Searched searched;
    Parity parity;
    try {
      parity = compare_models(model, std::move(reference), samples, {});
    } catch (const Error&) {
      return searched;  // shapes that only a run knows do not fit any more
    }
    searched.visible = !parity.passes(kVisible) && std::isfinite(parity.min_psnr());
    if (!searched.visible) return searched;
    BisectRequest request;
    request.floor = kVisible;
    searched.bisection = bisect_samples(trial.model, trial.reference, samples, parity, request);
    return searched;
  }

  void count(const std::string& what, bool found) {
    auto& [right, all] = tallies_[what];
    right += found;
    ++all;
  }

  std::vector<fs::path> packages_;
  unsigned seed_;
  unsigned draw_ = 0;
  std::mt19937 random_;
  Options options_;
  std::map<std::string, std::pair<int, int>> tallies_;
};

int run(std::vector<std::string> arguments) {
  Options options;
  const auto flag = [&](const char* name) {
    const auto found = std::find(arguments.begin(), arguments.end(), name);
    if (found == arguments.end()) return false;
    arguments.erase(found);
    return true;
  };
  options.verbose = flag("-v");
  options.rewritten = flag("-r");
  const auto value_of = [&](const char* name) -> std::string {
    const auto found = std::find(arguments.begin(), arguments.end(), name);
    if (found == arguments.end() || found + 1 == arguments.end()) return "";
    std::string value = found[1];
    arguments.erase(found, found + 2);
    return value;
  };
  options.first_draw = static_cast<unsigned>(parse_int(value_of("-d")).value_or(0));
  options.folder = value_of("-w");
  if (arguments.size() < 3)
    fail("usage: anemone-bisect-trials FOLDER PROGRAMS SEED [LEAST] [-v] [-r] [-d DRAW] [-w FOLDER]");
  const auto packages = packages_below(arguments[0]);
  if (packages.empty()) fail("{}: holds no packages", arguments[0]);
  if (arguments.size() > 3) options.least = parse_double(arguments[3]).value_or(options.least);
  const int64_t programs = parse_int(arguments[1]).value_or(0);
  if (programs < 1) fail("{}: is no number of programs", arguments[1]);
  Trials trials(packages, static_cast<unsigned>(parse_int(arguments[2]).value_or(0)), options);
  const unsigned first = options.first_draw;
  const auto most = static_cast<unsigned>(100 * programs);
  int64_t done = 0;
  for (unsigned draw = first; done < programs; ++draw) {
    if (draw - first > most) fail("too few faults show");
    done += trials.run_one(draw);
  }
  return trials.report() ? 0 : 1;
}

}  // namespace
}  // namespace anemone::test

int main(int argc, char** argv) {
  try {
    return anemone::test::run({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << "\n";
    return 2;
  }
}
