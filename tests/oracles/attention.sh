#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# 500 drawn attentions through all passes: results kept, at least 95 of 100 in the form of the Neural Engine.
set -euo pipefail
cd "$(dirname "$0")/../.."
build/release/tests/anemone-attention-trials 500 1000
