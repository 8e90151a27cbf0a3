"""What do the words, dates and numbers of Moodle's reports mean, whatever the language of whoever exported?

The words are those of Moodle's language packs (components moodle, quiz, quiz_responses, grades, question,
langconfig), old and new.
"""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache
from typing import Any, cast

from tne.tables.importers.formats.delimited import Aliases
from tne.tables.importers.formats.writing import source_name
from tne.tables.importers.reading import clean

PERSON: Aliases = {
    "Last name": ("Surname", "Nachname", "Apellido(s)", "Apellidos", "Nom", "Nom de famille"),
    "First name": ("Vorname", "Nombre", "Prénom"),
    "Email address": (
        *("E-Mail-Adresse", "E-Mail", "Email", "Dirección de correo", "Dirección de correo electrónico"),
        *("Dirección Email", "Correo electrónico", "Adresse de courriel", "Adresse courriel"),
    ),
    "Username": ("Anmeldename", "Nombre de usuario", "Nom d'utilisateur", "Nom d’utilisateur"),
    "ID number": (
        *("ID-Nummer", "Número de ID", "Número ID", "Numéro d'identification", "Numéro d’identification"),
    ),
    "Institution": ("Institución", "Établissement"),
    "Department": ("Abteilung", "Departamento", "Département"),
}
ATTEMPT: Aliases = {
    "State": ("Status", "Estado", "Estatus", "État"),
    "Started": (
        "Started on",
        "Begonnen am",
        "Begonnen",
        "Comenzado el",
        "Comenzado",
        "Commencé le",
        "Commencé",
    ),
    "Completed": ("Beendet", "Abgeschlossen", "Finalizado", "Completado", "Terminé"),
    "Duration": (
        *("Time taken", "Verbrauchte Zeit", "Dauer", "Tiempo requerido", "Tiempo empleado", "Duración"),
        *("Temps utilisé", "Durée"),
    ),
    "Grade/*": ("Bewertung/*", "Calificación/*", "Note/*", "Mark/*"),
    "Feedback": ("Rückmeldung", "Retroalimentación", "Comentario -", "Comentarios"),
}
#: Which identity column is asked first, and which aliases of the roster it can be.
IDENTITY = {
    "Email address": ("mail", "upn"),
    "Username": ("username", "upn"),
    "ID number": ("employee_number",),
}
FINISHED = {"finished", "beendet", "abgeschlossen", "finalizado", "terminado", "terminé"}
SUBMITTED = {"submitted", "abgegeben", "enviado", "entregado", "envoyé", "remis"}
UNGRADED = {
    *("not yet graded", "requires grading", "noch nicht bewertet", "bewertung notwendig"),
    *("sin calificar aún", "requiere calificación", "pas encore évalué", "nécessite évaluation"),
}
_MONTHS = (
    *("january januar jänner enero janvier", "february februar feber febrero février fevrier"),
    *("march märz mrz marzo mars", "april abril avril", "may mai mayo", "june juni junio juin"),
    *("july juli julio juillet", "august agosto août aout", "september septiembre setiembre septembre"),
    *(
        "october oktober octubre octobre",
        "november noviembre novembre",
        "december dezember diciembre décembre",
    ),
)
_MONTH = {word: number for number, words in enumerate(_MONTHS, start=1) for word in words.split()}
_DAY_FIRST = r"(?:[^\W\d_]+\.?,? )?(?P<d>\d{1,2})(?:\.|er)?(?: de)? (?P<m>[^\W\d_]+\.?)"
_DAY = rf"(?:{_DAY_FIRST}|(?P<m2>[^\W\d_]+) (?P<d2>\d{{1,2}}),?)"
_CLOCK = r"(?P<h>\d{1,2})[:.](?P<min>\d{2})(?: ?(?P<half>[ap])\.? ?m\.?)?"
_WHEN = re.compile(rf"{_DAY}(?: de)? (?P<y>\d{{4}}),?(?: (?:à|um|at|a las))? {_CLOCK}", re.IGNORECASE)
_NUMBERS = re.compile(rf"(?P<d>\d{{1,2}})\.(?P<m>\d{{1,2}})\.(?P<y>\d{{4}}) {_CLOCK}", re.IGNORECASE)
_YEAR_FIRST = re.compile(
    rf"(?P<y>\d{{4}})(?:-| ?/ ?)(?P<m>\d{{1,2}})(?:-| ?/ ?)(?P<d>\d{{1,2}})[ T]{_CLOCK}", re.IGNORECASE
)
_AMERICAN = re.compile(
    rf"(?P<m>\d{{1,2}})/(?P<d>\d{{1,2}})/(?P<y>\d{{4}}) {_CLOCK.removesuffix('?')}", re.IGNORECASE
)
# What the plugin calls a session of everybody.
_ALL = {
    *("", "all students", "common", "all", "gemeinsame", "alle teilnehmer/innen", "alle", "común"),
    *("todos los estudiantes", "commune", "tous les étudiants", "tous"),
}
_MARK = re.compile(r"(?:Q\.|F\.?|P\.) ?(?P<number>[^/]*[^/ ]) ?/ ?(?P<best>\d+(?:[.,]\d+)?)", re.IGNORECASE)
# The right answer comes first: in Spanish and French its header begins as that of the response does.
_ANSWERS = {
    name: re.compile(rf"(?:{words}) (?P<number>\S+)", re.IGNORECASE)
    for name, words in {
        "Right answer": "Right answer|Richtige Antwort|Respuesta correcta|Réponse correcte|Bonne réponse",
        "Response": "Response|Antwort|Respuesta|Réponse",
        "Question": "Question|Frage|Pregunta",
    }.items()
}


