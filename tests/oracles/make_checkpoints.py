#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes tiny checkpoints with random weights and what the original libraries compute from them.

    make_checkpoints.py FOLDER [--only TEXT]

Writes FOLDER/CASE/{case.json,ckpt/,RUN/in.NAME.npy,RUN/out.NAME.npy}, which checkpoint_cases.py and the unit tests
read. Those of tests/data/checkpoints are the ones whose name is in KEPT. Needs torch, transformers, safetensors and,
for sentence-transformers' folders, sentence-transformers.
"""
import argparse
import json
import pathlib
import shutil

import numpy as np
import torch
import transformers as T
from safetensors.torch import load_file, save_file

torch.set_num_threads(1)
TOLERANCE = {"fp32": {"psnr_db_min": 100.0}, "fp16": {"psnr_db_min": 45.0}}
KEPT = {"bert_pretraining", "bert_multiple_choice_types", "gpt2_untied_switches", "gpt2_sequence_classification",
        "sentence_all_modes_dense"}


def randomize(model, seed):
    """Activations of order 1; norms differ from 1 and biases from 0."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, p in model.named_parameters():
            noise = torch.randn(p.shape, generator=generator)
            if p.dim() > 1:
                embedding = any(part in name for part in ("embeddings", "wte", "wpe"))
                p.copy_(noise * (0.7 if embedding else 1.0 / np.sqrt(p.shape[0 if "c_" in name else -1])))
            elif name.endswith("weight"):
                p.copy_(1 + 0.3 * noise)
            else:
                p.copy_(0.2 * noise)
    return model.eval()


def padding_mask(lengths, size, left=False):
    mask = np.zeros((len(lengths), size), np.int64)
    for row, length in enumerate(lengths):
        if left:
            mask[row, size - length:] = 1
        else:
            mask[row, :length] = 1
    return mask


class Case:
    def __init__(self, root, name, reference):
        self.folder = root / name
        shutil.rmtree(self.folder, ignore_errors=True)
        (self.folder / "ckpt").mkdir(parents=True)
        self.json = {"name": name, "checkpoint": "ckpt", "reference": reference, "runs": []}
        self.random = np.random.default_rng(len(name) + sum(name.encode()))

    def ids(self, shape, words, low=0):
        return self.random.integers(low, words, shape)

    def save(self, model, edit=None, rename=None, extra=None):
        model.save_pretrained(self.folder / "ckpt")
        weights = self.folder / "ckpt" / "model.safetensors"
        if rename or extra:
            tensors = {rename(k) if rename else k: v for k, v in load_file(weights).items()}
            save_file({**tensors, **(extra or {})}, weights, metadata={"format": "pt"})
        if edit:
            path = self.folder / "ckpt" / "config.json"
            config = json.loads(path.read_text())
            edit(config)
            path.write_text(json.dumps(config, indent=2))

    def run(self, name, inputs, outputs, masked=()):
        run = {"name": name, "inputs": [], "outputs": [], "compare_mask": {o: "attention_mask" for o in masked}}
        (self.folder / name).mkdir(exist_ok=True)
        for kind, arrays in (("in", inputs), ("out", outputs)):
            for key, array in arrays.items():
                file = f"{name}/{kind}.{key}.npy"
                np.save(self.folder / file, array)
                run[f"{kind}puts"].append({"name": key, "file": file, "shape": list(array.shape)})
        for output in run["outputs"]:
            output["tolerance"] = TOLERANCE
        self.json["runs"].append(run)

    def close(self):
        (self.folder / "case.json").write_text(json.dumps(self.json, indent=1))


def compute(model, inputs, names):
    with torch.no_grad():
        out = model(**{k: torch.tensor(v) for k, v in inputs.items()}, output_hidden_states=True)
    result = {}
    for name in names:
        value = out.hidden_states[int(name.split(".")[1])] if name.startswith("hidden_states.") else out[name]
        result[name] = value.float().numpy()
    return result


def eager(model_class, config, seed):
    config._attn_implementation = "eager"
    return randomize(model_class(config), seed)


