// SPDX-License-Identifier: Apache-2.0
// A number about hardware, with where it is from and how far it can be trusted. An unknown number stays unknown: what
// is computed from it is unknown too.
#pragma once

#include <cmath>
#include <limits>
#include <string_view>

namespace anemone {

enum class Confidence : unsigned char {
  kMeasured,   // on the chip, or read out of Apple's own compiler output
  kVendor,     // from Apple's pages
  kPublished,  // commonly printed, not traced to a measurement
  kDerived,    // follows by arithmetic from measured figures
  kInferred,   // carried over from a neighbouring chip
  kUnknown,
};
std::string_view name_of(Confidence confidence);

struct Figure {
  double value = std::numeric_limits<double>::quiet_NaN();
  Confidence confidence = Confidence::kUnknown;
  const char* source = "";

  bool known() const { return !std::isnan(value); }
};

constexpr Figure measured(double value, const char* source) { return {value, Confidence::kMeasured, source}; }
constexpr Figure vendor(double value, const char* source) { return {value, Confidence::kVendor, source}; }
constexpr Figure published(double value, const char* source) { return {value, Confidence::kPublished, source}; }
constexpr Figure derived(double value, const char* source) { return {value, Confidence::kDerived, source}; }
constexpr Figure inferred(double value, const char* source) { return {value, Confidence::kInferred, source}; }

}  // namespace anemone
