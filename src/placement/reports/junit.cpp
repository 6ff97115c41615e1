// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"
#include "placement/reports.h"

namespace anemone {
namespace {

std::string escaped(const std::string& text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      default:
        result += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;  // XML 1.0 has no control characters
    }
  }
  return result;
}

void add_function(const ExplainedModel& model, const PlacedFunction& function, std::string& text) {
  int skipped = 0;
  for (const PlacedOp& op : function.ops) skipped += reason_of(op) ? 1 : 0;
  const std::string suite = escaped(model.name + ":" + function.name);
  text += fmt::format("  <testsuite name=\"{}\" tests=\"{}\" failures=\"0\" skipped=\"{}\">\n", suite,
                      function.ops.size(), skipped);
  for (const PlacedOp& op : function.ops) {
    text += fmt::format("    <testcase classname=\"{}\" name=\"{}\"", suite, escaped(op_name(op)));
    const Verdict* reason = reason_of(op);
    text += reason ? fmt::format("><skipped message=\"{}: {}: {}\"/></testcase>\n", name_of(op.preferred),
                                 reason->rule->code, escaped(reason->reason))
                   : std::string("/>\n");
  }
  text += "  </testsuite>\n";
}

}  // namespace

std::string explanation_junit(const Explanation& explanation, const std::string& condition) {
  std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n";
  for (const ExplainedModel& model : explanation.models)
    for (const PlacedFunction& function : model.functions) add_function(model, function, text);
  if (!condition.empty()) {
    const bool failed = fails(explanation, condition);
    text += fmt::format("  <testsuite name=\"fail-if\" tests=\"1\" failures=\"{}\" skipped=\"0\">\n", failed ? 1 : 0);
    text += fmt::format("    <testcase classname=\"fail-if\" name=\"{}\"", escaped(condition));
    text += failed ? "><failure message=\"the condition holds\"/></testcase>\n" : "/>\n";
    text += "  </testsuite>\n";
  }
  return text + "</testsuites>";
}

}  // namespace anemone
