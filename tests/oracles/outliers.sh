#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Outlier channels at the size of GPT-2: a mean in half precision costs what it costs trained models.
set -euo pipefail
cd "$(dirname "$0")/../.."
build/release/tests/anemone-outliers
