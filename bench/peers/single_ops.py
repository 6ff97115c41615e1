#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Single ops against ONNX Runtime's CPU provider: the same op in both, outputs compared first, then timed in
interleaved pairs. usage: single_ops.py BENCH_SINGLE_OPS [--threads 2] [--cpu] [--rounds 7] [--only NAME] > table.md

Needs numpy, coremltools, onnx and onnxruntime. A row is one shape: milliseconds of both (median of the pairs), and the
median of the ratios; above 1 Anemone is slower.
"""
import argparse
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

warnings.filterwarnings("ignore")
import coremltools as ct
import numpy as np
import onnx
import onnxruntime as ort
from coremltools.converters.mil import Builder as mb
from onnx import TensorProto, helper, numpy_helper

RNG = np.random.default_rng(0)


def random(*shape):
    return RNG.standard_normal(shape).astype(np.float32)


class Case:
    """inputs {name: array}; mil(inputs) gives a variable; node (op type, attributes, weights {name: array})."""

    def __init__(self, op, label, inputs, mil, onnx_op, attributes=None, weights=None, order=None,
                 compare=lambda a, b: (a, b), opset=18, target="iOS16"):
        self.op, self.label, self.inputs, self.mil = op, label, inputs, mil
        self.onnx_op, self.attributes, self.weights = onnx_op, attributes or {}, weights or {}
        self.order = order or list(inputs) + list(self.weights)
        self.compare, self.opset, self.target = compare, opset, getattr(ct.target, target)


def conv(batch, channels, out, size, kernel, stride=1, groups=1, dilation=1):
    nd = len(size)
    x, w, b = random(batch, channels, *size), random(out, channels // groups, *[kernel] * nd) * 0.1, random(out)
    pad = dilation * (kernel // 2)
    label = f"{batch}x{channels}x{'x'.join(map(str, size))} -> {out}, {kernel}{f'/{stride}' if stride > 1 else ''}" + \
            (f", groups {groups}" if groups > 1 else "") + (f", dilation {dilation}" if dilation > 1 else "")
    kind = "depthwise" if groups == channels and groups > 1 else f"conv {nd}-D"
    return Case(kind, label, {"x": x}, lambda x: mb.conv(
        x=x, weight=w, bias=b, strides=[stride] * nd, pad_type="custom", pad=[pad] * 2 * nd, dilations=[dilation] * nd,
        groups=groups), "Conv", dict(kernel_shape=[kernel] * nd, strides=[stride] * nd, pads=[pad] * 2 * nd,
                                     dilations=[dilation] * nd, group=groups), {"w": w, "b": b})


def conv_transpose(channels, out, size, kernel, stride, groups=1):
    nd = len(size)
    x, w, b = random(1, channels, *size), random(channels, out // groups, *[kernel] * nd) * 0.1, random(out)
    pad = (kernel - stride) // 2
    return Case("conv_transpose", f"1x{channels}x{'x'.join(map(str, size))} -> {out}, {kernel}/{stride}" +
                (f", groups {groups}" if groups > 1 else ""), {"x": x},
                lambda x: mb.conv_transpose(x=x, weight=w, bias=b, strides=[stride] * nd, pad_type="custom",
                                            pad=[pad] * 2 * nd, groups=groups),
                "ConvTranspose", dict(kernel_shape=[kernel] * nd, strides=[stride] * nd, pads=[pad] * 2 * nd,
                                      group=groups), {"w": w, "b": b})


def pool(kind, channels, size, kernel, stride):
    nd = len(size)
    pad = [kernel // 2] * 2 * nd if stride < kernel else [0] * 2 * nd
    make = mb.max_pool if kind == "max" else mb.avg_pool
    extra = {} if kind == "max" else dict(exclude_padding_from_average=False)
    attributes = dict(kernel_shape=[kernel] * nd, strides=[stride] * nd, pads=pad)
    if kind != "max":
        attributes["count_include_pad"] = 1
    return Case("pooling", f"{kind} 1x{channels}x{'x'.join(map(str, size))}, {kernel}/{stride}",
                {"x": random(1, channels, *size)},
                lambda x: make(x=x, kernel_sizes=[kernel] * nd, strides=[stride] * nd, pad_type="custom", pad=pad, **extra),
                "MaxPool" if kind == "max" else "AveragePool", attributes)


def global_pool(channels, size):
    return Case("pooling", f"global average 1x{channels}x{size}x{size}", {"x": random(1, channels, size, size)},
                lambda x: mb.avg_pool(x=x, kernel_sizes=[size, size], strides=[1, 1], pad_type="valid"), "GlobalAveragePool")


def resize(channels, size, scale, mode):
    out = [int(size * scale)] * 2
    x = random(1, channels, size, size)
    half = mode == "linear"
    weights = {"roi": np.zeros(0, np.float32), "scales": np.zeros(0, np.float32),
               "sizes": np.array([1, channels] + out, np.int64)}
    attributes = dict(mode=mode, coordinate_transformation_mode="half_pixel" if half else "asymmetric")
    if not half:
        attributes["nearest_mode"] = "floor"
    mil = (lambda x: mb.upsample_bilinear(x=x, scale_factor_height=float(scale), scale_factor_width=float(scale),
                                          align_corners=False, half_pixel_centers=True)) if half else \
        (lambda x: mb.upsample_nearest_neighbor(x=x, scale_factor_height=float(scale), scale_factor_width=float(scale)))
    return Case("resize", f"{mode} 1x{channels}x{size}x{size} x{scale}", {"x": x}, mil, "Resize", attributes, weights)


def gather(rows, columns, count, axis=0):
    x, indices = random(rows, columns), RNG.integers(0, (rows, columns)[axis], count).astype(np.int32)
    return Case("gather", f"{rows}x{columns}, {count} on axis {axis}", {"indices": indices},
                lambda indices: mb.gather(x=x, indices=indices, axis=axis), "Gather", dict(axis=axis), {"x": x},
                order=["x", "indices"])


def lstm(time, batch, inputs, hidden, both=False):
    k = 2 if both else 1
    x = random(time, batch, inputs)
    wi, wh, b = random(k, 4 * hidden, inputs) * .1, random(k, 4 * hidden, hidden) * .1, random(k, 4 * hidden) * .1
    zero = np.zeros((batch, k * hidden), np.float32)
    options = dict(weight_ih=wi[0], weight_hh=wh[0], bias=b[0], output_sequence=True,
                   direction="bidirectional" if both else "forward")
    if both:
        options.update(weight_ih_back=wi[1], weight_hh_back=wh[1], bias_back=b[1])
    # Core ML: i f o z; ONNX: i o f c.
    order = [0, 2, 1, 3]
    swap = lambda w: np.ascontiguousarray(w.reshape(k, 4, hidden, -1)[:, order].reshape(k, 4 * hidden, -1))
    weights = {"w": swap(wi), "r": swap(wh), "b": np.concatenate([swap(b[..., None])[..., 0], np.zeros_like(b)], 1)}
    return Case("lstm", f"{time}x{batch}x{inputs} -> {hidden}{', both ways' if both else ''}", {"x": x},
                lambda x: mb.lstm(x=x, initial_h=zero, initial_c=zero, **options)[0], "LSTM",
                dict(hidden_size=hidden, direction="bidirectional" if both else "forward"), weights,
                compare=lambda ours, theirs: (ours, theirs.transpose(0, 2, 1, 3).reshape(time, batch, -1)))


def gru(time, batch, inputs, hidden):
    x = random(time, batch, inputs)
    wi, wh, b = random(1, 3 * hidden, inputs) * .1, random(1, 3 * hidden, hidden) * .1, random(1, 3 * hidden) * .1
    zero = np.zeros((batch, hidden), np.float32)
    order = [2, 0, 1]  # Core ML: r o z; ONNX: z r h
    swap = lambda w: np.ascontiguousarray(w.reshape(1, 3, hidden, -1)[:, order].reshape(1, 3 * hidden, -1))
    weights = {"w": swap(wi), "r": swap(wh), "b": np.concatenate([swap(b[..., None])[..., 0], np.zeros_like(b)], 1)}
    return Case("lstm", f"gru {time}x{batch}x{inputs} -> {hidden}", {"x": x},
                lambda x: mb.gru(x=x, initial_h=zero, weight_ih=wi[0], weight_hh=wh[0], bias=b[0], output_sequence=True)[0],
                "GRU", dict(hidden_size=hidden, linear_before_reset=0), weights,
                compare=lambda ours, theirs: (ours, theirs[:, 0]))


def reduce(op, shape, axes):
    x = random(*shape)
    make = {"ReduceMean": mb.reduce_mean, "ReduceSum": mb.reduce_sum, "ReduceMax": mb.reduce_max}[op]
    return Case("reduce", f"{op} {'x'.join(map(str, shape))} over {axes}", {"x": x},
                lambda x: make(x=x, axes=axes, keep_dims=True), op, dict(keepdims=1),
                {"axes": np.array(axes, np.int64)})


def concat(shapes, axis):
    inputs = {f"x{i}": random(*s) for i, s in enumerate(shapes)}
    names = ", ".join(inputs)
    make = lambda *xs: mb.concat(values=list(xs), axis=axis)
    return Case("concat", f"{' + '.join('x'.join(map(str, s)) for s in shapes)} on {axis}", inputs,
                eval(f"lambda {names}: make({names})", {"make": make}), "Concat", dict(axis=axis))


def pad(shape, pads):
    x = random(*shape)
    both = [p for pair in pads for p in pair]
    onnx_pads = [0] * (len(shape) - len(pads)) + [p[0] for p in pads] + [0] * (len(shape) - len(pads)) + [p[1] for p in pads]
    return Case("concat", f"pad {'x'.join(map(str, shape))} by {pads}", {"x": x},
                lambda x: mb.pad(x=x, pad=both, mode="constant", constant_val=np.float32(0)), "Pad", {},
                {"pads": np.array(onnx_pads, np.int64)})


def matmul(x, y, weights=False):
    """Of two inputs, or of an input and a constant."""
    a, b = random(*x), random(*y) * 0.1
    inputs, constants = ({"x": a}, {"z": b}) if weights else ({"x": a, "z": b}, {})
    label = f"{'x'.join(map(str, x))} by {'constant ' if weights else ''}{'x'.join(map(str, y))}"
    if weights:
        return Case("matmul", label, inputs, lambda x: mb.matmul(x=x, y=b), "MatMul", weights=constants)
    return Case("matmul", label, inputs, lambda x, z: mb.matmul(x=x, y=z), "MatMul")


def linear(rows, inputs, out):
    x, w, b = random(rows, inputs), random(out, inputs) * 0.1, random(out)
    return Case("matmul", f"linear {rows}x{inputs} -> {out}", {"x": x}, lambda x: mb.linear(x=x, weight=w, bias=b), "Gemm",
                dict(transB=1), {"w": w, "b": b})


def softmax(*shape, axis=-1):
    return Case("softmax", f"{'x'.join(map(str, shape))} over {axis}", {"x": random(*shape)},
                lambda x: mb.softmax(x=x, axis=axis), "Softmax", dict(axis=axis))


def layer_norm(*shape):
    g, b = random(shape[-1]), random(shape[-1])
    return Case("norm", f"layer {'x'.join(map(str, shape))}", {"x": random(*shape)},
                lambda x: mb.layer_norm(x=x, axes=[-1], gamma=g, beta=b, epsilon=np.float32(1e-5)), "LayerNormalization",
                dict(axis=-1, epsilon=1e-5), {"g": g, "b": b})


def batch_norm(*shape):
    c = shape[1]
    g, b, m, v = random(c), random(c), random(c), np.abs(random(c)) + 0.5
    return Case("norm", f"batch {'x'.join(map(str, shape))}", {"x": random(*shape)},
                lambda x: mb.batch_norm(x=x, mean=m, variance=v, gamma=g, beta=b, epsilon=np.float32(1e-5)),
                "BatchNormalization", dict(epsilon=1e-5), {"g": g, "b": b, "m": m, "v": v})


def instance_norm(*shape):
    g, b = random(shape[1]), random(shape[1])
    return Case("norm", f"instance {'x'.join(map(str, shape))}", {"x": random(*shape)},
                lambda x: mb.instance_norm(x=x, gamma=g, beta=b, epsilon=np.float32(1e-5)), "InstanceNormalization",
                dict(epsilon=1e-5), {"g": g, "b": b})


def l2_norm(*shape):
    """ONNX has it over one axis: of a flat input that is the same."""
    return Case("norm", f"l2 {'x'.join(map(str, shape))}", {"x": random(*shape)},
                lambda x: mb.reduce_l2_norm(x=x, axes=[-1], keep_dims=True), "ReduceL2", dict(keepdims=1),
                {"axes": np.array([-1], np.int64)})


def local_response(*shape, size=5):
    return Case("norm", f"local response {'x'.join(map(str, shape))}", {"x": random(*shape)},
                lambda x: mb.local_response_norm(x=x, size=size, alpha=np.float32(1e-4), beta=np.float32(0.75),
                                                 k=np.float32(1)), "LRN", dict(size=size, alpha=1e-4, beta=0.75, bias=1.0))


def attention(batch, heads, queries, keys, size, masked=False):
    """(B, H, L, E); the other side has its fused op of the same layout."""
    q, k, v = random(batch, heads, queries, size), random(batch, heads, keys, size), random(batch, heads, keys, size)
    inputs = {"q": q, "k": k, "v": v}
    label = f"{batch}x{heads}x{queries}x{size}, {keys} keys{', causal' if masked else ''}"
    if not masked:
        return Case("attention", label, inputs, lambda q, k, v: mb.scaled_dot_product_attention(query=q, key=k, value=v),
                    "Attention", opset=23, target="iOS18")
    mask = np.triu(np.full((queries, keys), -1e4, np.float32), 1 + keys - queries)
    return Case("attention", label, inputs,
                lambda q, k, v: mb.scaled_dot_product_attention(query=q, key=k, value=v, attn_mask=mask), "Attention",
                weights={"m": mask}, opset=23, target="iOS18")


def cases():
    yield from [conv(1, 3, 64, [224, 224], 7, 2), conv(1, 64, 64, [56, 56], 3), conv(1, 128, 128, [28, 28], 3),
                conv(1, 256, 256, [14, 14], 3), conv(1, 512, 512, [7, 7], 3), conv(1, 256, 64, [56, 56], 1),
                conv(1, 320, 320, [64, 64], 3), conv(1, 64, 128, [56, 56], 3, 2), conv(1, 256, 256, [33, 33], 3, 1, 1, 2),
                conv(1, 128, 128, [28, 28], 3, 1, 32)]
    yield from [conv(1, 80, 384, [3000], 3), conv(1, 384, 384, [1500], 3, 2), conv(1, 1, 512, [16000], 10, 5),
                conv(1, 512, 512, [800], 3), conv(8, 64, 64, [256], 5), conv(1, 256, 256, [128], 1),
                conv(1, 3, 32, [16, 56, 56], 3), conv(1, 32, 32, [8, 28, 28], 3), conv(1, 64, 64, [8, 14, 14], 3),
                conv(1, 16, 32, [16, 32, 32], 3, 2), conv(1, 1, 32, [32, 64, 64], 3), conv(1, 64, 64, [16, 28, 28], 3),
                conv(1, 128, 128, [4, 14, 14], 3), conv(1, 256, 256, [2, 7, 7], 3), conv(1, 64, 128, [8, 28, 28], 1),
                conv(1, 3, 64, [8, 112, 112], 7, 2), conv(1, 64, 64, [8, 16, 16], 3, 1, 64)]
    yield from [conv(1, 512, 2048, [77], 1), conv(1, 128, 128, [1000], 3, 1, 1, 4), conv(1, 32, 64, [4000], 8, 4),
                conv(1, 256, 256, [400], 7)]
    yield from [matmul((128, 768), (768, 768), weights=True), matmul((1, 768), (768, 50257), weights=True),
                linear(128, 768, 3072), linear(128, 3072, 768), linear(1, 2048, 2048), linear(512, 384, 1536),
                matmul((1, 12, 128, 64), (1, 12, 64, 128)), matmul((1, 12, 128, 128), (1, 12, 128, 64)),
                matmul((8, 64, 256), (8, 256, 64)), matmul((1024, 1024), (1024, 1024)), matmul((1, 32, 1, 64), (1, 32, 64, 512)),
                matmul((32, 100), (100, 10))]
    yield from [softmax(1, 12, 128, 128), softmax(1, 12, 512, 512), softmax(8, 12, 64, 64), softmax(1, 1000),
                softmax(64, 1000), softmax(1, 50257), softmax(128, 30522), softmax(1, 21, 64, 64, axis=1),
                softmax(1, 8, 197, 197), softmax(1, 32, 1, 1024)]
    yield from [layer_norm(1, 128, 768), layer_norm(1, 512, 384), layer_norm(8, 128, 1024), layer_norm(1, 1, 2048),
                layer_norm(197, 768), batch_norm(1, 64, 112, 112), batch_norm(1, 256, 28, 28), instance_norm(1, 64, 128, 128),
                instance_norm(1, 256, 32, 32), local_response(1, 96, 55, 55), l2_norm(128, 768), l2_norm(1, 512, 384)]
    yield from [attention(1, 12, 128, 128, 64), attention(1, 12, 512, 512, 64), attention(1, 6, 128, 128, 64),
                attention(8, 12, 64, 64, 64), attention(1, 12, 197, 197, 64), attention(1, 8, 77, 77, 64, True),
                attention(1, 12, 1, 256, 64), attention(1, 32, 1, 1024, 64), attention(1, 12, 128, 128, 64, True),
                attention(1, 8, 1024, 77, 40)]
    yield from [conv(1, 32, 32, [112, 112], 3, 1, 32), conv(1, 96, 96, [112, 112], 3, 2, 96),
                conv(1, 144, 144, [56, 56], 3, 1, 144), conv(1, 192, 192, [28, 28], 3, 1, 192),
                conv(1, 384, 384, [14, 14], 3, 1, 384), conv(1, 960, 960, [7, 7], 3, 1, 960),
                conv(1, 240, 240, [28, 28], 5, 2, 240), conv(1, 672, 672, [14, 14], 5, 1, 672),
                conv(1, 96, 96, [56, 56], 7, 1, 96), conv(1, 512, 512, [200], 31, 1, 512)]
    yield from [conv_transpose(64, 32, [32, 32], 4, 2), conv_transpose(128, 64, [16, 16], 4, 2),
                conv_transpose(256, 128, [16, 16], 2, 2), conv_transpose(512, 256, [8, 8], 4, 2),
                conv_transpose(64, 3, [64, 64], 4, 2), conv_transpose(32, 32, [64, 64], 2, 2),
                conv_transpose(256, 256, [32, 32], 2, 2), conv_transpose(64, 64, [64, 64], 4, 2, 64),
                conv_transpose(512, 256, [64], 16, 8), conv_transpose(16, 8, [8, 16, 16], 2, 2)]
    yield from [pool("max", 64, [112, 112], 3, 2), pool("max", 64, [56, 56], 2, 2), pool("max", 256, [28, 28], 3, 1),
                pool("max", 512, [14, 14], 2, 2), pool("average", 64, [112, 112], 3, 2),
                pool("average", 256, [28, 28], 2, 2), pool("average", 512, [14, 14], 3, 1), global_pool(2048, 7),
                global_pool(64, 112), pool("max", 128, [400], 3, 2)]
    yield from [resize(64, 32, 2, "linear"), resize(256, 16, 2, "linear"), resize(3, 128, 2, "linear"),
                resize(21, 64, 4, "linear"), resize(128, 56, 2, "linear"), resize(64, 32, 2, "nearest"),
                resize(256, 16, 2, "nearest"), resize(320, 32, 2, "nearest"), resize(3, 112, 2, "nearest"),
                resize(128, 64, 2, "nearest")]
    yield from [gather(30522, 384, 128), gather(30522, 768, 512), gather(50257, 768, 1024), gather(32000, 2048, 128),
                gather(32000, 2048, 1), gather(512, 768, 512), gather(1024, 1024, 256, 1), gather(197, 768, 1),
                gather(100000, 64, 4096), gather(49408, 512, 77)]
    yield from [lstm(50, 1, 128, 128), lstm(100, 1, 256, 256), lstm(20, 16, 256, 256), lstm(50, 1, 300, 512),
                lstm(100, 1, 80, 128, True), lstm(30, 8, 128, 128, True), lstm(200, 1, 64, 64), lstm(10, 32, 512, 512),
                gru(50, 1, 128, 128), gru(20, 16, 256, 256)]
    yield from [reduce("ReduceMean", (1, 128, 768), [-1]), reduce("ReduceMean", (1, 512, 14, 14), [2, 3]),
                reduce("ReduceSum", (8, 128, 1024), [-1]), reduce("ReduceMax", (1, 256, 28, 28), [1]),
                reduce("ReduceMean", (1, 768, 1, 128), [1]), reduce("ReduceSum", (16, 64, 512), [1]),
                reduce("ReduceMax", (1, 1000, 768), [1]), reduce("ReduceMean", (32, 196, 384), [1]),
                reduce("ReduceSum", (1, 12, 128, 128), [-1]), reduce("ReduceMax", (64, 1000), [-1])]
    yield from [concat([(1, 256, 28, 28), (1, 256, 28, 28)], 1), concat([(1, 128, 384), (1, 128, 384)], -1),
                concat([(1, 12, 128, 64), (1, 12, 1, 64)], 2), concat([(8, 64, 56, 56)] * 3, 1),
                pad((1, 64, 56, 56), [(1, 1), (1, 1)]), pad((1, 3, 224, 224), [(3, 3), (3, 3)]),
                pad((1, 80, 3000), [(1, 1)]), pad((1, 256, 14, 14), [(1, 1), (1, 1)]), concat([(1, 64, 56, 56), (1, 32, 56, 56), (1, 16, 56, 56)], 1),
                concat([(1, 77, 768), (1, 1, 768)], 1)]


def save_ours(case, folder):
    specs = [mb.TensorSpec(a.shape, dtype=ct.converters.mil.mil.types.int32 if a.dtype == np.int32 else
                           ct.converters.mil.mil.types.fp32) for a in case.inputs.values()]
    names = ", ".join(case.inputs)
    body = eval(f"lambda {names}: mb.identity(x=mil({names}), name='y')", {"mil": case.mil, "mb": mb})
    program = mb.program(input_specs=specs, opset_version=case.target)(body)
    model = ct.convert(program, convert_to="mlprogram", minimum_deployment_target=case.target,
                       compute_precision=ct.precision.FLOAT32, skip_model_load=True,
                       pass_pipeline=ct.PassPipeline.EMPTY)
    model.save(str(folder / "m.mlpackage"))
    for name, array in case.inputs.items():
        np.save(folder / f"{name}.npy", array)


def their_session(case, threads):
    kind = {np.dtype(np.float32): TensorProto.FLOAT, np.dtype(np.int32): TensorProto.INT32}
    inputs = [helper.make_tensor_value_info(n, kind[a.dtype], a.shape) for n, a in case.inputs.items()]
    order = list(case.order)
    if case.onnx_op in ("LSTM", "GRU"):
        order = ["x", "w", "r", "b"]
    if case.onnx_op == "Resize":
        order = ["x", "", "", "sizes"]
    weights = [numpy_helper.from_array(a, n) for n, a in case.weights.items() if n in order]
    node = helper.make_node(case.onnx_op, order, ["y"], **case.attributes)
    graph = helper.make_graph([node], "g", inputs, [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)], weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", case.opset)],
                              ir_version=10)
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    return ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def measure(case, bench, threads, rounds, cpu):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        save_ours(case, folder)
        session = their_session(case, threads)
        command = [bench, str(folder / "m.mlpackage"), str(threads), str(folder)]
        server = subprocess.Popen(command + [f"{n}={folder}/{n}.npy" for n in case.inputs], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, text=True)

        def ask(line):
            server.stdin.write(line + "\n")
            server.stdin.flush()
            answer = server.stdout.readline()
            if not answer:
                raise RuntimeError("the bench program ended")
            return answer

        def theirs(count):
            clock = time.process_time if cpu else time.perf_counter
            begin = clock()
            for _ in range(count):
                session.run(None, case.inputs)
            return (clock() - begin) / count

        def ours_of(count):
            time.sleep(0.02)  # until their threads no longer spin for the next run
            return float(ask(f"run {count}").split()[cpu])

        ask("save")
        ours, other = case.compare(np.load(folder / "y.npy"), session.run(None, case.inputs)[0])
        error = np.abs(ours - other).max() / max(1e-9, np.abs(other).max())
        if ours.shape != other.shape or not error < 1e-4:
            raise RuntimeError(f"{case.op} {case.label}: outputs differ, {ours.shape} {other.shape} {error}")
        count = max(1, min(200, int(0.03 / max(1e-6, theirs(2)))))
        ours_of(count), theirs(count)
        pairs = [(ours_of(count), theirs(count)) for _ in range(rounds)]
        server.stdin.close()
        server.wait()
    return (1e3 * np.median([a for a, _ in pairs]), 1e3 * np.median([b for _, b in pairs]),
            np.median([a / b for a, b in pairs]))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("bench")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--cpu", action="store_true", help="the processor's time, for busy machines; with one thread")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", default="", help="words with commas between them: rows that contain one")
    options = parser.parse_args()
    print("| op | shape | Anemone ms | ONNX Runtime ms | ratio |\n|---|---|---|---|---|")
    for case in cases():
        if options.only and not any(word in f"{case.op} {case.label}" for word in options.only.split(",")):
            continue
        ours, theirs, ratio = measure(case, options.bench, options.threads, options.rounds, options.cpu)
        print(f"| {case.op} | {case.label} | {ours:.3f} | {theirs:.3f} | {ratio:.2f} |", flush=True)


if __name__ == "__main__":
    sys.exit(main())
