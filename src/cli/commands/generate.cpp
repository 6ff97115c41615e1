// SPDX-License-Identifier: Apache-2.0
// anemone generate: continues prompts with a language model.
#include "generate/generate.h"

#include <chrono>

#include "base/error.h"
#include "base/strings.h"
#include "cli/command.h"
#include "cli/lines.h"
#include "cli/numerics.h"

namespace anemone {
namespace {

struct Options {
  std::string model;
  std::vector<std::string> prompts;
  std::string file;
  std::string tokenizer;
  NumericsFlags numerics;
  std::optional<double> temperature;
  std::optional<int64_t> top_k;
  std::optional<double> top_p;
  std::optional<uint64_t> seed;
  std::vector<std::string> stop_tokens;
  bool no_special_tokens = false;
  GenerationOptions generation;
};

// Any of the sampling flags asks for sampling; without a temperature it is 1.
SamplingOptions sampling_of(const Options& options) {
  const bool sample = options.top_k || options.top_p || options.seed;
  SamplingOptions sampling;
  sampling.temperature = options.temperature.value_or(sample ? 1 : 0);
  sampling.top_k = options.top_k.value_or(0);
  sampling.top_p = options.top_p.value_or(1);
  sampling.seed = options.seed.value_or(0);
  check(sampling);
  return sampling;
}

GenerationOptions generation_of(const Options& options, const TextGenerator& generator) {
  GenerationOptions generation = options.generation;
  generation.sampling = sampling_of(options);
  generation.add_special_tokens = !options.no_special_tokens;
  for (const std::string& token : options.stop_tokens) {
    const auto number = parse_int(token);
    const bool is_id = number && *number >= 0 && *number <= INT32_MAX;
    generation.stop_tokens.insert(is_id ? static_cast<TokenId>(*number) : generator.token(token));
  }
  return generation;
}

Json described(const std::string& prompt, const Generation& result) {
  return {{"prompt", prompt},
          {"text", result.text},
          {"prompt_ids", result.prompt},
          {"ids", result.tokens},
          {"finish_reason", result.end == Generation::End::kStop ? "stop" : "length"}};
}

using Clock = std::chrono::steady_clock;

// What a person at a terminal sees: the prompt, and the continuation as it comes.
void stream(TextGenerator& generator, const std::string& prompt, const GenerationOptions& options,
            const CommandContext& context) {
  const auto start = Clock::now();
  if (!context.quiet) context.print_part(prompt);
  const Progress progress = context.progress();
  const Generation result = generator.generate(prompt, options, [&](std::string_view piece) {
    context.print_part(piece);
    report(progress, "", 0);
    return true;
  });
  context.print("");
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
  const size_t length = result.prompt.size() + result.tokens.size();
  context.message(fmt::format("{} tokens in {:.1f} s, {:.1f} a second", result.tokens.size(), seconds,
                              static_cast<double>(result.tokens.size()) / std::max(seconds, 1e-9)));
  if (static_cast<int64_t>(length) > generator.longest())
    context.message(fmt::format("the package takes {} tokens at once: the last ones were used", generator.longest()));
}

int run(const Options& options, const CommandContext& context) {
  if (options.prompts.empty() == options.file.empty()) fail("generate: expected either prompts or --file");
  if (options.generation.max_new_tokens < 1)
    fail("--max-new-tokens: {}: expected 1 or more", options.generation.max_new_tokens);
  RunOptions run_options;
  options.numerics.apply(run_options);
  run_options.threads = context.threads;
  TextGenerator generator = TextGenerator::open(options.model, options.tokenizer, run_options);
  const GenerationOptions generation = generation_of(options, generator);
  if (!options.file.empty()) {
    for_each_text(options.file, [&](const TextLine& line) {
      context.print_part(json_line(described(line.text, generator.generate(line.text, generation))) + "\n");
    });
    return kFine;
  }
  Json results = Json::array();
  for (const std::string& prompt : options.prompts) {
    if (context.json)
      results.push_back(described(prompt, generator.generate(prompt, generation)));
    else
      stream(generator, prompt, generation, context);
  }
  if (context.json) context.print_json({{"results", std::move(results)}});
  return kFine;
}

CommandBody declare(CLI::App& app) {
  const auto options = std::make_shared<Options>();
  app.add_option("model", options->model, ".mlpackage folder of a language model")->required();
  app.add_option("prompt,--prompt", options->prompts, "Texts to continue");
  app.add_option("--file", options->file,
                 "File with one prompt a line, or .jsonl with {\"prompt\"}; - is stdin. Prints a JSON line for each");
  app.add_option("--max-new-tokens", options->generation.max_new_tokens, "At most so many");
  app.add_option("--temperature", options->temperature, "0: always the likeliest token (the usual); 1: by chance");
  app.add_option("--top-k", options->top_k, "By chance, among the k likeliest tokens");
  app.add_option("--top-p", options->top_p, "By chance, among the likeliest that together have this probability");
  app.add_option("--seed", options->seed, "By chance; the same seed gives the same text");
  app.add_option("--stop", options->generation.stops, "Text to end before");
  app.add_option("--stop-token", options->stop_tokens, "Token, or its number, to end before, besides the model's own");
  app.add_flag("--ignore-end", options->generation.ignore_end, "Go on behind the model's own end of text");
  app.add_flag("--no-special-tokens", options->no_special_tokens, "Put none around the prompt");
  app.add_option("--tokenizer", options->tokenizer, "Tokenizer folder or file instead of the package's assets");
  options->numerics.add_to(app);
  return [options](const CommandContext& context) { return run(*options, context); };
}

}  // namespace

void register_command_generate(CommandTable& table) {
  table.push_back({"generate", "Continue texts with a language model", declare});
}

}  // namespace anemone
