"""The contracts in both directions: a good frame passes, each broken rule is found and names no value."""

import re

import numpy as np
import pandas as pd
import pytest
import small_company as small

from tne.tables.contracts import TABLES, contract, validate
from tne.tables.document import data_dictionary

DESIGN = {
    "markets": ["market"],
    "moderators": ["moderator_id", "valid_from"],
    "programmes": ["programme_id"],
    "sessions": ["session_id"],
    "attendance": ["session_id", "moderator_id", "joined_at"],
    "enrolments": ["programme_id", "moderator_id"],
    "items": ["item_id", "form"],
    "responses": ["attempt_id", "item_id"],
    "surveys": ["response_id", "question_id"],
    "audits": ["audit_id"],
    "appeals": ["case_id"],
    "ratings": ["calibration_id", "case_id", "rater_id"],
    "production": ["market", "moderator_id", "queue", "date"],
    "policies": ["market", "policy_area", "policy_version"],
    "costs": ["cost_id"],
}
SECRET = "anna.secret@example.org"


def good():
    return small.audits([("DE", "m1", f"2026-03-{d:02d} 10:00", d % 3 > 0, 2) for d in range(1, 13)])


def rules(name, frame):
    return {(f.rule, f.column): f for f in validate(name, frame).findings}


def test_tables_and_keys_are_those_of_the_design():
    assert {name: list(table.key) for name, table in TABLES.items()} == DESIGN


def test_every_time_column_ends_as_its_kind_says():
    for table in TABLES.values():
        for column in table.columns:
            assert (column.kind == "instant") == column.name.endswith("_at"), column.name
            day = (
                column.name == "date"
                or column.name.endswith("_on")
                or column.name in ("valid_from", "valid_to")
            )
            assert (column.kind == "day") == day, column.name


def test_a_good_frame_passes():
    found = validate("audits", good())
    assert found.ok
    assert not found.findings
    assert not found.bad.any()
    assert str(found.frame["decided_at"].dtype) == "datetime64[us, UTC]"


@pytest.mark.parametrize(
    ("column", "value", "rule"),
    [
        ("moderator_id", None, "not_null"),
        ("moderator_id", "", "not_null"),
        ("error_type", SECRET, "values"),
        ("market", "../" + SECRET, "pattern"),
        ("sampling_weight", 0.0, "range"),
        ("sampling_weight", -77.125, "range"),
        ("decided_at", pd.Timestamp("1899-12-30", tz="UTC"), "date_range"),
    ],
)
def test_a_bad_value_is_found_by_row_and_never_shown(column, value, rule):
    frame = good()
    frame[column] = frame[column].astype("object")
    frame.loc[[3, 7], column] = value
    found = validate("audits", frame)
    finding = rules("audits", frame)[(rule, column)]
    assert finding.count == 2
    assert finding.rows == (3, 7)
    assert finding.severity == "bad"
    assert found.bad.nonzero()[0].tolist() == [3, 7]
    assert len(found.good) == 10
    for text in map(str, found.findings):
        assert SECRET not in text
        assert "77.125" not in text
        assert "1899" not in text


def test_order_of_two_times_is_found_once():
    frame = good()
    frame.loc[4, "audited_at"] = frame.loc[4, "decided_at"] - pd.Timedelta("1h")
    finding = rules("audits", frame)[("order", "decided_at × audited_at")]
    assert (finding.count, finding.rows) == (1, (4,))


def test_missing_column_is_fatal_and_unknown_column_is_a_note():
    found = rules("audits", good().drop(columns="correct").assign(full_name=SECRET))
    assert found[("column_missing", "correct")].severity == "fatal"
    assert found[("column_unknown", "full_name")].severity == "note"
    assert "full_name" not in validate("audits", good().assign(full_name=SECRET)).frame


def test_a_time_without_zone_is_fatal():
    frame = good()
    frame["decided_at"] = frame["decided_at"].dt.tz_localize(None)
    finding = rules("audits", frame)[("type", "decided_at")]
    assert finding.severity == "fatal"
    assert "zone" in finding.detail


def test_a_day_with_time_of_day_is_a_bad_row():
    frame = small.moderators([("m1", "2026-01-05", None, "DE", "A", "2026-01-05", None)] * 3)
    frame["moderator_id"] = ["m1", "m2", "m3"]
    frame.loc[1, "hired_on"] += pd.Timedelta("3h")
    assert rules("moderators", frame)[("type", "hired_on")].rows == (1,)


def test_a_whole_column_of_the_wrong_type_is_fatal():
    frame = good().assign(sampling_weight=SECRET)
    finding = rules("audits", frame)[("type", "sampling_weight")]
    assert finding.severity == "fatal"
    assert SECRET not in str(finding)


def test_exact_copies_are_bad_rows_and_differing_ones_are_fatal():
    frame = good()
    copies = pd.concat([frame, frame.iloc[[2]]], ignore_index=True)
    found = validate("audits", copies)
    assert found.duplicate.nonzero()[0].tolist() == [12]
    assert not found.fatal
    copies.loc[12, "correct"] = not copies.loc[12, "correct"]
    found = validate("audits", copies)
    assert [(f.rule, f.rows) for f in found.fatal] == [("key", (2, 12))]
    with pytest.raises(ValueError, match="key"):
        found.require()


def test_an_empty_table_passes():
    assert validate("audits", good().iloc[:0]).ok
    columns = {c: pd.Series(dtype="object") for c in contract("audits").required}
    assert validate("audits", pd.DataFrame(columns)).ok


def test_unknown_time_zone_is_found():
    frame = small.markets()
    frame.loc[0, "timezone"] = "Mars/Olympus"
    finding = rules("markets", frame)[("time_zone", "timezone")]
    assert finding.rows == (0,)
    assert "Olympus" not in str(finding)


def test_lists_become_text_and_whole_numbers_become_text():
    frame = small.programmes().assign(programme_id=7)
    frame["target_policy_areas"] = [["spam", "hate"]]
    cast = validate("programmes", frame).frame
    assert cast["target_policy_areas"].tolist() == ["spam;hate"]
    assert cast["programme_id"].tolist() == ["7"]


def test_unknown_table_names_the_known_ones():
    with pytest.raises(KeyError, match="audits"):
        validate("audit", good())


def test_data_readme_is_what_the_contracts_say():
    from pathlib import Path

    stored = Path(__file__).parents[2] / "data" / "README.md"
    assert stored.read_text(encoding="utf-8") == data_dictionary(), (
        "run: python -m tne.tables.document data/README.md"
    )


def test_data_readme_documents_every_column():
    text = data_dictionary()
    for name, table in TABLES.items():
        part = text.split(f"## `{name}`\n")[1].split("\n## ")[0]
        assert re.findall(r"^\| `(\w+)`", part, flags=re.M) == list(table.names)


def test_validation_of_many_rows_is_vectorised():
    many = pd.concat([good()] * 2_000, ignore_index=True)
    many["audit_id"] = np.arange(len(many)).astype(str)
    many.loc[::2, "error_type"] = "odd"
    found = validate("audits", many)
    assert found.bad.sum() == 12_000
    assert found.findings[0].count == 12_000
    assert len(found.findings[0].rows) == 5


def test_an_optional_number_that_nobody_filled_is_no_fault():
    """As a table by hand stores it: the column is there, every cell is empty."""
    from tne.tables.conform import conform

    frame = pd.DataFrame({"programme_id": ["p"], "minimum_effect": [float("nan")], "baseline_weeks": [pd.NA]})
    cast = conform("programmes", frame)
    assert cast.wrong == {}
    assert str(cast.frame["minimum_effect"].dtype) == "float64"
