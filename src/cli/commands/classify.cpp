// SPDX-License-Identifier: Apache-2.0
// anemone classify: texts to classes with probabilities.
#include "tune/classify.h"

#include <fstream>
#include <iostream>

#include "base/error.h"
#include "cli/command.h"

namespace anemone {
namespace {

struct Options {
  std::string model;
  std::vector<std::string> texts;
  std::string file;
  std::string tokenizer;
  std::string numerics = "float32";
  bool labelled = false;
};

Json described(const TextClassifier& classifier, const std::string& text, const Classified& result) {
  Json scores = Json::object();
  for (size_t i = 0; i < result.probabilities.size(); ++i) scores[classifier.labels()[i]] = result.probabilities[i];
  return {{"text", text},
          {"label", classifier.labels()[result.best]},
          {"probability", result.probabilities[result.best]},
          {"scores", std::move(scores)},
          {"logits", result.logits},
          {"tokens", result.tokens}};
}

std::string line_of(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

// Classifies line after line and prints each answer at once.
struct LineReader {
  TextClassifier& classifier;
  const Options& options;
  const CommandContext& context;
  int64_t count = 0;
  int64_t correct = 0;

  void answer(std::string line) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    std::optional<size_t> expected;
    if (options.labelled) {
      const size_t tab = line.rfind('\t');
      if (tab == std::string::npos) fail("has no tab: expected text, tab, label");
      expected = classifier.label_index(std::string_view(line).substr(tab + 1));
      line.resize(tab);
    }
    const Classified result = classifier.classify(line);
    ++count;
    correct += expected == result.best;
    if (context.json) {
      Json json = described(classifier, line, result);
      if (expected) json["expected"] = classifier.labels()[*expected];
      context.print(line_of(json));
    } else if (!context.quiet) {
      context.print(
          fmt::format("{} {:.4f}\t{}", classifier.labels()[result.best], result.probabilities[result.best], line));
    }
  }
};

void classify_lines(TextClassifier& classifier, const Options& options, const CommandContext& context) {
  std::ifstream file;
  if (options.file != "-") {
    if (std::filesystem::is_directory(options.file))
      fail("{}: is a folder: expected a file with one text a line", options.file);
    file.open(options.file, std::ios::binary);
    if (!file) fail("{}: cannot be read", options.file);
  }
  std::istream& input = options.file == "-" ? std::cin : file;
  LineReader reader{classifier, options, context};
  std::string line;
  for (int64_t number = 1; std::getline(input, line); ++number)
    with_context(fmt::format("{}: line {}", options.file, number), [&] { reader.answer(line); });
  if (input.bad()) fail("{}: cannot be read to the end", options.file);
  if (!options.labelled) return;
  const double accuracy = reader.count ? static_cast<double>(reader.correct) / static_cast<double>(reader.count) : 0;
  if (context.json)
    context.print(line_of({{"accuracy", accuracy}, {"correct", reader.correct}, {"count", reader.count}}));
  else
    context.print(fmt::format("accuracy {:.4f} ({}/{})", accuracy, reader.correct, reader.count));
}

int run(const Options& options, const CommandContext& context) {
  if (options.texts.empty() == options.file.empty()) fail("classify: expected either texts or --file");
  if (options.labelled && options.file.empty()) fail("--labelled: needs --file");
  RunOptions run_options;
  run_options.numerics = numerics_from_name(options.numerics);
  run_options.threads = context.threads;
  TextClassifier classifier = TextClassifier::open(options.model, options.tokenizer, run_options);
  if (!options.file.empty()) {
    classify_lines(classifier, options, context);
    return kFine;
  }
  Json results = Json::array();
  for (const std::string& text : options.texts) {
    const Classified result = classifier.classify(text);
    if (context.json)
      results.push_back(described(classifier, text, result));
    else
      context.print(fmt::format("{} {:.4f}", classifier.labels()[result.best], result.probabilities[result.best]));
  }
  if (context.json) context.print_json({{"results", std::move(results)}});
  return kFine;
}

CommandBody declare(CLI::App& app) {
  const auto options = std::make_shared<Options>();
  app.add_option("model", options->model, ".mlpackage folder of a text classifier")->required();
  app.add_option("text", options->texts, "Texts to classify");
  app.add_option("--file", options->file, "File with one text a line; - is stdin. With --json, one JSON line for each");
  app.add_flag("--labelled", options->labelled, "Lines are text, tab, label: print the accuracy at the end");
  app.add_option("--tokenizer", options->tokenizer, "Tokenizer folder or file instead of the package's assets");
  app.add_option("--numerics", options->numerics, "float32, ieee-half, fast or fast-int8");
  return [options](const CommandContext& context) { return run(*options, context); };
}

}  // namespace

void register_command_classify(CommandTable& table) {
  table.push_back({"classify", "Tell the class of each text", declare});
}

}  // namespace anemone