# name: class, configuration, outputs, what else
BERT = dict(vocab_size=61, hidden_size=24, num_hidden_layers=2, num_attention_heads=3, intermediate_size=40,
            max_position_embeddings=20, type_vocab_size=2)
BERTS = {
    "bert_pretraining": (T.BertForPreTraining, dict(hidden_act="relu"),
                         ["prediction_logits", "seq_relationship_logits"], {}),
    "bert_next_sentence": (T.BertForNextSentencePrediction, {}, ["logits"], {}),
    "bert_multiple_choice_types": (T.BertForMultipleChoice, dict(hidden_act="gelu_new"), ["logits"],
                                   dict(choices=3, inputs=["token_type_ids"])),
    "bert_tokens": (T.BertForTokenClassification, dict(num_labels=5, hidden_act="silu", layer_norm_eps=1e-5),
                    ["logits"], dict(inputs=["token_type_ids", "position_ids"])),
    "bert_answers": (T.BertForQuestionAnswering, dict(hidden_act="mish"), ["start_logits", "end_logits"], {}),
    "bert_untied": (T.BertForMaskedLM, dict(tie_word_embeddings=False, hidden_act="gelu_fast"), ["logits"], {}),
    "bert_decoder": (T.BertLMHeadModel, dict(is_decoder=True, hidden_act="quick_gelu"), ["logits"], {}),
    "bert_hidden": (T.BertModel, dict(num_hidden_layers=3, type_vocab_size=4, hidden_act="hardswish"),
                    ["hidden_states.0", "hidden_states.2", "hidden_states.-1", "hidden_states.-2", "pooler_output"],
                    dict(inputs=["token_type_ids"])),
    "bert_one_head": (T.BertForSequenceClassification,
                      dict(hidden_size=16, num_attention_heads=1, num_hidden_layers=1, num_labels=1,
                           hidden_act="laplace"), ["logits"], {}),
    "bert_clipped": (T.BertForSequenceClassification, dict(num_labels=7, hidden_act="gelu_10"), ["logits"], {}),
    "bert_leaky": (T.BertForMaskedLM, dict(hidden_act="leaky_relu"), ["logits"], {}),
    "bert_relu2": (T.BertForMaskedLM, dict(hidden_act="relu2"), ["logits"], {}),
    "bert_old_names": (T.BertForMaskedLM, dict(hidden_act="gelu_python"), ["logits"],
                       dict(rename=lambda k: k.replace("LayerNorm.weight", "LayerNorm.gamma")
                            .replace("LayerNorm.bias", "LayerNorm.beta"))),
    "bert_no_prefix": (T.BertModel, {}, ["last_hidden_state", "pooler_output"],
                       dict(extra={"embeddings.position_ids": torch.arange(20)[None]})),
    "bert_compiled": (T.BertForSequenceClassification, {}, ["logits"], dict(rename=lambda k: "_orig_mod." + k)),
    "bert_half": (T.BertModel, {}, ["last_hidden_state", "pooler_output"], dict(dtype=torch.float16)),
    "bert_bfloat": (T.BertModel, {}, ["last_hidden_state", "pooler_output"], dict(dtype=torch.bfloat16)),
}


def make_bert(root, name):
    model_class, config, outputs, more = BERTS[name]
    config = T.BertConfig(**{**BERT, **config})
    model = eager(model_class, config, len(name))
    if "dtype" in more:
        model = model.to(more["dtype"]).float()
    case = Case(root, name, f"transformers {T.__version__}, {model_class.__name__}, eager, float32")
    case.save(model.to(more.get("dtype", torch.float32)), rename=more.get("rename"), extra=more.get("extra"))
    model = model.float()
    words, types = config.vocab_size, config.type_vocab_size
    for run, lengths, size in (("single", [9], 9), ("padded_batch", [12, 7], 12), ("one_token", [1], 1)):
        shape = (len(lengths), more["choices"], size) if "choices" in more else (len(lengths), size)
        rows = int(np.prod(shape[:-1]))
        mask = padding_mask((lengths * rows)[:rows], size).reshape(shape)
        inputs = {"input_ids": case.ids(shape, words, 1) * mask, "attention_mask": mask}
        if "token_type_ids" in more.get("inputs", ()):
            inputs["token_type_ids"] = case.ids(shape, types)
        if "position_ids" in more.get("inputs", ()):
            inputs["position_ids"] = case.ids(shape, 20)
        got = compute(model, inputs, outputs)
        masked = [o for o in outputs if got[o].shape[:2] == shape and "choices" not in more]
        case.run(run, inputs, got, masked)
    case.close()


