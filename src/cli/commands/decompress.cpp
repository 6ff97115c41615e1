// SPDX-License-Identifier: Apache-2.0
// anemone decompress: the same package with plain weights.
#include "cli/command.h"
#include "tune/compress_package.h"

namespace anemone {

void register_command_decompress(CommandTable& table) {
  table.push_back({"decompress", "Give a package plain weights again", [](CLI::App& app) -> CommandBody {
                     const auto model = std::make_shared<std::string>();
                     const auto output = std::make_shared<std::string>();
                     app.add_option("model", *model, ".mlpackage folder or .mlmodel file")->required();
                     app.add_option("-o,--output", *output, "The .mlpackage to write")->required();
                     return [model, output](const CommandContext& context) {
                       const int count = decompress_package(*model, *output, context.progress());
                       if (context.json)
                         context.print_json({{"decompressed", count}});
                       else if (!context.quiet)
                         context.print(fmt::format("{} weights decompressed", count));
                       return kFine;
                     };
                   }});
}

}  // namespace anemone
