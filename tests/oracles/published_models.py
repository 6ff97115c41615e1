#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Trained models against what the original library computed from them.

    published_models.py [--minilm FOLDER --minilm-golden FOLDER] [--shakespeare FOLDER]

MiniLM: FOLDER is a download of sentence-transformers/all-MiniLM-L6-v2, its golden folder has sentences.json (texts)
and sentence_embeddings.npy. Shakespeare: by default models/tiny-shakespeare; FOLDER/golden has greedy.json (prompts and
the ids that follow) and, for the perplexity, excerpt_ids.json and excerpt_logprobs.npy. Both are done with float32
arithmetic (package fp32) and with half arithmetic (package fp16). ANEMONE names the command to use. Needs numpy.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
ANEMONE = os.environ.get("ANEMONE", ROOT / "build" / "release" / "anemone")
NUMERICS = {"fp32": "float32", "fp16": "ieee-half"}
failures = 0


def call(*args):
    done = subprocess.run([ANEMONE, *map(str, args)], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"anemone {' '.join(map(str, args[:2]))}: {done.stderr.strip()}")
    return done.stdout


def report(label, good, text):
    global failures
    failures += not good
    print(f"{'ok  ' if good else 'FAIL'} {label}: {text}", flush=True)


def minilm(folder, golden, scratch):
    texts = [row["text"] for row in json.loads((golden / "sentences.json").read_text())]
    expected = np.load(golden / "sentence_embeddings.npy")
    lines = scratch / "texts.jsonl"
    lines.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    for precision, least in (("fp32", 0.99999), ("fp16", 0.9995)):
        package, vectors = scratch / "minilm.mlpackage", scratch / "vectors.npy"
        call("convert", folder, "-o", package, "--precision", precision, "--sequence-length", 256, "--quiet")
        call("embed", package, "--file", lines, "-o", vectors, "--numerics", NUMERICS[precision], "--quiet")
        got = np.load(vectors)
        cosines = (got * expected).sum(1) / np.linalg.norm(got, axis=1) / np.linalg.norm(expected, axis=1)
        report(f"minilm {precision}", got.shape == expected.shape and cosines.min() >= least,
               f"{len(texts)} texts, smallest cosine {cosines.min():.7f}, "
               f"largest difference {np.abs(got - expected).max():.2g}")


def greedy(package, golden, precision):
    for row in json.loads((golden / "greedy.json").read_text()):
        said = json.loads(call("generate", package, row["prompt"], "--max-new-tokens", len(row["ids"]), "--json",
                               "--numerics", NUMERICS[precision]))
        got = said["results"][0]["ids"]
        same = next((i for i, (a, b) in enumerate(zip(got, row["ids"])) if a != b), min(len(got), len(row["ids"])))
        gaps = row["gap_to_second"]
        # Half arithmetic may decide otherwise where two tokens are nearly as likely.
        good = same == len(row["ids"]) or (precision == "fp16" and gaps[same] < 0.03)
        report(f"greedy {precision} {row['prompt']!r}", good, f"{same} of {len(row['ids'])} tokens equal")


def perplexity(package, golden, scratch, precision):
    ids = np.array(json.loads((golden / "excerpt_ids.json").read_text()), np.int32).reshape(-1, 256)
    expected = np.load(golden / "excerpt_logprobs.npy")
    got = []
    for window in ids:
        np.save(scratch / "ids.npy", window[None])
        call("run", package, "--input", f"input_ids={scratch / 'ids.npy'}", "--output-dir", scratch / "out", "--quiet",
             "--numerics", NUMERICS[precision])
        logits = np.load(scratch / "out" / "logits.npy")[0].astype(np.float64)
        logits -= logits.max(-1, keepdims=True)
        logprobs = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
        got.append(logprobs[np.arange(255), window[1:]])
    ours, theirs = np.exp(-np.mean(got)), np.exp(-np.mean(expected.astype(np.float64)))
    close = f"{ours:.4g}" == f"{theirs:.4g}" if precision == "fp32" else abs(ours / theirs - 1) < 1e-3
    report(f"perplexity {precision}", close, f"{ours:.5f}, expected {theirs:.5f}, largest difference of a "
           f"log-probability {np.abs(np.array(got) - expected).max():.2g}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--minilm", type=pathlib.Path)
    parser.add_argument("--minilm-golden", type=pathlib.Path)
    parser.add_argument("--shakespeare", type=pathlib.Path, default=ROOT / "models" / "tiny-shakespeare")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        scratch = pathlib.Path(folder)
        if options.minilm:
            minilm(options.minilm, options.minilm_golden, scratch)
        golden = options.shakespeare / "golden"
        for precision in NUMERICS:
            package = scratch / "shakespeare.mlpackage"
            call("convert", options.shakespeare, "-o", package, "--precision", precision, "--sequence-length", 256,
                 "--quiet")
            greedy(package, golden, precision)
            if (golden / "excerpt_ids.json").exists():
                perplexity(package, golden, scratch, precision)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
