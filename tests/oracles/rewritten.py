#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Judges rewritten packages from outside.

Every golden package is written anew, with other names inside, by anemone-rewrite. Then
- an independent checker must find the new package sound, and
- an independent interpreter must get the same outputs from both, bit for bit, in single and in half precision.

Checker and interpreter are not part of this repository: ANEMONE_ORACLES names the folder that holds check_package.py
(check_package(path) gives a dict whose "errors" are none) and mil_torch.py (Model(path, mode).predict(inputs,
function, state)). Without it, or without their Python packages, nothing is judged, and that is said. ANEMONE_REWRITE
names the program to use when it is not the one of the release build.
"""
import json
import logging
import os
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
GOLDEN = os.path.join(ROOT, "tests", "data", "golden")
REWRITE = os.environ.get("ANEMONE_REWRITE", os.path.join(ROOT, "build", "release", "tests", "anemone-rewrite"))


def skip(reason):
    print("skipped:", reason)
    sys.exit(0)


def load_oracles():
    folder = os.environ.get("ANEMONE_ORACLES")
    if not folder:
        skip("ANEMONE_ORACLES is not set: there is no independent checker and interpreter")
    sys.path.insert(0, folder)
    logging.disable(logging.WARNING)  # coremltools warns about libraries that only exist on macOS
    try:
        import check_package
        import mil_torch
    except ImportError as error:
        if error.name in ("check_package", "mil_torch"):
            sys.exit(f"{folder} (ANEMONE_ORACLES): {error}")
        skip(str(error))
    return check_package, mil_torch


def made_up_inputs(model):
    """One call for packages without recorded inputs."""
    inputs = {}
    random = numpy.random.default_rng(1)
    for feature in model.spec.description.input:
        inputs[feature.name] = random.standard_normal(tuple(feature.type.multiArrayType.shape)).astype(numpy.float32)
    return [{"inputs": inputs}]


def recorded_calls(entry):
    for call in entry["calls"]:
        yield {"inputs": {name: numpy.load(os.path.join(GOLDEN, file)) for name, file in call["inputs"]},
               "function": call.get("function")}


def same_bits(a, b):
    a, b = numpy.asarray(a), numpy.asarray(b)
    return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()


def compare(mil_torch, entry, old, new, mode):
    """The number of outputs compared; raises when one differs."""
    models = [mil_torch.Model(path, mode) for path in (old, new)]
    calls = list(recorded_calls(entry)) if "calls" in entry else made_up_inputs(models[0])
    states, compared = [{}, {}], 0
    for call in calls:
        results = [m.predict(call["inputs"], call.get("function"), s) for m, s in zip(models, states)]
        if set(results[0]) != set(results[1]) or not results[0]:
            raise ValueError(f"outputs {sorted(results[0])} and {sorted(results[1])}")
        for name in results[0]:
            if not same_bits(results[0][name], results[1][name]):
                raise ValueError(f"{mode}: output {name} differs")
            compared += 1
    if set(states[0]) != set(states[1]) or any(not same_bits(states[0][n], states[1][n]) for n in states[0]):
        raise ValueError(f"{mode}: states differ")
    return compared


def judge(check_package, mil_torch, entry, folder):
    old = os.path.join(GOLDEN, entry["package"])
    new = os.path.join(folder, "new.mlpackage")
    made = subprocess.run([REWRITE, old, new], capture_output=True, text=True)
    if made.returncode:
        raise ValueError(made.stderr.strip() or f"exit code {made.returncode}")
    report = check_package.check_package(new)
    if report["errors"]:
        raise ValueError("the checker says: " + "; ".join(map(str, report["errors"][:3])))
    return sum(compare(mil_torch, entry, old, new, mode) for mode in ("fp32", "fp16"))


def main():
    check_package, mil_torch = load_oracles()
    if not os.access(REWRITE, os.X_OK):
        print(f"{REWRITE} is missing: build the target anemone-rewrite")
        return 1
    with open(os.path.join(GOLDEN, "index.json"), encoding="utf-8") as file:
        entries = json.load(file)
    passed = outputs = 0
    for entry in entries:
        with tempfile.TemporaryDirectory() as folder:
            try:
                outputs += judge(check_package, mil_torch, entry, folder)
                passed += 1
            except Exception as error:  # a verdict on this package; the others are judged all the same
                print(f"{entry['name']}: {type(error).__name__}: {error}", flush=True)
    print(f"{passed} of {len(entries)} rewritten packages are sound and compute the same; {outputs} outputs compared")
    return 0 if passed == len(entries) else 1


if __name__ == "__main__":
    try:
        import numpy
    except ImportError as missing:
        skip(str(missing))
    sys.exit(main())
