#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Folders without a tokenizer.json, as older downloads are: ids and decoded text must be those of transformers.

    slow_tokenizers.py [VOCABULARIES] [--count N] [--seed S] [--only FAMILY]

VOCABULARIES, by default tests/data/tokenizers, holds gpt2/{vocab.json,merges.txt} and bert-base-uncased/vocab.txt;
SentencePiece models are trained on the spot. ANEMONE names the command to use. Needs transformers and sentencepiece.
"""
import argparse
import gzip
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile

import sentencepiece
import transformers as T

ROOT = pathlib.Path(__file__).resolve().parents[2]
ANEMONE = os.environ.get("ANEMONE", ROOT / "build" / "release" / "anemone")
WORDS = ["Hello", "world", "the", "don't", "I'LL", "2024", "3.14", "http://a.b/c?d=e", "café", "naïve", "Über", "ﬁn",
         "Å", "你好", "こんにちは", "안녕", "привет", "مرحبا", "नमस्ते", "▁", "▁▁x", "'", "...", "--", "$100", "_a_", "İ", "①", "½",
         "\U0001F469\u200d\U0001F4BB", "❤️", "e\u0301", "\u00ad", "\u200b", "\ufeff"]
SPACES = [" ", " ", " ", " ", "  ", "\n", "\t", "\u00a0", "\u3000", " \n ", ""]


def text(rng, specials):
    parts = []
    for _ in range(rng.randint(1, 12)):
        kind = rng.random()
        if kind < 0.5:
            parts.append(rng.choice(WORDS))
        elif kind < 0.75:
            letters = "abcdefghijklmnopqrstuvwxyzABC0123456789'.,"
            parts.append("".join(rng.choice(letters) for _ in range(rng.randint(1, 9))))
        elif kind < 0.9 or not specials:
            first, last = rng.choice([(0x21, 0x7E), (0xA1, 0x17F), (0x4E00, 0x4FFF)])
            parts.append(chr(rng.randint(first, last)))
        else:
            parts.append(rng.choice(specials))
        parts.append(rng.choice(SPACES))
    return "".join(parts)


def read(folder, name):
    path = folder / name
    return path.read_text() if path.exists() else gzip.open(f"{path}.gz", "rt").read()


def trained(scratch, kind, **options):
    rng = random.Random(5)
    corpus = scratch / "corpus.txt"
    corpus.write_text("\n".join(text(rng, []).replace("\n", " ") for _ in range(3000)))
    prefix = scratch / kind
    sentencepiece.SentencePieceTrainer.train(input=str(corpus), model_prefix=str(prefix), model_type=kind,
                                             minloglevel=2, character_coverage=0.98, num_threads=1, **options)
    return pathlib.Path(f"{prefix}.model").read_bytes()


def byte_level(vocabularies, folder, specials_first, specials_last=()):
    vocab = json.loads(read(vocabularies / "gpt2", "vocab.json"))
    tokens = [*specials_first, *sorted(vocab, key=vocab.get), *specials_last]
    tokens = list(dict.fromkeys(tokens))
    (folder / "vocab.json").write_text(json.dumps({token: i for i, token in enumerate(tokens)}))
    (folder / "merges.txt").write_text(read(vocabularies / "gpt2", "merges.txt"))


def make_roberta(vocabularies, folder, scratch):
    byte_level(vocabularies, folder, ["<s>", "<pad>", "</s>", "<unk>"], ["<mask>"])
    return {}


def make_gpt2(vocabularies, folder, scratch):
    byte_level(vocabularies, folder, [])
    return {}


def make_qwen2(vocabularies, folder, scratch):
    byte_level(vocabularies, folder, [])
    flags = dict(lstrip=False, rstrip=False, normalized=False, single_word=False, special=True)
    added = {str(50256 + i): dict(content=content, **flags)
             for i, content in enumerate(["<|endoftext|>", "<|im_start|>", "<|im_end|>"])}
    return {"added_tokens_decoder": added, "eos_token": "<|im_end|>", "pad_token": "<|endoftext|>", "unk_token": None,
            "bos_token": None}


def make_mpnet(vocabularies, folder, scratch):
    words = read(vocabularies / "bert-base-uncased", "vocab.txt").split("\n")[5:]
    words = ["<s>", "<pad>", "</s>", "<unk>", *words[:20000], "[UNK]", "<mask>"]
    (folder / "vocab.txt").write_text("\n".join(words) + "\n")
    return {"do_lower_case": True}


def make_bert(vocabularies, folder, scratch):
    (folder / "vocab.txt").write_text(read(vocabularies / "bert-base-uncased", "vocab.txt"))
    return {"do_lower_case": True}


def make_bert_cased(vocabularies, folder, scratch):
    (folder / "vocab.txt").write_text(read(vocabularies / "bert-base-uncased", "vocab.txt"))
    return {"do_lower_case": False, "tokenize_chinese_chars": False, "strip_accents": None}


def make_t5(vocabularies, folder, scratch):
    model = trained(scratch, "unigram", vocab_size=1000, pad_id=0, eos_id=1, unk_id=2, bos_id=-1,
                    user_defined_symbols=["<|im_start|>"], control_symbols=["<|pad|>"])
    (folder / "spiece.model").write_bytes(model)
    return {"extra_ids": 100}


def make_xlm_roberta(vocabularies, folder, scratch):
    (folder / "sentencepiece.bpe.model").write_bytes(trained(scratch, "unigram", vocab_size=1000))
    return {}


def make_camembert(vocabularies, folder, scratch):
    (folder / "sentencepiece.bpe.model").write_bytes(trained(scratch, "unigram", vocab_size=1000))
    return {}


def make_llama(vocabularies, folder, scratch):
    model = trained(scratch, "bpe", vocab_size=1300, byte_fallback=True, normalization_rule_name="identity",
                    remove_extra_whitespaces=False, split_digits=True)
    (folder / "tokenizer.model").write_bytes(model)
    return {"add_bos_token": True, "add_eos_token": False, "legacy": False}


def make_llama_symbols(vocabularies, folder, scratch):
    model = trained(scratch, "bpe", vocab_size=1300, byte_fallback=True, normalization_rule_name="identity",
                    remove_extra_whitespaces=False, user_defined_symbols=["<|im_start|>", "<|im_end|>"],
                    control_symbols=["<|pad|>"])
    (folder / "tokenizer.model").write_bytes(model)
    return {"add_bos_token": True, "add_eos_token": True, "legacy": True}


def make_gemma(vocabularies, folder, scratch):
    model = trained(scratch, "bpe", vocab_size=1300, byte_fallback=True, normalization_rule_name="identity",
                    remove_extra_whitespaces=False, add_dummy_prefix=False, pad_id=0, eos_id=1, bos_id=2, unk_id=3,
                    pad_piece="<pad>", eos_piece="<eos>", bos_piece="<bos>", unk_piece="<unk>",
                    user_defined_symbols=["<mask>", "<start_of_turn>", "<end_of_turn>", "\n\n", "▁▁", "▁▁▁"])
    (folder / "tokenizer.model").write_bytes(model)
    return {"add_bos_token": True, "add_eos_token": False}


FAMILIES = {"RobertaTokenizer": make_roberta, "GPT2Tokenizer": make_gpt2, "Qwen2Tokenizer": make_qwen2,
            "MPNetTokenizer": make_mpnet, "BertTokenizer": make_bert, "BertTokenizer cased": make_bert_cased,
            "T5Tokenizer": make_t5, "XLMRobertaTokenizer": make_xlm_roberta, "CamembertTokenizer": make_camembert,
            "LlamaTokenizer": make_llama, "LlamaTokenizer symbols": make_llama_symbols, "GemmaTokenizer": make_gemma}


def anemone(folder, lines, *flags):
    done = subprocess.run([ANEMONE, "tokenize", "--tokenizer", folder, "--jsonl", "-", *flags], capture_output=True,
                          input="".join(json.dumps(line) + "\n" for line in lines), text=True)
    return [json.loads(line) for line in done.stdout.splitlines()] if done.returncode == 0 else done.stderr.strip()


def compare(name, folder, count, rng):
    peer = getattr(T, name.split()[0]).from_pretrained(folder)
    specials = [token for token in peer.all_special_tokens if token] + ["<|im_start|>", "<|pad|>", "<end_of_turn>", "\n\n", "   "]
    texts = [text(rng, specials) for _ in range(count)]
    wrong = compared = 0
    for flags, special in (((), True), (("--no-special-tokens",), False)):
        ours = anemone(folder, [{"text": one} for one in texts], *flags)
        if isinstance(ours, str):
            print(f"FAIL {name}: {ours}")
            return 1
        for one, mine in zip(texts, ours):
            ids = peer(one, add_special_tokens=special)["input_ids"]
            decoded = peer.decode(ids, skip_special_tokens=False, clean_up_tokenization_spaces=False)
            compared += 1
            if ids != mine["ids"] or decoded != mine["decoded"]:
                wrong += 1
                if wrong <= 2:
                    print(f"{name}: {one!r}\n  ours {mine['ids']} {mine['decoded']!r}\n  peer {ids} {decoded!r}")
    print(f"{'FAIL' if wrong else 'ok  '} {name}: {compared} compared, {wrong} differ", flush=True)
    return wrong


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("vocabularies", nargs="?", type=pathlib.Path, default=ROOT / "tests" / "data" / "tokenizers")
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    T.utils.logging.set_verbosity_error()
    wrong = 0
    for name, make in FAMILIES.items():
        if options.only not in name:
            continue
        with tempfile.TemporaryDirectory() as scratch:
            folder = pathlib.Path(scratch) / "tokenizer"
            folder.mkdir()
            config = make(options.vocabularies, folder, pathlib.Path(scratch))
            (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": name.split()[0], **config}))
            wrong += compare(name, folder, options.count, random.Random(options.seed))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
