// SPDX-License-Identifier: Apache-2.0
#include "attention_choices.h"

#include <array>
#include <limits>

#include "base/error.h"

namespace anemone::test {
namespace {

class Draw {
 public:
  explicit Draw(unsigned seed) : random_(seed) { choices_.seed = seed; }

  AttentionChoices make() {
    draw_sizes();
    draw_spelling();
    draw_masks();
    draw_surroundings();
    return choices_;
  }

 private:
  int below(int limit) { return static_cast<int>(random_() % static_cast<unsigned>(limit)); }
  bool chance(int percent) { return below(100) < percent; }
  template <typename T>
  T one_of(std::initializer_list<T> values) {
    return values.begin()[below(static_cast<int>(values.size()))];
  }

  void draw_sizes() {
    AttentionChoices& c = choices_;
    c.opset = one_of({5, 6, 7, 8});
    c.dtype = one_of({DType::kFloat16, DType::kFloat32});
    c.trunk = one_of({Trunk::kBatchFirst, Trunk::kBatchFirst, Trunk::kPositionsFirst, Trunk::kChannelsFirst});
    c.batch = one_of<int64_t>({1, 1, 1, 2});
    c.queries = c.keys = one_of<int64_t>({32, 33, 40, 48, 64});
    c.cross = chance(25);
    if (c.cross) c.keys = one_of<int64_t>({32, 35, 48, 77});
    c.heads = one_of<int64_t>({1, 2, 3, 4, 6});
    c.key_heads = c.heads;
    if (c.heads > 1 && chance(35)) c.key_heads = c.heads % 2 == 0 && chance(60) ? c.heads / 2 : 1;
    c.head_width = one_of<int64_t>({8, 12, 16, 32});
    c.width = chance(75) ? c.heads * c.head_width : one_of<int64_t>({32, 48});
    if (c.width < 32) c.width = 32;
    c.memory_width = c.cross ? one_of<int64_t>({32, 40, 64}) : c.width;
  }

  void draw_spelling() {
    AttentionChoices& c = choices_;
    const bool grouped = c.key_heads != c.heads;
    c.packing = one_of({Packing::kNone, Packing::kNone, Packing::kNone, Packing::kSplit, Packing::kSlice,
                        Packing::kPartsFirst, Packing::kHeadsFirst, Packing::kHeadsThenSplit});
    if (grouped && c.packing > Packing::kSlice) c.packing = Packing::kSplit;
    c.linear = one_of(
        {Linear::kLinear, Linear::kLinear, Linear::kMatmul, Linear::kMatmulTransposed, Linear::kFlat, Linear::kEinsum});
    c.product = one_of({Product::kMatmul, Product::kFlags, Product::kKeysFirst, Product::kTransposedQueries,
                        Product::kEinsum, Product::kRankThree, Product::kPerHead, Product::kFused});
    if (c.product == Product::kPerHead && c.trunk != Trunk::kChannelsFirst) c.product = Product::kFlags;
    if (c.product == Product::kPerHead && c.packing > Packing::kSlice) c.packing = Packing::kSlice;
    if (c.product == Product::kFused) c.opset = 8;
    c.groups = one_of({Groups::kTile, Groups::kConcat, Groups::kGather, Groups::kBroadcast});
    const bool has_group_axis =
        c.product == Product::kMatmul || c.product == Product::kFlags || c.product == Product::kEinsum;
    if (c.groups == Groups::kBroadcast && !has_group_axis) c.groups = Groups::kTile;
    c.scaling = one_of({Scaling::kScores, Scaling::kDivideScores, Scaling::kQueries, Scaling::kKeys, Scaling::kBoth,
                        Scaling::kFolded});
    c.positions =
        one_of({Positions::kNone, Positions::kNone, Positions::kNone, Positions::kRotaryHalves, Positions::kRotaryPairs,
                Positions::kRotaryPart, Positions::kBias, Positions::kGatheredBias, Positions::kAlibi});
    c.island = c.dtype == DType::kFloat16 && c.product != Product::kFused && chance(25);
  }

