// SPDX-License-Identifier: Apache-2.0
#include "tune/verify/parity.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/error.h"
#include "base/strings.h"

namespace anemone {
namespace {

std::vector<std::string> input_names(const Function& function) {
  std::vector<std::string> names;
  for (const Feature& feature : function.input_features) names.push_back(feature.name);
  return names;
}

const Function& function_of(const Session& session, const ParityOptions& options) {
  const Program& program = session.program();
  return program.function(options.function.empty() ? program.default_function : options.function);
}

// The model's name -> the reference's.
std::map<std::string, std::string> matched_names(const std::vector<std::string>& mine,
                                                 const std::vector<std::string>& theirs) {
  std::map<std::string, std::string> result;
  for (const std::string& name : mine)
    if (std::find(theirs.begin(), theirs.end(), name) != theirs.end()) result[name] = name;
  if (result.empty() && mine.size() == theirs.size())
    for (size_t i = 0; i < mine.size(); ++i) result[mine[i]] = theirs[i];
  return result;
}

std::vector<std::string> output_names(const CallResult& call) {
  std::vector<std::string> names;
  for (const auto& entry : call.outputs) names.push_back(entry.first);
  return names;
}

SampleResult run_sample(Session& session, const InputSample& sample, const std::string& function) {
  SampleResult result;
  for (const TensorMap& inputs : sample.calls) result.calls.push_back({session.run(inputs, result.states, function)});
  return result;
}

bool is_choice(const std::string& name, const Tensor& value, const ParityOptions& options) {
  if (value.rank() == 0 || value.shape().back() < 2 || !is_float(value.dtype())) return false;
  if (options.choices.count(name)) return true;
  return name.find("logit") != std::string::npos || name.find("prob") != std::string::npos;
}

// A dictionary's numbers in the order of `keys`.
Tensor numbers(const RuntimeValue& value, const RuntimeValue& keys) {
  std::vector<float> values;
  for (const auto& [key, unused] : keys.dictionary) {
    const auto found = std::find_if(value.dictionary.begin(), value.dictionary.end(),
                                    [&, k = key](const auto& entry) { return entry.first == k; });
    values.push_back(found == value.dictionary.end() ? NAN : static_cast<float>(found->second));
  }
  return Tensor::of<float>(DType::kFloat32, {static_cast<int64_t>(values.size())}, values);
}

bool same_bits(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() && a.dtype() == b.dtype() && std::memcmp(a.bytes(), b.bytes(), a.byte_size()) == 0;
}

class Judge {
 public:
  explicit Judge(const ParityOptions& options) : options_(options) { parity_.flavour = options.flavour; }

  void add(const InputSample& sample, const SampleResult& got, const SampleResult& want) {
    parity_.sample_psnr.push_back(INFINITY);
    if (!want.impossible.empty()) {
      parity_.notes.push_back(
          fmt::format("left out {}: the reference does not take it: {}", sample.name, want.impossible));
      return;
    }
    ++parity_.samples;
    for (size_t i = 0; i < got.calls.size(); ++i) add_call(sample, got.calls[i], want.calls.at(i));
    for (const auto& [name, value] : got.states)
      if (const auto other = want.states.find(name); other != want.states.end())
        add_tensor(entry(name, "state"), sample.name, value, other->second);
    if (!sample.label.empty()) add_known(sample, got, want);
  }

  Parity take() {
    if (parity_.samples == 0) fail("no sample could be compared");
    for (OutputParity& output : parity_.outputs) {
      output.constant &= reference_moves_[output.kind + output.name];
      output.dead &= output.kind != "label";
      output.equal &= output.kind != "label";
    }
    return std::move(parity_);
  }

 private:
  OutputParity& entry(const std::string& name, const std::string& kind) {
    for (OutputParity& each : parity_.outputs)
      if (each.name == name && each.kind == kind) return each;
    OutputParity& made = parity_.outputs.emplace_back();
    made.name = name;
    made.kind = kind;
    made.psnr = INFINITY;
    return made;
  }

