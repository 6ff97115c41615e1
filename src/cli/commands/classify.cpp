// SPDX-License-Identifier: Apache-2.0
// anemone classify: texts to classes with probabilities.
#include "tune/classify.h"

#include "base/error.h"
#include "cli/command.h"
#include "cli/lines.h"
#include "cli/numerics.h"

namespace anemone {
namespace {

struct Options {
  std::string model;
  std::vector<std::string> texts;
  std::optional<std::string> pair;
  std::string file;
  std::string tokenizer;
  NumericsFlags numerics;
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

// Classifies text after text and prints each answer at once.
struct Answers {
  TextClassifier& classifier;
  const Options& options;
  const CommandContext& context;
  int64_t count = 0;
  int64_t correct = 0;

  void add(TextLine line) {
    std::optional<size_t> expected;
    if (options.labelled) {
      const size_t tab = line.text.rfind('\t');
      if (tab == std::string::npos) fail("has no tab: expected text, tab, label");
      expected = classifier.label_index(std::string_view(line.text).substr(tab + 1));
      line.text.resize(tab);
    }
    const Classified result = classifier.classify(line.text, line.pair);
    ++count;
    correct += expected == result.best;
    if (context.json) {
      Json json = described(classifier, line.text, result);
      if (line.pair) json["pair"] = *line.pair;
      if (expected) json["expected"] = classifier.labels()[*expected];
      context.print(json_line(json));
    } else if (!context.quiet) {
      context.print(
          fmt::format("{} {:.4f}\t{}", classifier.labels()[result.best], result.probabilities[result.best], line.text));
    }
  }
};

void classify_file(TextClassifier& classifier, const Options& options, const CommandContext& context) {
  Answers answers{classifier, options, context};
  for_each_text(options.file, [&](TextLine line) { answers.add(std::move(line)); });
  if (!options.labelled) return;
  const double accuracy = answers.count ? static_cast<double>(answers.correct) / static_cast<double>(answers.count) : 0;
  if (context.json)
    context.print(json_line({{"accuracy", accuracy}, {"correct", answers.correct}, {"count", answers.count}}));
  else
    context.print(fmt::format("accuracy {:.4f} ({}/{})", accuracy, answers.correct, answers.count));
}

int run(const Options& options, const CommandContext& context) {
  if (options.texts.empty() == options.file.empty()) fail("classify: expected either texts or --file");
  if (options.pair && options.texts.empty()) fail("--pair: needs texts");
  if (options.labelled && options.file.empty()) fail("--labelled: needs --file");
  RunOptions run_options;
  options.numerics.apply(run_options);
  run_options.threads = context.threads;
  TextClassifier classifier = TextClassifier::open(options.model, options.tokenizer, run_options);
  if (!options.file.empty()) {
    classify_file(classifier, options, context);
    return kFine;
  }
  Json results = Json::array();
  for (const std::string& text : options.texts) {
    const std::optional<std::string_view> pair =
        options.pair ? std::optional<std::string_view>(*options.pair) : std::nullopt;
    const Classified result = classifier.classify(text, pair);
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
  app.add_option("--pair", options->pair, "A second text that belongs to each, such as a hypothesis");
  app.add_option("--file", options->file,
                 "File with one text a line, or .jsonl with {\"text\", \"pair\"}; - is stdin. With --json, one JSON "
                 "line for each");
  app.add_flag("--labelled", options->labelled, "Lines are text, tab, label: print the accuracy at the end");
  app.add_option("--tokenizer", options->tokenizer, "Tokenizer folder or file instead of the package's assets");
  options->numerics.add_to(app);
  return [options](const CommandContext& context) { return run(*options, context); };
}

}  // namespace

void register_command_classify(CommandTable& table) {
  table.push_back({"classify", "Tell the class of each text", declare});
}

}  // namespace anemone
