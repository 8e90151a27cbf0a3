"""One person under many identifiers is one person; two people with one name, one mailbox or one old login stay two."""

from __future__ import annotations

import datetime as dt
import json
import unicodedata

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tables.formats.meeting_cases import at, teams
from tests.tables.formats.moodle_cases import attempt, header, table
from tests.tables.identity_cases import AUDITS, AUDITS_MAP, LEGACY_MAP, bring, company, person, rows
from tests.tables.import_cases import write
from tne.cli import main
from tne.tables.importers import ContractError, MappingError, import_known, quarantined
from tne.tables.importers.rosters import Roster
from tne.tables.importers.touching import read_stored
from tne.tables.importers.whoiswho import who_is_who
from tne.tables.pseudonyms import normalise, read_aliases

HR_MAP = """
[source]
name = "hr"
ignore = ["Name"]
[[table]]
into = "moderators"
[table.columns]
valid_from = "Since"
valid_to = { column = "Until", optional = true }
left_on = { column = "Left", optional = true }
team = "Team"
hired_on = "Since"
[table.columns.moderator_id.person]
column = "No"
kind = "employee_number"
create = true
aliases = { mail = "Mail", upn = "UPN", username = "Login" }
[table.constants]
market = "DE"
"""
HR = """No,Name,Mail,UPN,Login,Team,Since
1001,Ada A,ada@example.org,n17@corp.example.org,ada,Blue,2024-01-08
1002,Ada A,ada.a@example.org,n18@corp.example.org,ada2,Blue,2024-02-05
1003,Cem C,cem@example.org,cem@example.org,cem,Red,2024-03-04
"""
VENDOR_MAP = (
    HR_MAP.replace('name = "hr"', 'name = "vendor"')
    .replace('kind = "employee_number"', 'kind = "username"')
    .replace(', upn = "UPN", username = "Login"', "")
)
PRODUCTION_MAP = """
[source]
name = "production"
[[table]]
into = "production"
[table.columns]
moderator_id = { person = { column = "Personnel number", kind = "employee_number" } }
date = "Day"
cases = "Cases"
[table.constants]
market = "DE"
queue = "video"
"""


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("TNE_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path / "ws"


def quiz(*mails, day="2026-03-02"):
    return "Mail,Score,Completed\n" + "".join(f"{m},1,{day}T09:0{i}Z\n" for i, m in enumerate(mails))


def check(root, capsys):
    """Return what `tne check` says of people, as JSON and in words."""
    main(["check", "--json", "--workspace", str(root)])
    told = json.loads(capsys.readouterr().out)
    main(["check", "--workspace", str(root)])
    return told["people"], capsys.readouterr().out


# One person, four exports


def test_four_exports_under_four_identifiers_end_as_one_person(root):
    folder = root.parent
    bring(root, "hr", HR, HR_MAP)
    start = dt.datetime(2026, 3, 2, 9, 0)
    done = start + dt.timedelta(minutes=20)
    grades = [
        header("old", [1.0]),
        attempt("ADA@example.org", start, done, [1], "old", name=("A", "Ada")),
        attempt("ada.a@example.org", start, done, [0], "old", name=("A", "Ada")),
    ]
    asked = {"programme": "p", "wave": "post"}
    path = write(folder / "TS101-Hate speech-grades.csv", table(grades))
    import_known(path, root, {**asked, "zone": "Europe/Berlin"})
    said = [
        {
            "id": f"00000000-0000-0000-0000-00000000000{i}",
            "actor": {"account": {"homePage": "https://lms.example.org", "name": who}},
            "verb": {"id": "http://adlnet.gov/expapi/verbs/answered"},
            "object": {"id": "https://lms.example.org/quiz/hate/q1", "objectType": "Activity"},
            "result": {"score": {"raw": i, "max": 1, "min": 0, "scaled": i}},
            "context": {
                "contextActivities": {"parent": [{"id": "https://lms.example.org/quiz/hate"}]},
                "registration": f"00000000-0000-0000-0000-00000000001{i}",
            },
            "timestamp": "2026-03-03T09:00:00.000Z",
        }
        for i, who in enumerate(("Ada2", "Ada"))
    ]
    import_known(write(folder / "statements.json", json.dumps(said)), root, asked)
    joins = [
        ("Ada A", at("09:00:00"), at("10:00:00"), "", "N17@corp.example.org", 2),
        ("Ada A", at("09:00:00"), at("09:30:00"), "", "n18@corp.example.org", 2),
    ]
    meeting = write(folder / "report.csv", teams(joins, single=False), "utf-16")
    import_known(meeting, root, {"session": "s1", "zone": "Europe/Berlin"})
    bring(
        root,
        "production",
        "Personnel number,Day,Cases\n1001,2026-03-02,7\n1002,2026-03-02,8\n",
        PRODUCTION_MAP,
    )

    people = read_stored(root, "moderators")["moderator_id"]
    assert people.nunique() == 3
    answers = read_stored(root, "responses")
    ada = set(answers.loc[answers["score"] == 1, "moderator_id"])
    stays, cases = read_stored(root, "attendance"), read_stored(root, "production")
    assert len(answers) == 4
    assert len(ada) == 1
    assert ada == set(stays.loc[stays["minutes"] == 60, "moderator_id"])
    assert ada == set(cases.loc[cases["cases"] == 7, "moderator_id"])
    # The other person of that name is as consistently somebody else.
    other = set(answers.loc[answers["score"] == 0, "moderator_id"])
    assert other == set(stays.loc[stays["minutes"] == 30, "moderator_id"])
    assert other == set(cases.loc[cases["cases"] == 8, "moderator_id"])
    assert len(other) == 1
    assert not ada & other


def test_a_upn_that_is_the_mail_is_one_person(root):
    bring(root, "hr", HR, HR_MAP)
    both = LEGACY_MAP.replace('kind = "mail"', 'kind = ["mail", "upn"]')
    report = bring(root, "legacy", quiz("cem@example.org"), both).table("responses")
    assert (report.stored, report.ambiguous) == (1, 0)


# What changes over time


def test_a_mail_that_changed_is_another_alias_of_the_same_person(root):
    bring(root, "hr", HR, HR_MAP)
    bring(root, "hr", HR.replace("ada@example.org", "ada.married@example.org"), HR_MAP)
    report = bring(root, "legacy", quiz("ada@example.org", "ada.married@example.org"), LEGACY_MAP)
    assert report.table("responses").stored == 2
    assert len(set(rows(root)["responses"]["moderator_id"])) == 1
    assert rows(root)["moderators"]["moderator_id"].nunique() == 3


def test_an_export_before_the_roster_resolves_when_it_is_imported_again(root):
    text = quiz("ada@example.org", "somebody@elsewhere.example")
    outside = LEGACY_MAP.replace('kind = "mail"', 'kind = "mail", outside = true')
    first = bring(root, "legacy", text, outside).table("responses")
    assert (first.stored, first.unmatched) == (0, 2)
    bring(root, "hr", HR, HR_MAP)
    again = bring(root, "legacy", text, outside).table("responses")
    assert (again.stored, again.unmatched) == (1, 1)
    assert sum(quarantined(root).values()) == 1


HANDED = """No,Name,Mail,UPN,Login,Team,Since,Left
1001,Ada A,ada@example.org,,qa7,Blue,2024-01-08,{left}
1009,Ben B,ben@example.org,,qa7,Blue,2026-03-01,
1003,Cem C,cem@example.org,,cem,Red,2024-03-04,
"""


def handed_on(root, left, decided):
    bring(root, "hr", HANDED.format(left=left), HR_MAP)
    text = "ID,Case,Agent,QA,Decided,Audited\n" + "".join(
        f"{who}{day},C,{who},x,{day}T09:00Z,{day}T10:00Z\n" for who in ("qa7", "cem") for day in decided
    )
    return bring(root, "qa", text, AUDITS_MAP).table("audits")


def test_a_login_that_was_handed_on_is_whose_it_was_that_day(root):
    report = handed_on(root, "2026-01-31", ("2026-01-10", "2026-02-14", "2026-03-10"))
    # Between the two nobody had it.
    assert (report.stored, report.ambiguous) == (3 + 2, 1)
    audits = rows(root)["audits"].sort_values("audit_id")
    (ada,), (ben,) = person(root, "ada@example.org"), person(root, "ben@example.org")
    assert audits["moderator_id"].tolist()[3:] == [ada, ben]


def test_until_the_roster_says_who_left_it_stays_ambiguous_and_is_told(root, capsys):
    report = handed_on(root, "", ("2026-01-10", "2026-03-10", "2026-03-11"))
    # Before Ben came it can only have been Ada's.
    assert (report.stored, report.ambiguous) == (3 + 1, 2)
    people, said = check(root, capsys)
    assert people["shared_aliases"] == {"username": 1}
    assert people["shared_people"] == 2
    assert "qa, audits: 2 rows with an alias of several people" in said
    assert "1 alias of the kind username means more than one person" in said
    assert "qa7" not in said


def test_on_the_day_between_zones_nobody_is_guessed(root):
    report = handed_on(root, "2026-02-28", ("2026-02-28", "2026-03-01"))
    assert (report.stored, report.ambiguous) == (2, 2)


def test_who_came_back_was_away_between():
    """A login that somebody else had meanwhile is not theirs on those days, and theirs again afterwards."""
    spells = pd.DataFrame(
        [
            ("m_1", "2023-01-02", "2023-01-02", "2023-12-31", None),
            ("m_1", "2024-01-01", "2023-01-02", None, "2024-01-31"),
            ("m_1", "2025-01-06", "2025-01-06", None, None),
            ("m_2", "2024-02-05", "2024-02-01", "2024-12-31", None),
        ],
        columns=["moderator_id", "valid_from", "hired_on", "valid_to", "left_on"],
    )
    spells[spells.columns[1:]] = spells[spells.columns[1:]].apply(pd.to_datetime)
    roster = Roster(spells)
    days = ["2022-12-01", "2023-06-01", "2024-01-15", "2024-06-01", "2025-06-01"]
    assert [roster.at_work("m_1", day) for day in days] == [False, True, True, False, True]
    assert [roster.at_work("m_2", day) for day in days] == [False, False, False, True, False]
    assert not roster.at_work("m_3", days[0])


# Two rosters


VENDOR = """No,Name,Mail,Team,Since
v-77,Ada A,ada@example.org,Vendor,2025-01-06
v-78,Eve E,eve@vendor.example,Vendor,2025-01-06
"""


def test_two_rosters_make_two_people_and_say_so(root, capsys):
    bring(root, "hr", HR, HR_MAP)
    bring(root, "vendor", VENDOR, VENDOR_MAP)
    assert read_aliases(root)["moderator_id"].nunique() == 5
    people, said = check(root, capsys)
    assert people["shared_aliases"] == {"mail": 1}
    assert "`known_by`" in said


def test_a_trusted_alias_makes_them_one(root, capsys):
    bring(root, "hr", HR, HR_MAP)
    trusted = VENDOR_MAP.replace("create = true", 'create = true\nknown_by = ["mail"]')
    bring(root, "vendor", VENDOR, trusted)
    assert read_aliases(root)["moderator_id"].nunique() == 4
    assert person(root, "v-77", "username") == person(root, "1001", "employee_number")
    assert not bring(root, "vendor", VENDOR, trusted).changed
    assert check(root, capsys)[0]["shared_aliases"] == {}


def test_a_trusted_alias_never_joins_two_rows_of_one_roster(root):
    shared = VENDOR.replace("eve@vendor.example", "ada@example.org")
    trusted = VENDOR_MAP.replace("create = true", 'create = true\nknown_by = ["mail"]')
    bring(root, "vendor", shared, trusted)
    assert read_aliases(root)["moderator_id"].nunique() == 2


def test_what_is_trusted_must_be_declared(root):
    wrong = VENDOR_MAP.replace("create = true", 'create = true\nknown_by = ["upn"]')
    with pytest.raises(MappingError, match="`known_by` must be of the `aliases`"):
        bring(root, "vendor", VENDOR, wrong)


def test_a_row_without_a_number_waits_and_registers_nobody(root):
    text = HR.replace("1003,", ",")
    report = bring(root, "hr", text, HR_MAP).table("moderators")
    assert (report.stored, report.quarantined) == (2, 1)
    assert not person(root, "cem@example.org")
    with pytest.raises(ContractError, match="1 of 1 rows are bad"):
        bring(root, "legacy", quiz("cem@example.org"), LEGACY_MAP)


# How aliases are written


@pytest.mark.parametrize(
    "written",
    [
        " ada@example.org ",
        "ＡＤＡ＠ｅｘａｍｐｌｅ．ｏｒｇ",
        "ada@example.org\u00a0",
        "\u200fada@example.org\u200e",
        "\u2066ada@example.org\u2069",
        "ada\u200b@example.org",
        "\ufeffada@example.org",
        "a\u00adda@example.org",
    ],
    ids=["spaces", "full width", "no-break", "right to left", "isolate", "zero width", "mark", "hyphen"],
)
def test_what_nobody_sees_makes_no_other_person(written):
    assert normalise(written) == "ada@example.org"


def test_both_kinds_of_i_are_one_letter():
    """Capitals by Turkish rules: i becomes İ, and ı becomes I."""
    assert {normalise(text) for text in ("ilker.isik", "İLKER.İSİK", "ILKER.ISIK", "ılker.ısık")} == {
        "ilker.isik"
    }
    assert normalise("ışık") != normalise("isik")


def test_invisible_marks_in_exports_and_rosters_find_the_person(root):
    bring(root, "hr", HR.replace("ada@example.org", "\u200fada@example.org"), HR_MAP)
    report = bring(root, "legacy", quiz("ada\u200b@example.org", "CEM@EXAMPLE.ORG "), LEGACY_MAP)
    assert report.table("responses").stored == 2


@given(st.text())
@settings(derandomize=True, deadline=None, max_examples=200, database=None)
def test_an_alias_in_its_form_keeps_it(text):
    once = normalise(text)
    assert normalise(once) == once
    assert normalise(f" \u200f{text}\u200b\n") == once
    assert normalise(unicodedata.normalize("NFD", text)) == once


# tne check


def test_check_lists_what_to_do_and_no_value(root, capsys):
    company(root)
    people, said = check(root, capsys)
    assert people["unresolved"] == [
        {
            "source": s,
            "table": t,
            "unmatched": 1,
            "ambiguous": 0,
            "no_alias": 0,
            "not_in_roster": 0,
            "recorded": 1,
        }
        for s, t in (("qa", "audits"), ("quiz", "responses"))
    ]
    assert people["shared_aliases"] == {"mail": 1}
    assert people["without_spell"] == {}
    assert people["without_rows"] == {"people": 0, "aliases": 0}
    assert "quiz, responses: 1 row of people whom no roster knows." in said
    assert not [word for word in ("example.org", "ghost", "stranger") if word in said]
    for path in (root / "quarantine").glob("*/*.csv"):
        path.unlink()
    assert "qa, audits: 1 row more of unknown people were set aside" in check(root, capsys)[1]


def test_check_finds_gaps_between_roster_and_rows(root, capsys):
    overlap = HR + "1001,Ada A,ada@example.org,n17@corp.example.org,ada,Green,2025-01-06\n"
    bring(root, "hr", overlap, HR_MAP)
    bring(root, "qa", AUDITS.replace("ben", "cem"), AUDITS_MAP)
    people, said = check(root, capsys)
    assert people["overlapping_spells"] == 1
    assert "1 person with spells that overlap" in said
    spells = read_stored(root, "moderators")
    (cem,) = person(root, "cem@example.org")
    from tne.tables.store import write_tables

    write_tables(
        {"moderators": spells[spells["moderator_id"] != cem].dropna(axis="columns", how="all")}, root
    )
    people, said = check(root, capsys)
    assert people["without_spell"] == {"audits": {"people": 1, "rows": 2}}
    assert "audits: 1 person with 2 rows and no spell" in said
    (root / "tables" / "audits" / "market=DE" / "part.parquet").unlink()
    people, said = check(root, capsys)
    assert people["without_rows"] == {"people": 1, "aliases": 4}
    assert "`tne key erase`" in said


def test_spells_that_follow_each_other_do_not_overlap(root):
    text = """No,Name,Mail,UPN,Login,Team,Since,Until
1001,Ada A,a@example.org,,ada,Blue,2024-01-08,2024-12-31
1001,Ada A,a@example.org,,ada,Red,2025-01-01,
"""
    bring(root, "hr", text, HR_MAP)
    assert who_is_who(root)["overlapping_spells"] == 0