GPT2 = dict(vocab_size=67, n_positions=24, n_embd=24, n_layer=3, n_head=4, bos_token_id=66, eos_token_id=66)
GPT2S = {
    "gpt2_untied_switches": (T.GPT2LMHeadModel,
                             dict(tie_word_embeddings=False, scale_attn_weights=False, n_inner=50,
                                  scale_attn_by_inverse_layer_idx=True, reorder_and_upcast_attn=True,
                                  layer_norm_epsilon=1e-4, activation_function="relu"),
                             ["logits", "hidden_states.0", "hidden_states.1", "hidden_states.-1"], {}),
    "gpt2_inverse_layer": (T.GPT2LMHeadModel, dict(scale_attn_by_inverse_layer_idx=True), ["logits"], {}),
    "gpt2_upcast": (T.GPT2LMHeadModel, dict(reorder_and_upcast_attn=True, activation_function="gelu_pytorch_tanh"),
                    ["logits"], {}),
    "gpt2_base": (T.GPT2Model, dict(n_head=1, activation_function="gelu"), ["last_hidden_state", "hidden_states.-1"],
                  dict(inputs=["token_type_ids"])),
    "gpt2_sequence_classification": (T.GPT2ForSequenceClassification, dict(num_labels=3, pad_token_id=0),
                                     ["logits"], {}),
    "gpt2_sequence_no_padding": (T.GPT2ForSequenceClassification, dict(num_labels=2), ["logits"],
                                 dict(single=True)),
    "gpt2_tokens": (T.GPT2ForTokenClassification, dict(num_labels=4, activation_function="silu"), ["logits"], {}),
    "gpt2_answers": (T.GPT2ForQuestionAnswering, dict(n_inner=8), ["start_logits", "end_logits"], {}),
    "gpt2_other_spelling": (T.GPT2LMHeadModel, {}, ["logits"], dict(edit=True)),
}


def other_spelling(config):
    for old, new in (("n_embd", "hidden_size"), ("n_layer", "num_hidden_layers"), ("n_head", "num_attention_heads"),
                     ("n_positions", "max_position_embeddings"), ("dtype", "torch_dtype")):
        config[new] = config.pop(old)
    for key in ("scale_attn_weights", "layer_norm_epsilon", "activation_function", "reorder_and_upcast_attn", "n_inner",
                "tie_word_embeddings", "add_cross_attention"):
        config.pop(key, None)


def make_gpt2(root, name):
    model_class, config, outputs, more = GPT2S[name]
    config = T.GPT2Config(**{**GPT2, **config})
    model = eager(model_class, config, len(name))
    case = Case(root, name, f"transformers {T.__version__}, {model_class.__name__}, eager, float32")
    case.save(model, edit=other_spelling if more.get("edit") else None)
    words = config.vocab_size
    ids = {"input_ids": case.ids((1, 11), words, 1)}
    if more.get("inputs"):
        ids["token_type_ids"] = case.ids((1, 11), words)
    case.run("full", ids, compute(model, ids, outputs))
    if not more.get("single"):
        for run, left in (("left_padded", True), ("right_padded", False)):
            mask = padding_mask([10, 6, 1], 10, left)
            inputs = {"input_ids": case.ids((3, 10), words, 1) * mask, "attention_mask": mask,
                      "position_ids": np.clip(np.cumsum(mask, 1) - 1, 0, None)}
            got = compute(model, inputs, outputs)
            case.run(run, inputs, got, [o for o in outputs if got[o].shape[:2] == (3, 10)])
    case.close()