def numbered(header: str) -> str:
    """Return the header of a question in English, with a decimal point; other headers as they are.

    Examples
    --------
    >>> numbered("F 3 /1,00"), numbered("Richtige Antwort 3"), numbered("Grade/9,00")
    ('Q. 3 /1.00', 'Right answer 3', 'Grade/9.00')
    """
    found = _MARK.fullmatch(header)
    if found:
        return f"Q. {found['number']} /{found['best'].replace(',', '.')}"
    for name, pattern in _ANSWERS.items():
        found = pattern.fullmatch(header)
        if found:
            return f"{name} {found['number']}"
    return decimal(header, r"Grade/\d+")


def decimal(text: str, before: str = r"-?\d+") -> str:
    """Return a number with a decimal point instead of the comma; anything else as it is."""
    found = re.fullmatch(rf"({before}),(\d+)", text)
    return f"{found[1]}.{found[2]}" if found else text


def moment(cell: Any) -> Any:
    """Return a date and time as ISO 8601, anything that is none as it is.

    Examples
    --------
    >>> moment("12 February 2021  1:03 PM"), moment("12 de febrero de 2021  13:03"), moment("-")
    ('2021-02-12T13:03', '2021-02-12T13:03', '-')
    """
    if isinstance(cell, dt.datetime):  # a workbook that a spreadsheet program has saved again
        return cell.isoformat(timespec="seconds" if cell.second else "minutes")
    return _moment(cell) if isinstance(cell, str) else cell


@lru_cache(maxsize=1 << 16)
def _moment(cell: str) -> str:
    found = _WHEN.fullmatch(clean(cell))
    return (found and _iso(found)) or cell


def session(header: str) -> str:
    """Return the header of a session of the attendance plugin as ``Session 2021-02-12T13:03 group``.

    Other headers stay as they are. The plugin's own languages write days with points day first, with slashes and the
    year behind month first and with am or pm (American), and with the year first (Japanese, and ISO 8601).

    Examples
    --------
    >>> session("12.02.2021 13.03 All students"), session("12 Feb 2021 1.03PM Group B"), session("Points")
    ('Session 2021-02-12T13:03 all', 'Session 2021-02-12T13:03 group-b', 'Points')
    """
    for pattern in (_NUMBERS, _AMERICAN, _YEAR_FIRST, _WHEN):
        found = pattern.match(header)
        when = _iso(found) if found else ""
        if when:
            group = header[cast(re.Match[str], found).end() :].strip()
            return f"Session {when} {'all' if group.casefold() in _ALL else source_name(group)}"
    return header


def _iso(found: re.Match[str]) -> str:
    """Return the matched time in ISO 8601, "" if it is none."""
    got = found.groupdict()
    word = got.get("m") or got.get("m2") or ""
    month = int(word) if word.isdecimal() else _month(word)
    hour, half = int(got["h"]), (got.get("half") or "").casefold()
    if not month or (half and not 1 <= hour <= 12):
        return ""
    hour = hour % 12 + 12 * (half == "p") if half else hour
    return f"{got['y']}-{month:02}-{int(got.get('d') or got['d2']):02}T{hour:02}:{got['min']}"


def _month(word: str) -> int:
    """Return the number of a month's name in any of the languages, or of its beginning; 0 if it is none."""
    text = word.casefold().rstrip(".")
    found = {number for name, number in _MONTH.items() if name.startswith(text)} if len(text) > 2 else set()
    return _MONTH.get(text) or (found.pop() if len(found) == 1 else 0)


def is_mark(header: str) -> bool:
    """Whether a column holds marks: those of a question or of the whole quiz."""
    return bool(re.fullmatch(r"(Grade|Q\. .+ )/\d+(\.\d+)?", header))


def is_answer(header: str) -> bool:
    """Whether a column belongs to the report of the responses."""
    return any(re.fullmatch(rf"{name} \S+", header) for name in _ANSWERS)
