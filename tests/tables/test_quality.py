"""Data quality: silent on exports in order, and each fault is found, named and counted."""

import numpy as np
import pandas as pd
import pytest

from tests.tables.quality_cases import FIRST, PEOPLE, again, between, company, moved, opened, put, some, sound
from tests.tables.small_company import markets
from tne.tables.quality import quality, shown
from tne.tables.quality_before import before, history
from tne.tables.quality_days import strays, unlike_weeks, whole_weeks
from tne.tables.quality_drift import drift_checks
from tne.tables.quality_settings import limits
from tne.tables.workspace import Workspace

pytestmark = pytest.mark.xdist_group("quality")  # what its tests share is made once


@pytest.fixture(scope="module")
def whole():
    return sound()


def found(checked, table, check):
    """The one row of a check."""
    frame = checked.to_frame()
    rows = frame.loc[frame["table"].eq(table) & frame["check"].eq(check)]
    assert len(rows) == 1
    return rows.iloc[0]


def test_exports_in_order_raise_no_alarm(whole):
    fine = opened(**whole).quality()
    assert fine.findings.empty
    assert fine.status == "pass"
    assert fine.require() is fine
    counts = fine.to_frame().query("kind in ('join', 'times', 'duplicates', 'coverage') and status == 'pass'")
    assert counts["n"].eq(0).all()
    assert {"audits", "production", "appeals", "attendance", "enrolments", "responses", "surveys"} == set(
        counts["table"]
    )


