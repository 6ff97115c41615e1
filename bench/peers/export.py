# SPDX-License-Identifier: Apache-2.0
"""Writes a checkpoint of bench/make_checkpoint as ONNX graphs for the peers:

    export.py CHECKPOINT LENGTH FOLDER

  plain.onnx   standard operators, as torch.onnx writes them
  fused.onnx   ONNX Runtime's own operators for Transformers, as its optimizer for these models makes them
  int8.onnx    fused.onnx after ONNX Runtime's dynamic quantization, one scale for each output channel
"""
import json
import pathlib
import struct
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def read_safetensors(path):
    data = np.memmap(path, dtype=np.uint8, mode="r")
    size = struct.unpack("<Q", data[:8].tobytes())[0]
    header = json.loads(data[8 : 8 + size].tobytes())
    header.pop("__metadata__", None)
    return {
        name: data[8 + size + e["data_offsets"][0] : 8 + size + e["data_offsets"][1]].view(np.float32).reshape(e["shape"])
        for name, e in header.items()
    }


class Graph:
    """Collects nodes; `fused` chooses ONNX Runtime's operators."""

    def __init__(self, fused):
        self.fused, self.nodes, self.initializers, self.count = fused, [], [], 0

    def constant(self, array):
        name = f"c{len(self.initializers)}"
        self.initializers.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def floats(self, *values):
        return self.constant(np.array(values[0] if len(values) == 1 else values, np.float32))

    def ints(self, *values):
        return self.constant(np.array(values, np.int64))

    def op(self, kind, *inputs, domain="", outputs=1, **attributes):
        self.count += 1
        names = [f"v{self.count}_{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(kind, list(inputs), names, domain=domain, name=f"n{self.count}", **attributes))
        return names[0] if outputs == 1 else names

    def microsoft(self, kind, *inputs, **attributes):
        return self.op(kind, *inputs, domain="com.microsoft", **attributes)

    def linear(self, x, weight, bias=None):  # weight (in, out)
        y = self.op("MatMul", x, self.constant(weight))
        return y if bias is None else self.op("Add", y, self.constant(bias))

    def norm(self, x, gamma, beta, epsilon):
        return self.op("LayerNormalization", x, self.constant(gamma), self.constant(beta), axis=-1, epsilon=epsilon)

    def add_norm(self, x, y, gamma, beta, epsilon):
        """(x + y, its norm)"""
        if self.fused:
            normed, _, _, total = self.op(
                "SkipLayerNormalization", x, y, self.constant(gamma), self.constant(beta),
                domain="com.microsoft", outputs=4, epsilon=epsilon)
            return total, normed
        total = self.op("Add", x, y)
        return total, self.norm(total, gamma, beta, epsilon)

    def gelu(self, x, bias):
        if self.fused:
            return self.microsoft("BiasGelu", x, self.constant(bias))
        x = self.op("Add", x, self.constant(bias))
        erf = self.op("Erf", self.op("Div", x, self.floats(np.sqrt(2.0))))
        half = self.op("Mul", x, self.op("Add", erf, self.floats(1.0)))
        return self.op("Mul", half, self.floats(0.5))

    def gelu_tanh(self, x, bias):
        if self.fused:
            return self.microsoft("FastGelu", x, self.constant(bias))
        x = self.op("Add", x, self.constant(bias))
        cube = self.op("Mul", self.op("Pow", x, self.floats(3.0)), self.floats(0.044715))
        u = self.op("Mul", self.op("Add", x, cube), self.floats(np.sqrt(2.0 / np.pi)))
        half = self.op("Mul", x, self.floats(0.5))
        return self.op("Mul", half, self.op("Add", self.op("Tanh", u), self.floats(1.0)))

    def attention(self, x, weight, bias, heads, length, mask, causal):
        """weight (channels, 3 channels)."""
        channels = weight.shape[0]
        if self.fused:
            inputs = [x, self.constant(weight), self.constant(bias)] + ([mask] if mask else [])
            return self.microsoft("Attention", *inputs, num_heads=heads, unidirectional=int(causal))
        size = channels // heads
        q, k, v = (self.op("Reshape", self.linear(x, weight[:, i * channels : (i + 1) * channels],
                                                  bias[i * channels : (i + 1) * channels]),
                           self.ints(1, length, heads, size)) for i in range(3))
        q = self.op("Transpose", q, perm=[0, 2, 1, 3])
        k = self.op("Transpose", k, perm=[0, 2, 3, 1])
        v = self.op("Transpose", v, perm=[0, 2, 1, 3])
        scores = self.op("Div", self.op("MatMul", q, k), self.floats(np.sqrt(size)))
        if mask:
            scores = self.op("Add", scores, mask)
        if causal:
            scores = self.op("Add", scores, self.constant(np.triu(np.full((length, length), -1e4, np.float32), 1)))
        context = self.op("MatMul", self.op("Softmax", scores, axis=-1), v)
        context = self.op("Transpose", context, perm=[0, 2, 1, 3])
        return self.op("Reshape", context, self.ints(1, length, channels))

    def additive_mask(self):
        if self.fused:
            return self.op("Cast", "attention_mask", to=TensorProto.INT32)
        mask = self.op("Cast", "attention_mask", to=TensorProto.FLOAT)
        mask = self.op("Unsqueeze", mask, self.ints(1, 2))
        return self.op("Mul", self.op("Sub", self.floats(1.0), mask), self.floats(-1e4))

    def save(self, path, length, inputs, outputs):
        self.nodes[-1].output[0] = list(outputs)[0]
        graph = helper.make_graph(
            self.nodes, "peer",
            [helper.make_tensor_value_info(name, TensorProto.INT64, [1, length]) for name in inputs],
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in outputs.items()],
            self.initializers)
        opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
        onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=9), path)


