// SPDX-License-Identifier: Apache-2.0
#include "ir/patch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "base/error.h"
#include "ir/text.h"
#include "ir/verify.h"
#include "ops/ops.h"

namespace anemone {
namespace {

using testing::HasSubstr;

// A function from statements on an input x, its values by name, and what becomes of it.
class Edited {
 public:
  explicit Edited(const std::string& statements, const std::string& outputs, const std::string& more_inputs = "")
      : program_(parse("program(1.0) { func main<ios18>(tensor<fp32, [2]> x" + more_inputs + ") {" + statements +
                           "} -> (" + outputs + "); }",
                       op_table())),
        graph_(program_.main()) {
    verify(program_, op_table());
    for (const Output& input : program_.main().inputs) ids_[input.name] = input.id;
    for_each_op(program_.main().body, [this](const Op& op) {
      for (const Output& output : op.outputs) ids_[output.name] = output.id;
    });
  }

  ValueId operator[](const std::string& name) const { return ids_.at(name); }
  const Op& op(const std::string& name) const { return *graph_.producer(ids_.at(name)); }
  Builder builder() const { return {op_table(), graph_}; }

  // Applies, verifies, and gives the text of the body.
  std::string text(const std::vector<Patch>& patches) {
    Applied result = apply(program_.main(), patches, op_table());
    applied = result.applied;
    verify(result.function, op_table());
    Program changed = program_;
    changed.functions["main"] = std::make_shared<const Function>(result.function);
    PrintOptions brief;
    brief.types = false;
    const std::string all = print(changed, brief);
    function = result.function;
    return all.substr(all.find('\n', all.find("func")) + 1);
  }

