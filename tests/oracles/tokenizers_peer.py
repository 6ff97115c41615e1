#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Random Unicode text through Anemone and Hugging Face tokenizers: ids and decoded text must be equal.

    ANEMONE=build/release/anemone python tests/oracles/tokenizers_peer.py [FOLDER...] [--count N] [--seed S]

Each FOLDER holds a tokenizer.json. Without any, and after them, small tokenizers that vary the options are tried.
"""
import argparse, json, os, random, subprocess, sys, tempfile
from tokenizers import Tokenizer

SPACES = " \t\n\r\u00a0\u2003\u3000\u0085\u2028"
EMOJI = ["\U0001F469\u200d\U0001F4BB", "\U0001F44D\U0001F3FD", "\U0001F1E9\U0001F1EA", "\u2764\ufe0f", "\U0001F600"]
WORDS = ["Hello", "world", "the", "don't", "I'LL", "it's", "2024", "3.14", "http://a.b/c?d=e", "caf\u00e9", "na\u00efve", "\u00dcber", "\ufb01n", "\u212b",
         "\u4f60\u597d", "\u3053\u3093\u306b\u3061\u306f", "\uc548\ub155", "\u043f\u0440\u0438\u0432\u0435\u0442", "\u0645\u0631\u062d\u0628\u0627", "\u0928\u092e\u0938\u094d\u0924\u0947", "<s>", "</s>", "<unk>",
         "<|endoftext|>", "[MASK]", "\u2581", "\u2581\u2581x", "'", "''s", "...", "--", "$100", "_a_", "\u0130", "\u1e9e", "\u2460", "\u00bd", "\u2122", "ﬀ", "\u1100\u1161\u11a8"]


def character():
    kind = random.random()
    if kind < 0.25:
        return chr(random.randint(0x20, 0x7E))
    if kind < 0.35:
        return random.choice(SPACES)
    if kind < 0.42:
        return chr(random.randint(0x300, 0x36F))
    if kind < 0.47:
        return chr(random.randint(0, 0x1F)) if random.random() < 0.5 else chr(random.randint(0x7F, 0x9F))
    if kind < 0.65:
        return chr(random.randint(0xA0, 0x2FFF))
    if kind < 0.85:
        return chr(random.choice([random.randint(0x3000, 0xD7FF), random.randint(0xE000, 0xFFFD)]))
    return chr(random.randint(0x10000, 0x10FFFF if random.random() < 0.2 else 0x323AF))


def text():
    parts = []
    for _ in range(random.randint(1, 12)):
        kind = random.random()
        if kind < 0.45:
            parts.append(random.choice(WORDS))
        elif kind < 0.55:
            parts.append(random.choice(EMOJI))
        elif kind < 0.65:
            parts.append(random.choice(SPACES) * random.randint(1, 40))
        elif kind < 0.7:
            parts.append(random.choice("a\u00e9\u4f60!1") * random.randint(1, 120))
        else:
            parts.append("".join(character() for _ in range(random.randint(1, 8))))
        if random.random() < 0.5:
            parts.append(" ")
    return "".join(parts)


def anemone(path, lines, *flags):
    out = subprocess.run([os.environ["ANEMONE"], "tokenize", "--tokenizer", path, "--jsonl", "-", *flags],
                         input="\n".join(map(json.dumps, lines)), capture_output=True, text=True)
    if out.returncode:
        return out.stderr.strip()
    return [json.loads(line) for line in out.stdout.splitlines()]


def peer_decodes(peer, ids):
    """The peer panics on some lists, such as when its Strip gets an empty token."""
    try:
        peer.decode(ids, skip_special_tokens=False)
        return True
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        return False


def compare(name, path, texts):
    peer = Tokenizer.from_file(path)
    peer.no_truncation()
    peer.no_padding()
    wrong = 0
    for flags, special in ((["--no-special-tokens"], False), ([], True)):
        ours = anemone(path, [{"text": t} for t in texts], *flags)
        if isinstance(ours, str):
            print(f"{name}: {ours}")
            return 1
        for t, mine in zip(texts, ours):
            ids = peer.encode(t, add_special_tokens=special).ids
            if not peer_decodes(peer, ids):
                continue
            if ids != mine["ids"] or peer.decode(ids, skip_special_tokens=False) != mine["decoded"]:
                wrong += 1
                if wrong == 1:
                    print(f"{name}: {ascii(t)}\n  ours  {mine['ids'][:60]} {ascii(mine['decoded'])[:300]}\n  peer  {ids[:60]} {ascii(peer.decode(ids, skip_special_tokens=False))[:300]}")
    size = peer.get_vocab_size()
    lists = [[random.randrange(size) for _ in range(random.randint(1, 12))] for _ in range(len(texts) // 4)]
    ours = anemone(path, [{"ids": ids} for ids in lists], "--decode")
    for ids, mine in zip(lists, ours):
        if peer_decodes(peer, ids) and peer.decode(ids, skip_special_tokens=False) != mine["decoded"]:
            wrong += 1
            if wrong == 1:
                print(f"{name}: decoding {ids}: ours {ascii(mine['decoded'])}, peer {ascii(peer.decode(ids, skip_special_tokens=False))}")
    print(f"{name}: {2 * len(texts) + len(lists)} compared, {wrong} differ", flush=True)
    return wrong


SP = "\u2581"
LETTERS = [chr(c) for c in range(0x21, 0x7F)] + ["\u00e9", "\u4f60", "\u597d", SP, " ", "\u0301"]


def bpe(**options):
    words = ["th", "the", "in", "er", "he", "ll", "llo", SP + "t", SP + "th", "Hello"[:2], "aa", "aaaa", "00", "..", "'s"]
    vocab = {}
    for token in ["<unk>", "<s>", "</s>"] + [f"<0x{b:02X}>" for b in range(256)] + LETTERS + words:
        vocab.setdefault(token, len(vocab))
    merges = [["t", "h"], ["th", "e"], ["h", "e"], ["i", "n"], ["e", "r"], ["l", "l"], ["ll", "o"], [SP, "t"], [SP, "th"], ["H", "e"], ["a", "a"], ["aa", "aa"],
              ["0", "0"], [".", "."], ["'", "s"]]
    return dict({"type": "BPE", "unk_token": "<unk>", "vocab": vocab, "merges": merges}, **options)


def unigram(**options):
    pieces = ["<unk>", "<s>", "</s>"] + [f"<0x{b:02X}>" for b in range(256)] + LETTERS + [SP + "the", "the", "th", SP + "H", "ello", "ing", "aa", "aaa", "\u4f60\u597d", SP + SP]
    rng = random.Random(3)
    return dict({"type": "Unigram", "unk_id": 0, "vocab": [[p, 0.0 if i < 3 else -rng.uniform(2, 12)] for i, p in enumerate(dict.fromkeys(pieces))]}, **options)


def word_level():
    return {"type": "WordLevel", "unk_token": "<unk>", "vocab": {w: i for i, w in enumerate(["<unk>"] + WORDS + LETTERS)}}


def split(pattern, behavior="Isolated", invert=False, kind="Regex"):
    return {"type": "Split", "pattern": {kind: pattern}, "behavior": behavior, "invert": invert}


def sequence(key, *stages):
    return {"type": "Sequence", key: list(stages)}


def numbered(model, tokens):
    """The peer numbers added tokens that the vocabulary lacks from its end on."""
    vocab = model["vocab"] if isinstance(model["vocab"], dict) else {p: i for i, (p, _) in enumerate(model["vocab"])}
    new = iter(range(len(vocab), len(vocab) + len(tokens)))
    return [dict(t, id=vocab[t["content"]] if t["content"] in vocab else next(new)) for t in tokens]


def added(content, i, **flags):
    return dict({"id": i, "content": content, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}, **flags)


def synthetic():
    metaspace = lambda scheme, cut: {"type": "Metaspace", "replacement": SP, "prepend_scheme": scheme, "split": cut}
    replace = lambda kind, a, b: {"type": "Replace", "pattern": {kind: a}, "content": b}
    spm = sequence("decoders", replace("String", SP, " "), {"type": "ByteFallback"}, {"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 0})
    tokens = [added("<s>", 1), added("[MASK]", 900, lstrip=True), added("<|endoftext|>", 901, rstrip=True), added("world", 902, special=False, normalized=True, single_word=True)]
    for model in (bpe(), bpe(fuse_unk=True), bpe(byte_fallback=True, fuse_unk=True), bpe(ignore_merges=True), bpe(unk_token=None), unigram(), unigram(byte_fallback=True)):
        for scheme in ("always", "first", "never"):
            for cut in (True, False):
                yield {"model": model, "pre_tokenizer": metaspace(scheme, cut), "decoder": metaspace(scheme, cut), "added_tokens": tokens if model["type"] == "BPE" else []}
    for behavior in ("Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"):
        for invert in (False, True):
            for pattern in (r"\s+", r"\p{L}+|\d", r"[^\s\p{L}\p{N}]?\p{L}+(?i:'s)?", r"(?<=\d)(?=[a-z])", r"\w+", r"\b", r"[aeiou]{1,2}?", r"^.|.$", r"\p{P}|\p{S}", r"(?i)LL"):
                yield {"model": bpe(), "pre_tokenizer": split(pattern, behavior, invert)}
            yield {"model": bpe(), "pre_tokenizer": split("l", behavior, invert, "String")}
    for stage in ({"type": "Nmt"}, {"type": "ByteLevel"}, replace("Regex", r"\s{2,}", " "), replace("Regex", "l*", "-"), replace("String", "ll", ""),
                  {"type": "NFKC"}, {"type": "NFD"}, {"type": "NFKD"}, {"type": "NFC"}, {"type": "Lowercase"}, {"type": "StripAccents"},
                  {"type": "Strip", "strip_left": True, "strip_right": False},
                  sequence("normalizers", {"type": "Prepend", "prepend": SP}, replace("String", " ", SP))):
        yield {"model": bpe(byte_fallback=True), "normalizer": stage, "decoder": spm}
        yield {"model": bpe(), "normalizer": stage, "added_tokens": tokens}
        yield {"model": unigram(), "normalizer": stage, "pre_tokenizer": metaspace("first", True)}
    for stage in ({"type": "CharDelimiterSplit", "delimiter": "l"}, {"type": "FixedLength", "length": 3}, {"type": "Whitespace"}, {"type": "WhitespaceSplit"}, {"type": "BertPreTokenizer"},
                  {"type": "Digits", "individual_digits": True}, {"type": "Digits", "individual_digits": False}, {"type": "Punctuation", "behavior": "Contiguous"},
                  {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True}, {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": False},
                  sequence("pretokenizers", split(r"\d+", "Isolated"), {"type": "Digits", "individual_digits": True}, {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True})):
        yield {"model": bpe(), "pre_tokenizer": stage}
        yield {"model": word_level(), "pre_tokenizer": stage}
    for decoder in ({"type": "BPEDecoder", "suffix": "e"}, {"type": "CTC", "pad_token": "l", "word_delimiter_token": "o", "cleanup": True},
                    {"type": "CTC", "pad_token": "l", "word_delimiter_token": "o", "cleanup": False}, {"type": "ByteLevel"}, {"type": "ByteFallback"}, replace("Regex", "l+", "L"), {"type": "Fuse"}):
        yield {"model": bpe(byte_fallback=True), "decoder": decoder}
    yield {"model": bpe(continuing_subword_prefix="##")}
    yield {"model": bpe(end_of_word_suffix="</w>"), "pre_tokenizer": {"type": "WhitespaceSplit"}}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folders", nargs="*")
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    random.seed(options.seed)
    wrong = 0
    for folder in options.folders:
        wrong += compare(os.path.basename(folder.rstrip("/")), os.path.join(folder, "tokenizer.json"), [text() for _ in range(options.count)])
    with tempfile.TemporaryDirectory() as folder:
        for i, parts in enumerate(synthetic()):
            parts["added_tokens"] = numbered(parts["model"], parts.get("added_tokens", []))
            document = dict({"version": "1.0", "truncation": None, "padding": None, "added_tokens": [], "normalizer": None, "pre_tokenizer": None,
                             "post_processor": None, "decoder": None}, **parts)
            path = os.path.join(folder, "tokenizer.json")
            with open(path, "w") as file:
                json.dump(document, file)
            described = json.dumps({k: v for k, v in parts.items() if k not in ("model", "added_tokens")} | {"model": parts["model"]["type"]})
            try:
                Tokenizer.from_file(path)
            except BaseException as error:
                print(f"skipped, the peer refuses it: {described}: {error}")
                continue
            wrong += compare(described, path, [text() for _ in range(min(options.count, 60))])
    print(f"{wrong} differ")
    return 1 if wrong else 0


sys.exit(main())
