// SPDX-License-Identifier: Apache-2.0
#include "support/serve.h"
int main(int argc, char** argv) {
  (void)argc;
  anemone::bench::serve(argv[2], argv[3], std::stoi(argv[4]), argv[5]);
}
