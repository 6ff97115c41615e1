#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes tests/data/torch: files of torch.save in every form that the reader knows, and some that it refuses.

    make_torch_files.py FOLDER      needs torch
"""
import collections
import os
import pathlib
import sys

import torch

TYPES = ("bfloat16", "float16", "float64", "int64", "int32", "int16", "int8", "uint8", "bool")


class Evil:
    def __reduce__(self):
        return os.system, ("true",)


def tensors():
    a = torch.arange(6, dtype=torch.float32).reshape(2, 3)
    state = collections.OrderedDict(
        a=a, a_transposed=a.t(), a_column=a[:, 1], a_expanded=a[0].expand(2, 3),
        inside=torch.arange(20, dtype=torch.float32)[4:10].reshape(2, 3), scalar=torch.tensor(7.5),
        empty=torch.zeros(0, 3), parameter=torch.nn.Parameter(a + 1))
    for name in TYPES:
        state[name] = torch.arange(4).to(getattr(torch, name))
    state._metadata = {"": {"version": 1}}
    return state


def main(folder):
    state = tensors()
    torch.save(state, folder / "zip.pt")
    torch.save(state, folder / "stream.pt", _use_new_zipfile_serialization=False)
    more = collections.OrderedDict(state)
    more["uint16"] = torch.arange(4).to(torch.uint16)
    more["float8"] = torch.arange(4).to(torch.float8_e4m3fn)
    more["complex"] = torch.zeros(2, dtype=torch.complex64)
    optimizer = {"state": {0: {"step": torch.tensor(3.0), "exp_avg": state["a"]}},
                 "param_groups": [{"lr": 1e-3, "params": [0]}]}
    notes = {"n_layer": 2, "name": "x", "bias": False, "rate": 0.5, "none": None, "list": [1, (2, "b")], "wide": 2**70}
    torch.save({"model": more, "optimizer": optimizer, "model_args": notes, "best": torch.tensor(1.5)},
               folder / "nested.pt")
    torch.save({name: state[name] for name in ("a", "a_transposed")}, folder / "protocol4.pt", pickle_protocol=4)
    torch.save(torch.nn.Linear(2, 2), folder / "module.pt")
    torch.save({"a": state["a"], "evil": Evil()}, folder / "evil.pt", _use_new_zipfile_serialization=False)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
