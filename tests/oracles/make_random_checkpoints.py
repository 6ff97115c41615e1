#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes tiny checkpoints whose configurations are drawn by chance: sizes, heads, tied or not, activations, tasks,
padding, element types, shards, file formats.

    make_random_checkpoints.py FOLDER [--count N] [--seed S] [--only FAMILY]

The layout is that of make_checkpoints.py; checkpoint_cases.py compares. Needs torch, transformers and safetensors, and
for the family sentence sentence-transformers.
"""
import argparse
import json
import pathlib
import random

import numpy as np
import torch
import transformers as T

from make_checkpoints import TOLERANCE, Case, compute, eager, padding_mask

TOLERANCE["fp16"]["psnr_db_min"] = 38.0  # some outputs have three numbers, and some models many norms
ACTIVATIONS = ["gelu", "gelu_new", "gelu_fast", "gelu_pytorch_tanh", "quick_gelu", "relu", "relu2", "silu", "mish",
               "tanh"]
HEADS = {"ForSequenceClassification": ["logits"], "ForTokenClassification": ["logits"],
         "ForQuestionAnswering": ["start_logits", "end_logits"], "ForMultipleChoice": ["logits"],
         "ForMaskedLM": ["logits"], "ForCausalLM": ["logits", "hidden_states.-2"],
         "LMHeadModel": ["logits", "hidden_states.1"], "Model": ["last_hidden_state", "hidden_states.1"]}


def rope(rng, head_dim, positions, partial=False):
    kind = rng.choice(["default", "default", "linear", "dynamic", "llama3", "yarn", "longrope"])
    parameters = dict(rope_type=kind, rope_theta=rng.choice([500.0, 10000.0, 1e6]))
    if kind != "default":
        parameters["factor"] = rng.choice([1.5, 2.0, 8.0])
    if kind in ("llama3", "yarn", "longrope"):
        parameters["original_max_position_embeddings"] = positions // 2
    if kind == "llama3":
        parameters.update(low_freq_factor=1.0, high_freq_factor=rng.choice([2.0, 4.0]))
    if partial:
        parameters["partial_rotary_factor"] = rng.choice([0.25, 0.5, 1.0])
    if kind == "longrope":
        size = int(head_dim * parameters.get("partial_rotary_factor", 1.0)) // 2
        parameters.update(short_factor=[rng.uniform(1, 2) for _ in range(size)],
                          long_factor=[rng.uniform(1, 5) for _ in range(size)])
    return parameters


def encoder(rng, family):
    heads = rng.choice([1, 2, 3, 5, 7])
    config = dict(vocab_size=rng.randint(40, 130), hidden_size=heads * rng.choice([4, 6, 10, 14]),
                  num_attention_heads=heads, num_hidden_layers=rng.randint(1, 4), intermediate_size=rng.randint(9, 70),
                  max_position_embeddings=rng.randint(18, 60), layer_norm_eps=rng.choice([1e-12, 1e-5, 1e-3]),
                  hidden_act=rng.choice(ACTIVATIONS), num_labels=rng.randint(1, 6), pad_token_id=rng.choice([0, 1]))
    if family in ("bert", "roberta", "xlm_roberta", "camembert"):
        config["type_vocab_size"] = rng.randint(1, 3)
    if family == "mpnet":
        config.update(relative_attention_num_buckets=rng.choice([32, 40]), pad_token_id=1)  # fewer fail there
    if family == "distilbert":
        for ours, theirs in (("hidden_size", "dim"), ("num_attention_heads", "n_heads"), ("hidden_act", "activation"),
                             ("num_hidden_layers", "n_layers"), ("intermediate_size", "hidden_dim")):
            config[theirs] = config.pop(ours)
        config.pop("layer_norm_eps")
        config.update(sinusoidal_pos_embds=rng.random() < 0.3, activation=rng.choice(["gelu", "relu", "gelu_new"]))
    return config


def decoder(rng, family):
    keys = rng.choice([1, 2, 3])
    heads = keys * rng.choice([1, 2, 3])
    head_dim = rng.choice([8, 16] if family in ("phi", "gpt_neox") else [4, 8, 12, 16])  # turning in pairs
    positions = rng.choice([32, 48, 100])
    own_dim = family in ("llama", "mistral", "qwen3", "gemma")
    hidden = rng.choice([18, 24, 30, 42]) * heads if own_dim and rng.random() < 0.5 else heads * head_dim
    config = dict(vocab_size=rng.randint(40, 130), hidden_size=hidden, intermediate_size=rng.randint(20, 90),
                  num_hidden_layers=rng.randint(1, 4), num_attention_heads=heads, max_position_embeddings=positions,
                  hidden_act=rng.choice(ACTIVATIONS), tie_word_embeddings=rng.random() < 0.4,
                  num_labels=rng.randint(2, 5), pad_token_id=0, bos_token_id=1, eos_token_id=2,
                  rope_parameters=rope(rng, head_dim, positions, family in ("phi", "gpt_neox")))
    if family != "gpt_neox":
        config["num_key_value_heads"] = keys
    if own_dim:
        config["head_dim"] = head_dim
    if family in ("llama", "qwen3", "gemma", "gpt_neox"):
        config["attention_bias"] = rng.random() < 0.5
    if family == "llama":
        config["mlp_bias"] = rng.random() < 0.3
    if family == "mistral":
        config["sliding_window"] = rng.choice([None, 2, 5, 50])
    if family in ("qwen2", "qwen3") and rng.random() < 0.5:
        config.update(use_sliding_window=True, sliding_window=rng.randint(1, 9), max_window_layers=rng.randint(0, 3))
    if family == "phi":
        config["qk_layernorm"] = rng.random() < 0.4
    if family == "gpt_neox":
        config["use_parallel_residual"] = rng.random() < 0.5
    config["layer_norm_eps" if family in ("phi", "gpt_neox") else "rms_norm_eps"] = rng.choice([1e-6, 1e-5, 1e-3])
    return config


def gpt2(rng):
    heads = rng.choice([1, 2, 3, 5])
    config = dict(vocab_size=rng.randint(40, 130), n_positions=rng.randint(20, 60), n_head=heads,
                  n_embd=heads * rng.choice([4, 6, 10]), n_layer=rng.randint(1, 4), num_labels=rng.randint(1, 5),
                  n_inner=rng.choice([None, 17, 50]), layer_norm_epsilon=rng.choice([1e-5, 1e-3]), pad_token_id=0,
                  activation_function=rng.choice(ACTIVATIONS), tie_word_embeddings=rng.random() < 0.7)
    for switch in ("scale_attn_weights", "scale_attn_by_inverse_layer_idx", "reorder_and_upcast_attn"):
        config[switch] = rng.random() < 0.5
    return config


ENCODERS = {"bert": "Bert", "roberta": "Roberta", "xlm_roberta": "XLMRoberta", "camembert": "Camembert",
            "mpnet": "MPNet", "distilbert": "DistilBert"}
DECODERS = {"llama": "Llama", "mistral": "Mistral", "qwen2": "Qwen2", "qwen3": "Qwen3", "gemma": "Gemma", "phi": "Phi",
            "gpt_neox": "GPTNeoX"}
FAMILIES = [*ENCODERS, *DECODERS, "gpt2", "t5", "sentence"]


def model_of(rng, family):
    """A class with a task that the library has, and a configuration for it."""
    name = {**ENCODERS, **DECODERS, "gpt2": "GPT2"}[family]
    heads = [head for head in HEADS if hasattr(T, name + head)]
    if family in ENCODERS:
        heads = [head for head in heads if head not in ("ForCausalLM", "LMHeadModel")]
    head = rng.choice(heads)
    model_class = getattr(T, name + head)
    config = gpt2(rng) if family == "gpt2" else (encoder if family in ENCODERS else decoder)(rng, family)
    if head == "ForQuestionAnswering":
        config["num_labels"] = 2
    return head, model_class, model_class.config_class(**config)


def store(case, rng, model):
    """In one of the ways in which such folders come. The model as it is then loaded."""
    dtype = rng.choice([torch.float32, torch.float32, torch.float16, torch.bfloat16])
    model = model.to(dtype)
    folder = case.folder / "ckpt"
    way = rng.choice(["plain", "plain", "shards", "bin", "old bin"])
    model.save_pretrained(folder, max_shard_size="20KB" if way == "shards" else "5GB")
    if way in ("bin", "old bin"):
        (folder / "model.safetensors").unlink()
        torch.save(model.state_dict(), folder / "pytorch_model.bin", _use_new_zipfile_serialization=way == "bin")
    case.json["reference"] += f", stored as {way} {dtype}"
    return type(model).from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()


def make_plain(case, rng, family):
    head, model_class, config = model_of(rng, family)
    case.json["reference"] = f"transformers {T.__version__}, {model_class.__name__}, eager, float32"
    model = store(case, rng, eager(model_class, config, rng.randint(0, 1 << 20)))
    length = rng.randint(6, 16)
    choices = (rng.randint(2, 3),) if head == "ForMultipleChoice" else ()
    causal = family not in ENCODERS
    for run, lengths, left in (("single", [length], False), ("padded", [length, rng.randint(2, length), 2], True)):
        left = left and causal and rng.random() < 0.6
        rows = len(lengths) * int(np.prod(choices, dtype=int))
        mask = padding_mask((lengths * rows)[:rows], length, left).reshape(len(lengths), *choices, length)
        ids = case.ids(mask.shape, config.vocab_size, 3)
        inputs = {"input_ids": np.where(mask == 1, ids, config.pad_token_id), "attention_mask": mask}
        if causal and run == "padded":
            inputs["position_ids"] = np.clip(np.cumsum(mask, 1) - 1, 0, None)
        if getattr(config, "type_vocab_size", 0) > 0 and rng.random() < 0.5:
            inputs["token_type_ids"] = case.ids(mask.shape, config.type_vocab_size)
        outputs = HEADS[head]
        got = compute(model, inputs, outputs)
        case.run(run, inputs, got, [o for o in outputs if got[o].shape[:2] == mask.shape])


def make_t5(case, rng):
    heads = rng.choice([1, 2, 3])
    config = T.T5Config(vocab_size=rng.randint(40, 90), d_model=rng.choice([18, 24, 32]), d_kv=rng.choice([4, 6, 11]),
                        d_ff=rng.randint(20, 60), num_layers=rng.randint(1, 3), num_decoder_layers=rng.randint(1, 3),
                        num_heads=heads, relative_attention_num_buckets=rng.choice([6, 8, 32]),
                        relative_attention_max_distance=rng.choice([40, 128]), pad_token_id=0, eos_token_id=1,
                        feed_forward_proj=rng.choice(["relu", "gated-gelu", "gated-silu", "gelu", "gated-relu"]),
                        decoder_start_token_id=0, layer_norm_epsilon=rng.choice([1e-6, 1e-3]),
                        tie_word_embeddings=rng.random() < 0.5)
    encoder_only = rng.random() < 0.3
    model_class = T.T5EncoderModel if encoder_only else T.T5ForConditionalGeneration
    case.json["reference"] = f"transformers {T.__version__}, {model_class.__name__}, eager, float32"
    model = store(case, rng, eager(model_class, config, rng.randint(0, 1 << 20)))
    outputs = ["last_hidden_state"] if encoder_only else ["logits", "encoder_last_hidden_state"]
    length = rng.randint(5, 20)
    for run, lengths in (("single", [length]), ("padded", [length, rng.randint(2, length)])):
        mask = padding_mask(lengths, length)
        inputs = {"input_ids": case.ids(mask.shape, config.vocab_size, 2) * mask, "attention_mask": mask}
        if not encoder_only:
            inputs["decoder_input_ids"] = case.ids((len(lengths), rng.randint(2, 9)), config.vocab_size, 2)
        got = compute(model, inputs, outputs)
        case.run(run, inputs, got, [o for o in outputs if o != "logits"])


MODES = ["cls", "max", "mean", "mean_sqrt_len_tokens", "weightedmean", "lasttoken"]


def make_sentence(case, rng):
    """A folder as SentenceTransformer.save_pretrained writes it."""
    import sentence_transformers as S
    from sentence_transformers import models as M

    family = rng.choice([*ENCODERS, "gpt2", "qwen3", "llama"])
    name = {**ENCODERS, **DECODERS, "gpt2": "GPT2"}[family]
    model_class = getattr(T, name + "Model")
    config = model_class.config_class(**(gpt2(rng) if family == "gpt2" else
                                         (encoder if family in ENCODERS else decoder)(rng, family)))
    model = eager(model_class, config, rng.randint(0, 1 << 20))
    size = getattr(config, "hidden_size", None) or config.n_embd
    pooling = M.Pooling(size, pooling_mode=tuple(rng.sample(MODES, rng.randint(1, 3))))
    size = pooling.get_sentence_embedding_dimension()
    tail = []
    for _ in range(rng.randint(0, 3)):
        kind = rng.choice(["dense", "layer norm", "normalize"])
        if kind == "dense":
            act = rng.choice([torch.nn.GELU, torch.nn.Tanh, torch.nn.Identity, torch.nn.ReLU, torch.nn.Sigmoid])()
            out = rng.randint(5, 20)
            tail.append(M.Dense(size, out, bias=rng.random() < 0.5, activation_function=act))
            size = out
        else:
            tail.append(M.LayerNorm(size) if kind == "layer norm" else M.Normalize())
    case.json["reference"] = f"sentence-transformers {S.__version__}, {family}, {[type(m).__name__ for m in tail]}"
    checkpoint = case.folder / "ckpt"
    first = rng.choice(["", "0_Transformer"])
    model.save_pretrained(checkpoint / first)
    modules = [{"idx": 0, "name": "0", "path": first, "type": "sentence_transformers.models.Transformer"}]
    for i, module in enumerate([pooling, *tail], 1):
        kind = type(module)
        path = f"{i}_{kind.__name__}"
        (checkpoint / path).mkdir()
        module.save(str(checkpoint / path))
        spelling = rng.choice([f"{kind.__module__}.{kind.__name__}", f"sentence_transformers.models.{kind.__name__}"])
        modules.append({"idx": i, "name": str(i), "path": path, "type": spelling})
    (checkpoint / "modules.json").write_text(json.dumps(modules, indent=1))
    for run, lengths in (("single", [9]), ("padded", [12, 5, 1])):
        mask = padding_mask(lengths, lengths[0])
        inputs = {"input_ids": np.where(mask == 1, case.ids(mask.shape, config.vocab_size, 3), config.pad_token_id),
                  "attention_mask": mask}
        with torch.no_grad():
            tokens = model(**{k: torch.tensor(v) for k, v in inputs.items()}).last_hidden_state
            features = {"token_embeddings": tokens, "attention_mask": torch.tensor(mask)}
            for module in [pooling, *tail]:
                features = module(features)
        case.run(run, inputs, {"sentence_embedding": features["sentence_embedding"].numpy()})


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--count", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    T.utils.logging.set_verbosity_error()
    T.utils.logging.disable_progress_bar()
    families = [family for family in FAMILIES if options.only in family]
    for i in range(options.count):
        rng = random.Random(options.seed * 1000 + i)
        family = families[i % len(families)]
        case = Case(options.folder, f"random_{options.seed}_{i}_{family}", "")
        if family == "t5":
            make_t5(case, rng)
        elif family == "sentence":
            make_sentence(case, rng)
        else:
            make_plain(case, rng, family)
        case.close()
        print(f"{case.json['name']}: {case.json['reference']}", flush=True)


if __name__ == "__main__":
    main()
