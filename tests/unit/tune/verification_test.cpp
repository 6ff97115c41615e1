// SPDX-License-Identifier: Apache-2.0
// What verify asks of two models, and what it remarks on though the figures are fine.
#include "tune/verify/verification.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "golden.h"

namespace anemone::test {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

Verification verified(const std::string& model, const std::string& reference, bool bisect) {
  VerifyRequest request;
  request.model = golden_package(model);
  request.reference = golden_package(reference);
  request.source.made_up.boundary = false;
  request.bisect = bisect;
  return verify_model(request);
}

TEST(Verification, TheLimitFollowsThePrecision) {
  EXPECT_EQ(verified("CLIP-text-iOS15-fp32", "CLIP-text-iOS18-fp32", false).floor, kDefaultFloor);
  EXPECT_EQ(verified("CLIP-text-iOS15-fp32", "CLIP-text-iOS18-fp32", true).floor, kBisectFloor);
  EXPECT_EQ(verified("CLIP-text-iOS15-fp16", "CLIP-text-iOS16-fp16", true).floor, kBisectFloor);
  const Verification half = verified("CLIP-text-iOS16-fp16", "CLIP-text-iOS18-fp32", true);
  EXPECT_EQ(half.floor, kDefaultFloor);
  EXPECT_TRUE(half.passed);  // about 70 dB: what rounded weights cost, and no fault
  EXPECT_FALSE(half.bisection);
}

SampleResult gives(const std::vector<float>& values) {
  SampleResult result;
  result.calls.emplace_back();
  result.calls[0].outputs["y"] = Tensor::of<float>(DType::kFloat32, {static_cast<int64_t>(values.size())}, values);
  return result;
}

std::vector<std::string> notes(const std::vector<SampleResult>& got, const std::vector<SampleResult>& want) {
  std::vector<InputSample> samples(got.size());
  for (InputSample& sample : samples) sample.calls.resize(1);
  Parity parity = compare_results(samples, got, want, {});
  parity.add_suspicions(true);
  return parity.notes;
}

TEST(Verification, DeadConstantAndEqualOutputsAreNamed) {
  EXPECT_THAT(notes({gives({0, 0}), gives({0, 0})}, {gives({1e-9F, 0}), gives({0, 1e-9F})}),
              Contains(HasSubstr("one number only")));
  EXPECT_THAT(notes({gives({1, 2}), gives({1, 2})}, {gives({1, 2.1F}), gives({1, 2.2F})}),
              Contains(HasSubstr("same for all inputs")));
  EXPECT_THAT(notes({gives({1, 2})}, {gives({1, 2})}), Contains(HasSubstr("bit by bit")));
}

TEST(Verification, WhatTheReferenceDoesTooIsNotNamed) {
  EXPECT_THAT(notes({gives({3, 3}), gives({3, 3})}, {gives({3.1F, 3.1F}), gives({3.1F, 3.1F})}), IsEmpty());
  EXPECT_THAT(notes({gives({1, 2}), gives({2, 1})}, {gives({1, 2.1F}), gives({2, 1})}), IsEmpty());
}

}  // namespace
}  // namespace anemone::test
