// SPDX-License-Identifier: Apache-2.0
// A program that answers lines: both sides of a comparison run as one, and take turns.
#pragma once

#include <string>
#include <vector>

namespace anemone::bench {

class Child {
 public:
  // Starts it; standard error is inherited. Throws Error when it cannot be started.
  explicit Child(const std::vector<std::string>& command);
  ~Child();  // closes its input and waits for its end
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  std::string read_line();                   // Error when it ended
  std::string ask(const std::string& line);  // sends a line and reads one
  double cpu_seconds() const;                // that its threads used so far

 private:
  int process_ = -1;
  int to_ = -1;
  int from_ = -1;
  std::string buffer_;
};

}  // namespace anemone::bench
