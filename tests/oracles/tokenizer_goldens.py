#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Stored ids and decoded texts of published tokenizers.

    tokenizer_goldens.py FOLDER [--only NAME]

FOLDER/NAME holds the files of a tokenizer, perhaps compressed (.gz), FOLDER/NAME.jsonl the lines {"text", "ids",
"decoded"} and {"decode_only", "ids", "decoded"}. The folder is tried as a whole and then each file by itself from which
a tokenizer can be made. ANEMONE names the command to use.
"""
import argparse
import gzip
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
ANEMONE = os.environ.get("ANEMONE", ROOT / "build" / "release" / "anemone")
SOURCES = ("tokenizer.json", "vocab.json", "vocab.txt", "tokenizer.model")


def unpack(folder, to):
    to.mkdir()
    for file in folder.iterdir():
        if file.suffix == ".gz":
            with gzip.open(file) as packed, open(to / file.stem, "wb") as out:
                shutil.copyfileobj(packed, out)
        else:
            shutil.copy(file, to)


def tokenize(tokenizer, lines, *flags):
    done = subprocess.run([ANEMONE, "tokenize", "--tokenizer", tokenizer, "--jsonl", "-", *flags],
                          input="".join(json.dumps(line) + "\n" for line in lines), capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{tokenizer}: {done.stderr.strip()}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def compare(name, tokenizer, lines):
    """The number of lines that differ."""
    # A model file alone is read as Google's library does. Where that differs (it never finds special tokens in a text,
    # and decodes lone bytes by itself) the golden has its ids, but not its decoded texts.
    pure = tokenizer.name == "tokenizer.model" and any("ids_spm" in line for line in lines)
    texts = [line for line in lines if "decode_only" not in line]
    ids = [line for line in lines if "decode_only" in line and not pure]
    differences = []
    for line, got in zip(texts, tokenize(tokenizer, texts, "--no-special-tokens")):
        own = pure and "ids_spm" in line
        if got["ids"] != (line["ids_spm"] if own else line["ids"]):
            differences.append(f"ids of {line['text']!r}: {got['ids']}")
        elif not own and got["decoded"] != line["decoded"]:
            differences.append(f"decoded text of {line['text']!r}: {got['decoded']!r}")
    for line, got in zip(ids, tokenize(tokenizer, ids, "--decode")):
        if got["decoded"] != line["decoded"]:
            differences.append(f"decoded text of {line['ids']}: {got['decoded']!r}")
    what = tokenizer.name if tokenizer.is_file() else "the folder"
    print(f"{'FAIL' if differences else 'ok  '} {name} from {what}: {len(texts) + len(ids)} lines, {len(differences)} differ")
    for difference in differences[:3]:
        print("    " + difference)
    return len(differences)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    different = 0
    with tempfile.TemporaryDirectory() as scratch:
        for golden in sorted(options.folder.glob("*.jsonl")):
            if options.only not in golden.stem:
                continue
            lines = [json.loads(line) for line in golden.read_text().splitlines()]
            folder = pathlib.Path(scratch) / golden.stem
            unpack(options.folder / golden.stem, folder)
            sources = [file for file in sorted(folder.iterdir()) if file.name in SOURCES or file.suffix == ".tiktoken"]
            for tokenizer in [folder, *sources]:
                different += compare(golden.stem, tokenizer, lines)
    print(f"{different} lines differ")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
