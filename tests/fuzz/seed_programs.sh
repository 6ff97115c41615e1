#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Seeds for fuzz_program: the small programs of tests/data, each in one file with its weights.
#   seed_programs.sh ANEMONE_ONE_FILE OUT [MOST_BYTES]
set -euo pipefail
tool=$(realpath "$1")
mkdir -p "$2"
out=$(realpath "$2")
most=${3:-20000}
cd "$(dirname "$0")/../data"
find golden made harvest \( -name '*.mlpackage' -prune -o -name '*.mlmodel' \) -print | sort | while read -r package; do
  seed=$out/$(tr / _ <<<"${package%.ml*}")
  if ! "$tool" "$package" "$seed" || [ "$(stat -c %s "$seed")" -gt "$most" ]; then rm -f "$seed"; fi
done
