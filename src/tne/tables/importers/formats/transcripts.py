"""What does a learner transcript say: which rows are enrolments, which hold the score of a quiz, in which zone?"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tne.tables.importers.errors import Bad
from tne.tables.importers.formats.adobe_words import OWN, READ, STATUS, TIMES
from tne.tables.importers.formats.delimited import delimited, english
from tne.tables.importers.formats.moodle_words import decimal
from tne.tables.importers.mapping import Source
from tne.tables.importers.reading import Sheet, clean
from tne.tables.importers.texts import text_of

NULLS = ("-", "NA", "N/A", "n/a")
_ALIASES = {**READ, **TIMES, **OWN}
_STATUS = {words[0]: words[1:] for words in STATUS.values()}
_MADE = ("Person", "Enrolment of", "Score of", "Item", "Score", "Best", "Attempt", "Enrolled", "Completed")
_BRACKET = re.compile(r"(.+?)\s*\(([^()]*)\)\s*$")
_ZONE = re.compile(r"\b(?:UTC|GMT)\b|\b[A-Z][A-Za-z]+(?:/[A-Za-z_+-]+)+")


def named(header: str) -> tuple[str, str]:
    """Return the English header, and the zone that stands in it; a time in a further zone keeps its bracket."""
    plain = clean(header).replace("’", "'")
    found = _BRACKET.fullmatch(plain)
    name = english(found[1], TIMES) if found else ""
    if found and name in TIMES:
        zone = _ZONE.search(found[2])
        return name, zone[0].replace("GMT", "UTC") if zone else ""
    return english(plain, _ALIASES), ""


@dataclass(frozen=True, eq=False)
class _Row:
    """One row by column; blanks and what means nothing are None."""

    cells: Mapping[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self.cells.get(name)

    def text(self, name: str) -> str:
        return "" if isinstance(self[name], Bad) else text_of(self[name])

    @property
    def training(self) -> str:
        return self.text("Training") or self.text("Training ID") or "the training"

    @property
    def level(self) -> int:
        """Whether it is about a whole training (0), a course inside a path (1) or a module (2)."""
        course = self.text("Course").casefold()
        return (
            2
            if self.text("Module")
            else int(bool(course) and course != self.text("Training").casefold() != "")
        )

    @property
    def item(self) -> str:
        return self.text("Module") or self.text("Course") or self.training

    @property
    def person(self) -> Any:
        return self["Email"] if self["Email"] is not None else self["User Unique ID"]


def read(path: Path, source: Source) -> Sheet:
    """Read a transcript; see `Format.read`."""
    raw = delimited(path, source, {})
    names, zones = _columns(raw.headers)
    rows = [_Row(_cells(row, names, zones, source)) for row in raw.cells]
    enrolled, further = _enrolments(rows)
    scored = _scored(rows)
    best = _bests(rows, scored)
    made = [_made(row, enrolled[i], scored[i], best) for i, row in enumerate(rows)]
    kept = [i for i, name in enumerate(names) if name]
    cells = [[*(row[names[i]] for i in kept), *new] for row, new in zip(rows, made, strict=True)]
    late = sum(
        1
        for row, s in zip(rows, scored, strict=True)
        if s and row.text("Attempts Taken") not in ("", "0", "1")
    )
    notes = []
    if further:
        notes.append(
            f"{path.name}: {further} rows are further enrolments of people in one training and stay out."
        )
    if late:
        notes.append(
            f"{path.name}: {late} scores are of a later attempt, as the transcript keeps the latest only. Where no "
            "earlier import has stored the first attempt, they stand for it."
        )
    return Sheet(raw.file, (*(names[i] for i in kept), *_MADE), cells, raw.numbers, (), tuple(notes))


def _columns(headers: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """Return the name of each column, and the zone of each column of times."""
    names: list[str] = []
    zones: dict[str, str] = {}
    for header in headers:
        name, zone = named(header)
        if name in names:
            # The same times in UTC and in the account's own zone: the first one counts.
            name = f"{name} (again)" if name in TIMES else header
        elif name in TIMES:
            zones[name] = zone
        names.append(name)
    return names, zones


def _cells(
    row: Sequence[Any], names: Sequence[str], zones: Mapping[str, str], source: Source
) -> dict[str, Any]:
    found: dict[str, Any] = {
        n: None if not isinstance(c, Bad) and text_of(c) in ("", *NULLS) else c
        for n, c in zip(names, row, strict=True)
    }
    for name, zone in zones.items():
        if isinstance(found[name], str):
            found[name] = _moment(found[name], zone, source)
    if isinstance(found.get("Status"), str):
        found["Status"] = english(found["Status"], _STATUS)
    if isinstance(found.get("Quiz Score"), str) and found.get("Quiz_score") is None:
        # Until 2020 both numbers stood in one column: 25/100.
        found["Quiz_score"], _, found["Quiz_score_max"] = found["Quiz Score"].partition("/")
    for name in ("Quiz_score", "Quiz_score_max"):
        if isinstance(found.get(name), str):
            found[name] = decimal(found[name].strip())
    return found


def _moment(text: str, zone: str, source: Source) -> Any:
    """Return a time with the zone that its column names; what cannot be read stays as it is."""
    text = " ".join(text.split())
    for form in source.date_formats if source else ():
        try:
            found = dt.datetime.strptime(text, " ".join(form.split()))
            break
        except ValueError:
            continue
    else:
        try:
            found = dt.datetime.fromisoformat(text)
        except ValueError:
            return text
    try:
        return found.replace(tzinfo=ZoneInfo(zone)) if zone and found.tzinfo is None else found
    except (KeyError, ValueError, OSError):
        return Bad("the column names a zone that is not known")


def _enrolments(rows: Sequence[_Row]) -> tuple[list[str], int]:
    """Return of which training each row is the enrolment, "" if none, and how many people are enrolled again.

    A person has one place in a training: the completed one, else the one that stands, else the first.
    """
    places: dict[tuple[str, str], list[int]] = defaultdict(list)
    for i, row in enumerate(rows):
        if row.level == 0 and not isinstance(row.person, Bad):
            places[text_of(row.person).casefold(), row.training].append(i)
    made = ["" if row.level else row.training for row in rows]
    further = 0
    for where in places.values():
        first = min(where, key=lambda i: (_rank(rows[i]), str(rows[i]["Enrollment Date"])))
        for i in where:
            if rows[i].cells != rows[first].cells:
                made[i], further = "", further + 1
    return made, further


def _rank(row: _Row) -> int:
    status = row.text("Status")
    return {STATUS["completed"][0]: 0, STATUS["withdrawn"][0]: 2}.get(status, 1)


def _scored(rows: Sequence[_Row]) -> list[str]:
    """Return which training's quiz a row has the score of, "" if none: the finest rows that have scores count."""
    finest: dict[str, int] = defaultdict(int)
    for row in rows:
        if row["Quiz_score"] is not None:
            finest[row.training] = max(finest[row.training], row.level)
    return [r.training if r["Quiz_score"] is not None and r.level == finest[r.training] else "" for r in rows]


