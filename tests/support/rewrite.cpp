// SPDX-License-Identifier: Apache-2.0
// anemone-rewrite IN OUT: reads a model, renames everything inside it and writes it anew.
#include <cstdio>

#include "export/package.h"
#include "import/package.h"
#include "ir/verify.h"
#include "ops/ops.h"
#include "rename.h"

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: anemone-rewrite IN OUT\n");
    return 2;
  }
  try {
    const anemone::Program program = anemone::test::renamed(anemone::read_package(argv[1]));
    anemone::verify(program, anemone::op_table());
    anemone::write_package(program, argv[2]);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return 1;
  }
  return 0;
}
