"""xAPI statements: what counts as an answer, whose, in which attempt, and how well."""

from __future__ import annotations

import csv
import json
import shutil
import time
import uuid

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tables.import_cases import ROSTER, ROSTER_MAP, write
from tne.tables.importers import ContractError, MappingError, import_export, import_known
from tne.tables.importers.formats import BY_NAME
from tne.tables.importers.recognising import mapping_text
from tne.tables.importers.sniffing import sample
from tne.tables.importers.touching import read_stored

QUIZ = "https://lms.example.org/quiz/hate"
ADL = "http://adlnet.gov/expapi/verbs/"
ASKED = {"programme": "hate-2026", "wave": "post"}


def uid(n):
    return str(uuid.UUID(int=n))


def statement(n, verb="answered", item="q1", who="ada", *, quiz=QUIZ, reg=1, minute=0, result=None, **more):
    """One statement as a store returns it; `who` is a login, a mail or a whole actor."""
    actor = (
        who if isinstance(who, dict) else {"account": {"homePage": "https://lms.example.org", "name": who}}
    )
    if isinstance(who, str) and "@" in who:
        actor = {"objectType": "Agent", "name": "Somebody", "mbox": f"mailto:{who}"}
    thing = {"id": f"{quiz}/{item}" if item else quiz, "objectType": "Activity"}
    context = {}
    if item:
        thing["definition"] = {
            "type": "http://adlnet.gov/expapi/activities/cmi.interaction",
            "interactionType": "choice",
        }
        context["contextActivities"] = {"parent": [{"id": quiz, "objectType": "Activity"}]}
    if reg:
        context["registration"] = uid(reg)
    made = {
        "id": uid(10_000 + n),
        "actor": actor,
        "verb": {"id": verb if "/" in verb else ADL + verb, "display": {"en-US": verb}},
        "object": thing,
        "context": context,
        "timestamp": f"2026-03-02T09:{minute % 60:02}:00.000Z",
        "stored": f"2026-03-02T10:{minute % 60:02}:00.000Z",
        "authority": {"mbox": "mailto:lrs@example.org"},
        "version": "1.0.3",
    }
    if result is not None:
        made["result"] = result
    return {**made, **more}


def scored(raw, best=1, **more):
    return {"score": {"raw": raw, "max": best, "min": 0, "scaled": raw / best}, **more}


def waiting(root):
    """Row numbers of the responses in quarantine."""
    rows = []
    for path in (root / "quarantine" / "responses").glob("*.csv"):
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows += [row["row"] for row in csv.DictReader(file)]
    return rows


class Desk:
    def __init__(self, folder):
        self.folder, self.root = folder, folder / "ws"

    def put(self, statements, name="statements.json", layout="list"):
        text = {
            "list": lambda: json.dumps(statements, indent=1),
            "store": lambda: json.dumps({"statements": statements, "more": ""}),
            "lines": lambda: "\n".join(map(json.dumps, statements)) + "\n",
        }[layout]()
        return write(self.folder / name, text)

    def run(self, statements, layout="list", **answers):
        path = self.put(statements, layout=layout) if isinstance(statements, list) else statements
        return import_known(path, self.root, {**ASKED, **answers})

    def table(self, name="responses"):
        return read_stored(self.root, name)


@pytest.fixture
def desk(tmp_path, monkeypatch):
    monkeypatch.setenv("TNE_CONFIG_HOME", str(tmp_path / "config"))
    made = Desk(tmp_path)
    import_export(
        write(tmp_path / "roster.toml", ROSTER_MAP), write(tmp_path / "roster.csv", ROSTER), made.root
    )
    return made


# Recognition


@pytest.mark.parametrize("form", ["list", "store", "lines"])
def test_three_layouts_are_one_format(desk, form):
    statements = [statement(i, item=f"q{i}", minute=i, result=scored(1)) for i in range(3)]
    path = desk.put(statements, layout=form)
    assert "actor, verb and object" in BY_NAME["xapi"].recognise(sample(path))
    report = desk.run(path)
    assert report.table("responses").stored == 3
    assert report.notes[0].endswith("known by the keys actor, verb and object of its first statement")
    rows = desk.table()
    assert rows["form"].unique().tolist() == ["quiz-hate"]
    assert rows["market"].unique().tolist() == ["DE"]
    assert len(set(rows["attempt_id"])) == 1


