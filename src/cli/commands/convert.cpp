// SPDX-License-Identifier: Apache-2.0
// anemone convert: a checkpoint becomes an .mlpackage.
#include "base/error.h"
#include "base/strings.h"
#include "cli/assignments.h"
#include "cli/command.h"
#include "cli/form_flags.h"
#include "tune/convert_package.h"

namespace anemone {
namespace {

struct Options {
  std::string source;
  std::string output;
  std::string task;
  std::string form = "ane";
  FormFlags rewrite;
  std::string precision = "fp16";
  std::string deployment_target = "iOS16";
  std::string compute_units;
  std::optional<int64_t> image_size;
  std::optional<int64_t> sequence_length;
  int64_t batch = 1;
  std::vector<std::string> shapes;
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  std::vector<std::string> renames;
};

DType precision_of(const std::string& name) {
  if (name == "fp16") return DType::kFloat16;
  if (name == "fp32") return DType::kFloat32;
  fail("--precision: {}: expected fp16 or fp32", name);
}

ConvertOptions convert_options(const Options& options, int threads) {
  ConvertOptions to;
  to.task = options.task;
  to.target = options.rewrite.target;
  to.compute_units = options.compute_units;
  to.check = !options.rewrite.no_check;
  to.threads = threads;
  to.request.precision = precision_of(options.precision);
  to.request.opset = opset_for(options.deployment_target);
  to.request.batch = options.batch;
  to.request.sequence_length = options.sequence_length;
  to.request.image_size = options.image_size;
  to.request.inputs = options.inputs;
  to.request.outputs = options.outputs;
  to.request.shapes = shapes_from(options.shapes);
  for (const std::string& text : options.renames)
    if (!to.request.renames.insert(assignment("--rename", text)).second) fail("--rename: {} is given twice", text);
  return to;
}

FormOptions form_options(const Options& options, const CommandContext& context) {
  if (options.form != "ane" && options.form != "plain") fail("--form: {}: expected ane or plain", options.form);
  FormOptions to;
  to.ane = options.form == "ane";
  to.rewrite = options.rewrite.options(context);
  return to;
}

// Flags that change nothing in the plain form.
void note_flags_without_effect(const Options& options, const CommandContext& context) {
  if (options.form != "plain") return;
  const FormFlags& flags = options.rewrite;
  const FormFlags unset;
  for (const auto& [flag, value, usual] :
       {std::tuple("--mask", flags.mask, unset.mask), std::tuple("--attention", flags.attention, unset.attention),
        std::tuple("--norms", flags.norms, unset.norms)})
    if (value != usual) context.message(fmt::format("note: {} {}: only with --form ane", flag, value));
  if (flags.host_embeddings) context.message("note: --host-embeddings: only with --form ane");
  if (flags.native_io) context.message("note: --native-io: --form plain has no inputs and outputs to change");
  for (const std::string& name : flags.disabled)
    context.message(fmt::format("note: --disable-pass {}: no pass runs with --form plain", name));
  for (const auto& [flag, value] : {std::pair("--target", flags.target), {"--compute-units", options.compute_units}})
    if (!value.empty())
      context.message(fmt::format("note: {} {}: noted in the package; --form plain is the same for all", flag, value));
}

Json described(const std::vector<Feature>& features) {
  Json list = Json::array();
  for (const Feature& feature : features) {
    Json entry = {{"name", feature.name}, {"dtype", name_of(feature.dtype)}};
    if (feature.shape) entry["shape"] = *feature.shape;
    list.push_back(std::move(entry));
  }
  return list;
}

int64_t executed_ops(const Function& function) {
  int64_t count = 0;
  for_each_op(function.body, [&count](const Op& op) { count += is_executed(op); });
  return count;
}

Json proof_json(const ConvertedPackage& result) {
  if (!result.rewrite || !result.rewrite->proof) return "not proved";
  return {{"passed", result.rewrite->passed()}, {"min_psnr", result.rewrite->proof->lowest}};
}

Json document_of(const ConvertedPackage& result) {
  const Conversion& conversion = result.conversion;
  const Function& main = conversion.program.main();
  Json document = {{"package", result.package.string()},
                   {"assets", result.assets.empty() ? Json() : Json(result.assets.string())},
                   {"architecture", conversion.architecture},
                   {"task", conversion.task},
                   {"inputs", described(main.input_features)},
                   {"outputs", described(main.output_features)},
                   {"ops", executed_ops(main)},
                   {"parameters", conversion.parameters},
                   {"weight_bytes", result.written.weight_bytes},
                   {"seconds", result.seconds},
                   {"form", result.rewrite ? "ane" : "plain"},
                   {"proof", proof_json(result)},
                   {"warnings", conversion.warnings}};
  if (result.rewrite) document["rewrite"] = rewrite_json(*result.rewrite);
  return document;
}

std::string names_and_shapes(const std::vector<Feature>& features) {
  std::vector<std::string> parts;
  for (const Feature& feature : features)
    parts.push_back(fmt::format("{} {} {}", feature.name, name_of(feature.dtype),
                                feature.shape ? to_string(*feature.shape) : "[?]"));
  return join(parts, ", ");
}

void print_form(const Rewrite& rewrite, const CommandContext& context) {
  context.print(fmt::format("  form:    {}, {} ops, {} before",
                            rewrite.form.holds() ? "of the Neural Engine" : "not reached: " + rewrite.form.reasons[0],
                            rewrite.ops_after, rewrite.ops_before));
  if (!rewrite.proof) return context.print("  not proved");
  for (const std::string& line : split(proof_text(*rewrite.proof), '\n')) context.print("  " + line);
}

int run(const Options& options, const CommandContext& context) {
  const ConvertOptions convert_request = convert_options(options, context.threads);
  const ConvertedPackage result = convert_package(options.source, options.output, convert_request, context.progress(),
                                                  form_options(options, context));
  if (!result.passed()) {
    if (context.json) context.print_json(document_of(result));
    context.message(fmt::format("error: {}: {}", options.source, complaint(*result.rewrite)));
    return kCheckFailed;
  }
  for (const std::string& warning : result.conversion.warnings) context.message("warning: " + warning);
  note_flags_without_effect(options, context);
  if (context.json) {
    context.print_json(document_of(result));
    return kFine;
  }
  const Function& main = result.conversion.program.main();
  if (context.quiet) return kFine;
  context.print(fmt::format("{}: {}, {} ops, {} parameters, {} bytes of weights, {:.1f} s", result.package.string(),
                            result.conversion.architecture, executed_ops(main), result.conversion.parameters,
                            result.written.weight_bytes, result.seconds));
  context.print("  inputs:  " + names_and_shapes(main.input_features));
  context.print("  outputs: " + names_and_shapes(main.output_features));
  if (result.rewrite && result.rewrite->embeddings)
    context.print("  embeddings: " + embeddings_package(result.package).string());
  if (result.rewrite) print_form(*result.rewrite, context);
  return kFine;
}

CommandBody declare(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("source", options->source, "Checkpoint folder")->required();
  app.add_option("-o,--output", options->output, "The .mlpackage to write")->required();
  app.add_option("--task", options->task, "What the model is for, instead of what its config.json says");
  app.add_option("--form", options->form, "ane: rewritten for the Neural Engine; plain")->capture_default_str();
  app.add_option("--precision", options->precision, "fp16 or fp32");
  app.add_option("--minimum-deployment-target", options->deployment_target, "iOS15 to iOS18, macOS12 to macOS15");
  app.add_option("--batch", options->batch, "Batch size");
  app.add_option("--sequence-length", options->sequence_length, "Tokens; by default 128 or the model's maximum");
  app.add_option("--image-size", options->image_size, "Pixels a side, for models that take images");
  app.add_option("--shape", options->shapes, "INPUT=D0,D1,...; wins over the other flags");
  app.add_option("--inputs", options->inputs, "Inputs to take, with commas between them")->delimiter(',');
  app.add_option("--outputs", options->outputs, "Outputs to return, with commas between them")->delimiter(',');
  app.add_option("--rename", options->renames, "OLD=NEW name of an input or output");
  app.add_option("--compute-units", options->compute_units, "CPU_AND_NE, ALL, CPU_AND_GPU or CPU_ONLY");
  options->rewrite.declare(*app.add_option_group("rewrite", "With --form ane"));
  return [options](const CommandContext& context) { return run(*options, context); };
}

}  // namespace

void register_command_convert(CommandTable& table) {
  table.push_back({"convert", "Convert a checkpoint to an .mlpackage", declare});
}

}  // namespace anemone
