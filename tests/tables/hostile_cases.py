"""Malformed exports, made from a sound one of every known format and of the kinds of a mapping file.

What stands in the cells of people carries `MARK`, so that a message that shows one can be told.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import random
import re
import struct
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import xlsxwriter

from tests.tables.formats import coop_cases, form_cases, meeting_cases, moodle_cases, qualtrics_cases
from tests.tables.import_cases import AUDIT_HEADER, AUDIT_MAP, QUIZ_MAP, ROSTER_MAP, audit_rows, write

MARK = "zqx"
PEOPLE = ("ada", "ben", "cem")
MAILS = tuple(f"{MARK}{name}@example.org" for name in PEOPLE)
LOGINS = tuple(f"{MARK}{name}" for name in PEOPLE)
AT = dt.datetime(2026, 3, 2, 9, 0)
ROSTER = "No,Mail,Login,Team,Since\n" + "".join(
    f"100{i},{mail},{login},Blue,2024-01-08\n"
    for i, (mail, login) in enumerate(zip(MAILS, LOGINS, strict=True))
)
MARKETS_MAP = """
[source]
name = "markets"
[[table]]
into = "markets"
[table.columns]
market = "market"
name = "market"
language = "language"
timezone = "zone"
currency = "currency"
"""
MARKETS = "market,language,zone,currency\nDE,de,Europe/Berlin,EUR\n"
BOOK_MAP = AUDIT_MAP.replace('ignore = ["Minuten"]', 'ignore = ["Minuten", "*"]')


@dataclass(frozen=True)
class Seed:
    """A sound export: its name, text or rows, answers, and the mapping file where it is of no known format."""

    name: str
    file: str
    text: str
    encoding: str = "utf-8"
    answers: dict[str, str] = field(default_factory=dict)
    mapping: str = ""

    @property
    def bytes(self) -> bytes:
        """The file."""
        return self.text.encode(self.encoding)


def _csv(rows: list[list[object]], delimiter: str = ",") -> str:
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=delimiter).writerows(rows)
    return file.getvalue()


def _moodle() -> Iterator[Seed]:
    asked = {"programme": "hate", "wave": "pre", "zone": "Europe/Berlin"}
    rows = [
        moodle_cases.attempt(
            mail, AT + dt.timedelta(days=i), AT + dt.timedelta(days=i, minutes=9), [1, 0.5, i % 2]
        )
        for i, mail in enumerate(MAILS * 4)
    ]
    rows = [[f"{MARK}Lovelace", f"{MARK}Ada", *row[2:]] for row in rows]
    text = moodle_cases.table(
        [moodle_cases.header("old", [1, 1, 1]), *rows, moodle_cases.average("old", [1, 1, 1])]
    )
    yield Seed("moodle-grades", "grades.csv", text, "utf-8", asked)
    answers = [moodle_cases.answered(row, "remove", "remove", "keep", "remove") for row in rows]
    text = moodle_cases.table([moodle_cases.answers_header("old", 2), *answers])
    yield Seed("moodle-responses", "responses.csv", text, "utf-8", {**asked, "score": "right"})
    head = ["Course", "Group", "Last name", "First name", "Groups", "Username", "Common", "Taken sessions"]
    head += ["Points", "Percentage", "12.03.2026 09.00 All students", "P", "L", "E", "A"]
    rows = [
        ["Hate", "", f"{MARK}L", f"{MARK}F", "", login, "", "1", "2", "100", "P (2/2)", "1", "0", "0", "0"]
        for login in LOGINS
    ]
    asked = {"programme": "hate", "zone": "Europe/Berlin", "market": "DE", "language": "de"}
    yield Seed("moodle-attendance", "attendance.csv", _csv([head, *rows]), "utf-8", asked)


def _forms() -> Iterator[Seed]:
    questions = ["What goes?", "What stays?"]
    rows = [form_cases.quiz_header(questions)]
    rows += [
        form_cases.attempt(i, mail, [("a;", 1), ("b", 0)], at=AT + dt.timedelta(days=i))
        for i, mail in enumerate(MAILS * 4, start=1)
    ]
    asked = {"programme": "hate", "wave": "pre", "zone": "Europe/Berlin"}
    yield Seed("microsoft-forms", "quiz.csv", form_cases.text(_named(rows)), "utf-8", asked)
    rows = [form_cases.survey_header(["I liked it (1-5)"])]
    rows += [
        form_cases.response(i, mail, [i % 5 + 1], AT + dt.timedelta(days=i))
        for i, mail in enumerate(MAILS * 4, start=1)
    ]
    asked = {"programme": "hate", "zone": "Europe/Berlin", "scale": "1-5", "wave": "end"}
    yield Seed("microsoft-forms-survey", "survey.csv", form_cases.text(_named(rows)), "utf-8", asked)


def _named(rows: list[list[object]]) -> list[list[object]]:
    return [rows[0], *([f"{MARK}Ada" if "Ada" in str(cell) else cell for cell in row] for row in rows[1:])]


def _meetings() -> Iterator[Seed]:
    joins = [
        (f"{MARK}Ada", meeting_cases.at(f"09:0{i}"), meeting_cases.at("10:00"), mail, mail, 2)
        for i, mail in enumerate(MAILS)
    ]
    asked = {"programme": "hate", "zone": "Europe/Berlin", "session": "s1", "market": "DE", "language": "de"}
    yield Seed("teams-attendance", "attendance.csv", meeting_cases.teams(joins), "utf-16", asked)
    head = [
        "Name (Original Name)",
        "User Email",
        "Join Time",
        "Leave Time",
        "Duration (Minutes)",
        "Guest",
        "Recording Consent",
        "In Waiting Room",
    ]
    rows = [
        [f"{MARK}Ada", mail, "03/13/2026 09:00:00 AM", "03/13/2026 09:30:00 AM", "30", "No", "", "No"]
        for mail in MAILS
    ]
    block = [
        "Meeting ID",
        "Topic",
        "Start Time",
        "End Time",
        "User Email",
        "Duration (Minutes)",
        "Participants",
    ]
    facts = ["812 3456 7890", "Hate", "03/13/2026 08:55:00 AM", "03/13/2026 10:05:00 AM", MAILS[0], "70", "3"]
    yield Seed(
        "zoom-attendance", "zoom.csv", meeting_cases.joined([block, facts, [], head, *rows]), "utf-8", asked
    )


def _others() -> Iterator[Seed]:
    columns = [qualtrics_cases.asked("Q1"), qualtrics_cases.asked("Q2_TEXT")]
    rows = [
        qualtrics_cases.response(i, [str(i % 5 + 1), f"{MARK} says"], mail=mail)
        for i, mail in enumerate(MAILS * 4)
    ]
    text = qualtrics_cases.text([*qualtrics_cases.header(columns), *rows]).replace(
        "Lovelace", f"{MARK}Lovelace"
    )
    yield Seed("qualtrics", "survey.csv", text, "utf-8", {"programme": "hate", "scale": "1-5", "wave": "end"})
    made = [
        coop_cases.decision(
            f"j{i}", pd.Timestamp(AT) + pd.Timedelta(minutes=i), who=login, reason=f"{MARK} did"
        )
        for i, login in enumerate(LOGINS * 4)
    ]
    yield Seed("coop-decisions", "decisions.csv", coop_cases.decisions(made))
    skips = [
        [login, "video", coop_cases.moment(AT), f"https://c.example.org/recent?jobId={i}"]
        for i, login in enumerate(LOGINS)
    ]
    yield Seed("coop-skips", "skips.csv", coop_cases.text(coop_cases.SKIPS, skips))
    appeals = [
        {
            "appealId": f"a{i}",
            "item": {"id": f"i{i}", "typeId": "post"},
            "appealedBy": {"id": f"{MARK}4711"},
            "appealDecision": "ACCEPT",
            "custom": {"queue": "video"},
        }
        for i in range(12)
    ]
    yield Seed("coop-appeals", "appeals.jsonl", "\n".join(map(json.dumps, appeals)))
    yield Seed(
        "xapi",
        "statements.json",
        json.dumps([_statement(i) for i in range(12)]),
        "utf-8",
        {"programme": "hate", "wave": "pre"},
    )
    yield Seed(
        "xapi",
        "statements.jsonl",
        "\n".join(json.dumps(_statement(i)) for i in range(12)),
        "utf-8",
        {"programme": "hate", "wave": "pre"},
    )
    head = (
        "Name",
        "Email",
        "User Unique ID",
        "LP/Certification/Course",
        "Type",
        "Course",
        "Instance",
        "Module",
        "Comment",
        "Enrollment Date (UTC TimeZone)",
        "Completion Date (UTC TimeZone)",
        "Status",
        "Progress %",
        "Quiz_score",
        "Quiz_score_max",
        "Attempts Taken",
        "Training ID",
    )
    rows = [
        (
            f"{MARK}Ada",
            mail,
            f"{MARK}7",
            "Hate speech",
            "Course",
            "Hate speech",
            "Default",
            "Quiz",
            f"{MARK} did",
            "2026-03-01 23:30:00",
            "2026-03-10 09:15:00",
            "Completed",
            "100",
            "8",
            "10",
            "1",
            "course:101",
        )
        for mail in MAILS
    ]
    yield Seed(
        "adobe-learning-manager",
        "transcript.csv",
        _csv([head, *rows]),
        "utf-8",
        {"programme": "hate", "wave": "pre"},
    )
    labels = [
        {
            "id": i,
            "annotator": mail,
            "annotation_id": i,
            "created_at": "2026-03-02T09:00:00Z",
            "updated_at": "2026-03-02T09:05:00Z",
            "lead_time": 4.5,
            "text": f"{MARK} wrote",
            "case_id": f"c{i // 3}",
            "decision": "remove",
        }
        for i, mail in enumerate(MAILS * 4)
    ]
    yield Seed(
        "label-studio",
        "project-1.json",
        json.dumps(labels),
        "utf-8",
        {"calibration": "2026-03", "policy_area": "hate", "label": "decision"},
    )


def _statement(i: int) -> dict[str, object]:
    return {
        "id": f"00000000-0000-0000-0000-{i:012}",
        "actor": {"mbox": f"mailto:{MAILS[i % 3]}", "name": f"{MARK}Ada"},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/answered"},
        "object": {
            "id": f"https://l.example.org/quiz/hate/q{i // 3}",
            "definition": {"interactionType": "choice"},
        },
        "context": {"contextActivities": {"parent": [{"id": "https://l.example.org/quiz/hate"}]}},
        "result": {"score": {"raw": 1, "max": 1}, "response": "a"},
        "timestamp": f"2026-03-02T09:{i:02}:00Z",
    }


def _mapped() -> Iterator[Seed]:
    rows = [
        [mail, i % 3, f"2026-03-0{1 + i % 9}T10:{i:02}:00Z", f"{MARK} noted"]
        for i, mail in enumerate(MAILS * 8)
    ]
    head = ["Mail", "Score", "Completed", "Note"]
    yield Seed("csv", "export.csv", _csv([head, *rows]), mapping=QUIZ_MAP.format(source='ignore = ["Note"]'))
    for encoding, source in (("utf-16", ""), ("cp1252", '\nencoding = "cp1252"')):
        made = QUIZ_MAP.format(source='kind = "tsv"\nignore = ["Note"]' + source)
        yield Seed("tsv", "export.tsv", _csv([head, *rows], "\t"), encoding, mapping=made)


SEEDS = (*_moodle(), *_forms(), *_meetings(), *_others(), *_mapped())


# Faults of texts: each makes bytes of a sound export, with a source of chance.

Fault = Callable[[Seed, random.Random], bytes]


def _text(change: Callable[[str, random.Random], str]) -> Fault:
    def made(seed: Seed, chance: random.Random) -> bytes:
        errors = "surrogatepass" if seed.encoding.startswith("utf") else "replace"
        return change(seed.text, chance).encode(seed.encoding, errors)

    return made


def _lines(change: Callable[[list[str], random.Random], list[str]]) -> Fault:
    return _text(lambda text, chance: "\n".join(change(text.replace("\r\n", "\n").split("\n"), chance)))


def _spliced(piece: str) -> Fault:
    """Put a piece of text somewhere behind the header."""

    def change(text: str, chance: random.Random) -> str:
        at = chance.randrange(min(text.find("\n") % len(text), len(text) // 2), len(text))
        return text[:at] + piece + text[at:]

    return _text(change)


def _cell(piece: Callable[[random.Random], str]) -> Fault:
    """Replace a word or number behind the header, in each of three lines."""

    def change(lines: list[str], chance: random.Random) -> list[str]:
        for _ in range(3):
            at = chance.randrange(len(lines) // 4, len(lines))
            words = list(re.finditer(r"[\w@.:-]+", lines[at]))
            if words:
                word = chance.choice(words)
                lines[at] = lines[at][: word.start()] + piece(chance) + lines[at][word.end() :]
        return lines

    return _lines(change)


def _cut(share: float) -> Fault:
    return lambda seed, chance: seed.bytes[: max(1, int(len(seed.bytes) * share) + chance.randrange(-7, 8))]


def _noise(seed: Seed, chance: random.Random) -> bytes:
    raw = bytearray(seed.bytes)
    for _ in range(chance.randrange(1, 12)):
        raw[chance.randrange(len(raw))] = chance.randrange(256)
    return bytes(raw)


def _wide(seed: Seed, _: random.Random) -> bytes:
    lines = seed.text.replace("\r\n", "\n").split("\n")
    sign = "\t" if "\t" in lines[-2 if len(lines) > 1 else 0] else ","
    more = sign + sign.join(f"column {i}" for i in range(10_000))
    return "\n".join(
        line + (more if i in (0, len(lines) // 2) else "") for i, line in enumerate(lines)
    ).encode(seed.encoding)


def _doubled(lines: list[str], _: random.Random) -> list[str]:
    sign = "\t" if "\t" in lines[-1] else ","
    return [f"{line}{sign}{line}" if line else line for line in lines]


def _ragged(lines: list[str], chance: random.Random) -> list[str]:
    for _ in range(3):
        at = chance.randrange(len(lines) // 3, len(lines))
        cells = lines[at].split(",")
        cells = cells[: chance.randrange(1, len(cells) + 1)] if chance.random() < 0.5 else [*cells, "x", "y"]
        lines[at] = ",".join(cells)
    return lines


FAULTS: dict[str, Fault] = {
    **{f"truncated at {share:.0%}": _cut(share) for share in (0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99)},
    "header only": lambda seed, _: seed.bytes[: seed.bytes.find("\n".encode(seed.encoding)[-1:]) + 1],
    "empty": lambda seed, _: b"",
    "one byte": lambda seed, _: b"x",
    "without header": _lines(lambda lines, _: lines[1:] or lines),
    "utf-16 without mark": lambda seed, _: seed.text.encode("utf-16-le"),
    "utf-16 of odd length": lambda seed, _: seed.text.encode("utf-16")[:-1],
    "utf-32": lambda seed, _: seed.text.encode("utf-32"),
    "cp500": lambda seed, _: seed.text.encode("cp500", "replace"),
    "bytes of two encodings": lambda seed, _: seed.bytes + "größe\n".encode("cp1252"),
    "semicolons": _text(lambda text, _: text.replace(",", ";").replace("\t", ";")),
    "unknown delimiter": _text(lambda text, _: text.replace(",", "^").replace("\t", "^")),
    "carriage returns only": _text(lambda text, _: text.replace("\r\n", "\n").replace("\n", "\r")),
    "noise": _noise,
    "more noise": _noise,
    "binary": lambda seed, chance: bytes(chance.randrange(256) for _ in range(4000)),
    "binary behind the header": lambda seed, chance: seed.bytes[: len(seed.bytes) // 3] + chance.randbytes(500),
    "NUL": _spliced("\0"),
    "many NUL": _text(lambda text, _: text.replace("a", "a\0")),
    "lone surrogate": lambda seed, _: seed.text.replace("e", "\ud800", 40).encode(seed.encoding, "surrogatepass")
    if seed.encoding != "cp1252"
    else seed.bytes + b"\xed\xa0\x80",
    "quote without end": _spliced('"'),
    "quote at a cell's start": _text(lambda text, chance: text.replace(",", ',"', 1 + chance.randrange(9))),
    "quote in the header": _text(lambda text, _: '"' + text),
    "quotes everywhere": _text(lambda text, _: text.replace("e", '"')),
    "mark in the middle": _spliced("\ufeff"),
    "twice in one file": _text(lambda text, _: f"{text}\n\ufeff{text}"),
    "doubled headers": _lines(_doubled),
    "ragged": _lines(_ragged),
    "one column": _lines(lambda lines, _: [line.split(",")[0].split("\t")[0] for line in lines]),
    "ten thousand columns": _wide,
    "control characters": _spliced("\x1b[31m\x07\x08\x7f\u202e"),
    "controls in the header": _text(lambda text, _: f"\x1b[2J{text}"),
    "year 0001": _text(lambda text, _: text.replace("2026", "0001")),
    "year 9999": _text(lambda text, _: text.replace("2026", "9999")),
    "mixed zones": _cell(lambda chance: chance.choice(["2026-03-02T09:00:00+14:00", "0001-01-01T00:00:00+14:00",
                                                       "9999-12-31T23:59:59-12:00", "2026-03-29T02:30:00"])),
    "long numbers": _cell(lambda chance: "9" * 5000),
    "infinite": _cell(lambda chance: chance.choice(["NaN", "Infinity", "-inf", "1e400", "1e308", "0x10", "١٢"])),
    "formulas": _cell(lambda chance: chance.choice(["=1+1", "=HYPERLINK(1)", "@SUM(A1)", "+cmd|' /C calc'!A0"])),
    "long cell": _spliced("y" * 200_000),
    "deep JSON": lambda seed, _: b'[{"actor":' * 30_000 + seed.bytes,
    "deep list": lambda seed, _: b"[" * 100_000,
    "keys twice": _text(lambda text, _: text.replace('"id":', '"id": "x", "id":').replace("Email", "Email,Email", 1)),
    "JSON for a number": _cell(lambda chance: chance.choice(['{"a": [1]}', "[]", "null", "true", '"\\ud800"'])),
}  # fmt: skip


# Workbooks: sound and hostile ones, for the mapping file BOOK_MAP and for recognition.


def sound_book(path: Path) -> Path:
    """Write a workbook as BOOK_MAP reads it, with shared strings as spreadsheet programs write them."""
    rows = [[*row[:2], LOGINS[i % 3], *row[3:]] for i, row in enumerate(audit_rows(24))]
    with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd hh:mm"}) as book:
        book.add_worksheet("Info").write(0, 0, "x")
        sheet = book.add_worksheet("QA")
        sheet.write(0, 0, "Q1")
        for at, row in enumerate([AUDIT_HEADER, *rows], start=2):
            sheet.write_row(at, 0, row)
    return path


def _parts(book: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(book)) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def _zip(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, raw in parts.items():
            packed.writestr(name, raw)
    return out.getvalue()


def _swapped(old: str, new: str, where: str = "xl/worksheets/sheet2.xml", times: int = -1):
    def change(book: bytes, _: random.Random) -> bytes:
        parts = _parts(book)
        assert old.encode() in parts[where], old
        return _zip({**parts, where: parts[where].replace(old.encode(), new.encode(), times)})

    return change


ENTITIES = (
    '<!DOCTYPE x [<!ENTITY a "zqx"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    + "".join(f'<!ENTITY {chr(99 + i)} "{f"&{chr(98 + i)};" * 10}">' for i in range(10))
    + "]>"
)


def _entities(book: bytes, _: random.Random) -> bytes:
    parts = _parts(book)
    sheet = parts["xl/worksheets/sheet2.xml"].replace(b"<worksheet", ENTITIES.encode() + b"<worksheet", 1)
    return _zip({**parts, "xl/worksheets/sheet2.xml": sheet.replace(b"<v>1.5</v>", b"<v>&l;</v>")})


def _external(book: bytes, _: random.Random) -> bytes:
    parts = _parts(book)
    rels = parts["xl/_rels/workbook.xml.rels"].replace(
        b"</Relationships>",
        b'<Relationship Id="rId99" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
        b'externalLink" Target="externalLinks/externalLink1.xml"/></Relationships>',
    )
    link = (
        b'<externalLink xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><externalBook '
        b'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" r:id="rId1"/></externalLink>'
    )
    target = (
        b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship '
        b'Id="rId1" Type="http://x" TargetMode="External" Target="file:///etc/hostname"/></Relationships>'
    )
    return _zip({**parts, "xl/_rels/workbook.xml.rels": rels, "xl/externalLinks/externalLink1.xml": link,
                 "xl/externalLinks/_rels/externalLink1.xml.rels": target})  # fmt: skip


def _bomb(part: str, size: int = 40 << 20):
    return lambda book, _: _zip({**_parts(book), part: b"0" * size})


def _lying(book: bytes, _: random.Random) -> bytes:
    """Let the directory say that a part is small."""
    raw = bytearray(_bomb("xl/media/x.bin")(book, _))
    at = raw.rfind(b"PK\x01\x02", 0, raw.rfind(b"xl/media/x.bin"))
    raw[at + 24 : at + 28] = struct.pack("<I", 100)
    return bytes(raw)


def _encrypted(book: bytes, _: random.Random) -> bytes:
    raw = bytearray(book)
    at = 0
    while (at := raw.find(b"PK\x01\x02", at)) >= 0:
        raw[at + 8] |= 1
        at += 4
    return bytes(raw)


def _formulas(book: bytes, _: random.Random) -> bytes:
    parts = _parts(book)
    sheet = parts["xl/worksheets/sheet2.xml"]
    return _zip(
        {
            **parts,
            "xl/worksheets/sheet2.xml": sheet.replace(b"<v>46083.48194444444</v>", b"<f>HYPERLINK(A1)</f>"),
        }
    )


def _book_cut(share: float) -> Callable[[bytes, random.Random], bytes]:
    return lambda book, _: book[: int(len(book) * share)]


BOOK_FAULTS: dict[str, Callable[[bytes, random.Random], bytes]] = {
    "sound": lambda book, _: book,
    **{f"truncated at {share:.0%}": _book_cut(share) for share in (0.1, 0.4, 0.7, 0.95, 0.999)},
    **{
        f"noise {i}": lambda book, chance: bytes(
            chance.randrange(256) if chance.random() < 0.002 else byte for byte in book
        )
        for i in range(8)
    },
    "entities": _entities,
    "external link": _external,
    "bomb in a sheet": _bomb("xl/worksheets/sheet2.xml"),
    "bomb in the strings": _bomb("xl/sharedStrings.xml"),
    "bomb beside the sheets": _bomb("xl/media/x.bin"),
    "bomb that says it is small": _lying,
    "many parts": lambda book, _: _zip({**_parts(book), **{f"xl/media/{i}": b"" for i in range(10_001)}}),
    "encrypted": _encrypted,
    "archive without a workbook": lambda book, _: _zip({"export.csv": b"0" * (17 << 20)}),
    "no sheet": lambda book, _: _zip({k: v for k, v in _parts(book).items() if "sheet2" not in k}),
    "no strings": lambda book, _: _zip({k: v for k, v in _parts(book).items() if "sharedStrings" not in k}),
    "row a billion": _swapped('<row r="9"', '<row r="999999999"'),
    "row beyond the last": _swapped('<row r="27"', '<row r="1048577"'),
    "row twice": _swapped('<row r="9"', '<row r="8"'),
    "row zero": _swapped('<row r="9"', '<row r="0"'),
    "row of letters": _swapped('<row r="9"', '<row r="x"'),
    "far cell": _swapped('<c r="J27"', '<c r="XFD27"'),
    "cell beyond the last column": _swapped('<c r="J27"', '<c r="ZZZZZZ27"'),
    "far row": _swapped('<row r="27"', '<row r="1048576"'),
    "sparse corner": _swapped(
        "</sheetData>", '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    ),
    "string of no index": _swapped('t="s"><v>12</v>', 't="s"><v>99999</v>'),
    "serial of no date": _swapped("<v>46083.375</v>", "<v>9e99</v>"),
    "negative date": _swapped("<v>46083", "<v>-46083", times=3),
    "numbers without end": _swapped("<v>1.5</v>", f"<v>{'9' * 5000}</v>"),
    "numbers of letters": _swapped("<v>1.5</v>", "<v>zqx</v>"),
    "not a number": _swapped("<v>1.5</v>", "<v>NaN</v>"),
    "errors": _swapped('<c r="D9" t="s"><v>15</v>', '<c r="D9" t="e"><v>#REF!</v>'),
    "formulas without values": _formulas,
    "deep XML": _swapped("<sheetData>", "<a>" * 50_000 + "<sheetData>"),
    "long string": _swapped("<t>remove</t>", f"<t>{'remove' * 200_000}</t>", "xl/sharedStrings.xml"),
    "controls": _swapped("<t>remove</t>", "<t>re&#9;&#x9b;mo_x0000_ve</t>", "xl/sharedStrings.xml"),
    "wrong dimension": _swapped("<dimension ref=", '<dimension ref="A1:XFD1048576" x='),
    "no text encoding": _swapped('encoding="UTF-8"', 'encoding="x-zqx"'),
    "two headers": _swapped("<t>QA-Urteil</t>", "<t>Urteil</t>", "xl/sharedStrings.xml"),
}


WIDE = ("csv", "microsoft-forms-survey")


def text_cases() -> Iterator[tuple[str, Seed, Callable[[], bytes]]]:
    """Yield a fifth of the pairs of sound text and fault, every fault with some sounds; the proof has them all."""
    for place, seed in enumerate(SEEDS):
        for number, (fault, change) in enumerate(FAULTS.items()):
            chosen = seed.name in WIDE if fault == "ten thousand columns" else (place + number) % 5 == 0
            if chosen:
                name = f"{seed.name} ({seed.file}): {fault}"
                yield (
                    name,
                    seed,
                    lambda seed=seed, change=change, name=name: change(seed, random.Random(name)),
                )


def sound(folder: Path) -> None:
    """Make a workspace with a roster and a market below a folder."""
    from tne.tables.importers import import_export

    for name, mapping, export in (("roster", ROSTER_MAP, ROSTER), ("markets", MARKETS_MAP, MARKETS)):
        made = write(folder / f"{name}.toml", mapping), write(folder / f"{name}.csv", export)
        import_export(*made, folder / "ws")