FAULTS = {  # fault -> table, what is done to it, check that finds it, rows that it concerns
    "a tenth of the people not in the roster": (
        "moderators",
        lambda t: t.iloc[PEOPLE // 10 :],
        ("audits", "no_roster"),
        400,
    ),
    "a hole between two spells": (
        "moderators",
        lambda t: pd.concat(
            [
                t.assign(valid_to=pd.Timestamp("2026-02-01")),
                t.assign(valid_from=pd.Timestamp("2026-03-02")),
            ]
        ),
        ("production", "off_roster"),
        380,
    ),
    "audited before decided": (
        "audits",
        lambda t: moved(t, "audited_at", "-40h"),
        ("audits", "order_broken"),
        400,
    ),
    "hired after the audits": (
        "moderators",
        lambda t: put(t, "hired_on", pd.Timestamp("2026-04-06")).assign(valid_from=lambda x: x["hired_on"]),
        ("audits", "before_hire"),
        256,
    ),
    "left before the audits": (
        "moderators",
        lambda t: put(t, "left_on", pd.Timestamp("2026-03-27")),
        ("production", "after_leaving"),
        80,
    ),
    "a version that nobody knows": (
        "audits",
        lambda t: put(t, "policy_version", "9"),
        ("audits", "no_policy"),
        400,
    ),
    "a version before it was in force": (
        "policies",
        lambda t: put(t, "effective_at", FIRST + pd.Timedelta("70D"), 1),
        ("audits", "early_version"),
        2000,
    ),
    "right with an error": (
        "audits",
        lambda t: put(t, "error_type", "technical"),
        ("audits", "contradiction"),
        400,
    ),
    "audits exported twice": ("audits", lambda t: again(t, "audit_id"), ("audits", "twice"), 400),
    "cases without time": (
        "production",
        lambda t: put(t, "handle_seconds", 0.0),
        ("production", "handle_zero"),
        200,
    ),
    "nine hours for one case": (
        "production",
        lambda t: put(put(t, "cases", 1), "handle_seconds", 32400.0),
        ("production", "handle_long"),
        200,
    ),
    "more exposure than time": (
        "production",
        lambda t: put(t, "exposure_minutes", 600.0),
        ("production", "exposure_long"),
        200,
    ),
    "resolved before appealed": (
        "appeals",
        lambda t: moved(t, "resolved_at", "-80h"),
        ("appeals", "order_broken"),
        40,
    ),
    "completed before assigned": (
        "enrolments",
        lambda t: moved(t, "completed_at", "-60D", 2),
        ("enrolments", "order_broken"),
        10,
    ),
    "stays in a session on another day": (
        "attendance",
        lambda t: moved(t, "joined_at", "3D", 2),
        ("attendance", "off_session"),
        10,
    ),
    "stays of people who are not enrolled": (
        "enrolments",
        lambda t: t.iloc[10:],
        ("attendance", "no_enrolment"),
        10,
    ),
    "answers of people who are not enrolled": (
        "enrolments",
        lambda t: t.iloc[10:],
        ("responses", "no_enrolment"),
        20,
    ),
    "questions that nobody knows": ("items", lambda t: t.iloc[:1], ("responses", "no_item"), 40),
    "tests after the training sold as tests before": (
        "responses",
        lambda t: t.assign(answered_at=t["answered_at"] + pd.to_timedelta(10 * t["wave"].eq("pre"), "D")),
        ("responses", "wave_order"),
        20,
    ),
    "attempts exported twice": (
        "responses",
        lambda t: again(t, "attempt_id", part=4),
        ("responses", "twice"),
        10,
    ),
    "attempts seconds apart": (
        "responses",
        lambda t: again(t, "attempt_id", "20s", 4).assign(
            score=lambda x: x["score"] + x["attempt_id"].str.endswith("-again")
        ),
        ("responses", "close_attempts"),
        10,
    ),
    "questionnaires exported twice": (
        "surveys",
        lambda t: again(t, "response_id", part=2),
        ("surveys", "twice"),
        10,
    ),
    "answers before the session": (
        "surveys",
        lambda t: moved(t, "submitted_at", "-5D", 2),
        ("surveys", "before_session"),
        10,
    ),
    "audits of another year": (
        "audits",
        lambda t: put(t, "audited_at", FIRST + pd.Timedelta("900D"), 900),
        ("audits", "future"),
        5,
    ),
    "the export stopped three weeks ago": (
        "audits",
        lambda t: t[between(t, "decided_at", "2026-01-01", "2026-05-04")],
        ("audits", "stale"),
        20,
    ),
    "a week with a tenth of the rows": (
        "production",
        lambda t: t[~between(t, "date", "2026-03-09", "2026-03-16") | some(t)],
        ("production", "few_in_week"),
        1,
    ),
    "a week without any row": (
        "audits",
        lambda t: t[~between(t, "decided_at", "2026-03-09", "2026-03-16")],
        ("audits", "few_in_week"),
        1,
    ),
    "a week exported three times": (
        "audits",
        lambda t: pd.concat(
            [
                t,
                *(
                    t[between(t, "decided_at", "2026-03-09", "2026-03-16")].assign(
                        audit_id=lambda x, k=k: x["audit_id"] + k, case_id=lambda x, k=k: x["case_id"] + k
                    )
                    for k in "xy"
                ),
            ]
        ),
        ("audits", "many_in_week"),
        1,
    ),
    "no answers to a second session": (
        "responses",
        lambda t: t[~t["moderator_id"].isin(t["moderator_id"].unique()[:10])],
        ("responses", "not_followed"),
        10,
    ),
}


@pytest.fixture(scope="module")
def spoiled(whole):
    """One company: a market for every fault, by their order, each of which has everything else in order."""
    markets = {}
    for i, (name, (table, spoil, *_)) in enumerate(FAULTS.items()):
        changed = {table: spoil(whole[table])}
        if name == "no answers to a second session":  # ten people came to theirs a month after the others
            late = whole["enrolments"].copy()
            late.loc[late.index[:10], "completed_at"] += pd.Timedelta("30D")
            changed["enrolments"] = late
        markets[f"M{i}"] = {**whole, **changed}
    return company(markets).quality().to_frame().set_index(["market", "table", "check"])


@pytest.mark.parametrize("fault", FAULTS)
def test_faults_are_found_and_counted(spoiled, fault):
    *_, place, n = FAULTS[fault]
    row = spoiled.loc[(f"M{list(FAULTS).index(fault)}", *place)]
    assert row["status"] in ("warn", "fail")  # rows that stand twice stop from a fifth on
    assert row["n"] == pytest.approx(n, abs=0.06 * n)


def later(frame, column, first):
    """Rows from a day on."""
    return frame[between(frame, column, first, "2030-01-01")]


def without(whole, last):
    """Everything that comes daily, up to a day only."""
    return {
        "audits": whole["audits"][between(whole["audits"], "audited_at", "2026-01-01", last)],
        "appeals": whole["appeals"][between(whole["appeals"], "resolved_at", "2026-01-01", last)],
        "production": whole["production"][between(whole["production"], "date", "2026-01-01", last)],
    }


@pytest.fixture(scope="module")
def odd(whole):
    """Markets that have a reason, and their opposites."""
    copies = [whole["surveys"].assign(response_id=lambda t, k=k: t["response_id"] + k) for k in "abcdef"]
    class_ = pd.concat(copies).assign(moderator_id=None)
    tries = whole["responses"]
    by_day = tries["answered_at"].dt.normalize() + pd.to_timedelta(np.arange(len(tries)) % 20 // 5, "D")
    tries = tries.assign(answered_at=by_day)
    closed = without(whole, "2026-05-01")
    left = whole["moderators"].assign(left_on=pd.Timestamp("2026-05-01"))
    begun = {
        "audits": later(whole["audits"], "decided_at", "2026-05-04"),
        "appeals": later(whole["appeals"], "decided_at", "2026-05-04"),
        "production": later(whole["production"], "date", "2026-05-04"),
    }
    changed = {
        "SOUND": {},
        "CLASS": {"surveys": class_.assign(submitted_at=FIRST + pd.Timedelta("56D 22h"))},
        "DAYS": {
            "responses": pd.concat(
                [
                    tries,
                    tries.assign(attempt_id=lambda t: t["attempt_id"] + "b", score=lambda t: 1 - t["score"]),
                ]
            )
        },
        "CLOSED": {**closed, "moderators": left},
        "SILENT": closed,
        "NEW": begun,
        "EMPTY": {"audits": whole["audits"].iloc[:0]},
    }
    return company({code: {**whole, **own} for code, own in changed.items()}).quality()


def test_what_has_a_reason_raises_no_alarm(odd):
    """Anonymous answers of a class in one minute, two tries on one date, a market that closed, one that is new."""
    assert set(odd.findings["market"]) == {"SILENT"}
    assert odd.to_frame().query("kind == 'duplicates' and market != 'SILENT'")["n"].eq(0).all()


def test_a_market_whose_exports_all_stopped_is_late(odd):
    late = odd.findings.set_index("table")["check"].to_dict()
    assert late == dict.fromkeys(("audits", "appeals", "production"), "stale")


def test_a_market_without_rows_of_a_table_is_said(odd):
    frame = odd.to_frame().query("note == 'no rows'")
    assert frame[["market", "table", "status"]].to_numpy().tolist() == [["EMPTY", "audits", "not_run"]]


@pytest.fixture(scope="module")
def mild(whole):
    """No policies, few audits with times that cannot be, people who wait, a week without production."""
    late = moved(whole["enrolments"], "completed_at", "40D", 1).assign(arm="waitlist")
    gap = between(whole["production"], "date", "2026-03-09", "2026-03-16")
    changed = {
        "policies": None,
        "enrolments": late,
        "audits": moved(whole["audits"], "audited_at", "-40h", 500),
        "production": whole["production"][~gap],
    }
    return opened(**{**whole, **changed}).quality("DE")


def test_what_is_rare_is_counted_and_does_not_warn(mild):
    row = found(mild, "audits", "order_broken")
    assert (row["status"], row["n"]) == ("pass", 8)


def test_a_check_without_its_table_is_not_run(mild):
    row = found(mild, "audits", "no_policy")
    assert (row["status"], row["note"]) == ("not_run", "no table policies")


def test_those_who_wait_take_the_later_test_before_their_training(mild):
    assert found(mild, "responses", "wave_order")["n"] == 0


def test_the_first_and_the_last_week_are_no_holes():
    day = pd.date_range("2026-01-08", "2026-03-17", freq="D")  # a Thursday to a Tuesday
    weeks = whole_weeks(pd.Series(50, index=day))
    assert weeks.index[0] == pd.Timestamp("2026-01-12")
    assert weeks.index[-1] == pd.Timestamp("2026-03-09")
    assert unlike_weeks(weeks, 2.0).empty


def test_few_rows_are_chance_and_many_are_not():
    weekly = pd.Series(6, index=pd.date_range("2026-01-05", periods=20, freq="7D"))
    weekly.iloc[9] = 1
    assert unlike_weeks(weekly, 2.0).empty
    assert unlike_weeks(100 * weekly, 2.0).index.tolist() == [weekly.index[9]]


def test_strays_are_few_and_far_behind():
    day = pd.date_range("2026-01-05", periods=100, freq="D")
    n = pd.Series(20, index=day)
    assert strays(n) is None
    assert strays(pd.concat([n, pd.Series(3, index=[day[-1] + pd.Timedelta("400D")])])) == day[-1]
    assert strays(pd.concat([n, pd.Series(300, index=[day[-1] + pd.Timedelta("40D")])])) is None


def asked(workspace, **settings):
    """The same workspace under other limits."""
    return shown(quality(workspace.engine, {"quality": settings}))


def test_settings_warn_stop_and_switch_off(whole):
    names = ("markets", "moderators", "audits", "production")
    frames = {name: whole[name] for name in names} | {"moderators": whole["moderators"].iloc[4:]}
    frames["audits"] = put(whole["audits"], "audited_at", FIRST + pd.Timedelta("900D"), 900)
    hole = between(whole["production"], "date", "2026-03-09", "2026-03-16") & ~some(whole["production"])
    frames["production"] = whole["production"][~hole]
    workspace = Workspace.from_frames(frames)
    off = {kind: {"warn": False} for kind in ("join", "times", "coverage")}
    assert asked(workspace, **off).status == "pass"
    assert asked(workspace).findings["check"].value_counts().to_dict() == {
        "no_roster": 2,
        "future": 1,
        "few_in_week": 1,
    }
    only_stop = {**off, "coverage": {"warn": False, "stop": 3}}
    assert asked(workspace, **only_stop).findings[["check", "status"]].to_numpy().tolist() == [
        ["few_in_week", "fail"]
    ]
    stopping = asked(workspace, audits={"join": {"stop": 0.15}})
    assert stopping.status == "fail"
    with pytest.raises(ValueError, match=r"The data stop this report: `no_roster` of `audits` beyond 0\.15"):
        stopping.require()
    few = asked(workspace, rows=5000).findings["check"].tolist()
    assert sorted(few) == ["few_in_week", "future"]  # they rest on weeks and on single rows


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"joins": {"warn": 0.1}}, "'joins' is neither a check nor a table"),
        ({"audits": {"joins": {"warn": 0.1}}}, "'joins' is no check"),
        ({"join": {"alarm": 0.1}}, "warn = …, stop = …"),
        ({"join": 0.1}, "warn = …, stop = …"),
        ({"join": {"warn": -1}}, "a number above 0"),
        ({"join": {"warn": True}}, "a number above 0"),
        ({"join": {"warn": 2}}, "0.02 for 2 %"),
        ({"audits": {"times": {"stop": 20}}}, "0.02 for 2 %"),
        ({"join": {"warn": 0.6, "stop": 0.5}}, "stops before it warns"),
        ({"rows": 0}, "whole number from 1"),
        ({"audits": 3}, "is no table"),
    ],
)
def test_settings_that_say_nothing_are_refused(given, says):
    with pytest.raises(ValueError, match=says):
        limits({"quality": given})


