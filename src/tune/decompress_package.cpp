// SPDX-License-Identifier: Apache-2.0
#include <map>

#include "export/package.h"
#include "import/package.h"
#include "ir/graph.h"
#include "ir/patch.h"
#include "ir/verify.h"
#include "ops/ops.h"
#include "runtime/decompress.h"
#include "tune/compress_package.h"
#include "tune/package_files.h"

namespace anemone {
namespace {

// Plain constants for the results of constexpr ops that other ops use, and these ops taken out.
Function decompressed(const Function& function, const Keep& keep, int& count) {
  const Graph graph(function);
  std::map<ValueId, Constant> plain;
  decompress(function, [&](const Output& output, const Tensor& value) {
    bool used = graph.is_block_output(output.id);
    for (const Op* user : graph.users(output.id)) used |= !is_constexpr(*user);
    if (used) plain.emplace(output.id, keep(converted(value, output.type.dtype)));
  });
  std::vector<Patch> patches;
  for_each_op(function.body, [&](const Op& op) {
    if (!is_constexpr(op)) return;
    Builder builder(op_table(), graph);
    std::map<ValueId, ValueId> replace;
    for (const Output& output : op.outputs)
      if (const auto found = plain.find(output.id); found != plain.end())
        replace[output.id] = builder.constant(found->second, output.name);
    count += replace.empty() ? 0 : 1;
    Patch patch = Patch::insert_before(op, builder);
    patch.replace = std::move(replace);
    patch.remove = {op.id()};
    patch.pass = "decompress";
    patches.push_back(std::move(patch));
  });
  return apply(function, patches, op_table()).function;
}

}  // namespace

int decompress_package(const std::filesystem::path& model, const std::filesystem::path& output,
                       const Progress& progress) {
  Program program = read_package(model);
  with_context(model.string(), [&] { verify(program, op_table()); });
  const std::filesystem::path package = package_path(output);
  ScratchFolder scratch(package);
  int count = 0;
  for (auto& entry : program.functions)
    entry.second = with_context(model.string(), [&] {
      return std::make_shared<const Function>(decompressed(*entry.second, keep_in(scratch), count));
    });
  verify(program, op_table(), VerifyOptions{false});
  program.metadata.user_defined.erase(kCompressionKey);
  write_package(program, package, progress);
  copy_assets(model, package);
  return count;
}

}  // namespace anemone
