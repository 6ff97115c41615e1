#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Converts checkpoints and compares with what the original library computed from them.

    checkpoint_cases.py [FOLDER...] [--only TEXT]

A folder holds cases: CASE/case.json names the runs with their inputs, outputs and tolerances, CASE/ckpt is the
checkpoint. Without folders: those of this repository, and the one that ANEMONE_CHECKPOINTS names. ANEMONE names the
command to use when it is not the release build's. Every run is done with float32 arithmetic (package fp32) and with half arithmetic (package fp16). Runs that
need a key-value cache (decode) are done by running the whole sequence again. Needs numpy only.
"""
import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
ANEMONE = os.environ.get("ANEMONE", ROOT / "build" / "release" / "anemone")


def psnr(reference, got):
    reference, got = reference.astype(np.float64), got.astype(np.float64)
    if not (np.isfinite(reference).all() and np.isfinite(got).all()):
        return -np.inf
    peak = np.abs(reference).max() + 1e-5
    return 20 * np.log10(peak / (np.sqrt(np.mean((reference - got) ** 2)) + 1e-10))


def public_name(name):
    return re.sub(r"[^A-Za-z0-9_]", "_", name)


class Runner:
    def __init__(self, anemone, scratch):
        self.anemone, self.scratch = anemone, scratch
        self.failed = self.passed = 0

    def call(self, *args):
        done = subprocess.run([self.anemone, *map(str, args)], capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "failed")

    def outputs(self, checkpoint, inputs, names, precision):
        package = self.scratch / "model.mlpackage"
        args = ["convert", checkpoint, "-o", package, "--precision", precision, "--quiet"]
        args += ["--inputs", ",".join(inputs), "--outputs", ",".join(names)]
        for name, array in inputs.items():
            args += ["--shape", f"{name}={','.join(map(str, array.shape))}"]
        self.call(*args)
        run = ["run", package, "--output-dir", self.scratch / "out", "--quiet"]
        run += ["--numerics", "float32" if precision == "fp32" else "ieee-half"]
        for name, array in inputs.items():
            np.save(self.scratch / f"{name}.npy", array)
            run += ["--input", f"{name}={self.scratch / name}.npy"]
        self.call(*run)
        return {name: np.load(self.scratch / "out" / f"{public_name(name)}.npy") for name in names}

    def check(self, label, output, reference, got, precision, mask=None):
        tolerance = output["tolerance"][precision]
        if reference.shape != got.shape:
            return self.report(label, False, f"shape {got.shape}, expected {reference.shape}")
        if mask is not None:
            reference, got = reference[mask == 1], got[mask == 1]
        decibel = psnr(reference, got)
        worst = np.abs(reference - got).max()
        least = max(tolerance["psnr_db_min"], 100) if precision == "fp32" else tolerance["psnr_db_min"]
        good = decibel >= least and worst <= tolerance.get("max_abs_err", np.inf)
        self.report(label, good, f"{decibel:.1f} dB, max {worst:.2g}")

    def report(self, label, good, text):
        self.passed += good
        self.failed += not good
        print(f"{'ok  ' if good else 'FAIL'} {label}: {text}")

    def plain_run(self, case, folder, run, precision):
        inputs = {i["name"]: np.load(folder / i["file"]) for i in run["inputs"]}
        outputs = {o["name"]: o for o in run["outputs"]}
        got = self.outputs(folder / case["checkpoint"], inputs, list(outputs), precision)
        for name, output in outputs.items():
            mask = run.get("compare_mask", {}).get(name)
            label = f"{case['name']}/{run['name']} {name} {precision}"
            reference = np.load(folder / output["file"])
            self.check(label, output, reference, got[name], precision, inputs[mask] if mask else None)

    def decode_run(self, case, folder, run, precision):
        """Prefill and steps from one run over the whole sequence, greedy ids one run each."""
        load = {e["name"]: np.load(folder / e["file"]) for e in run["inputs"] + run["outputs"]}
        outputs = {o["name"]: o for o in run["outputs"]}
        prompt, following = load["input_ids"], load["next_ids"]
        whole = np.concatenate([prompt, following], axis=1)
        logits = self.outputs(folder / case["checkpoint"], {"input_ids": whole}, ["logits"], precision)["logits"]
        label = f"{case['name']}/{run['name']}"
        size = prompt.shape[1]
        self.check(f"{label} prefill_logits {precision}", outputs["prefill_logits"], load["prefill_logits"],
                   logits[:, :size], precision)
        steps = logits[:, size:].reshape(load["step_logits"].shape)
        self.check(f"{label} step_logits {precision}", outputs["step_logits"], load["step_logits"], steps, precision)
        if precision == "fp32" and "greedy_ids" in load:
            ids = prompt
            while ids.shape[1] < load["greedy_ids"].shape[1]:  # which begin with the prompt
                last = self.outputs(folder / case["checkpoint"], {"input_ids": ids}, ["logits"], precision)["logits"]
                ids = np.concatenate([ids, last[:, -1:].argmax(-1)], axis=1)
            same = (ids == load["greedy_ids"]).all()
            self.report(f"{label} greedy_ids", same, "equal" if same else "different")

    def case(self, folder):
        case = json.loads((folder / "case.json").read_text())
        for run in case["runs"]:
            for precision in ("fp32", "fp16"):
                try:
                    method = self.decode_run if run["name"] == "decode" else self.plain_run
                    method(case, folder, run, precision)
                except RuntimeError as error:
                    self.report(f"{case['name']}/{run['name']} {precision}", False, str(error))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folders", nargs="*", type=pathlib.Path)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    if not options.folders:
        options.folders = [ROOT / "tests" / "data" / "checkpoints"]
        if "ANEMONE_CHECKPOINTS" in os.environ:
            options.folders.append(pathlib.Path(os.environ["ANEMONE_CHECKPOINTS"]))
    with tempfile.TemporaryDirectory() as scratch:
        runner = Runner(ANEMONE, pathlib.Path(scratch))
        for folder in options.folders:
            for case in sorted(folder.rglob("case.json")):
                if options.only in str(case):
                    runner.case(case.parent)
    print(f"{runner.passed} passed, {runner.failed} failed")
    return 1 if runner.failed or not runner.passed else 0


if __name__ == "__main__":
    sys.exit(main())
