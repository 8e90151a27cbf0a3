"""What stands in an export of Microsoft Forms (Responses, Open in Excel), quiz or survey?

The workbook's first columns are fixed and localised; those of the questions follow, in a quiz each with its points
and its feedback. Headers are unique, so that the second question of one text is called "text2". Sources: the help
page "Check and share your form results" (support.microsoft.com), and public programs that read such files, for the
headers in five languages, the pairs of columns, `anonymous`, and the times that Excel writes into a CSV.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tne.tables.importers.errors import ContractError
from tne.tables.importers.formats.delimited import (
    delimited,
    english,
    header_cells,
    refuse_addresses,
    slug,
)
from tne.tables.importers.mapping import Source
from tne.tables.importers.reading import Sheet, clean, read_sheet
from tne.tables.importers.sniffing import Sample, sample

# fmt: off
START = {
    "ID": ("Id.",),
    "Start time": ("Startzeit", "Hora de inicio", "Heure de début", "Hora de início"),
    "Completion time": (
        "Fertigstellungszeit", "Hora de finalización", "Heure de fin", "Heure d’achèvement", "Hora de conclusão",
    ),
    "Email": (
        "E-Mail", "E-Mail-Adresse", "Correo electrónico", "Adresse de messagerie", "Adresse de courriel",
        "Adresse e-mail", "Endereço de email",
    ),
    "Name": ("Nombre", "Nom", "Nome"),
    "Total points": (
        "Gesamtpunktzahl", "Gesamtpunkte", "Total de puntos", "Puntos totales", "Nombre total de points",
        "Total des points", "Total de pontos",
    ),
    "Quiz feedback": (
        "Quizfeedback", "Prüfungsfeedback", "Comentarios del cuestionario", "Commentaires du questionnaire",
        "Commentaires sur le questionnaire", "Comentários do teste",
    ),
    "Grade posted time": (
        "Uhrzeit der Notenveröffentlichung", "Zeitpunkt der Notenveröffentlichung",
        "Hora de publicación de la calificación", "Hora de publicación de calificaciones",
        "Heure de publication de la note", "Heure de publication des notes", "Hora de postagem da nota",
    ),
    "Last modified time": (
        "Zeitpunkt der letzten Änderung", "Uhrzeit der letzten Änderung", "Hora de la última modificación",
        "Heure de la dernière modification", "Hora da última modificação",
    ),
    "Language": ("Sprache", "Idioma", "Langue"),
}
# fmt: on
TIMES = ("Start time", "Completion time", "Grade posted time", "Last modified time")
_POINTS = re.compile(r"(?:points|punkte|puntos|pontos)\s*[-–—:]\s*(.*)", re.IGNORECASE)
_FEEDBACK = re.compile(
    r"(?:feedback|kommentare?|comentarios|commentaires?|comentários)\s*[-–—:]\s*(.*)", re.IGNORECASE
)
_COMMA = re.compile(r"-?\d+,\d+")
_SERIAL = re.compile(r"\d{5}(\.\d+)?")


def question_id(text: str) -> str:
    """Return the id of a question: the same wherever it stands and whatever its case and spaces.

    Examples
    --------
    >>> question_id("When is hate speech  removed?") == question_id("when is hate speech removed?\\u00a0")
    True
    >>> question_id("Größe?")
    'grosse-dae88a'
    """
    same = clean(text).casefold()
    ascii_only = unicodedata.normalize("NFKD", same).encode("ascii", "ignore").decode()
    start = slug(ascii_only)[:40].strip("-")
    return "-".join(filter(None, (start, hashlib.sha256(same.encode()).hexdigest()[:6])))


def columns(headers: Sequence[str]) -> tuple[list[str], list[dict[str, str]]]:
    """Return the headers of an export in English, and what each column holds.

    A question with points becomes three columns, ``Answer - ID``, ``Points - ID`` and ``Feedback - ID``. One without
    keeps its text as its header.
    """
    names, about = _fixed(headers)
    question, at = "", 0
    for header in headers[len(names) :]:
        points, feedback = _POINTS.fullmatch(header), _FEEDBACK.fullmatch(header)
        if question and points and _same(points[1], question):
            names[at], about[at]["role"] = f"Answer - {about[at]['id']}", "Answer"
            role, text = "Points", question
        elif question and feedback and _same(feedback[1], question):
            role, text = "Feedback", question
        else:
            role, text, question, at = "", header, header, len(names)
        found = {"id": question_id(text), "text": text, "role": role}
        names.append(f"{role} - {found['id']}" if role else header)
        about.append(found)
    return names, about


def _fixed(headers: Sequence[str]) -> tuple[list[str], list[dict[str, str]]]:
    """Return the fixed columns at the start; what follows is a question, whatever it is called."""
    names: list[str] = []
    for at, header in enumerate(headers):
        name, points = english(header, START), _POINTS.fullmatch("".join(headers[at + 1 : at + 2]))
        if name not in START or name in names or (points and _same(points[1], header)):
            break
        names.append(name)
    return names, [{} for _ in names]


def _same(text: str, question: str) -> bool:
    """Whether a column of points belongs to a question; only the question may carry the number of a second one."""
    endings = re.fullmatch(r"\s*\d*|\s*\(\d+\)", question[len(text) :])
    return bool(question.casefold().startswith(text.casefold()) and endings)


def recognise(seen: Sample) -> tuple[list[str], bool]:
    """Return the fixed columns of an export of Forms, and whether any question has points; [] if it is another file."""
    if seen.kind not in ("text", "xlsx"):
        return [], False
    names, about = columns([header for header in header_cells(seen) if header])
    fixed = [name for name, said in zip(names, about, strict=True) if not said]
    if fixed[:3] != ["ID", "Start time", "Completion time"]:
        return [], False
    return fixed, any(said.get("role") == "Points" for said in about)


def read(path: Path, source: Source) -> Sheet:
    """Read an export, workbook or CSV.

    Times that lost their format are read as Excel counts days, points with a decimal comma get a point, and the
    semicolon after the last of several answers goes.

    Raises
    ------
    ContractError
        If it is no export of Forms.
    """
    seen = sample(path)
    book = seen.kind == "xlsx"
    sheet = read_sheet(path, replace(source, kind="xlsx")) if book else delimited(path, source, {})
    refuse_addresses(sheet)
    names, about = columns(sheet.headers)
    if names[:3] != ["ID", "Start time", "Completion time"]:
        raise ContractError(
            f"{path.name} does not begin with the columns ID, Start time and Completion time of Microsoft Forms."
        )
    roles = [said.get("role") for said in about]
    ways = [
        _time if name in TIMES else _points if role == "Points" else _answer
        for name, role in zip(names, roles, strict=True)
    ]
    cells = [[way(cell) for way, cell in zip(ways, row, strict=True)] for row in sheet.cells]
    return replace(sheet, headers=tuple(names), cells=cells, about=tuple(about))


def _time(cell: Any) -> Any:
    from openpyxl.utils.datetime import from_excel  # here: other imports should not wait for it

    number = float(cell) if isinstance(cell, str) and _SERIAL.fullmatch(cell.strip()) else cell
    if isinstance(number, (int, float)) and not isinstance(number, bool) and 20_000 <= number < 100_000:
        return from_excel(number)
    return cell


def _points(cell: Any) -> Any:
    if isinstance(cell, str) and _COMMA.fullmatch(cell.strip()):
        return cell.strip().replace(",", ".")
    return cell


def _answer(cell: Any) -> Any:
    """Several answers are written ``a;b;``."""
    return cell.rstrip().removesuffix(";") if isinstance(cell, str) and cell.rstrip().endswith(";") else cell
