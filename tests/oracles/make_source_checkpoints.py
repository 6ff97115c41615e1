#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes tiny checkpoints of models that exist as source only, and of Apple's form of DistilBERT.

    NANOGPT=checkout ANE_TRANSFORMERS=checkout make_source_checkpoints.py FOLDER

The checkouts are of github.com/karpathy/nanoGPT and github.com/apple/ml-ane-transformers. The layout is that of
make_checkpoints.py. Needs torch, transformers and safetensors.
"""
import json
import os
import pathlib
import sys

import numpy as np
import torch
import transformers as T
from safetensors.torch import load_file, save_file

from make_checkpoints import Case, compute, eager, padding_mask, randomize


def make_nanogpt(root):
    sys.path.insert(0, os.environ["NANOGPT"])
    import model as nanogpt

    arguments = dict(n_layer=2, n_head=2, n_embd=16, block_size=12, bias=False, vocab_size=23, dropout=0.0)
    net = randomize(nanogpt.GPT(nanogpt.GPTConfig(**arguments)), 1)
    case = Case(root, "nanogpt_no_bias", "karpathy/nanoGPT model.py, float32, eval mode")
    state = {"_orig_mod." + name: value for name, value in net.state_dict().items()}
    torch.save({"model": state, "model_args": arguments, "iter_num": 7}, case.folder / "ckpt" / "ckpt.pt")
    ids = case.ids((1, 9), 23)
    with torch.no_grad():
        logits, _ = net(torch.tensor(ids), targets=torch.tensor(ids))
        last, _ = net(torch.tensor(ids))
    case.run("full", {"input_ids": ids}, {"logits": logits.numpy(), "last_logits": last.numpy()})
    case.close()


def make_reference(root):
    sys.path.insert(0, os.environ["ANE_TRANSFORMERS"])
    from ane_transformers.reference import ffn, multihead_attention, transformer

    arguments = dict(embed_dim=8, ffn_dim=12, nb_enc_layers=1, nb_dec_layers=2, nb_attention_heads=2, dropout=0.0)
    classes = dict(dec_self_attn_type=multihead_attention.PreNormResidualSelfAttention,
                   enc_ffn_type=ffn.PreNormResidualFFN)
    net = randomize(transformer.AppleNeuralEngineTransformer(**arguments, **classes,
                                                             return_intermediate_decoder_layers=True), 2)
    case = Case(root, "ane_reference", "apple/ml-ane-transformers, ane_transformers.reference, float32, eval mode")
    save_file(net.state_dict(), case.folder / "ckpt" / "model.safetensors", metadata={"format": "pt"})
    constructor = {**arguments, **{key: value.__name__ for key, value in classes.items()},
                   "return_intermediate_decoder_layers": True}
    (case.folder / "ckpt" / "config.json").write_text(json.dumps(
        {"model_type": "ane_transformers_reference", "architectures": ["AppleNeuralEngineTransformer"],
         "constructor": constructor}))
    shapes = {"encoder_input": (2, 8, 1, 5), "decoder_input": (2, 8, 1, 4), "encoder_pos_embed": (2, 8, 1, 5),
              "decoder_pos_embed": (2, 8, 1, 4)}
    inputs = {name: case.random.standard_normal(shape).astype(np.float32) for name, shape in shapes.items()}
    inputs["encoder_k_mask"] = np.where(case.random.random((2, 5, 1, 1)) < 0.3, -1e4, 0).astype(np.float32)
    causal = np.triu(np.ones((4, 4)), 1).T[None, :, None, :]  # [key, query]
    inputs["decoder_qk_mask"] = np.repeat(np.where(causal, -1e4, 0), 2, 0).astype(np.float32)
    with torch.no_grad():
        decoded, encoded = net(**{name: torch.tensor(array) for name, array in inputs.items()})
    case.run("masked", inputs, {"decoder_output": decoded.numpy(), "encoder_output": encoded.numpy()})
    case.close()


def apple_form(tensors):
    """What load_state_dict of ane_transformers.huggingface makes of DistilBERT's tensors."""
    result = {}
    for name, value in tensors.items():
        if name.endswith(".weight") and ("lin" in name or "classifier" in name):
            value = value[:, :, None, None]
        if name.endswith(".bias") and "norm" in name.lower():
            value = value / tensors[name.replace(".bias", ".weight")]
        result[name] = value.contiguous()
    return result


def make_distilbert(root):
    config = T.DistilBertConfig(vocab_size=61, dim=24, n_layers=2, n_heads=3, hidden_dim=40,
                                max_position_embeddings=20, num_labels=3)
    net = eager(T.DistilBertForSequenceClassification, config, 5)
    case = Case(root, "distilbert_ane", f"transformers {T.__version__}, DistilBertForSequenceClassification, eager")
    case.save(net)
    weights = case.folder / "ckpt" / "model.safetensors"
    save_file(apple_form(load_file(weights)), weights, metadata={"format": "pt"})
    for run, lengths in (("single", [9]), ("padded_batch", [9, 5])):
        mask = padding_mask(lengths, 9)
        inputs = {"input_ids": case.ids(mask.shape, 61, 1) * mask, "attention_mask": mask}
        case.run(run, inputs, compute(net, inputs, ["logits"]))
    case.close()


if __name__ == "__main__":
    for make in (make_nanogpt, make_reference, make_distilbert):
        make(pathlib.Path(sys.argv[1]))
