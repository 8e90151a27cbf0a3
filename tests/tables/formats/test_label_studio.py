"""Ratings of Label Studio: CSV, JSON-min and JSON; choices, raters, what is no rating."""

from __future__ import annotations

import csv
import io
import json
import shutil

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tables.import_cases import ROSTER, ROSTER_MAP, write
from tne.tables.importers import ContractError, MappingError, import_export, import_known
from tne.tables.importers.formats import BY_NAME
from tne.tables.importers.formats.annotations import label
from tne.tables.importers.recognising import mapping_text
from tne.tables.importers.sniffing import sample
from tne.tables.importers.touching import read_stored

ASKED = {"calibration": "2026-03", "policy_area": "hate"}
RATERS = ("ada@example.org", "ben@example.org", "cem@example.org")


def rating(task=1, who=RATERS[0], choice="hate", n=0, **more):
    """One record of JSON-min."""
    made = {
        "text": f"post {task}, with a comma",
        "id": task,
        "sentiment": choice,
        "annotator": who,
        "annotation_id": 100 * task + n + (RATERS.index(who) if who in RATERS else 7),
        "created_at": f"2026-03-02T09:{n % 60:02}:27.480432Z",
        "updated_at": "2026-03-02T10:12:27.480432Z",
        "lead_time": 16.135,
    }
    return {**made, **more}


def as_csv(records, delimiter=",", end="\r\n"):
    """The same records as Label Studio writes them as CSV: sorted columns, texts quoted, structures as JSON."""
    text = io.StringIO()
    names = sorted({name for record in records for name in record})
    writer = csv.DictWriter(
        text, names, quoting=csv.QUOTE_NONNUMERIC, delimiter=delimiter, lineterminator=end
    )
    writer.writeheader()
    for record in records:
        cells = {
            k: json.dumps(v, ensure_ascii=False) if isinstance(v, (dict, list)) else v
            for k, v in record.items()
        }
        writer.writerow({**cells, "annotator": str(record["annotator"])})
    return text.getvalue()


def both():
    """Ratings on which people differ."""
    return [
        rating(1),
        rating(1, RATERS[1], "none"),
        rating(2, RATERS[0], "none"),
        rating(2, RATERS[1], "none"),
    ]


class Desk:
    def __init__(self, folder):
        self.folder, self.root = folder, folder / "ws"

    def run(self, records, layout="min", **answers):
        if isinstance(records, str):
            path = write(self.folder / "export.txt", records)
        elif layout == "csv":
            path = write(self.folder / "export.csv", as_csv(records))
        else:
            path = write(self.folder / "export.json", json.dumps(records, indent=2))
        return import_known(path, self.root, {**ASKED, **answers})

    def table(self):
        return read_stored(self.root, "ratings")


@pytest.fixture(scope="module")
def ready(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("ls")
        patch.setenv("TNE_CONFIG_HOME", str(folder / "config"))
        made = Desk(folder)
        import_export(write(folder / "r.toml", ROSTER_MAP), write(folder / "r.csv", ROSTER), made.root)
        yield made


@pytest.fixture
def desk(ready, tmp_path):
    shutil.copytree(ready.root, tmp_path / "ws")
    return Desk(tmp_path)


# Recognition


@pytest.mark.parametrize("layout", ["min", "csv"])
def test_both_exports(desk, layout):
    report = desk.run(both(), layout)
    table = report.table("ratings")
    assert (table.rows_in, table.stored) == (4, 4)
    assert "known by the" in report.notes[0]
    assert report.unknown_columns == ("text",)
    rows = desk.table()
    assert sorted(rows["label"]) == ["hate", "none", "none", "none"]
    assert sorted(set(rows["case_id"])) == ["1", "2"]
    assert set(rows["market"]) == {"DE"}
    assert set(rows["role"]) == {"moderator"}
    assert set(rows["calibration_id"]) == {"2026-03"}
    assert rows["rater_id"].nunique() == 2
    assert rows["reference_label"].isna().all()
    assert rows["rated_at"].iloc[0].floor("s") == pd.Timestamp("2026-03-02 09:00:27Z")


def test_tabs_and_empty_lines_between_the_rows(desk):
    text = as_csv(both(), "\t", "\r\r\n")
    table = desk.run(text).table("ratings")
    assert (table.stored, table.quarantined) == (4, 0)


@pytest.mark.parametrize(
    "text",
    [
        "id,annotator,label\n1,2,3\n",
        "annotation_id,annotator,created_at,updated_at\n1,2,3,4\n",
        '[{"id": 1, "annotator": 2}]',
        '[{"id": 1, "data": {}, "labels": []}]',
        '[{"data": {}, "annotations": [{"label": "x"}]}]',
        '{"actor": {}, "verb": {}, "object": {}}',
        "[]",
    ],
)
def test_other_files_are_not_claimed(tmp_path, text):
    assert BY_NAME["label-studio"].recognise(sample(write(tmp_path / "x", text))) == ""


# Labels


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("hate", "hate"),
        ({"choices": ["spam", "hate"]}, "hate;spam"),
        ('{"choices":["spam","hate"]}', "hate;spam"),
        ([{"rating": 4}], "4"),
        ([{"number": 2.5}], "2.5"),
        ([{"taxonomy": [["Violence", "Threat"], ["Hate"]]}], "Hate;Violence/Threat"),
        (["hate", {"choices": ["spam", "hate"]}], "hate;spam"),
        ("[deleted]", "[deleted]"),
        ("{not json", "{not json"),
    ],
)
def test_choices_become_one_text(raw, text):
    assert label(raw) == text


