// SPDX-License-Identifier: Apache-2.0
#include "targets/target.h"

#include <algorithm>

#include "base/error.h"
#include "base/strings.h"

namespace anemone {
namespace {

// Letters in lower case, everything else than letters and digits a single hyphen: "MacBook Air (M2)" is
// "macbook-air-m2".
std::string normalized(std::string_view text) {
  std::string result;
  for (const char raw : text) {
    const char c = raw >= 'A' && raw <= 'Z' ? static_cast<char>(raw - 'A' + 'a') : raw;
    const bool kept = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (kept)
      result += c;
    else if (!result.empty() && result.back() != '-')
      result += '-';
  }
  if (!result.empty() && result.back() == '-') result.pop_back();
  return result;
}

// Takes a trailing memory size ("-16gb") off a normalized name.
std::optional<int> take_memory(std::string& name) {
  if (name.size() < 3 || name.compare(name.size() - 2, 2, "gb") != 0) return std::nullopt;
  size_t begin = name.size() - 2;
  if (begin > 0 && name[begin - 1] == '-') --begin;
  size_t digits = begin;
  while (digits > 0 && name[digits - 1] >= '0' && name[digits - 1] <= '9') --digits;
  const auto size = parse_int(std::string_view(name).substr(digits, begin - digits));
  if (!size || digits == 0 || *size < 1 || *size > 4096) return std::nullopt;
  name.resize(name[digits - 1] == '-' ? digits - 1 : digits);
  return static_cast<int>(*size);
}

struct Found {
  const Chip* chip = nullptr;
  const Product* product = nullptr;
};

Found look_up(const std::string& name) {
  if (const Chip* chip = chip_table().find(name)) return {chip, nullptr};
  for (const auto& chip : chip_table().all())
    for (const Product& product : chip->products)
      if (normalized(product.name) == name) return {chip.get(), &product};
  return {};
}

std::string suggestions(const std::string& name) {
  std::vector<std::string> similar;
  for (const auto& chip : chip_table().all())
    for (const Product& product : chip->products)
      if (similar.size() < 4 && !name.empty() && normalized(product.name).find(name) != std::string::npos)
        similar.push_back(product.name);
  if (similar.empty())
    return "a chip such as a15, m1 or m4-pro, or a product such as \"iPhone 13\" (see anemone devices)";
  return any_of(similar);
}

void check_memory(const Found& found, std::optional<int> memory) {
  if (!memory || !found.product) return;
  const std::vector<int>& sold = found.product->memory_gb;
  if (sold.empty() || std::find(sold.begin(), sold.end(), *memory) != sold.end()) return;
  std::vector<std::string> sizes;
  for (const int size : sold) sizes.push_back(fmt::format("{} GB", size));
  fail("--target: {} is not sold with {} GB: expected {}", found.product->name, *memory, any_of(sizes));
}

}  // namespace

Rates Target::rates() const {
  const auto or_zero = [](const Figure& figure) { return figure.known() ? figure.value : 0; };
  return rates_table()
      .get(chip->rates)
      .scaled(or_zero(chip->ane_tflops), or_zero(chip->gpu_tflops), or_zero(chip->gpu_cores));
}

Target find_target(std::string_view name, std::string_view os) {
  std::string key = normalized(name);
  Found found = look_up(key);
  std::optional<int> memory;
  if (!found.chip) {
    memory = take_memory(key);
    found = look_up(key);
  }
  if (!found.chip) fail("--target: there is no {}: expected {}", std::string(name), suggestions(key));
  check_memory(found, memory);
  Target target;
  target.chip = found.chip;
  target.memory_gb = memory;
  if (found.product) {
    target.product = found.product->name;
    if (!memory && found.product->memory_gb.size() == 1) target.memory_gb = found.product->memory_gb.front();
  }
  const Chip& chip = *found.chip;
  target.os = os.empty() ? os_of_release(chip.last_release, chip.mac) : parse_os(os, chip.mac);
  if (target.release() < kOldestRelease || target.release() > kNewestRelease)
    fail("--os: {} is not known: expected {} to {}", target.os.str(),
         os_of_release(kOldestRelease, target.os.mac).str(), os_of_release(kNewestRelease, target.os.mac).str());
  return target;
}

}  // namespace anemone
