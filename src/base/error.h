// SPDX-License-Identifier: Apache-2.0
// Errors that a user must see. An Error carries a chain of contexts, outermost first, and reads as one line:
// "model.safetensors: tensor h.0.weight: shape [2, 3], expected [3, 2]". A broken invariant is CHECK, not Error.
#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <utility>

namespace anemone {

class Error : public std::runtime_error {
 public:
  explicit Error(const std::string& message) : std::runtime_error(message) {}
  // The same error seen from one level further out.
  Error within(const std::string& context) const { return Error(context + ": " + what()); }
};

template <typename... Args>
[[noreturn]] void fail(fmt::format_string<Args...> format, Args&&... args) {
  throw Error(fmt::format(format, std::forward<Args>(args)...));
}

// Runs `body`; an Error that leaves it gets `context` in front.
template <typename Body>
decltype(auto) with_context(const std::string& context, Body&& body) {
  try {
    return std::forward<Body>(body)();
  } catch (const Error& error) {
    throw error.within(context);
  }
}

[[noreturn]] void check_failed(const char* file, int line, const char* condition);

}  // namespace anemone

// An invariant of our own code, checked in every build. Never for input that a user can get wrong.
#define CHECK(condition) ((condition) ? static_cast<void>(0) : ::anemone::check_failed(__FILE__, __LINE__, #condition))
