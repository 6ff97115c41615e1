#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A kit for a Mac: its script runs here with a stand-in for Core ML, and what it writes is read back.
# usage: kit.sh ANEMONE DATA; without Python and NumPy there is nothing to run: exit 77.
set -euo pipefail
anemone=$1 data=$2 here=$(cd "$(dirname "$0")" && pwd)
python3 -c 'import numpy' 2>/dev/null || { echo "no Python with NumPy"; exit 77; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
fail() { echo "kit.sh: $1" >&2; exit 1; }
export ANEMONE=$anemone PYTHONPATH=$here PYTHONDONTWRITEBYTECODE=1
field() { python3 -c "import json,sys; d = json.load(sys.stdin); print($1)"; }

# A model with states, which is called three times.
kit=$folder/kit
"$anemone" verify "$data/ring-state-iOS18-fp16/model.mlpackage" --kit "$kit" --samples 1 --seed 3 --json \
  >"$folder/kit.json" 2>/dev/null
[ "$(field "d['samples']" <"$folder/kit.json")" = 1 ] || fail "one sample was asked for"
! "$anemone" verify --device-results "$kit" >/dev/null 2>"$folder/error" || fail "there are no results yet"
grep -q 'results.json' "$folder/error" || fail "the error does not name the missing file: $(cat "$folder/error")"

STANDIN_FAILS=CPU_AND_GPU python3 "$kit/kit.py" --backend standin >/dev/null 2>"$folder/log" || fail "$(cat "$folder/log")"
# A unit that fails is said so, and does not hide the others.
! "$anemone" verify --device-results "$kit" >"$folder/text" || fail "a unit that failed was accepted"
grep -q 'CPU_AND_GPU.*this unit cannot be loaded' "$folder/text" || fail "$(cat "$folder/text")"

results=$kit/results/results.json
python3 - "$results" <<'EDIT'
import json, sys
results = json.load(open(sys.argv[1]))
del results["units"]["CPU_AND_GPU"]
assert all(len(unit["runs_ms"]) == 13 for unit in results["units"].values()), "thirteen runs are timed"
json.dump(results, open(sys.argv[1], "w"))
EDIT
"$anemone" verify --device-results "$kit" --json >"$folder/read.json" || fail "results were refused"
[ "$(field "d['ane_ran']" <"$folder/read.json")" = True ] || fail "the Neural Engine ran"
# In float32 the stand-in gives what was expected; on the "Neural Engine" it gives what half precision gives.
above() { field "[u['against']['$2']['min_psnr'] for u in d['units'] if u['unit'] == '$1'][0] > 150" <"$folder/read.json"; }
[ "$(above CPU_ONLY float32)" = True ] || fail "CPU_ONLY is not what float32 gives"
[ "$(above CPU_AND_NE ieee-half)" = True ] || fail "CPU_AND_NE is not what half precision gives"
[ "$(above CPU_AND_NE float32)" = False ] || fail "half precision is not float32"

# Outputs that are wrong are found; a file that is cut off is an error that names it.
output=$(find "$kit/results/outputs/ALL" -name '*.npy' | sort | head -1)
python3 -c "import numpy, sys; a = numpy.load(sys.argv[1]); numpy.save(sys.argv[1], a * 2 + 1)" "$output"
! "$anemone" verify --device-results "$kit" >/dev/null || fail "wrong outputs were accepted"
truncate -s 20 "$output"
! "$anemone" verify --device-results "$kit" >/dev/null 2>"$folder/error" || fail "half a file was accepted"
grep -q "$(basename "$output")" "$folder/error" || fail "the error does not name the file: $(cat "$folder/error")"