@pytest.mark.parametrize(
    "text",
    [
        '{"actor": "ada", "verb": "post", "object": "note"}',
        '[{"id": 1, "annotator": 2}]',
        '{"statements": "none"}',
        "actor,verb,object\n1,2,3\n",
        "[]",
        '{"a": ',
    ],
)
def test_other_files_are_not_claimed(tmp_path, text):
    assert BY_NAME["xapi"].recognise(sample(write(tmp_path / "x.json", text))) == ""


def test_a_long_first_line_is_recognised(desk):
    many = [statement(i, item=f"q{i}", minute=i, result=scored(1)) for i in range(400)]
    path = desk.put(many, layout="store")
    assert path.stat().st_size > 1 << 16
    assert BY_NAME["xapi"].recognise(sample(path))


# Who


def test_the_same_person_by_mail_and_by_account(desk):
    desk.run(
        [statement(1, who="ada@example.org", reg=1, result=scored(1)), statement(2, reg=2, result=scored(0))]
    )
    assert len(set(desk.table()["moderator_id"])) == 1
    assert desk.table()["attempt_id"].nunique() == 2


def test_account_numbers_are_only_employee_numbers_if_said(desk):
    told = [statement(1, who="1001", result=scored(1)), statement(2, who="ada", result=scored(1), reg=2)]
    assert desk.run(told).table("responses").unmatched == 1
    assert desk.run(told, account="employee_number").table("responses").unmatched == 1
    assert len(set(desk.table()["moderator_id"])) == 1


def test_hashes_groups_and_openids(desk):
    told = [
        statement(1, result=scored(1)),
        statement(2, who={"mbox_sha1sum": "a" * 40}, reg=2, result=scored(1)),
        statement(3, who={"openid": "https://id.example.org/ada"}, reg=3, result=scored(1)),
        statement(
            4, who={"objectType": "Group", "member": [{"mbox": "mailto:ada@example.org"}]}, result=scored(1)
        ),
        statement(5, who={"name": "Ada"}, reg=4, result=scored(1)),
    ]
    report = desk.run(told)
    table = report.table("responses")
    assert (table.rows_in, table.stored, table.quarantined, table.non_data) == (5, 1, 3, 1)
    assert table.unmatched == 3
    assert any("1 statements name people by a hash" in note for note in report.notes)
    assert any("about a group (1)" in note for note in report.notes)
    assert not any("aaaa" in note or "Ada" in note for note in report.notes)


# Which statements are answers


def test_verbs_that_are_no_answers_are_named(desk):
    told = [
        statement(1, result=scored(1)),
        statement(2, "initialized", None),
        statement(3, "https://w3id.org/xapi/video/verbs/paused", None),
        statement(4, "http://adlnet.gov/expapi/verbs/experienced/", None),
        statement(5, "completed", None, result={"completion": True}),
        statement(6, "answered", "q2", result={"response": "a"}),
        statement(7, "https://x.example.org/ada@example.org", None, result=scored(1)),
        statement(
            8, result=scored(1), object={"objectType": "SubStatement", "actor": {}, "verb": {}, "object": {}}
        ),
        statement(9, result=scored(1), object={"objectType": "StatementRef", "id": uid(3)}),
        statement(10, result=scored(1), object={"objectType": "Agent", "mbox": "mailto:ben@example.org"}),
    ]
    report = desk.run(told)
    assert report.table("responses").non_data == 9
    note = next(note for note in report.notes if "are no answers" in note)
    for part in ("`initialized` (1)", "`paused` (1)", "`experienced` (1)", "`completed` without a score (1)"):
        assert part in note
    for part in (
        "`answered` without a score (1)",
        "`another verb` (1)",
        "a sub-statement",
        "another statement",
    ):
        assert part in note
    assert "example.org" not in note


@pytest.mark.parametrize("first", [True, False])
def test_voiding_holds_wherever_it_stands(desk, first):
    void = statement(2, "voided", None, object={"objectType": "StatementRef", "id": uid(10_001).upper()})
    told = [statement(1, result=scored(1)), statement(3, item="q2", result=scored(0))]
    report = desk.run([void, *told] if first else [*told, void])
    assert report.table("responses").stored == 1
    assert report.table("responses").non_data == 2
    assert desk.table()["score"].tolist() == [0]


