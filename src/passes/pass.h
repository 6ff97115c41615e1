// SPDX-License-Identifier: Apache-2.0
// A pass looks at one const function and returns patches; the runner applies them, repeats until the pass finds nothing
// more, verifies the whole function, times and logs. No pass sees another. To add one, add a file to passes/rewrites
// (and a golden file of the same name); its header comment shows before and after.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/progress.h"
#include "ir/patch.h"
#include "ir/program.h"

namespace anemone {

// Stages run in this order; clean-up runs before the first one and after each that changed something.
enum class Stage : uint8_t {
  kCleanUp,       // less of the same: dead, constant, repeated, cancelling ops
  kCanonicalize,  // one spelling where there are several
  kFuse,          // several ops become the op that they spell out
  kForm,          // the form that the target likes: layout, convolutions, attention by heads
  kFinish,        // last changes before a program is written
};
std::string_view name_of(Stage stage);

// How attention is written. Names as Apple's converters have them.
enum class AttentionMode : uint8_t {
  kSplitEinsum,    // one head at a time
  kSplitEinsumV2,  // one head and a part of the queries at a time
  kOriginal,       // all heads in one product
  kFused,          // fused attention stays; what is not fused is split
};
AttentionMode attention_mode_from(const std::string& name);  // "split-einsum"; Error for others

// What a rewrite is for; the defaults suit every chip.
struct PassSettings {
  int64_t widest = 16384;      // outputs that one product with weights may have
  int64_t widest_kernel = 13;  // of a convolution
  AttentionMode attention = AttentionMode::kSplitEinsum;
  int64_t queries_at_once = 512;  // of kSplitEinsumV2
  bool float32_norms = false;     // norms are computed in single precision, for units other than the Neural Engine
};

// What a pass may ask, besides the function itself.
struct PassContext {
  const OpTable& table;
  // The op's results from its known inputs, rounded to their declared types and ready to be constants; nothing when it
  // cannot be evaluated.
  std::function<std::optional<std::vector<Constant>>(const Op&, const Graph&)> evaluate;
  PassSettings settings = {};

  // A builder of ops for one patch.
  Builder builder(const Graph& graph) const { return {table, graph}; }
};

struct Pass {
  std::string name;
  Stage stage = Stage::kCleanUp;
  std::vector<std::string> after;  // passes of the same stage that run before this one
  std::string summary;             // one line for people
  std::function<std::vector<Patch>(const Graph&, const PassContext&)> find;
  bool once = false;             // looks at the whole function and does all in one round
  bool changes_numbers = false;  // on purpose: results may differ by more than rounding
};

class PassTable {
 public:
  void add(Pass pass);  // names are unique
  const Pass* find(std::string_view name) const;
  // By stage; inside a stage after those that `after` names, then by name. Throws Error for unknown names and circles.
  std::vector<const Pass*> in_order() const;

 private:
  std::vector<std::shared_ptr<const Pass>> passes_;
};

// The passes of all files in passes/rewrites, made once.
const PassTable& pass_table();

struct PassRun {
  std::string name;
  int applied = 0;  // patches
  double ms = 0;    // finding, applying and verifying
};

struct PassOptions {
  std::set<std::string> disabled;
  std::set<std::string> only;  // not empty: no others run
  // Called after a pass changed the program.
  std::function<void(const std::string& pass, const Program&)> after_pass;
  PassSettings settings;
  Progress progress;
  bool verify = true;  // the whole function after each pass that changed it
};

struct PassResult {
  Program program;
  std::vector<PassRun> log;  // passes that ran, by first appearance
};

// All stages over all functions. Throws Error for an unknown name in the options, and when a pass breaks the program or
// does not come to rest.
PassResult run_passes(const Program& program, const OpTable& ops, const PassOptions& options = {},
                      const PassTable& passes = pass_table());
// These passes in this order, each to its fixed point, and no others.
Program run_passes_by_name(const Program& program, const std::vector<std::string>& names, const OpTable& ops,
                           const PassSettings& settings = {});

}  // namespace anemone
