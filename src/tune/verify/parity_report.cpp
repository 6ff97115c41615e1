// SPDX-License-Identifier: Apache-2.0
// Parity for machines and for people.
#include <cmath>

#include "base/strings.h"
#include "tune/verify/parity.h"

namespace anemone {
namespace {

// JSON has no infinities and no NaN.
Json number(double value) { return std::isfinite(value) ? Json(value) : Json(); }

Json scores_json(const Scores& scores) {
  return {{"rows", scores.rows},
          {"top_1_agreement", scores.agreement()},
          {"top_k", scores.k},
          {"top_k_jaccard", scores.jaccard()},
          {"top_k_psnr", scores.top_psnr()},
          {"kl", scores.kl()}};
}

std::string decibels(double value) { return std::isfinite(value) ? fmt::format("{:.1f} dB", value) : "-"; }

std::string fault_of(const OutputParity& output) {
  if (!output.same_shape)
    return fmt::format("shape {}, the reference has {}", to_string(output.shape), to_string(output.expected_shape));
  return output.finite ? "" : "NaN or infinity in " + output.worst_sample;
}

}  // namespace

Json parity_json(const Parity& parity) {
  Json list = Json::array();
  for (const OutputParity& output : parity.outputs) {
    Json entry = {{"name", output.name}, {"kind", output.kind}};
    if (output.kind == "label") {
      entry["labels"] = output.labels;
      entry["agreement"] = static_cast<double>(output.equal_labels) / static_cast<double>(output.labels);
    } else {
      const bool judged = output.passes(-INFINITY);
      entry["psnr"] = judged ? number(output.psnr) : Json();
      entry["peak"] = output.worst.peak;
      entry["count"] = output.worst.count;
      entry["max_abs"] = output.worst.max_abs;
      entry["flavour"] = name_of(parity.flavour);
      entry["max_rel"] = output.worst.max_rel;
      entry["cosine"] = output.worst.cosine();
      entry["finite"] = output.finite;
      entry["dead"] = output.dead;
      entry["constant"] = output.constant;
      entry["equal"] = output.equal;
      entry["sample"] = output.worst_sample;
      if (!judged) entry["fault"] = fault_of(output);
    }
    if (output.scores) entry["choice"] = scores_json(*output.scores);
    list.push_back(std::move(entry));
  }
  Json document = {{"outputs", std::move(list)},
                   {"min_psnr", number(parity.min_psnr())},
                   {"samples", parity.samples},
                   {"notes", parity.notes}};
  if (parity.labelled > 0)
    document["accuracy"] = {
        {"labelled", parity.labelled},
        {"model", static_cast<double>(parity.right) / static_cast<double>(parity.labelled)},
        {"reference", static_cast<double>(parity.reference_right) / static_cast<double>(parity.labelled)}};
  return document;
}

std::string parity_text(const Parity& parity) {
  std::vector<std::string> lines;
  for (const OutputParity& output : parity.outputs) {
    if (output.kind == "label") {
      lines.push_back(fmt::format("{} (label): {} of {} agree", output.name, output.equal_labels, output.labels));
      continue;
    }
    const std::string fault = fault_of(output);
    const std::string figures =
        fmt::format("{} PSNR-{} (peak {}, {} elements, {}), max |d| {}, max relative {}, cosine {:.7f}",
                    decibels(output.psnr), name_of(parity.flavour), shortest(static_cast<float>(output.worst.peak)),
                    output.worst.count, output.worst_sample, shortest(static_cast<float>(output.worst.max_abs)),
                    shortest(static_cast<float>(output.worst.max_rel)), output.worst.cosine());
    lines.push_back(fmt::format("{}{}: {}", output.name, output.kind == "state" ? " (state)" : "",
                                fault.empty() ? figures : fault));
    if (!output.scores) continue;
    const Scores& s = *output.scores;
    lines.push_back(fmt::format("  best of {} rows agree: {:.2f} %, top-{} Jaccard {:.4f}, {} there, KL {:.3g}", s.rows,
                                100 * s.agreement(), s.k, s.jaccard(), decibels(s.top_psnr()), s.kl()));
  }
  if (parity.labelled > 0)
    lines.push_back(
        fmt::format("labels: {} of {} right, the reference {}", parity.right, parity.labelled, parity.reference_right));
  for (const std::string& note : parity.notes) lines.push_back("note: " + note);
  return join(lines, "\n");
}

}  // namespace anemone