@pytest.mark.parametrize(
    "raw", [[{"start": 1, "end": 5, "labels": ["hate"]}], {"x": 1, "y": 2, "labels": ["a"]}, {}, []]
)
def test_regions_are_no_labels(raw):
    assert "no choice" in label(raw).rule


@pytest.mark.parametrize("layout", ["min", "csv"])
def test_several_choices(desk, layout):
    records = both()
    records[0]["sentiment"] = {"choices": ["spam", "hate"]}
    desk.run(records, layout)
    assert "hate;spam" in set(desk.table()["label"])


def test_the_label_is_asked_for_where_the_export_does_not_say(desk):
    same = [rating(1), rating(1, RATERS[1])]
    with pytest.raises(MappingError, match=r"does not say which column is the label.*text, sentiment"):
        desk.run(same)
    assert desk.run(same, label="Sentiment").table("ratings").stored == 2
    comments = [{**r, "comment": f"c{i}"} for i, r in enumerate(both())]
    with pytest.raises(MappingError, match="one of: sentiment, comment"):
        desk.run(comments)
    with pytest.raises(MappingError, match="no column of that name"):
        desk.run(same, label="mood")


def test_a_list_of_choices_says_that_it_is_the_label(desk):
    records = [rating(1, choice={"choices": ["a", "b"]}), rating(1, RATERS[1], {"choices": ["a", "b"]})]
    assert desk.run(records, "csv").table("ratings").stored == 2


def test_annotations_without_this_label_are_no_ratings(desk):
    records = both()
    del records[3]["sentiment"]
    table = desk.run(records).table("ratings")
    assert (table.stored, table.non_data) == (3, 1)


# Who


@pytest.mark.parametrize(
    "who", ["Ada@Example.org", "ada@example.org 12", "ada@example.org, 12", {"email": RATERS[0], "id": 3}]
)
def test_annotators_by_mail(desk, who):
    records = [rating(1, who), rating(1, RATERS[1], "none")]
    assert desk.run(records).table("ratings").stored == 2
    assert "annotator" in json.dumps(records)


def test_numbers_are_not_taken_for_employee_numbers(desk):
    records = [rating(1, 1001), rating(1, 1002, "none", annotation_id=3), *both()[2:]]
    report = desk.run(records)
    assert (report.table("ratings").stored, report.table("ratings").unmatched) == (2, 2)
    assert any("2 ratings name their rater by a number" in note for note in report.notes)
    assert desk.run(records, annotator="employee_number").table("ratings").stored == 2


def test_raters_in_no_roster_are_keyed(desk):
    records = [rating(1, 7, annotation_id=1), rating(1, 8, "none", annotation_id=2)]
    with pytest.raises(MappingError, match="market"):
        desk.run(records, annotator="keyed")
    desk.run(records, annotator="keyed", market="DE", role="policy")
    assert desk.table()["rater_id"].str.startswith("rater_").all()
    assert set(desk.table()["role"]) == {"policy"}


# What is no rating


@pytest.mark.parametrize("layout", ["min", "csv"])
def test_tasks_without_annotation(desk, layout):
    nothing = {"text": "post 9", "id": 9, "annotator": None, "annotation_id": None, "created_at": None}
    report = desk.run([*both(), {**nothing, "updated_at": None, "lead_time": None}], layout)
    assert (report.table("ratings").stored, report.table("ratings").non_data) == (4, 1)
    assert any("1 rows are no ratings: a task without annotation" in note for note in report.notes)


def test_a_second_annotation_of_a_person_does_not_count(desk):
    report = desk.run([rating(1, RATERS[0], "spam", 9), *both()])
    assert (report.table("ratings").stored, report.table("ratings").non_data) == (4, 1)
    assert "spam" not in set(desk.table()["label"])


def test_exact_copies_and_two_contents_of_one_annotation(desk):
    table = desk.run([*both(), both()[0]]).table("ratings")
    assert (table.rows_in, table.stored, table.duplicates) == (5, 4, 1)
    with pytest.raises(ContractError, match="share their key"):
        desk.run([*both(), {**both()[0], "sentiment": "spam"}], calibration="other")


def task(number, *annotations):
    return {
        "id": number,
        "data": {"text": f"post {number}", "topic": "violence"},
        "annotations": list(annotations),
        "predictions": [],
        "project": 1,
    }


