#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Anemone's tokenizers beside Hugging Face tokenizers on one thread, in interleaved pairs.

    python bench/tokenizers_peer.py BENCH FOLDER... [--megabytes 10] [--pairs 5]

BENCH is the program bench_tokenizers, each FOLDER holds a tokenizer.json. Two texts are made: English, the
documentation strings of Python's own library, and a mix of scripts with words of Zipf's frequencies.
"""
import argparse, ast, os, pathlib, random, statistics, subprocess, sys, sysconfig, tempfile, time

os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ["RAYON_NUM_THREADS"] = "1"


def english(size):
    """Lines of documentation strings, repeated in another order until there are enough."""
    lines = []
    for path in sorted(pathlib.Path(sysconfig.get_paths()["stdlib"]).glob("*.py")):
        try:
            tree = ast.parse(path.read_text(encoding="utf-8"))
        except (SyntaxError, UnicodeDecodeError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)):
                text = ast.get_docstring(node)
                if text and len(text) > 200:
                    lines.append(" ".join(text.split()))
    return fill(lines, size)


RANGES = [(0x61, 0x7A), (0xE0, 0x17F), (0x3B1, 0x3C9), (0x430, 0x44F), (0x5D0, 0x5EA), (0x627, 0x64A), (0x905, 0x939), (0xE01, 0xE2E),
          (0x3041, 0x3096), (0x30A1, 0x30FA), (0x4E00, 0x9FA5), (0xAC00, 0xD7A3), (0x1F300, 0x1F64F)]


def mixed(size):
    random.seed(7)
    words = ["".join(chr(random.randint(*r)) for _ in range(random.randint(1, 9))) for r in RANGES for _ in range(4000)]
    weights = [1 / (1 + i % 4000) for i in range(len(words))]
    chosen = random.choices(words, weights, k=400_000)
    lines = [" ".join(chosen[i:i + 60]) + random.choice([".", "!", "\u3002", " 2024", ""]) for i in range(0, len(chosen), 60)]
    return fill(lines, size)


def fill(lines, size):
    random.seed(1)
    result, done = [], 0
    while done < size:
        random.shuffle(lines)
        for line in lines:
            result.append(line)
            done += len(line.encode()) + 1
            if done >= size:
                break
    return result


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bench")
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--megabytes", type=float, default=10)
    parser.add_argument("--pairs", type=int, default=5)
    options = parser.parse_args()
    from tokenizers import Tokenizer
    size = int(options.megabytes * 1e6)
    for name, make in (("english", english), ("mixed", mixed)):
        lines = make(size)
        with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
            file.write("\n".join(lines))
            file.flush()
            for folder in options.folders:
                tokenizer = Tokenizer.from_file(str(pathlib.Path(folder) / "tokenizer.json"))
                tokenizer.no_truncation()
                tokenizer.no_padding()
                ratios, ours, theirs = [], [], []
                for _ in range(options.pairs):
                    out = subprocess.run([options.bench, folder, file.name, "1"], check=True, capture_output=True, text=True).stdout
                    mine = out.split("encode ")[1].split()
                    begin = time.perf_counter()
                    tokens = sum(len(e.ids) for e in tokenizer.encode_batch_fast(lines, add_special_tokens=False))
                    peer = time.perf_counter() - begin
                    if tokens != int(mine[4]):
                        sys.exit(f"{folder}: {mine[4]} tokens, the peer has {tokens}")
                    ours.append(float(mine[0]))
                    theirs.append(peer)
                    ratios.append(peer / float(mine[0]))
                print(f"{pathlib.Path(folder).name:24} {name:8} anemone {statistics.median(ours):7.3f} s  tokenizers {statistics.median(theirs):7.3f} s"
                      f"  ratio {statistics.median(ratios):6.2f} ({min(ratios):.2f} to {max(ratios):.2f})", flush=True)


main()
