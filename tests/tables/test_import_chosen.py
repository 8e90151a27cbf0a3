"""Mapping: ids made of the person whom a row is about, and tables that only some of the melted cells are meant for."""

from __future__ import annotations

import pytest

from tests.tables.import_cases import write
from tne.tables.importers import MappingError, import_export
from tne.tables.importers.touching import read_stored

MAP = """
[source]
name = "{name}"
zone = "UTC"
ignore = ["Who", "Mail"]
[[table]]
into = "attendance"
only = {{ column = "$value", equals = ["x"] }}
[[table.wide]]
pattern = 'S(?P<day>\\d+)'
[table.wide.set]
joined_at = "2026-03-{{day:02}}T09:00"
[table.columns]
session_id = {{ id = {id}, prefix = "s_" }}
moderator_id = {{ person = {{ column = "{column}", kind = ["mail", "username"] }} }}
"""


@pytest.fixture
def run(rostered, tmp_path):
    def import_it(column, id_, export="Who,Mail,S1,S2\nada,ADA@example.org,x,o\nben,ben@example.org,,x\n"):
        text = MAP.format(name=column.lower(), id=id_, column=column)
        return import_export(
            write(tmp_path / "m.toml", text), write(tmp_path / "e.csv", export), tmp_path / "ws"
        )

    import_it.stored = lambda: read_stored(tmp_path / "ws", "attendance")
    return import_it


def test_only_the_chosen_cells_are_rows(run):
    counts = run("Who", '["$person", "$header"]').table("attendance")
    assert (counts.rows_in, counts.stored, counts.non_data) == (4, 2, 2)


def test_an_id_of_the_person_holds_under_every_alias(run):
    run("Who", '["$person", "$header"]')
    counts = run("Mail", '["$person", "$header"]').table("attendance")
    assert (counts.unchanged, counts.new) == (2, 0)


def test_who_is_unknown_has_no_id_and_waits(run):
    export = "Who,Mail,S1,S2\n" + "ada,a,x,x\n" + "nobody,b,o,x\n"
    counts = run("Who", '["$person", "$header"]', export).table("attendance")
    assert (counts.stored, counts.quarantined, counts.unmatched) == (2, 1, 1)
    assert dict(counts.rules) == {"moderator_id: person: unmatched": 1}


def test_person_and_occurrence_do_not_go_together(run):
    with pytest.raises(MappingError, match=r"\$occurrence"):
        run("Who", '["$person", "$occurrence"]')