def test_a_voiding_statement_cannot_be_voided(desk):
    void = statement(2, "voided", None, object={"objectType": "StatementRef", "id": uid(10_001)})
    again = statement(3, "voided", None, object={"objectType": "StatementRef", "id": uid(10_002)})
    report = desk.run(
        [statement(1, result=scored(1)), void, again, statement(4, item="q2", result=scored(1))]
    )
    assert report.table("responses").stored == 1
    assert any("it voids another (2)" in note for note in report.notes)


def test_what_replaces_a_voided_statement_replaces_the_stored_one(desk):
    told = [statement(1, result=scored(0)), statement(2, item="q2", minute=1, result=scored(1))]
    desk.run(told)
    void = statement(3, "voided", None, object={"objectType": "StatementRef", "id": uid(10_001)})
    table = desk.run([*told, void, statement(4, minute=9, result=scored(1))]).table("responses")
    assert (table.stored, table.replaced, table.unchanged) == (2, 1, 1)
    assert desk.table()["score"].tolist() == [1, 1]


def test_voiding_what_is_not_there_is_said(desk):
    void = statement(2, "voided", None, object={"objectType": "StatementRef", "id": uid(77)})
    report = desk.run([statement(1, result=scored(1)), void])
    assert any("1 statements void statements that are not here" in note for note in report.notes)


def test_items_count_and_not_the_whole_beside_them(desk):
    told = [
        statement(1, item="q1", result=scored(1)),
        statement(2, item="q2", result=scored(0)),
        statement(3, "completed", None, result=scored(1, 2, completion=True, duration="PT1H2M3S")),
        statement(4, "passed", None, reg=2, who="ben", result=scored(2, 2, success=True)),
        statement(5, "completed", None, reg=2, who="ben", minute=1, result=scored(2, 2)),
    ]
    report = desk.run(told)
    assert (report.table("responses").stored, report.table("responses").non_data) == (3, 2)
    rows = desk.table().sort_values(["form", "item_id"])
    assert rows["form"].tolist() == ["quiz-hate", "quiz-hate", "quiz-hate-total"]
    items = desk.table("items").set_index(["item_id", "form"])
    assert items.loc[(QUIZ, "quiz-hate-total"), "max_score"] == 2
    assert items["scale"].nunique() == 2
    assert any("about a whole activity whose items are here (1)" in note for note in report.notes)


def test_failed_and_then_passed_are_two_attempts(desk):
    told = [
        statement(1, "failed", None, minute=1, result=scored(3, 10, success=False)),
        statement(2, "passed", None, minute=9, result=scored(8, 10, success=True)),
    ]
    desk.run(told[::-1])
    rows = desk.table().sort_values("answered_at")
    assert rows["score"].tolist() == [3, 8]
    assert rows["attempt_id"].nunique() == 2


# Scores


def test_success_is_one_or_nothing_of_one(desk):
    desk.run([statement(1, result={"success": True}), statement(2, item="q2", result={"success": False})])
    assert sorted(desk.table()["score"]) == [0, 1]
    assert desk.table("items")["max_score"].tolist() == [1, 1]


def test_scaled_scores_and_raw_scores_without_a_best(desk):
    told = [
        statement(1, item="q1", result={"score": {"scaled": -0.25}}),
        statement(2, item="q2", result={"score": {"raw": 7, "scaled": 0.7}}),
        statement(3, item="q3", result={"score": {"raw": 7}}),
    ]
    desk.run(told)
    rows = desk.table().set_index("item_id")["score"]
    assert rows.tolist() == [-0.25, 0.7, 7]
    assert desk.table("items").set_index("item_id")["max_score"].isna().tolist() == [False, False, True]


def test_one_item_is_scored_in_one_way(desk):
    told = [statement(i, who=who, reg=i, result=scored(2, 5)) for i, who in enumerate(("ada", "ben"), 1)]
    told += [statement(3, who="cem", reg=3, result={"success": True})]
    table = desk.run(told).table("responses")
    assert (table.stored, table.quarantined) == (2, 1)
    assert table.rules == (("score: scored in another way than most answers to the item", 1),)
    assert desk.table("items")["max_score"].tolist() == [5]


