// SPDX-License-Identifier: Apache-2.0
#include "base/json.h"

#include <set>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/mapped_file.h"

namespace anemone {
namespace {

constexpr int kMaxDepth = 64;

std::string reason(const nlohmann::json::parse_error& error) {
  std::string text = error.what();  // "[json.exception.parse_error.101] parse error at line 1, column 2: ..."
  const size_t start = text.find("parse error");
  return start == std::string::npos ? text : text.substr(start);
}

}  // namespace

Json parse_json(std::string_view text) {
  std::vector<std::set<std::string>> keys;
  const auto watch = [&](int depth, Json::parse_event_t event, Json& value) {
    if (depth > kMaxDepth) fail("JSON is nested deeper than {} levels", kMaxDepth);
    if (event == Json::parse_event_t::object_start) keys.emplace_back();
    if (event == Json::parse_event_t::object_end) keys.pop_back();
    if (event == Json::parse_event_t::key && !keys.back().insert(value.get<std::string>()).second)
      fail("key {} appears twice", value.get<std::string>());
    return true;
  };
  try {
    return Json::parse(text.begin(), text.end(), watch);
  } catch (const nlohmann::json::parse_error& error) {
    throw Error(reason(error));
  }
}

Json read_json(const std::filesystem::path& path) {
  const auto file = MappedFile::open(path);
  const auto bytes = file->bytes();
  return with_context(path.string(), [&] {
    return parse_json({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  });
}

}  // namespace anemone
