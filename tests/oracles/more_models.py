#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""More whole models than tests/data/made has: made here from small torch modules by coremltools, run by
anemone-conformance in both numerics, and compared with torch. What compression leaves of the weights is read back
through coremltools and put into the torch module.

usage: more_models.py [OUT [NAME...]]. Without OUT a temporary folder is used and removed.
"""
import json
import os
import subprocess
import sys
import tempfile

try:
    import numpy as np
    import torch
    from torch import nn
    from torch.nn import functional as F
    import coremltools as ct
    import coremltools.optimize as cto
except ImportError as error:
    print("skipped:", error)
    sys.exit(0)

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from make_made import FP16, FP32, Maker, out_names, simple  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
RUNNER = os.environ.get("ANEMONE_CONFORMANCE", os.path.join(ROOT, "build", "release", "anemone-conformance"))
C = cto.coreml


def grouped(maker):
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.a = nn.Conv2d(6, 12, 3, padding=2, dilation=2, groups=3)
            self.b = nn.Conv2d(12, 24, (1, 5), stride=(1, 2), padding="valid")
            self.norm = nn.GroupNorm(4, 24)
            self.up = nn.ConvTranspose2d(24, 8, 4, 2, 1, groups=2)
            self.last = nn.ConvTranspose2d(8, 4, 3, stride=2, padding=1, output_padding=1)

        def forward(self, x):
            return self.last(F.hardswish(self.up(F.mish(self.norm(self.b(F.elu(self.a(x))))))))

    for target, name, precision in ((ct.target.iOS15, "grouped-iOS15-fp32", FP32), (ct.target.iOS17, "grouped-iOS17-fp16", FP16)):
        simple(maker, name, Net(), [{"x": torch.randn(2, 6, 14, 17)}], target, precision)


def volumes(maker):
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.d = nn.Conv3d(2, 6, 3, padding=1), nn.Conv3d(6, 6, 3, stride=2, groups=6, padding=1)
            self.up, self.norm = nn.ConvTranspose3d(6, 3, 2, 2), nn.BatchNorm3d(3)

        def forward(self, x):
            y = self.a(x)
            return self.norm(self.up(F.max_pool3d(F.relu(y), 2) + F.avg_pool3d(self.d(y), 1)))

    simple(maker, "volumes-iOS16-fp32", Net().eval(), [{"x": torch.randn(1, 2, 8, 8, 8)}], ct.target.iOS16, FP32)


def shapes(maker):
    class Two(nn.Module):
        def __init__(self):
            super().__init__()
            self.c = nn.Conv1d(3, 5, 3, padding=1)

        def forward(self, x, y):
            return torch.cat([self.c(x), y], 1).softmax(-1), x.mean(-1)

    inputs = [ct.TensorType(name=n, shape=ct.EnumeratedShapes([[1, c, 8], [1, c, 16]], default=[1, c, 8]))
              for n, c in (("x", 3), ("y", 2))]
    simple(maker, "enumerated-two-iOS18-fp32", Two(),
           [{"x": torch.randn(1, 3, n), "y": torch.randn(1, 2, n)} for n in (8, 16)], ct.target.iOS18, FP32, inputs=inputs)

    class Mixed(nn.Module):
        def __init__(self):
            super().__init__()
            self.l, self.g = nn.LSTM(4, 6, batch_first=True, bidirectional=True), nn.GRU(12, 5, batch_first=True)
            self.q = nn.Linear(5, 5)

        def forward(self, x):
            y, _ = self.g(self.l(x)[0])
            return torch.softmax(self.q(y) @ y.transpose(1, 2), -1) @ y

    length = ct.RangeDim(1, 40, default=6)
    for target, version in ((ct.target.iOS15, "iOS15"), (ct.target.iOS17, "iOS17")):
        simple(maker, f"ranged-recurrent-{version}-fp32", Mixed(), [{"x": torch.randn(1, n, 4)} for n in (6, 1, 33)],
               target, FP32, inputs=[ct.TensorType(name="x", shape=(1, length, 4))])


def images(maker):
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.c = nn.Conv2d(3, 3, 3, padding=1)

        def forward(self, x):
            return torch.clamp(torch.sigmoid(self.c(x)) * 255, 0, 255)

    pixels = np.random.default_rng(0).integers(0, 256, (10, 12, 3), dtype=np.uint8)
    net, scale, bias = Net().eval(), 1 / 127.5, [-1, -.5, .25]
    for layout, name in ((ct.colorlayout.RGB, "rgb"), (ct.colorlayout.BGR, "bgr")):
        seen = pixels.astype(np.float32) if name == "rgb" else pixels.astype(np.float32)[..., ::-1].copy()
        x = torch.tensor(seen.transpose(2, 0, 1)[None]) * scale + torch.tensor(bias).view(1, 3, 1, 1)
        model = maker.convert(net, x, [ct.ImageType(name="image", shape=(1, 3, 10, 12), scale=scale, bias=bias, color_layout=layout)],
                              ct.target.iOS16, FP32, outputs=[ct.ImageType(name="out", color_layout=layout)])
        maker.save(f"image-out-{name}-fp32", model)
        maker.add(f"image-out-{name}-fp32", [({"image": ("png", pixels)}, {"out": net(x).detach().numpy()})])


def states(maker):
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            for name, shape in (("k", (1, 2, 8, 4)), ("v", (1, 2, 8, 4)), ("n", (1,))):
                self.register_buffer(name, torch.zeros(shape, dtype=torch.float16))

        def forward(self, x, step):
            self.k[:, :, 2:4] = x
            self.v[:, :, 2:4] = x * 2 + self.v[:, :, 2:4]
            self.n.add_(1.0)
            return (self.k * self.v).sum(-1) + self.n, x + step

    def save(name, shapes, examples):
        net = Net()
        kinds = [ct.StateType(wrapped_type=ct.TensorType(shape=b.shape, dtype=np.float16), name=n) for n, b in net.named_buffers()]
        traced = torch.jit.trace(net, examples[0])
        model = ct.convert(traced, inputs=[ct.TensorType(name=n, shape=s, dtype=np.float16) for n, s in shapes], states=kinds,
                           minimum_deployment_target=ct.target.iOS18, skip_model_load=True)
        maker.save(name, model)
        reference = Net()
        calls = []
        for example in examples:
            result = reference(*example)
            calls.append(({n: v.float().numpy() for (n, _), v in zip(shapes, example)},
                          {k: v.detach().float().numpy() for k, v in zip(out_names(model), result)}))
        maker.add(name, calls, "stateful")

    one = torch.ones(1).half()
    save("states-fp16", [("x", (1, 2, 2, 4)), ("step", (1,))], [(torch.randn(1, 2, 2, 4).half(), one) for _ in range(3)])
    sizes = ct.EnumeratedShapes([[1], [3]], default=[1])
    save("states-enumerated-fp16", [("x", (1, 2, 2, 4)), ("step", sizes)],
         [(torch.randn(1, 2, 2, 4).half(), one) for _ in range(3)])


def has_kmeans():
    try:
        import sklearn  # noqa: F401
    except ImportError:
        return False
    return True


def compressed(maker):
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.c, self.d, self.l = nn.Conv2d(4, 64, 3, padding=1), nn.Conv2d(64, 64, 3), nn.Linear(64, 96)

        def forward(self, x):
            return self.l(F.relu(self.d(F.relu(self.c(x)))).mean((2, 3)))

    def palettes(model, joint=False, **how):
        config = C.OpPalettizerConfig(**{"mode": "uniform", "nbits": 4, "weight_threshold": 0, **how})
        return C.palettize_weights(model, C.OptimizationConfig(config), joint_compression=joint)

    def linear(model, joint=False, **how):
        config = C.OpLinearQuantizerConfig(**{"mode": "linear_symmetric", "weight_threshold": 0, **how})
        return C.linear_quantize_weights(model, C.OptimizationConfig(config), joint_compression=joint)

    def pruned(model, share=.5):
        return C.prune_weights(model, C.OptimizationConfig(C.OpMagnitudePrunerConfig(target_sparsity=share, weight_threshold=0)))

    old = {"linear": lambda m: linear(m, mode="linear"), "pruned": lambda m: pruned(m, .6), "palette4": palettes}
    new = {"blocks4": lambda m: linear(m, dtype="int4", granularity="per_block", block_size=32),
           "blocks-unsigned": lambda m: linear(m, mode="linear", dtype="uint4", granularity="per_block", block_size=16),
           "palette-groups": lambda m: palettes(m, nbits=3, granularity="per_grouped_channel", group_size=16),
           "palette-vectors": lambda m: palettes(m, mode="kmeans", cluster_dim=4),
           "palette-scaled": lambda m: palettes(m, enable_per_channel_scale=True, mode="kmeans"),
           "pruned-palette": lambda m: palettes(pruned(m), True),
           "pruned-linear": lambda m: linear(pruned(m), True),
           "palette-linear": lambda m: linear(palettes(m), True, granularity="per_tensor")}
    if not has_kmeans():
        for kind in ("palette-vectors", "palette-scaled"):
            print(f"skipped: {kind}: coremltools asks for scikit-learn")
            del new[kind]
    net, x = Net().eval(), torch.randn(1, 4, 10, 10)
    for target, version in ((ct.target.iOS16, "iOS16"), (ct.target.iOS17, "iOS17"), (ct.target.iOS18, "iOS18")):
        for kind, compress in (old | new if version == "iOS18" else old).items():
            model = compress(maker.convert(net, x, [ct.TensorType(name="x", shape=x.shape)], target, FP16))
            reference = Net().eval()
            kept = {name: data.val for name, data in
                    C.get_weights_metadata(C.decompress_weights(model), weight_threshold=0).items()}
            for name, parameter in reference.named_parameters():
                if parameter.ndim > 1 or name.replace(".", "_") in kept:
                    parts = [v for k, v in kept.items() if k.startswith(name.replace(".", "_")) and v.size == parameter.numel()]
                    parameter.data = torch.tensor(parts[0].astype(np.float32)).reshape(parameter.shape)
                else:
                    parameter.data = dict(net.named_parameters())[name].half().float()
            maker.save(f"{kind}-{version}-fp16", model)
            maker.add(f"{kind}-{version}-fp16", [({"x": x.numpy()}, {out_names(model)[0]: reference(x).detach().numpy()})])


def calibrated(maker):
    from coremltools.optimize.torch.quantization import LinearQuantizer, LinearQuantizerConfig, ModuleLinearQuantizerConfig
    net = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Conv2d(8, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(128, 5))
    x = torch.randn(1, 3, 8, 8)
    quantizer = LinearQuantizer(net, LinearQuantizerConfig(global_config=ModuleLinearQuantizerConfig(milestones=[0, 2, 2, 2])))
    prepared = quantizer.prepare(example_inputs=(x,))
    for _ in range(4):
        quantizer.step()
        prepared(torch.randn(4, 3, 8, 8))
    final = quantizer.finalize()
    simple(maker, "calibrated-w8a8-iOS17-fp32", final.eval(), [{"x": x}], ct.target.iOS17, FP32)


def pipelines(maker):
    a = nn.Sequential(nn.Linear(6, 8), nn.Tanh()).eval()
    b = nn.Sequential(nn.Linear(8, 1)).eval()
    x = torch.randn(1, 6)
    first = maker.convert(a, x, [ct.TensorType(name="x", shape=(1, 6))], ct.target.iOS16, FP32, outputs=[ct.TensorType(name="hidden")])
    second = maker.convert(b, a(x), [ct.TensorType(name="hidden", shape=(1, 8))], ct.target.iOS16, FP32, outputs=[ct.TensorType(name="value")])
    model = ct.utils.make_pipeline(first, second)
    spec = model.get_spec()
    stages = ct.proto.Model_pb2.Pipeline()
    stages.CopyFrom(spec.pipeline)
    spec.pipelineRegressor.pipeline.CopyFrom(stages)
    spec.description.predictedFeatureName = "value"
    maker.save("pipeline-regressor-iOS16-fp32", ct.models.MLModel(spec, weights_dir=model.weights_dir, skip_model_load=True))
    maker.add("pipeline-regressor-iOS16-fp32", [({"x": x.numpy()}, {"value": b(a(x)).detach().numpy()})])


def attention(maker):
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.t, self.norm = nn.Linear(16, 48), nn.LayerNorm(16)

        def forward(self, x):
            q, k, v = self.t(x).view(1, 7, 3, 4, 4).permute(2, 0, 3, 1, 4)
            return self.norm(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(1, 7, 16) + x)

    class Many(nn.Module):
        def forward(self, x):
            square = x.reshape(1, 2, 4, 6)
            grid = torch.tanh(x[:, :4, :6].reshape(1, 3, 4, 2))
            return (x @ x.transpose(1, 2), x.cumsum(1).roll(1, 2), F.pixel_shuffle(x.reshape(1, 4, 6, 2), 2),
                    F.grid_sample(x.reshape(1, 1, 8, 6), grid, align_corners=True),
                    F.interpolate(square, scale_factor=2, mode="bilinear"), x.topk(2, -1)[0],
                    torch.where(x > 0, x, x.clamp(-.5)).norm(dim=-1), x.var(1), torch.logsumexp(x, 2),
                    F.adaptive_avg_pool2d(square, 2), F.unfold(square, 2))

    for target, version in ((ct.target.iOS15, "iOS15"), (ct.target.iOS18, "iOS18")):
        simple(maker, f"attention-{version}-fp32", Net(), [{"x": torch.randn(1, 7, 16)}], target, FP32)
        simple(maker, f"many-ops-{version}-fp32", Many(), [{"x": torch.randn(1, 8, 6)}], target, FP32)


def nets(maker):
    class Mixer(nn.Module):  # tokens and channels in turn
        def __init__(self):
            super().__init__()
            self.patch, self.a, self.b = nn.Conv2d(3, 12, 4, 4), nn.Linear(16, 16), nn.Linear(12, 12)
            self.n, self.m = nn.LayerNorm(12), nn.LayerNorm(12)

        def forward(self, x):
            y = self.patch(x).flatten(2).transpose(1, 2)
            y = y + self.a(self.n(y).transpose(1, 2)).transpose(1, 2)
            return y + F.gelu(self.b(self.m(y)), approximate="tanh")

    class Squeeze(nn.Module):  # channel gates, atrous pyramid
        def __init__(self):
            super().__init__()
            self.a, self.gate = nn.Conv2d(3, 8, 3, 2, 1), nn.Conv2d(8, 8, 1)
            self.wide = nn.ModuleList(nn.Conv2d(8, 4, 3, padding=d, dilation=d) for d in (1, 2, 4))

        def forward(self, x):
            y = F.silu(self.a(x))
            y = y * torch.sigmoid(self.gate(y.mean((2, 3), keepdim=True)))
            return F.interpolate(torch.cat([c(y) for c in self.wide], 1), size=(9, 11), mode="bilinear", align_corners=True)

    class Tcn(nn.Module):  # causal, gated, weight of its own dilation
        def __init__(self):
            super().__init__()
            self.layers = nn.ModuleList(nn.Conv1d(5, 10, 2, dilation=2 ** i) for i in range(3))

        def forward(self, x):
            for i, layer in enumerate(self.layers):
                a, b = layer(F.pad(x, (2 ** i, 0))).chunk(2, 1)
                x = x + torch.tanh(a) * torch.sigmoid(b)
            return x

    for target, version, precision, kind in ((ct.target.iOS16, "iOS16", FP32, "fp32"), (ct.target.iOS18, "iOS18", FP16, "fp16")):
        simple(maker, f"mixer-{version}-{kind}", Mixer(), [{"x": torch.randn(1, 3, 16, 16)}], target, precision)
        simple(maker, f"squeeze-{version}-{kind}", Squeeze(), [{"x": torch.randn(1, 3, 16, 20)}], target, precision)
        simple(maker, f"tcn-{version}-{kind}", Tcn(), [{"x": torch.randn(1, 5, 13)}], target, precision)


GROUPS = [grouped, volumes, shapes, images, states, compressed, calibrated, pipelines, attention, nets]


def make(out, names):
    maker = Maker(out)
    maker.out.mkdir(parents=True, exist_ok=True)
    failed = 0
    for group in GROUPS:
        if names and group.__name__ not in names:
            continue
        torch.manual_seed(1)
        try:
            group(maker)
        except Exception as error:  # coremltools cannot make it: said, and a failure of this script
            print(f"{group.__name__}: not made: {str(error)[:300]}")
            failed += 1
    (maker.out / "index.json").write_text(json.dumps(maker.index, indent=1) + "\n")
    return failed


def main():
    with tempfile.TemporaryDirectory() as temporary:
        out = sys.argv[1] if len(sys.argv) > 1 else temporary
        failed = make(out, sys.argv[2:])
        for numerics in ("float32", "ieee-half"):
            print(numerics, flush=True)
            failed += subprocess.run([RUNNER, str(out), "--numerics", numerics], check=False).returncode != 0
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
