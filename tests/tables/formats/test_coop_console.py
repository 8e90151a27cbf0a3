"""Decisions and skips of the console Coop: what they add up to, on whose day, and imported again."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tables.formats.coop_cases import HEADERS, OLD, SKIPS, Desk, decision, decisions, moment, text
from tests.tables.formats.meeting_cases import tag
from tests.tables.import_cases import write
from tne.tables.importers import ContractError, MappingError
from tne.tables.importers.formats.coop_console import DECISIONS_FORMAT, SKIPS_FORMAT
from tne.tables.importers.recognising import mapping_text, recognise
from tne.tables.importers.sniffing import sample


@pytest.fixture
def desk(tmp_path, monkeypatch):
    monkeypatch.setenv("TNE_CONFIG_HOME", str(tmp_path / "config"))
    return Desk(tmp_path)


def at(when):
    return pd.Timestamp(f"2026-{when}")


def many(day, n, first=0, **kw):
    """`n` decisions on a day, from noon on, one a minute."""
    return [
        decision(f"{day}-{i}", at(f"{day} 12:00") + pd.Timedelta(minutes=i), **kw)
        for i in range(first, first + n)
    ]


def skip(job, when, who="MOD 17", queue="video"):
    return [
        who,
        queue,
        moment(at(when)),
        f"https://console.example.org/dashboard/manual_review/recent?jobId={job}",
    ]


def test_decisions_add_up_to_days(desk):
    export = decisions([*many("03-02", 3), *many("03-02", 2, queue="text", seconds=10), *many("03-03", 1)])
    path = desk.put(export)
    assert "Decisions, Policies" in recognise(path).how
    report = desk.known(export)
    table = report.table("production")
    assert (table.rows_in, table.stored, table.new, report.unknown_columns) == (6, 6, 6, ())
    assert desk.days() == {
        ("DE", "video", "03-02"): 3,
        ("DE", "text", "03-02"): 2,
        ("DE", "video", "03-03"): 1,
    }
    assert desk.days("handle_seconds")["DE", "video", "03-02"] == 90


def test_every_market_has_its_own_day(desk):
    late = at("03-02 23:30")
    rows = [decision(i, late, who=f"MOD {17 + i}") for i in range(3)]
    rows += [decision(9, at("03-02 07:30"), who="MOD 19")]
    desk.known(decisions(rows))
    assert desk.days() == {
        ("DE", "video", "03-03"): 1,
        ("JP", "video", "03-03"): 1,
        ("US", "video", "03-01"): 1,
        ("US", "video", "03-02"): 1,
    }


def test_days_of_one_zone_where_that_is_wanted(desk):
    export = decisions([decision(1, at("03-02 23:30"))])
    report = desk.known(export, zone="UTC")
    assert list(desk.days()) == [("DE", "video", "03-02")]
    assert "midnight UTC" in report.summary()


def test_a_market_without_zone_waits(desk):
    with pytest.raises(ContractError, match="zone is not in `markets`"):
        desk.known(decisions(many("03-02", 3)), market="FR")
    assert len(desk.table("production")) == 0


def test_what_is_no_case(desk):
    rows = [
        *many("03-02", 2),
        decision("a", at("03-02 13:00"), who="Automatic", made=["Closed Automatically"], seconds=None),
        decision("b", at("03-02 13:01"), made=["Move to Different Queue"]),
        decision("c", at("03-02 13:02"), who="Unknown"),
        decision("d", at("03-02 13:03"), who="Ada Anders"),
    ]
    table = desk.known(decisions(rows)).table("production")
    assert (table.rows_in, table.stored, table.non_data, table.unmatched) == (6, 2, 2, 2)
    desk.known(decisions(rows), moved="count")
    assert desk.days() == {("DE", "video", "03-02"): 3}


def test_manual_actions_are_no_cases(desk):
    headers = ["Origin", *HEADERS[:-1], "Items", "Failed", "Link"]
    rows = [{**row, "Origin": "Review Job"} for row in many("03-02", 2)]
    rows += [
        {**decision("x", at("03-02 13:00"), queue=""), "Origin": "Manual Action", "Items": 84, "Link": ""}
    ]
    report = desk.known(decisions(rows, headers))
    assert (report.table("production").stored, report.table("production").non_data) == (2, 1)
    assert report.unknown_columns == ()


def test_exports_without_handle_time_and_formulas_in_quotes(desk):
    rows = many("03-02", 2, queue="-spam", reason='=cmd|"/c calc"!A1\nsecond line')
    report = desk.known(decisions(rows, OLD))
    assert report.table("production").stored == 2
    assert desk.days() == {("DE", "-spam", "03-02"): 2}
    assert desk.table("production")["handle_seconds"].isna().all()
    assert not any(b"calc" in content for content in desk.state().values())


def test_a_day_with_an_unknown_time_has_no_sum(desk):
    desk.known(decisions([*many("03-02", 2), *many("03-02", 1, first=2, seconds=None), *many("03-03", 2)]))
    seconds = desk.days("handle_seconds")
    assert pd.isna(seconds["DE", "video", "03-02"])
    assert seconds["DE", "video", "03-03"] == 60


def test_twice_changes_nothing(desk):
    export = decisions([*many("03-02", 3), *many("03-03", 1)])
    desk.known(export)
    before = desk.state()
    again = desk.known(export)
    assert (again.changed, again.table("production").unchanged) == (False, 4)
    assert desk.state() == before


def test_pages_that_overlap_count_once(desk):
    rows = many("03-02", 5)
    table = desk.known(decisions([*rows, *rows[2:4]])).table("production")
    assert (table.rows_in, table.stored, table.duplicates) == (7, 5, 2)
    assert desk.days() == {("DE", "video", "03-02"): 5}


def test_a_longer_export_replaces_and_a_cut_one_does_not(desk):
    first = [*many("03-02", 3), *many("03-03", 4), *many("03-04", 2)]
    desk.known(decisions(first))
    # The next export begins inside the third and knows the fourth in full.
    later = [*many("03-03", 2, first=2), *many("03-04", 5), *many("03-05", 1)]
    report = desk.known(decisions(later))
    table = report.table("production")
    assert (table.unchanged, table.replaced, table.new) == (2, 5, 1)
    assert "1 rows of the first or last day" in report.summary()
    assert [desk.days()["DE", "video", f"03-0{d}"] for d in (2, 3, 4, 5)] == [3, 4, 5, 1]


def test_two_halves_of_a_day_add_up_in_one_import(desk):
    halves = [[*many("03-02", 3), *many("03-03", 4)], [*many("03-03", 6, first=3), *many("03-04", 1)]]
    for half in halves:
        desk.known(decisions(half))
    assert desk.days()["DE", "video", "03-03"] == 6  # the fuller half, said in the report
    desk.known([decisions(half) for half in halves])
    assert desk.days()["DE", "video", "03-03"] == 9


def test_a_whole_day_that_shrinks_is_replaced_and_said(desk):
    desk.known(decisions([*many("03-02", 1), *many("03-03", 4), *many("03-04", 1)]))
    report = desk.known(decisions([*many("03-02", 1), *many("03-03", 2), *many("03-04", 1)]))
    assert desk.days()["DE", "video", "03-03"] == 2
    assert "1 rows are smaller than before" in report.summary()


def test_skips_keep_what_the_decisions_say(desk):
    skips = text(SKIPS, [skip(1, "03-02 12:00:01"), skip(2, "03-02 12:00:02"), skip(3, "03-03 09:00:00")])
    assert "exactly the columns" in recognise(desk.put(skips)).how
    desk.known(decisions([*many("03-02", 3)]))
    desk.known(skips)
    assert desk.days() == {("DE", "video", "03-02"): 3, ("DE", "video", "03-03"): 0}
    assert desk.days("skipped") == {("DE", "video", "03-02"): 2, ("DE", "video", "03-03"): 1}
    before = desk.state()
    assert not desk.known(skips).changed
    assert desk.state() == before
    # Decisions that come after the skips keep them too.
    desk.known(decisions([*many("03-02", 3), *many("03-03", 5)]))
    assert desk.days("skipped")["DE", "video", "03-03"] == 1
    assert desk.days()["DE", "video", "03-03"] == 5


def test_bad_times_wait_with_their_line(desk):
    rows = [*many("03-02", 30), {**decision("x", at("03-02 12:00")), "Decision Time": "13/13/26 01:00:00 PM"}]
    table = desk.known(decisions(rows)).table("production")
    assert (table.stored, table.quarantined) == (30, 1)
    waiting = next((desk.root / "quarantine" / "production").glob("*.csv")).read_text("utf-8-sig")
    assert ",32," in waiting.splitlines()[1]
    assert "Spam" not in waiting


def test_what_the_reviewer_column_holds(desk):
    rows = many("03-02", 2, who="ada@example.org")
    assert desk.known(decisions(rows), reviewer="mail").table("production").stored == 2
    with pytest.raises(MappingError, match="reviewer"):
        desk.known(decisions(rows), reviewer="name")


def test_the_mapping_is_the_same_for_newer_exports(desk):
    first, _ = mapping_text([desk.put(decisions(many("03-02", 2)), "a.csv")])
    second, _ = mapping_text([desk.put(decisions(many("04-02", 9)), "b.csv")])
    assert first == second


@pytest.mark.parametrize(
    "text",
    [
        "Reviewer,Queue,Decision Time,Link,Score\na,b,c,d,e\n",
        "Reviewer,Queue,Decision Time\na,b,c\n",
        "Decisions,Policies\na,b\n",
        "appealId,appealedBy,appealDecision\n1,2,ACCEPT\n",
    ],
)
def test_near_misses_are_not_claimed(tmp_path, text):
    seen = sample(write(tmp_path / "x.csv", text))
    assert (DECISIONS_FORMAT.recognise(seen), SKIPS_FORMAT.recognise(seen)) == ("", "")


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("coop")
        patch.setenv("TNE_CONFIG_HOME", str(folder / "config"))
        yield Desk(folder)


ZONES = {
    "MOD 17": ("DE", "Europe/Berlin"),
    "MOD 18": ("JP", "Asia/Tokyo"),
    "MOD 19": ("US", "America/Los_Angeles"),
}


@settings(max_examples=10, derandomize=True, deadline=None, database=None)
@given(
    rows=st.lists(
        st.tuples(
            st.sampled_from(list(ZONES)),
            st.sampled_from(["a", "=b"]),
            st.integers(0, 3 * 86400),
            st.integers(0, 600),
        ),
        min_size=1,
        max_size=12,
    )
)
def test_sums_are_those_of_the_rows(shared, rows):
    """Rows, an export, the import: cases and seconds of each market, queue and local day come back."""
    base, own_tag = at("03-02 00:00").tz_localize("UTC"), f"-{tag(rows)}"
    expected: dict[tuple, list[int]] = {}
    made = []
    for i, (who, queue, t, seconds) in enumerate(rows):
        when = base + pd.Timedelta(seconds=t)
        made.append(
            decision(
                f"{own_tag}{i}", when, who=who, queue=queue + own_tag, seconds=seconds, reason='a "b",\n=c'
            )
        )
        market, zone = ZONES[who]
        entry = expected.setdefault(
            (market, queue + own_tag, when.tz_convert(zone).strftime("%m-%d")), [0, 0]
        )
        entry[0] += 1
        entry[1] += seconds
    table = shared.known(decisions(made)).table("production")
    assert (table.rows_in, table.stored, table.new) == (len(rows), len(rows), len(rows))
    own = {key: value for key, value in shared.days().items() if key[1].endswith(own_tag)}
    spent = shared.days("handle_seconds")
    assert {key: [value, spent[key]] for key, value in own.items()} == expected