def test_findings_before_a_day_are_left_out(mild):
    assert mild.since("2026-03-01").findings["check"].tolist() == ["few_in_week"]
    assert mild.since("2026-03-20").findings.empty


DRIFTS = {
    "a new value of the queue": (lambda t: put(t, "queue", "Video ", 4), "drift_values", "queue"),
    "a policy area that is gone": (lambda t: t.assign(policy_area="hate"), "drift_values", "policy_area"),
    "a column that is empty now": (lambda t: put(t, "root_cause", None, 1), "drift_nulls", "root_cause"),
    "three times as many errors": (
        lambda t: t.assign(correct=np.arange(len(t)) % 3 > 0),
        "drift_share",
        "correct",
    ),
    "weights in per cent": (lambda t: t.assign(sampling_weight=100.0), "drift_scale", "sampling_weight"),
}


def drifted(spoiled):
    """The checks of drift of several markets: audits then and now by code."""
    then, now = (
        company({code: {"markets": markets().iloc[1:], "audits": pair[i]} for code, pair in spoiled.items()})
        for i in (0, 1)
    )
    return {
        code: {r["check"]: r for r in drift_checks(now.engine, then.engine, "audits", code, limits({}))}
        for code in spoiled
    }


def test_a_new_test_may_have_a_scale_of_its_own(whole):
    """The scale of one programme's form is held against its own; another form's is news."""
    tries = whole["responses"].dropna(subset=["answered_at"])
    later = tries.assign(
        attempt_id=tries["attempt_id"] + "-b",
        answered_at=tries["answered_at"] + pd.Timedelta(weeks=12),
        score=tries["score"] * 100,
    )
    again = {"other form": later.assign(form="B"), "same form": later}

    def engine(code, answers):
        return company({code: {"markets": markets().iloc[1:], "responses": answers}}).engine

    statuses = {
        name: [
            row["status"]
            for row in drift_checks(
                engine("M", pd.concat([tries, came])), engine("M", tries), "responses", "M", limits({})
            )
            if row["check"] == "drift_scale"
        ]
        for name, came in again.items()
    }
    assert statuses == {"other form": ["not_run"], "same form": ["warn"]}


