// SPDX-License-Identifier: Apache-2.0
#include "import/blocks/rotary_frequencies.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

#include "base/error.h"
#include "base/strings.h"

namespace anemone {
namespace {

constexpr double kPi = 3.14159265358979323846;

// What the kinds of scaling start from.
struct Rope {
  const Config& parameters;  // rope_parameters, or the whole configuration where there are none
  double base;
  int64_t channels;  // that turn
  int64_t length;
  int64_t longest;   // max_position_embeddings
  int64_t original;  // of the positions that the model was first trained for

  double number_or(const std::string& key, double fallback) const {
    return parameters.has(key) ? parameters.number(key) : fallback;
  }
  double factor() const { return number_or("factor", static_cast<double>(longest) / static_cast<double>(original)); }
};

// base^(2i / channels)
std::vector<float> powers(double base, int64_t channels) {
  std::vector<float> values;
  for (int64_t i = 0; i < channels; i += 2)
    values.push_back(std::pow(static_cast<float>(base), static_cast<float>(i) / static_cast<float>(channels)));
  return values;
}

std::vector<float> inverse(std::vector<float> values) {
  for (float& value : values) value = 1.0F / value;
  return values;
}

RotaryFrequencies usual(const Rope& rope) { return {inverse(powers(rope.base, rope.channels))}; }

RotaryFrequencies linear(const Rope& rope) {
  RotaryFrequencies result = usual(rope);
  for (float& value : result.values) value /= static_cast<float>(rope.parameters.number("factor"));
  return result;
}

// The base grows with texts that are longer than the model's positions.
RotaryFrequencies dynamic(const Rope& rope) {
  const double factor = rope.parameters.number("factor");
  const auto channels = static_cast<double>(rope.channels);
  const double ratio = static_cast<double>(std::max(rope.length, rope.longest)) / static_cast<double>(rope.longest);
  const double base = rope.base * std::pow(factor * ratio - (factor - 1), channels / (channels - 2));
  return {inverse(powers(base, rope.channels)), 1, true};
}

// Long wavelengths are stretched, short ones kept, with a smooth passage between.
RotaryFrequencies llama3(const Rope& rope) {
  const auto factor = static_cast<float>(rope.parameters.number("factor"));
  const double low = rope.parameters.number("low_freq_factor");
  const double high = rope.parameters.number("high_freq_factor");
  const auto original = static_cast<double>(rope.original);
  RotaryFrequencies result = usual(rope);
  for (float& value : result.values) {
    const float wavelength = static_cast<float>(2 * kPi) / value;
    if (wavelength > static_cast<float>(original / low)) {
      value /= factor;
    } else if (wavelength >= static_cast<float>(original / high)) {
      const float smooth =
          (static_cast<float>(original) / wavelength - static_cast<float>(low)) / static_cast<float>(high - low);
      value = (1 - smooth) * value / factor + smooth * value;
    }
  }
  return result;
}

double yarn_scale(double factor, double strength) {
  return factor <= 1 ? 1.0 : 0.1 * strength * std::log(factor) + 1.0;
}

double yarn_attention(const Rope& rope, double factor) {
  if (rope.parameters.has("attention_factor")) return rope.parameters.number("attention_factor");
  const double strength = rope.number_or("mscale", 0);
  const double all = rope.number_or("mscale_all_dim", 0);
  if (strength == 0 || all == 0) return yarn_scale(factor, 1);
  return yarn_scale(factor, strength) / yarn_scale(factor, all);
}

// Fast pairs keep their frequency, slow ones are stretched, by a ramp over the pairs between.
RotaryFrequencies yarn(const Rope& rope) {
  const double factor = rope.factor();
  const auto channels = static_cast<double>(rope.channels);
  const auto pair_with = [&](double rotations) {
    return channels * std::log(static_cast<double>(rope.original) / (rotations * 2 * kPi)) / (2 * std::log(rope.base));
  };
  double low = pair_with(rope.number_or("beta_fast", 32));
  double high = pair_with(rope.number_or("beta_slow", 1));
  if (!rope.parameters.has("truncate") || rope.parameters.flag("truncate")) {
    low = std::floor(low);
    high = std::ceil(high);
  }
  low = std::max(low, 0.0);
  high = std::min(high, channels - 1);
  if (low == high) high += 0.001;
  RotaryFrequencies result{powers(rope.base, rope.channels), static_cast<float>(yarn_attention(rope, factor))};
  for (size_t i = 0; i < result.values.size(); ++i) {
    const float power = result.values[i];
    const float ramp =
        std::clamp((static_cast<float>(i) - static_cast<float>(low)) / static_cast<float>(high - low), 0.0F, 1.0F);
    const float kept = 1 - ramp;
    result.values[i] = 1.0F / (static_cast<float>(factor) * power) * (1 - kept) + 1.0F / power * kept;
  }
  return result;
}

// A divisor for each pair, one list for texts up to the original length and one for longer ones.
RotaryFrequencies longrope(const Rope& rope) {
  const char* key = rope.length > rope.original ? "long_factor" : "short_factor";
  const std::vector<double> divisors = rope.parameters.numbers(key);
  RotaryFrequencies result{powers(rope.base, rope.channels), 1, true};
  if (divisors.size() != result.values.size())
    fail("{}: {} has {} numbers, expected {}", rope.parameters.file(), key, divisors.size(), result.values.size());
  for (size_t i = 0; i < divisors.size(); ++i)
    result.values[i] = 1.0F / (static_cast<float>(divisors[i]) * result.values[i]);
  const double factor = rope.factor();
  const double usual = factor <= 1 ? 1 : std::sqrt(1 + std::log(factor) / std::log(static_cast<double>(rope.original)));
  result.factor = static_cast<float>(rope.number_or("attention_factor", usual));
  return result;
}

using Kind = std::function<RotaryFrequencies(const Rope&)>;
const std::map<std::string, Kind>& kinds() {
  static const std::map<std::string, Kind> kKinds = {
      {"default", usual}, {"linear", linear}, {"dynamic", dynamic},   {"llama3", llama3},
      {"yarn", yarn},     {"su", longrope},   {"longrope", longrope},
  };
  return kKinds;
}

int64_t turning_channels(const Config& parameters, const Config& config, int64_t head_size) {
  const Config& source = parameters.has("partial_rotary_factor") ? parameters : config;
  const double part = source.number("partial_rotary_factor");
  const auto channels = static_cast<int64_t>(static_cast<double>(head_size) * part);
  if (!(part > 0 && part <= 1) || channels < 2 || channels % 2 != 0)
    fail("{}: {} of {} channels of a head cannot turn in pairs", config.file(), shortest(part), head_size);
  return channels;
}

}  // namespace

RotaryFrequencies rotary_frequencies(const Config& config, int64_t head_size, int64_t length) {
  const std::optional<Config> section = config.section("rope_parameters");
  const Config& parameters = section ? *section : config;
  const std::string name = section && section->has("rope_type") ? section->text("rope_type") : "default";
  const auto kind = kinds().find(name);
  std::vector<std::string> known;
  for (const auto& entry : kinds()) known.push_back(entry.first);
  if (kind == kinds().end())
    fail("{}: rope_type {} is not supported: expected {}", parameters.file(), name, any_of(known));
  const double base = (parameters.has("rope_theta") ? parameters : config).number("rope_theta");
  if (!(base > 1)) fail("{}: rope_theta is {}, expected more than 1", config.file(), shortest(base));
  const int64_t longest = config.size("max_position_embeddings");
  const Config& originals = config.has("original_max_position_embeddings") ? config : parameters;
  return kind->second({parameters, base, turning_channels(parameters, config, head_size), length, longest,
                       originals.size_or("original_max_position_embeddings", longest)});
}

}  // namespace anemone
