"""Is there anything in finished files that must not leave the team? Says where and of what kind, never what."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tne.runs import inputs
from tne.runs.gate import FLOOR, POOLED
from tne.runs.manifest import min_n
from tne.runs.scan_parts import Piece, pieces

_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_RUN = re.compile(r"[A-Za-z0-9]+(?:[_.@+-]+[A-Za-z0-9]+)*")
_DIGITS = re.compile(r"(?<![\w.,:/+-])\d{7,}(?![\w:/]|[.,]\d)")
_DAY = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
_HASHES = frozenset({12, 16, 32, 40, 64})  # digits of hashes that are told, which may all be decimal
_SMALL = re.compile(r"\bn\s*=\s*(\d+)\b(?![.,]\d)", re.IGNORECASE)
_ZIPS = (".zip", ".xlsx", ".pptx", ".docx")
_PART = 100_000_000  # bytes of one part of a zip

ID, MAIL, DIGITS = "an id of a person", "a mail address that is no contact", "a long string of digits"
HIDDEN, FEW = "hidden text", "a number of people below the threshold"
UNREAD = "cannot be read"


@dataclass(frozen=True)
class Known:
    """What to look for, and what may stand there.

    Parameters
    ----------
    ids : frozenset of str
        Of people, in lower case.
    mails : frozenset of str
        Contacts, in lower case.
    min_n : int
    """

    ids: frozenset[str]
    mails: frozenset[str] = frozenset()
    min_n: int = 10


@dataclass(frozen=True)
class Finding:
    """A file, what kind of thing was found in it, and how often."""

    file: str
    kind: str
    count: int = 1


def known_of(root: Path) -> Known:
    """Return what to look for in files that were made from a workspace."""
    from tne.runs.worker import private_ids

    settings = inputs.config(root)
    mails = frozenset(mail.lower() for mail in _MAIL.findall(str(settings.get("contact", ""))))
    return Known(frozenset(value.lower() for value in private_ids(root)), mails, min_n(settings))


def scan_files(place: Path, known: Known) -> tuple[int, list[Finding]]:
    """Look through a folder, a zip or a file.

    Returns
    -------
    (int, list of Finding)
        How many files were read, parts of zips among them, and what was found in the order of their names.
    """
    found: list[Finding] = []
    count = 0
    files = sorted(file for file in place.rglob("*") if file.is_file()) if place.is_dir() else [place]
    for file in files:
        name = file.relative_to(place).as_posix() if place.is_dir() else file.name
        try:
            content = file.read_bytes()
        except OSError:
            found.append(Finding(name, UNREAD))
            continue
        for part, inner in _parts(name, content):
            count += 1
            found += _in_file(part, inner, known)
    return count, found


def _parts(name: str, content: bytes) -> Iterator[tuple[str, bytes | None]]:
    """Yield a file, or each part of a zip and what lies in it; None for what cannot be read."""
    if not name.lower().endswith(_ZIPS):
        yield name, content
        return
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            if parts.comment:
                yield f"{name} (comment)", parts.comment
            for one in parts.infolist():
                if not one.is_dir():
                    inner = parts.read(one) if one.file_size <= _PART else None
                    within = f"{name} › {one.filename}"
                    yield from _parts(within, inner) if inner is not None else [(within, None)]
    except (zipfile.BadZipFile, OSError, RuntimeError, ValueError, NotImplementedError):
        yield name, None


def _in_file(name: str, content: bytes | None, known: Known) -> Iterator[Finding]:
    """Yield what was found in one file, each kind once."""
    counts: dict[str, int] = {}
    for kind in _kinds(Piece(name, "name"), known):
        counts[f"{kind} in its name"] = 1
    try:
        read = None if content is None else pieces(name, content)
        for kind in [UNREAD] if read is None else [kind for piece in read for kind in _kinds(piece, known)]:
            counts[kind] = counts.get(kind, 0) + 1
        if content is not None and name.lower().endswith(".csv") and _few(content, known.min_n):
            counts[FEW] = counts.get(FEW, 0) + _few(content, known.min_n)
    except Exception:  # whatever cannot be looked at may hold anything
        counts[UNREAD] = 1
    yield from (Finding(name, kind, count) for kind, count in counts.items())


def _kinds(piece: Piece, known: Known) -> Iterator[str]:
    text = piece.text
    yield from [ID] * len(ids_within(text, known.ids))
    if piece.how == "joined":
        return
    mails = {mail.lower() for mail in _MAIL.findall(text)} - known.mails
    yield from [MAIL] * len(mails)
    if piece.how == "markup":
        return
    if piece.how == "hidden" and text.strip():
        yield HIDDEN
    for digits in set(_DIGITS.findall(text)):
        if len(digits) not in _HASHES and not _DAY.fullmatch(digits):
            yield DIGITS
    yield from [FEW for n in _SMALL.findall(text) if int(n) < known.min_n]


def ids_within(text: str, ids: frozenset[str]) -> set[str]:
    """Return the ids (lower case) that stand in a text, also inside longer words."""
    text = text.lower()
    odd = {value for value in ids if not _RUN.fullmatch(value)}  # with other letters and signs than most
    lengths = sorted({len(value) for value in ids - odd})
    found = {value for value in odd if value in text}
    for run in set(_RUN.findall(text)):
        for length in lengths:
            if length > len(run):
                break
            found |= {run[i : i + length] for i in range(len(run) - length + 1)} & ids
    return found


def _few(content: bytes, least: int) -> int:
    """Return how many rows of a table of estimates have a number and too few people."""
    rows: list[dict[str, Any]] = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    if not rows or "n_people" not in rows[0]:
        return 0
    return sum(
        bool(row["n_people"]) and float(row["n_people"]) < (FLOOR if row.get("measure") in POOLED else least)
        for row in rows
    )