@pytest.fixture(scope="module")
def drifts(whole):
    audits = whole["audits"]
    new = audits["audited_at"] >= pd.Timestamp("2026-05-04", tz="UTC")
    pairs = {
        f"M{i}": (audits[~new], pd.concat([audits[~new], spoil(audits[new])]))
        for i, (spoil, *_) in enumerate(DRIFTS.values())
    }
    return drifted({**pairs, "SAME": (audits[~new], audits), "PAST": (audits, audits[~some(audits)])})


@pytest.mark.parametrize("drift", DRIFTS)
def test_an_import_unlike_the_one_before_is_found(drifts, drift):
    _, check, column = DRIFTS[drift]
    rows = drifts[f"M{list(DRIFTS).index(drift)}"]
    assert {c for c, r in rows.items() if r["status"] == "warn"} == {check}
    assert rows[check]["column"] == column


def test_an_import_like_the_one_before_is_none(drifts):
    assert set(drifts["SAME"]) == {
        "drift_past",
        "drift_nulls",
        "drift_share",
        "drift_scale",
        "drift_values",
    }
    assert {r["status"] for r in drifts["SAME"].values()} == {"pass"}


def test_a_past_that_changed_is_found(drifts):
    row = drifts["PAST"]["drift_past"]
    assert (row["status"], row["n"]) == ("warn", 400)


def test_a_plain_folder_has_no_earlier_import(tmp_path):
    assert before(tmp_path, "audits", "DE") is None
    assert history(tmp_path, "DE") == {}


def test_rows_of_few_people_are_not_counted(whole):
    people = whole["audits"]["moderator_id"].unique()
    few, enough = (
        whole | {"audits": whole["audits"][whole["audits"]["moderator_id"].isin(people[:n])]} for n in (9, 10)
    )
    hidden, told = Workspace.from_frames(few).quality(), Workspace.from_frames(enough).quality()
    assert np.isnan(hidden.rows["audits"])
    assert told.rows["audits"] == len(enough["audits"])
    assert hidden.rows["policies"] == len(whole["policies"])
    assert hidden.n == told.n - len(enough["audits"]) + len(few["audits"])
