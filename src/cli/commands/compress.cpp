// SPDX-License-Identifier: Apache-2.0
// anemone compress: a package with smaller weights.
#include <algorithm>
#include <cmath>
#include <optional>

#include "base/error.h"
#include "cli/command.h"
#include "formats/output_file.h"
#include "tune/compress_package.h"

namespace anemone {
namespace {

struct Options {
  std::string model, output;
  // One rule for all weights ...
  std::optional<int> palettize;
  std::optional<std::string> mode;
  std::optional<int64_t> group_size;
  bool per_channel_scale = false;
  bool quantize_palette = false;
  std::optional<std::string> importance;
  std::optional<int64_t> vector_size;
  std::optional<std::string> quantize;
  std::optional<std::string> granularity;
  std::optional<int64_t> block_size;
  bool asymmetric = false;
  std::optional<std::string> clip;
  std::optional<double> prune;
  std::optional<double> threshold;
  std::optional<std::string> n_m_ratio;
  std::optional<int64_t> prune_block;
  std::optional<std::string> scope;
  std::vector<std::string> op_types, names, skip_op_types, skip_names;
  std::optional<int64_t> min_elements, keep_first, keep_last;
  // ... or a file of rules.
  std::string recipe;
  std::string recipe_out;
  std::string target = "m1";
  std::string os;
  std::string units = "CPU_AND_NE";
  bool force = false, dry_run = false, no_check = false;
  std::optional<double> remove_neurons, remove_heads, low_rank;
  std::optional<int64_t> remove_layers;
};

template <typename T>
void put(Json& to, const char* name, const std::optional<T>& value) {
  if (value) to[name] = *value;
}

void refuse_stray(bool stray, const char* flag, const char* needed) {
  if (stray) fail("{}: needs {}", flag, needed);
}

Json methods_of(const Options& options) {
  Json methods = Json::array();
  const auto reduce = [&](const char* method, const char* setting, const auto& value) {
    if (value) methods.push_back({{method, {{setting, *value}}}});
  };
  reduce("remove_layers", "count", options.remove_layers);
  reduce("remove_heads", "share", options.remove_heads);
  reduce("remove_neurons", "share", options.remove_neurons);
  reduce("low_rank", "keep", options.low_rank);
  if (options.prune || options.threshold || options.n_m_ratio) {
    Json settings = Json::object();
    put(settings, "sparsity", options.prune);
    put(settings, "threshold", options.threshold);
    put(settings, "n_m_ratio", options.n_m_ratio);
    put(settings, "block_size", options.prune_block);
    put(settings, "scope", options.scope);
    methods.push_back({{"prune", settings}});
  }
  if (options.palettize && options.vector_size) {
    methods.push_back({{"palettize_vectors", {{"nbits", *options.palettize}, {"cluster_dim", *options.vector_size}}}});
  } else if (options.palettize) {
    Json settings = {{"nbits", *options.palettize}};
    put(settings, "mode", options.mode);
    put(settings, "group_size", options.group_size);
    put(settings, "importance", options.importance);
    if (options.per_channel_scale) settings["per_channel_scale"] = true;
    methods.push_back({{"palettize", settings}});
    if (options.quantize_palette) methods.push_back({{"quantize_palette", Json::object()}});
  }
  if (options.quantize) {
    Json settings = {{"dtype", *options.quantize}};
    put(settings, "granularity", options.granularity);
    put(settings, "block_size", options.block_size);
    put(settings, "clip", options.clip);
    if (options.asymmetric) settings["mode"] = "linear";
    methods.push_back({{"quantize", settings}});
  }
  return methods;
}

void check_flags(const Options& options) {
  const bool palettize = options.palettize.has_value(), quantize = options.quantize.has_value();
  refuse_stray(options.mode && !palettize, "--mode", "--palettize");
  refuse_stray(options.group_size && !palettize, "--group-size", "--palettize");
  refuse_stray(options.per_channel_scale && !palettize, "--per-channel-scale", "--palettize");
  refuse_stray(options.vector_size && !palettize, "--vector-size", "--palettize");
  if (options.vector_size && (options.mode || options.group_size || options.per_channel_scale ||
                              options.quantize_palette || options.importance))
    fail("--vector-size: cannot be combined with other flags of palettes");
  refuse_stray(options.importance && !palettize, "--importance", "--palettize");
  refuse_stray(options.quantize_palette && !palettize, "--quantize-palette", "--palettize");
  refuse_stray(options.granularity && !quantize, "--granularity", "--quantize");
  refuse_stray(options.block_size && !quantize, "--block-size", "--quantize");
  refuse_stray(options.asymmetric && !quantize, "--asymmetric", "--quantize");
  refuse_stray(options.clip && !quantize, "--clip", "--quantize");
  refuse_stray(options.prune_block && !options.prune, "--prune-block-size", "--prune");
  refuse_stray(options.scope && !options.prune, "--prune-scope", "--prune");
  if (palettize && quantize) fail("--quantize: cannot be combined with --palettize: see --quantize-palette");
  if ((options.prune ? 1 : 0) + (options.threshold ? 1 : 0) + (options.n_m_ratio ? 1 : 0) > 1)
    fail("--prune: expected one of --prune, --prune-threshold and --n-m-ratio");
}

// Weights that are left out come first: the first rule that matches counts.
Json recipe_of_flags(const Options& options) {
  check_flags(options);
  const Json methods = methods_of(options);
  if (methods.empty())
    fail("a method is needed: --palettize, --quantize, --prune, --remove-heads, --low-rank ... or --recipe");
  Json rules = Json::array();
  if (!options.skip_op_types.empty())
    rules.push_back({{"op_types", options.skip_op_types}, {"methods", Json::array()}});
  if (!options.skip_names.empty()) rules.push_back({{"names", options.skip_names}, {"methods", Json::array()}});
  Json rule = Json::object();
  if (!options.op_types.empty()) rule["op_types"] = options.op_types;
  if (!options.names.empty()) rule["names"] = options.names;
  put(rule, "min_elements", options.min_elements);
  put(rule, "keep_first", options.keep_first);
  put(rule, "keep_last", options.keep_last);
  rule["methods"] = methods;
  rules.push_back(rule);
  return {{"rules", rules}};
}

Recipe recipe_of(const Options& options) {
  if (options.recipe.empty()) return make_recipe(recipe_of_flags(options));
  if (!methods_of(options).empty()) fail("--recipe: cannot be combined with flags of methods");
  return read_recipe(options.recipe);
}

void print_weight(const WeightReport& weight, const CommandContext& context) {
  if (!weight.compressed()) return context.print(fmt::format("{}: stays as it is: {}", weight.name, weight.reason));
  const std::string psnr = std::isfinite(weight.psnr) ? fmt::format("{:.1f} dB", weight.psnr) : "exact";
  context.print(fmt::format("{} {}: {}, {} -> {} bytes, {}", weight.name, to_string(weight.shape), weight.methods,
                            weight.bytes_before, weight.bytes_after, psnr));
}

void print_result(const Compressed& result, bool dry_run, const CommandContext& context) {
  for (const ReductionReport& report : result.reductions)
    context.print(fmt::format("{}: {}{}", report.part.name, report.part.done ? "" : "stays: ", report.part.outcome));
  for (const WeightReport& weight : result.weights) print_weight(weight, context);
  for (const std::string& warning : result.warnings) context.message("warning: " + warning);
  const auto refused = std::count_if(result.weights.begin(), result.weights.end(),
                                     [](const WeightReport& weight) { return weight.refused; });
  if (refused > 0)
    context.message(
        fmt::format("warning: {} weights stay as they are because their ops would leave the Neural Engine: "
                    "--force compresses them all the same",
                    refused));
  if (result.opset != result.opset_before)
    context.print(fmt::format("raised from iOS{} to iOS{}, which {} need", result.opset_before + 10, result.opset + 10,
                              result.opset_reason));
  const Json figures = compression_json(result);
  const auto before = figures["bytes_before"].get<double>(), after = figures["bytes_after"].get<double>();
  context.print(fmt::format("{} weights compressed, {} as they were; {:.2f} -> {:.2f} MB{}",
                            figures["compressed"].get<int>(), figures["skipped"].get<int>(), before * 1e-6,
                            after * 1e-6, dry_run ? "; nothing is written" : ""));
  for (const auto& [name, psnr] : result.psnr)
    context.print(fmt::format("{}: {:.1f} dB beside the model before", name, psnr));
}

int run(const Options& options, const CommandContext& context) {
  CompressRequest request;
  request.model = options.model;
  request.output = options.output;
  request.recipe = recipe_of(options);
  request.target = find_target(options.target, options.os);
  request.units = *compute_units_from(options.units);
  request.force = options.force;
  request.dry_run = options.dry_run;
  request.check = !options.no_check;
  request.threads = context.threads;
  if (options.output.empty() && !options.dry_run) fail("-o: where to write the result is needed");
  const Compressed result = compress_package(request, context.progress());
  if (!options.recipe_out.empty())
    write_file(options.recipe_out,
               [&](OutputFile& file) { file.write(Json::parse(request.recipe.text).dump(2) + "\n"); });
  if (context.json)
    context.print_json(compression_json(result));
  else if (!context.quiet)
    print_result(result, options.dry_run, context);
  return kFine;
}

void declare_methods(CLI::App& app, Options& options) {
  app.add_option("--palettize", options.palettize, "Palettes of 2^BITS entries: 1, 2, 3, 4, 6 or 8 bits");
  app.add_option("--mode", options.mode, "exact (least squared error), fast, uniform or unique");
  app.add_option("--group-size", options.group_size, "Output channels that share a palette; without, all");
  app.add_flag("--per-channel-scale", options.per_channel_scale, "Scale output channels before they share a palette");
  app.add_flag("--quantize-palette", options.quantize_palette, "Palette entries as 8-bit integers");
  app.add_option("--importance", options.importance, "A .safetensors file: how much input channels of weights count");
  app.add_option("--vector-size", options.vector_size,
                 "Values in a row that share an index; not for the Neural Engine");
  app.add_option("--quantize", options.quantize, "int8, uint8, int4 or uint4");
  app.add_option("--granularity", options.granularity, "Scales: per_tensor, per_channel or per_block");
  app.add_option("--block-size", options.block_size, "Input channels that share a scale, per_block");
  app.add_flag("--asymmetric", options.asymmetric, "An offset beside each scale");
  app.add_option("--clip", options.clip, "none, or mse: clip where that lowers the squared error");
  app.add_option("--prune", options.prune, "The share of smallest values that become 0, such as 0.5");
  app.add_option("--prune-threshold", options.threshold, "Values up to this magnitude become 0");
  app.add_option("--n-m-ratio", options.n_m_ratio, "N:M: N of every M neighbours become 0");
  app.add_option("--prune-block-size", options.prune_block, "Output channels that become 0 together");
  app.add_option("--remove-neurons", options.remove_neurons, "The share of neurons between products that go");
  app.add_option("--remove-heads", options.remove_heads, "The share of attention heads that go");
  app.add_option("--remove-layers", options.remove_layers, "How many layers go");
  app.add_option("--low-rank", options.low_rank, "Two thin products with this share of the numbers for each large one");
  app.add_option("--prune-scope", options.scope, "layer, or global: the share is of all weights together");
}

CommandBody declare(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("model", options->model, ".mlpackage folder or .mlmodel file")->required();
  app.add_option("-o,--output", options->output, "The .mlpackage to write");
  declare_methods(app, *options);
  app.add_option("--op-type", options->op_types, "Only weights of ops of this type; may be repeated");
  app.add_option("--name", options->names, "Only weights whose name or op matches, with * and ?; may be repeated");
  app.add_option("--skip-op-type", options->skip_op_types, "No weights of ops of this type; may be repeated");
  app.add_option("--skip-name", options->skip_names, "No weights whose name or op matches; may be repeated");
  app.add_option("--weight-threshold", options->min_elements, "Elements of the smallest weight that is compressed");
  app.add_option("--keep-first", options->keep_first, "How many of the first weights stay as they are");
  app.add_option("--keep-last", options->keep_last, "How many of the last weights stay as they are");
  app.add_option("--recipe", options->recipe, "A file with rules, instead of the flags above");
  app.add_option("--write-recipe", options->recipe_out, "Write the rules with all settings to this file");
  app.add_option("--target", options->target, "Chip or product that must be able to use the result")
      ->capture_default_str();
  app.add_option("--os", options->os, "Its system; the newest if left out");
  app.add_option("--compute-units", options->units, "What may be used")
      ->check(CLI::IsMember({"ALL", "CPU_AND_NE", "CPU_AND_GPU", "CPU_ONLY"}))
      ->capture_default_str();
  app.add_flag("--force", options->force, "Also forms that take ops off the Neural Engine");
  app.add_flag("--no-check", options->no_check, "Do not run the result beside the model when the graph changed");
  app.add_flag("--dry-run", options->dry_run, "Say what would happen and write nothing");
  return [options](const CommandContext& context) { return run(*options, context); };
}

}  // namespace

void register_command_compress(CommandTable& table) {
  table.push_back({"compress", "Make the weights of a package smaller", declare});
}

}  // namespace anemone
