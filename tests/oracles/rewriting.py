#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a rewrite must keep, on models like those of the projects that rewrite by hand.

    rewriting.py [PART...]      parts: transformer distilbert norms heads gpt2 last_token

Models are made here: from torch by coremltools, or as checkpoints that the command converts. Every one is optimized (the proof
of the command itself must hold), must be in the form, and is compared with torch. ANEMONE names the command. Two sentences are
classified by the trained model in models/tiny-sentiment, or in the folder that ANEMONE_SENTIMENT names.
"""
import json
import logging
import os
import pathlib
import sys
import tempfile

try:
    import coremltools as ct
    import numpy as np
    import torch
    import transformers
    from coremltools.converters.mil import Builder as mb
except ImportError as error:
    print("skipped:", error)
    sys.exit(0)

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import reference_transformer as reference  # noqa: E402
from rewriting_tools import ROOT, Table, anemone, from_torch, in_form, optimized, psnr, run, softmax  # noqa: E402

logging.disable(logging.WARNING)
HALVES = ("ieee-half", "ane")
OUTPUTS = ["decoder_output", "encoder_output"]
SENTENCES = ["Today was a good day!", "This is not what I expected!"]


def compare_reference(table, what, module, package, values, floors):
    with torch.no_grad():
        wanted = module(*values.values())
    for numerics, floor in floors.items():
        got = run(package, values, numerics)
        for name, want in zip(OUTPUTS, wanted):
            table.db(f"{what}, {name}, {numerics}", psnr(got[name], want), floor)


def transformer(table, folder):
    """Encoder and decoder of six layers each; then the same at other lengths; then masks that hide."""
    module = reference.transformer()
    values = reference.inputs(2, 128, 256)
    for precision, floors in (("fp32", {"float32": 100}), ("fp16", {"float32": 60, "ieee-half": 40, "ane": 40})):
        package = from_torch(module, values, OUTPUTS, folder / f"reference-{precision}.mlpackage", precision)
        package, report = optimized(package)
        table.row(f"reference Transformer {precision} in the form", f"{report['ops_after']} ops",
                  in_form(package)["ane_form"])
        compare_reference(table, f"reference Transformer {precision}", module, package, values, floors)
    hidden_inputs(table, package)
    for length in (1, 17, 64, 130, 255):
        values = reference.inputs(1, length, length)
        package, _ = optimized(from_torch(module, values, OUTPUTS, folder / f"reference-{length}.mlpackage"))
        compare_reference(table, f"length {length}", module, package, values, {"ieee-half": 40, "ane": 40})


def hidden_inputs(table, package):
    """What masks hide may change at random: what is not hidden must not move."""
    values = reference.inputs(2, 128, 256)
    values["decoder_qk_mask"] = torch.full((256, 256), -1e4).tril(-1)[None, :, None, :].repeat(2, 1, 1, 1)
    values["encoder_k_mask"][:, -32:] = -1e4
    changed = {name: value.clone() for name, value in values.items()}
    for name in ("encoder_input", "encoder_pos_embed"):
        changed[name][..., -32:] = torch.rand(2, 512, 1, 32)
    for name in ("decoder_input", "decoder_pos_embed"):
        changed[name][..., 200:] = torch.rand(2, 512, 1, 56)
    for numerics in ("float32", *HALVES):
        a, b = run(package, values, numerics), run(package, changed, numerics)
        moved = max(np.abs(a["decoder_output"][..., :200] - b["decoder_output"][..., :200]).max(),
                    np.abs(a["encoder_output"][..., :96] - b["encoder_output"][..., :96]).max())
        table.row(f"hidden inputs, {numerics}", f"what is seen moves by {moved:.3g}", moved == 0)


def classified(table):
    folder = os.environ.get("ANEMONE_SENTIMENT", str(ROOT / "models" / "tiny-sentiment"))
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    model = transformers.AutoModelForSequenceClassification.from_pretrained(folder).float().eval()
    length = min(256, model.config.max_position_embeddings)
    encoded = tokenizer(SENTENCES, padding="max_length", max_length=length, return_tensors="pt")
    with torch.no_grad():
        want = model(encoded["input_ids"], encoded["attention_mask"]).logits.numpy()
    values = {name: encoded[name].numpy().astype(np.int32) for name in ("input_ids", "attention_mask")}
    with tempfile.TemporaryDirectory() as name:
        packages = {}
        for form in ("plain", "ane"):
            packages[form] = f"{name}/{form}.mlpackage"
            anemone("convert", folder, "-o", packages[form], "--form", form, "--batch", 2, "--sequence-length", length,
                    "--quiet")
        for text, ids, mask in zip(SENTENCES, *values.values()):
            lines = json.loads(anemone("tokenize", "--tokenizer", folder, "--text", text, "--json"))
            table.row(f"ids of «{text}»", f"{int(mask.sum())} of them", list(ids[:mask.sum()]) == lines["ids"])
        rewritten, plain = (run(packages[form], values)["logits"] for form in ("ane", "plain"))
        table.db("sentiment, rewritten against plain, logits", psnr(rewritten, plain), 100)
        table.db("sentiment, rewritten against plain, probabilities", psnr(softmax(rewritten), softmax(plain)), 80)
        for numerics in ("float32", *HALVES):
            got = run(packages["ane"], values, numerics)["logits"]
            table.db(f"sentiment, {numerics} against torch, probabilities", psnr(softmax(got), softmax(want)), 60)
            table.row(f"sentiment, labels, {numerics}", str([model.config.id2label[int(i)] for i in got.argmax(-1)]),
                      (got.argmax(-1) == want.argmax(-1)).all())


def distilbert(table, folder):
    """A trained classifier on two sentences; the five heads, untrained; masks of each kind."""
    classified(table)
    config = transformers.DistilBertConfig(vocab_size=1000, dim=128, hidden_dim=256, n_heads=4, n_layers=3,
                                           max_position_embeddings=64, attn_implementation="eager")
    ids = torch.randint(0, 1000, (1, 64), generator=torch.Generator().manual_seed(1))
    mask = torch.ones(1, 64, dtype=torch.int64)
    mask[:, 50:] = 0
    for head in ("MaskedLM", "SequenceClassification", "QuestionAnswering", "TokenClassification", "MultipleChoice"):
        torch.manual_seed(0)
        model = getattr(transformers, "DistilBertFor" + head)(config).eval()
        model.save_pretrained(folder / head)
        choice = head == "MultipleChoice"
        shape = (1, 4, 16) if choice else (1, 64)
        values = {"input_ids": ids.reshape(shape), "attention_mask": mask.reshape(shape)}
        with torch.no_grad():
            want = model(**values)
        names = [name for name in want.keys() if name != "hidden_states"]
        wanted = dict(zip(names, (want[name] for name in names)))
        shapes = [f"--shape={name}=1,4,16" for name in values] if choice else ["--sequence-length=64"]
        try:
            package = folder / f"{head}.mlpackage"
            anemone("convert", folder / head, "-o", package, "--precision", "fp32", "--quiet", *shapes)
        except RuntimeError as error:
            table.row(f"DistilBertFor{head}", str(error), False)
            continue
        got = run(package, {name: value.numpy().astype(np.int32) for name, value in values.items()})
        for name in names:
            table.db(f"DistilBertFor{head}, {name}", psnr(got[name], wanted[name]), 100)
    masks_of_each_kind(table, folder)


class Masked(torch.nn.Module):
    """Attention whose mask has a row for each sequence: integers, booleans or floats."""

    def __init__(self, kind):
        super().__init__()
        torch.manual_seed(0)
        self.kind, self.qkv, self.out = kind, torch.nn.Linear(64, 192), torch.nn.Linear(64, 64)

    def forward(self, x, mask):
        q, k, v = (t.reshape(1, 64, 4, 16).transpose(1, 2) for t in self.qkv(x).split(64, -1))
        scores = q @ k.transpose(-1, -2) / 4
        if self.kind == "bool":
            scores = scores.masked_fill((mask == 0)[:, None, None], float("-inf"))
        elif self.kind == "int64":
            scores = scores + (1 - mask[:, None, None].to(scores.dtype)) * torch.finfo(scores.dtype).min
        else:
            scores = scores + mask[:, None, None]
        return self.out((scores.softmax(-1) @ v).transpose(1, 2).reshape(1, 64, 64))


def masks_of_each_kind(table, folder):
    x = 3 * torch.randn(1, 64, 64, generator=torch.Generator().manual_seed(1))
    seen = (torch.arange(64) < 40).to(torch.int32)[None]
    additive = (1 - seen.float()) * -1e4
    want = None
    for kind, mask in (("float", additive), ("int64", seen), ("bool", seen)):
        values = {"x": x, "mask": mask}
        package, _ = optimized(from_torch(Masked(kind).eval(), values, ["y"], folder / f"mask-{kind}.mlpackage", "fp32"))
        got = run(package, values)["y"]
        want = got if want is None else want
        table.db(f"a mask of {kind} against the additive one", psnr(got, want), 100)
        table.row(f"a mask of {kind} in the form", "", in_form(package)["ane_form"])


def norm_program(kind, channels, length, gamma):
    beta = np.linspace(-1, 1, channels, dtype=np.float16)

    input_type = mb.TensorSpec((1, length, channels), ct.converters.mil.mil.types.fp16)

    @mb.program(input_specs=[input_type], opset_version=ct.target.iOS16)
    def program(x):
        if kind == "layer":
            return mb.layer_norm(x=x, axes=[-1], gamma=gamma, beta=beta, epsilon=np.float16(1e-5), name="y")
        if kind == "layer spelled out":
            centred = mb.sub(x=x, y=mb.reduce_mean(x=x, axes=[-1], keep_dims=True))
            variance = mb.reduce_mean(x=mb.mul(x=centred, y=centred), axes=[-1], keep_dims=True)
            normal = mb.mul(x=centred, y=mb.rsqrt(x=variance, epsilon=np.float16(1e-5)))
            return mb.add(x=mb.mul(x=normal, y=gamma), y=beta, name="y")
        square = mb.reduce_mean(x=mb.mul(x=x, y=x), axes=[-1], keep_dims=True)
        return mb.mul(x=mb.mul(x=x, y=mb.rsqrt(x=square, epsilon=np.float16(1e-5))), y=gamma, name="y")

    return program


def norm_in_float64(kind, x, gamma):
    beta = np.linspace(-1, 1, x.shape[-1], dtype=np.float16).astype(np.float64)
    if kind == "root mean square":
        return x / np.sqrt((x * x).mean(-1, keepdims=True) + 1e-5) * gamma
    return (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-5) * gamma + beta


def norms(table, folder):
    """Inputs up to the largest half, and weights of zero."""
    random = np.random.default_rng(42)
    for kind in ("layer", "layer spelled out", "root mean square"):
        worst = {numerics: (np.inf, "") for numerics in HALVES}
        for channels in (768, 1600, 4096):
            gamma = random.uniform(0.5, 1.5, channels).astype(np.float16)
            gamma[::7] = 0
            for length in (1, 64, 512):
                path = folder / "norm.mlpackage"
                program = norm_program(kind, channels, length, gamma)
                ct.convert(program, convert_to="mlprogram", minimum_deployment_target=ct.target.iOS16, skip_model_load=True,
                           compute_precision=ct.precision.FLOAT16).save(str(path))
                package, _ = optimized(path, "--no-check")
                for pattern in ("arange", "uniform"):
                    base = np.arange(length * channels) % 2048 / 1024 - 1 if pattern == "arange" else random.uniform(
                        -1, 1, length * channels)
                    for scale in (1, 10, 100, 1e4, 6e4, 65504):
                        x = (base * scale).reshape(1, length, channels).astype(np.float16)
                        want = norm_in_float64(kind, x.astype(np.float64), gamma.astype(np.float64))
                        for numerics in HALVES:
                            got = psnr(run(package, {"x": x}, numerics)["y"], want)
                            worst[numerics] = min(worst[numerics], (got, f"{pattern} x {scale:g}, ({length}, {channels})"))
        for numerics, (figure, where) in worst.items():
            table.db(f"norm: {kind}, {numerics}, worst at {where}", figure, 50)


def heads(table, folder):
    """Output projections of vocabularies: parts that fit, none of a few rows, joined exactly."""
    for vocabulary in (50257, 30522, 32000, 151936, 262144):
        torch.manual_seed(0)
        module = torch.nn.Linear(64, vocabulary, bias=False).eval()
        values = {"x": torch.randn(1, 32, 64)}
        package = from_torch(module, values, ["logits"], folder / "head.mlpackage", "fp32")
        whole = run(package, values)["logits"]
        for target, limit in (("m1", 16384), ("a15", 16384), ("m4", 65536)):
            split, _ = optimized(package, "--target", target, "--no-check")
            rows = [operation.outputs[0].type.tensorType.dimensions[1].constant.size
                    for operation in operations(split) if operation.type == "conv"]
            fits = max(rows) <= limit and min(rows) >= 64 and sum(rows) == vocabulary
            exact = np.array_equal(run(split, values)["logits"], whole)
            table.row(f"vocabulary {vocabulary} for {target}", f"{len(rows)} parts of {min(rows)} to {max(rows)}",
                      fits and exact)


def operations(package):
    program = ct.models.MLModel(str(package), skip_model_load=True).get_spec().mlProgram
    function = program.functions["main"]
    return function.block_specializations[function.opset].operations


class LastToken(torch.nn.Module):
    def __init__(self, form):
        super().__init__()
        torch.manual_seed(0)
        self.form, self.head = form, torch.nn.Linear(64, 500)
        self.up, self.down = torch.nn.Linear(64, 128), torch.nn.Linear(128, 64)

    def forward(self, x):
        y = x + self.down(torch.relu(self.up(x)))
        if self.form == "list":
            y = y[:, [-1], :]
        else:
            y = y[:, -1:, :] if self.form == "slice" else y[:, -1, :]
        return self.head(y)


def last_token(table, folder):
    values = {"x": torch.randn(1, 64, 64, generator=torch.Generator().manual_seed(1))}
    types = set()
    for form in ("slice", "list", "index"):
        module = LastToken(form).eval()
        package, _ = optimized(from_torch(module, values, ["logits"], folder / f"{form}.mlpackage", "fp32"))
        with torch.no_grad():
            table.db(f"the last token by {form}", psnr(run(package, values)["logits"], module(values["x"])), 120)
        found = [operation.type for operation in operations(package) if operation.type != "const"]
        table.row(f"the last token by {form}, in the form without gather", " ".join(found),
                  in_form(package)["ane_form"] and "gather" not in found)
        types.add(tuple(t for t in found if t not in ("squeeze", "expand_dims", "transpose", "reshape")))
    table.row("the last token: one form for three spellings", "", len(types) == 1)


def gpt2(table, folder):
    """A small GPT-2 with the whole vocabulary: import, halves, and a key mask that the causal one implies."""
    torch.manual_seed(0)
    model = transformers.GPT2LMHeadModel(transformers.GPT2Config(n_layer=2, attn_implementation="eager")).eval()
    model.save_pretrained(folder / "gpt2")
    ids = torch.randint(0, 50257, (1, 64), generator=torch.Generator().manual_seed(1))
    mask = torch.ones_like(ids)
    mask[:, 37:] = 0
    with torch.no_grad():
        want = model(ids, attention_mask=mask).logits.numpy()[:, :37]
    for form, precision in (("plain", "fp32"), ("ane", "fp32"), ("ane", "fp16")):
        anemone("convert", folder / "gpt2", "-o", folder / f"{form}-{precision}.mlpackage", "--form", form, "--precision",
                precision, "--sequence-length", 64, "--inputs", "input_ids,attention_mask", "--quiet")
    values = {"input_ids": ids.numpy().astype(np.int32), "attention_mask": mask.numpy().astype(np.int32)}
    plain = run(folder / "plain-fp32.mlpackage", values)["logits"]
    table.db("GPT-2, imported, float32 against torch", psnr(plain[:, :37], want), 120)
    rewritten = run(folder / "ane-fp32.mlpackage", values)["logits"]
    table.db("GPT-2, rewritten, float32 against torch", psnr(rewritten[:, :37], want), 100)
    for numerics in HALVES:
        got = run(folder / "ane-fp16.mlpackage", values, numerics)["logits"]
        table.db(f"GPT-2, rewritten fp16, {numerics}", psnr(got[:, :37], want), 60)
    values["attention_mask"] = np.ones_like(values["attention_mask"])
    unmasked = run(folder / "plain-fp32.mlpackage", values)["logits"]
    table.db("GPT-2, the next token with the causal mask alone against both", psnr(unmasked[:, 36], plain[:, 36]), 150)


PARTS = {part.__name__: part for part in (transformer, distilbert, norms, heads, gpt2, last_token)}


def main(wanted):
    table = Table()
    for name, part in PARTS.items():
        if not wanted or name in wanted:
            with tempfile.TemporaryDirectory() as folder:
                part(table, pathlib.Path(folder))
    table.finish()


if __name__ == "__main__":
    main(sys.argv[1:])
