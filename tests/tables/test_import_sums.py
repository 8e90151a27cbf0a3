"""Rows that add up: what may replace what is stored, whose day it is, and where people stand in two columns."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tables.import_cases import write
from tne.tables.contracts import TABLES
from tne.tables.importers import ContractError, MappingError, import_export
from tne.tables.importers.mapfile import parse_map
from tne.tables.importers.merging import complete, merge
from tne.tables.importers.summing import add_up, clashing, hold
from tne.tables.importers.touching import read_stored

PRODUCTION, AUDITS = TABLES["production"], TABLES["audits"]
MAPPED = ("market", "moderator_id", "queue", "date", "cases", "handle_seconds")
DAYS = pd.date_range("2026-03-02", periods=4)
MAP = """
[source]
name = "cases"
[[table]]
into = "production"
sum = ["case"]
[table.columns]
moderator_id = { person = { either = ["login", "mail"], kind = ["username", "mail"] } }
queue = "queue"
date = "day"
cases = "n"
[table.constants]
market = "DE"
"""


def rows(days, seconds=30.0, market="DE", cases=1):
    """Return rows of one person, one a case."""
    return complete(
        PRODUCTION,
        pd.DataFrame(
            {
                "market": market,
                "moderator_id": "m_1",
                "queue": "video",
                "date": pd.to_datetime(list(days)),
                "cases": cases,
                "handle_seconds": seconds,
            }
        ),
    )


def store(stored, piece):
    """Return what is stored after a piece came in, as one import does it, and what was held back."""
    total = add_up(PRODUCTION, piece)
    fresh, held, shrunk = hold(PRODUCTION, stored, total.frame, MAPPED)
    return merge(PRODUCTION, stored, fresh, MAPPED).frame, held, shrunk


def cases(stored):
    return dict(zip(stored["date"], stored["cases"], strict=True))


NOTHING = rows([])


@settings(max_examples=25, derandomize=True, deadline=None, database=None)
@given(cuts=st.lists(st.tuples(st.integers(0, 11), st.integers(1, 12)), min_size=1, max_size=3))
def test_no_order_of_exports_loses_a_whole_day(cuts):
    """Whatever pieces come in whatever order: days that one of them holds in full end up whole, no day too large."""
    everything = [day for day in DAYS for _ in range(3)]
    stored, whole = NOTHING, set()
    for start, size in cuts:
        stored, _, _ = store(stored, rows(everything[start : start + size]))
        whole |= {day for i, day in enumerate(DAYS) if start <= 3 * i and 3 * i + 3 <= start + size}
    made = cases(stored)
    assert all(made[day] == 3 for day in whole)
    assert all(value <= 3 for value in made.values())


def test_sums_and_weights():
    total = add_up(PRODUCTION, rows([DAYS[1], DAYS[0], DAYS[1]]))
    assert total.frame["cases"].tolist() == [2, 1]
    assert total.frame["handle_seconds"].tolist() == [60, 30]
    assert total.weights.tolist() == [2, 1]
    assert total.frame.dtypes.to_dict() == NOTHING.dtypes.to_dict()


def test_a_sum_with_an_unknown_part_is_unknown():
    total = add_up(PRODUCTION, rows([DAYS[0], DAYS[0], DAYS[1]], [1.0, np.nan, 2.0]))
    assert total.frame["handle_seconds"].isna().tolist() == [True, False]
    assert total.frame["skipped"].isna().all()


def test_the_ends_are_those_of_each_market():
    before = pd.concat([rows(DAYS.repeat(2)), rows(DAYS.repeat(2), market="JP")], ignore_index=True)
    stored, _, _ = store(NOTHING, before)
    piece = pd.concat([rows(DAYS[:3]), rows(DAYS[1:], market="JP")], ignore_index=True)
    _, held, shrunk = store(stored, piece)
    assert held.tolist() == [True, False, True, True, False, True]
    assert shrunk.tolist() == [False, True, False, False, True, False]


def test_at_the_ends_nothing_known_becomes_unknown():
    stored, _, _ = store(NOTHING, rows(DAYS))
    after, held, _ = store(stored, rows(DAYS, np.nan, cases=2))
    assert held.tolist() == [True, False, False, True]
    assert cases(after) == dict(zip(DAYS, (1, 2, 2, 1), strict=True))


def test_texts_that_differ_clash():
    frame = complete(AUDITS, pd.DataFrame({"audit_id": ["a", "a", "b", "b"], "queue": ["x", "y", "z", "z"]}))
    bad = np.zeros(4, dtype=bool)
    assert clashing(AUDITS, frame, bad).tolist() == [True, True, False, False]
    assert clashing(AUDITS, frame, np.array([False, True, False, False])).tolist() == [False] * 4


@pytest.fixture
def root(rostered):
    return rostered


def take(root, export, mapping=MAP):
    return import_export(write(root.parent / "m.toml", mapping), write(root.parent / "e.csv", export), root)


HEAD = "case,login,mail,queue,day,n\n"


def test_every_row_is_accounted_for(root):
    export = (
        HEAD + "1,ada,,v,2026-03-02,1\n2,,ada@example.org,v,2026-03-02,2\n2,,ada@example.org,v,2026-03-02,2\n"
    )
    export += "3,ada,,v,2026-03-02,x\n,,,,,\n4,ada,,t,2026-03-02,1\n"
    table = take(root, export).table("production")
    assert (table.rows_in, table.stored, table.quarantined, table.non_data, table.duplicates) == (
        6,
        3,
        1,
        1,
        1,
    )
    made = read_stored(root, "production").set_index("queue")["cases"].to_dict()
    assert made == {"v": 3, "t": 1}


def test_rows_that_nothing_tells_apart_wait(root):
    """Two cases without a number are not one case that was exported twice."""
    table = take(
        root, HEAD + ",ada,,v,2026-03-02,1\n" * 2 + "".join(f"{i},ada,,v,2026-03-02,1\n" for i in range(5))
    )
    table = table.table("production")
    assert (table.stored, table.duplicates, table.quarantined) == (5, 0, 2)
    assert table.rules == (("case: empty, so nothing tells the row apart", 2),)


def test_a_row_that_was_exported_again_with_other_content_waits(root):
    cases = "".join(f"{i},ada,,v,2026-03-02,1\n" for i in range(5))
    table = take(root, HEAD + cases + "3,ada,,v,2026-03-02,1\n4,ada,,v,2026-03-02,7\n").table("production")
    assert (table.stored, table.duplicates, table.quarantined) == (5, 1, 1)
    assert table.rules == (("case: like an earlier row, with other content", 1),)


def test_either_column_and_two_people(root):
    export = HEAD + "".join(f"{i},ada,ada@example.org,v,2026-03-02,1\n" for i in range(30))
    export += (
        "a,ada,ben@example.org,v,2026-03-02,1\nb,nobody,ada@example.org,v,2026-03-02,1\nc,,,v,2026-03-02,1\n"
    )
    table = take(root, export).table("production")
    assert (table.stored, table.ambiguous, table.unmatched) == (31, 1, 1)


def test_values_for_new_rows_only(root):
    take(root, HEAD + "1,ada,,v,2026-03-02,5\n")
    skips = MAP.replace('cases = "n"', 'skipped = "n"') + "[table.defaults]\ncases = 0\n"
    take(root, HEAD + "1,ada,,v,2026-03-02,2\n2,ada,,v,2026-03-03,1\n", skips)
    made = read_stored(root, "production").set_index("date")
    assert made["cases"].tolist() == [5, 0]
    assert made["skipped"].tolist() == [2, 1]


def test_empty_export(root):
    assert take(root, HEAD).table("production").rows_in == 0


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('sum = ["case"]', 'sum = ["case"]\ndistinct = true', "added up"),
        ('date = "day"', 'date = { stored = "audits" }', "cannot be looked up"),
        ('either = ["login", "mail"]', 'column = "login", either = ["mail"]', "needs `column`, `from`"),
        ('"], kind = ["username", "mail"]', '"], kind = "mail", create = true', "stands in one `column`"),
    ],
)  # fmt: skip
def test_mappings_that_cannot_be(root, old, new, message):
    with pytest.raises(MappingError, match=message):
        take(root, HEAD, MAP.replace(old, new))


def test_two_entries_must_add_up_alike(root):
    twice = MAP + MAP[MAP.index("[[table]]") :].replace('sum = ["case"]\n', "")
    with pytest.raises(MappingError, match="same `sum`"):
        take(root, HEAD, twice)


def test_the_zone_of_the_market_needs_the_market():
    mapping = MAP.replace('date = "day"', 'date = { column = "day", zone = "$market" }')
    assert parse_map(mapping).tables[0].columns[2].zone == "$market"


def test_the_columns_that_tell_rows_apart_must_be_there(root):
    with pytest.raises(ContractError, match="lacks the columns case"):
        take(root, HEAD.replace("case", "number") + "1,ada,,v,2026-03-02,5\n")
