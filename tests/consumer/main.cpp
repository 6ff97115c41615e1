// SPDX-License-Identifier: Apache-2.0
#include <anemone/version.h>

#include <iostream>

int main() { std::cout << anemone::version(); }