def _bests(rows: Sequence[_Row], scored: Sequence[str]) -> dict[tuple[str, str], str]:
    """Return the best possible score of each item: what most rows say."""
    said: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for row, training in zip(rows, scored, strict=True):
        if training:
            said[training, row.item][_plain(row["Quiz_score_max"])] += 1
    return {item: counts.most_common(1)[0][0] for item, counts in said.items()}


def _made(row: _Row, enrolled: str, training: str, bests: Mapping[tuple[str, str], str]) -> list[Any]:
    best = bests.get((training, row.item), "")
    score, own = row["Quiz_score"], _plain(row["Quiz_score_max"])
    if training and own != best:
        score = Bad("best score differs from that of most rows")
    elif training and best and (points := _number(score)) is not None and points > (_number(best) or 0):
        score = Bad("score above the best score")
    attempt = " ".join(
        (row.text("Training ID"), row.item, row.text("Version"), row.text("Attempts Taken") or "1")
    )
    damaged = next(
        (row[n] for n in ("Training", "Course", "Module", "Training ID") if isinstance(row[n], Bad)), None
    )
    return [
        *(
            row.person,
            damaged or enrolled or None,
            damaged or (f"{training}: {row.item}" if training else None),
        ),
        *(row.item, score if training else None, best or None, attempt),
        *(row["Enrollment Date"], row["Completion Date"]),
    ]


def _plain(cell: Any) -> str:
    number = _number(cell)
    return "" if cell is None else text_of(cell) if number is None else text_of(number)


def _number(cell: Any) -> float | None:
    try:
        return float(text_of(cell))
    except ValueError:
        return None
