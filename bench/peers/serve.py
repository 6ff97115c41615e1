# SPDX-License-Identifier: Apache-2.0
"""A peer that runs when it is told to, so that two programs can take turns:

    serve.py ENGINE MODEL THREADS INPUT_FOLDER

ENGINE is onnxruntime, openvino-f32 or openvino-bf16. Reads INPUT_FOLDER/NAME.npy, loads, runs once and prints
"ready LOAD_SECONDS VERSION". Then answers lines: `run` with the seconds of one run, `save FILE` (the first output)
with `ok`, `rss` with the peak resident bytes.
"""
import pathlib
import resource
import sys
import time

import numpy as np


def onnxruntime_runner(model, threads, inputs):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Its threads spin within a run as ever, but not while it is the other program's turn.
    options.add_session_config_entry("session.force_spinning_stop", "1")
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    return lambda: session.run(None, inputs)[0], onnxruntime.__version__


def openvino_runner(precision):
    def make(model, threads, inputs):
        import openvino

        core = openvino.Core()
        compiled = core.compile_model(model, "CPU", {
            "INFERENCE_PRECISION_HINT": precision, "INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY"})
        request = compiled.create_infer_request()
        tensors = {name: openvino.Tensor(value) for name, value in inputs.items()}

        def run():
            request.infer(tensors)
            return request.get_output_tensor(0).data

        return run, openvino.__version__

    return make


ENGINES = {"onnxruntime": onnxruntime_runner, "openvino-f32": openvino_runner("f32"), "openvino-bf16": openvino_runner("bf16")}


def main(engine, model, threads, folder):
    inputs = {p.stem: np.load(p).astype(np.int64) for p in pathlib.Path(folder).glob("*.npy")}
    __import__(engine.split("-")[0])
    begin = time.perf_counter()
    run, version = ENGINES[engine](model, int(threads), inputs)
    loaded = time.perf_counter() - begin
    run()
    print("ready", loaded, version.split("-")[0], flush=True)
    for line in sys.stdin:
        words = line.split()
        if words[0] == "run":
            begin = time.perf_counter()
            run()
            print(time.perf_counter() - begin, flush=True)
        elif words[0] == "save":
            np.save(words[1], np.asarray(run(), dtype=np.float32))
            print("ok", flush=True)
        elif words[0] == "rss":
            print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
