// SPDX-License-Identifier: Apache-2.0
#include "placement/weights.h"

#include <map>
#include <set>
#include <unordered_map>

#include "placement/rule.h"

namespace anemone {
namespace {

// The first release (as iOS counts) whose engine reads palettes and sparse weights as they are stored.
constexpr int kReadsCompressed = 17;

class Counter {
 public:
  explicit Counter(const Target& target) : target_(target) {}

  void count(const Function& function) {
    std::unordered_map<ValueId, const Constant*> constants;
    for_each_op(function.body, [&](const Op& op) {
      if (op.type == "const" && !op.arguments.empty())
        constants[op.id()] = &op.arguments.front().operands.front().literal();
    });
    for_each_op(function.body, [&](const Op& op) { count(op, constants); });
  }

  WeightSizes sizes() const {
    WeightSizes result = sizes_;
    for (const auto& [file, bytes] : files_) result.files.push_back({file, bytes});
    return result;
  }

 private:
  void count(const Op& op, const std::unordered_map<ValueId, const Constant*>& constants) {
    if (op.type == "const") return;
    int64_t fresh = 0;  // bytes of this op's constants that were not seen before
    int64_t plain = 0;  // the same as fp16 where they are fp32
    for (const Argument& argument : op.arguments)
      for (const Operand& operand : argument.operands) {
        const auto found = operand.is_value() ? constants.find(operand.value()) : constants.end();
        const Constant* constant =
            operand.is_value() ? (found == constants.end() ? nullptr : found->second) : &operand.literal();
        if (constant) add(*constant, fresh, plain);
      }
    sizes_.stored += fresh;
    if (!is_constexpr(op)) {
      sizes_.loaded += plain;
    } else if (fresh > 0) {
      const int64_t dense = static_cast<int64_t>(elements_of(op.outputs.front().type)) * 2;
      const bool kept = stays_compressed(op.type);
      sizes_.loaded += kept ? fresh : dense;
      sizes_.expanded += kept ? 0 : dense;
    }
  }

  void add(const Constant& constant, int64_t& fresh, int64_t& plain) {
    if (!constant.type().is_tensor() || constant.type().dtype == DType::kString) return;
    const auto range = constant.file_range();
    if (range) {
      files_[range->file->path().filename().string()] = static_cast<int64_t>(range->file->bytes().size());
      if (!seen_.emplace(range->file.get(), range->offset).second) return;
    }
    const DType dtype = constant.type().dtype;
    fresh += byte_size(dtype, constant.element_count()).value_or(0);
    plain += byte_size(dtype == DType::kFloat32 ? DType::kFloat16 : dtype, constant.element_count()).value_or(0);
  }

  bool stays_compressed(const std::string& op) const {
    if (target_.release() < kReadsCompressed) return false;
    const bool table_or_sparse = op.find("lut") != std::string::npos || op.find("sparse") != std::string::npos;
    return table_or_sparse || target_.limits().streams_int8_weights;
  }

  const Target& target_;
  WeightSizes sizes_;
  std::map<std::string, int64_t> files_;
  std::set<std::pair<const MappedFile*, size_t>> seen_;
};

}  // namespace

WeightSizes weight_sizes(const Program& program, const Target& target) {
  Counter counter(target);
  for (const auto& entry : program.functions) counter.count(*entry.second);
  return counter.sizes();
}

}  // namespace anemone
