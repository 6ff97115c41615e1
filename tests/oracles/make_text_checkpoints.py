#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes tiny checkpoints of every text architecture, one for each switch of its configuration.

    make_text_checkpoints.py FOLDER [--only TEXT]

The layout is that of make_checkpoints.py; checkpoint_cases.py compares. Needs torch, transformers and safetensors.
"""
import argparse
import json
import pathlib

import numpy as np
import torch
import transformers as T

from make_checkpoints import TOLERANCE, Case, compute, eager, padding_mask

TOLERANCE["fp16"]["psnr_db_min"] = 40.0  # some outputs have three numbers

KEPT = {"llama_yarn", "qwen2_mixed_windows", "qwen3_biases", "gemma_multi_query", "phi_qk_norm",
        "neox_sequential_no_bias", "roberta_masked_lm", "mpnet_base", "t5_gated_untied", "clip_text_projection"}

LLAMA = dict(vocab_size=67, hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4,
             num_key_value_heads=2, max_position_embeddings=32, pad_token_id=0, bos_token_id=1, eos_token_id=2)
NEOX = dict(vocab_size=67, hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4,
            max_position_embeddings=32, pad_token_id=0, bos_token_id=1, eos_token_id=2)
BERT = dict(vocab_size=61, hidden_size=24, num_hidden_layers=2, num_attention_heads=3, intermediate_size=40,
            max_position_embeddings=20, pad_token_id=1, layer_norm_eps=1e-5)
T5 = dict(vocab_size=71, d_model=24, d_kv=6, d_ff=40, num_layers=2, num_heads=3, relative_attention_num_buckets=8,
          relative_attention_max_distance=10, pad_token_id=0, eos_token_id=1, decoder_start_token_id=0)
CLIP_TEXT = dict(vocab_size=81, hidden_size=24, intermediate_size=40, num_hidden_layers=2, num_attention_heads=3,
                 max_position_embeddings=16, projection_dim=10, bos_token_id=79, eos_token_id=80, pad_token_id=80)
CLIP_VISION = dict(hidden_size=24, intermediate_size=40, num_hidden_layers=2, num_attention_heads=3, image_size=16,
                   patch_size=4, projection_dim=10)


def rope(kind, **more):
    return dict(rope_parameters=dict(rope_type=kind, rope_theta=10000.0, **more))


LM = ["logits", "hidden_states.0", "hidden_states.-1"]
DECODERS = {
    "llama_many_heads": (T.LlamaForCausalLM, dict(num_key_value_heads=None), LM, {}),
    "llama_multi_query": (T.LlamaForCausalLM, dict(num_key_value_heads=1, tie_word_embeddings=True), LM, {}),
    "llama_head_dim": (T.LlamaForCausalLM, dict(head_dim=12), LM, {}),
    "llama_biases": (T.LlamaForCausalLM, dict(attention_bias=True, mlp_bias=True, hidden_act="gelu",
                                              rms_norm_eps=1e-2), LM, {}),
    "llama_linear": (T.LlamaForCausalLM, rope("linear", factor=2.5), LM, {}),
    "llama_dynamic": (T.LlamaForCausalLM, rope("dynamic", factor=2.0), LM, {}),
    "llama_dynamic_long": (T.LlamaForCausalLM, rope("dynamic", factor=2.0), LM, dict(length=45)),
    "llama_llama3": (T.LlamaForCausalLM, rope("llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
                                              original_max_position_embeddings=16), LM, dict(length=30)),
    "llama_yarn": (T.LlamaForCausalLM, rope("yarn", factor=4.0, original_max_position_embeddings=8), LM,
                   dict(length=20)),
    "llama_yarn_more": (T.LlamaForCausalLM, dict(head_dim=32, max_position_embeddings=512, **rope(
        "yarn", factor=6.0, original_max_position_embeddings=64, attention_factor=0.7, beta_fast=20, beta_slow=2,
        truncate=False)), LM, {}),
    "llama_yarn_mscale": (T.LlamaForCausalLM, dict(head_dim=32, **rope(
        "yarn", factor=6.0, original_max_position_embeddings=64, mscale=0.8, mscale_all_dim=0.5)), LM, {}),
    "llama_longrope_short": (T.LlamaForCausalLM, rope("longrope", original_max_position_embeddings=16, factor=2.0,
                                                      short_factor=[1.0, 1.1, 1.2, 1.3],
                                                      long_factor=[1.0, 2.0, 3.0, 5.0]), LM, dict(length=12)),
    "llama_longrope_long": (T.LlamaForCausalLM, rope("longrope", original_max_position_embeddings=16, factor=2.0,
                                                     short_factor=[1.0, 1.1, 1.2, 1.3],
                                                     long_factor=[1.0, 2.0, 3.0, 5.0]), LM,
                            dict(length=24, padded=False)),
    "llama_theta": (T.LlamaForCausalLM, dict(rope_parameters=dict(rope_type="default", rope_theta=500.0)), LM, {}),
    "llama_base": (T.LlamaModel, {}, ["last_hidden_state", "hidden_states.1", "hidden_states.-2"], {}),
    "llama_texts": (T.LlamaForSequenceClassification, dict(num_labels=3), ["logits"], {}),
    "llama_tokens": (T.LlamaForTokenClassification, dict(num_labels=5), ["logits"], {}),
    "llama_answers": (T.LlamaForQuestionAnswering, {}, ["start_logits", "end_logits"], {}),
    "llama_old_config": (T.LlamaForCausalLM, rope("linear", factor=2.0), LM, dict(edit="old_llama")),
    "llama_bf16": (T.LlamaForCausalLM, {}, LM, dict(dtype=torch.bfloat16)),
    "mistral_window": (T.MistralForCausalLM, dict(sliding_window=3), LM, dict(length=17)),
    "mistral_no_window": (T.MistralForCausalLM, dict(sliding_window=None, head_dim=6), LM, {}),
    "mistral_texts": (T.MistralForSequenceClassification, dict(num_labels=2, sliding_window=5), ["logits"], {}),
    "mistral_answers": (T.MistralForQuestionAnswering, {}, ["start_logits", "end_logits"], {}),
    "qwen2_window": (T.Qwen2ForCausalLM, dict(use_sliding_window=True, sliding_window=4, max_window_layers=1,
                                              num_hidden_layers=3), LM, dict(length=17)),
    "qwen2_mixed_windows": (T.Qwen2ForCausalLM, dict(
        use_sliding_window=True, sliding_window=3, num_hidden_layers=3, tie_word_embeddings=True,
        layer_types=["sliding_attention", "full_attention", "sliding_attention"]), LM, dict(length=13)),
    "qwen2_tokens": (T.Qwen2ForTokenClassification, dict(num_labels=2), ["logits"], {}),
    "qwen2_answers": (T.Qwen2ForQuestionAnswering, {}, ["start_logits", "end_logits"], {}),
    "qwen3_head_dim": (T.Qwen3ForCausalLM, dict(head_dim=16, tie_word_embeddings=True), LM, {}),
    "qwen3_biases": (T.Qwen3ForCausalLM, dict(head_dim=8, attention_bias=True), LM, {}),
    "qwen3_window": (T.Qwen3ForCausalLM, dict(head_dim=8, use_sliding_window=True, sliding_window=4,
                                              max_window_layers=0), LM, dict(length=13)),
    "qwen3_texts": (T.Qwen3ForSequenceClassification, dict(head_dim=8, num_labels=3), ["logits"], {}),
    "gemma_multi_query": (T.GemmaForCausalLM, dict(head_dim=12, num_key_value_heads=1), LM, {}),
    "gemma_biases": (T.GemmaForCausalLM, dict(head_dim=8, attention_bias=True, hidden_act="gelu"), LM, {}),
    "gemma_texts": (T.GemmaForSequenceClassification, dict(head_dim=8, num_labels=2), ["logits"], {}),
    "gemma_tokens": (T.GemmaForTokenClassification, dict(head_dim=8, num_labels=2, hidden_act="relu"), ["logits"], {}),
    "phi_qk_norm": (T.PhiForCausalLM, dict(qk_layernorm=True), LM, {}),
    "phi_most_rotary": (T.PhiForCausalLM, dict(hidden_act="gelu", layer_norm_eps=1e-3, **rope(
        "default", partial_rotary_factor=0.75)), LM, {}),
    "phi_old_config": (T.PhiForCausalLM, rope("linear", factor=2.0, partial_rotary_factor=0.25), LM,
                       dict(edit="old_phi")),
    "phi_texts": (T.PhiForSequenceClassification, dict(num_labels=3), ["logits"], {}),
    "phi_tokens": (T.PhiForTokenClassification, dict(num_labels=3), ["logits"], {}),
    "neox_sequential_no_bias": (T.GPTNeoXForCausalLM, dict(use_parallel_residual=False, attention_bias=False), LM, {}),
    "neox_whole_rotary": (T.GPTNeoXForCausalLM, dict(hidden_act="gelu_fast", **rope(
        "default", partial_rotary_factor=1.0)), LM, {}),
    "neox_tied": (T.GPTNeoXForCausalLM, dict(tie_word_embeddings=True, layer_norm_eps=1e-3), LM, {}),
    "neox_old_config": (T.GPTNeoXForCausalLM, {}, LM, dict(edit="old_neox")),
    "neox_yarn": (T.GPTNeoXForCausalLM, rope("yarn", factor=4.0, original_max_position_embeddings=8,
                                             partial_rotary_factor=0.5), LM, dict(length=20)),
    "neox_texts": (T.GPTNeoXForSequenceClassification, dict(num_labels=3), ["logits"], {}),
    "neox_tokens": (T.GPTNeoXForTokenClassification, dict(num_labels=3), ["logits"], {}),
    "neox_answers": (T.GPTNeoXForQuestionAnswering, {}, ["start_logits", "end_logits"], {}),
    "neox_base": (T.GPTNeoXModel, {}, ["last_hidden_state", "hidden_states.1"], {}),
}


def old_llama(config):
    parameters = config.pop("rope_parameters")
    config["rope_theta"] = parameters["rope_theta"]
    config["rope_scaling"] = {"type": parameters["rope_type"], "factor": parameters["factor"]}
    config["torch_dtype"] = config.pop("dtype")
    for key in ("head_dim", "attention_bias", "mlp_bias", "hidden_act"):
        config.pop(key)


def old_phi(config):
    parameters = config["rope_parameters"]
    config["partial_rotary_factor"] = parameters["partial_rotary_factor"]
    old_llama({**config, "head_dim": 0, "attention_bias": 0, "mlp_bias": 0})
    config.pop("rope_parameters")
    config["rope_theta"] = parameters["rope_theta"]
    config["rope_scaling"] = {"type": parameters["rope_type"], "factor": parameters["factor"]}


def old_neox(config):
    parameters = config.pop("rope_parameters")
    config["rotary_pct"] = parameters["partial_rotary_factor"]
    config["rotary_emb_base"] = int(parameters["rope_theta"])
    for key in ("hidden_act", "attention_bias", "use_parallel_residual", "layer_norm_eps"):
        config.pop(key)


def reference(model_class):
    return f"transformers {T.__version__}, {model_class.__name__}, eager, float32"


def make_decoder(root, name):
    model_class, config, outputs, more = DECODERS[name]
    base = NEOX if name.startswith("neox") else LLAMA
    config = model_class.config_class(**{**base, **config})
    model = eager(model_class, config, len(name))
    dtype = more.get("dtype", torch.bfloat16 if name in KEPT else torch.float32)
    if name in KEPT:  # small
        outputs = outputs[:1]
    model = model.to(dtype)
    case = Case(root, name, reference(model_class))
    case.save(model, edit=globals()[more["edit"]] if "edit" in more else None)
    if dtype != torch.float32:  # as it is loaded: what is not stored was not rounded
        model = model_class.from_pretrained(case.folder / "ckpt", dtype=torch.float32, attn_implementation="eager").eval()
    words, length = config.vocab_size, more.get("length", 11)
    ids = {"input_ids": case.ids((1, length), words, 1)}
    case.run("full", ids, compute(model, ids, outputs))
    padded = (("left_padded", True), ("right_padded", False))[: 1 if name in KEPT else 2]
    for run, left in padded if more.get("padded", True) else ():
        mask = padding_mask([length, length // 2, 1], length, left)
        inputs = {"input_ids": case.ids(mask.shape, words, 1) * mask, "attention_mask": mask,
                  "position_ids": np.clip(np.cumsum(mask, 1) - 1, 0, None)}
        got = compute(model, inputs, outputs)
        case.run(run, inputs, got, [o for o in outputs if got[o].shape[:2] == mask.shape])
    case.close()


ENCODERS = {
    "roberta_masked_lm": (T.RobertaForMaskedLM, {}, ["logits"], {}),
    "roberta_untied": (T.RobertaForMaskedLM, dict(tie_word_embeddings=False), ["logits"], {}),
    "roberta_base": (T.RobertaModel, dict(type_vocab_size=2, hidden_act="relu"),
                     ["last_hidden_state", "pooler_output", "hidden_states.1"], dict(types=True)),
    "roberta_positions": (T.RobertaModel, {}, ["last_hidden_state"], dict(positions=True)),
    "roberta_texts": (T.RobertaForSequenceClassification, dict(num_labels=4), ["logits"], {}),
    "roberta_tokens": (T.RobertaForTokenClassification, dict(num_labels=4), ["logits"], {}),
    "roberta_answers": (T.RobertaForQuestionAnswering, {}, ["start_logits", "end_logits"], {}),
    "roberta_choices": (T.RobertaForMultipleChoice, {}, ["logits"], dict(choices=3)),
    "roberta_decoder": (T.RobertaForCausalLM, dict(is_decoder=True), ["logits"], {}),
    "roberta_padding_zero": (T.RobertaModel, dict(pad_token_id=0), ["last_hidden_state"], {}),
    "xlm_roberta_texts": (T.XLMRobertaForSequenceClassification, dict(num_labels=2), ["logits"], {}),
    "xlm_roberta_base": (T.XLMRobertaModel, {}, ["last_hidden_state", "pooler_output"], {}),
    "camembert_masked_lm": (T.CamembertForMaskedLM, {}, ["logits"], {}),
    "mpnet_base": (T.MPNetModel, dict(relative_attention_num_buckets=40),
                   ["last_hidden_state", "pooler_output", "hidden_states.1"], dict(length=17)),
    "mpnet_long": (T.MPNetModel, dict(max_position_embeddings=200), ["last_hidden_state"], dict(length=190)),
    "mpnet_masked_lm": (T.MPNetForMaskedLM, {}, ["logits"], {}),
    "mpnet_texts": (T.MPNetForSequenceClassification, dict(num_labels=4, hidden_act="gelu_new"), ["logits"], {}),
    "mpnet_tokens": (T.MPNetForTokenClassification, dict(num_labels=4), ["logits"], {}),
    "mpnet_answers": (T.MPNetForQuestionAnswering, {}, ["start_logits", "end_logits"], {}),
    "mpnet_choices": (T.MPNetForMultipleChoice, {}, ["logits"], dict(choices=2)),
}


def make_encoder(root, name):
    model_class, config, outputs, more = ENCODERS[name]
    config = model_class.config_class(**{**BERT, **config})
    model = eager(model_class, config, len(name))
    case = Case(root, name, reference(model_class))
    case.save(model)
    length = more.get("length", 12)
    for run, lengths in (("single", [length]), ("padded_batch", [length, length // 2])):
        shape = (len(lengths), more["choices"], length) if "choices" in more else (len(lengths), length)
        rows = int(np.prod(shape[:-1]))
        mask = padding_mask((lengths * rows)[:rows], length).reshape(shape)
        ids = case.ids(shape, config.vocab_size, 2)
        inputs = {"input_ids": np.where(mask == 1, ids, config.pad_token_id), "attention_mask": mask}
        if "types" in more:
            inputs["token_type_ids"] = case.ids(shape, config.type_vocab_size)
        if "positions" in more:
            inputs["position_ids"] = case.ids(shape, config.max_position_embeddings)
        got = compute(model, inputs, outputs)
        case.run(run, inputs, got, [o for o in outputs if got[o].shape[:2] == shape and "choices" not in more])
    case.close()


SEQ2SEQ = ["logits", "encoder_last_hidden_state"]
T5S = {
    "t5_tied": (T.T5ForConditionalGeneration, {}, SEQ2SEQ, {}),
    "t5_gated_untied": (T.T5ForConditionalGeneration, dict(feed_forward_proj="gated-gelu", tie_word_embeddings=False,
                                                           num_decoder_layers=1), SEQ2SEQ, dict(edit=True)),
    "t5_gated_silu": (T.T5ForConditionalGeneration, dict(feed_forward_proj="gated-silu", d_kv=10, num_heads=2,
                                                         layer_norm_epsilon=1e-3), SEQ2SEQ, dict(mask=True)),
    "t5_long": (T.T5ForConditionalGeneration, dict(relative_attention_num_buckets=32,
                                                   relative_attention_max_distance=128), SEQ2SEQ, dict(length=150)),
    "t5_base": (T.T5Model, {}, ["last_hidden_state"], {}),
    "t5_encoder": (T.T5EncoderModel, dict(relative_attention_num_buckets=6), ["last_hidden_state", "hidden_states.1"],
                   dict(encoder=True)),
    "t5_texts": (T.T5ForSequenceClassification, dict(num_labels=3), ["logits"], dict(encoder=True, ends=True)),
    "t5_tokens": (T.T5ForTokenClassification, dict(num_labels=3), ["logits"], dict(encoder=True)),
    "t5_answers": (T.T5ForQuestionAnswering, {}, ["start_logits", "end_logits"], dict(encoder=True)),
}


def untied_spelling(config):
    config["tie_word_embeddings"] = False
    config.pop("scale_decoder_outputs", None)


def make_t5(root, name):
    model_class, config, outputs, more = T5S[name]
    config = T.T5Config(**{**T5, **config})
    model = eager(model_class, config, len(name))
    case = Case(root, name, reference(model_class))
    case.save(model, edit=untied_spelling if "edit" in more else None)
    length = more.get("length", 13)
    for run, lengths in (("single", [length]), ("padded_batch", [length, length // 2])):
        mask = padding_mask(lengths, length)
        ids = case.ids(mask.shape, config.vocab_size, 2) * mask
        if "ends" in more:
            ids[np.arange(len(lengths)), np.array(lengths) - 1] = 1
        inputs = {"input_ids": ids, "attention_mask": mask}
        if "encoder" not in more:
            inputs["decoder_input_ids"] = case.ids((len(lengths), 7), config.vocab_size, 2)
        if "mask" in more:
            inputs["decoder_attention_mask"] = padding_mask([7, 5][: len(lengths)], 7)
        got = compute(model, inputs, outputs)
        case.run(run, inputs, got, [o for o in outputs if got[o].shape[:2] == mask.shape])
        if outputs == SEQ2SEQ and "mask" not in more:  # the decoder alone
            inputs = {"encoder_hidden_states": got["encoder_last_hidden_state"], "attention_mask": mask,
                      "decoder_input_ids": inputs["decoder_input_ids"]}
            case.run(f"{run}_decoder", inputs, {"logits": got["logits"]})
    case.close()


CLIPS = {
    "clip_text": (T.CLIPTextModel, {}, ["last_hidden_state", "pooler_output", "hidden_states.1"]),
    "clip_text_projection": (T.CLIPTextModelWithProjection, dict(hidden_act="gelu"), ["text_embeds"]),
    "clip_text_old_end": (T.CLIPTextModelWithProjection, dict(eos_token_id=2), ["text_embeds", "last_hidden_state"]),
    "clip_vision": (T.CLIPVisionModel, dict(hidden_act="gelu_new"), ["last_hidden_state", "pooler_output"]),
    "clip_vision_projection": (T.CLIPVisionModelWithProjection, dict(patch_size=8), ["image_embeds"]),
    "clip_both": (T.CLIPModel, {}, ["logits_per_image", "logits_per_text", "text_embeds", "image_embeds"]),
}


def make_clip(root, name):
    model_class, config, outputs = CLIPS[name]
    texts, images = "text" in name or "both" in name, "vision" in name or "both" in name
    if "both" in name:
        config = T.CLIPConfig(text_config=CLIP_TEXT, vision_config=CLIP_VISION, projection_dim=12)
    else:
        config = model_class.config_class(**{**(CLIP_TEXT if texts else CLIP_VISION), **config})
    model = eager(model_class, config, len(name))
    case = Case(root, name, reference(model_class))
    case.save(model)
    runs = [("plain", None), ("masked", [9, 6])] if texts and not images else [("plain", None)]
    for run, lengths in runs:
        inputs = {}
        if texts:
            ids = case.ids((2, 9), 78, 3)
            ids[0, 8] = ids[1, 5] = 80
            ids[1, 6:] = 80
            inputs["input_ids"] = ids
            if lengths:
                inputs["attention_mask"] = padding_mask(lengths, 9)
        if images:
            inputs["pixel_values"] = case.random.standard_normal((2, 3, 16, 16)).astype(np.float32)
        case.run(run, inputs, compute(model, inputs, outputs))
    case.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--only", default="")
    parser.add_argument("--kept", action="store_true", help="only those of tests/data/checkpoints")
    options = parser.parse_args()
    for table, make in ((DECODERS, make_decoder), (ENCODERS, make_encoder), (T5S, make_t5), (CLIPS, make_clip)):
        for name in table:
            if options.only in name and (not options.kept or name in KEPT):
                make(options.folder, name)
                print(name)


if __name__ == "__main__":
    main()
