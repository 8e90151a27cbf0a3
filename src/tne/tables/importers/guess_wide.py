"""Is an export a gradebook, one row a person and one column a test, and how do its columns become rows?"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tne.tables.importers.formats.writing import source_name, toml
from tne.tables.importers.guess_columns import TODO, kind_of
from tne.tables.importers.guess_file import Found

# Moodle: "Test:Pre test (Points)", in the language of who exported; what has no kind before it is a total
_TEST = re.compile(
    r"(?:test|quiz|cuestionario|teste|questionário)\s*:\s*(?P<name>.+?)\s*\((?P<as>[^()]+)\)", re.IGNORECASE
)
_MARKS = frozenset({"real", "punkte", "brut", "brute", "puntos", "pontos", "points"})
_WAVES = {
    "delayed": "delayed|follow|later|später|nachhaltigkeit|diferido|différé|depois",
    "post": "post|after|nach|nachher|abschluss|después|despues|final|après|apres|pós|pos",
    "pre": "pre|before|vor|vorher|eingangs|antes|inicial|avant|pré",
}


def marked_in(headers: Sequence[str]) -> dict[str, str]:
    """Return the columns of a gradebook that hold the marks of a test, with the test's name.

    Examples
    --------
    >>> marked_in(["Vorname", "Test:Vortest (Punkte)", "Test:Vortest (Prozentsatz)", "Kurs gesamt (Punkte)"])
    {'Test:Vortest (Punkte)': 'Vortest'}
    """
    found = {header: _TEST.fullmatch(header.strip()) for header in headers}
    return {h: m["name"] for h, m in found.items() if m and m["as"].strip().casefold() in _MARKS}


@dataclass(frozen=True)
class Gradebook:
    """How a gradebook is read.

    Parameters
    ----------
    wide : tuple of str
        Lines of the columns that become rows.
    columns : dict
        Target to its line among the columns; "" where `wide` says it.
    tests : tuple of str
        Headers of the columns of the tests.
    marks : tuple of str
        What stands in them.
    """

    wide: tuple[str, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    tests: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()


def gradebook(found: Found, programme: str) -> Gradebook:
    """Return how a gradebook is read; an empty one where no column holds the marks of a test.

    Parameters
    ----------
    found : Found
    programme : str
        To which the tests belong, "" where nobody knows.
    """
    tests = marked_in(found.sheet.headers)
    if not tests:
        return Gradebook()
    item = toml(f"{source_name(programme) or 'test'}-total")
    of = toml(programme) if programme else TODO
    wide = [
        f"# One column a test. The gradebook holds no questions: {item} is the whole test, programme_id the training."
    ]
    wide += [
        "# wave: pre, post, delayed or quiz. form: tests of the same questions have the same one, others not (A, B)."
    ]
    for header, name in tests.items():
        wave = toml(wave_of(name)) if wave_of(name) else TODO
        told = f"wave = {wave}, form = {TODO}, item_id = {item}, programme_id = {of}"
        wide += ["[[table.wide]]", f"column = {toml(header)}", f"set = {{ {told} }}"]
    who = next((header for header in found.sheet.headers if kind_of(header)), "")
    columns = dict.fromkeys(("wave", "form", "item_id", "programme_id"), "") | {
        "attempt_id": f'attempt_id = {{ id = [{toml(who) if who else TODO}, "$header"], prefix = "responses_" }}',
        "score": 'score = "$value" # marks of the test',
    }
    marks = [text for header in tests for text in found.texts(header)]
    return Gradebook(tuple(wide), columns, tuple(tests), tuple(marks))


def wave_of(name: str) -> str:
    """Return the wave that the name of a file or test tells, "" where it tells none.

    Examples
    --------
    >>> wave_of("Refresher - post test-grades"), wave_of("Nachtest"), wave_of("posters"), wave_of("Vorher_Test")
    ('post', 'post', '', 'pre')
    """
    words = re.findall(r"[^\W\d_]+", name.casefold())
    for wave, listed in _WAVES.items():
        known = listed.split("|")
        if any(word in known or word.removesuffix("test") in known for word in words):
            return wave
    return ""
