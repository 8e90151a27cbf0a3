"""What do the words, dates and numbers of Moodle's reports mean, whatever the language of whoever exported?

The words are those of Moodle's language packs (components moodle, quiz, quiz_responses, grades, question,
langconfig), old and new.
"""

from __future__ import annotations

import re
from typing import Any

from tne.tables.importers.formats.delimited import Aliases
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
    "Institution": ("Institución",),
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
    *("march märz marzo mars", "april abril avril", "may mai mayo", "june juni junio juin"),
    *("july juli julio juillet", "august agosto août aout", "september septiembre setiembre septembre"),
    *(
        "october oktober octubre octobre",
        "november noviembre novembre",
        "december dezember diciembre décembre",
    ),
)
_MONTH = {word: number for number, words in enumerate(_MONTHS, start=1) for word in words.split()}
_DAY = (
    r"(?:(?:[^\W\d_]+\.?,? )?(?P<d>\d{1,2})\.?(?: de)? (?P<m>[^\W\d_]+)|(?P<m2>[^\W\d_]+) (?P<d2>\d{1,2}),?)"
)
_CLOCK = r"(?P<h>\d{1,2})[:.](?P<min>\d{2})(?: ?(?P<half>[ap])\.? ?m\.?)?"
_WHEN = re.compile(rf"{_DAY}(?: de)? (?P<y>\d{{4}}),?(?: (?:à|um|at|a las))? {_CLOCK}", re.IGNORECASE)
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
    found = _WHEN.fullmatch(clean(cell)) if isinstance(cell, str) else None
    month = _MONTH.get((found["m"] or found["m2"]).casefold()) if found else None
    if not found or not month:
        return cell
    hour, half = int(found["h"]), (found["half"] or "").casefold()
    if half and not 1 <= hour <= 12:
        return cell
    hour = hour % 12 + 12 * (half == "p") if half else hour
    return f"{found['y']}-{month:02}-{int(found['d'] or found['d2']):02}T{hour:02}:{found['min']}"


def is_mark(header: str) -> bool:
    """Whether a column holds marks: those of a question or of the whole quiz."""
    return bool(re.fullmatch(r"(Grade|Q\. .+ )/\d+(\.\d+)?", header))


def is_answer(header: str) -> bool:
    """Whether a column belongs to the report of the responses."""
    return any(re.fullmatch(rf"{name} \S+", header) for name in _ANSWERS)
