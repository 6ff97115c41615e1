// SPDX-License-Identifier: Apache-2.0
// What a conversion promises whatever the architecture, shown with DistilBERT.
#include "import/convert.h"

#include <gmock/gmock.h>

#include <fstream>
#include <regex>

#include "base/strings.h"
#include "tiny_checkpoint.h"
#include "tune/compare.h"

namespace anemone {
namespace {

namespace fs = std::filesystem;
using test::error_of;
using test::kDataFolder;
using test::options_of;
using test::some_text;
using test::TinyCheckpoint;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

const fs::path kModels = fs::path(ANEMONE_SOURCE_DIR) / "models";

TEST(TinySentiment, HoldsItsGoldenLogits) {
  const fs::path golden = kModels / "tiny-sentiment" / "golden";
  ConvertOptions options = options_of(DType::kFloat32);
  options.request.batch = 24;
  const Conversion conversion = convert(kModels / "tiny-sentiment", options);
  const auto outputs = test::run(conversion, {{"input_ids", test::read_array(golden / "input_ids_128.npy")},
                                              {"attention_mask", test::read_array(golden / "attention_mask_128.npy")}});
  EXPECT_GE(compare(outputs.at("logits"), test::read_array(golden / "logits.npy")).psnr, 100);
  EXPECT_EQ(conversion.parameters, 1612930);
  EXPECT_EQ(conversion.program.metadata.user_defined.at(kLabelsKey), R"(["NEGATIVE","POSITIVE"])");
}

TEST(TinySentiment, ReturnsTheHiddenStatesThatAreAskedFor) {
  const fs::path golden = kModels / "tiny-sentiment" / "golden";
  const Tensor want = test::read_array(golden / "hidden_states_text0.npy");  // (5, 12, 128)
  ConvertOptions options = options_of(DType::kFloat32);
  options.request.sequence_length = 12;
  options.request.inputs = {"input_ids"};
  options.request.outputs = {"hidden_states.0", "hidden_states.-1"};
  options.request.renames = {{"hidden_states.-1", "last"}};
  const Conversion conversion = convert(kModels / "tiny-sentiment", options);
  Tensor ids(DType::kInt32, {1, 12});
  const auto padded = to_integers(test::read_array(golden / "input_ids_128.npy"));
  for (size_t i = 0; i < 12; ++i) ids.as<int32_t>()[i] = static_cast<int32_t>(padded[i]);
  const auto outputs = test::run(conversion, {{"input_ids", ids}});
  ASSERT_EQ(outputs.size(), 2U);
  const Constant all((Tensor(want)));
  const auto state = [&](int64_t i) { return all.sliced(0, i, i + 1).stored(); };
  EXPECT_GE(compare(outputs.at("hidden_states_0"), state(0)).psnr, 100);
  EXPECT_GE(compare(outputs.at("last"), state(4)).psnr, 100);
}

class ConvertTest : public test::ScratchFolder {
 protected:
  Conversion converted(const TinyCheckpoint& tiny, const std::string& task = "", const ModelRequest& request = {}) {
    const fs::path folder = folder_ / std::to_string(count_++);
    tiny.save(folder);
    ConvertOptions options;
    options.task = task;
    options.request = request;
    options.request.precision = DType::kFloat32;
    if (!request.sequence_length && request.shapes.empty()) options.request.sequence_length = 6;
    return convert(folder, options);
  }
  int count_ = 0;
};

TEST_F(ConvertTest, ChoicesAreScoredAsTextsOfTheirOwn) {
  TinyCheckpoint tiny = TinyCheckpoint::load();
  tiny.config["num_labels"] = 1;
  tiny.add("classifier.weight", {1, 8});
  tiny.add("classifier.bias", {1});
  ModelRequest choices;
  choices.shapes["input_ids"] = {2, 3, 6};
  ModelRequest texts;
  texts.batch = 6;
  const auto by_choice = test::run(converted(tiny, "multiple-choice", choices), some_text({2, 3, 6}));
  const auto by_text = test::run(converted(tiny, "text-classification", texts), some_text({6, 6}));
  EXPECT_THAT(by_choice.at("logits").shape(), ElementsAre(2, 3));
  EXPECT_EQ(compare(by_choice.at("logits"), by_text.at("logits").reshaped({2, 3})).max_abs, 0);
}

// Logits by hand from the base model's output.
TEST_F(ConvertTest, TokenClassifierIsLinearOnTheLastHiddenState) {
  TinyCheckpoint tiny = TinyCheckpoint::load();
  tiny.config["architectures"] = {"DistilBertForTokenClassification"};
  tiny.config["num_labels"] = 3;
  tiny.add("classifier.weight", {3, 8});
  tiny.add("classifier.bias", {3});
  const auto states = to_doubles(test::run(converted(tiny, "base"), some_text({1, 6})).at("last_hidden_state"));
  const auto logits = to_doubles(test::run(converted(tiny), some_text({1, 6})).at("logits"));
  ASSERT_EQ(logits.size(), 18U);
  const auto& weight = tiny.tensors["classifier.weight"].elements;
  for (size_t i = 0; i < logits.size(); ++i) {
    double sum = tiny.tensors["classifier.bias"].elements[i % 3];
    for (size_t c = 0; c < 8; ++c) sum += states[i / 3 * 8 + c] * weight[i % 3 * 8 + c];
    EXPECT_NEAR(logits[i], sum, 1e-5);
  }
}

TEST_F(ConvertTest, MaskedLanguageModelUsesTheEmbeddingsWhenTheFileHasNoHead) {
  TinyCheckpoint tiny = TinyCheckpoint::load();
  for (const char* name : {"vocab_transform.bias", "vocab_layer_norm.weight", "vocab_layer_norm.bias"})
    tiny.add(name, {8});
  tiny.add("vocab_transform.weight", {8, 8});
  tiny.add("vocab_projector.bias", {20});
  const Conversion tied = converted(tiny, "fill-mask");
  tiny.tensors["vocab_projector.weight"] = tiny.tensors["distilbert.embeddings.word_embeddings.weight"];
  tiny.config["tie_word_embeddings"] = false;
  const Conversion separate = converted(tiny, "masked_lm");
  EXPECT_EQ(separate.parameters, tied.parameters + 160);
  const auto a = test::run(tied, some_text({1, 6}));
  const auto b = test::run(separate, some_text({1, 6}));
  EXPECT_THAT(a.at("logits").shape(), ElementsAre(1, 6, 20));
  EXPECT_EQ(compare(a.at("logits"), b.at("logits")).max_abs, 0);
}

TEST_F(ConvertTest, MaskedPositionsHaveNoInfluence) {
  const Conversion conversion = converted(TinyCheckpoint::load());
  TensorMap inputs = some_text({1, 6});
  const auto before = test::run(conversion, inputs);
  inputs["input_ids"].as<int32_t>()[5] = 7;
  EXPECT_EQ(compare(test::run(conversion, inputs).at("logits"), before.at("logits")).max_abs, 0);
  inputs["attention_mask"].as<int32_t>()[5] = 1;
  EXPECT_GT(compare(test::run(conversion, inputs).at("logits"), before.at("logits")).max_abs, 1e-4);
}

TEST_F(ConvertTest, NamesOfTensorsDoNotMatter) {
  const TinyCheckpoint tiny = TinyCheckpoint::load();
  TinyCheckpoint old;
  old.config = tiny.config;
  for (const auto& [todays, values] : tiny.tensors) {
    std::string name = std::regex_replace(todays, std::regex("LayerNorm.weight"), "LayerNorm.gamma");
    name = std::regex_replace(name, std::regex("LayerNorm.bias"), "LayerNorm.beta");
    old.tensors["_orig_mod." + std::regex_replace(name, std::regex("^distilbert[.]"), "")] = values;
  }
  const Conversion a = converted(tiny);
  const Conversion b = converted(old);
  EXPECT_EQ(difference(a.program, b.program), std::nullopt);
}

TEST_F(ConvertTest, WeightsBeyondHalfWorkInSinglePrecision) {
  TinyCheckpoint tiny = TinyCheckpoint::load();
  tiny.tensors["pre_classifier.weight"].elements[0] = 1e5F;
  tiny.save(folder_);
  const Conversion conversion = convert(folder_, options_of(DType::kFloat16));
  EXPECT_THAT(conversion.warnings, Contains(HasSubstr("pre_classifier")));
  std::map<std::string, DType> types;
  for (const OpPtr& op : conversion.program.main().body.ops) types[op->name] = op->outputs[0].type.dtype;
  EXPECT_EQ(types.at("pre_classifier"), DType::kFloat32);
  EXPECT_EQ(types.at("pre_classifier_to_fp16"), DType::kFloat16);
  EXPECT_EQ(types.at("classifier"), DType::kFloat16);
}

TEST_F(ConvertTest, EveryDeploymentTargetGivesASoundProgram) {
  TinyCheckpoint::load().save(folder_);
  for (const char* target : {"iOS15", "iOS16", "macOS14", "iOS18"}) {
    ConvertOptions options = options_of(DType::kFloat16);
    options.request.opset = opset_for(target);
    const Conversion conversion = convert(folder_, options);  // verifies
    EXPECT_EQ(conversion.program.opset(), opset_for(target));
    EXPECT_EQ(conversion.program.main().output_features[0].dtype, DType::kFloat32);
  }
}

TEST_F(ConvertTest, FlagsThatCannotBeMetAreNamed) {
  TinyCheckpoint::load().save(folder_);
  const auto error_with = [&](const std::function<void(ConvertOptions&)>& change) {
    ConvertOptions options;
    change(options);
    return error_of([&] { convert(folder_, options); });
  };
  EXPECT_THAT(error_with([](auto& o) { o.request.sequence_length = 9; }), HasSubstr("--sequence-length: 9"));
  EXPECT_THAT(error_with([](auto& o) { o.request.outputs = {"pooler_output"}; }), HasSubstr("pooler_output"));
  EXPECT_THAT(error_with([](auto& o) { o.request.inputs = {"pixel_values"}; }), HasSubstr("--inputs"));
  EXPECT_THAT(error_with([](auto& o) { o.request.shapes["input_ids"] = {1}; }), HasSubstr("--shape: input_ids"));
  EXPECT_THAT(error_with([](auto& o) { o.request.renames["a"] = "b"; }), HasSubstr("--rename"));
  EXPECT_THAT(error_with([](auto& o) { o.request.renames["logits"] = "input_ids"; }), HasSubstr("--rename"));
  EXPECT_THAT(error_with([](auto& o) { o.task = "translation"; }), HasSubstr("--task"));
  EXPECT_THAT(error_of([] { opset_for("iOS14"); }), HasSubstr("--minimum-deployment-target: iOS14"));
}

TEST(BadCheckpoints, AreRefusedWithAMessageThatSaysWhy) {
  const fs::path folder = kDataFolder / "bad_checkpoints";
  int refused = 0;
  const Json index = read_json(folder / "index.json");
  for (const Json& entry : index["entries"]) {
    const std::string name = entry["name"];
    const std::string message = error_of([&] { convert(folder / std::string(entry["open"]), {}); });
    EXPECT_EQ(message.empty(), entry["expected_outcome"] == "ok") << name << ": " << message;
    if (message.empty()) continue;
    ++refused;
    for (const Json& pattern : entry["message_should_mention"])
      EXPECT_TRUE(std::regex_search(message, std::regex(std::string(pattern), std::regex::icase)))
          << name << ": " << message << " does not mention " << pattern;
  }
  EXPECT_EQ(refused, 25);
}

TEST_F(ConvertTest, UnknownModelTypesNameTheNearestAndWhatIsMissing) {
  TinyCheckpoint tiny = TinyCheckpoint::load();
  tiny.config["model_type"] = "distillbert";
  EXPECT_THAT(error_of([&] { converted(tiny); }),
              AllOf(HasSubstr("model_type distillbert is not supported: the nearest is distilbert (supported: "),
                    HasSubstr("an importer is one file")));
}

// The library calls the head of GPT-NeoX so inside; torch.save() of the model's state keeps that name.
TEST(GptNeoX, AHeadByItsOtherName) {
  const fs::path source = kDataFolder / "checkpoints" / "neox_sequential_no_bias" / "ckpt";
  const test::TemporaryFolder folder;
  std::string bytes = test::read_bytes(source / "model.safetensors");
  const std::string usual = "\"embed_out.weight\":";
  bytes.replace(bytes.find(usual), usual.size(), "\"lm_head.weight\":  ");
  test::write_bytes(folder / "model.safetensors", bytes);
  fs::copy(source / "config.json", folder / "config.json");
  EXPECT_EQ(convert(folder.path(), options_of(DType::kFloat32)).parameters,
            convert(source, options_of(DType::kFloat32)).parameters);
}

}  // namespace
}  // namespace anemone