  std::string error(const std::vector<Patch>& patches) {
    try {
      text(patches);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }

  int applied = 0;
  Function function;

 private:
  Program program_;
  Graph graph_;
  std::map<std::string, ValueId> ids_;
};

Patch unary_before(const Edited& edited, const std::string& anchor, const std::string& type,
                   const std::string& operand) {
  Builder builder = edited.builder();
  builder.add(type, {{"x", edited[operand]}}, type);
  return Patch::insert_before(edited.op(anchor), builder);
}

// `value` becomes type(`value`) for its users.
Patch wrapped(const Edited& edited, const std::string& value, const std::string& anchor, const std::string& type) {
  Patch patch = unary_before(edited, anchor, type, value);
  patch.replace[edited[value]] = patch.insert.back()->id();
  return patch;
}

TEST(Patch, ReplacesUsesEverywhereButInItself) {
  Edited edited(
      "p = const()[val = bool(true)]; a = relu(x = x); tensor<fp32, [2]> y = cond(pred = p)"
      "() { tensor<fp32, [2]> b = tanh(x = a); } -> (b) () { } -> (a);",
      "y");
  const std::string text = edited.text({wrapped(edited, "a", "y", "exp")});
  EXPECT_THAT(text, HasSubstr("exp = exp(x = a)"));
  EXPECT_THAT(text, HasSubstr("b = tanh(x = exp)"));
  EXPECT_THAT(text, HasSubstr("} -> (exp)"));
}

TEST(Patch, InsertsInNestedBlocks) {
  Edited edited(
      "p = const()[val = bool(true)]; tensor<fp32, [2]> y = cond(pred = p)"
      "() { tensor<fp32, [2]> b = tanh(x = x); tensor<fp32, [2]> c = relu(x = b); } -> (c) () { } -> (x);",
      "y");
  EXPECT_THAT(edited.text({wrapped(edited, "b", "c", "exp")}),
              HasSubstr("b = tanh(x = x);\n        exp = exp(x = b);\n        c = relu(x = exp);"));
  Patch end = unary_before(edited, "y", "exp", "x");
  end.place = {edited["y"], 1};
  end.replace[edited["c"]] = end.insert.back()->id();
  EXPECT_THAT(edited.error({end}), HasSubstr("not defined before it"));  // the other branch cannot see it
  end.replace.clear();
  EXPECT_THAT(edited.text({end}), HasSubstr("() {\n        exp = exp(x = x);\n      } -> (x)"));
}

TEST(Patch, OutputNamesSurvive) {
  Edited edited("a = relu(x = x); y = identity(x = a); z = tanh(x = a);", "y, z");
  EXPECT_EQ(edited.text({Patch::use_instead(edited["y"], edited["a"])}),
            "    y = relu(x = x);\n    y_0 = identity(x = y);\n    z = tanh(x = y);\n  } -> (y, z);\n}\n");
  // An input, another output and a constant cannot take the name.
  EXPECT_THAT(edited.text({Patch::use_instead(edited["y"], edited["x"])}), HasSubstr("    y = identity(x = x);\n"));
  EXPECT_THAT(edited.text({Patch::use_instead(edited["y"], edited["z"])}), HasSubstr("    y = identity(x = z);\n"));
  Builder builder = edited.builder();
  const ValueId constant = builder.constant(floats({2}, {1, 2}), "c");
  Patch patch = Patch::insert_before(edited.op("y"), builder);
  patch.replace[edited["y"]] = constant;
  EXPECT_THAT(edited.text({patch}), HasSubstr("    y = identity(x = c);\n"));
  EXPECT_EQ(edited.function.output_features[0].name, "y");
}

TEST(Patch, NamesAndNumbersOfNewOpsAreFresh) {
  Edited edited("a = relu(x = x); b = tanh(x = a); y = add(x = a, y = b);", "y");
  const std::string text = edited.text({wrapped(edited, "a", "b", "exp"), wrapped(edited, "b", "y", "exp")});
  EXPECT_EQ(edited.applied, 2);  // neither touches what the other reads
  EXPECT_THAT(
      text,
      HasSubstr(
          "exp = exp(x = a);\n    b = tanh(x = exp);\n    exp_0 = exp(x = b);\n    y = add(x = exp, y = exp_0);"));
  EXPECT_THAT(edited.text({unary_before(edited, "b", "relu", "a"), unary_before(edited, "y", "relu", "a")}),
              HasSubstr("relu = relu(x = a);\n    b = tanh(x = a);\n    relu_0 = relu(x = a);"));
  EXPECT_EQ(edited.applied, 2);
}

TEST(Patch, RemovedNamesAreFree) {
  Edited edited("a = relu(x = x); y = tanh(x = a);", "y");
  Builder builder = edited.builder();
  const ValueId made = builder.add("exp", {{"x", edited["x"]}}, "a");
  Patch patch = Patch::insert_before(edited.op("a"), builder);
  patch.replace[edited["a"]] = made;
  patch.remove = {edited["a"]};
  EXPECT_EQ(edited.text({patch}), "    a = exp(x = x);\n    y = tanh(x = a);\n  } -> (y);\n}\n");
}

TEST(Patch, RebuildKeepsNumbersAndNames) {
  Edited edited("a = relu(x = x); y = tanh(x = a);", "y");
  auto other = std::make_shared<Op>(edited.op("a"));
  other->type = "exp";
  other->name = "whatever";
  Patch patch;
  patch.rebuild[edited["a"]] = other;
  EXPECT_THAT(edited.text({patch}), HasSubstr("a = exp(x = x);\n    y = tanh(x = a);"));
  other->outputs[0].id = edited["y"];
  EXPECT_THAT(edited.error({patch}), HasSubstr("op a is rebuilt with other outputs"));
}

TEST(Patch, ConflictingPatchesAreSkipped) {
  Edited edited("a = relu(x = x); b = identity(x = a); c = identity(x = b); y = tanh(x = c);", "y");
  Patch first = Patch::use_instead(edited["b"], edited["a"]);
  first.remove = {edited["b"]};
  Patch second = Patch::use_instead(edited["c"], edited["b"]);
  second.remove = {edited["c"]};
  EXPECT_EQ(edited.text({first, second}),
            "    a = relu(x = x);\n    c = identity(x = a);\n    y = tanh(x = c);\n  } -> (y);\n}\n");
  EXPECT_EQ(edited.applied, 1);
  // One that takes away what an earlier one reads.
  Patch removes = Patch::use_instead(edited["b"], edited["a"]);
  EXPECT_EQ(edited.text({unary_before(edited, "y", "exp", "b"), removes}).find("exp(x = a)"), std::string::npos);
  EXPECT_EQ(edited.applied, 1);
}

TEST(Patch, RefusesWhatDoesNotFit) {
  Edited edited(
      "axes = const()[val = tensor<int32, [1]>([0])]; a = relu(x = x); s = reduce_sum(axes = axes, x = a);"
      "y = tanh(x = a);",
      "y, s");
  Patch remove;
  remove.remove = {edited["a"]};
  EXPECT_THAT(edited.error({remove}), HasSubstr("uses a, whose op is removed"));
  EXPECT_THAT(edited.error({Patch::use_instead(edited["a"], edited["s"])}), HasSubstr("cannot stand for a"));
  EXPECT_THAT(edited.error({Patch::use_instead(edited["a"], edited["y"])}), HasSubstr("not defined before it"));
  EXPECT_THAT(edited.error({Patch::use_instead(edited["a"], 999)}), HasSubstr("uses value 999"));
  Patch nowhere = unary_before(edited, "y", "exp", "a");
  nowhere.place.op = 999;
  EXPECT_THAT(edited.error({nowhere}), HasSubstr("there is no op 999 to insert at"));
  nowhere.place = {edited["y"], 0};
  EXPECT_THAT(edited.error({nowhere}), HasSubstr("there is no block 0"));
  Patch lying = unary_before(edited, "y", "exp", "a");
  auto op = std::make_shared<Op>(*lying.insert[0]);
  op->outputs[0].type = Type::tensor(DType::kFloat32, ConcreteShape{3});
  lying.insert[0] = op;
  EXPECT_THAT(edited.error({lying}), HasSubstr("new op exp (exp) declares other results"));
}

TEST(Patch, Provenance) {
  Edited edited("a = relu(x = x)[provenance = \"layer.0\"]; y = tanh(x = a);", "y");
  Patch patch = wrapped(edited, "a", "y", "exp");
  patch.pass = "some_pass";
  EXPECT_THAT(edited.text({patch}), HasSubstr("exp = exp(x = a)[provenance = \"layer.0|some_pass\"]"));
  EXPECT_EQ(with_pass("layer.0|some_pass", "some_pass"), "layer.0|some_pass");
  EXPECT_EQ(with_pass("layer.0|some_pass", "other"), "layer.0|some_pass|other");
}

TEST(Patch, RetypesInputs) {
  Edited edited("half = const()[val = string(\"fp32\")]; a = relu(x = x); y = tanh(x = a);", "y");
  Patch patch;
  patch.retype_inputs.emplace(edited["x"], Type::tensor(DType::kFloat32, ConcreteShape{3}));
  for (const char* name : {"a", "y"}) {
    auto op = std::make_shared<Op>(edited.op(name));
    op->outputs[0].type = Type::tensor(DType::kFloat32, ConcreteShape{3});
    patch.rebuild[edited[name]] = op;
  }
  const Applied result = apply(parse("program(1.0) { func main<ios18>(tensor<fp32, [2]> x) { half = const()[val = "
                                     "string(\"fp32\")]; a = relu(x = x); y = tanh(x = a); } -> (y); }",
                                     op_table())
                                   .main(),
                               {patch}, op_table());
  EXPECT_EQ(result.function.inputs[0].type.str(), "tensor<fp32, [3]>");
  EXPECT_EQ(result.function.input_features[0].shape, ConcreteShape{3});
}

TEST(Patch, ManyPatchesTakeOneTraversal) {
  std::string statements = "v0 = relu(x = x);";
  for (int i = 1; i < 4000; ++i) statements += fmt::format("v{} = tanh(x = v{});", i, i - 1);
  Edited edited(statements, "v3999");
  std::vector<Patch> patches;
  for (int i = 2; i < 4000; i += 2) patches.push_back(unary_before(edited, fmt::format("v{}", i), "exp", "v0"));
  const auto start = std::chrono::steady_clock::now();
  edited.text(patches);
  EXPECT_EQ(edited.applied, 1999);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));  // quadratic would take minutes
}

}  // namespace
}  // namespace anemone
