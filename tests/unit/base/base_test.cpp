// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <atomic>
#include <bit>
#include <cmath>
#include <string>
#include <thread>
#include <vector>

#include "base/dtype.h"
#include "base/error.h"
#include "base/half.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/parallel.h"
#include "base/strings.h"

namespace anemone {
namespace {

std::span<const std::byte> bytes_of(const std::string& text) { return std::as_bytes(std::span(text)); }

TEST(Half, EveryPatternComesBack) {
  for (uint32_t bits = 0; bits < 65536; ++bits) {
    const float wide = half_to_float(static_cast<uint16_t>(bits));
    if (std::isnan(wide)) {
      EXPECT_TRUE(std::isnan(half_to_float(float_to_half(wide))));
    } else {
      EXPECT_EQ(float_to_half(wide), bits);
    }
  }
}

TEST(Half, RoundsToNearestEven) {
  EXPECT_EQ(float_to_half(65519.996F), 0x7BFF);
  EXPECT_EQ(float_to_half(65520.0F), 0x7C00);             // halfway to 65536: infinity
  EXPECT_EQ(float_to_half(1.0F + 0x1p-11F), 0x3C00);      // ties: to even below
  EXPECT_EQ(float_to_half(1.0F + 3 * 0x1p-11F), 0x3C02);  // and above
  EXPECT_EQ(float_to_half(0x1p-25F), 0);                  // half of the smallest subnormal
  EXPECT_EQ(float_to_half(std::nextafter(0x1p-25F, 1.0F)), 1);
  EXPECT_EQ(float_to_half(-0.0F), 0x8000);
}

TEST(Half, ArraysGiveTheSameBitsAsSingleValues) {
  std::vector<float> values;
  for (uint32_t i = 0; i < 4099; ++i) values.push_back(std::bit_cast<float>(i * 1048573U));
  std::vector<uint16_t> halves(values.size());
  float_to_half(values.data(), halves.data(), values.size());
  for (size_t i = 0; i < values.size(); ++i)
    if (!std::isnan(values[i])) {
      EXPECT_EQ(halves[i], float_to_half(values[i])) << values[i];
    }
}

TEST(Hash, Sha256OfTheStandardsExamples) {  // FIPS 180-4 examples
  EXPECT_EQ(sha256(bytes_of("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256(bytes_of("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256(bytes_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_NE(hash64(bytes_of("a")), hash64(bytes_of("b")));
}

TEST(Json, RefusesWhatHidesSomething) {
  EXPECT_THROW(parse_json(R"({"a": 1, "a": 2})"), Error);
  EXPECT_THROW(parse_json(std::string(100, '[') + std::string(100, ']')), Error);
  EXPECT_THROW(parse_json("{\"a\": \"\xff\"}"), Error);
  EXPECT_THROW(parse_json("[1, 2"), Error);
  EXPECT_EQ(parse_json(R"({"b": [1, {"a": null}]})").dump(), R"({"b":[1,{"a":null}]})");
}

TEST(Strings, NumbersAreReadWholeOrNotAtAll) {
  EXPECT_EQ(parse_int("-12"), -12);
  EXPECT_EQ(parse_int("12a"), std::nullopt);
  EXPECT_EQ(parse_int(""), std::nullopt);
  EXPECT_EQ(parse_double("1e-5"), 1e-5);
  EXPECT_EQ(parse_double("1,5"), std::nullopt);
  EXPECT_EQ(parse_double(shortest(0.1F)), 0.1);
  EXPECT_TRUE(is_valid_utf8("\xc3\xa9"));
  EXPECT_FALSE(is_valid_utf8("\xc0\xaf"));      // overlong
  EXPECT_FALSE(is_valid_utf8("\xed\xa0\x80"));  // a surrogate
}

TEST(DType, SizesOfPackedElements) {
  EXPECT_EQ(byte_size(DType::kUInt3, 3), 2);
  EXPECT_EQ(byte_size(DType::kFloat32, INT64_MAX / 8), std::nullopt);
  EXPECT_EQ(dtype_from_name("fp16"), DType::kFloat16);
}

TEST(Parallel, EveryItemOnceAlsoFromTwoCallers) {
  std::atomic<int> wrong{0};
  const auto work = [&] {
    for (int round = 0; round < 500; ++round) {
      std::vector<int> hits(static_cast<size_t>(100 + round % 50));
      parallel_for(2 + round % 3, static_cast<int64_t>(hits.size()), 7, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) ++hits[static_cast<size_t>(i)];
      });
      for (const int count : hits) wrong += count != 1;
    }
  };
  std::thread other(work);
  work();
  other.join();
  EXPECT_EQ(wrong, 0);
}

TEST(Parallel, TheFirstErrorArrives) {
  EXPECT_THROW(parallel_for(2, 100, 1,
                            [](int64_t begin, int64_t) {
                              if (begin == 50) fail("here");
                            }),
               Error);
  int64_t sum = 0;  // and the next job is not disturbed
  parallel_for(1, 10, 3, [&](int64_t begin, int64_t end) { sum += end - begin; });
  EXPECT_EQ(sum, 10);
}

}  // namespace
}  // namespace anemone
