#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Scores `anemone explain` against published placements (Python standard library only).

usage: ANEMONE=… placement.py [--estimates FILE] [--given] [--predictions OUT.jsonl]

Reads tests/data/placement. Prints a line for each group of cases and fails when a figure is below its limit. With
--given the published estimates replace the computed ones, so that only the plan is judged.
"""
import argparse
import collections
import gzip
import json
import math
import os
import subprocess
import sys
import tarfile
import tempfile

DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data", "placement")
TARGETS = {"M4": "m4", "M4 Pro": "m4-pro", "M5 Max": "m5-max", "M1": "m1"}
# Shares of ops, of whole cases, of exact supported sets, of ops found that the Neural Engine refuses.
LIMITS = {("isolated", "all", "M4"): (0.99, 0.99, 0.97, 0.95), ("isolated", "cpu_and_ne", "M4"): (0.99, 0.99, 0.97, 0.95),
          ("in_context", "cpu_and_ne", "M4"): (0.95, 0.90, 0.97, 0.95),
          ("whole_model", "all", "M4 Pro"): (0.95, 0.5, 0.97, 0.95),
          ("whole_model", "cpu_and_ne", "M4 Pro"): (0.98, 0.5, 0.97, 0.95)}
LARGEST_FACTOR = 1.15


def records():
    with gzip.open(os.path.join(DATA, "index.jsonl.gz"), "rt", encoding="utf-8") as lines:
        return [record for record in map(json.loads, lines) if record["scored"]]


def unpack(folder):
    with tarfile.open(os.path.join(DATA, "cases.tar.gz")) as archive:
        archive.extractall(folder)
    return folder


def explain(record, cases, extra=()):
    version = record["os"].rsplit(".", 1)[0].replace(" ", "")
    command = [os.environ["ANEMONE"], "explain", os.path.join(cases, record["package"]), "--json", "--target",
               TARGETS[record["chip"]], "--os", version, "--compute-units", record["compute_units"].upper(), *extra]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise SystemExit(f"{record['case']}: {result.stderr.strip()}")
    return json.loads(result.stdout)


def believed(op):
    """Estimates that were read, by back end; those recovered from a cost weight count for the unit chosen."""
    estimates = dict(op.get("est_ms") or {})
    if op.get("est_ms_selected_from_cost"):
        estimates.setdefault("ane" if op["preferred"] == "ane" else "bnns", op["est_ms_selected_from_cost"])
    return estimates


def is_right(truth, op):
    tie = truth.get("tie", False) and op["preferred"] in truth["supported"]
    return op["preferred"] == truth["preferred"] or tie


def score(record, document):
    ops = list(zip(record["ops"], document["ops"]))
    right = sum(is_right(truth, op) for truth, op in ops)
    refused = [(truth, op) for truth, op in ops if "ane" not in truth["supported"]]
    errors = [abs(math.log(op["estimates_ms"][backend] / ms)) for truth, op in ops for backend, ms in believed(truth).items()
              if ms > 0 and op["estimates_ms"].get(backend)]
    return {"ops": len(ops), "right": right, "cases": 1, "whole": int(right == len(ops)),
            "supported": sum(set(truth["supported"]) == set(op["supported"]) for truth, op in ops),
            "refused": len(refused), "found": sum("ane" not in op["supported"] for _, op in refused), "errors": errors}


def total(scores):
    result = {}
    for entry in scores:
        for key, value in entry.items():
            result[key] = result[key] + value if key in result else value
    return result


def figures(sums):
    shares = (sums["right"] / sums["ops"], sums["whole"] / sums["cases"], sums["supported"] / sums["ops"],
              sums["found"] / sums["refused"] if sums["refused"] else 1)
    errors = sorted(sums["errors"])
    return shares, math.exp(errors[len(errors) // 2]) if errors else None


def given(record, document, folder):
    """A file with the published estimates; a unit without one keeps the computed one."""
    ops = [{"index": op["index"], "est_ms": believed(truth)} for truth, op in zip(record["ops"], document["ops"])]
    path = os.path.join(folder, "given.json")
    with open(path, "w", encoding="utf-8") as out:
        json.dump({"ops": ops}, out)
    return ["--estimates", path]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--estimates")
    parser.add_argument("--given", action="store_true")
    parser.add_argument("--predictions")
    options = parser.parse_args()
    extra = ["--estimates", options.estimates] if options.estimates else []
    groups, predictions = collections.defaultdict(list), []
    with tempfile.TemporaryDirectory() as folder:
        cases = unpack(folder)
        for record in records():
            document = explain(record, cases, extra)
            if options.given:
                document = explain(record, cases, given(record, document, folder))
            groups[record["graph"], record["compute_units"], record["chip"]].append(score(record, document))
            predictions.append({"case": record["case"],
                                "ops": [{"index": op["index"], "supported": op["supported"], "preferred": op["preferred"],
                                         "cost": op["weight"], "est_ms": op["estimates_ms"]} for op in document["ops"]]})
    if options.predictions:
        with open(options.predictions, "w", encoding="utf-8") as out:
            out.writelines(json.dumps(prediction) + "\n" for prediction in predictions)
    failed = False
    for group, scores in groups.items():
        shares, factor = figures(total(scores))
        low = any(share < limit for share, limit in zip(shares, LIMITS.get(group, (0, 0, 0, 0))))
        low |= factor is not None and factor > LARGEST_FACTOR
        failed |= low
        print(f"{' / '.join(group)}: ops {shares[0]:.2%}, whole cases {shares[1]:.2%}, supported sets {shares[2]:.2%}, refused "
              f"ops found {shares[3]:.2%}, median factor {factor or math.nan:.4f}{' TOO LOW' if low else ''}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
