#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What a user got wrong ends with exit code 2 and one line that names it and what it should be, and nothing is written;
# usage: bad_input.sh ANEMONE DATA
set -euo pipefail
anemone=$1 data=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failures=0

# refused TEXT ARGUMENTS...: the one line of the command must hold TEXT.
refused() {
  local expected=$1 status=0
  shift
  "$anemone" "$@" >"$folder/out.txt" 2>"$folder/error.txt" || status=$?
  local line
  line=$(cat "$folder/error.txt")
  if [ "$status" -ne 2 ] || [ "$(wc -l <"$folder/error.txt")" -ne 1 ] || [[ $line != error:* ]] ||
    [[ $line != *"$expected"* ]] || [ -s "$folder/out.txt" ] || [ -e "$folder/results" ]; then
    echo "bad_input.sh: anemone $*: exit $status, said: $line: expected: $expected" >&2
    failures=$((failures + 1))
  fi
}

# run TEXT MODEL INPUTS...: the same for `run` with --output-dir.
run() {
  local expected=$1 model=$2
  shift 2
  refused "$expected" run "$model" --output-dir "$folder/results" "$@"
}

# npy NAME DESCRIPTOR SHAPE BYTES: a NumPy file; BYTES as printf takes them.
npy() {
  local header="{'descr': '$2', 'fortran_order': False, 'shape': $3, }"
  printf '\x93NUMPY\x01\x00\x76\x00%-117s\n' "$header" >"$folder/$1.npy"
  printf "$4" >>"$folder/$1.npy"
}

for package in "$data"/bad_packages/*.mlpackage; do
  refused "$(basename "$package")" inspect "$package"
  refused "$(basename "$package")" inspect --json "$package"
  run "$(basename "$package")" "$package"
done

# Names, ranks, sizes.
flexible=$data/made/encoder-range-iOS17-fp32
run "input x is missing: expected tensor<fp32, [1, " "$flexible/model.mlpackage"
run "there is no input y (inputs: x)" "$flexible/model.mlpackage" --input "x=$flexible/in0_x.npy" \
  --input "y=$flexible/in0_x.npy"
run "expected NAME=FILE" "$flexible/model.mlpackage" --input "$flexible/in0_x.npy"
run "given twice" "$flexible/model.mlpackage" --input "x=$flexible/in0_x.npy" --input "x=$flexible/in0_x.npy"
run "nowhere.npy" "$flexible/model.mlpackage" --input "x=$folder/nowhere.npy"
npy flat '<f4' '(16,)' '%064d'
run "input x has shape [16], expected [1, 1..32, 16]" "$flexible/model.mlpackage" --input "x=$folder/flat.npy"
npy long '<f4' '(1, 33, 16)' '%02112d'
run "input x has shape [1, 33, 16], expected [1, 1..32, 16]" "$flexible/model.mlpackage" --input "x=$folder/long.npy"
npy none '<f4' '(1, 0, 16)' ''
run "input x has shape [1, 0, 16], expected [1, 1..32, 16]" "$flexible/model.mlpackage" --input "x=$folder/none.npy"
npy torn '<f4' '(1, 2, 16)' '%064d'
run "torn.npy" "$flexible/model.mlpackage" --input "x=$folder/torn.npy"
npy complex '<c8' '(1, 2, 16)' '%0256d'
run "input x: $folder/complex.npy: element type '<c8'" "$flexible/model.mlpackage" --input "x=$folder/complex.npy"
run "--max-loops: expected a whole number" "$flexible/model.mlpackage" --input "x=$flexible/in0_x.npy" --max-loops -1
listed=$data/made/unet-enumerated-iOS16-fp16
npy other '<f4' '(1, 2, 16, 32)' '%04096d'
run "expected [1, 2, 16, 16] or [1, 2, 24, 32]" "$listed/model.mlpackage" --input "x=$folder/other.npy"
refused "there is no function nothing (functions: " run "$data/made/functions-iOS18-fp16/model.mlpackage" --function nothing \
  --input "x=$data/made/functions-iOS18-fp16/in0_x.npy"

# Images of another size, and what is no image.
image=$data/made/image-rgb-iOS16-fp32
npy small '|u1' '(2, 3, 3)' '%018d'
run "input image: the image is 3x2, expected 24x20 (width x height)" "$image/model.mlpackage" \
  --input "image=$folder/small.npy"
head -c 40 "$image/in0_image.png" >"$folder/torn.png"
run "torn.png" "$image/model.mlpackage" --input "image=$folder/torn.png"

# Floats for an integer input: NaN, infinity, fractions, too large.
words=$data/golden/DistilBERT
zeros='\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00'
for case in 'nan \x00\x00\xc0\x7f' 'inf \x00\x00\x80\x7f' '0.5 \x00\x00\x00\x3f' '10000000000 \xf9\x02\x15\x50'; do
  npy ids '<f4' '(1, 8)' "$zeros${case#* }"
  run "input ids: element 7 is ${case%% *}, expected int32 values" "$words/iOS16_fp16.mlpackage" \
    --input "ids=$folder/ids.npy" --input "mask=$words/in_mask.npy"
done

# A loop without end stops at its limit.
loop=$data/made/loop-iOS16-fp32
refused "while_loop" run "$loop/model.mlpackage" --max-loops 1 --input "x=$loop/in0_x.npy"
refused "--max-loops" run "$loop/model.mlpackage" --max-loops -1 --input "x=$loop/in0_x.npy"
"$anemone" run "$loop/model.mlpackage" --max-loops 1000 --input "x=$loop/in0_x.npy" --quiet >/dev/null

[ "$failures" -eq 0 ]
