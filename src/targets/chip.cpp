// SPDX-License-Identifier: Apache-2.0
#include "targets/chip.h"

#include <algorithm>
#include <tuple>

#include "base/error.h"

namespace anemone {

void register_all_chip(ChipTable& table);

namespace {

constexpr const char* kLimitSource =
    "ANEForge docs/cross-chip.md (measured on M1, M2, M5); 751K hal_analysis.md and coreml_dispatch.md (M4, M6)";
constexpr const char* kOldSource = "hollance/neural-engine docs; no ML Program reaches these engines";

// One row a family: extents, kernels, capabilities. H11 and H12 take the oldest limits that anybody measured.
constexpr FamilyLimits kFamilies[] = {
    {Family::kH11, false, 16384, 65536, 16384, 13, false, false, false, false, 1, false, kOldSource},
    {Family::kH12, false, 16384, 65536, 16384, 13, false, false, false, false, 1, false, kOldSource},
    {Family::kH13, true, 16384, 65536, 16384, 13, false, false, false, false, 1, false, kLimitSource},
    {Family::kH14, true, 16384, 65536, 16384, 15, true, true, false, false, 1, true, kLimitSource},
    {Family::kH15, true, 16384, 65536, 16384, 15, true, true, true, true, 1, true, kLimitSource},
    {Family::kH16, true, 65536, 65536, 32768, 15, true, true, true, true, 1.9, true, kLimitSource},
    {Family::kH17, true, 65536, 65536, 32768, 15, true, true, true, true, 1.9, true, kLimitSource},
    {Family::kH18, true, 65536, 65536, 32768, 15, true, true, true, true, 1.9, true, kLimitSource},
};

// Phones first, then by generation.
std::tuple<bool, Family, std::string> order_of(const Chip& chip) { return {chip.mac, chip.family, chip.name}; }

}  // namespace

std::string_view name_of(Confidence confidence) {
  switch (confidence) {
    case Confidence::kMeasured:
      return "measured";
    case Confidence::kVendor:
      return "vendor";
    case Confidence::kPublished:
      return "published";
    case Confidence::kDerived:
      return "derived";
    case Confidence::kInferred:
      return "inferred";
    case Confidence::kUnknown:
      return "unknown";
  }
  return "";
}

std::string_view name_of(Family family) {
  constexpr std::string_view kNames[] = {"H11", "H12", "H13", "H14", "H15", "H16", "H17", "H18"};
  return kNames[static_cast<size_t>(family) - static_cast<size_t>(Family::kH11)];
}

const FamilyLimits& limits_of(Family family) {
  return kFamilies[static_cast<size_t>(family) - static_cast<size_t>(Family::kH11)];
}

void ChipTable::add(Chip chip) {
  CHECK(find(chip.name) == nullptr);
  auto entry = std::make_unique<const Chip>(std::move(chip));
  const auto place = std::upper_bound(chips_.begin(), chips_.end(), entry,
                                      [](const auto& a, const auto& b) { return order_of(*a) < order_of(*b); });
  chips_.insert(place, std::move(entry));
}

const Chip* ChipTable::find(std::string_view name) const {
  for (const auto& chip : chips_)
    if (chip->name == name) return chip.get();
  return nullptr;
}

const ChipTable& chip_table() {
  static const ChipTable table = [] {
    ChipTable result;
    register_all_chip(result);
    return result;
  }();
  return table;
}

}  // namespace anemone
