#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# optimize, inspect --ane-form and convert --form ane: what they print, write, and refuse.
#   rewrite.sh ANEMONE DATA
set -euo pipefail
anemone=$1 data=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
model=$data/golden/DistilBERT/iOS16_fp16.mlpackage

fail() { echo "FAILED: $*"; exit 1; }
# says TEXT COMMAND...: the command's one line on stderr holds the text and it exits with 2.
refuses() {
  local text=$1 status=0
  shift
  "$@" >"$work/out" 2>"$work/err" || status=$?
  [ "$status" -eq 2 ] || fail "$* exits with $status"
  [ "$(wc -l <"$work/err")" -eq 1 ] || fail "$* says more than one line"
  grep -qF -- "$text" "$work/err" || fail "$* says $(cat "$work/err")"
}
has() { grep -q -- "$1" "$2" || fail "$2 does not hold $1: $(cat "$2")"; }

"$anemone" optimize "$model" -o "$work/o.mlpackage" --json --target a15 >"$work/json"
for field in ops_before ops_after passes outputs psnr passed ane_form linear matmul_with_weights reshape_in_trunk transposes \
             max_rank int32_ops_inside infinite_masks; do
  has "\"$field\"" "$work/json"
done
has '"passed": true' "$work/json"
"$anemone" inspect "$work/o.mlpackage" --ane-form >"$work/form"
has 'Neural Engine form: yes' "$work/form"
"$anemone" inspect "$model" --ane-form --json >"$work/form"
has '"ane_form": false' "$work/form"

"$anemone" optimize "$model" -o "$work/n.mlpackage" --json --no-check >"$work/json"
has '"passed": null' "$work/json"
"$anemone" optimize "$model" --ablate --json --target m1 >"$work/json"
for field in before passes padded_bytes transposes psnr planned_ms without; do has "\"$field\"" "$work/json"; done
[ ! -e "$work/none.mlpackage" ] || fail "--ablate writes"

refuses '--target: there is no m99' "$anemone" optimize "$model" -o "$work/x.mlpackage" --target m99
refuses 'there is no pass nobody' "$anemone" optimize "$model" -o "$work/x.mlpackage" --disable-pass nobody
refuses '--form: best: expected ane or plain' "$anemone" convert "$data/checkpoints/distilbert_ane/ckpt" \
  -o "$work/x.mlpackage" --form best
[ ! -e "$work/x.mlpackage" ] || fail "something was written"

"$anemone" convert "$data/checkpoints/gpt2_untied_switches/ckpt" -o "$work/c.mlpackage" --form ane --native-io --json >"$work/json"
has '"form": "ane"' "$work/json"
has '"min_psnr"' "$work/json"
"$anemone" inspect "$work/c.mlpackage" >"$work/text"
has 'logits: fp16 \[1, 67, 1, 24\]' "$work/text"

"$anemone" convert "$data/checkpoints/gpt2_untied_switches/ckpt" -o "$work/h.mlpackage" --host-embeddings --mask graph --json \
  >"$work/json"
has '"psnr_of_edges"' "$work/json"
"$anemone" inspect "$work/h.embeddings.mlpackage" >"$work/text"
has 'input_ids: int32' "$work/text"
refuses '--norms: fp64: expected fp16 or fp32' "$anemone" optimize "$model" -o "$work/x.mlpackage" --norms fp64
refuses '--host-embeddings: nothing is looked up' "$anemone" optimize "$work/h.mlpackage" -o "$work/x.mlpackage" \
  --host-embeddings
[ ! -e "$work/x.mlpackage" ] || fail "something was written"
