// SPDX-License-Identifier: Apache-2.0
// read_state, write_state and coreml_update_state. The executor holds the states and interprets these ops. A write
// gives the state's next version; coreml_update_state is a write followed by a read and gives the tensor.
#include "base/error.h"
#include "ops/ops.h"

namespace anemone {
namespace {

const Type& held_type(const Arguments& args, std::string_view name) {
  const Type& state = args.type(name);
  if (!state.is_state()) fail("{} is {}, expected a state", name, state.str());
  return state.elements.at(0);
}

void expect_fits(const Arguments& args, std::string_view state, std::string_view value) {
  const Type& held = held_type(args, state);
  if (!compatible(held, args.type(value)))
    fail("the state holds {}, {} is {}", held.str(), value, args.type(value).str());
}

std::vector<Type> infer_read(const Arguments& args) { return {held_type(args, "input")}; }

std::vector<Type> infer_write(const Arguments& args) {
  expect_fits(args, "input", "data");
  return {args.type("input")};
}

std::vector<Type> infer_update(const Arguments& args) {
  expect_fits(args, "state", "value");
  return {held_type(args, "state")};
}

void add(OpTable& table, const char* name, const char* parameters, std::vector<Type> (*infer)(const Arguments&)) {
  OpDefinition op;
  op.name = name;
  op.signatures = {signature(8, parameters)};
  op.infer = infer;
  op.deterministic = false;  // what is read depends on what was written before
  table.add(std::move(op));
}

}  // namespace

void register_op_states(OpTable& table) {
  add(table, "read_state", "input: any", infer_read);
  add(table, "write_state", "input: any, data: any", infer_write);
  add(table, "coreml_update_state", "state: any, value: any", infer_update);
}

}  // namespace anemone