def encoder(g, weights, config, names, length):
    """BERT and DistilBERT: norms follow the sums."""
    t = lambda name: np.array(weights[name])
    epsilon = 1e-12
    ids = g.op("Gather", g.constant(t("embeddings.word_embeddings.weight")), "input_ids")
    rows = t("embeddings.position_embeddings.weight")[:length]
    if "embeddings.token_type_embeddings.weight" in weights:
        rows = rows + t("embeddings.token_type_embeddings.weight")[0]
    x = g.norm(g.op("Add", ids, g.constant(rows)), t("embeddings.LayerNorm.weight"), t("embeddings.LayerNorm.bias"), epsilon)
    mask = g.additive_mask()
    for i in range(names["layers"]):
        part = lambda key: names["layer"].format(i) + names[key]
        qkv = [names["layer"].format(i) + key for key in names["qkv"]]
        attended = g.attention(x, np.concatenate([t(n + ".weight").T for n in qkv], 1),
                               np.concatenate([t(n + ".bias") for n in qkv]), names["heads"], length, mask, False)
        attended = g.linear(attended, t(part("out") + ".weight").T, t(part("out") + ".bias"))
        _, x = g.add_norm(attended, x, t(part("norm1") + ".weight"), t(part("norm1") + ".bias"), epsilon)
        hidden = g.gelu(g.linear(x, t(part("up") + ".weight").T), t(part("up") + ".bias"))
        hidden = g.linear(hidden, t(part("down") + ".weight").T, t(part("down") + ".bias"))
        _, x = g.add_norm(hidden, x, t(part("norm2") + ".weight"), t(part("norm2") + ".bias"), epsilon)
    return ["input_ids", "attention_mask"], {"last_hidden_state": [1, length, x_channels(config)]}


def x_channels(config):
    return config.get("hidden_size") or config.get("dim") or config["n_embd"]


def bert(g, weights, config, length):
    names = {"layers": config["num_hidden_layers"], "heads": config["num_attention_heads"], "layer": "encoder.layer.{}.",
             "qkv": ["attention.self." + p for p in ("query", "key", "value")], "out": "attention.output.dense",
             "norm1": "attention.output.LayerNorm", "up": "intermediate.dense", "down": "output.dense",
             "norm2": "output.LayerNorm"}
    return encoder(g, weights, config, names, length)


def distilbert(g, weights, config, length):
    names = {"layers": config["n_layers"], "heads": config["n_heads"], "layer": "transformer.layer.{}.",
             "qkv": ["attention.q_lin", "attention.k_lin", "attention.v_lin"], "out": "attention.out_lin",
             "norm1": "sa_layer_norm", "up": "ffn.lin1", "down": "ffn.lin2", "norm2": "output_layer_norm"}
    return encoder(g, weights, config, names, length)


def gpt2(g, weights, config, length):
    t = lambda name: np.array(weights[name])
    epsilon = config["layer_norm_epsilon"]
    table = g.constant(t("wte.weight"))
    x = g.op("Add", g.op("Gather", table, "input_ids"), g.constant(t("wpe.weight")[:length]))
    normed = g.norm(x, t("h.0.ln_1.weight"), t("h.0.ln_1.bias"), epsilon)
    for i in range(config["n_layer"]):
        p = f"h.{i}."
        attended = g.attention(normed, t(p + "attn.c_attn.weight"), t(p + "attn.c_attn.bias"), config["n_head"], length, None, True)
        attended = g.linear(attended, t(p + "attn.c_proj.weight"), t(p + "attn.c_proj.bias"))
        x, normed = g.add_norm(attended, x, t(p + "ln_2.weight"), t(p + "ln_2.bias"), epsilon)
        hidden = g.gelu_tanh(g.linear(normed, t(p + "mlp.c_fc.weight")), t(p + "mlp.c_fc.bias"))
        hidden = g.linear(hidden, t(p + "mlp.c_proj.weight"), t(p + "mlp.c_proj.bias"))
        after = "ln_f." if i + 1 == config["n_layer"] else f"h.{i + 1}.ln_1."
        x, normed = g.add_norm(hidden, x, t(after + "weight"), t(after + "bias"), epsilon)
    g.linear(normed, t("wte.weight").T)
    return ["input_ids"], {"logits": [1, length, config["vocab_size"]]}


def main(checkpoint, length, folder):
    folder.mkdir(parents=True, exist_ok=True)
    config = json.loads((checkpoint / "config.json").read_text())
    weights = read_safetensors(checkpoint / "model.safetensors")
    build = {"bert": bert, "distilbert": distilbert, "gpt2": gpt2}[config["model_type"]]
    for name in ("plain", "fused"):
        graph = Graph(name == "fused")
        inputs, outputs = build(graph, weights, config, length)
        graph.save(folder / f"{name}.onnx", length, inputs, outputs)
    from onnxruntime.quantization import QuantType, quantize_dynamic

    quantize_dynamic(folder / "fused.onnx", folder / "int8.onnx", per_channel=True, weight_type=QuantType.QInt8,
                     extra_options={"DefaultTensorType": TensorProto.FLOAT})


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), int(sys.argv[2]), pathlib.Path(sys.argv[3]))
