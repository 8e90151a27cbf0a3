"""Reports of meetings as Teams and Zoom write them, with invented people, and a desk to import them."""

from __future__ import annotations

import csv
import hashlib
import io

import pandas as pd

from tests.tables.import_cases import ROSTER, ROSTER_MAP, write
from tne.tables.importers import import_export
from tne.tables.importers.importing import import_known
from tne.tables.importers.touching import read_stored

WORDS = {
    "en": {
        "titles": ("1. Summary", "2. Participants", "3. In-Meeting Activities"),
        "facts": ("Meeting title", "Attended participants", "Start time", "End time", "Meeting duration"),
        "people": "Name|First Join|Last Leave|In-Meeting Duration|Email|Participant ID (UPN)|Role",
        "joins": "Name|Join Time|Leave Time|Duration|Email|Role",
        "roles": ("Organizer", "Presenter", "Attendee"),
        "length": "{h}h {m}m {s}s",
        "time": "%-m/%-d/%y, %-I:%M:%S %p",
    },
    "de": {
        "titles": ("1. Zusammenfassung", "2. Teilnehmer", "3. Aktivitäten in der Besprechung"),
        "facts": ("Besprechungstitel", "Teilnehmer", "Startzeit", "Endzeit", "Besprechungsdauer"),
        "people": "Name|Erster Beitritt|Letztes Verlassen|Dauer der Besprechung|E-Mail|Teilnehmer-ID (UPN)|Rolle",
        "joins": "Name|Beitreten|Verlassen|Dauer|E-Mail|Rolle",
        "roles": ("Organisator", "Referent", "Teilnehmer"),
        "length": "{h} Std. {m} Min. {s} Sek.",
        "time": "%d.%m.%y, %H:%M:%S",
    },
    "es": {
        "titles": ("1. Resumen", "2. Participantes", "3. Actividades en la reunión"),
        "facts": (
            "Título de la reunión",
            "Participantes",
            "Hora de inicio",
            "Hora de fin",
            "Duración de la reunión",
        ),
        "people": (
            "Nombre|Primera entrada|Última salida|Duración de la reunión|Correo electrónico|"
            "Id. de participante (UPN)|Rol"
        ),
        "joins": "Nombre|Hora de entrada|Hora de salida|Duración|Correo electrónico|Rol",
        "roles": ("Organizador", "Moderador", "Asistente"),
        "length": "{h} h {m} min {s} s",
        "time": "%-d/%-m/%y, %-H:%M:%S",
    },
    "fr": {
        "titles": ("1. Résumé", "2. Participants", "3. Activités pendant la réunion"),
        "facts": (
            "Titre de la réunion",
            "Participants",
            "Heure de début",
            "Heure de fin",
            "Durée de la réunion",
        ),
        "people": (
            "Nom|Première connexion|Dernier départ|Durée de la réunion|Adresse e-mail|ID de participant (UPN)|Rôle"
        ),
        "joins": "Nom|Heure d’arrivée|Heure de départ|Durée|Adresse e-mail|Rôle",
        "roles": ("Organisateur", "Présentateur", "Participant"),
        "length": "{h}h {m}min {s}s",
        "time": "%d/%m/%Y %H:%M:%S",
    },
}


class Desk:
    """A workspace with a roster, and a short way to import reports."""

    def __init__(self, folder):
        self.folder, self.root = folder, folder / "ws"
        import_export(
            write(folder / "roster.toml", ROSTER_MAP), write(folder / "roster.csv", ROSTER), self.root
        )

    def put(self, text, name, encoding="utf-8"):
        return write(self.folder / name, text, encoding)

    def known(self, path, **answers):
        return import_known(path, self.root, answers)

    def table(self, name):
        return read_stored(self.root, name)

    def state(self):
        return {p: p.read_bytes() for p in sorted(self.root.rglob("*")) if p.is_file()}


def at(clock, day="2026-03-13"):
    """Return a moment of the meeting's day."""
    return pd.Timestamp(f"{day} {clock}")


def length(delta, form="{h}h {m}m {s}s"):
    """Return a duration as Teams writes it."""
    seconds = int(delta.total_seconds())
    return form.format(h=seconds // 3600, m=seconds // 60 % 60, s=seconds % 60)


def teams(joins, language="en", *, title="Hate speech", single=True, extra=()):
    """Return a report: joins are (name, from, to, mail, upn, role number)."""
    words = WORDS[language]
    moment = lambda when: when.strftime(words["time"])  # noqa: E731
    start, end = min(j[1] for j in joins), max(j[2] for j in joins)
    span = lambda a, b: length(b - a, words["length"])  # noqa: E731
    facts = (title, str(len(joins)), moment(start), moment(end), span(start, end))
    lines = [[words["titles"][0]], *map(list, zip(words["facts"], facts, strict=True)), []]
    lines += [[words["titles"][1]], words["people"].split("|")]
    people = {}
    for name, first, last, mail, upn, role in joins:
        people.setdefault((name, mail, upn, role), []).append((first, last))
    for (name, mail, upn, role), own in people.items():
        total = sum((b - a for a, b in own), pd.Timedelta(0))
        ends = moment(min(a for a, _ in own)), moment(max(b for _, b in own))
        lines.append([name, *ends, length(total, words["length"]), mail, upn, words["roles"][role]])
    if single:
        lines += [[], [words["titles"][2]], words["joins"].split("|")]
        lines += [
            [n, moment(a), moment(b), span(a, b), mail, words["roles"][r]] for n, a, b, mail, _, r in joins
        ]
    return joined([*lines, *extra], "\t")


def joined(lines, delimiter=","):
    """Return rows as delimited text."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator="\r\n").writerows(lines)
    return text.getvalue()


def tag(*drawn):
    """Return a short text of its own for each example of a property test, the same in every run."""
    return hashlib.sha256(repr(drawn).encode()).hexdigest()[:12]
