#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# compress and decompress: what they write, refuse and leave behind; usage: compress.sh ANEMONE SOURCE [KILLS]
set -euo pipefail
anemone=$1 source=$2 kills=${3:-12}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failures=0
wrong() {
  echo "compress.sh: $*" >&2
  failures=$((failures + 1))
}

# refused TEXT ARGUMENTS...: one line on stderr that holds TEXT, exit 2, nothing written.
refused() {
  local expected=$1 status=0
  shift
  "$anemone" compress "$@" -o "$folder/none.mlpackage" >"$folder/out.txt" 2>"$folder/error.txt" || status=$?
  if [ "$status" -ne 2 ] || [ "$(wc -l <"$folder/error.txt")" -ne 1 ] || [ -e "$folder/none.mlpackage" ] ||
    ! grep -qF -- "$expected" "$folder/error.txt"; then
    wrong "$*: exit $status, said: $(cat "$folder/error.txt"): expected: $expected"
  fi
}

"$anemone" convert "$source/models/tiny-sentiment" -o "$folder/model.mlpackage" --form plain --no-check --quiet
model=$folder/model.mlpackage

refused "a method is needed" "$model"
refused "nbits: 5: expected 1, 2, 3, 4, 6 or 8" "$model" --palettize 5
refused "--group-size: needs --palettize" "$model" --group-size 4
refused "cannot be combined" "$model" --palettize 4 --quantize int8
refused "expected int8, uint8, int4 or uint4" "$model" --quantize int3
refused "sparsity: 1.5: expected a number from 0 to 1" "$model" --prune 1.5
refused "names: *nothing* matches no weight" "$model" --palettize 4 --name '*nothing*'
refused "op_types: no weight is used by an op conv" "$model" --palettize 4 --op-type conv
refused "palettes of grouped channels need iOS18, and the target reads iOS17" "$model" --palettize 4 --group-size 16 --os iOS17
refused "ANE065" "$model" --quantize int4 --granularity per_block --op-type linear
refused "m0" "$model" --palettize 4 --target m0
refused "nowhere.json" "$model" --recipe "$folder/nowhere.json"
echo '{"rules": [{"methods": [{"palettize": {"bits": 4}}]}]}' >"$folder/bad.json"
refused "bad.json: recipe: rules[0]: palettize: there is no setting bits" "$model" --recipe "$folder/bad.json"

# A dry run writes nothing; its recipe gives the same package as the flags.
"$anemone" compress "$model" -o "$folder/dry.mlpackage" --palettize 4 --skip-op-type gather --dry-run --json \
  --write-recipe "$folder/recipe.json" >"$folder/dry.json"
[ ! -e "$folder/dry.mlpackage" ] || wrong "the dry run wrote a package"
grep -q '"compressed": 26' "$folder/dry.json" || wrong "the dry run does not report 26 weights"
"$anemone" compress "$model" -o "$folder/a.mlpackage" --palettize 4 --skip-op-type gather --quiet --threads 1
"$anemone" compress "$model" -o "$folder/b.mlpackage" --recipe "$folder/recipe.json" --quiet --threads 2
diff -r "$folder/a.mlpackage" "$folder/b.mlpackage" >/dev/null || wrong "flags and recipe, one thread and two differ"
"$anemone" inspect "$folder/a.mlpackage" >/dev/null || wrong "the compressed package is not sound"

# Blocks of scales are for other units; then they are allowed.
"$anemone" compress "$model" -o "$folder/c.mlpackage" --quantize int4 --granularity per_block --compute-units CPU_AND_GPU --quiet
"$anemone" compress "$model" -o "$folder/d.mlpackage" --quantize int4 --granularity per_block --force --quiet
diff -r "$folder/c.mlpackage" "$folder/d.mlpackage" >/dev/null || wrong "--force differs from --compute-units CPU_AND_GPU"

# Something taken out of the graph: less weight, and what it did is told.
"$anemone" compress "$model" -o "$folder/e.mlpackage" --remove-heads 0.25 --remove-neurons 0.5 --palettize 4 >"$folder/less.txt"
grep -q "1 of 4 heads go" "$folder/less.txt" || wrong "no heads went"
grep -q "256 of 512 neurons go" "$folder/less.txt" || wrong "no neurons went"
grep -q "logits: .* dB beside the model before" "$folder/less.txt" || wrong "the proof is missing"
"$anemone" inspect "$folder/e.mlpackage" >/dev/null || wrong "the smaller package is not sound"

# Plain again: the same results, and the assets came along.
"$anemone" decompress "$folder/a.mlpackage" -o "$folder/plain.mlpackage" --quiet
"$anemone" verify "$folder/plain.mlpackage" --reference "$folder/a.mlpackage" --min-psnr 100 >/dev/null || wrong "decompressing changes results"
"$anemone" classify "$folder/plain.mlpackage" "a fine film" >/dev/null || wrong "the assets are missing"
if "$anemone" inspect "$folder/plain.mlpackage" | grep -q constexpr; then wrong "constexpr ops are left"; fi

# Killed at any time, the old package is whole, and the next run leaves nothing else behind.
before=$(cd "$folder/b.mlpackage" && find . -type f -exec cksum {} + | sort)
"$anemone" compress "$model" -o "$folder/b8.mlpackage" --palettize 8 --quiet
after=$(cd "$folder/b8.mlpackage" && find . -type f -exec cksum {} + | sort)
start=$(date +%s%N)
"$anemone" compress "$model" -o "$folder/b8.mlpackage" --palettize 8 --quiet
length=$((($(date +%s%N) - start) / 1000 + 1))
for ((i = 0; i < kills; ++i)); do
  "$anemone" compress "$model" -o "$folder/b.mlpackage" --palettize 8 --quiet 2>/dev/null &
  child=$!
  sleep "$(printf '%d.%06d' 0 $(((RANDOM * 32768 + RANDOM) % length % 1000000)))"
  kill -9 "$child" 2>/dev/null || true
  wait "$child" 2>/dev/null || true
  now=$(cd "$folder/b.mlpackage" && find . -type f -exec cksum {} + | sort)
  [ "$now" = "$before" ] || [ "$now" = "$after" ] || wrong "killed after round $i: the package is neither old nor new"
done
"$anemone" compress "$model" -o "$folder/b.mlpackage" --palettize 8 --quiet
left=$(find "$folder" -maxdepth 1 -name '.*' ! -path "$folder" | wc -l)
[ "$left" -eq 0 ] || wrong "$left hidden files are left"

[ "$failures" -eq 0 ] || exit 1
echo "compress.sh: fine"
