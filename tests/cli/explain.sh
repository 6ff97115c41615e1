#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# anemone explain, devices and diff from the command line; usage: explain.sh ANEMONE GOLDEN
set -euo pipefail
anemone=$1 golden=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
bert=$golden/BERT/iOS16_fp16.mlpackage gpt=$golden/GPT-2/iOS16_fp16.mlpackage
fail() { echo "explain.sh: $1" >&2; exit 1; }
# The call ends with the exit code and prints the text.
gives() {
  local code=$1 text=$2 got=0
  shift 2
  "$anemone" "$@" >"$folder/out" 2>"$folder/err" || got=$?
  [ "$got" = "$code" ] || fail "$*: exit code $got, expected $code"
  cat "$folder/out" "$folder/err" >"$folder/all"
  grep -qF -- "$text" "$folder/all" || fail "$*: no '$text'"
}

gives 0 'ANE050' explain "$bert" --target m1 --compute-units CPU_AND_NE
gives 0 'no Neural Engine for ML Programs' explain "$bert" --target "iPhone 11"
gives 0 '"target": "a15"' explain "$bert" --target "iPhone 13" --json
gives 0 '"os": "iOS 16"' explain "$bert" --target a15 --os 16 --json
gives 0 'model,function,index' explain "$bert" --csv
gives 0 'op 0 of function main' explain "$bert" --why 0
gives 1 'the condition holds' explain "$bert" --fail-if 'ane_share < 2' --junit "$folder/junit.xml" --sarif "$folder/out.sarif"
grep -q '<testsuites>' "$folder/junit.xml" || fail "no JUnit file"
grep -q '"2.1.0"' "$folder/out.sarif" || fail "no SARIF file"
gives 0 '' explain "$bert" --fail-if 'ane_share > 1'
gives 0 'loaded once' explain "$bert" "$bert" "$gpt" --together --target m1
gives 2 'error: --fail-if: column 1: gnu is not a name' explain "$bert" --fail-if 'gnu > 1'
gives 2 'error: --target: there is no m99' explain "$bert" --target m99
gives 2 'error: --os: banana' explain "$bert" --os banana
gives 2 'error: --why: no op that executes is called gnu' explain "$bert" --why gnu
gives 2 'error: --without-rule: there is no rule GNU' explain "$bert" --without-rule GNU
gives 2 'error: a model is needed' explain
gives 2 'error: --function:' explain "$bert" --function gnu
gives 0 'm1-max' devices
gives 0 '"confidence": "measured"' devices --json
gives 0 'the same ops in both' diff "$bert" "$bert"
gives 0 'not the same ops' diff "$bert" "$gpt" --target m4
