// SPDX-License-Identifier: Apache-2.0
#include "base/json.h"

#include <set>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/mapped_file.h"

namespace anemone {
namespace {

constexpr size_t kMaxDepth = 64;

std::string reason(const nlohmann::detail::exception& error) {
  std::string text = error.what();  // "[json.exception.parse_error.101] parse error at line 1, column 2: ..."
  const size_t start = text.find("parse error");
  return start == std::string::npos ? text : text.substr(start);
}

// Builds the document itself, because the parser's own way looks every key up among all before it: quadratic in the
// size of an object, and vocabularies have 10^5 keys.
class DocumentBuilder : public nlohmann::json_sax<Json> {
 public:
  Json take() { return std::move(root_); }

  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(number_integer_t value) override { return add(value); }
  bool number_unsigned(number_unsigned_t value) override { return add(value); }
  bool number_float(number_float_t value, const string_t&) override { return add(value); }
  bool string(string_t& value) override { return add(std::move(value)); }
  bool binary(binary_t& value) override { return add(std::move(value)); }

  bool start_object(size_t) override {
    open(Json::object());
    keys_.emplace_back();
    return true;
  }
  bool key(string_t& name) override {
    if (!keys_.back().insert(name).second) fail("key {} appears twice", name);
    auto& members = open_.back()->get_ref<Json::object_t&>();
    members.emplace_back(name, nullptr);
    member_ = &members.back().second;
    return true;
  }
  bool end_object() override {
    keys_.pop_back();
    return close();
  }
  bool start_array(size_t) override {
    open(Json::array());
    return true;
  }
  bool end_array() override { return close(); }

  bool parse_error(size_t, const std::string&, const nlohmann::detail::exception& error) override {
    throw Error(reason(error));
  }

 private:
  Json& place(Json value) {
    if (open_.empty()) return root_ = std::move(value);
    if (open_.back()->is_object()) return *member_ = std::move(value);
    return open_.back()->get_ref<Json::array_t&>().emplace_back(std::move(value));
  }
  bool add(Json value) {
    place(std::move(value));
    return true;
  }
  void open(Json value) {
    if (open_.size() >= kMaxDepth) fail("JSON is nested deeper than {} levels", kMaxDepth);
    open_.push_back(&place(std::move(value)));
  }
  bool close() {
    open_.pop_back();
    return true;
  }

  Json root_;
  std::vector<Json*> open_;  // the containers around the current position; none of them moves while it is open
  std::vector<std::set<std::string>> keys_;  // of each open object
  Json* member_ = nullptr;                   // the value of the last key
};

}  // namespace

Json parse_json(std::string_view text) {
  DocumentBuilder builder;
  Json::sax_parse(text.begin(), text.end(), &builder);  // a fault throws
  return builder.take();
}

Json read_json(const std::filesystem::path& path) {
  const auto file = MappedFile::open(path);
  const auto bytes = file->bytes();
  return with_context(path.string(), [&] {
    return parse_json({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  });
}

}  // namespace anemone