  void draw_masks() {
    AttentionChoices& c = choices_;
    if (!c.cross && chance(50))
      c.causal = one_of({Causal::kAdded, Causal::kSelected, Causal::kBandAdded, Causal::kBandSelected,
                         Causal::kMultiplied, Causal::kCompared});
    if (chance(50))
      c.key_mask = one_of({KeyMask::kIntegerAdded, KeyMask::kBoolSelected, KeyMask::kFloatAdded, KeyMask::kMultiplied,
                           KeyMask::kFullAdded, KeyMask::kJoined});
    if (c.key_mask == KeyMask::kJoined && c.causal == Causal::kNone) c.key_mask = KeyMask::kBoolSelected;
    if (c.product == Product::kFused && c.causal == Causal::kMultiplied) c.causal = Causal::kAdded;
    if (c.product == Product::kFused && c.key_mask == KeyMask::kMultiplied) c.key_mask = KeyMask::kFloatAdded;
    const float lowest = c.dtype == DType::kFloat16 ? -65504.0F : std::numeric_limits<float>::lowest();
    c.hidden =
        one_of({-1e4F, lowest, c.dtype == DType::kFloat16 ? -3e4F : -1e9F, -std::numeric_limits<float>::infinity()});
    const auto multiplies = [&] {
      return c.causal == Causal::kBandAdded || c.causal == Causal::kMultiplied || c.key_mask == KeyMask::kMultiplied ||
             c.key_mask == KeyMask::kIntegerAdded;
    };
    if (c.hidden < lowest && multiplies()) c.hidden = -1e4F;  // 0 * inf is not 0
  }

  void draw_surroundings() {
    AttentionChoices& c = choices_;
    c.layers = chance(20) ? 2 : 1;
    c.norm = one_of({Norm::kNone, Norm::kLayerBefore, Norm::kLayerAfter, Norm::kRootMeanSquare});
    if (c.layers > 1 && c.norm == Norm::kNone) c.norm = Norm::kLayerBefore;
    c.residual = chance(80);
    if (c.layers > 1) c.residual = true;  // else all positions of the second layer are about the same
    c.mlp = chance(30);
    c.bias = chance(70);
    c.embedding = chance(25);
  }

  std::mt19937 random_;
  AttentionChoices choices_;
};

template <typename Choice, size_t n>
const char* word(Choice choice, const std::array<const char*, n>& words) {
  return words.at(static_cast<size_t>(choice));
}

}  // namespace

AttentionChoices draw_attention(unsigned seed) { return Draw(seed).make(); }

std::string describe(const AttentionChoices& c) {
  static constexpr std::array kTrunks{"(B,S,C)", "(S,B,C)", "(B,C,1,S)"};
  static constexpr std::array kPackings{"q k v", "qkv split", "qkv sliced", "qkv (3,h,d)", "qkv (h,3,d)", "qkv (h,3d)"};
  static constexpr std::array kLinears{"linear", "matmul", "matmul of transposed", "flat linear", "einsum linear"};
  static constexpr std::array kProducts{"matmul", "matmul with flags", "keys first", "transposed queries", "einsum",
                                        "rank 3", "by heads",          "fused"};
  static constexpr std::array kScalings{"scores scaled", "scores divided", "q scaled",
                                        "k scaled",      "q and k scaled", "scale folded"};
  static constexpr std::array kCausals{
      "", "causal added", "causal selected", "band added", "band selected", "causal multiplied", "causal compared"};
  static constexpr std::array kKeyMasks{
      "", "int key mask", "bool key mask", "float key mask", "multiplied key mask", "full mask", "joined key mask"};
  static constexpr std::array kPositions{
      "", "rotary halves", "rotary pairs", "rotary part", "position bias", "gathered bias", "ALiBi"};
  static constexpr std::array kGroups{"tiled", "concatenated", "gathered", "broadcast"};
  static constexpr std::array kNorms{"", "norm before", "norm after", "RMS norm"};
  std::string text =
      fmt::format("{}: CoreML{} {} {} b{} s{} t{} c{} h{}/{} d{}", c.seed, c.opset, name_of(c.dtype),
                  word(c.trunk, kTrunks), c.batch, c.queries, c.keys, c.width, c.heads, c.key_heads, c.head_width);
  const auto say = [&text](const std::string& part) {
    if (!part.empty()) text += ", " + part;
  };
  if (c.layers > 1) say("2 layers");
  if (c.cross) say("cross");
  say(word(c.packing, kPackings));
  if (c.trunk != Trunk::kChannelsFirst) say(word(c.linear, kLinears));
  say(word(c.product, kProducts));
  if (c.product != Product::kFused) say(word(c.scaling, kScalings));
  if (c.key_heads != c.heads) say(word(c.groups, kGroups));
  say(word(c.positions, kPositions));
  say(word(c.causal, kCausals));
  say(word(c.key_mask, kKeyMasks));
  if (c.causal != Causal::kNone || c.key_mask != KeyMask::kNone) say(fmt::format("{:g}", c.hidden));
  say(word(c.norm, kNorms));
  for (const auto& [is, name] : {std::pair(c.island, "island"),
                                 {c.mlp, "mlp"},
                                 {c.embedding, "embedding"},
                                 {c.residual, "residual"},
                                 {c.bias, "bias"}})
    if (is) say(name);
  return text;
}

}  // namespace anemone::test
