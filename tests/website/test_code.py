"""Every code block of the docs runs, or is what its program understands."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from typing import Any

import pandas as pd
import pytest

import tne
from tests.tables.test_import_docs import ROSTER
from tests.website import code
from tne.cli import main

# Page -> why its Python is only parsed
PARSED_ONLY = {"docs/engines.md": "fills a warehouse"}
# What is run as it stands there, with the exit codes that are no fault: a fresh workspace is old, nothing was released
RUN = {
    "status": {0, 1},
    "ledger": {0},
    "schedule": {0},
    "check": {0},
    "scan": {0},
    "doctor": {0, 1},
    "new": {0},
    "lint": {0},
}


@pytest.fixture(scope="module")
def desk(company, tmp_path_factory: pytest.TempPathFactory):
    """A folder as the docs assume it: the demo, a workspace `team`, its reports, the mapping files."""
    root = tmp_path_factory.mktemp("desk")
    (root / "data").mkdir()
    for name, target in {
        "data/demo": company.workspace,
        "data/sample": code.ROOT / "data" / "sample",
        "ws": company.workspace,
        "reports": company.output,
        "docs": code.ROOT / "docs",
        "notebooks": code.ROOT / "notebooks",
    }.items():
        (root / name).symlink_to(target)
    shutil.copytree(company.workspace, root / "team", copy_function=os.link)  # what is begun stays there
    shutil.copyfile(code.ROOT / "docs" / "examples" / "roster.toml", root / "roster.toml")
    (root / "roster_2026-03.csv").write_text(ROSTER, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        yield root


@pytest.fixture(scope="module")
def names(desk) -> dict[str, dict[str, Any]]:
    """What each page may use without making it: what the pages before it in the ten minutes made."""
    ws = tne.open("data/demo")
    voice = tne.say.voice(
        ws.markets.set_index("market", drop=False).loc["DE"].to_dict(), language="en", as_of=ws.as_of
    )
    frame = pd.DataFrame(
        {
            "market": ["DE", "ES"],
            "estimate": [2.0, 1.0],
            "conf_low": [1.0, -0.5],
            "conf_high": [3.0, 2.5],
            "n": [900, 800],
            "n_people": [120, 90],
            "unit": ["points", "points"],
            "note": ["", ""],
        }
    )
    given = {"tne": tne, "pd": pd, "ws": ws, "voice": voice, "frame": frame, "say": tne.say, "dt": dt}
    return {page: dict(given) for page in code.pages()}


PYTHON = code.blocks("python")


@pytest.mark.xdist_group("company")
@pytest.mark.parametrize("at", range(len(PYTHON)), ids=lambda i: f"{PYTHON[i].page} {i}")
def test_python_of_the_docs_runs_and_answers_as_shown(at, names, desk):
    block = PYTHON[at]
    if block.page in PARSED_ONLY:
        assert not code.refused(block)
        return
    assert code.run(block, names[block.page]) == []


def test_a_wrong_answer_in_the_docs_is_found():
    assert code.run(code.Block("planted.md", "python", ">>> 1 + 1\n3\n"), {})
    with pytest.raises(NameError):
        code.run(code.Block("planted.md", "python", "tne_is_not_imported\n"), {})


def test_shell_of_the_docs_is_understood():
    targets = code.targets()
    found = [
        f"{block.page}: {said}"
        for kind in ("sh", "bash")
        for block in code.blocks(kind)
        for words in code.commands(block.text)
        if (said := code.complaint(words, targets))
    ]
    assert found == []


@pytest.mark.parametrize(
    "line",
    [
        "tne rum",
        "tne run --no-such-option",
        "make repotrs",
        "python -m tne.nothing",
        "pytest tests/nothing.py",
        "tnee run",
    ],
)
def test_a_command_that_is_none_is_found(line):
    assert code.complaint(line.split(), code.targets())


@pytest.mark.xdist_group("company")
def test_cheap_commands_of_the_docs_run(desk, capsys):
    lines = [
        words[1:] for block in code.blocks("sh") for words in code.commands(block.text) if words[0] == "tne"
    ]
    # a new analysis is written into the package, which is no folder to try things in
    cheap = [words for words in lines if words[0] in RUN and not {"--write", "analysis"} & set(words)]
    tried = {" ".join(words): main(words) for words in cheap}
    assert {words[0] for words in cheap} == set(RUN)
    assert {line: out for line, out in tried.items() if out not in RUN[line.split()[0]]} == {}
    assert capsys.readouterr().out


def test_commands_named_in_the_text_exist():
    known = {"tne": code.steps(), "make": code.targets()}
    found = [
        f"{page}: {tool} {word}"
        for page, text in code.pages().items()
        for tool, word in code.mentioned(text)
        if word not in known[tool]
    ]
    assert found == []
    assert list(code.mentioned("as `tne rum` and `make repotrs` do")) == [("tne", "rum"), ("make", "repotrs")]


def test_toml_of_the_docs_is_toml():
    assert [said for block in code.blocks("toml") if (said := code.refused(block))] == []
    assert code.refused(code.Block("planted.md", "toml", "a = = 1"))


def test_every_block_is_of_a_kind_that_is_tried_or_shown_only():
    kinds = {found["kind"] for text in code.pages().values() for found in code.BLOCK.finditer(text)}
    assert kinds <= {"python", "sh", "toml", "sql", "po", "text", ""}
