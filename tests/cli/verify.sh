#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# anemone verify: exit codes, what it prints, and what it refuses; usage: verify.sh ANEMONE DATA
set -euo pipefail
anemone=$1 data=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
fail() { echo "verify.sh: $1" >&2; exit 1; }
half=$data/golden/GPT-2/iOS16_fp16.mlpackage
full=$data/golden/GPT-2/iOS15_fp32.mlpackage
code() { local status=0; "$@" >"$folder/out" 2>"$folder/err" || status=$?; echo $status; }
expect() { grep -q -e "$1" "$folder/$2" || fail "$2 lacks '$1': $(cat "$folder/$2")"; }

[ "$(code "$anemone" verify "$half" --reference "$full")" = 0 ] || fail "fp16 against fp32: $(cat "$folder/err")"
[ "$(code "$anemone" verify "$half" --reference "$full" --min-psnr 150)" = 1 ] || fail "150 dB is too much to ask"
[ "$(code "$anemone" verify "$half" --reference "$full" --gate fp16)" = 0 ] || fail "gate fp16"
[ "$(code "$anemone" verify "$half" --reference "$full" --numerics ieee-half --gate layout)" = 1 ] || fail "gate layout"
[ "$(code "$anemone" verify "$half" --reference "$full" --samples 2 --json)" = 0 ] || fail "json"
for key in '"psnr"' '"peak"' '"count"' '"max_abs"' '"flavour": "a"' '"min_psnr"' '"passed": true' '"first_bad_op": null' '"samples": 2'; do
  expect "$key" out
done

# Stored outputs, and the same of another model.
"$anemone" run "$full" --input "ids=$data/golden/GPT-2/in_ids.npy" --output-dir "$folder/full" --quiet >/dev/null
input=(--input "ids=$data/golden/GPT-2/in_ids.npy")
[ "$(code "$anemone" verify "$full" "${input[@]}" --expect "$folder/full" --min-psnr 200)" = 0 ] || fail "its own outputs"
mkdir "$folder/none"
[ "$(code "$anemone" verify "$full" "${input[@]}" --expect "$folder/none")" = 2 ] || fail "an empty folder"

# Against its own checkpoint, whose agreement proves less.
checkpoint=$data/../../models/tiny-sentiment
"$anemone" convert "$checkpoint" -o "$folder/c.mlpackage" --quiet >/dev/null 2>&1 || fail "convert"
[ "$(code "$anemone" verify "$folder/c.mlpackage" --reference "$checkpoint")" = 0 ] || fail "$(cat "$folder/out" "$folder/err")"
expect 'not import' out

refused() {
  local text=$1
  shift
  [ "$(code "$anemone" verify "$@")" = 2 ] || fail "accepted: $*"
  [ "$(wc -l <"$folder/err")" = 1 ] || fail "more than one line: $(cat "$folder/err")"
  expect "$text" err
}
refused 'a model is needed'
refused '--reference and --expect' "$half"
refused 'gate.*expected re-authored' "$half" --reference "$full" --gate none
refused 'psnr-flavour.*expected a, c, k or plain' "$half" --reference "$full" --psnr-flavour b
refused 'has no input ids' "$half" --reference "$data/golden/Cascade/iOS16_fp16.mlpackage"
refused 'is not there' "$half" --reference "$folder/nothing"
refused 'No such file' "$half" --reference "$full" --data "$folder/nothing.txt"
refused 'kit' --device-results "$folder/nothing"
