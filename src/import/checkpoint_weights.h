// SPDX-License-Identifier: Apache-2.0
// A checkpoint's tensors under the names that the model's classes use, whatever the file calls them: with or without
// the base model's prefix ("distilbert."), wrapped by a compiler ("_orig_mod."), or in the first BERT files' spelling
// (LayerNorm.gamma, LayerNorm.beta). Every tensor that is asked for must have the expected shape and, unless checking
// is off, hold finite numbers only. Constants stay promises on the mapped files. Errors name file and tensor.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/progress.h"
#include "formats/checkpoint.h"
#include "ir/constant.h"

namespace anemone {

class CheckpointWeights {
 public:
  struct Options {
    std::string prefix;  // of the base model's tensors when the checkpoint has a head: "distilbert."
    bool check = true;   // read all values once and refuse NaN and infinity
    int threads = 1;
    Progress progress = {};
    std::vector<std::string> other_prefixes = {};             // that stand in its place in some files
    std::function<std::string(int64_t)> origin_of_size = {};  // which configuration key says so, for messages
  };
  CheckpointWeights(Checkpoint checkpoint, Options options);

  bool has(const std::string& name) const { return actual_name(name).has_value(); }
  // The shape may have ones behind it: matrices are stored as convolutions of one point, too.
  Constant get(const std::string& name, const ConcreteShape& expected);
  std::optional<ConcreteShape> stored_shape(const std::string& name) const;
  // A head's tensor that shares the values of `other`, which is used when the file does not have it under its name.
  // When the file has both and they differ, `name` is what it says, and a warning is noted.
  Constant tied(const std::string& name, const std::string& other, const ConcreteShape& expected);

  // Whether some value that this constant was made from is finite but too large for half precision. Known only for
  // tensors that were checked.
  bool exceeds_half(const Constant& constant) const;
  int64_t parameters() const { return parameters_; }  // of the tensors that were asked for, each counted once
  // Tensors that nobody asked for, without those that are known not to be weights.
  std::vector<std::string> unused() const;
  const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  std::optional<std::string> actual_name(const std::string& name) const;
  void check_values(const TensorEntry& entry);
  std::string where(const TensorEntry& entry) const;
  TensorEntry entry_of(const std::string& name) const;
  [[noreturn]] void refuse_shape(const TensorEntry& entry, const ConcreteShape& expected) const;

  Checkpoint checkpoint_;
  Options options_;
  std::map<std::string, std::string> actual_;  // today's spelling -> the file's
  std::set<std::string> used_;
  std::set<std::string> beyond_half_;  // identities of constants
  std::vector<std::string> warnings_;
  int64_t parameters_ = 0;
  uint64_t checked_bytes_ = 0;
  uint64_t total_bytes_ = 0;
};

}  // namespace anemone