@pytest.mark.parametrize(
    "score",
    [{"raw": 6, "max": 5}, {"raw": -1, "max": 5, "min": 0}, {"scaled": 1.5}, {"raw": "many", "max": 5}],
)
def test_impossible_scores_wait(desk, score):
    told = [statement(i, item=f"q{i}", result=scored(1)) for i in range(3)]
    report = desk.run([*told, statement(9, item="q9", result={"score": score})])
    assert report.table("responses").quarantined == 1
    assert waiting(desk.root) == ["4"]


def test_everybody_right_is_no_error(desk):
    told = [statement(i, who=who, reg=i, result=scored(1)) for i, who in enumerate(("ada", "ben", "cem"), 1)]
    assert desk.run(told).table("responses").stored == 3


# Attempts and times


def test_an_answer_given_again_is_a_later_attempt_whatever_the_order(desk):
    told = [
        statement(1, item="q1", minute=1, result=scored(0)),
        statement(2, item="q2", minute=2, result=scored(1)),
        statement(3, item="q1", minute=8, result=scored(1)),
        statement(4, item="q2", minute=9, result=scored(0)),
    ]
    report = desk.run(told[::-1])
    rows = desk.table().sort_values("answered_at")
    assert rows["score"].tolist() == [0, 1, 1, 0]
    first, second = rows["attempt_id"].iloc[:2], rows["attempt_id"].iloc[2:]
    assert len(set(first.nunique() == second)) == 1
    assert rows["attempt_id"].nunique() == 2
    assert any("2 answers repeat an item" in note for note in report.notes)
    # An export that begins later names the second attempt as before, so that nothing is overwritten.
    assert desk.run(told[2:]).table("responses").unchanged == 2
    assert len(desk.table()) == 4


def test_without_registration_a_person_is_the_attempt(desk):
    told = [statement(1, reg=0, result=scored(1)), statement(2, reg=0, item="q2", result=scored(1))]
    told += [statement(3, reg=0, who="ben", result=scored(1))]
    desk.run(told)
    assert desk.table()["attempt_id"].nunique() == 2


def test_moodle_names_the_attempt_and_the_quiz_among_the_grouping(desk):
    site = {
        "id": "https://moodle.example.org",
        "definition": {"type": "http://id.tincanapi.com/activitytype/lms"},
    }
    quiz = {
        "id": "https://moodle.example.org/mod/quiz/view.php?id=5",
        "definition": {"type": "http://adlnet.gov/expapi/activities/assessment"},
    }
    told = []
    for i in (1, 2):
        attempt = {
            "id": f"https://moodle.example.org/mod/quiz/attempt.php?attempt={i}",
            "definition": {"type": "http://adlnet.gov/expapi/activities/attempt"},
        }
        context = {"contextActivities": {"grouping": [site, attempt, quiz]}}
        told += [
            statement(10 * i + k, item=f"q{k}", minute=i, context=context, result=scored(1)) for k in (1, 2)
        ]
    desk.run(told)
    assert desk.table()["attempt_id"].nunique() == 2
    assert desk.table()["form"].unique().tolist() == ["mod-quiz-view-php-id-5"]


def test_a_single_parent_of_version_095(desk):
    context = {"contextActivities": {"parent": {"id": QUIZ}}}
    desk.run([statement(1, context=context, result=scored(1))])
    assert desk.table()["form"].tolist() == ["quiz-hate"]


def test_several_quizzes_are_asked_for(desk):
    other = "https://lms.example.org/quiz/violence"
    told = [statement(1, result=scored(1)), statement(2, quiz=other, reg=2, result=scored(0))]
    with pytest.raises(MappingError, match="answers to 2 quizzes"):
        desk.run(told)
    table = desk.run(told, quiz=other).table("responses")
    assert (table.stored, table.non_data) == (1, 1)
    assert desk.table()["score"].tolist() == [0]
    with pytest.raises(MappingError, match="no answers to that quiz"):
        desk.run(told, quiz="https://lms.example.org/none")
    assert desk.run(told, quiz="all", form="A", name="all").table("responses").stored == 2


def test_times_without_offset_need_a_zone(desk):
    told = [statement(1, timestamp="2026-03-02T09:00:00", result=scored(1))]
    with pytest.raises(ContractError, match="Set `zone`"):
        desk.run(told)
    desk.run(told, zone="Europe/Berlin")
    assert desk.table()["answered_at"].iloc[0] == pd.Timestamp("2026-03-02 08:00Z")


