// SPDX-License-Identifier: Apache-2.0
// anemone run: executes a model on arrays and images.
#include "base/error.h"
#include "cli/arrays.h"
#include "cli/command.h"
#include "cli/numerics.h"
#include "runtime/outputs.h"
#include "runtime/session.h"

namespace anemone {
namespace {

struct Options {
  std::string model;
  std::vector<std::string> inputs;
  std::string output_dir;
  std::string function;
  std::string weights;
  std::string state_in;
  std::string state_out;
  NumericsFlags numerics;
  int64_t max_loops = RunOptions().max_loops;
  bool reference = false;
};

std::vector<std::string> state_names(const Program& program, const std::string& name) {
  std::vector<std::string> names;
  for (const Output& input : program.function(name.empty() ? program.default_function : name).inputs)
    if (input.type.is_state()) names.push_back(input.name);
  return names;
}

Json described(const std::string& name, const Tensor& tensor) {
  return {{"name", name}, {"dtype", name_of(tensor.dtype())}, {"shape", tensor.shape()}};
}

// Writes one output and says what it is: an array's type and shape, else the value itself.
Json hand_out(const std::string& name, const RuntimeValue& value, const std::filesystem::path& folder) {
  if (value.kind == RuntimeValue::Kind::kList) fail("output {} is a list", name);
  if (!folder.empty()) write_output(folder, name, value);
  if (value.kind == RuntimeValue::Kind::kTensor) return described(name, value.tensor);
  return {{"name", name}, {"value", as_json(value)}};
}

std::string line_of(const std::string& name, const RuntimeValue& value, const Json& json) {
  if (value.kind == RuntimeValue::Kind::kTensor)
    return fmt::format("{}: {} {}", name, name_of(value.tensor.dtype()), to_string(value.tensor.shape()));
  return fmt::format("{}: {}", name, json.at("value").dump());
}

int run(const Options& options, const CommandContext& context) {
  RunOptions run_options;
  options.numerics.apply(run_options);
  run_options.threads = context.threads;
  run_options.kernels = !options.reference;
  run_options.max_loops = options.max_loops;
  Session session = Session::open(options.model, run_options, options.weights);
  TensorMap states;
  if (!options.state_in.empty())
    states = read_tensor_folder(options.state_in, state_names(session.program(), options.function));
  const auto results = session.run(read_named_tensors(options.inputs), states, options.function);
  Json document = {{"outputs", Json::array()}, {"states", Json::array()}};
  if (!options.output_dir.empty()) std::filesystem::create_directories(options.output_dir);
  for (const auto& [name, value] : results) {
    document["outputs"].push_back(hand_out(name, value, options.output_dir));
    if (!context.json && !context.quiet) context.print(line_of(name, value, document["outputs"].back()));
  }
  if (!options.state_out.empty()) std::filesystem::create_directories(options.state_out);
  for (const auto& [name, value] : states) {
    document["states"].push_back(described(name, value));
    if (!options.state_out.empty()) write_tensor(std::filesystem::path(options.state_out) / (name + ".npy"), value);
  }
  if (context.json) context.print_json(document);
  return kFine;
}

}  // namespace

void register_command_run(CommandTable& table) {
  table.push_back(
      {"run", "Run a model on arrays", [](CLI::App& app) -> CommandBody {
         auto options = std::make_shared<Options>();
         app.add_option("model", options->model, ".mlpackage folder or .mlmodel file, which may be a pipeline")
             ->required();
         app.add_option("--input", options->inputs, "NAME=FILE, .npy or a PNG, JPEG or PPM image; once for each input");
         app.add_option("--output-dir", options->output_dir,
                        "Folder for NAME.npy, or NAME.json of labels, of each output");
         app.add_option("--function", options->function, "Function to run instead of the default one");
         app.add_option("--weights", options->weights, "Weight file of a bare .mlmodel");
         app.add_option("--state-in", options->state_in, "Folder with NAME.npy of the states to start from");
         app.add_option("--state-out", options->state_out, "Folder for NAME.npy of the states afterwards");
         options->numerics.add_to(app);
         app.add_option("--max-loops", options->max_loops, "Most rounds of one while_loop")
             ->check([](const std::string& text) {
               return text.find_first_not_of("0123456789") == std::string::npos ? "" : "expected a whole number";
             });
         app.add_flag("--reference", options->reference, "Use the ops' own evaluation, not the fast kernels");
         return [options](const CommandContext& context) { return run(*options, context); };
       }});
}

}  // namespace anemone
