"""The code blocks of the docs, and how each kind is tried."""

from __future__ import annotations

import argparse
import ast
import contextlib
import doctest
import io
import re
import shlex
import textwrap
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tne.cli import parser

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^(?P<indent> *)```(?P<kind>\w*)\n(?P<text>.*?)^(?P=indent)```$", re.M | re.S)
# Tools that are not ours: only their presence in a sentence is taken for granted
FOREIGN = {
    "cd",
    "export",
    "curl",
    "pip",
    "pybabel",
    "git",
    "crontab",
    "systemctl",
    "loginctl",
    "chmod",
    "jupyter",
}


@dataclass(frozen=True)
class Block:
    """One fenced block: its page, the kind that stands after the fence, and its text."""

    page: str
    kind: str
    text: str


def pages() -> dict[str, str]:
    """Return every page whose code is tried, by its path."""
    paths = [
        *sorted((ROOT / "docs").rglob("*.md")),
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        ROOT / "SECURITY.md",
    ]
    return {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in paths}


def blocks(kind: str) -> list[Block]:
    """Return all blocks of a kind, in the order of the pages."""
    return [
        Block(page, kind, textwrap.dedent(found["text"]))
        for page, text in pages().items()
        for found in BLOCK.finditer(text)
        if found["kind"] == kind
    ]


def run(block: Block, names: dict[str, Any]) -> list[str]:
    """Run a Python block among the names of its page; return what differs from the answers shown."""
    if ">>>" not in block.text:
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(block.text, block.page, "exec"), names)
        return []
    said = io.StringIO()
    test = doctest.DocTestParser().get_doctest(block.text, names, block.page, block.page, 0)
    doctest.DocTestRunner(verbose=False).run(test, out=said.write, clear_globs=False)
    return [said.getvalue()] if said.getvalue() else []


def commands(text: str) -> Iterator[list[str]]:
    """Yield the commands of a shell block as words, without comments, prompts and redirections."""
    for line in text.replace("\\\n", " ").splitlines():
        said = re.sub(r"(^|\s)#.*", "", line)
        for part in re.split(r"\s(?:&&|\|\||\|)\s|;\s", said):
            words = shlex.split(part)
            if words:
                yield words


def complaint(words: list[str], targets: set[str]) -> str:
    """Return what is wrong with a command: unknown, or with options that it does not have; else nothing."""
    name = words[0].removeprefix(".venv/bin/")
    if name == "tne":
        return "" if parsed(words[1:]) is not None else f"tne does not understand {shlex.join(words[1:])}"
    if name == "make":
        unknown = [w for w in words[1:] if "=" not in w and w not in targets]
        return f"make has no target {', '.join(unknown)}" if unknown else ""
    if name in ("python", "python3") and words[1:2] == ["-m"]:
        there = words[2].replace(".", "/")
        known = [ROOT / f"{there}.py", ROOT / there, ROOT / "src" / f"{there}.py", ROOT / "src" / there]
        return "" if any(p.exists() for p in known) else f"there is no module {words[2]}"
    if name == "python":
        return "" if (ROOT / words[1]).is_file() else f"there is no {words[1]}"
    if name == "pytest":
        gone = [w for w in words[1:] if "/" in w and not (ROOT / w.partition("::")[0]).exists()]
        return f"there is no {', '.join(gone)}" if gone else ""
    return "" if name in FOREIGN else f"nobody knows the command {name}"


def parsed(words: list[str]) -> argparse.Namespace | None:
    """Return what the command line makes of its words, None if it refuses them."""
    with contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()):
        try:
            return parser().parse_args(words)
        except SystemExit as left:
            return argparse.Namespace() if not left.code else None  # --help, --version


def targets() -> set[str]:
    """Return what `make` can make."""
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"^([\w.-]+):", text, re.M)) | {
        f".venv/{name}" for name in re.findall(r"^\$\(VENV\)/(\S+):", text, re.M)
    }


def steps() -> set[str]:
    """Return the commands of ``tne``."""
    actions = [a for a in parser()._actions if isinstance(a, argparse._SubParsersAction)]
    return set(actions[0].choices)


def mentioned(text: str) -> Iterator[tuple[str, str]]:
    """Yield (tool, first word) of every ``tne …`` and ``make …`` in inline code."""
    for code in re.findall(r"(?<!`)`([^`\n]+)`(?!`)", text):
        found = re.match(r"(?:\.venv/bin/)?(tne|make) ([a-z][\w-]*)", code)
        if found:
            yield found[1], found[2]


def refused(block: Block) -> str:
    """Return why a block of TOML or Python cannot be read, else nothing."""
    try:
        tomllib.loads(block.text) if block.kind == "toml" else ast.parse(block.text)
    except (tomllib.TOMLDecodeError, SyntaxError) as error:
        return f"{block.page}: {error}"
    return ""
