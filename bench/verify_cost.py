#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What `verify` costs beside the two runs that it cannot do without: processor time, median of some rounds.

    verify_cost.py MODEL.mlpackage INPUT=FILE.npy ... [--rounds N]
"""
import argparse
import os
import pathlib
import resource
import statistics
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[1]
ANEMONE = os.environ.get("ANEMONE", ROOT / "build" / "release" / "anemone")


def seconds(*arguments):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([ANEMONE, *arguments, "--threads", "1"], check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("model")
    parser.add_argument("inputs", nargs="+")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    inputs = [part for value in options.inputs for part in ("--input", value)]
    for numerics in ("float32", "ieee-half", "ane"):
        ratios = []
        for _ in range(options.rounds):
            runs = seconds("run", options.model, *inputs) + seconds("run", options.model, *inputs, "--numerics", numerics)
            both = seconds("verify", options.model, "--reference", options.model, *inputs, "--numerics", numerics,
                           "--min-psnr", "0")
            ratios.append(both / runs)
        print(f"{numerics} against float32: {statistics.median(ratios):.2f} of the two runs")


if __name__ == "__main__":
    main()
