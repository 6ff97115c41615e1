// SPDX-License-Identifier: Apache-2.0
// anemone devices: the chips that programs can be judged for.
#include "base/error.h"
#include "base/strings.h"
#include "cli/command.h"
#include "targets/chip.h"
#include "targets/os.h"

namespace anemone {
namespace {

Json figure_json(const Figure& figure) {
  if (!figure.known()) return nullptr;
  return {{"value", figure.value}, {"confidence", name_of(figure.confidence)}, {"source", figure.source}};
}

Json products_json(const Chip& chip) {
  Json list = Json::array();
  for (const Product& product : chip.products)
    list.push_back({{"name", product.name}, {"memory_gb", product.memory_gb}});
  return list;
}

Json chip_json(const Chip& chip) {
  const FamilyLimits& limits = limits_of(chip.family);
  return {{"name", chip.name},
          {"title", chip.title},
          {"family", name_of(chip.family)},
          {"first_os", os_of_release(chip.first_release, chip.mac).str()},
          {"last_os", os_of_release(chip.last_release, chip.mac).str()},
          {"ml_programs", limits.ml_programs},
          {"rates", chip.rates},
          {"ane_cores", figure_json(chip.ane_cores)},
          {"ane_ghz", figure_json(chip.ane_ghz)},
          {"ane_tflops", figure_json(chip.ane_tflops)},
          {"ane_tops", figure_json(chip.ane_tops)},
          {"ane_weights_gb_s", figure_json(chip.ane_weights_gb_s)},
          {"ane_call_ms", figure_json(chip.ane_call_ms)},
          {"ane_pj_per_flop", figure_json(chip.ane_pj_per_flop)},
          {"window_gb", figure_json(chip.window_gb)},
          {"on_chip_mb", figure_json(chip.on_chip_mb)},
          {"dram_gb_s", figure_json(chip.dram_gb_s)},
          {"gpu_cores", figure_json(chip.gpu_cores)},
          {"gpu_tflops", figure_json(chip.gpu_tflops)},
          {"cpu_cores", figure_json(chip.cpu_cores)},
          {"cpu_tflops", figure_json(chip.cpu_tflops)},
          {"limits",
           {{"extent", limits.extent},
            {"channels", limits.channels},
            {"contraction", limits.contraction},
            {"kernel_width", limits.kernel_width},
            {"top_k", limits.top_k},
            {"texture_engine", limits.texture_engine},
            {"sine", limits.sine},
            {"int8_rate", limits.int8_rate},
            {"source", limits.source}}},
          {"products", products_json(chip)}};
}

std::string or_unknown(const Figure& figure) { return figure.known() ? fmt::format("{:.4g}", figure.value) : "?"; }

std::string row(const Chip& chip) {
  std::vector<std::string> names;
  for (const Product& product : chip.products) names.push_back(product.name);
  return fmt::format("{:10} {:6} {:>6} {:>8} {:>8} {:>8}  {}", chip.name, name_of(chip.family),
                     or_unknown(chip.ane_cores), or_unknown(chip.ane_tflops), or_unknown(chip.window_gb),
                     or_unknown(chip.dram_gb_s),
                     limits_of(chip.family).ml_programs ? join(names, ", ") : "(no ML Programs) " + join(names, ", "));
}

int list(const CommandContext& context) {
  Json chips = Json::array();
  if (!context.json)
    context.print(fmt::format("{:10} {:6} {:>6} {:>8} {:>8} {:>8}  {}", "chip", "family", "cores", "TFLOPS", "GB addr.",
                              "GB/s", "products"));
  for (const auto& chip : chip_table().all()) {
    if (context.json)
      chips.push_back(chip_json(*chip));
    else
      context.print(row(*chip));
  }
  if (context.json) context.print_json({{"devices", chips}});
  return kFine;
}

}  // namespace

void register_command_devices(CommandTable& table) {
  table.push_back({"devices", "List the chips that programs can be judged for", [](CLI::App&) -> CommandBody {
                     return [](const CommandContext& context) { return list(context); };
                   }});
}

}  // namespace anemone
