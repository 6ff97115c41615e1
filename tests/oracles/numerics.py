#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How far half precision and the Neural Engine's arithmetic move real outputs, and an independent opinion on the former.

    numerics.py [--write]

- Every golden package in half precision on inputs drawn at random, against an independent interpreter that rounds the
  result of every op to half: at most 1e-2 of the largest value may lie between the two (Cascade 2e-1: it amplifies
  rounding about a hundred times). ANEMONE_ORACLES names the folder with mil_torch.py (Model(path, mode).predict(inputs,
  function, state)); without it this part is skipped, and that is said.
- The table of docs/numerics.md for compressed packages and for trained models: the small ones below ANEMONE_MODELS
  (tiny-sentiment, tiny-shakespeare) and MiniLM below MINILM, converted here; those that are not there are left out.
  --write puts the table into the page.
"""
import json
import logging
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import numpy

ROOT = pathlib.Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests" / "data" / "golden"
PAGE = ROOT / "docs" / "numerics.md"
ANEMONE = os.environ.get("ANEMONE", ROOT / "build" / "release" / "anemone")
BEGIN, END = "<!-- trained and compressed -->", "<!-- end -->"


def anemone(*arguments):
    return subprocess.run([ANEMONE, *arguments], capture_output=True, text=True, check=False)


def lowest_psnr(package, numerics):
    """Against the same package in float32, of all outputs, on made-up inputs."""
    done = anemone("verify", package, "--reference", package, "--numerics", numerics, "--no-boundary", "--min-psnr", "0",
                   "--json")
    if done.returncode > 1:
        sys.exit(f"{package}: {done.stderr}")
    return min(output["psnr"] for output in json.loads(done.stdout)["outputs"])


def another(array, random):
    """Inputs of the same kind: numbers drawn anew, integers in another order."""
    if array.dtype.kind == "f":
        return random.standard_normal(array.shape).astype(array.dtype)
    return random.permutation(array.reshape(-1)).reshape(array.shape)


def judged_by_interpreter(work):
    folder = os.environ.get("ANEMONE_ORACLES")
    if not folder:
        print("skipped: ANEMONE_ORACLES is not set: there is no independent interpreter")
        return True
    sys.path.insert(0, folder)
    logging.disable(logging.WARNING)
    import mil_torch

    random = numpy.random.default_rng(5)
    worst, count, good = {}, 0, True
    for entry in json.load(open(GOLDEN / "index.json")):
        if entry["kind"] != "model" or "fp32" in entry["package"]:
            continue
        call = entry["calls"][0]
        inputs = {name: another(numpy.load(GOLDEN / file), random) for name, file in call["inputs"]}
        want = mil_torch.Model(str(GOLDEN / entry["package"]), "fp16").predict(inputs, call.get("function"), {})
        arguments = []
        for name, value in inputs.items():
            numpy.save(work / f"{name}.npy", value)
            arguments += ["--input", f"{name}={work / name}.npy"]
        done = anemone("run", GOLDEN / entry["package"], *arguments, "--numerics", "ieee-half", "--output-dir", work / "out")
        if done.returncode:
            sys.exit(f"{entry['name']}: {done.stderr}")
        family = entry["package"].split("/")[0]
        for name, right in want.items():
            got = numpy.load(work / "out" / f"{name}.npy").astype(numpy.float64)
            error = numpy.abs(got - right).max() / max(numpy.abs(right).max(), 1e-30)
            worst[family] = max(worst.get(family, 0), float(error))
            good &= bool(error <= (2e-1 if family == "Cascade" else 1e-2))
        count += 1
    print(f"half precision against the interpreter, {count} packages, largest difference over largest value:")
    for family, error in worst.items():
        print(f"  {family}: {error:.1e}")
    return good


def trained_models(work):
    small = os.environ.get("ANEMONE_MODELS")
    found = []
    if small:
        found += [("tiny-sentiment (DistilBERT)", pathlib.Path(small) / "tiny-sentiment"),
                  ("tiny-shakespeare (GPT-2)", pathlib.Path(small) / "tiny-shakespeare")]
    if os.environ.get("MINILM"):
        found.append(("all-MiniLM-L6-v2", pathlib.Path(os.environ["MINILM"])))
    for number, (name, checkpoint) in enumerate(found):
        for form in ("plain", "ane"):
            package = work / f"{number}{form}.mlpackage"
            done = anemone("convert", checkpoint, "-o", package, "--sequence-length", "64", "--no-check", "--form",
                           form)
            if done.returncode:
                sys.exit(f"{name}: {done.stderr}")
            yield name + (", in the form of the Neural Engine" if form == "ane" else ""), package


def table(work):
    rows = [(name, package) for name, package in trained_models(work)]
    rows += [(f"ViT, {p.stem}", p) for p in sorted((GOLDEN / "compress").glob("*.mlpackage"))]
    lines = ["| model | `ieee-half` | `ane` (M1) |", "| --- | --- | --- |"]
    for name, package in rows:
        lines.append(f"| {name} | {lowest_psnr(package, 'ieee-half'):.1f} | {lowest_psnr(package, 'ane'):.1f} |")
        print(lines[-1], flush=True)
    return "\n".join(lines)


def main():
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        good = judged_by_interpreter(work)
        made = table(work)
    if "--write" in sys.argv[1:]:
        text = PAGE.read_text()
        text = re.sub(re.escape(BEGIN) + ".*?" + re.escape(END), lambda _: f"{BEGIN}\n{made}\n{END}", text, flags=re.S)
        PAGE.write_text(text)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
