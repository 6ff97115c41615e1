#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Cross-validates placement: rates fitted on a random half of the cases, the other half scored, five splits.

usage: placement_cross_validation.py ANEMONE PLACEMENT_DIR CASES_DIR [--splits 5] [--seed 1]

The work of every op (class and amount) comes from `anemone explain --json`; a rate is the median of amount / estimate over
the training half. A rate with no record in the half is taken from the class and back end it resembles most: the fitted
class of the same family whose ratio to the CPU is known, else the median of all fitted rates of that back end. Rules are
fitted too: in the scored half only those rules hold (--without-rule) that refuse an op of the training half. Each split
prints the figures of the scored contexts.
"""
import argparse
import collections
import json
import math
import os
import random
import statistics
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from placement import explain, records  # noqa: E402

BACKENDS = ("ane", "bnns", "classic_cpu")


def believed(op):
    """Estimates that were read, by back end; those recovered from a cost weight count for the unit chosen."""
    estimates = dict(op.get("est_ms") or {})
    if op.get("est_ms_selected_from_cost"):
        estimates.setdefault("ane" if op["preferred"] == "ane" else "bnns", op["est_ms_selected_from_cost"])
    return estimates


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
    ratios = [rates[leaf, "ane"] / rates[leaf, "bnns"] for leaf in leaves if (leaf, "ane") in rates and (leaf, "bnns") in rates]
    usual = statistics.median(ratios) if ratios else 1
    for leaf in leaves:
        family = [key for key in rates if key[0].split(".")[0] == leaf.split(".")[0]]
        for backend in BACKENDS:
            value = rates.get((leaf, backend))
            if value is None and (leaf, "bnns") in rates:
                value = rates[leaf, "bnns"] * (usual if backend == "ane" else 1 / 1.15)
            if value is None and (leaf, "ane") in rates:
                value = rates[leaf, "ane"] / usual
            if value is None:
                near = [rates[key] for key in family if key[1] == backend] or [v for k, v in rates.items() if k[1] == backend]
                value = statistics.median(near)
            result[leaf][backend] = value
    return result


def rules_seen(training, documents):
    """Codes of rules that the training half shows at work."""
    return {op["code"] for record in training for truth, op in zip(record["ops"], documents[record["case"]]["ops"])
            if "ane" not in truth["supported"] and op["code"]}


def score(record, document):
    right = supported = 0
    for truth, op in zip(record["ops"], document["ops"]):
        right += op["preferred"] == truth["preferred"] or (truth.get("tie", False) and op["preferred"] in truth["supported"])
        supported += set(op["supported"]) == set(truth["supported"])
    return right, supported, len(record["ops"])


def factors(record, document):
    result = []
    for truth, op in zip(record["ops"], document["ops"]):
        for backend, ms in believed(truth).items():
            mine = op["estimates_ms"].get(backend)
            if mine and ms > 0:
                result.append(abs(math.log(mine / ms)))
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("anemone")
    parser.add_argument("placement")
    parser.add_argument("cases")
    parser.add_argument("--splits", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    every = [r for r in records(options.placement) if r["scored"] and r["chip"] == "M4" and r["compute_units"] == "cpu_and_ne"]
    documents = {r["case"]: explain(options.anemone, r, options.cases) for r in every}
    leaves = sorted({leaf for d in documents.values() for op in d["ops"] for work in op["work"].values() for leaf in work})
    # An op alone and the same op in context are one fact, so both go to the same half.
    names = sorted({r["case"].split("/", 1)[1] for r in every})
    codes = json.loads(subprocess.run([options.anemone, "explain", "--list-rules", "--json"], capture_output=True, text=True,
                                      check=True).stdout)["rules"]
    codes = {rule["code"] for rule in codes if rule["unit"] == "ane" and rule["code"] < "ANE090"}
    worst = 1.0
    for split in range(options.splits):
        chosen = set(random.Random(options.seed + split).sample(names, len(names) // 2))
        training = [r for r in every if r["case"].split("/", 1)[1] in chosen]
        scored = [r for r in every if r not in training and r["graph"] == "in_context"]
        rates, unseen = filled(fit(training, documents), leaves), sorted(codes - rules_seen(training, documents))
        right = supported = ops = whole = 0
        errors = []
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "rates.json")
            with open(path, "w", encoding="utf-8") as out:
                json.dump({"rates": rates}, out)
            for record in scored:
                document = explain(options.anemone, record, options.cases,
                                   ["--estimates", path] + [f"--without-rule={code}" for code in unseen])
                r, s, n = score(record, document)
                right, supported, ops, whole = right + r, supported + s, ops + n, whole + (r == n)
                errors += factors(record, document)
        errors.sort()
        worst = min(worst, right / ops)
        print(f"split {split + 1}: {len(training)} cases fitted, {len(scored)} contexts scored: ops right "
              f"{100 * right / ops:.2f} % ({right}/{ops}), whole {100 * whole / len(scored):.1f} %, supported sets "
              f"{100 * supported / ops:.2f} %, estimates within a median factor of {math.exp(errors[len(errors) // 2]):.4f}, "
              f"90th percentile {math.exp(errors[len(errors) * 9 // 10]):.3f}")
    print(f"worst split: {100 * worst:.2f} % of ops")
    return 0 if worst >= 0.9 else 1


if __name__ == "__main__":
    sys.exit(main())
