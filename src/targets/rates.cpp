// SPDX-License-Identifier: Apache-2.0
#include "targets/rates.h"

#include "base/error.h"

namespace anemone {

void register_all_rates(RatesTable& table);

std::string_view name_of(Backend backend) {
  switch (backend) {
    case Backend::kAne:
      return "ane";
    case Backend::kGpu:
      return "mps_graph";
    case Backend::kBnns:
      return "bnns";
    case Backend::kClassic:
      return "classic_cpu";
  }
  return "";
}

const Figure& Leaf::on(Backend backend) const {
  switch (backend) {
    case Backend::kAne:
      return ane;
    case Backend::kGpu:
      return gpu;
    case Backend::kBnns:
      return bnns;
    case Backend::kClassic:
      return classic;
  }
  return ane;
}

void Rates::add(Leaf leaf) {
  CHECK(index_.emplace(leaf.name, leaves_.size()).second);
  leaves_.push_back(std::move(leaf));
}

const Leaf* Rates::find(std::string_view leaf) const {
  const auto found = index_.find(leaf);
  return found == index_.end() ? nullptr : &leaves_[found->second];
}

Rates Rates::scaled(double ane_tflops, double gpu_tflops, double gpu_cores) const {
  const auto ratio = [](double value, double reference) { return value > 0 ? value / reference : 1; };
  const auto scale = [](Figure& figure, double factor) {
    if (factor == 1 || !figure.known()) return;
    figure.value *= factor;
    figure.confidence = Confidence::kInferred;
  };
  Rates result = *this;
  for (Leaf& leaf : result.leaves_) {
    if (leaf.scaling == Scaling::kNone) continue;
    scale(leaf.ane, ratio(ane_tflops, reference_ane_tflops));
    scale(leaf.gpu, leaf.scaling == Scaling::kPeak ? ratio(gpu_tflops, reference_gpu_tflops)
                                                   : ratio(gpu_cores, reference_gpu_cores));
  }
  return result;
}

void Rates::set(std::string_view leaf, Backend backend, double rate) {
  const auto found = index_.find(leaf);
  if (found == index_.end()) fail("there is no rate called {}", std::string(leaf));
  Leaf& entry = leaves_[found->second];
  const_cast<Figure&>(entry.on(backend)) = {rate, Confidence::kDerived, "given by the caller"};
}

void RatesTable::add(Rates rates) {
  const std::string name = rates.name;
  CHECK(tables_.emplace(name, std::move(rates)).second);
}

const Rates& RatesTable::get(std::string_view name) const {
  const auto found = tables_.find(name);
  CHECK(found != tables_.end());
  return found->second;
}

const RatesTable& rates_table() {
  static const RatesTable table = [] {
    RatesTable result;
    register_all_rates(result);
    return result;
  }();
  return table;
}

}  // namespace anemone
