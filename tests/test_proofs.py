"""Proofs that were made: well-formed and passed. Stale ones are listed, not failed: `make prove` renews them."""

import functools
import json
import re
import warnings
from pathlib import Path

import pytest

from tests.prove import harness
from tests.prove.__main__ import PROOFS

ROOT = Path(__file__).resolve().parents[1]
FILES = sorted((ROOT / "docs" / "proof").glob("*.json"))
KEYS = {"proof", "claim", "commit", "covered_sha256", "covers", "replications", "passed"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_proof_is_well_formed_and_passed(path):
    record = json.loads(path.read_text(encoding="utf-8"))
    assert set(record) >= KEYS
    assert record["proof"] == path.stem
    assert record["replications"] >= 1
    assert record["passed"] is True


def test_stale_proofs_are_listed(monkeypatch):
    monkeypatch.setattr(harness, "_said", functools.cache(harness._said))  # most proofs cover the same files
    names = [proof.name for proof in PROOFS]
    assert len(set(names)) == len(names)
    stale = [proof.name for proof in PROOFS if proof.is_stale()]
    if stale:
        warnings.warn(f"Stale or missing proofs: {', '.join(stale)}. Run `make prove`.", stacklevel=1)


TOLD = (
    ({}, True),
    ({"passed": False}, False),
    ({"covered_sha256": "of other code"}, False),
    ({"libraries": {"numpy": "1.0"}}, False),
)


def test_a_proof_counts_as_passed_only_on_the_code_it_was_made_on(tmp_path, monkeypatch):
    monkeypatch.setattr(harness, "PROOFS", tmp_path)
    proof = PROOFS[0]
    told = {"covered_sha256": proof.covered_hash(), "passed": True, "libraries": harness.libraries()}
    for changed, expected in TOLD:
        harness.passed_here.cache_clear()
        (tmp_path / f"{proof.name}.json").write_text(json.dumps(told | changed))
        assert harness.passed_here(proof.name) is expected
    harness.passed_here.cache_clear()
    (tmp_path / f"{proof.name}.json").unlink()
    assert not harness.passed_here(proof.name)
    harness.passed_here.cache_clear()


def test_what_repeats_a_proof_names_one():
    known = {proof.name for proof in PROOFS}
    told = [
        name
        for path in sorted((harness.ROOT / "tests").rglob("test_*.py"))
        for names in re.findall(r"mark\.repeats\(([^)]*)\)", path.read_text(encoding="utf-8"))
        for name in re.findall(r'"(\w+)"', names)
    ]
    assert told
    assert set(told) <= known


TYPED = '''"""A module."""
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass
class Row:
    """A row."""

    n: int = 1


def f(x: int, *, y: "Callable[[], int]") -> list[int]:
    """Do it."""
    z: list[int] = cast("list[int]", [x, y()])
    return z
'''
BARE = """
@dataclass
class Row:
    n: float = 1


def f(x, *, y):
    z = [x, y()]
    return z
"""


def test_words_and_types_are_no_change_and_a_default_is_one(tmp_path, monkeypatch):
    monkeypatch.setattr(harness, "ROOT", tmp_path)
    proof = harness.Proof(name="x", claim="", replications=1, one=dict, judge=dict, covers=("*",))

    def said(text):
        (tmp_path / "a.py").write_text(text)
        return proof.covered_hash()

    assert said(TYPED) == said(BARE)
    assert said(BARE) != said(BARE.replace("= 1", "= 2"))
    assert said(BARE) != said(BARE.replace("    n: float = 1", "    pass"))
    assert said(BARE) != said(BARE.replace("*, y", "y"))
    assert said(BARE) != said(BARE.replace("return z", "return list(z)"))


TELLS = """
import difflib
import math
from other import a, b

LIMIT = 3

def _near(x):
    return difflib.get_close_matches(x, _known())

def _known():
    return ["a"]

def f(x):
    if x > LIMIT:
        raise ValueError(f"{x} is not {_near(x)}.")
    return math.sqrt(x)
"""
BARELY = """
import math
from other import a, b

LIMIT = 3

def f(x):
    if x > LIMIT:
        raise ValueError("no")
    return math.sqrt(x)
"""


def test_what_errors_tell_is_no_change_where_numbers_are_computed(tmp_path, monkeypatch):
    """That one is raised, its kind, and a package's own error, which may carry a number, are; so is a page's word."""
    monkeypatch.setattr(harness, "ROOT", tmp_path)
    source = tmp_path / "src" / "tne" / "a.py"
    source.parent.mkdir(parents=True)

    computes, pages = harness.reached("tne.a"), ("src/tne/*.py",)

    def said(text, covers=computes):
        source.write_text(text)
        harness._source.cache_clear()
        return harness.Proof("x", "", covers, 1, dict, dict).covered_hash()

    assert said(TELLS) == said(BARELY)
    assert said(TELLS, pages) != said(BARELY, pages)
    assert said(BARELY) != said(BARELY.replace("ValueError", "KeyError"))
    assert said(BARELY) != said(BARELY.replace("x > LIMIT", "x >= LIMIT"))
    assert said(BARELY) != said(BARELY.replace('raise ValueError("no")', "pass"))
    assert said(BARELY) != said(BARELY.replace("LIMIT = 3", "LIMIT = 4"))
    own = BARELY.replace("ValueError", "Refused")
    assert said(own) != said(own.replace('"no"', '"never"'))
    more = BARELY.replace('ValueError("no")', 'OSError(2, "no")')
    assert said(more) != said(more.replace("2", "13"))
    used = TELLS.replace("math.sqrt(x)", "_near(x)")
    assert said(used) != said(used.replace('["a"]', '["b"]'))
    harness._source.cache_clear()


def test_a_proof_is_stale_where_its_code_says_something_else(tmp_path, monkeypatch):
    """Spacing and comments change no result; a number or a file that is no Python does."""
    monkeypatch.setattr(harness, "ROOT", tmp_path)
    proof = harness.Proof(name="x", claim="", replications=1, one=dict, judge=dict, covers=("*",))
    (tmp_path / "a.py").write_text("x = [1, 2]\n")
    (tmp_path / "b.sql").write_text("select 1")
    before = proof.covered_hash()
    (tmp_path / "a.py").write_text("x = [  # why\n    1,\n    2,\n]\n")
    assert proof.covered_hash() == before
    (tmp_path / "a.py").write_text("x = [1, 3]\n")
    assert proof.covered_hash() != before
    (tmp_path / "a.py").write_text("x = [1, 2]\n")
    (tmp_path / "b.sql").write_text("select  1")
    assert proof.covered_hash() != before
