#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Malformed checkpoints: each ends in one line that names what is wrong, and leaves nothing behind.

    bad_checkpoints.py [FOLDER]

FOLDER/index.json, by default that of this repository, lists the entries: "open", "expected_outcome" (ok, error,
error_or_warning), "message_should_mention" (regular expressions). ANEMONE names the command to use.
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
ANEMONE = os.environ.get("ANEMONE", ROOT / "build" / "release" / "anemone")
MOST_MEMORY_MB = 256


def convert(source, package):
    """Exit code, messages, peak memory in MB."""
    child = subprocess.Popen([ANEMONE, "convert", source, "-o", package], stdout=subprocess.DEVNULL,
                             stderr=subprocess.PIPE, text=True)
    messages = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    return os.waitstatus_to_exitcode(status), messages.strip(), usage.ru_maxrss / 1024


def faults(entry, folder, scratch):
    """What is not as it should be. Converted once to a new place and once over a package that is there."""
    package = scratch / "new" / "model.mlpackage"
    package.parent.mkdir()
    kept = scratch / "kept" / "model.mlpackage"
    kept.mkdir(parents=True)
    (kept / "Manifest.json").write_text("{}")
    code, messages, memory = convert(folder / entry["open"], package)
    outcome = entry["expected_outcome"]
    if outcome == "ok":
        return [] if code == 0 and package.exists() else [f"exit code {code}: {messages}"]
    found = []
    if code != 2 and not (outcome == "error_or_warning" and code == 0):
        found.append(f"exit code {code}")
    if messages.count("\n") or not re.match("error: |warning: ", messages):
        found.append("not one line of an error")
    found += [f"does not mention {pattern}" for pattern in entry["message_should_mention"]
              if not re.search(pattern, messages, re.IGNORECASE)]
    if memory > MOST_MEMORY_MB:
        found.append(f"{memory:.0f} MB")
    if code and list(package.parent.iterdir()):
        found.append(f"left {[path.name for path in package.parent.iterdir()]}")
    convert(folder / entry["open"], kept)
    if code and [path.name for path in kept.parent.rglob("*")] != ["model.mlpackage", "Manifest.json"]:
        found.append("a package that was there is not as it was")
    return [f"{fault} ({messages})" for fault in found]


def main():
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "tests" / "data" / "bad_checkpoints"
    before = sorted(folder.rglob("*"))
    wrong = 0
    for entry in json.loads((folder / "index.json").read_text())["entries"]:
        with tempfile.TemporaryDirectory() as scratch:
            found = faults(entry, folder, pathlib.Path(scratch))
        wrong += bool(found)
        print(f"{'FAIL' if found else 'ok  '} {entry['name']}{': ' if found else ''}{'; '.join(found)}")
    if sorted(folder.rglob("*")) != before:
        wrong += 1
        print("FAIL the checkpoints are not as they were")
    print(f"{wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
