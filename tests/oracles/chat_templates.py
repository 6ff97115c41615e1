#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every template of tests/data/chat over every conversation, beside jinja2 set up as transformers does.

    ANEMONE=build/release/anemone python tests/oracles/chat_templates.py

With --write, what jinja2 gives goes to tests/data/chat/expected.json, which the unit tests read.
"""
import json, os, pathlib, subprocess, sys, tempfile
import jinja2
from jinja2.ext import Extension, loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment

DATA = pathlib.Path(__file__).resolve().parents[1] / "data" / "chat"
TOKENS = {"bos_token": "<s>", "eos_token": "</s>"}


class Generation(Extension):
    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(("name:endgeneration",), drop_needle=True)
        return jinja2.nodes.Scope(body, lineno=line)


def raise_exception(message):
    raise jinja2.exceptions.TemplateError(message)


def tojson(value, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


def environment():
    env = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[Generation, loopcontrols])
    env.filters["tojson"] = tojson
    env.globals["raise_exception"] = raise_exception
    env.globals["strftime_now"] = lambda form: {"%d %b %Y": "01 Jan 1970"}[form]
    return env


def expected(source, talk):
    try:
        return environment().from_string(source).render(messages=talk["messages"], tools=talk.get("tools"), documents=None,
                                                        add_generation_prompt=talk.get("add_generation_prompt", True), **TOKENS, **talk.get("variables", {}))
    except jinja2.exceptions.TemplateError as error:
        return {"error": str(error)}


def main():
    talks = json.loads((DATA / "conversations.json").read_text(encoding="utf-8"))
    results = {path.stem: [expected(path.read_text(encoding="utf-8"), talk) for talk in talks] for path in sorted(DATA.glob("*.jinja"))}
    if sys.argv[1:] == ["--write"]:
        (DATA / "expected.json").write_text(json.dumps(results, indent=1) + "\n")
        return 0
    stored = json.loads((DATA / "expected.json").read_text())
    wrong = [name for name in results if results[name] != stored.get(name)]
    print(f"{len(results)} templates, {sum(map(len, results.values()))} results; differ from expected.json: {wrong or 'none'}")
    return 1 if wrong else 0


sys.exit(main())
