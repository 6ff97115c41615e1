// SPDX-License-Identifier: Apache-2.0
// anemone-one-file IN OUT: a model as one message that holds its weights itself. Seeds for fuzzing are made with it.
#include <cstdio>

#include "export/program_writer.h"
#include "formats/model_proto.h"
#include "import/package.h"

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: anemone-one-file IN OUT\n");
    return 2;
  }
  try {
    anemone::OutputFile file(argv[2]);
    anemone::write_model(anemone::write_program(anemone::read_package(argv[1]), nullptr), file);
    file.close();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return 1;
  }
  return 0;
}
