#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The search for the first bad op on 200 programs with one fault each, by several seeds: at least 98 % must be found, and
# 93 % where one side is rewritten in all of them.
set -euo pipefail
cd "$(dirname "$0")/../.."
for seed in 71 72; do
  build/release/tests/anemone-bisect-trials tests/data/golden 200 "$seed" 98
  build/release/tests/anemone-bisect-trials tests/data/golden 200 "$seed" 93 -r
done
