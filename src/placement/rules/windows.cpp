// SPDX-License-Identifier: Apache-2.0
// Kernels of convolutions and pooling.
#include "base/error.h"
#include "placement/rule.h"

namespace anemone {
namespace {

// Height and width of a kernel; height 1 when there is one axis, depth left out.
struct Kernel {
  int64_t height = 1;
  int64_t width = 1;
};

std::optional<Kernel> kernel_of(const std::vector<int64_t>& sizes) {
  if (sizes.empty()) return std::nullopt;
  return Kernel{sizes.size() > 1 ? sizes[sizes.size() - 2] : 1, sizes.back()};
}

std::optional<Kernel> convolution_kernel(const OpView& op) {
  const Type* weight = is_one_of(op.type(), {"conv", "conv_transpose"}) ? op.input("weight") : nullptr;
  if (!weight || !weight->is_concrete() || weight->rank() < 3) return std::nullopt;
  const ConcreteShape shape = weight->concrete();
  return kernel_of({shape.begin() + 2, shape.end()});
}

// A kernel wider than the engine's window is taken apart. That works up to a width of 15 (13 in H13) for any height and
// up to 16 for a square; one column may be 31 high.
std::optional<std::string> large_kernel(const OpView& op, const Target& target) {
  const auto kernel = convolution_kernel(op);
  if (!kernel) return std::nullopt;
  const int64_t width = target.limits().kernel_width;
  const bool square = kernel->height == kernel->width && kernel->width <= width + 1;
  if ((kernel->width <= width || square) && kernel->height <= kMostKernelRows) return std::nullopt;
  return fmt::format("its kernel is {}x{}, and family {} takes at most {} columns ({} in a square) and {} rows",
                     kernel->height, kernel->width, name_of(target.chip->family), width, width + 1, kMostKernelRows);
}

std::optional<std::string> large_pool(const OpView& op, const Target&) {
  if (op.type() != "max_pool") return std::nullopt;
  const auto kernel = kernel_of(op.integers("kernel_sizes").value_or(std::vector<int64_t>{}));
  if (!kernel || kernel->width <= kMostMaxPoolColumns) return std::nullopt;
  return fmt::format("its window is {} wide, and max pooling takes at most {}", kernel->width, kMostMaxPoolColumns);
}

}  // namespace

void register_rule_windows(RuleTable& table) {
  table.add({"ANE020",
             Unit::kAne,
             "A convolution kernel is too large",
             "A convolution kernel wider than 15 (13 on A14 and M1), 16 in a square, or higher than 31 cannot be taken "
             "apart into windows of the engine.",
             "Replace it by a chain of smaller or dilated convolutions.",
             "751K, M4: 17x17 and 1x31 refused (\"conv with large kernel does not meet decomposition preconditions\"), "
             "7x7 accepted; M4 and M6: 16x16, 1x15 and 31x1 compile, 17x17 and 1x16 do not; ANEForge: 13 on H13.",
             {},
             RuleStatus::kValid,
             ModelFormat::kProgram,
             large_kernel});
  table.add(
      {"ANE021",
       Unit::kAne,
       "A max pooling window is too wide",
       "Max pooling takes windows of at most eight columns.",
       "Pool twice with smaller windows: maxima compose.",
       "751K, M4: 15x15 refused; M4 and M6: 8x8 and 9x1 compile, 1x9 does not; average pooling to 14 and more does.",
       {},
       RuleStatus::kValid,
       ModelFormat::kProgram,
       large_pool});
}

}  // namespace anemone
