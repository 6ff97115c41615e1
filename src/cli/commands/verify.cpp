// SPDX-License-Identifier: Apache-2.0
// anemone verify: a model against another, against its checkpoint or against stored outputs.
#include "base/error.h"
#include "base/strings.h"
#include "cli/arrays.h"
#include "cli/command.h"
#include "cli/numerics.h"
#include "tune/verify/gates.h"
#include "tune/verify/kit.h"
#include "tune/verify/verification.h"

namespace anemone {
namespace {

struct Options {
  VerifyRequest request;
  std::vector<std::string> inputs;
  std::optional<int> samples;
  bool boundary = false;
  bool no_boundary = false;
  NumericsFlags numerics;  // of the model
  std::string reference_numerics = "float32";
  std::string flavour = "a";
  std::vector<std::string> choices;
  std::string kit;
  std::string device_results;
};

VerifyRequest request_of(const Options& options, const CommandContext& context) {
  VerifyRequest request = options.request;
  request.source.inputs = read_named_tensors(options.inputs);
  request.source.only_random = options.samples.has_value();
  if (options.samples) request.source.made_up.random = *options.samples;
  request.source.made_up.boundary = options.boundary || (!options.samples && !options.no_boundary);
  options.numerics.apply(request.run);
  request.run.threads = context.threads;
  request.reference_numerics = numerics_from_name(options.reference_numerics);
  request.parity.flavour = with_context("--psnr-flavour", [&] { return psnr_flavour(options.flavour); });
  request.parity.choices = {options.choices.begin(), options.choices.end()};
  request.progress = context.progress();
  return request;
}

int make_kit(const VerifyRequest& request, const std::string& folder, const CommandContext& context) {
  const WrittenKit kit = write_kit(request, folder);
  for (const std::string& note : kit.notes) context.message("note: " + note);
  if (context.json)
    context.print_json(
        {{"kit", kit.folder.string()}, {"samples", kit.samples}, {"numerics", kit.numerics}, {"notes", kit.notes}});
  else if (!context.quiet)
    context.print(
        fmt::format("{}: {} samples, outputs for {}", kit.folder.string(), kit.samples, join(kit.numerics, ", ")));
  return kFine;
}

int report_device(const VerifyRequest& request, const std::string& folder, const CommandContext& context) {
  const double floor = request.floor.value_or(request.gate.empty() ? kDefaultFloor : find_gate(request.gate).floor);
  const DeviceResults results = read_device_results(folder, request.parity, floor);
  if (context.json)
    context.print_json(device_results_json(results));
  else if (!context.quiet)
    context.print(device_results_text(results));
  return results.passed ? kFine : kCheckFailed;
}

int run(const Options& options, const CommandContext& context) {
  if (!options.device_results.empty())
    return report_device(request_of(options, context), options.device_results, context);
  if (options.request.model.empty()) fail("a model is needed");
  if (!options.kit.empty()) return make_kit(request_of(options, context), options.kit, context);
  const Verification result = verify_model(request_of(options, context));
  if (context.json)
    context.print_json(verification_json(result));
  else if (!context.quiet)
    context.print(verification_text(result));
  return result.passed ? kFine : kCheckFailed;
}

CommandBody declare(CLI::App& app) {
  auto options = std::make_shared<Options>();
  VerifyRequest& request = options->request;
  app.add_option("model", request.model, ".mlpackage folder or .mlmodel file");
  app.add_option("--weights", request.weights, "Weight file of a bare .mlmodel");
  app.add_option("--reference", request.reference, "The model or checkpoint folder to compare with");
  app.add_option("--expect", request.expected, "Folder with NAME.npy of each output for the given inputs");
  app.add_option("--task", request.task, "What a checkpoint is for, instead of what its config.json says");
  app.add_option("--function", request.parity.function, "Function to run instead of the default one");
  app.add_option("--input", options->inputs, "NAME=FILE, .npy or an image; once for each input");
  app.add_option("--data", request.source.data, "Data set: .txt, .jsonl or .tsv with texts, or .npy of samples");
  app.add_option("--tokenizer", request.source.tokenizer, "Tokenizer of the texts, instead of the model's assets");
  app.add_option("--samples", options->samples, "Random samples, or at most so many of the data set")
      ->check(CLI::Range(1, 1'000'000));
  app.add_option("--seed", request.source.made_up.seed, "Of the random samples");
  app.add_option("--calls", request.source.made_up.calls, "Calls of each sample, states being kept")
      ->check(CLI::Range(1, 1000));
  app.add_flag("--boundary", options->boundary, "Inputs at the boundaries too, when --samples is given");
  app.add_flag("--no-boundary", options->no_boundary, "Random samples only");
  options->numerics.add_to(app);
  app.add_option("--reference-numerics", options->reference_numerics, "Of the reference; float32 unless said");
  app.add_option("--min-psnr", request.floor, "Lowest PSNR of any output in dB (docs/verify.md)");
  app.add_option("--gate", request.gate, "A published limit: re-authored, fp16, int8, palette4 ...");
  app.add_option("--psnr-flavour", options->flavour, "a, c, k or plain (docs/verify.md)");
  app.add_option("--top-k", request.parity.top_k, "Size of the sets that are compared for logits")
      ->check(CLI::PositiveNumber);
  app.add_option("--choice", options->choices, "An output that a choice is made from, besides those named logits");
  app.add_flag("--bisect", request.bisect, "Find the first op whose output falls below the limit");
  app.add_option("--kit", options->kit, "Write a folder with what a Mac needs to run and time the model");
  app.add_option("--device-results", options->device_results, "Read a kit's folder that came back from a Mac");
  return [options](const CommandContext& context) { return run(*options, context); };
}

}  // namespace

void register_command_verify(CommandTable& table) {
  table.push_back({"verify", "Compare a model with another, its checkpoint or stored outputs", declare});
}

}  // namespace anemone
