#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# compress, killed at 100 random times: the old package or the new one, never something between, and nothing left behind.
set -euo pipefail
cd "$(dirname "$0")/../.."
tests/cli/compress.sh "${ANEMONE:-build/release/anemone}" "$PWD" 100
