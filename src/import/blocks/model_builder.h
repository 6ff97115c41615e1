// SPDX-License-Identifier: Apache-2.0
// A model while an importer builds it: configuration, weights, the inputs and outputs that were asked for, and the
// element type of its arithmetic. A Module is a place in it, named as the original library names it; ops that a module
// makes carry that name. In half precision constants are rounded as Core ML's converter rounds them, and an op whose
// weights half precision cannot hold works in float32 between two casts.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "import/checkpoint_weights.h"
#include "import/config.h"
#include "ir/builder.h"

namespace anemone {

// What the caller decides about the program.
struct ModelRequest {
  DType precision = DType::kFloat16;  // of the arithmetic: fp16 or fp32
  int opset = 6;
  int64_t batch = 1;
  std::optional<int64_t> sequence_length;       // absent: 128, or the model's maximum if that is smaller
  std::optional<int64_t> image_size;            // pixels a side; absent: as the model was made
  std::map<std::string, ConcreteShape> shapes;  // of inputs, by name
  std::vector<std::string> inputs;              // empty: what the model requires
  std::vector<std::string> outputs;             // empty: the main ones
  std::map<std::string, std::string> renames;   // of inputs and outputs: the model's name -> the program's
};

class Module;

class ModelBuilder {
 public:
  ModelBuilder(const OpTable& table, const Config& config, CheckpointWeights& weights, ModelRequest request);

  const Config& config() const { return config_; }
  CheckpointWeights& weights() { return weights_; }
  DType precision() const { return request_.precision; }
  int64_t batch() const { return request_.batch; }
  // At most `longest`, the model's number of positions.
  int64_t sequence_length(int64_t longest) const;
  // Pixels a side. A request for it is an error where a model never asks.
  int64_t image_size(int64_t usual);
  Module at(const std::string& path);
  const Type& type(ValueId value) const { return builder_.type(value); }
  ConcreteShape shape(ValueId value) const { return type(value).concrete(); }
  int opset() const { return request_.opset; }

  // An int32 input of the function, of the shape that was asked for or else `usual`, whose rank it must have. An
  // optional input is there only when it was asked for by name.
  ValueId input(const std::string& name, const ConcreteShape& usual);
  std::optional<ValueId> optional_input(const std::string& name, const ConcreteShape& usual, bool by_default = false);
  // The same for floats, which arrive as fp32 and take the precision of the arithmetic.
  ValueId float_input(const std::string& name, const ConcreteShape& usual);
  std::optional<ValueId> optional_float_input(const std::string& name, const ConcreteShape& usual);

  // From now on, an optional input of this name is there without being asked for.
  void want_input(const std::string& name) { wanted_inputs_.push_back(name); }
  std::optional<ValueId> find_input(const std::string& name) const;  // among those that are there

  // Outputs, in the order of the library. Optional ones are there when they were asked for by name. Floats are handed
  // out as fp32.
  void output(const std::string& name, ValueId value) { offers_.push_back({name, value, true}); }
  void optional_output(const std::string& name, ValueId value) { offers_.push_back({name, value, false}); }
  std::optional<ValueId> find_output(const std::string& name) const;  // among those made so far
  void make_outputs_optional();                                       // those made so far
  // hidden_states.0 (the embeddings) to hidden_states.N, and hidden_states.-1 back to the first.
  void hidden_states(const std::vector<ValueId>& states);
  void describe_output(const std::string& name, std::string text) { descriptions_[name] = std::move(text); }

  // Adds an op; float literals among the arguments take the precision of the arithmetic.
  ValueId add(const std::string& op_type, std::vector<Arg> args, const std::string& name,
              const std::string& provenance);
  std::vector<ValueId> add_many(const std::string& op_type, std::vector<Arg> args, const std::string& name,
                                const std::string& provenance);
  // A table that several ops use.
  ValueId constant(const Constant& value, const std::string& name, const std::string& provenance);
  void warn(const std::string& text);  // once for each text

  // The function: its outputs chosen, ops that none of them needs left out. Error when an input or output was asked for
  // that the model does not have.
  Function finish();
  const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  struct Offer {
    std::string name;
    ValueId value;
    bool main;
  };

  bool wants(const std::string& name, bool by_default);
  ValueId typed_input(const std::string& name, const ConcreteShape& usual, DType dtype);
  bool widen(std::vector<Arg>& args, const std::string& name);
  ValueId handed_out(const Offer& offer, const std::vector<ValueId>& before);
  std::vector<Offer> chosen_outputs() const;
  void check_requested_inputs() const;
  std::string public_name(const std::string& name);

  const Config& config_;
  CheckpointWeights& weights_;
  ModelRequest request_;
  Builder builder_;
  std::vector<std::string> known_inputs_;
  std::vector<std::string> wanted_inputs_;
  std::map<std::string, ValueId> inputs_;
  std::map<std::string, std::string> public_names_;  // given so far, and whose they are
  std::vector<Offer> offers_;
  bool takes_images_ = false;
  std::map<std::string, std::string> descriptions_;
  std::vector<std::string> warnings_;
};

class Module {
 public:
  Module(ModelBuilder& model, std::string path) : model_(&model), path_(std::move(path)) {}

  ModelBuilder& model() const { return *model_; }
  const std::string& path() const { return path_; }
  Module at(const std::string& child) const { return {*model_, path_ + "." + child}; }
  Module at(const std::string& child, int64_t index) const { return at(fmt::format("{}.{}", child, index)); }

  bool has(const std::string& tensor) const { return model_->weights().has(path_ + "." + tensor); }
  Constant weight(const std::string& tensor, const ConcreteShape& shape) const {
    return model_->weights().get(path_ + "." + tensor, shape);
  }
  // An op named after the module, and after `part` when the module has several.
  ValueId op(const std::string& op_type, std::vector<Arg> args, const std::string& part = "") const;
  std::vector<ValueId> ops(const std::string& op_type, std::vector<Arg> args, const std::string& part = "") const;
  ValueId constant(const Constant& value, const std::string& part) const;

 private:
  ModelBuilder* model_;
  std::string path_;
};

inline Module ModelBuilder::at(const std::string& path) { return {*this, path}; }

}  // namespace anemone
