"""Every phrase that the code asks for is in the catalogue, and every phrase of the catalogue is asked for."""

import ast
import json
import re
from functools import cache
from itertools import chain, pairwise
from pathlib import Path

import pytest

from tne.report.catalogue import catalogue

ROOT = Path(__file__).parents[2]
ANY = r"([\w.]+)"
# Methods of a voice, and the function of a catalogue, whose first argument is a key
# What `tne.say` and `tne.figures` offer to notebooks that are not in the repository, or not yet
OFFERED = {
    "draw.interval_simultaneous",
    "role.qa_specialist",
    *("section.behaviour.drifting", "section.coverage.leaking", "section.groups.differ"),
}
ASK = {"text", "html", "has", "phrase", "knows"}


def sources():
    """The text of every module and of every cell of the reports' notebooks."""
    for path in sorted((ROOT / "src" / "tne").rglob("*.py")):
        yield path.read_text(encoding="utf-8"), "report" in path.parts or "runs" in path.parts
    for path in sorted((ROOT / "notebooks").rglob("*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "code":
                yield "".join(cell["source"]), True


def pattern(node):
    """A string expression as a regular expression with a group for each part that is known only when it runs."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [re.escape(node.value)]
    if isinstance(node, ast.JoinedStr):
        out = [""]
        for part in node.values:
            inner = part.value if isinstance(part, ast.FormattedValue) else part
            said = pattern(inner) or [ANY]
            out = [a + b for a in out for b in said]
        return out
    if isinstance(node, ast.IfExp):
        return (pattern(node.body) or [ANY]) + (pattern(node.orelse) or [ANY])
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return [a + b for a in pattern(node.left) or [ANY] for b in pattern(node.right) or [ANY]]
    if isinstance(node, ast.BoolOp):
        return list(chain.from_iterable(pattern(value) or [ANY] for value in node.values))
    return []


def asked(call):
    """Patterns of the keys that a call asks for."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    place = 1 if name in ("phrase", "knows") and not isinstance(call.func, ast.Attribute) else 0
    if isinstance(call.func, ast.Attribute) and name in ("phrase", "knows"):
        place = 1
    if name in ASK and len(call.args) > place:
        return pattern(call.args[place])
    if name == "code" and len(call.args) >= 2:
        family = pattern(call.args[0])
        code = pattern(call.args[1]) or [ANY]
        part = [r"\." + one for one in pattern(call.args[2])] if len(call.args) > 2 else [""]
        return [rf"{f}\.{c}{p}" for f in family for c in [*code, "unknown"] for p in part]
    return []


def templates():
    """Keys in the page templates."""
    for path in sorted((ROOT / "src" / "tne" / "report" / "template").glob("*.jinja")):
        yield from re.findall(r"""(?:say|tell)\(\s*["']([\w.]+)["']""", path.read_text(encoding="utf-8"))


@cache
def written():
    """Patterns of keys asked for, and all strings and patterns of strings that the code holds."""
    wanted, strings, shapes = set(), set(templates()), set()
    for text, speaks in sources():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                strings.add(node.value)
            elif isinstance(node, (ast.JoinedStr, ast.BinOp)):
                shapes.update(pattern(node))
            elif isinstance(node, ast.keyword) and node.arg:
                strings.add(node.arg)
            elif isinstance(node, ast.Attribute):
                strings.add(node.attr)
            if isinstance(node, ast.Call):  # a function of its own may put family and code together
                said = [one.value if isinstance(one, ast.Constant) else "" for one in node.args]
                strings.update(
                    f"{a}.{b}" for a, b in pairwise(said) if isinstance(a, str) and isinstance(b, str)
                )
            if isinstance(node, ast.Call) and speaks:
                wanted.update(asked(node))
    # what builds a name from parts, not a sentence
    shapes = {shape for shape in shapes if re.fullmatch(r"[\w.]+", shape.replace(ANY, "").replace("\\", ""))}
    return wanted, strings, {shape for shape in shapes if re.search(r"[a-z]", shape.replace(ANY, ""))}


@cache
def can_be(value):
    """Whether the code can come to hold this string: it is written there, or built there."""
    _, strings, shapes = written()
    found = (re.fullmatch(shape, value) for shape in shapes)
    return value in strings or any(one and all(part in strings for part in one.groups()) for one in found)


@cache
def used():
    """The keys that some call can ask for."""
    wanted, strings, shapes = written()
    families = {key.split(".")[0] for key in catalogue("en")}
    # a key may be put into a name first
    named = {one for one in shapes if one.split(r"\.")[0] in families and r"\." in one}
    patterns = [re.compile(one) for one in wanted | named if re.search(r"[a-z]", one.replace(ANY, ""))]
    # where two parts meet, either may be the longer one
    patterns += [re.compile(one.pattern.replace(ANY, ANY[:-2] + "+?)")) for one in patterns]
    found = {key for key in catalogue("en") if key in strings or any(fits(one, key) for one in patterns)}
    return found | {
        key for key in catalogue("en") if key.startswith("glossary.")
    }  # `say.glossary` lists the family


def fits(shape, key):
    found = shape.fullmatch(key)
    return found is not None and all(can_be(part) for part in found.groups())


def test_every_key_that_is_asked_for_is_in_the_catalogue():
    keys = list(catalogue("en"))
    wanted, _, _ = written()
    plain = {one for one in wanted if ANY not in one and r"\." in one}
    families = {one for one in wanted if ANY in one}
    missing = {one.replace("\\", "") for one in plain if one.replace("\\", "") not in keys}
    assert missing == set()
    assert {one for one in families if not any(re.fullmatch(one, key) for key in keys)} == set()


def test_every_key_of_the_catalogue_is_asked_for():
    assert sorted(set(catalogue("en")) - used() - OFFERED) == []


def test_what_is_offered_is_in_the_catalogue_and_not_asked_for_by_now():
    assert set(catalogue("en")) >= OFFERED
    assert sorted(OFFERED & used()) == []


@pytest.mark.parametrize("key", ["mind.nobody_asks", "nofamily.title", "headline.one_unheard"])
def test_a_dead_phrase_is_found(key):
    made = [re.compile(one) for one in written()[0] if re.search(r"[a-z]", one.replace(ANY, ""))]
    assert not any(fits(one, key) for one in made)
