// SPDX-License-Identifier: Apache-2.0
// Reasons that one op does not decide: those of whole programs (judged in placement/gates) and those of the plan
// (judged in placement/place). They have no test of their own here.
#include "placement/rule.h"

namespace anemone {

void register_rule_programs(RuleTable& table) {
  table.add({"ANE090",
             Unit::kAne,
             "No Neural Engine for ML Programs",
             "Below A14 there is no Neural Engine for ML Programs: the compiler starts with A14 and M1.",
             "Target A14 or M1 and later, or ship a NeuralNetwork model for older devices.",
             "ANEForge: the compiler of MIL asserts family H13; coremltools.",
             {Family::kH11, Family::kH12, 0, 99}});
  table.add(
      {"ANE091", Unit::kAne, "The system is too old",
       "The program's format is newer than the system: CoreML5 needs iOS 15 or macOS 12, CoreML8 iOS 18 or macOS 15.",
       "Convert for an older --minimum-deployment-target.", "Apple's format reference."});
  table.add(
      {"ANE092", Unit::kAne, "A weight file of 2 GiB or more",
       "A weight file of 2 GiB or more takes the whole program off the Neural Engine.",
       "Store the weights in several files below 2 GiB each, or split the program (anemone chunk).",
       "gemma-coreml-chat, macOS 26: 1.61 GB all 96 ops, 2.15 GB none of 128, the same 3.2 GB in four files all 192; "
       "M1 Max, macOS 13: one file between 2 and 3 GB fell to the CPU. An M2 on macOS 13 ran one of 5.5 GB, so "
       "between the two systems the limit is set for H13 only."});
  table.add(
      {"ANE093", Unit::kAne, "The address window is full",
       "All programs that are loaded share one window of addresses: 3.76 GB in A14 and M1, 34.4 GB from M2 on.",
       "Compress the weights, load fewer programs at a time, or target a newer chip.",
       "eiln/ane driver and ioreg: size 0xE0000000; M1 Max: four programs of 800 MB fit, the fifth goes to the CPU "
       "(\"VM exhausted\"); six copies of one program fit, being loaded once. Weights count as they are expanded: "
       "palettes and sparse weights are dense fp16 before iOS 17 and macOS 14."});
  table.add({"ANE094",
             Unit::kAne,
             "The program is too deep",
             "The compiler of M6 overflows its stack on more than 386 convolutions in a chain.",
             "Split the program (anemone chunk).",
             "751K defects.md, M6: 386 compile, more fail without a message; M4: 448 compile.",
             {Family::kH18, Family::kH18, 0, 99}});
  table.add(
      {"ANE095",
       Unit::kAne,
       "Several states",
       "A program with more than one state fails on the Neural Engine when it is called.",
       "Keep all caches in one state, stacked along an axis.",
       "CoreML-LLM: error 0x1d with two states (LFM2, Qwen3.5), though it also ships Gemma with two; Anemll uses one.",
       {},
       RuleStatus::kUnknown});
  table.add(
      {"ANE096", Unit::kAne, "Flexible shapes",
       "A program whose inputs have ranges of lengths runs off the Neural Engine; enumerated shapes may stay.",
       "Enumerate up to 128 shapes instead of a range.",
       "coremltools flexible-inputs guide; FluidAudio: 0 % with ranges, 94 % with buckets; ExecuTorch. Flexible with "
       "states: coremltools issues 2553 and 2600."});
  table.add({"ANE097", Unit::kAne, "Not among the compute units", "The compute units leave the Neural Engine out.",
             "Use ALL or CPU_AND_NE.", "Core ML's configuration."});
  table.add(
      {"ANE098", Unit::kAne, "Too little to gain",
       "A segment on the Neural Engine costs 0.125 ms to launch and 0.125 ms at each change of unit and for a result "
       "of the program, and these ops save less.",
       "Make the neighbouring ops run on the Neural Engine too, or give the program more work.",
       "751K: a shortest path with the constants of the analytics header gives 440 of 482 programs exactly and 41 "
       "more as ties; M1: 119 of 119 ops."});
  table.add({"ANE099", Unit::kAne, "Another unit is believed faster",
             "The compiler believes that another unit runs these ops sooner.", "Use CPU_AND_NE to keep the GPU out.",
             "erwinzhang7: on an M4 Pro the attention of DistilBERT goes to the GPU, on an M5 Max everything."});
  table.add({"GPU097", Unit::kGpu, "Not among the compute units", "The compute units leave the GPU out.", "",
             "Core ML's configuration."});
}

}  // namespace anemone
