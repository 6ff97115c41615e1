// SPDX-License-Identifier: Apache-2.0
#include <anemone/model.h>
#include <anemone/version.h>

#include <iostream>

// Prints the version; with arguments, runs a model on zeros and prints its outputs' names.
int main(int argc, char** argv) {
  if (argc < 2) {
    std::cout << anemone::version();
    return 0;
  }
  anemone::Model model = anemone::Model::open(argv[1]);
  std::map<std::string, anemone::Array> inputs;
  for (const std::string& name : model.inputs()) inputs[name] = anemone::Array::of({1, 128}, std::vector<int32_t>(128));
  for (const auto& [name, array] : model.run(inputs)) std::cout << name << ' ' << array.floats().size() << '\n';
}
