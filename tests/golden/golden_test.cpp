// SPDX-License-Identifier: Apache-2.0
// Runs one golden file: what comes after "// RUN:" is done to the program above "// ----" and must give the text below.
//     // RUN: print                     the text itself, parsed and printed
//     // RUN: print inline              constants at their uses
//     // RUN: verify: TEXT              reading or verifying fails, and the message holds TEXT
//     // RUN: verify                    nothing is wrong
//     // RUN: NAME, NAME                these passes, in order
//     // WIDEST: N and the like         settings of passes, see pass_goldens.h
// With --update the expected text is written into the file instead.
#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>

#include "base/error.h"
#include "base/strings.h"
#include "ir/text.h"
#include "ir/verify.h"
#include "ops/ops.h"
#include "pass_goldens.h"
#include "passes/pass.h"

namespace anemone {
namespace {

struct Case {
  std::string run;
  PassSettings settings;
  std::string input;
  std::string expected;
};

std::string read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) fail("{}: cannot be read", path);
  return {std::istreambuf_iterator<char>(file), {}};
}

Case parse_case(const std::string& text) {
  Case result;
  bool below = false;
  for (std::string line : split(text, '\n')) {
    const std::string_view run = "// RUN:";
    if (result.run.empty() && line.rfind(run, 0) == 0) result.run = std::string(trim(line.substr(run.size())));
    if (line == "// ----") {
      below = true;
      continue;
    }
    line += '\n';
    (below ? result.expected : result.input) += line;
  }
  if (result.run.empty()) fail("no line // RUN:");
  result.settings = test::pass_settings_in(text);
  (below ? result.expected : result.input).pop_back();  // split sees a line after the last newline
  return result;
}

// Lines with "-" are missing, lines with "+" were not expected.
std::string line_diff(const std::string& expected, const std::string& found) {
  const auto a = split(expected, '\n');
  const auto b = split(found, '\n');
  std::vector<std::vector<int>> common(a.size() + 1, std::vector<int>(b.size() + 1, 0));
  for (size_t i = a.size(); i-- > 0;)
    for (size_t j = b.size(); j-- > 0;)
      common[i][j] = a[i] == b[j] ? common[i + 1][j + 1] + 1 : std::max(common[i + 1][j], common[i][j + 1]);
  std::string text;
  for (size_t i = 0, j = 0; i < a.size() || j < b.size();) {
    if (i < a.size() && j < b.size() && a[i] == b[j]) {
      text += "  " + a[i++] + "\n";
      ++j;
    } else if (i < a.size() && (j == b.size() || common[i + 1][j] >= common[i][j + 1])) {
      text += "- " + a[i++] + "\n";
    } else {
      text += "+ " + b[j++] + "\n";
    }
  }
  return text;
}

std::string expect_error(const Case& test, const std::string& wanted) {
  try {
    verify(parse(test.input, op_table()), op_table());
  } catch (const Error& error) {
    if (std::string(error.what()).find(wanted) != std::string::npos) return test.expected;
    fail("the message is\n  {}\nand does not hold\n  {}", error.what(), wanted);
  }
  fail("nothing was refused, expected\n  {}", wanted);
}

Program run_passes(const Program& program, const Case& test) {
  verify(program, op_table());
  Program changed = run_passes_by_name(program, split(test.run, ','), op_table(), test.settings);
  verify(changed, op_table());
  return changed;
}

std::string run(const Case& test) {
  const std::string verify_word = "verify:";
  if (test.run.rfind(verify_word, 0) == 0)
    return expect_error(test, std::string(trim(test.run.substr(verify_word.size()))));
  Program program = parse(test.input, op_table());
  PrintOptions options;
  options.constant_ops = test.run != "print inline";
  if (test.run == "verify") {
    verify(program, op_table());
    return test.expected;
  }
  if (test.run != "print" && test.run != "print inline") program = run_passes(program, test);
  const std::string exact = print(program);
  const bool comparable = !difference(program, program);  // not when values are used before they are defined
  if (const auto where = difference(program, parse(exact, op_table())); comparable && where)
    fail("the text is not exact: {}", *where);
  return print(program, options);
}

int check(const std::string& path, bool update) {
  const std::string text = read_text(path);
  const Case test = parse_case(text);
  const std::string found = run(test);
  if (found == test.expected) return 0;
  if (!update) {
    std::cerr << path << ": the result differs\n" << line_diff(test.expected, found);
    return 1;
  }
  std::ofstream(path, std::ios::binary) << test.input << "// ----\n" << found;
  return 0;
}

}  // namespace
}  // namespace anemone

int main(int count, char** arguments) {
  const bool update = count > 1 && std::string(arguments[1]) == "--update";
  int failed = count < 2 ? 2 : 0;
  for (int i = update ? 2 : 1; i < count; ++i) try {
      failed = std::max(failed, anemone::check(arguments[i], update));
    } catch (const anemone::Error& error) {
      std::cerr << arguments[i] << ": " << error.what() << "\n";
      failed = 1;
    }
  return failed;
}
