// SPDX-License-Identifier: Apache-2.0
#include "import/config.h"

#include <gmock/gmock.h>

#include "../formats/test_files.h"

namespace anemone {
namespace {

using test::error_of;
using testing::ElementsAre;
using testing::HasSubstr;

Config config(const std::string& text) { return Config(parse_json(text), "dir/config.json"); }

TEST(Config, FindsEverySpelling) {
  EXPECT_EQ(config(R"({"model_type": "a", "dim": 8})").size("hidden_size"), 8);
  EXPECT_EQ(config(R"({"model_type": "a", "n_embd": 9})").size("hidden_size"), 9);
  EXPECT_EQ(config(R"({"model_type": "a", "hidden_size": 10, "dim": 8})").size("hidden_size"), 10);
}

TEST(Config, DefaultsFillWhatIsAbsentOrNull) {
  Config some = config(R"({"model_type": "a", "hidden_size": 10, "n_layers": null})");
  some.set_defaults({{"dim", 768}, {"n_layers", 6}, {"activation", "gelu"}});
  EXPECT_EQ(some.size("hidden_size"), 10);
  EXPECT_EQ(some.size("num_hidden_layers"), 6);
  EXPECT_EQ(some.text("hidden_act"), "gelu");
  EXPECT_EQ(error_of([&] { some.size("vocab_size"); }), "dir/config.json: has no vocab_size");
}

TEST(Config, ErrorsNameTheKeyAsTheFileSpellsIt) {
  const Config some = config(R"({"model_type": "a", "dim": 8, "n_heads": 3, "vocab_size": 0, "n_layers": "six"})");
  EXPECT_EQ(error_of([&] { some.quotient("hidden_size", "num_attention_heads"); }),
            "dir/config.json: dim 8 is not divisible by n_heads 3");
  EXPECT_THAT(error_of([&] { some.size("vocab_size"); }), HasSubstr("vocab_size is 0"));
  EXPECT_THAT(error_of([&] { some.size("num_hidden_layers"); }), HasSubstr("n_layers is \"six\""));
  EXPECT_THAT(error_of([] { config("{}").model_type(); }), HasSubstr("model_type"));
  EXPECT_THAT(error_of([] { config("[1]"); }), HasSubstr("not a JSON object"));
}

TEST(Config, LabelsComeInTheOrderOfTheirNumbers) {
  EXPECT_THAT(config(R"({"model_type": "a", "id2label": {"1": "yes", "0": "no"}})").labels(), ElementsAre("no", "yes"));
  EXPECT_THAT(config(R"({"model_type": "a", "num_labels": 1})").labels(), ElementsAre("LABEL_0"));
  EXPECT_THAT(config(R"({"model_type": "a"})").labels(), ElementsAre("LABEL_0", "LABEL_1"));
  EXPECT_THAT(error_of([] { config(R"({"model_type": "a", "id2label": {"0": "x", "2": "y"}})").labels(); }),
              HasSubstr("key 2"));
}

TEST(Config, SaysWhichKeyGivesASize) {
  Config config({{"hidden_size", 24}, {"n_head", 3}, {"eos_token_id", 72}}, "config.json");
  config.set_defaults({{"vocab_size", 61}, {"hidden_size", 768}});
  EXPECT_EQ(config.origin_of(24), "hidden_size 24");
  EXPECT_EQ(config.origin_of(72), "3 * hidden_size 24");
  EXPECT_EQ(config.origin_of(61), "vocab_size 61");
  EXPECT_EQ(config.origin_of(7), "");
}

TEST(Config, SectionsAndLists) {
  const Config config({{"rope_scaling", {{"type", "yarn"}, {"short_factor", {1, 2.5}}}}, {"layers", nullptr}},
                      "config.json");
  const Config rope = config.section("rope_parameters").value();
  EXPECT_EQ(rope.text("rope_type"), "yarn");
  EXPECT_EQ(rope.numbers("short_factor"), (std::vector<double>{1, 2.5}));
  EXPECT_FALSE(config.section("text_config"));
  EXPECT_THAT(test::error_of([&] { rope.number("factor"); }),
              testing::HasSubstr("config.json: rope_scaling: has no factor"));
  EXPECT_EQ(config.size_or("layers", 5), 5);
}

}  // namespace
}  // namespace anemone