  void add_call(const InputSample& sample, const CallResult& got, const CallResult& want) {
    const auto names = matched_names(output_names(got), output_names(want));
    for (const auto& [name, value] : got.outputs) {
      const auto other = names.find(name);
      if (other == names.end())
        fail("output {}: the reference has none of this name (it has {})", name, join(output_names(want), ", "));
      if (other->second != name) note(fmt::format("output {} is compared with {}", name, other->second));
      add_value(name, sample.name, value, want.outputs.at(other->second));
    }
  }

  void note(const std::string& text) {
    if (std::find(parity_.notes.begin(), parity_.notes.end(), text) == parity_.notes.end())
      parity_.notes.push_back(text);
  }

  void add_value(const std::string& name, const std::string& sample, const RuntimeValue& got,
                 const RuntimeValue& want) {
    if (got.kind != want.kind) fail("output {}: the reference gives another kind of value", name);
    switch (got.kind) {
      case RuntimeValue::Kind::kTensor:
        return add_tensor(entry(name, "output"), sample, got.tensor, want.tensor);
      case RuntimeValue::Kind::kDictionary:
        return add_tensor(entry(name, "output"), sample, numbers(got, want), numbers(want, want));
      case RuntimeValue::Kind::kLabel: {
        OutputParity& label = entry(name, "label");
        ++label.labels;
        label.equal_labels += got.label == want.label;
        return;
      }
      case RuntimeValue::Kind::kList:
        fail("output {} is a list, which cannot be compared", name);
    }
  }

  void add_tensor(OutputParity& output, const std::string& sample, const Tensor& got, const Tensor& want) {
    const Difference error = difference(got, want);
    const bool judged = error.same_shape && error.finite;
    double& least = parity_.sample_psnr.back();
    least = std::min(least, judged ? error.psnr(options_.flavour) : -INFINITY);
    if (!error.same_shape && output.same_shape) {
      output.shape = got.shape();
      output.expected_shape = want.shape();
      output.worst_sample = sample;
    }
    output.same_shape &= error.same_shape;
    if (!error.finite && output.finite) output.worst_sample = sample;
    output.finite &= error.finite;
    look_for_life(output, got, want);
    if (!judged) return;
    const double psnr = error.psnr(options_.flavour);
    if (output.worst.count == 0 || psnr < output.psnr) {
      output.psnr = psnr;
      output.worst = error;
      if (output.finite && output.same_shape) output.worst_sample = sample;
    }
    if (!is_choice(output.name, want, options_)) return;
    const Scores found = scores(got, want, std::min<int64_t>(options_.top_k, (want.shape().back() + 1) / 2));
    output.scores ? output.scores->add(found) : static_cast<void>(output.scores = found);
  }

  // Whether an output says anything at all, where the reference's does.
  void look_for_life(OutputParity& output, const Tensor& got, const Tensor& want) {
    const auto uniform = [](const Tensor& tensor) {
      const auto all = to_doubles(tensor);
      return all.size() < 2 || std::all_of(all.begin(), all.end(), [&](double x) { return x == all[0]; });
    };
    output.dead &= uniform(got) && !uniform(want);
    output.equal &= same_bits(got, want);
    const auto [first, fresh] = first_.try_emplace(output.kind + output.name, std::make_pair(got, want));
    if (fresh) return;
    output.constant &= same_bits(got, first->second.first);
    reference_moves_[output.kind + output.name] |= !same_bits(want, first->second.second);
  }

  // Class by label, or by the largest of the first choice.
  std::string class_of(const SampleResult& result) const {
    for (const auto& [name, value] : result.calls.back().outputs) {
      if (value.kind == RuntimeValue::Kind::kLabel) return value.label;
      if (value.kind != RuntimeValue::Kind::kTensor || !is_choice(name, value.tensor, options_)) continue;
      const auto all = to_doubles(value.tensor);
      const auto end = all.begin() + value.tensor.shape().back();
      return std::to_string(std::max_element(all.begin(), end) - all.begin());
    }
    return "";
  }

  void add_known(const InputSample& sample, const SampleResult& got, const SampleResult& want) {
    ++parity_.labelled;
    parity_.right += class_of(got) == sample.label;
    parity_.reference_right += class_of(want) == sample.label;
  }

