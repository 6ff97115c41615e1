// SPDX-License-Identifier: Apache-2.0
#include "support/child.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "base/error.h"

namespace anemone::bench {

Child::Child(const std::vector<std::string>& command) {
  int in[2];
  int out[2];
  if (::pipe2(in, O_CLOEXEC) != 0 || ::pipe2(out, O_CLOEXEC) != 0) fail("{}: no pipe", command.at(0));
  std::vector<char*> arguments;
  for (const std::string& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  process_ = ::fork();
  if (process_ == 0) {
    ::dup2(in[0], STDIN_FILENO);
    ::dup2(out[1], STDOUT_FILENO);
    ::execvp(arguments[0], arguments.data());
    ::_exit(127);
  }
  ::close(in[0]);
  ::close(out[1]);
  to_ = in[1];
  from_ = out[0];
  if (process_ < 0) fail("{}: cannot be started", command.at(0));
}

Child::~Child() {
  ::close(to_);
  ::close(from_);
  if (process_ > 0) ::waitpid(process_, nullptr, 0);
}

std::string Child::read_line() {
  for (;;) {
    const size_t end = buffer_.find('\n');
    if (end != std::string::npos) {
      const std::string line = buffer_.substr(0, end);
      buffer_.erase(0, end + 1);
      return line;
    }
    char piece[4096];
    const ssize_t count = ::read(from_, piece, sizeof piece);
    if (count <= 0) fail("a program of the comparison ended");
    buffer_.append(piece, static_cast<size_t>(count));
  }
}

std::string Child::ask(const std::string& line) {
  const std::string sent = line + "\n";
  if (::write(to_, sent.data(), sent.size()) != static_cast<ssize_t>(sent.size()))
    fail("a program of the comparison ended");
  return read_line();
}

double Child::cpu_seconds() const {
  std::ifstream file(fmt::format("/proc/{}/stat", process_));
  std::string field;
  double ticks = 0;
  for (int i = 1; i <= 15 && file >> field; ++i)
    if (i >= 14) ticks += std::stod(field);  // user and system time
  return ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

}  // namespace anemone::bench
