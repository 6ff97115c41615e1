#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Converts checkpoints and compares with what the original library computed from them.

    checkpoint_cases.py [FOLDER...] [--only TEXT] [--table FILE]

A folder holds cases: CASE/case.json names the runs with their inputs, outputs and tolerances, CASE/ckpt is the
checkpoint. Without folders: those of this repository, and the one that ANEMONE_CHECKPOINTS names. ANEMONE names the
command to use when it is not the release build's. Every run is done with float32 arithmetic (package fp32) and with
half arithmetic (package fp16). Runs that need a key-value cache (decode) are done by running the whole sequence again.

With ANEMONE_ORACLES, a folder with check_package.py and mil_torch.py, each package is also checked by the first and
run by the second, an interpreter that is independent of ours. --table writes docs/models.md: architectures, tasks and
formats with the worst figure of each. Needs numpy only, the oracles torch and coremltools.
"""
import argparse
import json
import logging
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


# What cases call differently from the command: names of the library's own code.
INPUTS = {"idx": "input_ids"}
OUTPUTS = {"pre_final_layer_norm": "hidden_states.-1", "last_layer_input": "hidden_states.-2", "step_logits": "logits"}
GRAPHS = {"formats", "gguf", "stable_cascade", "stable_diffusion", "vit", "whisper"}  # not among the models of text


def load_oracles():
    folder = os.environ.get("ANEMONE_ORACLES")
    if not folder:
        return None
    sys.path.insert(0, folder)
    logging.disable(logging.WARNING)
    import check_package
    import mil_torch
    return check_package, mil_torch


class Failed(Exception):
    """What the command says."""


class Runner:
    def __init__(self, anemone, scratch, oracles):
        self.anemone, self.scratch, self.oracles = anemone, scratch, oracles
        self.failed = self.passed = 0
        self.worst = {}  # (architecture, task, format) -> {precision: dB}
        self.row = None

    def call(self, *args):
        done = subprocess.run([self.anemone, *map(str, args)], capture_output=True, text=True)
        if done.returncode:
            raise Failed(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "failed")
        return done.stdout

    def outputs(self, checkpoint, inputs, names, precision):
        """By the command, and by the other interpreter where there is one."""
        inputs = {INPUTS.get(name, name): array for name, array in inputs.items()}
        package = self.scratch / "model.mlpackage"
        args = ["convert", checkpoint, "-o", package, "--precision", precision, "--json"]
        args += ["--inputs", ",".join(inputs), "--outputs", ",".join(names)]
        for name, array in inputs.items():
            args += ["--shape", f"{name}={','.join(map(str, array.shape))}"]
        said = json.loads(self.call(*args))
        self.row = (said["architecture"], said["task"])
        run = ["run", package, "--output-dir", self.scratch / "out", "--quiet"]
        run += ["--numerics", "float32" if precision == "fp32" else "ieee-half"]
        for name, array in inputs.items():
            np.save(self.scratch / f"{name}.npy", array)
            run += ["--input", f"{name}={self.scratch / name}.npy"]
        self.call(*run)
        got = {name: np.load(self.scratch / "out" / f"{public_name(name)}.npy") for name in names}
        if self.oracles:
            self.judge(package, inputs, got, precision)
        return got

    def judge(self, package, inputs, got, precision):
        check_package, mil_torch = self.oracles
        errors = check_package.check_package(str(package))["errors"]
        self.report(f"package {precision}", not errors, "; ".join(map(str, errors[:3])) or "sound")
        if precision == "fp32":
            arrays = {public_name(k): v.astype(np.float32 if v.dtype.kind == "f" else np.int32)
                      for k, v in inputs.items()}
            for name, value in mil_torch.Model(str(package), "fp32").predict(arrays).items():
                ours = next(array for key, array in got.items() if public_name(key) == name)
                decibel = psnr(value, ours)
                self.report(f"interpreters agree on {name}", decibel >= 100, f"{decibel:.1f} dB")

    def check(self, label, output, reference, got, precision, mask=None):
        tolerance = output["tolerance"][precision]
        if reference.shape != got.shape:
            return self.report(label, False, f"shape {got.shape}, expected {reference.shape}")
        if mask is not None:
            reference, got = reference[mask == 1], got[mask == 1]
        decibel = psnr(reference, got)
        difference = np.abs(reference - got).max()
        least = max(tolerance["psnr_db_min"], 100) if precision == "fp32" else tolerance["psnr_db_min"]
        good = decibel >= least and difference <= tolerance.get("max_abs_err", np.inf)
        self.report(label, good, f"{decibel:.1f} dB, max {difference:.2g}")
        worst = self.worst.setdefault((*self.row, self.format), {})
        worst[precision] = min(worst.get(precision, np.inf), decibel)

    def report(self, label, good, text):
        self.passed += good
        self.failed += not good
        print(f"{'ok  ' if good else 'FAIL'} {self.label} {label}: {text}", flush=True)

    def plain_run(self, case, folder, run, precision):
        inputs = {i["name"]: np.load(folder / i["file"]) for i in run["inputs"]}
        outputs = {o["name"]: o for o in run["outputs"] if o.get("compare") != "exact"}
        names = {name: OUTPUTS.get(name, name) for name in outputs}
        got = self.outputs(folder / case["checkpoint"], inputs, list(dict.fromkeys(names.values())), precision)
        for name, output in outputs.items():
            mask = run.get("compare_mask", {}).get(name)
            reference = np.load(folder / output["file"])
            self.check(f"{name} {precision}", output, reference, got[names[name]], precision,
                       inputs[mask] if mask else None)
        greedy = [o for o in run["outputs"] if o["name"] == "greedy_ids"]
        if greedy and precision == "fp32" and "attention_mask" not in inputs:
            key = "decoder_input_ids" if "decoder_input_ids" in inputs else next(iter(inputs))
            expected = np.load(folder / greedy[0]["file"])
            start = inputs[key] if key != "decoder_input_ids" else expected[:, :1]
            self.greedy(folder / case["checkpoint"], inputs, key, start, expected)

    def greedy(self, checkpoint, inputs, key, ids, expected):
        """The most likely token again and again, seeing as much of the text as the model has positions."""
        longest = expected.shape[1]
        while ids.shape[1] < expected.shape[1]:  # which begins with the prompt
            seen = ids[:, -longest:]
            try:
                last = self.outputs(checkpoint, {**inputs, key: seen}, ["logits"], "fp32")["logits"]
            except Failed as error:
                limit = re.search(r"more than the (\d+) positions", str(error))
                if not limit or longest <= int(limit[1]):
                    raise
                longest = int(limit[1])
                continue
            ids = np.concatenate([ids, last[:, -1:].argmax(-1)], axis=1)
        same = (ids == expected).all()
        self.report("greedy_ids", same, "equal" if same else "different")

    def decode_run(self, case, folder, run, precision):
        """Prefill and steps from one run over the whole sequence, greedy ids one run each."""
        load = {e["name"]: np.load(folder / e["file"]) for e in run["inputs"] + run["outputs"]}
        outputs = {o["name"]: o for o in run["outputs"]}
        prompt, following = load["input_ids"], load["next_ids"]
        checkpoint = folder / case["checkpoint"]
        whole = np.concatenate([prompt, following], axis=1)
        logits = self.outputs(checkpoint, {"input_ids": whole}, ["logits"], precision)["logits"]
        size = prompt.shape[1]
        self.check(f"prefill_logits {precision}", outputs["prefill_logits"], load["prefill_logits"], logits[:, :size],
                   precision)
        steps = logits[:, size:].reshape(load["step_logits"].shape)
        self.check(f"step_logits {precision}", outputs["step_logits"], load["step_logits"], steps, precision)
        if precision == "fp32" and "greedy_ids" in load:
            self.greedy(checkpoint, {}, "input_ids", prompt, load["greedy_ids"])

    def case(self, folder):
        case = json.loads((folder / "case.json").read_text())
        self.format = weight_format(folder / case["checkpoint"])
        for run in (r for r in case["runs"] if (folder / r["name"]).exists()):
            self.label = f"{case['name']}/{run['name']}"
            for precision in ("fp32", "fp16"):
                try:
                    method = self.decode_run if run["name"] == "decode" else self.plain_run
                    method(case, folder, run, precision)
                except Failed as error:
                    self.report(precision, False, str(error))


def weight_format(checkpoint):
    """"safetensors fp16", ".bin fp32"."""
    names = sorted(p.name for p in checkpoint.iterdir() if p.suffix in (".safetensors", ".bin", ".pt", ".pth"))
    if not names:
        return "?"
    kind = "safetensors" if names[0].endswith(".safetensors") else pathlib.Path(names[0]).suffix
    try:
        config = json.loads((checkpoint / "config.json").read_text())
    except OSError:
        return kind
    dtype = config.get("dtype") or config.get("torch_dtype") or "float32"
    return f"{kind} {dtype.replace('bfloat', 'bf').replace('float', 'fp')}"


def table(worst):
    """docs/models.md."""
    lines = ["# Models", "", "Written by `tests/oracles/checkpoint_cases.py --table`: what is converted, and how far "
             "results are from the", "original library's (PSNR of the worst output of all cases, in dB). `fp32` is a "
             "package of single precision run with", "`--numerics float32`, `fp16` one of half precision run with "
             "`--numerics ieee-half`.", "", "| class | task | weights | fp32 | fp16 |", "|---|---|---|---|---|"]
    for (architecture, task, kind), figures in sorted(worst.items()):
        cells = " | ".join(f"{figures[p]:.0f}" if p in figures else "" for p in ("fp32", "fp16"))
        lines.append(f"| {architecture} | {task} | {kind} | {cells} |")
    lines += ["", "A family is one file over the blocks that all share; these are its lines.", "", "| file | lines |",
              "|---|---|"]
    for file in sorted((ROOT / "src" / "import" / "architectures").glob("*.cpp")):
        count = len(file.read_text().splitlines())
        lines.append(f"| [{file.stem}](../src/import/architectures/{file.name}) | {count} |")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folders", nargs="*", type=pathlib.Path)
    parser.add_argument("--only", default="")
    parser.add_argument("--table", type=pathlib.Path)
    options = parser.parse_args()
    if not options.folders:
        options.folders = [ROOT / "tests" / "data" / "checkpoints"]
        if "ANEMONE_CHECKPOINTS" in os.environ:
            options.folders.append(pathlib.Path(os.environ["ANEMONE_CHECKPOINTS"]))
    with tempfile.TemporaryDirectory() as scratch:
        runner = Runner(ANEMONE, pathlib.Path(scratch), load_oracles())
        for folder in options.folders:
            for case in sorted(folder.rglob("case.json")):
                if options.only in str(case) and GRAPHS.isdisjoint(case.parts):
                    runner.case(case.parent)
    if options.table:
        options.table.write_text(table(runner.worst))
    print(f"{runner.passed} passed, {runner.failed} failed")
    return 1 if runner.failed or not runner.passed else 0


if __name__ == "__main__":
    sys.exit(main())