def test_stored_stands_in_for_a_missing_timestamp(desk):
    told = statement(1, result=scored(1))
    del told["timestamp"]
    desk.run([told])
    assert desk.table()["answered_at"].iloc[0] == pd.Timestamp("2026-03-02 10:00Z")


def test_nanoseconds_and_other_offsets(desk):
    desk.run([statement(1, timestamp="2026-03-02T09:00:00.123456789+05:30", result=scored(1))])
    assert desk.table()["answered_at"].iloc[0].floor("s") == pd.Timestamp("2026-03-02 03:30Z")


# Duplicates, pages, damage


def test_delivered_twice_counts_once_and_importing_again_changes_nothing(desk):
    told = [statement(1, result=scored(1)), statement(2, item="q2", result=scored(0))]
    table = desk.run([*told, {**told[0], "stored": "2026-03-03T00:00:00Z", "version": "2.0.0"}]).table(
        "responses"
    )
    assert (table.rows_in, table.stored, table.duplicates) == (3, 2, 1)
    report = desk.run(told)
    assert not report.changed
    assert report.table("responses").unchanged == 2


def test_without_ids_equal_statements_are_one(desk):
    told = statement(1, result=scored(1))
    del told["id"]
    table = desk.run([told, told]).table("responses")
    assert (table.stored, table.duplicates) == (1, 1)


def test_one_id_with_two_contents_stops_the_import(desk):
    told = [statement(1, result=scored(1)), statement(2, item="q2", result=scored(1))]
    with pytest.raises(ContractError, match="1 statement ids stand for two"):
        desk.run([*told, {**told[1], "result": scored(0)}])
    assert desk.table().empty


def test_a_page_that_is_not_the_last_is_said(desk):
    page = json.dumps({"statements": [statement(1, result=scored(1))], "more": "/xapi/statements?page=2"})
    report = desk.run(write(desk.folder / "page.json", page))
    assert any("more statements than are here" in note for note in report.notes)


def test_pages_correct_and_complete_one_another(desk):
    void = statement(9, "voided", None, object={"objectType": "StatementRef", "id": uid(10_001)})
    whole = statement(3, "completed", None, minute=3, result=scored(1, 2))
    first = {"statements": [void, whole], "more": "/next"}
    second = {
        "statements": [statement(1, result=scored(1)), statement(2, item="q2", result=scored(1))],
        "more": "",
    }
    paths = [write(desk.folder / f"{i}.json", json.dumps(page)) for i, page in enumerate((first, second))]
    report = import_known(paths, desk.root, ASKED)
    table = report.table("responses")
    assert (table.rows_in, table.stored, table.non_data) == (4, 1, 3)
    assert not any("`more`" in note for note in report.notes)
    assert not import_known(paths[::-1], desk.root, ASKED).changed


def test_an_empty_answer_of_a_store(desk):
    report = desk.run(write(desk.folder / "empty.json", '{"statements": [], "more": ""}'))
    assert report.table("responses").rows_in == 0


def test_a_damaged_line_waits_alone(desk):
    lines = [json.dumps(statement(i, item=f"q{i}", minute=i, result=scored(1))) for i in range(4)]
    text = "\n".join([lines[0], lines[1][:200], lines[2], "", lines[3][:-30]])
    table = desk.run(write(desk.folder / "cut.jsonl", text)).table("responses")
    assert (table.rows_in, table.stored, table.quarantined) == (4, 2, 2)
    assert waiting(desk.root) == ["2", "5"]


def test_a_list_that_is_cut_off_is_refused(desk):
    text = json.dumps([statement(i, result=scored(1)) for i in range(3)])
    with pytest.raises(ContractError, match="cut off or damaged after entry 2"):
        desk.run(write(desk.folder / "cut.json", text[:-40]))


def test_utf16_and_broken_characters(desk):
    told = [
        statement(1, result={"success": True, "response": "é"}),
        statement(2, item="q2", result=scored(1)),
    ]
    path = write(desk.folder / "s.json", json.dumps(told, ensure_ascii=False), "utf-16")
    assert desk.run(path).table("responses").stored == 2
    told[1]["result"]["response"] = "\ud800"
    assert desk.run(told).table("responses").quarantined == 1


