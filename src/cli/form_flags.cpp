// SPDX-License-Identifier: Apache-2.0
#include "cli/form_flags.h"

#include "base/error.h"

namespace anemone {

void FormFlags::declare(CLI::App& app) {
  app.add_option("--target", target, "Chip (a15, m4-pro) or product (\"iPhone 13\"); by default m1");
  app.add_option("--attention", attention, "split-einsum, split-einsum-v2, original or fused")->capture_default_str();
  app.add_option("--mask", mask,
                 "Causal masks as a constant, as an input qk_mask, or in the graph from an input length")
      ->capture_default_str();
  app.add_option("--norms", norms, "fp32: norms in single precision, which the Neural Engine does not take")
      ->capture_default_str();
  app.add_flag("--native-io", native_io, "fp16 inputs and outputs, in (B,C,1,S) inside and out");
  app.add_flag("--host-embeddings", host_embeddings,
               "Tables of embeddings in a package of their own, OUT.embeddings.mlpackage, for the CPU");
  app.add_option("--disable-pass", disabled, "Leave out the pass NAME; may be repeated");
  app.add_flag("--no-check", no_check, "Do not prove that the results are kept");
}

Target FormFlags::chip() const { return find_target(target.empty() ? "m1" : target); }

RewriteOptions FormFlags::options(const CommandContext& context) const {
  RewriteOptions options;
  for (const std::string& name : disabled)
    if (!pass_table().find(name)) fail("--disable-pass: there is no pass {}: optimize --list-passes names them", name);
  if (norms != "fp16" && norms != "fp32") fail("--norms: {}: expected fp16 or fp32", norms);
  options.passes.disabled = {disabled.begin(), disabled.end()};
  options.passes.settings = settings_for(chip());
  options.passes.settings.attention = attention_mode_from(attention);
  options.passes.settings.float32_norms = norms == "fp32";
  options.mask = mask_source_from(mask);
  options.native_io = native_io;
  options.host_embeddings = host_embeddings;
  options.check = !no_check;
  options.threads = context.threads;
  return options;
}

}  // namespace anemone
