"""Exports of Microsoft Forms as its workbook has them, in five languages, and what Excel makes of them as CSV."""

from __future__ import annotations

import csv
import datetime as dt
import io
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.tables.import_cases import ROSTER, ROSTER_MAP, workbook, write
from tne.tables.importers import import_export, import_known
from tne.tables.importers.touching import read_stored

# id, start, completion, mail, name | total, feedback, posted | modified, language | points of, feedback to
WORDS = {
    "en": "ID|Start time|Completion time|Email|Name|Total points|Quiz feedback|Grade posted time|"
    "Last modified time|Language|Points - |Feedback - ",
    "de": "ID|Startzeit|Fertigstellungszeit|E-Mail|Name|Gesamtpunktzahl|Quizfeedback|"
    "Uhrzeit der Notenveröffentlichung|Zeitpunkt der letzten Änderung|Sprache|Punkte – |Feedback – ",
    "es": "Id|Hora de inicio|Hora de finalización|Correo electrónico|Nombre|Total de puntos|"
    "Comentarios del cuestionario|Hora de publicación de la calificación|Hora de la última modificación|Idioma|"
    "Puntos: |Comentarios: ",
    # French exports keep the English words for what only a quiz has.
    "fr": "Id|Heure de début|Heure de fin|Adresse de messagerie|Nom|Total points|Quiz feedback|Grade posted time|"
    "Heure de la dernière modification|Langue|Points - |Feedback - ",
    "pt": "Id|Hora de início|Hora de conclusão|Email|Nome|Total de pontos|Comentários do teste|"
    "Hora de postagem da nota|Hora da última modificação|Idioma|Pontos – |Comentários – ",
}
AT = dt.datetime(2026, 3, 2, 9, 0, 5)
NBSP = "\u00a0"


class Desk:
    """A folder with a workspace and a roster, and a short way to import."""

    def __init__(self, folder: Path, monkeypatch: Any) -> None:
        self.folder, self.root = folder, folder / "ws"
        monkeypatch.setenv("TNE_CONFIG_HOME", str(folder / "config"))
        if not self.root.exists():
            import_export(write(folder / "r.toml", ROSTER_MAP), write(folder / "r.csv", ROSTER), self.root)

    def known(self, path: Path, **answers: str):
        return import_known(path, self.root, answers)

    def table(self, name: str):
        return read_stored(self.root, name)


def fresh(home: Path, folder: Path) -> None:
    """Put a copy of a desk's workspace and key into a folder."""
    for name in ("ws", "config"):
        shutil.rmtree(folder / name, ignore_errors=True)
        shutil.copytree(home / name, folder / name)


def quiz_header(questions: Sequence[str], language: str = "en", *, newer: bool = False) -> list[str]:
    """Return the header of a quiz; `newer` exports say when an answer was changed, and its language."""
    words = WORDS[language].split("|")
    start = [*words[:7], *(words[8:10] if newer else words[7:8])]
    return [*start, *(name for q in questions for name in (q, words[10] + q, words[11] + q))]


def attempt(
    number: int, mail: str, answers: Sequence[tuple[Any, Any]], *, at: Any = AT, newer: bool = False
) -> list[Any]:
    """Return one row of a quiz: (answer, points) for each question."""
    took = at + dt.timedelta(minutes=9) if isinstance(at, dt.datetime) else at
    total = sum(p for _, p in answers if isinstance(p, (int, float)))
    rest = ["", "English (United States)"] if newer else [None]
    return [
        number,
        at,
        took,
        mail,
        "Lovelace, Ada",
        total,
        None,
        *rest,
        *(c for a, p in answers for c in (a, p, "")),
    ]


def survey_header(questions: Sequence[str], language: str = "en") -> list[str]:
    """Return the header of a survey, which has no points."""
    words = WORDS[language].split("|")
    return [*words[:5], words[8], *questions]


def response(number: int, mail: str, answers: Sequence[Any], at: Any = AT) -> list[Any]:
    """Return one row of a survey."""
    return [number, at, at + dt.timedelta(minutes=3), mail, "Ada Lovelace", None, *answers]


def book(path: Path, rows: list[list[Any]]) -> Path:
    """Write the workbook that Forms gives."""
    return workbook(path, {"Sheet1": rows})


def text(rows: Sequence[Sequence[Any]], delimiter: str = ",", moment: str = "%m/%d/%y %H:%M:%S") -> str:
    """Return a workbook as Excel saves it as CSV: dates in its own fashion."""
    file = io.StringIO()
    written = csv.writer(file, delimiter=delimiter)
    for row in rows:
        written.writerow([c.strftime(moment) if isinstance(c, dt.datetime) else c for c in row])
    return file.getvalue()
