// SPDX-License-Identifier: Apache-2.0
// Targets by name, and what the data of chips promises.
#include "targets/target.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace anemone {
namespace {

TEST(Target, ByChipAndByProduct) {
  EXPECT_EQ(find_target("m4-pro").chip->title, "M4 Pro");
  EXPECT_EQ(find_target("M4 Pro").chip->name, "m4-pro");
  EXPECT_EQ(find_target("A19 Pro").chip->name, "a19-pro");
  EXPECT_EQ(find_target("iPhone 13").chip->name, "a15");
  EXPECT_EQ(find_target("iphone 13").memory_gb, 4);
  const Target air = find_target("MacBook Air M2 16GB");
  EXPECT_EQ(air.chip->name, "m2");
  EXPECT_EQ(air.memory_gb, 16);
  EXPECT_EQ(find_target("MacBook Air (M2, 16 GB)").memory_gb, 16);
  EXPECT_EQ(find_target("MacBook Air M2").memory_gb, std::nullopt);
}

TEST(Target, Systems) {
  EXPECT_EQ(find_target("m1", "macOS13.3").release(), 16);
  EXPECT_EQ(find_target("m1", "13").os.str(), "macOS 13");
  EXPECT_EQ(find_target("a15", "iOS16").release(), 16);
  EXPECT_EQ(find_target("a15", "16.4").os.str(), "iOS 16.4");
  EXPECT_EQ(find_target("m4", "macOS 26.5").release(), 26);
  EXPECT_EQ(find_target("m4").os.str(), "macOS 27");
}

std::string fault(const char* name, const char* os = "") {
  try {
    find_target(name, os);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(Target, Faults) {
  EXPECT_NE(fault("m9").find("--target: there is no m9"), std::string::npos);
  EXPECT_NE(fault("macbook air").find("MacBook Air M1"), std::string::npos);
  EXPECT_NE(fault("MacBook Air M2 17GB").find("8 GB, 16 GB or 24 GB"), std::string::npos);
  EXPECT_NE(fault("m1", "banana").find("--os: banana"), std::string::npos);
  EXPECT_NE(fault("m1", "macOS99").find("--os: macOS 99 is not known"), std::string::npos);
}

TEST(Chips, AllFromA11ToM6) {
  for (const char* name :
       {"a11",    "a12",    "a13",      "a14", "a15", "a16", "a17-pro", "a18",    "a18-pro", "a19",    "a19-pro", "m1",
        "m1-pro", "m1-max", "m1-ultra", "m2",  "m3",  "m4",  "m4-pro",  "m4-max", "m5",      "m5-pro", "m5-max",  "m6"})
    EXPECT_TRUE(chip_table().find(name) != nullptr) << name;
}

TEST(Chips, EveryFigureHasASource) {
  for (const auto& chip : chip_table().all()) {
    for (const Figure* figure : {&chip->ane_cores, &chip->ane_tflops, &chip->dram_gb_s, &chip->gpu_tflops,
                                 &chip->cpu_tflops, &chip->window_gb}) {
      EXPECT_EQ(figure->known(), figure->confidence != Confidence::kUnknown) << chip->name;
      EXPECT_EQ(figure->known(), *figure->source != '\0') << chip->name;
    }
    rates_table().get(chip->rates);
    const bool programs = limits_of(chip->family).ml_programs;
    EXPECT_EQ(chip->window_gb.known(), programs) << chip->name;
  }
}

TEST(Rates, TablesHaveTheSameClasses) {
  const Rates& first = rates_table().all().begin()->second;
  for (const auto& entry : rates_table().all()) {
    EXPECT_EQ(entry.second.leaves().size(), first.leaves().size());
    for (const Leaf& leaf : first.leaves()) EXPECT_TRUE(entry.second.find(leaf.name) != nullptr) << leaf.name;
  }
}

}  // namespace
}  // namespace anemone
