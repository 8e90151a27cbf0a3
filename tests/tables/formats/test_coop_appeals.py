"""Decisions on appeals from Coop: what they say, what stored tables add, and what waits."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tables.formats.coop_cases import Desk
from tests.tables.import_cases import write
from tne.tables.importers import ContractError, MappingError, import_export
from tne.tables.importers.formats.coop_appeals import FORMAT
from tne.tables.importers.mapping import Source
from tne.tables.importers.recognising import recognise
from tne.tables.importers.sniffing import sample

APPEALS_MAP = """
[source]
name = "platform-appeals"
[[table]]
into = "appeals"
[table.columns]
case_id = "case"
queue = "queue"
policy_area = "area"
decided_at = "decided"
appealed_at = "appealed"
[table.constants]
market = "DE"
"""
APPEALS = "case,queue,area,decided,appealed\n" + "".join(
    f"ap{i},video,hate,2026-03-0{i}T09:00:00Z,2026-03-0{i}T12:00:00Z\n" for i in range(1, 4)
)
AUDITS_MAP = """
[source]
name = "audits"
[[table]]
into = "audits"
[table.columns]
audit_id = "audit"
case_id = "case"
moderator_id = { person = { column = "login", kind = "username" } }
auditor_id = { id = ["qa"], prefix = "q_" }
decided_at = "decided"
audited_at = "audited"
queue = "queue"
[table.constants]
market = "DE"
policy_area = "hate"
policy_version = "v1"
decision = "remove"
audited_decision = "remove"
correct = true
error_type = "none"
sampling_weight = 1
seeded = false
"""
AUDITS = """audit,case,login,qa,decided,audited,queue
1,item1,MOD 17,q,2026-03-01T09:00:00Z,2026-03-02T09:00:00Z,video
2,item2,MOD 17,q,2026-03-01T10:00:00Z,2026-03-02T09:00:00Z,video
3,item2,MOD 17,r,2026-03-01T10:00:00Z,2026-03-02T09:00:00Z,text
"""


@pytest.fixture
def desk(tmp_path, monkeypatch):
    monkeypatch.setenv("TNE_CONFIG_HOME", str(tmp_path / "config"))
    return Desk(tmp_path)


def body(appeal, decision="ACCEPT", item="item1", **custom):
    """Return the body of one callback."""
    made = {
        "appealId": appeal,
        "item": {"id": item, "typeId": "post"},
        "appealedBy": {"id": "user-4711", "typeId": "user"},
        "appealDecision": decision,
    }
    return {**made, "custom": custom} if custom else made


def lines(*bodies):
    return "\n".join(map(json.dumps, bodies))


def store(desk, mapping, text, name):
    return import_export(
        write(desk.folder / f"{name}.toml", mapping), desk.put(text, f"{name}.csv"), desk.root
    )


def test_decisions_complete_the_stored_appeals(desk):
    store(desk, APPEALS_MAP, APPEALS, "platform")
    export = "appealId,appealedBy,appealDecision\nap1,user-4711,ACCEPT\nap2,user-4712,REJECT\nap9,user-4713,ACCEPT\n"
    assert recognise(desk.put(export)).how == "the fields appealId and appealDecision"
    report = desk.known(export)
    table = report.table("appeals")
    assert (table.rows_in, table.stored, table.replaced, table.quarantined) == (3, 2, 2, 1)
    assert table.rules == (("market: not in appeals or audits", 1),)
    rows = desk.table("appeals").set_index("case_id")
    assert rows["overturned"].dropna().to_dict() == {"ap1": True, "ap2": False}
    assert set(rows["queue"]) == {"video"}
    assert report.unknown_columns == ()
    before = desk.state()
    assert not desk.known(export).changed
    assert desk.state() == before
    assert not any(b"user-47" in content for content in before.values())


def test_audits_say_what_custom_fields_do_not(desk):
    store(desk, AUDITS_MAP, AUDITS, "audits")
    export = lines(body("ap1", appealedAt="2026-03-03T09:00:00Z", resolvedAt="2026-03-04T09:00:00Z"))
    report = desk.known(export, "appeals.jsonl", case="item")
    assert (report.table("appeals").stored, report.unknown_columns) == (1, ())
    row = desk.table("appeals").iloc[0]
    assert (row["case_id"], row["market"], row["queue"], row["policy_area"]) == (
        "item1",
        "DE",
        "video",
        "hate",
    )
    assert row["moderator_id"] == desk.table("audits")["moderator_id"].iloc[0]
    assert (row["decided_at"], row["resolved_at"]) == (
        pd.Timestamp("2026-03-01 09:00", tz="UTC"),
        pd.Timestamp("2026-03-04 09:00", tz="UTC"),
    )


def test_audits_that_differ_are_not_chosen_from(desk):
    store(desk, AUDITS_MAP, AUDITS, "audits")
    custom = {"appealedAt": "2026-03-03T09:00:00Z"}
    export = lines(body("ap1", **custom), body("ap2", item="item2", **custom))
    table = desk.known(export, "appeals.jsonl", case="item").table("appeals")
    assert (table.stored, table.rules) == (1, (("queue: the rows in appeals and audits differ", 1),))


def test_asked_and_custom_values(desk):
    custom = {"decided_at": "2026-03-01 10:00", "appealedAt": "2022-10-16 17:47:55.781-05", "queue": "text"}
    custom = {**custom, "appealedAt": "2026-03-02 17:47:55.781-05"}
    export = json.dumps([body("ap1", "REJECT", **custom)])
    desk.known(export, "appeals.json", market="DE", policy_area="hate", zone="Europe/Berlin")
    row = desk.table("appeals").iloc[0]
    assert (row["case_id"], row["queue"], row["overturned"]) == ("ap1", "text", False)
    assert row["decided_at"] == pd.Timestamp("2026-03-01 09:00", tz="UTC")
    assert row["appealed_at"] == pd.Timestamp("2026-03-02 22:47:55.781", tz="UTC")


def test_nothing_is_invented(desk):
    report = desk.known(
        "appealId,appealedBy,appealDecision\nap1,u,ACCEPT\n", market="DE", queue="q", policy_area="hate"
    )
    assert (report.table("appeals").stored, report.table("appeals").quarantined) == (0, 1)
    assert len(desk.table("appeals")) == 0


def test_odd_decisions_and_lines_wait(desk):
    store(desk, APPEALS_MAP, APPEALS, "platform")
    export = lines(body("ap1"), body("ap2", "MAYBE"), body("ap3", "REJECT")) + "\n{broken\n"
    table = desk.known(export, "appeals.jsonl").table("appeals")
    assert (table.rows_in, table.stored, table.quarantined) == (4, 2, 2)
    assert ("overturned: not in the value map", 1) in table.rules


def test_contradictions_stop(desk):
    store(desk, APPEALS_MAP, APPEALS, "platform")
    with pytest.raises(ContractError, match="share their key"):
        desk.known(lines(body("ap1"), body("ap1", "REJECT")), "appeals.jsonl")
    # A callback that was sent again is a copy.
    assert desk.known(lines(body("ap1"), body("ap1")), "appeals.jsonl").table("appeals").duplicates == 1


def test_look_ups_are_checked(desk):
    wrong = APPEALS_MAP.replace('queue = "queue"', 'queue = { stored = "costs" }')
    with pytest.raises(MappingError, match="cannot be looked up in `costs`"):
        store(desk, wrong, APPEALS, "wrong")


@pytest.mark.parametrize(
    "text",
    [
        "appealId,appealedBy\n1,2\n",
        '{"appealId": "1", "appealedAt": "2026-03-01T00:00:00Z"}\n',
        '{"id": "1", "actor": {}, "verb": {}, "object": {}}\n',
    ],
)
def test_near_misses_are_not_claimed(tmp_path, text):
    assert FORMAT.recognise(sample(write(tmp_path / "x.json", text))) == ""


@settings(max_examples=10, derandomize=True, deadline=None, database=None)
@given(
    rows=st.lists(
        st.tuples(st.uuids().map(str), st.sampled_from(["ACCEPT", "REJECT"])),
        min_size=1,
        max_size=9,
        unique=True,
    ),
    form=st.sampled_from(["csv", "jsonl", "json"]),
)
def test_decisions_come_back(tmp_path_factory, rows, form):
    """Rows, an export, the reader: the same appeals and decisions."""
    bodies = [body(appeal, decision) for appeal, decision in rows]
    made = {
        "csv": "appealId,appealedBy,appealDecision\n" + "".join(f"{a},u,{d}\n" for a, d in rows),
        "jsonl": lines(*bodies),
        "json": json.dumps(bodies, indent=1),
    }
    path = write(tmp_path_factory.mktemp("coop") / f"appeals.{form}", made[form])
    sheet = FORMAT.read(path, Source(name="x"))
    place = {name: i for i, name in enumerate(sheet.headers)}
    assert [(r[place["appealId"]], r[place["appealDecision"]]) for r in sheet.cells] == rows
