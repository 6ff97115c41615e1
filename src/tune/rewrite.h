// SPDX-License-Identifier: Apache-2.0
// A program in the form of the Neural Engine with the proof that it computes the same: what `optimize` does to a
// package and `convert --form ane` to a checkpoint's program, before anything is written.
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "base/json_fwd.h"
#include "passes/mask_source.h"
#include "passes/pass.h"
#include "targets/target.h"
#include "tune/ane_form/judge.h"
#include "tune/prove.h"

namespace anemone {

struct RewriteOptions {
  PassOptions passes;
  MaskSource mask = MaskSource::kConstant;
  bool native_io = false;        // fp16 and (B, C, 1, S) at the edges, too
  bool host_embeddings = false;  // tables of embeddings in a program of their own
  bool check = true;
  int threads = 1;
};

struct Rewrite {
  Program program;
  std::optional<Program> embeddings;  // what the program was relieved of
  int ops_before = 0;
  int ops_after = 0;
  std::vector<PassRun> passes;  // that ran
  std::optional<Proof> proof;   // when it was asked for
  AneForm form;                 // of the default function

  bool passed() const { return !proof || proof->passed(kProofFloor); }
};

Rewrite rewrite(const Program& before, const RewriteOptions& options);

// Where the embeddings of a package go: bert.mlpackage has bert.embeddings.mlpackage beside it.
std::filesystem::path embeddings_package(const std::filesystem::path& package);

// What passes are to respect on a chip.
PassSettings settings_for(const Target& target);

// {"ops_before", "ops_after", "passes", "outputs", "passed", "ane_form"}; "passed" is null without a proof.
Json rewrite_json(const Rewrite& rewrite);
// Why it did not pass, in one line.
std::string complaint(const Rewrite& rewrite);
// "logits: 128.3 dB" for each output, in lines.
std::string proof_text(const Proof& proof);

}  // namespace anemone
