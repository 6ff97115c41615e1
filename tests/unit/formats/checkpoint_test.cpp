// SPDX-License-Identifier: Apache-2.0
#include "formats/checkpoint.h"

#include <gmock/gmock.h>

#include <regex>
#include <set>

#include "base/json.h"
#include "test_files.h"

namespace anemone {
namespace {

using test::error_of;
using test::text_of;
using testing::ElementsAre;
using testing::HasSubstr;

// A safetensors file of one-byte tensors, named and filled by single letters.
std::string letters(std::string_view names) {
  std::string header = "{";
  for (size_t i = 0; i < names.size(); ++i)
    header +=
        fmt::format(R"({}"{}":{{"dtype":"U8","shape":[1],"data_offsets":[{},{}]}})", i ? "," : "", names[i], i, i + 1);
  header += "}";
  return test::little_endian(static_cast<uint64_t>(header.size())) + header + std::string(names);
}

class CheckpointTest : public test::ScratchFolder {
 protected:
  void put(const std::string& name, std::string_view bytes) { test::write_bytes(folder_ / name, bytes); }
  std::string open_error(const std::string& variant = {}) {
    return error_of([&] { Checkpoint::open(folder_, variant); });
  }
};

TEST_F(CheckpointTest, OpensFileOrFolder) {
  put("model.safetensors", letters("ab"));
  for (const auto& path : {folder_, folder_ / "model.safetensors"}) {
    const Checkpoint checkpoint = Checkpoint::open(path);
    EXPECT_THAT(checkpoint.names(), ElementsAre("a", "b"));
    EXPECT_EQ(text_of(checkpoint.get("b").bytes), "b");
    EXPECT_FALSE(checkpoint.find("c"));
    EXPECT_THAT(error_of([&] { checkpoint.get("c"); }), HasSubstr("model.safetensors: tensor c is missing"));
  }
}

TEST_F(CheckpointTest, JoinsShards) {
  put("model.safetensors.index.json",
      R"({"metadata":{"total_size":3},"weight_map":{"a":"s1.safetensors","b":"s2.safetensors","c":"s1.safetensors"}})");
  put("s1.safetensors", letters("ac"));
  put("s2.safetensors", letters("b"));
  for (const auto& path : {folder_, folder_ / "model.safetensors.index.json"}) {
    const Checkpoint checkpoint = Checkpoint::open(path);
    EXPECT_THAT(checkpoint.names(), ElementsAre("a", "b", "c"));
    EXPECT_EQ(checkpoint.files().size(), 2U);
    EXPECT_EQ(text_of(checkpoint.get("c").bytes), "c");
  }
  put("s2.safetensors", letters("x"));
  EXPECT_THAT(open_error(), HasSubstr("tensor b is missing from s2.safetensors"));
  put("s2.safetensors", letters("ab"));
  EXPECT_THAT(open_error(), HasSubstr("tensor a is in both"));
  put("s2.safetensors", letters("bd"));
  EXPECT_EQ(Checkpoint::open(folder_).names().size(), 4U);
}

TEST_F(CheckpointTest, IndexMustBeAMapToPlainNames) {
  for (const char* shard :
       {"../s.safetensors", "/etc/s.safetensors", "d/s.safetensors", "d\\\\s", "", ".", "..", "a\\u0000b"}) {
    put("model.safetensors.index.json", fmt::format(R"({{"weight_map":{{"a":"{}"}}}})", shard));
    EXPECT_THAT(open_error(), HasSubstr("not a plain file name")) << shard;
  }
  for (const char* index : {"[]", "{}", R"({"weight_map":{}})", R"({"weight_map":[]})", "3"}) {
    put("model.safetensors.index.json", index);
    EXPECT_THAT(open_error(), HasSubstr("weight_map")) << index;
  }
  put("model.safetensors.index.json", R"({"weight_map":{"a":7}})");
  EXPECT_THAT(open_error(), HasSubstr("weight_map of a is not a file name"));
}

TEST_F(CheckpointTest, ChoosesVariants) {
  put("diffusion_pytorch_model.fp16.safetensors", letters("h"));
  EXPECT_THAT(Checkpoint::open(folder_).names(), ElementsAre("h"));
  EXPECT_THAT(open_error("bf16"), HasSubstr("no weights of variant bf16; there is fp16"));
  put("diffusion_pytorch_model.safetensors.index.bf16.json", R"({"weight_map":{"b":"x.safetensors"}})");
  put("x.safetensors", letters("b"));
  EXPECT_THAT(open_error(), HasSubstr("name one of bf16, fp16"));
  EXPECT_THAT(Checkpoint::open(folder_, "bf16").names(), ElementsAre("b"));
  put("diffusion_pytorch_model.safetensors", letters("f"));
  EXPECT_THAT(Checkpoint::open(folder_).names(), ElementsAre("f"));
  EXPECT_THAT(Checkpoint::open(folder_, "fp16").names(), ElementsAre("h"));
}

TEST_F(CheckpointTest, FollowsSymlinksLikeTheHubCache) {
  put("blobs/aa", letters("a"));
  std::filesystem::create_directories(folder_ / "snapshots/rev");
  std::filesystem::create_symlink("../../blobs/aa", folder_ / "snapshots/rev/model.safetensors");
  EXPECT_EQ(text_of(Checkpoint::open(folder_ / "snapshots/rev").get("a").bytes), "a");
  std::filesystem::remove(folder_ / "blobs/aa");
  EXPECT_THAT(error_of([&] { Checkpoint::open(folder_ / "snapshots/rev"); }),
              HasSubstr("model.safetensors: No such file"));
}

TEST_F(CheckpointTest, TorchFilesHaveShardsToo) {
  const std::string zip = test::read_bytes(std::filesystem::path(ANEMONE_SOURCE_DIR) / "tests/data/torch/zip.pt");
  put("pytorch_model-00001-of-00001.bin", zip);
  put("pytorch_model.bin.index.json", R"({"weight_map":{"a":"pytorch_model-00001-of-00001.bin"}})");
  EXPECT_EQ(Checkpoint::open(folder_).get("a").bytes.size(), 24U);
  put("model.safetensors", letters("s"));  // comes first
  EXPECT_THAT(Checkpoint::open(folder_).names(), ElementsAre("s"));
}

TEST_F(CheckpointTest, TakesTheOnlyWeightFileOfAnyName) {
  const std::string zip = test::read_bytes(std::filesystem::path(ANEMONE_SOURCE_DIR) / "tests/data/torch/nested.pt");
  put("ckpt.pt", zip);
  EXPECT_EQ(Checkpoint::open(folder_).get("a").bytes.size(), 24U);
  EXPECT_THAT(Checkpoint::open(folder_).notes(), HasSubstr("n_layer"));
  put("other.pth", zip);
  EXPECT_THAT(open_error(), HasSubstr("has several weight files, ckpt.pt and other.pth among them: name one"));
}

TEST_F(CheckpointTest, SaysWhatItLookedFor) {
  EXPECT_THAT(open_error(), HasSubstr("no weight file in this folder: looked for model.safetensors"));
  EXPECT_THAT(open_error("fp16"), HasSubstr("model.fp16.safetensors"));
  EXPECT_THAT(error_of([&] { Checkpoint::open(folder_ / "no"); }), HasSubstr("no: No such file"));
  put("pytorch_model.bin", "PK");
  EXPECT_THAT(open_error(), HasSubstr("pytorch_model.bin: is not a file of torch.save"));
}

// The cases whose fault lies in the weight files; the rest of the set is about config.json and the architecture.
TEST(BadCheckpoints, EachHasItsOwnMessage) {
  const std::filesystem::path folder = std::filesystem::path(ANEMONE_SOURCE_DIR) / "tests/data/bad_checkpoints";
  const std::set<std::string> concerned = {"01", "02", "03", "04", "05", "06", "12", "13", "14",
                                           "15", "16", "17", "18", "19", "21", "23", "24", "25"};
  size_t seen = 0;
  const Json index = read_json(folder / "index.json");
  for (const Json& entry : index.at("entries")) {
    const std::string name = entry.at("name");
    const auto open = [&] { Checkpoint::open(folder / name); };
    if (concerned.count(name.substr(0, 2)) == 0) continue;
    ++seen;
    const std::string message = error_of(open);
    EXPECT_THAT(message, HasSubstr(name));
    for (const Json& wanted : entry.at("message_should_mention")) {
      const std::regex pattern(wanted.get<std::string>(), std::regex::icase);
      EXPECT_TRUE(std::regex_search(message.substr(message.find(name) + name.size()), pattern))
          << name << ": " << message;
    }
  }
  EXPECT_EQ(seen, concerned.size());
}

TEST(BadCheckpoints, FaultsOfOtherFloorsOpen) {
  const std::filesystem::path folder = std::filesystem::path(ANEMONE_SOURCE_DIR) / "tests/data/bad_checkpoints";
  for (const char* name :
       {"00_control_ok", "07_missing_tensor", "08_wrong_shape", "09_config_without_model_type", "10_unknown_model_type",
        "11_nan_weight", "20_config_truncated_json", "22_heads_do_not_divide"})
    EXPECT_GT(Checkpoint::open(folder / name).names().size(), 10U) << name;
}

}  // namespace
}  // namespace anemone
