// SPDX-License-Identifier: Apache-2.0
// anemone embed: texts to vectors, or the lines of a file in the order of their likeness to a query.
#include "tune/embed.h"

#include <algorithm>
#include <numeric>

#include "base/error.h"
#include "cli/command.h"
#include "cli/lines.h"
#include "cli/numerics.h"
#include "runtime/arrays.h"

namespace anemone {
namespace {

struct Options {
  std::string model;
  std::vector<std::string> texts;
  std::string file;
  std::string output;
  std::optional<std::string> query;
  int64_t top = 10;
  std::string prompt_name;
  std::string feature;
  std::string tokenizer;
  NumericsFlags numerics;
};

std::vector<std::string> texts_of(const Options& options) {
  std::vector<std::string> texts = options.texts;
  if (!options.file.empty()) for_each_text(options.file, [&](TextLine line) { texts.push_back(std::move(line.text)); });
  return texts;
}

// In groups of as many texts as go through at once, with progress.
std::vector<std::vector<float>> embed_all(TextEmbedder& embedder, const std::vector<std::string>& texts,
                                          const std::string& prompt, const Progress& progress) {
  std::vector<std::vector<float>> vectors;
  for (size_t begin = 0; begin < texts.size(); begin = vectors.size()) {
    std::vector<std::string> group;
    for (size_t i = begin; i < texts.size() && static_cast<int64_t>(group.size()) < embedder.batch(); ++i)
      group.push_back(prompt + texts[i]);
    for (auto& vector : embedder.embed(group)) vectors.push_back(std::move(vector));
    report(progress, "embedding", static_cast<double>(vectors.size()) / static_cast<double>(texts.size()));
  }
  return vectors;
}

void write_vectors(const std::string& file, const std::vector<std::vector<float>>& vectors) {
  const auto size = static_cast<int64_t>(vectors.empty() ? 0 : vectors[0].size());
  Tensor table(DType::kFloat32, {static_cast<int64_t>(vectors.size()), size});
  auto to = table.as<float>().begin();
  for (const auto& vector : vectors) to = std::copy(vector.begin(), vector.end(), to);
  write_tensor(file, table);
}

void print_vectors(const std::vector<std::string>& texts, const std::vector<std::vector<float>>& vectors,
                   const CommandContext& context) {
  if (context.json) {
    context.print_json(
        {{"count", vectors.size()}, {"dimension", vectors.empty() ? 0 : vectors[0].size()}, {"embeddings", vectors}});
    return;
  }
  for (size_t i = 0; i < texts.size(); ++i) context.print(json_line({{"text", texts[i]}, {"embedding", vectors[i]}}));
}

void rank(TextEmbedder& embedder, const Options& options, const CommandContext& context) {
  const std::vector<std::string> texts = texts_of(options);
  if (texts.empty()) fail("--query: expected texts or --file to rank");
  const std::string before =
      embedder.prompt(options.prompt_name.empty() ? "query" : options.prompt_name, !options.prompt_name.empty());
  std::string before_text = embedder.prompt("document", false);
  if (before_text.empty()) before_text = embedder.prompt("passage", false);
  const std::vector<std::string> query = {before + *options.query};
  const std::vector<float> wanted = embedder.embed(query)[0];
  const auto vectors = embed_all(embedder, texts, before_text, context.progress());
  std::vector<double> scores;
  for (const auto& vector : vectors) scores.push_back(embedder.similarity(wanted, vector));
  std::vector<size_t> order(texts.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return scores[a] > scores[b]; });
  if (options.top > 0) order.resize(std::min(order.size(), static_cast<size_t>(options.top)));
  Json results = Json::array();
  for (const size_t i : order) {
    if (context.json)
      results.push_back({{"score", scores[i]}, {"index", i}, {"text", texts[i]}});
    else
      context.print(fmt::format("{:.4f}\t{}", scores[i], texts[i]));
  }
  if (context.json) context.print_json({{"query", *options.query}, {"results", std::move(results)}});
}

int run(Options options, const CommandContext& context) {
  if (options.texts.empty() && options.file.empty()) fail("embed: expected texts, --text or --file (- is stdin)");
  if (options.query && !options.output.empty()) fail("--query: writes no vectors: expected no --output");
  if (options.top < 0) fail("--top: {}: expected 0 or more", options.top);
  RunOptions run_options;
  options.numerics.apply(run_options);
  run_options.threads = context.threads;
  TextEmbedder embedder = TextEmbedder::open(options.model, options.tokenizer, options.feature, run_options);
  if (options.query) {
    rank(embedder, options, context);
    return kFine;
  }
  const std::vector<std::string> texts = texts_of(options);
  const std::string prompt = options.prompt_name.empty() ? "" : embedder.prompt(options.prompt_name, true);
  const auto vectors = embed_all(embedder, texts, prompt, context.progress());
  if (options.output.empty()) {
    print_vectors(texts, vectors, context);
    return kFine;
  }
  write_vectors(options.output, vectors);
  const size_t size = vectors.empty() ? 0 : vectors[0].size();
  if (context.json)
    context.print_json({{"file", options.output}, {"count", vectors.size()}, {"dimension", size}});
  else
    context.message(fmt::format("{}: {} vectors of {}", options.output, vectors.size(), size));
  return kFine;
}

CommandBody declare(CLI::App& app) {
  const auto options = std::make_shared<Options>();
  app.add_option("model", options->model, ".mlpackage folder of a sentence encoder")->required();
  app.add_option("text,--text", options->texts, "Texts");
  app.add_option("--file", options->file, "File with one text a line, or .jsonl with {\"text\"}; - is stdin");
  app.add_option("--query", options->query, "Print the texts that are most like this one, with their likeness");
  app.add_option("--top", options->top, "With --query, how many; 0: all");
  app.add_option("-o,--output", options->output, "The .npy file for the vectors (texts, size) instead of stdout");
  app.add_option("--prompt-name", options->prompt_name, "The model's prompt to put before each text, or the query");
  app.add_option("--feature", options->feature, "The model's output to use instead of sentence_embedding");
  app.add_option("--tokenizer", options->tokenizer, "Tokenizer folder or file instead of the package's assets");
  options->numerics.add_to(app);
  return [options](const CommandContext& context) { return run(*options, context); };
}

}  // namespace

void register_command_embed(CommandTable& table) {
  table.push_back({"embed", "Turn texts into vectors, or find those most like a query", declare});
}

}  // namespace anemone
