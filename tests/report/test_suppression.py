"""Cells that protect others: published and hand-made tables, and what can be worked out about them."""

import numpy as np
import pandas as pd
import pytest

from tne.report.breakdown import protect, sums
from tne.report.disclosure import HIDDEN, publishable_frame
from tne.report.dominance import dominated
from tne.report.intervals import Cells, intervals, too_narrow
from tne.report.merging import merged
from tne.report.suppression import suppress


def two_way(inside) -> tuple[np.ndarray, np.ndarray]:
    """A table with its margins, flat, and its lines."""
    inside = np.asarray(inside, dtype=float)
    grid = np.block([[inside, inside.sum(1, keepdims=True)], [inside.sum(0), inside.sum()]])
    rows, columns = grid.shape
    lines = np.zeros((rows + columns, rows, columns))
    for i in range(rows):
        lines[i, i] = 1.0
        lines[i, i, -1] = -1.0
    for j in range(columns):
        lines[rows + j, :, j] = 1.0
        lines[rows + j, -1, j] = -1.0
    return grid.ravel(), lines.reshape(rows + columns, -1)


def counts(inside, *, own=()) -> Cells:
    value, lines = two_way(inside)
    none = np.zeros(len(value))
    mask = np.isin(np.arange(len(value)), own)
    return Cells(value=value, low=none, high=none + np.inf, people=value, own=mask, lines=lines)


def frame_of(values, people=None, *, unit="points", **columns) -> pd.DataFrame:
    frame = pd.DataFrame({"estimate": np.asarray(values, dtype=float), **columns})
    return frame.assign(n_people=people if people is not None else frame["estimate"], unit=unit, note="")


ACTIVITY_BY_REGION = [[20, 50, 10], [8, 19, 22], [17, 32, 12]]  # Fischetti & Salazar (2001), figure 1


def test_intervals_of_a_published_table_by_hand():
    """Investment by activity and region; 8, 22, 17, 12 hidden. By hand: 8 + 22 = 30, 8 + 17 = 25, 22 + 12 = 34."""
    cells = counts(ACTIVITY_BY_REGION)
    hidden = np.isin(np.arange(16), (4, 6, 8, 10))
    low, high = intervals(cells, hidden)
    np.testing.assert_allclose(np.column_stack([low, high]), [[0, 25], [5, 30], [0, 25], [4, 29]], atol=1e-6)


def test_one_hidden_cell_of_a_published_table_is_known():
    cells = counts(ACTIVITY_BY_REGION, own=(6,))
    low, high = intervals(cells, cells.own)
    assert (low, high) == (22, 22)
    hidden = suppress(cells, cells.own)
    assert hidden.sum() == 4, "a cell in the row, one in the column, and where these two meet"
    assert not hidden.reshape(4, 4)[-1].any(), "parts before totals"
    assert not len(too_narrow(cells, hidden))


def test_an_interval_may_come_from_several_lines_together():
    """Two rows and columns each hide two cells, but the cycle is broken: 5 + x and 7 + x are both known."""
    cells = counts([[3, 20, 30], [40, 4, 9], [12, 11, 60]])
    hidden = np.isin(np.arange(16), (0, 1, 5, 6, 10, 8))
    low, high = intervals(cells, hidden, np.array([0]))
    move = min(3, 4, 60, 20, 9, 12)  # down along the ring 0-1-5-6-10-8, whose signs alternate
    assert low[0] == 3 - min(3, 4, 60)
    assert high[0] == 3 + min(20, 9, 12)
    assert move == 3


def test_rates_lie_between_nobody_and_everybody():
    """9 of 10 and 45 of 50 right: with 54 of 60 known, the first is between 4 of 10 and 10 of 10."""
    lines, zero = np.ones((1, 2)), np.zeros(2)
    value, high = np.array([9.0, 45.0]), np.array([10.0, 50.0])
    cells = Cells(value, zero, high, np.array([4.0, 20.0]), np.array([True, False]), lines)
    low, up = intervals(cells, np.array([True, True]))
    np.testing.assert_allclose(low, [4, 44])
    np.testing.assert_allclose(up, [10, 50])
    np.testing.assert_allclose(cells.width, [2 * 0.25 * 10, 2 * 0.1 * 5])


@pytest.mark.parametrize(
    ("people", "width"), [(1, 200.0), (4, 50.0), (10, 20.0), (500, 20.0), (np.nan, 200.0)]
)
def test_the_fewer_people_the_wider(people, width):
    """± max(10 %, 1 / people) of 100."""
    one = np.array([100.0])
    cells = Cells(one, 0 * one, one + np.inf, np.array([people]), one > 0, np.ones((1, 1)))
    assert cells.width == width


