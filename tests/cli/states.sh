#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# anemone run carries states from call to call through --state-in and --state-out; usage: states.sh ANEMONE MADE
# The states that are read stay as they are, and have an effect.
set -euo pipefail
anemone=$1 case=$2/ring-state-iOS18-fp16
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
fail() { echo "states.sh: $1" >&2; exit 1; }

mkdir "$folder/0"
for i in 0 1 2 3 4; do
  cp -r "$folder/$i" "$folder/before"
  "$anemone" run "$case/model.mlpackage" --input "x=$case/in${i}_x.npy" --state-in "$folder/$i" \
    --state-out "$folder/$((i + 1))" --output-dir "$folder/out" --quiet >/dev/null
  diff -r "$folder/$i" "$folder/before" >/dev/null || fail "call $i changed the states that it read"
  ! diff -r "$folder/$i" "$folder/$((i + 1))" >/dev/null || fail "call $i left the states as they were"
  rm -r "$folder/before"
done
# Without the states the fifth call gives something else.
cp -r "$folder/out" "$folder/fifth"
"$anemone" run "$case/model.mlpackage" --input "x=$case/in4_x.npy" --output-dir "$folder/out" --quiet >/dev/null
! diff -r "$folder/out" "$folder/fifth" >/dev/null || fail "the states have no effect"
