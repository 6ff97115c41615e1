#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the model of this folder on every compute unit of a Mac and saves what it gives, how long it takes and where
Core ML puts each op. Needs macOS, Python 3.9 or later, and: pip install coremltools numpy pillow

    python3 kit.py

Then copy the folder back and read it with: anemone verify --device-results FOLDER
"""
import argparse
import importlib
import json
import pathlib
import platform
import statistics
import sys
import time

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
WARM_UPS = 3
RUNS = 13


class CoreML:
    """The calls of Core ML; another module with these functions can stand in for it (--backend)."""

    def __init__(self):
        import coremltools as ct

        self.ct = ct

    def compile(self, package, destination):
        return self.ct.models.utils.compile_model(str(package), str(destination))

    def load(self, compiled, unit, function):
        arguments = {"function_name": function} if function else {}
        return self.ct.models.CompiledMLModel(compiled, self.ct.ComputeUnit[unit], **arguments)

    def make_state(self, model):
        return model.make_state()

    def predict(self, model, inputs, state):
        return model.predict(inputs, state) if state is not None else model.predict(inputs)

    def image(self, pixels):
        from PIL import Image

        return Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels)

    def plan(self, compiled, unit, function):
        from coremltools.models import compute_device as devices
        from coremltools.models.compute_plan import MLComputePlan

        names = {devices.MLCPUComputeDevice: "cpu", devices.MLGPUComputeDevice: "gpu",
                 devices.MLNeuralEngineComputeDevice: "ane"}
        plan = MLComputePlan.load_from_path(compiled, compute_units=self.ct.ComputeUnit[unit])
        program = plan.model_structure.program
        if program is None:
            return []
        block = program.functions[function or "main"].block
        ops = []
        for op in block.operations:
            usage = plan.get_compute_device_usage_for_mlprogram_operation(op)
            cost = plan.get_estimated_cost_for_mlprogram_operation(op)
            if usage is None:
                continue  # constants
            ops.append({
                "name": op.outputs[0].name if op.outputs else "",
                "type": op.operator_name,
                "preferred": names.get(type(usage.preferred_compute_device), "?"),
                "supported": [names.get(type(device), "?") for device in usage.supported_compute_devices],
                "cost": cost.weight if cost is not None else None,
            })
        return ops


def inputs_of(call, kit, backend):
    kinds = {entry["name"]: entry["kind"] for entry in kit["inputs"]}
    values = {}
    for name, file in call["inputs"].items():
        value = np.load(HERE / file)
        values[name] = backend.image(value) if kinds[name] == "image" else value
    return values


def as_json(value):
    if isinstance(value, dict):
        return {str(key): float(number) for key, number in value.items()}
    return value.item() if hasattr(value, "item") else value


def save(folder, outputs):
    folder.mkdir(parents=True, exist_ok=True)
    for name, value in outputs.items():
        if isinstance(value, (np.ndarray, np.generic)) and not isinstance(value, np.str_):
            np.save(folder / (name + ".npy"), np.asarray(value))
        else:
            (folder / (name + ".json")).write_text(json.dumps(as_json(value)))


def run_samples(model, kit, backend, folder):
    for number, sample in enumerate(kit["samples"]):
        state = backend.make_state(model) if kit["states"] else None
        for index, call in enumerate(sample["calls"]):
            outputs = backend.predict(model, inputs_of(call, kit, backend), state)
            save(folder / str(number) / str(index), outputs)


def time_calls(model, kit, backend):
    inputs = inputs_of(kit["samples"][0]["calls"][0], kit, backend)
    times = []
    for run in range(WARM_UPS + RUNS):
        state = backend.make_state(model) if kit["states"] else None
        start = time.perf_counter()
        backend.predict(model, inputs, state)
        if run >= WARM_UPS:
            times.append((time.perf_counter() - start) * 1e3)
    return times


def measure(compiled, unit, kit, backend, results):
    function = kit["function"] if kit["multifunction"] else None
    start = time.perf_counter()
    model = backend.load(compiled, unit, function)
    cold = time.perf_counter() - start
    del model
    start = time.perf_counter()
    model = backend.load(compiled, unit, function)
    cached = time.perf_counter() - start
    run_samples(model, kit, backend, results / "outputs" / unit)
    times = time_calls(model, kit, backend)
    return {"load_cold_s": cold, "load_cached_s": cached, "median_ms": statistics.median(times), "runs_ms": times,
            "plan": backend.plan(compiled, unit, function)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--backend", help="a module with a class CoreML that stands in for Core ML")
    arguments = parser.parse_args()
    backend = importlib.import_module(arguments.backend).CoreML() if arguments.backend else CoreML()
    kit = json.loads((HERE / "kit.json").read_text())
    results = HERE / "results"
    results.mkdir(exist_ok=True)
    start = time.perf_counter()
    compiled = str(backend.compile(HERE / kit["package"], results / "model.mlmodelc"))
    report = {"format": 1, "made_by": "kit.py",
              "device": {"machine": platform.machine(), "processor": platform.processor(), "os": platform.platform()},
              "compile_s": time.perf_counter() - start, "units": {}}
    for unit in kit["compute_units"]:
        print(unit, "...", file=sys.stderr)
        try:
            report["units"][unit] = measure(compiled, unit, kit, backend, results)
        except Exception as error:  # one unit that fails must not hide the others
            report["units"][unit] = {"error": f"{type(error).__name__}: {error}"}
    (results / "results.json").write_text(json.dumps(report, indent=1))
    print("wrote", results / "results.json")


if __name__ == "__main__":
    main()