  const ParityOptions& options_;
  Parity parity_;
  std::map<std::string, std::pair<Tensor, Tensor>> first_;  // of each output: what the two gave first
  std::map<std::string, bool> reference_moves_;             // whether the reference gave something else later
};

}  // namespace

std::vector<SampleResult> run_samples(Session& session, const std::vector<InputSample>& samples,
                                      const std::string& function, bool tolerant, const Progress& progress) {
  std::vector<SampleResult> results;
  size_t ran = 0;
  for (size_t i = 0; i < samples.size(); ++i) {
    report(progress, "running " + samples[i].name, static_cast<double>(i) / static_cast<double>(samples.size()));
    try {
      results.push_back(run_sample(session, samples[i], function));
      ++ran;
    } catch (const Cancelled&) {
      throw;
    } catch (const Error& error) {
      const bool last_hope = i + 1 == samples.size() && ran == 0;
      if (!tolerant || last_hope) throw error.within(samples[i].name);
      results.emplace_back();
      results.back().impossible = error.what();
    }
  }
  return results;
}

bool OutputParity::passes(double floor) const {
  if (kind == "label") return labels == equal_labels;
  return same_shape && finite && psnr >= floor;
}

void Parity::add_suspicions(bool equal_is_strange) {
  for (const OutputParity& output : outputs) {
    if (output.dead) notes.push_back(output.name + " holds one number only, which the reference's does not");
    if (output.constant) notes.push_back(output.name + " is the same for all inputs, which the reference's is not");
    if (output.equal && equal_is_strange)
      notes.push_back(output.name + " equals the reference's bit by bit, which two precisions hardly do");
  }
}

double Parity::min_psnr() const {
  double least = INFINITY;
  for (const OutputParity& output : outputs)
    if (output.kind != "label") least = std::min(least, output.passes(-INFINITY) ? output.psnr : -INFINITY);
  return least;
}

bool Parity::passes(double floor) const {
  return std::all_of(outputs.begin(), outputs.end(), [&](const OutputParity& output) { return output.passes(floor); });
}

Parity compare_results(const std::vector<InputSample>& samples, const std::vector<SampleResult>& got,
                       const std::vector<SampleResult>& want, const ParityOptions& options) {
  CHECK(samples.size() == got.size() && samples.size() == want.size());
  Judge judge(options);
  for (size_t i = 0; i < samples.size(); ++i) judge.add(samples[i], got[i], want[i]);
  return judge.take();
}

std::vector<InputSample> renamed_inputs(const std::vector<InputSample>& samples, const Function& from,
                                        const Function& to) {
  const auto names = matched_names(input_names(from), input_names(to));
  for (const std::string& name : input_names(from))
    if (!names.count(name)) fail("the reference has no input {} (it has {})", name, join(input_names(to), ", "));
  std::vector<InputSample> result = samples;
  for (InputSample& sample : result)
    for (TensorMap& call : sample.calls) {
      TensorMap renamed;
      for (auto& [name, value] : call) {
        const auto other = names.find(name);
        renamed[other == names.end() ? name : other->second] = std::move(value);
      }
      call = std::move(renamed);
    }
  return result;
}

Parity compare_models(Session& model, Session reference, const std::vector<InputSample>& samples,
                      const ParityOptions& options, const Progress& progress) {
  if (samples.empty()) fail("there are no samples to compare on");
  std::vector<SampleResult> want;
  {
    Session theirs = std::move(reference);  // let go at the end of this block
    const auto renamed = renamed_inputs(samples, function_of(model, options), function_of(theirs, options));
    want =
        with_context("the reference", [&] { return run_samples(theirs, renamed, options.function, true, progress); });
  }
  std::vector<InputSample> possible = samples;
  for (size_t i = 0; i < samples.size(); ++i)
    if (!want[i].impossible.empty()) possible[i].calls.clear();
  return compare_results(samples, run_samples(model, possible, options.function, false, progress), want, options);
}

}  // namespace anemone
