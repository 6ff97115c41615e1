#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares `anemone inspect --ane-form` with an independent judge of the Neural Engine form.

Every golden package, as it is and as `anemone optimize` writes it, and 60 drawn attentions before and after the same are
judged by both; verdicts and all counts must be the same. The other judge is not part of this repository: ANEMONE_ORACLES names the folder that holds ane_form.py and
mil_torch.py. Packages named on the command line are judged instead of the golden ones. Without the other judge nothing is
compared, and that is said.
"""
import importlib.util
import json
import logging
import os
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
GOLDEN = os.path.join(ROOT, "tests", "data", "golden")
ANEMONE = os.environ.get("ANEMONE", os.path.join(ROOT, "build", "release", "anemone"))
TRIALS = os.path.join(ROOT, "build", "release", "tests", "anemone-attention-trials")
FIELDS = ("ane_form", "ops", "linear", "matmul_with_weights", "fused_attention", "attention_softmaxes", "attentions",
          "reshape_in_trunk", "folds", "norm_reshapes", "short_reshapes", "transposes_in_trunk", "transposes",
          "short_sequence", "max_rank", "int32_ops_inside", "bool_ops_inside", "infinite_masks", "never_on_ane",
          "runtime_gathers_in_trunk", "bytes", "padded_bytes", "wide_convolutions")
ROW_FIELDS = ("softmaxes", "heads_per_softmax", "key_axis", "queries", "equations", "axis_changes", "by_path")


def skip(reason):
    print("skipped:", reason)
    sys.exit(0)


def load_judge():
    folder = os.environ.get("ANEMONE_ORACLES")
    if not folder:
        skip("ANEMONE_ORACLES is not set: there is no independent judge")
    sys.path.insert(0, folder)
    logging.disable(logging.WARNING)
    path = os.path.join(folder, "ane_form.py")
    if not os.path.exists(path):
        skip(f"{path} does not exist")
    spec = importlib.util.spec_from_file_location("independent_ane_form", path)
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
        import mil_torch
    except ImportError as error:
        skip(str(error))
    return module, mil_torch


def their_verdict(judge, mil_torch, package):
    spec, program = mil_torch.Model(package).stages[0]
    function = spec.description.defaultFunctionName or "main"
    return judge.judge(program, function if function in program.program.functions else "main")


def our_verdict(package):
    made = subprocess.run([ANEMONE, "inspect", package, "--ane-form", "--json", "--fast"], capture_output=True, text=True)
    if made.returncode:
        raise ValueError(made.stderr.strip())
    return json.loads(made.stdout)


def differences(ours, theirs):
    for field in FIELDS:
        if ours[field] != theirs[field]:
            yield f"{field}: {ours[field]}, expected {theirs[field]}"
    if abs(ours["trunk_form_share"] - theirs["trunk_form_share"]) > 1e-4:
        yield f"trunk_form_share: {ours['trunk_form_share']}, expected {theirs['trunk_form_share']}"
    rows = [sorted(json.dumps([row[f] for f in ROW_FIELDS], sort_keys=True) for row in v["attention"]) for v in (ours, theirs)]
    if rows[0] != rows[1]:
        pair = next((p for p in zip(*rows) if p[0] != p[1]), rows)
        yield f"attention {pair[0]}, expected {pair[1]}"


def packages(folder):
    if len(sys.argv) > 1:
        yield from sys.argv[1:]
        return
    with open(os.path.join(GOLDEN, "index.json"), encoding="utf-8") as file:
        entries = json.load(file)
    for i, entry in enumerate(entries):
        package = os.path.join(GOLDEN, entry["package"])
        yield package
        rewritten = os.path.join(folder, f"{i}-{os.path.basename(package)}")
        if not subprocess.run([ANEMONE, "optimize", package, "-o", rewritten, "--no-check", "--quiet"],
                              stdout=subprocess.DEVNULL).returncode:
            yield rewritten
    drawn = os.path.join(folder, "drawn")
    os.mkdir(drawn)
    subprocess.run([TRIALS, "60", "2000", drawn], stdout=subprocess.DEVNULL)
    yield from (os.path.join(drawn, name) for name in sorted(os.listdir(drawn)) if name.endswith(".mlpackage"))


def main():
    judge, mil_torch = load_judge()
    same = all_of_them = 0
    with tempfile.TemporaryDirectory() as folder:
        for package in packages(folder):
            all_of_them += 1
            try:
                found = list(differences(our_verdict(package), their_verdict(judge, mil_torch, package)))
            except Exception as error:  # a verdict on this package; the others are judged all the same
                found = [f"{type(error).__name__}: {error}"]
            same += not found
            for line in found:
                print(f"{package}: {line}", flush=True)
    print(f"{same} of {all_of_them} packages are judged the same")
    return 0 if same == all_of_them else 1


if __name__ == "__main__":
    sys.exit(main())