SENTENCES = {
    "sentence_all_modes_dense": dict(modes=["cls", "max", "mean", "mean_sqrt_len_tokens", "weightedmean", "lasttoken"],
                                     tail=["dense", "layer_norm", "normalize"]),
    **{f"sentence_{mode}": dict(modes=[mode], tail=[]) for mode in
       ("cls", "max", "mean", "mean_sqrt_len_tokens", "weightedmean", "lasttoken")},
    "sentence_old_keys": dict(modes=["max", "mean"], tail=["normalize"], old=True),
    "sentence_distilbert": dict(modes=["mean"], tail=["dense_gelu"], base="distilbert"),
    "sentence_gpt2": dict(modes=["lasttoken", "weightedmean"], tail=["normalize"], base="gpt2"),
    "sentence_residual": dict(modes=["mean"], tail=["dense_residual", "normalize"]),
}


def make_sentence(root, name):
    import sentence_transformers as S
    from sentence_transformers import models as M

    more = SENTENCES[name]
    case = Case(root, name, f"sentence-transformers {S.__version__}, transformers {T.__version__}, eager, float32")
    base = more.get("base", "bert")
    if base == "bert":
        config = T.BertConfig(**BERT)
        model = eager(T.BertModel, config, len(name))
    elif base == "distilbert":
        config = T.DistilBertConfig(vocab_size=61, dim=24, n_layers=2, n_heads=3, hidden_dim=40,
                                    max_position_embeddings=20)
        model = eager(T.DistilBertModel, config, len(name))
    else:
        config = T.GPT2Config(**GPT2)
        model = eager(T.GPT2Model, config, len(name))
    size = 24
    pooling = M.Pooling(size, pooling_mode=tuple(more["modes"]))
    size *= len(more["modes"])
    tail = []
    for kind in more["tail"]:
        if kind.startswith("dense"):
            act = torch.nn.GELU() if "gelu" in kind else torch.nn.Tanh()
            dense = M.Dense(size, 10, bias="gelu" not in kind, activation_function=act,
                            **({"use_residual": True} if "residual" in kind else {}))
            tail.append(randomize(dense, 3))
            size = 10
        elif kind == "layer_norm":
            tail.append(randomize(M.LayerNorm(size), 4))
        else:
            tail.append(M.Normalize())
    checkpoint = case.folder / "ckpt"
    model.save_pretrained(checkpoint)
    modules = [{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"}]
    for i, module in enumerate([pooling, *tail], 1):
        kind = type(module).__name__
        path = f"{i}_{kind}"
        (checkpoint / path).mkdir()
        module.save(str(checkpoint / path))
        modules.append({"idx": i, "name": str(i), "path": path, "type": f"sentence_transformers.models.{kind}"})
    if more.get("old"):
        old = {"cls": "cls_token", "max": "max_tokens", "mean": "mean_tokens"}
        config_json = {"word_embedding_dimension": 24}
        config_json.update({f"pooling_mode_{key}": mode in more["modes"] for mode, key in old.items()})
        (checkpoint / "1_Pooling" / "config.json").write_text(json.dumps(config_json))
    (checkpoint / "modules.json").write_text(json.dumps(modules, indent=1))
    (checkpoint / "sentence_bert_config.json").write_text(json.dumps({"max_seq_length": 16, "do_lower_case": False}))
    for run, lengths, length in (("single", [9], 9), ("padded_batch", [12, 5, 1], 12)):
        mask = padding_mask(lengths, length)
        inputs = {"input_ids": case.ids(mask.shape, config.vocab_size, 1) * mask, "attention_mask": mask}
        with torch.no_grad():
            tokens = model(**{k: torch.tensor(v) for k, v in inputs.items()}).last_hidden_state
            features = {"token_embeddings": tokens, "attention_mask": torch.tensor(mask)}
            for module in [pooling, *tail]:
                features = module(features)
        case.run(run, inputs, {"sentence_embedding": features["sentence_embedding"].numpy(),
                               "token_embeddings": tokens.numpy()}, ["token_embeddings"])
    case.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--only", default="")
    parser.add_argument("--kept", action="store_true", help="only those of tests/data/checkpoints")
    options = parser.parse_args()
    for table, make in ((BERTS, make_bert), (GPT2S, make_gpt2), (SENTENCES, make_sentence)):
        for name in table:
            if options.only in name and (not options.kept or name in KEPT):
                make(options.folder, name)
                print(name)


if __name__ == "__main__":
    main()
