#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Scores `anemone explain` against published placements (Python standard library only).

usage: placement.py ANEMONE PLACEMENT_DIR CASES_DIR [--estimates formula|FILE] [--predictions OUT.jsonl]

PLACEMENT_DIR holds index.jsonl and score.py; CASES_DIR the unpacked packages. Prints score.py's figures.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile

TARGETS = {"M4": "m4", "M4 Pro": "m4-pro", "M5 Max": "m5-max", "M1": "m1"}
UNITS = {"all": "ALL", "cpu_and_ne": "CPU_AND_NE", "cpu_and_gpu": "CPU_AND_GPU", "cpu_only": "CPU_ONLY"}


def records(folder):
    with open(os.path.join(folder, "index.jsonl"), encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def explain(anemone, record, cases, extra=()):
    command = [anemone, "explain", os.path.join(cases, record["package"]), "--json", "--target", TARGETS[record["chip"]],
               "--os", record["os"].rsplit(".", 1)[0].replace(" ", ""), "--compute-units", UNITS[record["compute_units"]],
               *extra]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise SystemExit(f"{record['case']}: {result.stderr.strip()}")
    return json.loads(result.stdout)


def prediction(record, document):
    ops = [{"index": op["index"], "supported": op["supported"], "preferred": op["preferred"], "cost": op["weight"],
            "est_ms": op["estimates_ms"]} for op in document["ops"]]
    return {"case": record["case"], "ops": ops}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("anemone")
    parser.add_argument("placement")
    parser.add_argument("cases")
    parser.add_argument("--estimates")
    parser.add_argument("--predictions")
    parser.add_argument("--wrong", default="0")
    options = parser.parse_args()
    extra = ["--estimates", options.estimates] if options.estimates else []
    with tempfile.TemporaryDirectory() as folder:
        path = options.predictions or os.path.join(folder, "predictions.jsonl")
        with open(path, "w", encoding="utf-8") as out:
            for record in records(options.placement):
                document = explain(options.anemone, record, options.cases, extra)
                out.write(json.dumps(prediction(record, document)) + "\n")
        return subprocess.run([sys.executable, os.path.join(options.placement, "score.py"), path, "--wrong", options.wrong],
                              check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