def test_where_the_solver_fails_a_cell_counts_as_known(monkeypatch):
    monkeypatch.setattr("scipy.optimize.linprog", lambda *_, **__: type("R", (), {"status": 4})())
    cells = counts(ACTIVITY_BY_REGION, own=(6,))
    low, high = intervals(cells, cells.own)
    assert (low, high) == (22, 22)
    assert suppress(cells, cells.own).all(), "then all is hidden that is tied to it"


def test_sums_of_trees_by_hand():
    keys = ["DE", "Berlin", "Köln", "B1", "B2", "K1"]
    above = {"Berlin": "DE", "Köln": "DE", "B1": "Berlin", "B2": "Berlin", "K1": "Köln"}
    lines = sums(pd.DataFrame({"place": keys}), ["place"], trees={"place": above})
    assert sorted(map(tuple, lines.tolist())) == sorted(
        [(-1, 1, 1, 0, 0, 0), (0, -1, 0, 1, 1, 0), (0, 0, -1, 0, 0, 1)]
    )
    with pytest.raises(ValueError, match="loop"):
        sums(pd.DataFrame({"place": keys}), ["place"], trees={"place": {"B1": "B2", "B2": "B1"}})


def test_a_hidden_team_goes_with_one_of_its_own_site():
    """A team of 4 is safe in its site only: the sites' totals are shown."""
    frame = frame_of([112, 52, 60, 4, 18, 30, 25, 35], place=["DE", "B", "K", "b1", "b2", "b3", "k1", "k2"])
    above = {"B": "DE", "K": "DE", "b1": "B", "b2": "B", "b3": "B", "k1": "K", "k2": "K"}
    shown = publishable_frame(
        frame, by=["place"], trees={"place": above}, adds="sum", weight=None, people="disjoint", share=False
    )
    assert frame.loc[shown["note"].isin(HIDDEN), "place"].tolist() == ["b1", "b2"]


def test_a_site_of_one_small_team_is_hidden_with_it():
    """Its total is the team's number, so that a second site must go, too; and in that site nothing more."""
    frame = frame_of(
        [100, 60, 36, 4, 30, 30, 16, 20, 4], place=["DE", "B", "K", "W", "b1", "b2", "k1", "k2", "w1"]
    )
    above = {"B": "DE", "K": "DE", "W": "DE", "b1": "B", "b2": "B", "k1": "K", "k2": "K", "w1": "W"}
    shown = publishable_frame(
        frame, by=["place"], trees={"place": above}, adds="sum", weight=None, people="disjoint", share=False
    )
    hidden = set(frame.loc[shown["note"].isin(HIDDEN), "place"])
    assert {"W", "w1", "K"} <= hidden
    assert len(hidden & {"k1", "k2"}) == 1, "else their sum is the site's"
    assert not hidden & {"DE", "B", "b1", "b2"}


@pytest.mark.parametrize("people", ["disjoint", "overlapping"])
def test_a_hidden_total_is_taken_apart(people):
    """W and K are hidden and their sum is known: with k2 and k3 shown, w1 and k1 would be nine people's number."""
    frame = frame_of([41, 4, 5, 18, 18, 4], place=["K", "W", "k1", "k2", "k3", "w1"])
    above = {"k1": "K", "k2": "K", "k3": "K", "w1": "W"}
    shown = publishable_frame(
        frame, by=["place"], trees={"place": above}, adds="sum", weight=None, people=people, share=False
    )
    hidden = set(frame.loc[shown["note"].isin(HIDDEN), "place"])
    assert {"K", "W", "w1", "k1"} < hidden
    assert hidden & {"k2", "k3"}


def test_hidden_parts_hold_the_threshold_together():
    """4 and 3 of other people come to 7; if they may be the same people, even 9 and 8 do not come to ten."""
    frame = frame_of([40.0, 30, 12, 4, 3], team=list("abcde"))
    shown = publishable_frame(frame, by=["team"], people="disjoint")
    assert shown["note"].isin(HIDDEN).tolist() == [False, False, True, True, True]
    frame = frame_of([40.0, 30, 12, 9, 8], team=list("abcde"))
    assert publishable_frame(frame, by=["team"], people="disjoint")["note"].isin(HIDDEN).sum() == 2
    assert publishable_frame(frame, by=["team"])["note"].isin(HIDDEN).sum() == 3


def test_people_of_the_total_without_a_part_of_their_own_count_as_a_hidden_part():
    """70 of 73 stand in a team: the three others' number is total minus teams."""
    frame = frame_of([40.0, 30, 73], team=["a", "b", "all"])
    assert publishable_frame(frame, by=["team"])["note"].eq("").all(), (
        "without a claim that people stand once"
    )
    assert publishable_frame(frame, by=["team"], people="disjoint")["note"].isin(HIDDEN).sum() >= 1


