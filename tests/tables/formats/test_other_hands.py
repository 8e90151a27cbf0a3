"""Exports as other versions, languages and hands write them: known, and read as the usual ones are."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from tests.tables.formats.qualtrics_cases import asked, header, response, text
from tests.tables.import_cases import write
from tne.tables.importers import MappingError
from tne.tables.importers.formats import dates
from tne.tables.importers.mapping import Source
from tne.tables.importers.reading import Bad
from tne.tables.importers.recognising import mapping_text, recognise

_FACTS = "1. {}\nTitre\tHaine\nDébut de la réunion\t13/03/2026 08:55:02\nDurée moyenne\t3 min\n\n2. {}\n"
_STAY = "Jo\t13/03/2026 08:55:02\t13/03/2026 10:01:00\t1h 5m 58s\tada@example.org\tADA\t"
_QUIZ = "Nom,Prénom,Numéro d’identification,État,Commencé le,Terminé,Durée,Note/2.00,Q. 1 /2.00\n"
_CAME = "Last name,First name,ID number,{},P,L,E,A,Points\nL,A,7,P (2/2),1,0,0,0,2\n"
_RATING = {"id": 1, "label": "hate", "annotator": 3, "annotation_id": 9, "created_at": "2026-03-02T09:00:00Z"}
_WHEN = dt.datetime(2026, 3, 13, 22, 30, tzinfo=dt.UTC)

#: What is unusual: the format, the export, and a column of it as it must be read.
CASES = {
    "Teams, headers that no table lists": (
        "teams-attendance",
        _FACTS.format("Résumé", "Participants")
        + "Nom\tPremier accès\tSortie finale\tTemps en réunion\tAdresse électronique\tIdentifiant (UPN)\tRôle\n"
        + f"{_STAY}Organisateur/trice\n",
        {
            "Meeting": "Haine",
            "Meeting start": "13/03/2026 08:55:02",
            "Meeting length": None,
            "Join Time": "13/03/2026 08:55:02",
            "Leave Time": "13/03/2026 10:01:00",
            "Duration": "1h 5m 58s",
            "Email": "ada@example.org",
            "Participant ID (UPN)": "ADA",
            "Role": "Organizer",
        },
    ),
    "Teams, German headers of other versions": (
        "teams-attendance",
        "1. Übersicht\nBesprechungsbeginn\t13.03.2026 08:55:02\n2. Teilnehmende\n"
        "Name\tErste Teilnahme, Beitritt\tAusgetreten (Austritt)\tDauer der Teilnahme\tE-Mail\tTeilnehmer-ID\tRolle\n"
        f"{_STAY}Teilnehmer(in)\n",
        {"Meeting start": "13.03.2026 08:55:02", "Duration": "1h 5m 58s", "Role": "Attendee"},
    ),
    "Teams, the first lists": (
        "teams-attendance",
        "Full Name\tJoin Time\tLeave Time\tDuration\nA\t3/13/2021, 9:58 AM\t3/13/2021, 9:59 AM\t1m 2s\n",
        {"Join Time": "3/13/2021 9:58 AM", "Duration": "1m 2s", "Email": None},
    ),
    "Zoom, straight apostrophes": (
        "zoom-attendance",
        "Nom (nom d'origine),E-mail de l'utilisateur,Heure d'arrivée,Heure de départ,Durée (minutes),Invité\n"
        "A,ada@example.org,13/03/2026 08:55:02,13/03/2026 10:01:00,66,Non\n",
        {"Email": "ada@example.org", "Leave Time": "13/03/2026 10:01:00", "Guest": "Non"},
    ),
    "Zoom, without mail": (
        "zoom-attendance",
        "Name (Original Name),Join Time,Leave Time,Duration (Minutes)\nA,03/13/2026 08:55 AM,,66\n",
        {"Duration": "66", "Email": None},
    ),
    "Coop decisions, zone in the header and a comma in the time": (
        "coop-decisions",
        "Decisions,Policies,Reviewer,Queue,Decision Time (UTC),Decision Reason,Link\n"
        '"[""Ignore""]",[],MOD 17,video,"03/13/2026, 10:30:00 PM",,x\n',
        {"Decision Time": _WHEN, "Cases": 1},
    ),
    "Coop decisions, ISO 8601 without offset": (
        "coop-decisions",
        "Decisions,Policies,Reviewer,Queue,Decision Time,Link\n[],[],MOD 17,video,2026-03-13 22:30:00,x\n",
        {"Decision Time": _WHEN},
    ),
    "Coop skips, saved again": (
        "coop-skips",
        "Queue;Reviewer;Link;Decision Time\nvideo;MOD 17;x;03/13/26 10:30:00 PM\n",
        {"Reviewer": "MOD 17", "Decision Time": _WHEN},
    ),
    "Coop appeals, in small letters": (
        "coop-appeals",
        "appealId,appealedBy,appealDecision\na1,u1,accept\n",
        {"appealDecision": "ACCEPT"},
    ),
    "Moodle grades, the first of a month in French": (
        "moodle-grades",
        f"{_QUIZ}N,P,7,Terminé,1er août 2021  13:03,1er août 2021  13:09,6 min,2,2\n",
        {"ID number": "7", "Completed": "2021-08-01T13:09"},
    ),
    "Moodle attendance, no group": (
        "moodle-attendance",
        _CAME.format("12 Feb 2021 9.00AM"),
        {"Session 2021-02-12T09:00 all": "P"},
    ),
    "Moodle attendance, the year first": (
        "moodle-attendance",
        _CAME.format("2021 / 02 / 12 09:00 Common"),
        {"Session 2021-02-12T09:00 all": "P"},
    ),
    "Adobe, names of months, small letters and decimal commas": (
        "adobe-learning-manager",
        "Email,Enrollment Date (UTC TimeZone),Status,Progress %,Quiz_score,Quiz_score_max,Training ID\n"
        'ada@example.org,"Mar 13, 2026 10:30 PM",not started,0,"7,5","10,0",c1\n',
        {"Status": "Not Started", "Enrolled": "Mar 13, 2026 10:30 PM", "Score": "7.5", "Best": "10"},
    ),
    "Label Studio, tabs, and texts with many commas": (
        "label-studio",
        "\t".join(("text", *_RATING)) + "\n" + "\t".join((",;" * 20, *map(str, _RATING.values()))) + "\n",
        {"label": "hate", "text": ",;" * 20},
    ),
    "xAPI, a damaged first line": (
        "xapi",
        '{"actor": {"mbox"\n{"actor": {}, "verb": {"id": "http://adlnet.gov/expapi/verbs/answered"}, "object": {}}\n',
        {"Verb": Bad("not a JSON object")},
    ),
    "Label Studio, without lead time": ("label-studio", json.dumps([_RATING]), {"label": "hate"}),
}


@pytest.mark.parametrize("case", list(CASES))
def test_known_and_read(tmp_path, case):
    name, export, wanted = CASES[case]
    known = recognise(write(tmp_path / "export.txt", export))
    assert known.format.name == name
    sheet = known.format.read(known.path, Source(name="x"))
    assert {column: sheet.cells[0][sheet.headers.index(column)] for column in wanted} == wanted


@pytest.mark.parametrize("fourth", ["c{}", "{}"])
def test_a_fourth_header_row_of_qualtrics(tmp_path, fourth):
    rows = header([asked("Q1")])
    codes = [fourth.format(i) for i in range(len(rows[0]))]
    # A response whose times are damaged is one all the same.
    damaged = ["", "", "IP Address", *[""] * 4, "", "R_1", *[""] * 8, "Agree"]
    for further, first in (([codes, damaged], "R_1"), ([codes, response(2, ["Agree"])], "R_000000000000002")):
        known = recognise(write(tmp_path / "s.csv", text([*rows, *further])))
        sheet = known.format.read(known.path, Source(name="x"))
        assert [row[sheet.headers.index("ResponseId")] for row in sheet.cells] == [first]


@pytest.mark.parametrize(
    ("cell", "form"),
    [
        ("Mar 13, 2026 09:05 PM", "%b %d, %Y %I:%M %p"),
        ("13 March 2026, 21:05:00", "%d %B %Y, %H:%M:%S"),
        ("13-Mar-26 21:05", "%d-%b-%y %H:%M"),
    ],
)
def test_names_of_months(cell, form):
    assert dt.datetime.strptime(cell, form) == dt.datetime(2026, 3, 13, 21, 5)
    assert form in dates.formats([cell], dates.FOUND)


def test_roles_that_nobody_knows_are_told(tmp_path):
    known = recognise(
        write(tmp_path / "r.txt", CASES["Teams, headers that no table lists"][1].replace("Org", "X"))
    )
    notes = known.format.read(known.path, Source(name="x")).notes
    assert notes == ("1 rows name a role that is not known; they count as present, whoever it is.",)


def test_who_answered_or_rated_is_asked_where_the_export_does_not_say(tmp_path):
    quiz = write(
        tmp_path / "q.csv", "ID,Start time,Completion time,Q,Points - Q\n1,2026-03-02,2026-03-02,a,1\n"
    )
    with pytest.raises(MappingError, match="person="):
        mapping_text([quiz], {"programme": "p", "wave": "post", "zone": "UTC"})
    ratings = write(tmp_path / "l.json", CASES["Label Studio, without lead time"][1])
    with pytest.raises(MappingError, match="numbers of Label Studio"):
        mapping_text([ratings], {"calibration": "c", "policy_area": "hate", "label": "label"})