def test_a_statement_as_learning_locker_keeps_it(desk):
    kept = [{"statement": statement(1, result=scored(1)), "active": True, "stored": "2026-03-02T10:00:00Z"}]
    assert desk.run(kept).table("responses").stored == 1


def test_written_answers_stay_out_unless_asked_for(desk):
    told = [statement(1, result={"success": True, "response": "b"})]
    told += [statement(2, item="q2", result={"success": True, "response": "my own words"})]
    told[1]["object"]["definition"]["interactionType"] = "long-fill-in"
    desk.run(told)
    assert desk.table().sort_values("item_id")["response"].fillna("").tolist() == ["b", ""]
    assert "my own words" not in mapping_text([desk.folder / "statements.json"], ASKED)[0]
    desk.run(told, texts="keep")
    assert desk.table().sort_values("item_id")["response"].tolist() == ["b", "my own words"]


def test_no_person_in_any_message(desk):
    told = [statement(i, who=f"stranger{i}@example.org", reg=i, result=scored(1)) for i in range(3)]
    told += [statement(9, result={"score": {"raw": "ada lovelace", "max": 1}})]
    told[2] = statement(2, who="ada", reg=2, result=scored(1))
    report = desk.run(told)
    assert report.table("responses").quarantined == 3
    assert report.table("responses").unmatched == 2
    assert not any(word in report.summary() for word in ("stranger", "lovelace", "ada"))


def test_many_statements_in_little_time(desk):
    many = [
        statement(
            i,
            item=f"q{i % 20}",
            who=("ada", "ben", "cem")[i % 3],
            reg=i // 20 + 1,
            minute=i,
            result=scored(1),
        )
        for i in range(4_000)
    ]
    path = desk.put(many, layout="lines")
    start = time.process_time()
    sheet = BY_NAME["xapi"].read(path, None)
    assert len(sheet.cells) == 4_000
    assert time.process_time() - start < 2


# What is written comes back

ANSWERS = st.lists(
    st.tuples(
        st.sampled_from(["ada", "ada@example.org", "ben", "cem"]),
        st.integers(1, 4),
        st.integers(1, 5),
        st.integers(0, 10),
        st.datetimes(pd.Timestamp("2026-01-01"), pd.Timestamp("2026-06-30"), timezones=st.just(None)),
        st.sampled_from(["Z", "+01:00", "-07:00"]),
    ),
    min_size=1,
    max_size=12,
    unique_by=lambda row: (row[0].partition("@")[0], row[1], row[2]),
)


@pytest.fixture(scope="module")
def again(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("xapi")
        patch.setenv("TNE_CONFIG_HOME", str(folder / "config"))
        made = Desk(folder)
        import_export(write(folder / "r.toml", ROSTER_MAP), write(folder / "roster.csv", ROSTER), made.root)
        yield made


@settings(max_examples=10, deadline=None, derandomize=True, database=None)
@given(answers=ANSWERS, layout=st.sampled_from(["list", "store", "lines"]), data=st.data())
def test_what_is_written_comes_back(again, answers, layout, data):
    made = Desk(again.folder)
    made.root = again.folder / "copy"
    shutil.rmtree(made.root, ignore_errors=True)
    shutil.copytree(again.root, made.root)
    people = {"ada": 1, "ben": 2, "cem": 3}
    told = [
        statement(
            i,
            item=f"q{item}",
            who=who,
            reg=10 * people[who.partition("@")[0]] + reg,
            result=scored(score, 10),
            timestamp=when.isoformat() + offset,
        )
        for i, (who, reg, item, score, when, offset) in enumerate(answers)
    ]
    report = made.run(data.draw(st.permutations(told)), layout)
    assert report.table("responses").stored == len(answers)
    rows = made.table()
    assert rows.groupby("attempt_id")["item_id"].apply(list).map(len).sum() == len(answers)
    found = sorted(zip(rows["item_id"], rows["score"], rows["answered_at"], strict=True))
    wanted = sorted(
        (f"{QUIZ}/q{item}", float(score), pd.Timestamp(when.isoformat() + offset).tz_convert("UTC"))
        for _, _, item, score, when, offset in answers
    )
    assert found == wanted
    assert rows["attempt_id"].nunique() == len({(a[0].partition("@")[0], a[1]) for a in answers})