def test_few_errors_must_not_be_known_to_be_few():
    """1 error in 100 of 6 people: a third of 100 must seem possible, and no other area has as many errors alone."""
    errors = [0.01, 0.06, 0.20, 0.30]
    frame = frame_of(errors, [6, 30, 40, 50], unit="share", n=100, area=list("abcd"))
    shown = publishable_frame(frame, by=["area"], total=None)
    assert frame["area"][shown["note"].isin(HIDDEN)].tolist() == ["a", "b", "d"]


def test_a_zero_of_few_people_is_not_known_exactly():
    frame = frame_of([0.0, 20, 30, 50], [4, 20, 30, 54], team=["a", "b", "c", "all"])
    shown = publishable_frame(frame, by=["team"], adds="sum", weight=None)
    assert shown["note"].tolist() == ["few_people", "protects_another", "", ""]


def test_cost_may_be_people():
    cells = counts([[4, 80, 60, 30], [70, 20, 50, 90], [90, 60, 70, 50]], own=(0,))
    few, light = (suppress(cells, cells.own, cost=cost) for cost in ("cells", "people"))
    assert few.sum() <= light.sum()
    assert cells.people[light].sum() <= cells.people[few].sum()


def test_a_hidden_cell_without_a_number_protects_nobody():
    """Of a sum without a number it is not known that it may vary; a mean of somebody is without bounds."""
    frame = frame_of([np.nan, 20, 30, 50], [4, 20, 30, 50], team=list("abcd"))
    shown = publishable_frame(frame, by=["team"], adds="sum", weight=None)
    assert shown["note"].isin(HIDDEN).tolist() == [True, True, True, False]
    shown = publishable_frame(frame, by=["team"])
    assert shown["note"].isin(HIDDEN).tolist() == [True, True, False, False]


@pytest.mark.parametrize("people", ["disjoint", "overlapping"])
def test_nothing_is_published_of_nothing(people):
    frame = frame_of([], [], team=[])
    assert publishable_frame(frame, by=["team"], people=people).empty


def test_a_breakdown_needs_one_or_two_keys_and_one_row_a_cell():
    raw = pd.DataFrame({"a": [1, 1], "estimate": [1.0, 2], "n_people": [20, 20]})
    frame = publishable_frame(raw)
    with pytest.raises(ValueError, match="twice"):
        protect(frame, raw, ["a"])
    with pytest.raises(ValueError, match="one or two"):
        protect(frame, raw, [])
    with pytest.raises(KeyError, match="gone"):
        protect(frame, raw, ["gone"])


@pytest.mark.parametrize(
    ("heads", "ordered", "groups"),
    [
        ([30, 20, 4, 12], True, ((0,), (1,), (2, 3))),
        ([4, 30, 40], True, ((0, 1), (2,))),
        ([40, 6, 30, 5], True, ((0,), (1, 2, 3))),  # as (0, 1), (2, 3), but 40 people stay alone
        ([9, 9, 9], True, None),  # one group of all
        ([4, 30, 20, 3, 5], False, ((0, 3, 4), (1,), (2,))),
        ([4, 30, 0, 20], False, ((0, 3), (1,))),
        ([30, 20, 10], True, None),  # nobody is hidden
        ([30, np.nan, 10], False, None),
        ([3, 4], False, None),
        ([], True, None),
    ],
)
def test_merging_by_hand(heads, ordered, groups):
    assert merged(heads, ordered=ordered) == groups


def test_merged_groups_of_people_who_may_be_the_same_count_as_their_largest():
    assert merged([6, 6, 30, 40], ordered=False, people="overlapping") == ((0, 1, 2), (3,))


@pytest.mark.parametrize(
    ("shares", "held"),
    [
        ([50, 41, 5, 4], True),  # 91 % of two
        ([50, 40, 5, 5], False),  # 90 % is not more than 90 %
        ([100], True),
        ([-50, 45, 3, 2], True),
        ([10] * 10, False),
        ([], False),
        ([0.0, np.nan], False),
    ],
)
def test_dominance_by_hand(shares, held):
    assert dominated(shares) is held


def test_the_second_must_not_know_the_largest_to_within_a_tenth():
    """100, 10 and 9 more: the second subtracts its own and knows the largest to 9 % (p % rule); k is not met."""
    assert dominated([100, 10, 9], k=1.0)
    assert not dominated([100, 10, 11], k=1.0)


def test_a_sum_of_two_people_is_hidden_and_protected():
    costs = [[90.0, 60, *[1.0] * 10], [20.0] * 12, [30.0] * 15]
    frame = frame_of([sum(c) for c in costs], [len(c) for c in costs], team=list("abc"))
    shown = publishable_frame(frame, by=["team"], adds="sum", weight=None, contributions=costs)
    assert shown["note"].tolist() == ["few_people", "protects_another", ""]
