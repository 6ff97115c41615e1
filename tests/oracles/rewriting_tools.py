# SPDX-License-Identifier: Apache-2.0
"""What rewriting.py stands on: packages from torch modules, runs of the command, and the figures."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
ANEMONE = os.environ.get("ANEMONE", str(ROOT / "build" / "release" / "anemone"))


def psnr(got, reference):
    got, reference = np.asarray(got, np.float64), np.asarray(reference, np.float64)
    assert got.shape == reference.shape, (got.shape, reference.shape)
    if not (np.isfinite(got).all() and np.isfinite(reference).all()):
        return -np.inf
    return 20 * np.log10((np.abs(reference).max() + 1e-5) / (np.sqrt(np.mean((got - reference) ** 2)) + 1e-10))


def softmax(x):
    e = np.exp(np.asarray(x, np.float64) - np.max(x, -1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def anemone(*arguments):
    done = subprocess.run([ANEMONE, *map(str, arguments)], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"anemone {' '.join(map(str, arguments))}: {done.stderr.strip()[-400:]}")
    return done.stdout


def optimized(package, *flags):
    """The package in the Neural Engine's form, and what the command says of it; it must have proved it."""
    out = package.with_name(package.stem + "-ane.mlpackage")
    report = json.loads(anemone("optimize", package, "-o", out, "--json", *flags))
    assert report["passed"] is not False, package
    return out, report


def in_form(package):
    return json.loads(anemone("inspect", package, "--ane-form", "--json"))


def run(package, inputs, numerics="float32"):
    with tempfile.TemporaryDirectory() as folder:
        flags = []
        for name, value in inputs.items():
            np.save(f"{folder}/{name}.in.npy", np.asarray(value))
            flags += ["--input", f"{name}={folder}/{name}.in.npy"]
        anemone("run", package, *flags, "--output-dir", folder, "--numerics", numerics, "--quiet")
        return {path.stem: np.load(path) for path in pathlib.Path(folder).glob("*.npy") if not path.stem.endswith(".in")}


def accept_new_numpy():
    """coremltools 9 takes int() of arrays of one element, which numpy 2.4 refuses."""
    from coremltools.converters.mil import Builder as mb
    from coremltools.converters.mil.frontend.torch import ops
    usual = ops._cast

    def cast(context, node, dtype, name):
        x = ops._get_inputs(context, node, expected=1)[0]
        if isinstance(x.val, np.ndarray) and x.val.size == 1:
            context.add(mb.const(val=dtype(x.val.reshape(-1)[0]), name=node.name), node.name)
        else:
            usual(context, node, dtype, name)

    if ops._cast.__module__ != __name__:
        ops._cast = cast


def from_torch(module, inputs, outputs, path, precision="fp16", target="iOS16", shapes=None):
    """Traces the module and writes what coremltools makes of it."""
    import coremltools as ct
    import torch
    accept_new_numpy()
    with torch.no_grad():
        traced = torch.jit.trace(module, tuple(inputs.values()), check_trace=False)
    types = [ct.TensorType(name=name, shape=(shapes or {}).get(name, tuple(value.shape)),
                           dtype=np.int32 if value.dtype in (torch.int32, torch.int64) else np.float32)
             for name, value in inputs.items()]
    model = ct.convert(traced, inputs=types, outputs=[ct.TensorType(name=name) for name in outputs],
                       minimum_deployment_target=getattr(ct.target, target), convert_to="mlprogram", skip_model_load=True,
                       compute_precision=ct.precision.FLOAT16 if precision == "fp16" else ct.precision.FLOAT32)
    model.save(str(path))
    return path


class Table:
    """Rows of figures with what must hold; the last line counts, as every test of this repository does."""

    def __init__(self):
        self.rows, self.failed = [], 0

    def row(self, what, figure, holds):
        self.failed += not holds
        self.rows.append((what, figure))
        print(f"{'ok  ' if holds else 'FAIL'} {what}: {figure}", flush=True)

    def db(self, what, value, floor):
        self.row(what, f"{value:.1f} dB (at least {floor})", value >= floor)

    def finish(self):
        print(f"{len(self.rows) - self.failed} passed, {self.failed} failed")
        sys.exit(1 if self.failed else 0)
