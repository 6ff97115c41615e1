// SPDX-License-Identifier: Apache-2.0
// Addresses that depend on data.
#include "base/error.h"
#include "placement/rule.h"

namespace anemone {
namespace {

std::optional<std::string> gather(const OpView& op, const Target&) {
  if (op.type() != "gather" || op.is_fixed("indices")) return std::nullopt;
  const Type* table = op.input("x");
  return fmt::format("its indices come while the model runs{}, and the Neural Engine gathers only by constant indices",
                     table && op.is_fixed("x") ? " (an embedding of " + table->str() + ")" : "");
}

std::optional<std::string> hardware_gather(const OpView& op, const Target& target) {
  if (!is_one_of(op.type(), {"gather_nd", "gather_along_axis", "resample", "affine"})) return std::nullopt;
  if (target.limits().texture_engine) return std::nullopt;
  return fmt::format("{} needs the texture engine, which came with A15 and M2", op.type());
}

std::optional<std::string> scatter(const OpView& op, const Target&) {
  if (!is_one_of(op.type(), {"scatter", "scatter_along_axis", "scatter_nd"})) return std::nullopt;
  return fmt::format("{} writes to addresses that data decides", op.type());
}

std::optional<std::string> moving_slice(const OpView& op, const Target&) {
  if (!is_one_of(op.type(), {"slice_by_size", "slice_by_index", "slice_update"})) return std::nullopt;
  for (const char* name : {"begin", "end", "size"})
    if (!op.is_fixed(name)) return fmt::format("its {} is known only while the model runs", name);
  return std::nullopt;
}

std::optional<std::string> moving_shape(const OpView& op, const Target&) {
  for (const char* name : {"shape", "reps", "target_size_height", "target_size_width", "pad"})
    if (!is_one_of(op.type(), {"shape"}) && !op.is_fixed(name))
      return fmt::format("its {} is known only while the model runs", name);
  return std::nullopt;
}

std::optional<std::string> counting(const OpView& op, const Target&) {
  if (!is_one_of(op.type(), {"one_hot", "non_zero", "range_1d", "shape", "non_maximum_suppression"}))
    return std::nullopt;
  return fmt::format("{} makes indices or a shape from data", op.type());
}

std::optional<std::string> band(const OpView& op, const Target&) {
  if (op.type() != "band_part") return std::nullopt;
  return "band_part compares row and column numbers, and the compiler has no form for it";
}

std::optional<std::string> windows(const OpView& op, const Target&) {
  if (!is_one_of(op.type(), {"crop_resize", "sliding_windows", "reverse_sequence"})) return std::nullopt;
  return fmt::format("{} has no form on the Neural Engine", op.type());
}

std::optional<std::string> sorting(const OpView& op, const Target& target) {
  if (op.type() == "argsort") return "argsort gives the places of all elements, and the engine sorts only the first k";
  if (op.type() == "topk" && !target.limits().top_k) return "topk needs the sorting unit, which came with A15 and M2";
  if (op.type() == "reduce_argmin" && !target.limits().random) return "reduce_argmin came with A16 and M3";
  return std::nullopt;
}

Rule rule(const char* code, const char* title, const char* reason, const char* fix, const char* evidence,
          std::optional<std::string> (*refuses)(const OpView&, const Target&), Validity validity = {}) {
  return {code, Unit::kAne, title, reason, fix, evidence, validity, RuleStatus::kValid, ModelFormat::kProgram, refuses};
}

}  // namespace

void register_rule_indexing(RuleTable& table) {
  table.add(
      rule("ANE050", "Gather by run-time indices",
           "A gather whose indices come while the model runs (an embedding) has no form on the Neural Engine.",
           "Look embeddings up before the model, or multiply a one-hot matrix when the table is small.",
           "751K, M4: \"Unsupported gather index type\", 4 programs; constant indices accepted in 8; smpanaro: gather "
           "of any size on the CPU; Apple's DistilBERT keeps 4 ops of its embedding on the CPU.",
           gather));
  table.add(
      rule("ANE051", "Ops of the texture engine",
           "Sampling at computed coordinates needs the texture engine, which came with A15 and M2.",
           "Resize by a fixed factor, or gather by constant indices.",
           "ANEForge capability table: crop_resize, resample, affine and hardware gather need H14; 751K, M4: accepted.",
           hardware_gather, {Family::kH11, Family::kH13, 0, 99}));
  table.add(
      rule("ANE052", "Scatter", "A scatter writes to addresses that data decides.",
           "Multiply by a mask and add, or concatenate fixed parts.",
           "751K, M4: \"Unsupported MIL operation \"scatter_along_axis\"\", scatter likewise; FluidAudio: a rank-5 "
           "scatter of a cache is rejected at any precision.",
           scatter));
  table.add(
      rule("ANE053", "Slices at run-time places",
           "A slice whose begin, end or size comes while the model runs has no form on the Neural Engine.",
           "Slice at fixed places, or select with a mask.",
           "751K, M4: slice_by_size with a run-time begin refused, all constant slices accepted; smpanaro NOTES.md.",
           moving_slice));
  table.add(
      rule("ANE054", "Shapes from data",
           "A reshape, tile, pad or resize whose sizes come while the model runs has no form on the Neural Engine.",
           "Fix the shape, or enumerate the shapes.",
           "coremltools flexible-inputs guide; 751K: shapes must be constant.", moving_shape));
  table.add(rule("ANE055", "Counting and searching",
                 "One-hot vectors, searches, ranges and shapes count in 32-bit integers and give lengths from data.",
                 "Compute them before the model, or compare with a constant range in fp16.",
                 "751K, M4: one_hot, non_zero and range_1d refused alone; ANEForge.", counting));
  table.add(rule("ANE056", "Band matrices",
                 "band_part has no form on the Neural Engine, and one in the middle pulls its neighbours to the CPU.",
                 "Multiply by a constant 0/1 mask, or add a constant -1e4 mask.",
                 "751K, M4: refused alone and in context; a published GPT-2 lost its head to the CPU by it.", band));
  table.add(
      rule("ANE057", "Windows and crops",
           "Crops at data-dependent boxes, overlapping windows and reversals of sequences have no form on the Neural "
           "Engine.",
           "A sliding window of fixed size is a convolution with a constant 0/1 kernel.",
           "751K, M4: crop_resize and sliding_windows refused on every unit but the CPU.", windows));
  table.add(
      rule("ANE058", "Sorting",
           "The engine finds the first k of an axis from A15 and M2 on, and the smallest one from A16 and M3 on; it "
           "does not sort a whole axis.",
           "Use topk with a constant k, or sort outside the model.",
           "ANEForge capability table: no topk on H13, no argmin before H15; 751K, M4: topk accepted with k = 4 and "
           "k = 40 of 32000, argsort refused.",
           sorting));
}

}  // namespace anemone
