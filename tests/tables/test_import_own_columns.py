"""Mappings: columns that only one melted column's rows have, and answers by nobody in particular."""

from __future__ import annotations

import pytest

from tests.tables.import_cases import ROSTER, ROSTER_MAP, workbook, write
from tne.tables.importers import MappingError, import_export
from tne.tables.importers.touching import read_stored

SURVEY = """
[source]
name = "survey"
kind = "xlsx"
zone = "UTC"
[[table]]
into = "surveys"
[[table.wide]]
column = "Useful"
[table.wide.set]
question_id = "useful"
comment = {{ column = "Why useful" }}
value = {{ column = "$value", values = {{ yes = 2, no = 1 }} }}
scale_max = 2
[[table.wide]]
column = "Pace"
[table.wide.set]
question_id = "pace"
value = "{{$value}}"
scale_max = 5
[table.columns]
response_id = {{ id = ["No"], prefix = "s_" }}
moderator_id = {{ person = {{ column = "Mail", kind = "mail"{anonymous} }} }}
submitted_at = "At"
[table.constants]
market = "DE"
wave = "end"
respondent = "learner"
construct = "c"
scale_min = 1
"""
HEADER = ["No", "Mail", "At", "Useful", "Why useful", "Pace"]


@pytest.fixture
def imported(rostered, tmp_path):
    def run(*rows, mapping=SURVEY, anonymous=", anonymous = true"):
        path = workbook(tmp_path / "s.xlsx", {"S": [HEADER, *rows]})
        text = mapping.format(anonymous=anonymous)
        report = import_export(write(tmp_path / "s.toml", text), path, tmp_path / "ws")
        return report.table("surveys"), read_stored(tmp_path / "ws", "surveys")

    return run


def row(number, mail, useful="yes", why="since", pace=4):
    return [number, mail, "2026-03-02T09:00:00", useful, why, pace]


def test_a_melted_column_has_columns_of_its_own(imported):
    report, rows = imported(row(1, "ada@example.org"), row(2, "cem@example.org", "no", None, None))
    assert (report.stored, report.non_data) == (3, 1)
    made = rows.sort_values(["question_id", "value"])[["question_id", "value", "scale_max"]].values.tolist()
    assert made == [["pace", 4, 5], ["useful", 1, 2], ["useful", 2, 2]]
    assert rows["comment"].dropna().tolist() == ["since"]


def test_its_columns_must_be_in_the_export(imported):
    from tne.tables.importers import ContractError

    with pytest.raises(ContractError, match="lacks the columns Other"):
        imported(row(1, "ada@example.org"), mapping=SURVEY.replace('"Why useful"', '"Other"'))


def test_nobody_is_stored_only_where_the_mapping_says_so(imported):
    rows = [row(i, "ada@example.org") for i in range(9)]
    report, stored = imported(*rows, row(10, None))
    assert (report.stored, report.quarantined, report.unmatched) == (20, 0, 0)
    assert stored["moderator_id"].isna().sum() == 2
    report, _ = imported(*rows, row(11, None), anonymous="")
    assert (report.quarantined, report.unmatched) == (2, 2)


def test_a_cell_that_cannot_be_read_is_somebody(imported):
    rows = [row(i, "ada@example.org") for i in range(9)]
    report, _ = imported(*rows, row(10, "#N/A"))
    assert report.rules == (("moderator_id: spreadsheet error in the cell", 2),)


def test_nobody_needs_a_table_that_may_do_without_a_person(tmp_path, monkeypatch):
    from tests.tables.import_cases import QUIZ_MAP

    monkeypatch.setenv("TNE_CONFIG_HOME", str(tmp_path / "config"))
    import_export(write(tmp_path / "r.toml", ROSTER_MAP), write(tmp_path / "r.csv", ROSTER), tmp_path / "ws")
    mapping = QUIZ_MAP.format(source='zone = "UTC"').replace(
        'kind = "mail"', 'kind = "mail", anonymous = true'
    )
    rows = "".join(f"ada@example.org,{i},2026-03-02T09:{i:02}\n" for i in range(9)) + ",1,2026-03-02T10:00\n"
    export = write(tmp_path / "q.csv", "Mail,Score,Completed\n" + rows)
    report = import_export(write(tmp_path / "q.toml", mapping), export, tmp_path / "ws").table("responses")
    assert report.quarantined == 1


def test_names_are_refused_there_too(imported):
    own = 'moderator_id = {{ person = {{ column = "Name", kind = "mail" }} }}\nscale_max = 2'
    mapping = SURVEY.replace("scale_max = 2", own)
    shared = 'moderator_id = {{ person = {{ column = "Mail", kind = "mail"{anonymous} }} }}\n'
    with pytest.raises(MappingError, match="names never identify"):
        imported(row(1, "ada@example.org"), mapping=mapping.replace(shared, ""))
