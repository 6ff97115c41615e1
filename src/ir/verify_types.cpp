// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"
#include "ir/verify_internal.h"

namespace anemone {
namespace {

constexpr int64_t kMaxElements = int64_t{1} << 40;
constexpr int kMaxNesting = 32;

void check_dim(const Dim& dim, const Type& type) {
  if (!dim.is_constant()) return;
  if (dim.value() < 0) fail("{} has a negative dimension", type.str());
  if (dim.value() >= kMaxElements) fail("{} has a dimension that is too large", type.str());
}

void check_tensor(const Type& type) {
  int64_t count = 1;
  for (const Dim& dim : type.shape) {
    check_dim(dim, type);
    if (!dim.is_constant() || dim.value() == 0) continue;
    if (count > kMaxElements / dim.value()) fail("{} has too many elements", type.str());
    count *= dim.value();
  }
}

size_t wanted_elements(Type::Kind kind, size_t found) {
  switch (kind) {
    case Type::Kind::kTensor:
      return 0;
    case Type::Kind::kTuple:
      return found;
    case Type::Kind::kDictionary:
      return 2;
    default:
      return 1;
  }
}

void check_type_at(const Type& type, int opset, int depth) {
  if (depth > kMaxNesting) fail("a type is nested too deep");
  if (type.elements.size() != wanted_elements(type.kind, type.elements.size())) fail("malformed type");
  if (type.is_tensor()) return check_tensor(type);
  for (const Type& element : type.elements) check_type_at(element, opset, depth + 1);
  if (type.kind == Type::Kind::kList) check_dim(type.length, type);
  if (!type.is_state()) return;
  if (opset < 8) fail("states need CoreML8");
  const Type& held = type.elements[0];
  if (!held.is_concrete() || held.dtype != DType::kFloat16)
    fail("a state holds a float16 tensor of fixed shape, not {}", held.str());
}

}  // namespace

void check_type(const Type& type, int opset) { check_type_at(type, opset, 0); }

void check_constant(const Constant& constant, int opset) {
  const Type& type = constant.type();
  check_type(type, opset);
  if (type.is_state()) fail("a state cannot be a constant");
  if (type.is_tensor()) {
    if (!type.is_concrete()) fail("a constant of type {} has no fixed shape", type.str());
    return;
  }
  const auto& members = constant.members();
  const bool list = type.kind == Type::Kind::kList;
  if (list && provably_different(type.length, static_cast<int64_t>(members.size())))
    fail("{} members in {}", members.size(), type.str());
  if (type.kind == Type::Kind::kTuple && members.size() != type.elements.size())
    fail("{} members in {}", members.size(), type.str());
  if (type.kind == Type::Kind::kDictionary && members.size() % 2 != 0) fail("a key of {} has no value", type.str());
  for (size_t i = 0; i < members.size(); ++i) {
    const Type& wanted = type.elements[list ? 0 : type.kind == Type::Kind::kTuple ? i : i % 2];
    if (!compatible(wanted, members[i].type())) fail("member {} of {} is {}", i, type.str(), members[i].type().str());
    check_constant(members[i], opset);
  }
}

}  // namespace anemone
