#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The check must find each kind of fault: a sound little tree passes, and each one change to it makes it fail.
set -euo pipefail
check=$(cd "$(dirname "$0")" && pwd)/check.sh
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
spdx='// SPDX-License-Identifier: Apache-2.0'

sound_tree() {
  rm -rf "${tree:?}"/*
  mkdir -p "$tree"/src/{base,formats,kernels,ir,import,passes,cli} "$tree/include/anemone"
  echo "$spdx" | tee "$tree"/src/{base/error,formats/npy,kernels/gemm,import/importer,ir/type}.h >"$tree/include/anemone/a.h"
  printf '%s\n#include "anemone/a.h"\n#include "base/error.h"\n#include "ir/type.h"\n#include <vector>\n' "$spdx" >"$tree/src/ir/type.cpp"
  printf '%s\n#include "formats/npy.h"\n  #  include "ir/type.h"\n' "$spdx" >"$tree/src/passes/pass.cpp"
}

# expect_fault PATTERN: the tree as it stands must fail with a line that matches.
expect_fault() {
  local output
  if output=$("$check" "$tree"); then echo "not found: $1"; exit 1; fi
  grep -q "$1" <<<"$output" || { printf 'expected %s, found:\n%s\n' "$1" "$output"; exit 1; }
  sound_tree
}

sound_tree
"$check" "$tree"
echo '#include "ir/type.h"' >>"$tree/src/base/error.h"
expect_fault 'src/base/error.h:2: base includes ir/type.h of a higher floor'
echo ' # include "formats/npy.h"' >>"$tree/src/kernels/gemm.h"
expect_fault 'src/kernels/gemm.h:2: kernels includes its sibling formats/npy.h'
echo '#include <import/importer.h>' >>"$tree/src/passes/pass.cpp"
expect_fault 'passes includes its sibling import/importer.h'
echo '#include "type.h"' >>"$tree/src/ir/type.cpp"
expect_fault '"type.h" is not written from src/'
echo '#include "../base/error.h"' >>"$tree/src/ir/type.cpp"
expect_fault '"../base/error.h" is in no folder of src/'
echo '#include "ir/type.h"' >>"$tree/include/anemone/a.h"
expect_fault 'a public header includes ir/type.h'
mkdir "$tree/src/helpers" && echo "$spdx" >"$tree/src/helpers/x.cpp"
expect_fault 'src/helpers is on no floor'
echo 'int x;' >"$tree/src/ir/x.cpp"
expect_fault 'src/ir/x.cpp:1: the first line is not an SPDX'
printf '// in /%s/main\n' work >>"$tree/src/ir/type.h"
expect_fault 'src/ir/type.h:2: names a path of one machine'
{ echo "$spdx"; seq 600 | sed 's|^|// |'; } >"$tree/src/ir/long.h"
expect_fault 'src/ir/long.h: 601 lines'
{ echo "$spdx"; seq 450 | sed 's|^|// |'; } >"$tree/src/ir/long.h"
"$check" "$tree" | grep -q 'note: src/ir/long.h: 451 lines'
