# SPDX-License-Identifier: Apache-2.0
"""Stands in for Core ML in a kit: predictions come from `anemone run` in half precision on the "Neural Engine" and in
float32 elsewhere, so that what the kit's script does around the calls can be tried on any machine."""
import os
import pathlib
import shutil
import subprocess
import tempfile

import numpy as np


class CoreML:
    def __init__(self):
        self.done = {}  # what was asked for before: outputs and states afterwards

    def compile(self, package, destination):
        shutil.copytree(package, destination)
        return destination

    def load(self, compiled, unit, function):
        if unit == os.environ.get("STANDIN_FAILS"):
            raise RuntimeError("this unit cannot be loaded")
        return {"package": compiled, "numerics": "ieee-half" if unit in ("CPU_AND_NE", "ALL") else "float32"}

    def image(self, pixels):
        return pixels

    def make_state(self, model):
        return tempfile.mkdtemp()

    def predict(self, model, inputs, state):
        files = {file.name: file.read_bytes() for file in pathlib.Path(state).glob("*")} if state is not None else {}
        key = (model["numerics"], tuple((name, value.tobytes()) for name, value in sorted(inputs.items())),
               tuple(sorted(files.items())))
        if key not in self.done:
            outputs = self.run(model, inputs, state)
            after = {file.name: file.read_bytes() for file in pathlib.Path(state).glob("*")} if state is not None else {}
            self.done[key] = (outputs, after)
        outputs, after = self.done[key]
        for name, content in after.items():
            (pathlib.Path(state) / name).write_bytes(content)
        return outputs

    def run(self, model, inputs, state):
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            command = [os.environ["ANEMONE"], "run", model["package"] + "/../../model.mlpackage", "--quiet",
                       "--numerics", model["numerics"], "--output-dir", str(folder / "out")]
            if state is not None:
                command += ["--state-in", state, "--state-out", state]
            for name, value in inputs.items():
                np.save(folder / (name + ".npy"), value)
                command += ["--input", f"{name}={folder / (name + '.npy')}"]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            return {file.stem: np.array(np.load(file)) for file in sorted((folder / "out").glob("*.npy"))}

    def plan(self, compiled, unit, function):
        ane = unit in ("CPU_AND_NE", "ALL")
        return [{"name": "a", "type": "linear", "preferred": "ane" if ane else "cpu", "supported": ["cpu", "ane"], "cost": 0.75},
                {"name": "b", "type": "gather", "preferred": "cpu", "supported": ["cpu"], "cost": 0.25}]
