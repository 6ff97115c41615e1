#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Cross-validates placement: rates and rules from a random half of the cases, the other half scored, five splits.

usage: ANEMONE=… placement_cross_validation.py [--splits 5] [--seed 1]

The work of every op (class and amount) comes from `anemone explain --json`; a rate is the median of amount / estimate over
the training half. A rate without a record in the half is carried over from the same class on another unit by the usual
ratio, or else from its family of classes. In the scored half only those rules hold (--without-rule) that refuse an op of
the training half. An op alone and the same op in context are one fact, so both go to the same half.
"""
import argparse
import collections
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from placement import believed, explain, figures, records, score, total, unpack  # noqa: E402

BACKENDS = ("ane", "bnns", "classic_cpu")
LARGEST_FACTOR = 1.3
SMALLEST_SHARE = 0.9


def work_of(op, backend):
    return op["work"].get("bnns" if backend == "classic_cpu" else backend, {})


def fit(training, documents):
    samples = collections.defaultdict(list)
    for record in training:
        for truth, op in zip(record["ops"], documents[record["case"]]["ops"]):
            for backend, ms in believed(truth).items():
                work = work_of(op, backend)
                if backend in BACKENDS and ms > 0 and len(work) == 1:
                    (leaf, amount), = work.items()
                    if amount > 0:
                        samples[leaf, backend].append(amount / ms / 1e6)
    return {key: statistics.median(values) for key, values in samples.items()}


def filled(rates, leaves):
    """Every class on every back end: what was not seen is carried over from what was."""
    result = collections.defaultdict(dict)
    ratios = [rates[leaf, "ane"] / rates[leaf, "bnns"] for leaf in leaves if {(leaf, "ane"), (leaf, "bnns")} <= rates.keys()]
    usual = statistics.median(ratios) if ratios else 1
    for leaf in leaves:
        for backend in BACKENDS:
            value = rates.get((leaf, backend))
            if value is None and (leaf, "bnns") in rates:
                value = rates[leaf, "bnns"] * (usual if backend == "ane" else 1 / 1.15)
            if value is None and (leaf, "ane") in rates:
                value = rates[leaf, "ane"] / usual
            if value is None:
                same = [rate for key, rate in rates.items() if key[1] == backend]
                near = [rate for key, rate in rates.items() if key[1] == backend and key[0].split(".")[0] == leaf.split(".")[0]]
                value = statistics.median(near or same)
            result[leaf][backend] = value
    return result


def rules_seen(training, documents):
    return {op["code"] for record in training for truth, op in zip(record["ops"], documents[record["case"]]["ops"])
            if "ane" not in truth["supported"] and op["code"]}


def rules_of_ops():
    listed = subprocess.run([os.environ["ANEMONE"], "explain", "--list-rules", "--json"], capture_output=True, text=True,
                            check=True)
    return {rule["code"] for rule in json.loads(listed.stdout)["rules"] if rule["unit"] == "ane" and rule["code"] < "ANE090"}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--splits", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    every = [record for record in records() if record["chip"] == "M4" and record["compute_units"] == "cpu_and_ne"]
    name = lambda record: record["case"].split("/", 1)[1]
    names, all_rules, failed = sorted({name(record) for record in every}), rules_of_ops(), False
    with tempfile.TemporaryDirectory() as folder:
        cases = unpack(folder)
        documents = {record["case"]: explain(record, cases) for record in every}
        leaves = sorted({leaf for d in documents.values() for op in d["ops"] for work in op["work"].values() for leaf in work})
        path = os.path.join(folder, "rates.json")
        for split in range(options.splits):
            chosen = set(random.Random(options.seed + split).sample(names, len(names) // 2))
            training = [record for record in every if name(record) in chosen]
            scored = [record for record in every if name(record) not in chosen and record["graph"] == "in_context"]
            unseen = sorted(all_rules - rules_seen(training, documents))
            with open(path, "w", encoding="utf-8") as out:
                json.dump({"rates": filled(fit(training, documents), leaves)}, out)
            extra = ["--estimates", path] + [f"--without-rule={code}" for code in unseen]
            shares, factor = figures(total(score(record, explain(record, cases, extra)) for record in scored))
            low = shares[0] < SMALLEST_SHARE or factor > LARGEST_FACTOR
            failed |= low
            print(f"split {split + 1}: {len(training)} cases fitted, {len(scored)} contexts scored: ops {shares[0]:.2%}, whole "
                  f"{shares[1]:.2%}, supported sets {shares[2]:.2%}, median factor {factor:.4f}, rules unseen: {' '.join(unseen)}"
                  f"{' TOO LOW' if low else ''}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
