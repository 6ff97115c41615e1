#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Palettes are optimal: the cost of our groups beside kmeans1d (pip) on 200 tensors, for every number of bits.

Half of the tensors are made up (normal, uniform, heavy tails, steps, few values, values of very different size), half are
cut from the weights of the models in this repository and of the folders given as arguments. Exit 1 when a cost differs by
more than 1e-6 of it, or when the quick search is more than 10 % worse. ANEMONE_CLUSTERS names the program to use when it is
not the one of the release build.
"""
import os
import pathlib
import subprocess
import sys
import tempfile

import kmeans1d
import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOOL = os.environ.get('ANEMONE_CLUSTERS', str(ROOT / 'build/release/tests/anemone-clusters'))
COUNTS = [2, 4, 8, 16, 64, 256]
SIZE = 3000


def made_up(rng, i):
    kinds = [
        lambda: rng.normal(0, 0.04, SIZE),
        lambda: rng.uniform(-1, 1, SIZE),
        lambda: rng.standard_t(2, SIZE) * 0.02,
        lambda: np.round(rng.normal(0, 40, SIZE)) / 8,
        lambda: rng.choice(rng.normal(0, 1, 300), SIZE),
        lambda: rng.normal(0, 1, SIZE) * 10.0 ** rng.integers(-5, 3, SIZE),
        lambda: np.concatenate([rng.normal(0, 0.02, SIZE - 4), rng.normal(0, 30, 4)]),
        lambda: np.tile(np.linspace(-1, 1, SIZE // 4), 4),
    ]
    return kinds[i % len(kinds)]()


def real(folders, rng, count):
    from safetensors.numpy import load_file
    tensors = [t for f in folders for p in sorted(pathlib.Path(f).rglob('*.safetensors')) for t in load_file(p).values()
               if t.ndim == 2 and t.size >= SIZE]
    for i in range(count):
        flat = tensors[i % len(tensors)].reshape(-1)
        begin = int(rng.integers(0, flat.size - SIZE + 1))
        yield flat[begin:begin + SIZE]


def costs(mode, path):
    lines = subprocess.run([TOOL, mode, path, *map(str, COUNTS)], check=True, capture_output=True, text=True).stdout
    return [float(line.split()[0]) for line in lines.splitlines()]


def reference(values, count):
    clustered = kmeans1d.cluster(values, count)
    return float(((values - np.array(clustered.centroids)[np.array(clustered.clusters)]) ** 2).sum())


def main(*folders):
    rng = np.random.default_rng(7)
    tensors = list(real([ROOT / 'models', *folders], rng, 100))
    tensors += [made_up(rng, i) for i in range(200 - len(tensors))]
    worst, worst_quick, failures = 0.0, 0.0, 0
    with tempfile.TemporaryDirectory() as folder:
        path = folder + '/x.npy'
        for index, tensor in enumerate(tensors):
            halves = tensor.astype(np.float16)
            np.save(path, halves)
            values = np.sort(halves.astype(np.float64))
            distinct = len(np.unique(values))
            for count, own, quick in zip(COUNTS, costs('exact', path), costs('fast', path)):
                want = reference(values, count)
                # kmeans1d subtracts large sums: what it calls a cost is uncertain by this much.
                noise = 1e-14 * float((values ** 2).sum())
                difference = 0.0 if count >= distinct and own == 0 else max(0.0, abs(own - want) - noise) / max(want, 1e-300)
                worst = max(worst, difference)
                worst_quick = max(worst_quick, quick / own - 1 if own > noise else 0)
                if difference > 1e-6:
                    failures += 1
                    print(f'tensor {index}, {count} groups: cost {own:.12g}, expected {want:.12g}')
    print(f'{len(tensors)} tensors, {len(COUNTS)} sizes: largest difference {worst:.2g}; quick search at most '
          f'{100 * worst_quick:.3f} % above the least cost')
    if failures or worst_quick > 0.1:
        sys.exit(1)


main(*sys.argv[1:])
