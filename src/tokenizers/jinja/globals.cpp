// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"
#include "tokenizers/jinja/evaluator.h"

namespace anemone::jinja {
namespace {

constexpr int64_t kLongestRange = 100'000;

Value range(const Arguments& arguments) {
  const auto& given = arguments.positional;
  if (given.empty() || given.size() > 3) fail("range takes one to three numbers");
  const int64_t begin = given.size() == 1 ? 0 : given[0].integer();
  const int64_t end = given.size() == 1 ? given[0].integer() : given[1].integer();
  const int64_t step = given.size() == 3 ? given[2].integer() : 1;
  if (step == 0) fail("range cannot have a step of 0");
  List list;
  for (int64_t i = begin; step > 0 ? i < end : i > end;) {
    if (static_cast<int64_t>(list.size()) >= kLongestRange) fail("range gives more than {} numbers", kLongestRange);
    list.emplace_back(i);
    if (__builtin_add_overflow(i, step, &i)) break;
  }
  return list;
}

Value make_namespace(const Arguments& arguments) {
  auto space = std::make_shared<Namespace>();
  for (const Value& given : arguments.positional)
    for (const auto& [name, value] : given.dict()) space->members.emplace_back(name.text(), value);
  for (const auto& [name, value] : arguments.named) {
    value.check_member();
    space->members.emplace_back(name, value);
  }
  return space;
}

Value make_dict(const Arguments& arguments) {
  Dict dict;
  for (const Value& given : arguments.positional) dict = given.dict();
  for (const auto& [name, value] : arguments.named) dict.emplace_back(Value(name), value);
  return dict;
}

Value raise_exception(const Arguments& arguments) { fail("{}", to_text(required(arguments, 0, "message"))); }

Value format_time(std::time_t now, const std::string& format) {
  std::tm local{};
  if (localtime_r(&now, &local) == nullptr) fail("strftime_now: there is no such time");
  if (format.empty()) return "";
  char text[1024];
  const size_t size = std::strftime(text, sizeof text, format.c_str(), &local);
  if (size == 0) fail("strftime_now: the result is empty or too long");
  return std::string(text, size);
}

}  // namespace

Dict global_functions(std::time_t now) {
  return {{"range", Function(range)},
          {"namespace", Function(make_namespace)},
          {"dict", Function(make_dict)},
          {"raise_exception", Function(raise_exception)},
          {"strftime_now", Function([now](const Arguments& arguments) {
             return format_time(now, required(arguments, 0, "format").text());
           })}};
}

}  // namespace anemone::jinja
