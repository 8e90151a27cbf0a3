"""Moodle's quiz reports, written as Moodle writes them: headers, dates and decimals of four languages, old and new."""

from __future__ import annotations

import csv
import datetime as dt
import io
from pathlib import Path

from tests.tables.import_cases import ROSTER, ROSTER_MAP, write
from tne.tables.importers import import_export, import_known
from tne.tables.importers.touching import read_stored

ZONE = {"zone": "Europe/Berlin"}
ASKED = {"programme": "hate-2026", "wave": "post", **ZONE}
# Names of months in dates: Moodle takes them from the server's locale.
_MONTHS = {
    "en": "January February March April May June July August September October November December",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
}
MONTHS = {name: months.split() for name, months in _MONTHS.items()}
# last name, first name, institution, department, mail, state, start, end, duration, grade, question
HEAD = {
    "old": "Surname|First name|Institution|Department|Email address|State|Started on|Completed|Time taken|Grade|Q. ",
    "en": "Last name|First name|Institution|Department|Email address|Status|Started|Completed|Duration|Grade|Q. ",
    "de": "Nachname|Vorname|Institution|Abteilung|E-Mail-Adresse|Status|Begonnen am|Beendet|"
    "Verbrauchte Zeit|Bewertung|F ",
    "es": "Apellido(s)|Nombre|Institución|Departamento|Dirección de correo|Estado|Comenzado el|Finalizado|"
    "Tiempo requerido|Calificación|P. ",
    "fr": "Nom|Prénom|Institution|Département|Adresse de courriel|État|Commencé le|Terminé|Temps utilisé|Note|Q. ",
}
FINISHED = {"en": "Finished", "de": "Beendet", "es": "Finalizado", "fr": "Terminé"}
RUNNING = {"en": "In progress", "de": "In Bearbeitung", "es": "En curso", "fr": "En cours"}
OVERDUE = {"en": "Overdue", "de": "Überfällig", "es": "Atrasado", "fr": "En retard"}
NEVER = {"en": "Never submitted", "de": "Nie abgeschlossen", "es": "Nunca envió", "fr": "Jamais remis"}
AVERAGE = {
    "en": "Overall average",
    "de": "Gesamtdurchschnitt",
    "es": "Promedio general",
    "fr": "Moyenne globale",
}
UNGRADED = {
    "en": "Not yet graded",
    "de": "Noch nicht bewertet",
    "es": "Sin calificar aún",
    "fr": "Pas encore évalué",
}
ESSAY = {
    "en": "Requires grading",
    "de": "Bewertung notwendig",
    "es": "Requiere calificación",
    "fr": "Nécessite évaluation",
}
TAKEN = {
    "en": "16 days 14 hours",
    "de": "16 Tage 14 Stunden",
    "es": "16 días 14 horas",
    "fr": "16 jours 14 heures",
}


def tongue(language: str) -> str:
    """Return the language of a set of headers: "old" is English."""
    return "en" if language == "old" else language


def when(moment: dt.datetime | None, language: str) -> str:
    """Return a time as the reports write it: the language's own format with blanks instead of commas."""
    if moment is None:
        return "-"
    language = tongue(language)
    month = MONTHS[language][moment.month - 1]
    clock = f"{moment:%H:%M}"
    if language == "en":
        return f"{moment.day} {month} {moment.year}  {moment.hour % 12 or 12}:{moment:%M} {moment:%p}"
    if language == "de":
        return f"{moment.day}. {month} {moment.year}  {clock}"
    if language == "es":
        return f"{moment.day} de {month} de {moment.year}  {clock}"
    return f"{moment.day} {month} {moment.year}  {clock}"


def mark(value: float | str | None, language: str, digits: int = 2) -> str:
    """Return a mark as the reports write it."""
    if value is None or isinstance(value, str):
        return value or "-"
    text = f"{value:.{digits}f}"
    return text if tongue(language) == "en" else text.replace(".", ",")


def table(rows: list[list[str]], delimiter: str = ",") -> str:
    """Return rows as CSV."""
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return out.getvalue()


def header(language: str, best: list[float]) -> list[str]:
    """Return the header of the grades report for questions with these best marks."""
    *names, grade, letter = HEAD[language].split("|")
    questions = [f"{letter}{i} /{mark(b, language)}" for i, b in enumerate(best, start=1)]
    return [*names, f"{grade}/{mark(sum(best), language)}", *questions]


def attempt(
    mail: str,
    start: dt.datetime | None,
    end: dt.datetime | None,
    marks: list,
    language: str = "old",
    state: str = "",
    name: tuple[str, str] = ("Lovelace", "Ada"),
    grade: float | str | None = None,
) -> list[str]:
    """Return one row of the grades report."""
    own = tongue(language)
    state = state or (FINISHED[own] if end else RUNNING[own] if start else "-")
    if grade is None and end:
        grade = float(sum(m for m in marks if isinstance(m, (int, float))))
    times = [when(start, language), when(end, language), TAKEN[own] if end else "-"]
    return [
        *name,
        "",
        "Safety",
        mail,
        state,
        *times,
        mark(grade, language),
        *(mark(m, language) for m in marks),
    ]


def average(language: str, marks: list[float], label: str = "") -> list[str]:
    """Return the last row: nobody's."""
    cells = [mark(sum(marks), language), *(mark(m, language) for m in marks)]
    return [label or AVERAGE[tongue(language)], *[""] * 8, *cells]


QUESTION = {"en": "Question", "de": "Frage", "es": "Pregunta", "fr": "Question"}
RESPONSE = {"en": "Response", "de": "Antwort", "es": "Respuesta", "fr": "Réponse"}
RIGHT = {"en": "Right answer", "de": "Richtige Antwort", "es": "Respuesta correcta", "fr": "Réponse correcte"}


def answers_header(language: str, questions: int, *, right: bool = True, text: bool = False) -> list[str]:
    """Return the header of the responses report: as the grades, then columns for each question."""
    own = tongue(language)
    kinds = [kind[own] for kind, shown in ((QUESTION, text), (RESPONSE, True), (RIGHT, right)) if shown]
    return [*header(language, [9])[:10], *(f"{kind} {i + 1}" for i in range(questions) for kind in kinds)]


def answered(row: list[str], *cells: str) -> list[str]:
    """Return a row of the grades report as a row of the responses report."""
    return [*row[:10], *cells]


class Desk:
    """A workspace with a roster, and short ways to import and look."""

    def __init__(self, folder: Path, monkeypatch) -> None:
        monkeypatch.setenv("TNE_CONFIG_HOME", str(folder / "config"))
        self.folder, self.root = folder, folder / "ws"
        import_export(
            write(folder / "roster.toml", ROSTER_MAP), write(folder / "roster.csv", ROSTER), self.root
        )

    def run(self, text, answers=None, name="TS101-Hate speech-grades.csv", encoding="utf-8"):
        """Import a text (or a file) as a known format."""
        path = write(self.folder / name, text, encoding) if isinstance(text, str) else text
        return import_known(path, self.root, ASKED if answers is None else answers)

    def stored(self, name="responses"):
        """Return a stored table."""
        return read_stored(self.root, name)
