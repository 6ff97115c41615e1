// SPDX-License-Identifier: Apache-2.0
#include "compress/importance.h"

#include <cmath>

#include "base/error.h"
#include "ir/constant.h"

namespace anemone {

Importance ImportanceFile::of(const Draft& draft) const {
  const auto entry = file_->find(draft.name);
  if (!entry) return {};
  const int64_t channels = draft.input_axis < 0 ? 0 : draft.shape()[static_cast<size_t>(draft.input_axis)];
  return with_context(fmt::format("{}: {}", path_.string(), draft.name), [&] {
    if (!is_float(entry->dtype) || entry->shape != std::vector<int64_t>{channels})
      fail("{} of shape {}: expected floats of shape [{}], one for each input channel", name_of(entry->dtype),
           to_string(entry->shape), channels);
    const Tensor values = Constant::mapped(entry->file, entry->offset, entry->dtype, entry->shape).tensor();
    Importance importance(values.as<float>().begin(), values.as<float>().end());
    double total = 0;
    for (const float value : importance) {
      if (!std::isfinite(value) || value < 0) fail("{}: expected finite numbers that are not negative", value);
      total += value;
    }
    if (total == 0) return Importance();
    // A channel that never carries anything still gets the codes of its values.
    for (float& value : importance) value = std::max(value, static_cast<float>(1e-6 * total / channels));
    return importance;
  });
}

}  // namespace anemone