def annotation(number, who, choice, **more):
    value = {"choices": choice if isinstance(choice, list) else [choice]}
    return {
        "id": number,
        "completed_by": who,
        "result": [{"from_name": "sentiment", "to_name": "text", "type": "choices", "value": value}],
        "was_cancelled": False,
        "ground_truth": False,
        "created_at": "2026-03-02T09:00:00Z",
        "updated_at": "2026-03-02T09:00:00Z",
        "lead_time": 3.2,
        **more,
    }


def test_full_json_with_cancelled_annotations_and_the_reference(desk):
    tasks = [
        task(
            1,
            annotation(1, {"id": 1, "email": RATERS[0]}, "hate"),
            annotation(2, {"id": 2, "email": RATERS[1]}, ["spam", "hate"]),
            annotation(3, {"id": 3, "email": RATERS[2]}, "hate", was_cancelled=True),
            annotation(4, {"id": 9, "email": "policy@example.org"}, "hate", ground_truth=True),
        ),
        task(2, annotation(5, {"id": 1, "email": RATERS[0]}, "none")),
        task(3),
    ]
    report = desk.run(tasks, policy_area="column:topic")
    table = report.table("ratings")
    assert (table.rows_in, table.stored, table.non_data) == (6, 3, 3)
    rows = desk.table().sort_values(["case_id", "label"])
    assert rows["label"].tolist() == ["hate", "hate;spam", "none"]
    assert rows["reference_label"].fillna("").tolist() == ["hate", "hate", ""]
    assert set(rows["policy_area"]) == {"violence"}


# What the export does not say


def test_columns_may_hold_what_is_asked(desk):
    records = [
        {**r, "case_ref": f"C{r['id']}", "topic": "violence", "ground_truth": "none", "week": "w9"}
        for r in both()
    ]
    answers = {"policy_area": "column:topic", "case": "case_ref", "calibration": "column:week"}
    desk.run(records, **answers)
    rows = desk.table()
    assert set(rows["case_id"]) == {"C1", "C2"}
    assert set(rows["policy_area"]) == {"violence"}
    assert set(rows["calibration_id"]) == {"w9"}
    assert set(rows["reference_label"]) == {"none"}
    with pytest.raises(MappingError, match="no column for `policy_area`"):
        desk.run(records, policy_area="column:area")
    with pytest.raises(MappingError, match="no column for the reference"):
        desk.run(records, reference="gold")
    with pytest.raises(MappingError, match="no column for `case`"):
        desk.run(records, case="case_no")


def test_a_flag_of_ground_truth_is_no_label(desk):
    desk.run([{**r, "ground_truth": False} for r in both()])
    assert desk.table()["reference_label"].isna().all()


def test_calibration_and_area_must_be_said(desk):
    path = write(desk.folder / "x.json", json.dumps(both()))
    with pytest.raises(MappingError, match=r"calibration.*policy_area"):
        mapping_text([path], {})


# Damage, privacy


def test_damaged_records_wait_or_stop(desk):
    lines = [json.dumps(r) for r in both()]
    table = desk.run("\n".join([*lines[:3], lines[3][:80]])).table("ratings")
    assert (table.rows_in, table.stored, table.quarantined) == (4, 3, 1)
    with pytest.raises(ContractError, match="cut off or damaged"):
        desk.run(json.dumps(both())[:-50])
    text = as_csv(both())
    table = desk.run(text[: text.rindex(",16.135")], calibration="cut").table("ratings")
    assert (table.rows_in, table.stored, table.quarantined) == (4, 3, 1)


def test_again_changes_nothing_and_inputs_are_not_kept(desk):
    records = [*both(), rating(3, "stranger@example.org")]
    first = desk.run(records)
    assert first.table("ratings").unmatched == 1
    assert not desk.run(records).changed
    assert "stranger" not in first.summary()
    for path in desk.root.rglob("*"):
        assert not path.is_file() or b"with a comma" not in path.read_bytes()


ROWS = st.lists(
    st.tuples(
        st.integers(1, 6),
        st.sampled_from(RATERS),
        st.lists(st.sampled_from(["hate", "spam", "none", 'ü, "q"']), min_size=1, max_size=3, unique=True),
        st.datetimes(pd.Timestamp("2026-01-01"), pd.Timestamp("2026-06-30")),
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda row: row[:2],
)


@settings(max_examples=10, deadline=None, derandomize=True, database=None)
@given(rows=ROWS, layout=st.sampled_from(["min", "csv"]))
def test_what_is_written_comes_back(ready, rows, layout):
    made = Desk(ready.folder / "again")
    shutil.rmtree(made.folder, ignore_errors=True)
    shutil.copytree(ready.root, made.root)
    records = []
    for n, (number, who, choices, when) in enumerate(rows):
        told = choices[0] if len(choices) == 1 else {"choices": choices}
        records.append(rating(number, who, told, created_at=when.isoformat() + "Z", annotation_id=n))
    made.run(records, layout, label="sentiment")
    found = made.table()
    wanted = sorted((str(t), ";".join(sorted(c)), pd.Timestamp(when, tz="UTC")) for t, _, c, when in rows)
    assert sorted(zip(found["case_id"], found["label"], found["rated_at"], strict=True)) == wanted
    assert found["rater_id"].nunique() == len({row[1] for row in rows})
