// SPDX-License-Identifier: Apache-2.0
// What can be said about an attention and how it can be written down: everything that attention_graphs draws. Two
// graphs whose choices differ in spelling only compute the same.
#pragma once

#include <cstdint>
#include <random>
#include <string>

#include "base/dtype.h"

namespace anemone::test {

enum class Trunk : uint8_t { kBatchFirst, kPositionsFirst, kChannelsFirst };  // (B,S,C), (S,B,C), (B,C,1,S)
enum class Packing : uint8_t { kNone, kSplit, kSlice, kPartsFirst, kHeadsFirst, kHeadsThenSplit };
enum class Linear : uint8_t { kLinear, kMatmul, kMatmulTransposed, kFlat, kEinsum };  // of trunks other than (B,C,1,S)
enum class Product : uint8_t { kMatmul, kFlags, kKeysFirst, kTransposedQueries, kEinsum, kRankThree, kPerHead, kFused };
enum class Scaling : uint8_t { kScores, kDivideScores, kQueries, kKeys, kBoth, kFolded };
enum class Causal : uint8_t { kNone, kAdded, kSelected, kBandAdded, kBandSelected, kMultiplied, kCompared };
enum class KeyMask : uint8_t { kNone, kIntegerAdded, kBoolSelected, kFloatAdded, kMultiplied, kFullAdded, kJoined };
enum class Positions : uint8_t { kNone, kRotaryHalves, kRotaryPairs, kRotaryPart, kBias, kGatheredBias, kAlibi };
enum class Groups : uint8_t { kTile, kConcat, kGather, kBroadcast };
enum class Norm : uint8_t { kNone, kLayerBefore, kLayerAfter, kRootMeanSquare };

struct AttentionChoices {
  unsigned seed = 0;
  int opset = 7;
  DType dtype = DType::kFloat16;
  int layers = 1;
  int64_t batch = 1;
  int64_t queries = 32;
  int64_t keys = 32;
  int64_t width = 32;
  int64_t memory_width = 32;
  int64_t heads = 2;
  int64_t key_heads = 2;
  int64_t head_width = 16;
  bool cross = false;  // keys and values come from another input
  bool embedding = false;
  bool residual = true;
  bool mlp = false;
  bool bias = true;
  bool island = false;   // softmax in float32 inside an fp16 program
  float hidden = -1e4F;  // what hides a score
  Trunk trunk = Trunk::kBatchFirst;
  Packing packing = Packing::kNone;
  Linear linear = Linear::kLinear;
  Product product = Product::kMatmul;
  Scaling scaling = Scaling::kScores;
  Causal causal = Causal::kNone;
  KeyMask key_mask = KeyMask::kNone;
  Positions positions = Positions::kNone;
  Groups groups = Groups::kTile;
  Norm norm = Norm::kNone;
};

// Choices that go together.
AttentionChoices draw_attention(unsigned seed);
std::string describe(const AttentionChoices& choices);

}  // namespace anemone::test
