#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the packages of tests/data/made: small torch modules with random weights, converted by coremltools, with inputs
and the outputs that torch computes. usage: make_made.py OUT [NAME...]

OUT/index.json lists {name, package, kind, calls}; a call has inputs [[name, file]...], outputs [file...] and
output_names, and function where it is not the default one. Names end in the precision of the package. Expected outputs
are float32 computations of torch, whatever the package's precision.
"""
import json
import shutil
import struct
import sys
import warnings
import zlib
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

warnings.filterwarnings("ignore")
import coremltools as ct
import coremltools.optimize as cto

FP16, FP32 = ct.precision.FLOAT16, ct.precision.FLOAT32


def write_png(path, pixels):
    """8-bit grey or RGB, no filter."""
    height, width = pixels.shape[:2]
    color = 2 if pixels.ndim == 3 else 0
    rows = b"".join(b"\0" + pixels[y].tobytes() for y in range(height))

    def chunk(kind, data):
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", width, height, 8, color, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 9)) +
                     chunk(b"IEND", b""))


class Maker:
    def __init__(self, out):
        self.out = Path(out)
        self.index = []

    def convert(self, module, example, inputs, target, precision, **options):
        module.eval()
        for parameter in module.parameters():
            parameter.requires_grad_(False)
        traced = module if isinstance(module, torch.jit.ScriptModule) else torch.jit.trace(module, example, check_trace=False)
        return ct.convert(traced, inputs=inputs, minimum_deployment_target=target, compute_precision=precision,
                          convert_to="mlprogram", skip_model_load=True, **options)

    def save(self, name, model):
        path = self.out / name / "model.mlpackage"
        shutil.rmtree(path.parent, ignore_errors=True)
        path.parent.mkdir(parents=True)
        model.save(str(path))
        return path

    def add(self, name, calls, kind="model"):
        """calls: (inputs {name: array, or ("png", pixels)}, outputs {name: array, str, int or dict}, function)"""
        entry = {"name": name, "package": f"{name}/model.mlpackage", "kind": kind, "calls": []}
        for i, (inputs, outputs, *function) in enumerate(calls):
            call = {"inputs": [], "outputs": [], "output_names": []}
            if function:
                call["function"] = function[0]
            for key, value in inputs.items():
                image = isinstance(value, tuple)
                file = f"{name}/in{i}_{key}.{'png' if image else 'npy'}"
                write_png(self.out / file, value[1]) if image else np.save(self.out / file, value)
                call["inputs"].append([key, file])
            for key, value in outputs.items():
                array = isinstance(value, (np.ndarray, torch.Tensor))
                file = f"{name}/out{i}_{key}.{'npy' if array else 'json'}"
                if array:
                    np.save(self.out / file, np.asarray(value))
                else:
                    (self.out / file).write_text(json.dumps(value) + "\n")
                call["outputs"].append(file)
                call["output_names"].append(key)
            entry["calls"].append(call)
        self.index.append(entry)


def out_names(model):
    return [output.name for output in model.get_spec().description.output]


def simple(maker, name, module, examples, target, precision, inputs=None, after=None, kind="model", **options):
    """examples: a list of {input: tensor}, the first for tracing."""
    inputs = inputs or [ct.TensorType(name=key, shape=value.shape,
                                      dtype=np.int32 if value.dtype == torch.int32 else np.float32)
                        for key, value in examples[0].items()]
    model = maker.convert(module, tuple(examples[0].values()), inputs, target, precision, **options)
    if after:
        model = after(model)
    maker.save(name, model)
    calls = []
    for example in examples:
        with torch.no_grad():
            wanted = module(*example.values())
        wanted = wanted if isinstance(wanted, tuple) else (wanted,)
        calls.append(({key: value.numpy() for key, value in example.items()}, dict(zip(out_names(model), wanted))))
    maker.add(name, calls, kind)
    return model


# ---- modules
class Recurrent(nn.Module):
    def __init__(self, kind, bidirectional):
        super().__init__()
        self.embedding = nn.Embedding(50, 12)
        self.rnn = kind(12, 10, num_layers=2, bidirectional=bidirectional, batch_first=True)
        self.head = nn.Linear(20 if bidirectional else 10, 5)

    def forward(self, ids):
        sequence, _ = self.rnn(self.embedding(ids))
        return self.head(sequence)


class Inverted(nn.Module):
    def __init__(self, channels, out, stride):
        super().__init__()
        wide = channels * 3
        self.same = stride == 1 and channels == out
        self.body = nn.Sequential(
            nn.Conv2d(channels, wide, 1, bias=False), nn.BatchNorm2d(wide), nn.ReLU6(),
            nn.Conv2d(wide, wide, 3, stride, 1, groups=wide, bias=False), nn.BatchNorm2d(wide), nn.Hardswish(),
            nn.Conv2d(wide, out, 1, bias=False), nn.BatchNorm2d(out))

    def forward(self, x):
        return x + self.body(x) if self.same else self.body(x)


class MobileNet(nn.Module):
    def __init__(self, channels=3, classes=6, soft=False):
        super().__init__()
        self.soft = soft
        self.stem = nn.Sequential(nn.Conv2d(channels, 8, 3, 2, 1), nn.BatchNorm2d(8), nn.Hardswish())
        self.blocks = nn.Sequential(Inverted(8, 8, 1), Inverted(8, 12, 2), Inverted(12, 12, 1))
        self.head = nn.Linear(12, classes)
        # Normalisation fitted to random images, so that the outputs depend on the input as a trained model's do.
        for layer in self.modules():
            if isinstance(layer, nn.BatchNorm2d):
                layer.momentum = None
        for _ in range(4):
            self(torch.rand(8, channels, 32, 32))
        nn.init.normal_(self.head.weight, std=2)

    def forward(self, x):
        logits = self.head(self.blocks(self.stem(x)).mean((2, 3)))
        return logits.softmax(-1) if self.soft else logits


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = nn.LayerNorm(16)
        self.qkv = nn.Linear(16, 48)
        self.out = nn.Linear(16, 16)
        self.mlp = nn.Sequential(nn.Linear(16, 32), nn.GELU(), nn.Linear(32, 16))

    def forward(self, x):
        q, k, v = self.qkv(self.norm(x)).reshape(1, -1, 3, 2, 8).permute(2, 0, 3, 1, 4)
        weights = (q @ k.transpose(-1, -2) / 8**0.5).softmax(-1)
        x = x + self.out((weights @ v).transpose(1, 2).reshape(1, -1, 16))
        return x + self.mlp(x)


class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.down = nn.Conv2d(2, 6, 3, 2, 1)
        self.norm = nn.GroupNorm(2, 6)
        self.middle = nn.Conv2d(6, 6, 3, 1, 1)
        self.up = nn.ConvTranspose2d(6, 4, 4, 2, 1)
        self.last = nn.Conv2d(6, 2, 1)

    def forward(self, x):
        y = F.silu(self.norm(self.down(x)))
        y = F.interpolate(F.max_pool2d(self.middle(y), 2), scale_factor=2, mode="nearest")
        return self.last(torch.cat([F.leaky_relu(self.up(y), 0.1), x], 1))


class Causal(nn.Module):
    def __init__(self):
        super().__init__()
        self.convs = nn.ModuleList([nn.Conv1d(4, 8, 3, dilation=d) for d in (1, 2, 4)])

    def forward(self, x):
        for conv in self.convs:
            a, b = conv(F.pad(x, ((conv.kernel_size[0] - 1) * conv.dilation[0], 0))).chunk(2, 1)
            x = x + torch.tanh(a) * torch.sigmoid(b)
        return x


class Accumulator(nn.Module):
    """A ring of the last four inputs, and how many came."""

    def __init__(self):
        super().__init__()
        self.register_buffer("ring", torch.zeros(4, 6, dtype=torch.float16))
        self.register_buffer("count", torch.zeros(1, dtype=torch.float16))

    def forward(self, x):
        self.ring[:3] = self.ring[1:].clone()
        self.ring[3:] = x.half()
        self.count.add_(torch.ones(1, dtype=torch.float16))
        return self.ring.float().sum(0) / self.count.float()


class Scaled(nn.Module):
    def __init__(self, factor):
        super().__init__()
        self.linear = nn.Linear(6, 4)
        self.factor = factor

    def forward(self, x):
        return torch.tanh(self.linear(x)) * self.factor


class WithBias(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(6, 4)

    def forward(self, x, bias):
        return self.linear(x) + bias


# ---- packages
def recurrent(maker):
    ids = torch.randint(0, 50, (2, 7), dtype=torch.int32)
    simple(maker, "lstm-bidirectional-iOS15-fp32", Recurrent(nn.LSTM, True), [{"ids": ids}], ct.target.iOS15, FP32)
    simple(maker, "gru-iOS16-fp16", Recurrent(nn.GRU, False), [{"ids": ids}], ct.target.iOS16, FP16)


def convolutional(maker):
    simple(maker, "mobilenet-iOS16-fp16", MobileNet(), [{"x": torch.randn(1, 3, 32, 32)}], ct.target.iOS16, FP16)
    simple(maker, "unet-iOS17-fp32", UNet(), [{"x": torch.randn(1, 2, 16, 16)}], ct.target.iOS17, FP32)
    simple(maker, "causal-conv-iOS15-fp32", Causal(), [{"x": torch.randn(2, 4, 20)}], ct.target.iOS15, FP32)


def flexible(maker):
    length = ct.RangeDim(1, 32, default=8)
    simple(maker, "encoder-range-iOS17-fp32", Encoder(), [{"x": torch.randn(1, n, 16)} for n in (8, 1, 32)],
           ct.target.iOS17, FP32, inputs=[ct.TensorType(name="x", shape=(1, length, 16))])
    shapes = ct.EnumeratedShapes([(1, 2, 16, 16), (1, 2, 24, 32)], default=(1, 2, 16, 16))
    simple(maker, "unet-enumerated-iOS16-fp16", UNet(), [{"x": torch.randn(1, 2, 16, 16)}, {"x": torch.randn(1, 2, 24, 32)}],
           ct.target.iOS16, FP16, inputs=[ct.TensorType(name="x", shape=shapes)])


def optional(maker):
    module = WithBias()
    x = torch.randn(3, 6)
    default = np.full((3, 4), 0.5, np.float32)
    inputs = [ct.TensorType(name="x", shape=(3, 6)), ct.TensorType(name="bias", shape=(3, 4), default_value=default)]
    model = maker.convert(module, (x, torch.zeros(3, 4)), inputs, ct.target.iOS16, FP32)
    name = "optional-iOS16-fp32"
    maker.save(name, model)
    bias = torch.randn(3, 4)
    key = out_names(model)[0]
    maker.add(name, [({"x": x.numpy()}, {key: module(x, torch.from_numpy(default)).numpy()}),
                     ({"x": x.numpy(), "bias": bias.numpy()}, {key: module(x, bias).numpy()})])


def as_model_input(pixels, layout, scale, bias):
    if layout == "GRAYSCALE":
        planes = pixels[None].astype(np.float32)
    else:
        planes = (pixels if layout == "RGB" else pixels[..., ::-1]).transpose(2, 0, 1).astype(np.float32)
    return torch.from_numpy(planes.copy())[None] * scale + torch.tensor(bias)[None, :, None, None]


def images(maker):
    for layout, channels, precision in (("RGB", 3, "fp32"), ("BGR", 3, "fp16"), ("GRAYSCALE", 1, "fp32")):
        name = f"image-{layout.lower()}-iOS16-{precision}"
        module = MobileNet(channels)
        bias = [-0.4] if channels == 1 else [-0.5, -0.4, -0.45]
        image = ct.ImageType(name="image", shape=(1, channels, 20, 24), scale=1 / 255, bias=bias,
                             color_layout=getattr(ct.colorlayout, layout))
        model = maker.convert(module, torch.rand(1, channels, 20, 24), [image], ct.target.iOS16,
                              FP16 if precision == "fp16" else FP32)
        maker.save(name, model)
        pixels = np.random.default_rng(7).integers(0, 256, (20, 24, 3) if channels == 3 else (20, 24), dtype=np.uint8)
        key = out_names(model)[0]
        wanted = module(as_model_input(pixels, layout, 1 / 255, bias)).numpy()
        maker.add(name, [({"image": ("png", pixels)}, {key: wanted}), ({"image": pixels}, {key: wanted})])


def classifiers(maker):
    for kind, labels in (("strings", ["ant", "bee", "cat", "dog", "elk"]), ("integers", [3, 1, 4, 15, 92])):
        name = f"classifier-{kind}-iOS16-fp32"
        module = MobileNet(classes=5, soft=True)
        image = ct.ImageType(name="image", shape=(1, 3, 16, 16), scale=1 / 255, color_layout=ct.colorlayout.RGB)
        model = maker.convert(module, torch.rand(1, 3, 16, 16), [image], ct.target.iOS16, FP32,
                              classifier_config=ct.ClassifierConfig(labels))
        maker.save(name, model)
        description = model.get_spec().description
        pixels = np.random.default_rng(8).integers(0, 256, (16, 16, 3), dtype=np.uint8)
        wanted = module(as_model_input(pixels, "RGB", 1 / 255, [0.0, 0.0, 0.0]))[0].tolist()
        maker.add(name, [({"image": ("png", pixels)}, {
            description.predictedFeatureName: labels[int(np.argmax(wanted))],
            description.predictedProbabilitiesName: {str(label): p for label, p in zip(labels, wanted)}})])


def multifunction(maker):
    name = "functions-iOS18-fp16"
    x = torch.randn(2, 6)
    base = Scaled(1.0)
    folder = maker.out / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    descriptor = ct.utils.MultiFunctionDescriptor()
    calls = []
    for function, factor in (("plain", 1.0), ("tripled", 3.0)):
        base.factor = factor
        model = maker.convert(base, x, [ct.TensorType(name="x", shape=(2, 6))], ct.target.iOS18, FP16,
                              outputs=[ct.TensorType(name="y")])
        path = folder / f"{function}.mlpackage"
        model.save(str(path))
        descriptor.add_function(str(path), "main", function)
        calls.append(({"x": x.numpy()}, {"y": base(x).numpy()}, function))
    descriptor.default_function_name = "plain"
    ct.utils.save_multifunction(descriptor, str(folder / "model.mlpackage"))
    for function in ("plain", "tripled"):
        shutil.rmtree(folder / f"{function}.mlpackage")
    maker.add(name, calls + [(calls[0][0], calls[0][1], "")])


def pipelines(maker):
    first, second = Scaled(2.0), nn.Sequential(nn.Linear(4, 5), nn.Softmax(-1)).eval()
    x = torch.randn(1, 6)
    a = maker.convert(first, x, [ct.TensorType(name="x", shape=(1, 6))], ct.target.iOS16, FP32,
                      outputs=[ct.TensorType(name="hidden")])
    b = maker.convert(second, first(x), [ct.TensorType(name="hidden", shape=(1, 4))], ct.target.iOS16, FP32,
                      outputs=[ct.TensorType(name="scores")])
    labels = ["one", "two", "three", "four", "five"]
    c = maker.convert(second, first(x), [ct.TensorType(name="hidden", shape=(1, 4))], ct.target.iOS16, FP32,
                      classifier_config=ct.ClassifierConfig(labels))
    scores = second(first(x))
    name = "pipeline-iOS16-fp32"
    maker.save(name, ct.utils.make_pipeline(a, b))
    maker.add(name, [({"x": x.numpy()}, {"scores": scores.numpy()})])

    name = "pipeline-classifier-iOS16-fp32"
    model = ct.utils.make_pipeline(a, c)
    spec = model.get_spec()
    stages = ct.proto.Model_pb2.Pipeline()
    stages.CopyFrom(spec.pipeline)
    spec.pipelineClassifier.pipeline.CopyFrom(stages)
    described = c.get_spec().description
    del spec.description.output[:]
    spec.description.output.extend(described.output)
    spec.description.predictedFeatureName = described.predictedFeatureName
    spec.description.predictedProbabilitiesName = described.predictedProbabilitiesName
    model = ct.models.MLModel(spec, weights_dir=model.weights_dir, skip_model_load=True)
    maker.save(name, model)
    wanted = scores[0].tolist()
    maker.add(name, [({"x": x.numpy()}, {
        described.predictedFeatureName: labels[int(np.argmax(wanted))],
        described.predictedProbabilitiesName: dict(zip(labels, wanted))})])


def stateful(maker):
    module = Accumulator()
    xs = [torch.randn(1, 6) for _ in range(5)]
    states = [ct.StateType(ct.TensorType(shape=(4, 6), dtype=np.float16), name="ring"),
              ct.StateType(ct.TensorType(shape=(1,), dtype=np.float16), name="count")]
    traced = torch.jit.trace(Accumulator().eval(), xs[0], check_trace=False)
    model = ct.convert(traced, inputs=[ct.TensorType(name="x", shape=(1, 6))], states=states,
                       minimum_deployment_target=ct.target.iOS18, skip_model_load=True)
    name = "ring-state-iOS18-fp16"
    maker.save(name, model)
    key = out_names(model)[0]
    maker.add(name, [({"x": x.numpy()}, {key: module(x).numpy()}) for x in xs], "stateful")


def palettized(maker):
    class Small(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = nn.Linear(32, 64), nn.Linear(64, 32)
            for layer in (self.a, self.b):  # 16 different weights: a table of 16 entries holds them exactly
                layer.weight.data = (layer.weight.data / layer.weight.abs().max() * 7.5).round().clamp(-8, 7) / 32

        def forward(self, x):
            return self.b(F.gelu(self.a(x)))

    for target, version in ((ct.target.iOS16, "iOS16"), (ct.target.iOS18, "iOS18")):
        config = cto.coreml.OptimizationConfig(
            global_config=cto.coreml.OpPalettizerConfig(mode="unique", weight_threshold=0))
        simple(maker, f"palettized-{version}-fp16", Small(), [{"x": torch.randn(3, 32)}], target, FP16,
               after=lambda model: cto.coreml.palettize_weights(model, config))


def control(maker):
    class Loop(nn.Module):
        def forward(self, x):
            total = x
            while bool(total.sum() < 100.0):
                total = total * 1.5 + 1.0
            return total

    module = torch.jit.script(Loop())
    simple(maker, "loop-iOS16-fp32", module, [{"x": torch.rand(4)}, {"x": torch.full((4,), 50.0)}], ct.target.iOS16, FP32)


GROUPS = [recurrent, convolutional, flexible, optional, images, classifiers, multifunction, pipelines, stateful,
          palettized, control]


def main():
    maker = Maker(sys.argv[1])
    maker.out.mkdir(parents=True, exist_ok=True)
    for group in GROUPS:
        if sys.argv[2:] and group.__name__ not in sys.argv[2:]:
            continue
        torch.manual_seed(20)
        with torch.no_grad():
            group(maker)
        print(group.__name__, flush=True)
    for folder in maker.out.glob("*/*.mlpackage/Data/*/weights"):  # a listed item; git keeps no empty folders
        if not any(folder.iterdir()):
            (folder / ".gitkeep").touch()
    (maker.out / "index.json").write_text(json.dumps(maker.index, indent=1) + "\n")


if __name__ == "__main__":
    main()
