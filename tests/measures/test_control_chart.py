"""Control charts: published values, hand calculations, checks both ways, edges."""

import math

import numpy as np
import pandas as pd
import pytest

from tne.measures.control_chart import control_chart
from tne.measures.control_rules import RULES, signals

CALL = {"count": "count", "total": "total", "period": "week"}
# Montgomery, Introduction to Statistical Quality Control, table 7.1: cans of frozen orange juice that may leak
JUICE = [
    12,
    15,
    8,
    10,
    4,
    7,
    16,
    9,
    14,
    10,
    5,
    6,
    17,
    12,
    22,
    8,
    10,
    5,
    13,
    11,
    20,
    18,
    24,
    15,
    9,
    12,
    7,
    13,
    9,
    6,
]


def weeks(count, total=50, **columns: object) -> pd.DataFrame:
    count = np.asarray(count)
    return pd.DataFrame({"week": np.arange(1, len(count) + 1), "count": count, "total": total, **columns})


def status(chart, name: str) -> str:
    return next(c.status for c in chart.checks if c.name == name)


def test_p_chart_matches_published_orange_juice():
    """Montgomery, as R qcc gives its `orangejuice`: .2313333, limits .05242755 and .4102391; samples 15 and 23 out."""
    chart = control_chart(weeks(JUICE), **CALL, limits="binomial", rules=["beyond_limits"])
    assert chart.centre == pytest.approx(347 / 1500)
    frame = chart.to_frame()
    assert frame["lower"].to_numpy() == pytest.approx(np.full(30, 0.05242755), abs=1e-7)
    assert frame["upper"].to_numpy() == pytest.approx(np.full(30, 0.4102391), abs=1e-7)
    assert chart.signals["period"].tolist() == [15, 23]


def test_revised_p_chart_matches_published_orange_juice():
    """R qcc's `orangejuice` without samples 15 and 23: .215, limits .04070284 and .3892972; sample 21 is beyond."""
    kept = weeks(JUICE).loc[lambda d: ~d["week"].isin([15, 23])]
    chart = control_chart(kept, **CALL, limits="binomial", rules=["beyond_limits"])
    assert chart.centre == pytest.approx(0.215)
    first = chart.to_frame().iloc[0]
    assert (first["lower"], first["upper"]) == pytest.approx((0.04070284, 0.3892972), abs=1e-7)
    assert chart.signals["period"].tolist() == [21]


def test_laney_limits_by_hand():
    """Laney (2002): sigma z is the mean moving range of z over 1.128; limits are that much wider."""
    count, total = [2, 3, 1, 4, 2], [50, 40, 60, 50, 80]
    chart = control_chart(weeks(count, total), **CALL)
    p = 12 / 280
    spread = [math.sqrt(p * (1 - p) / n) for n in total]
    z = [(x / n - p) / s for x, n, s in zip(count, total, spread, strict=True)]
    factor = sum(abs(z[i + 1] - z[i]) for i in range(4)) / 4 / 1.128379167
    assert chart.sigma_z == pytest.approx(factor)
    frame = chart.to_frame()
    assert frame["upper"].to_numpy() == pytest.approx([p + 3 * factor * s for s in spread])
    assert frame["binomial_upper"].to_numpy() == pytest.approx([p + 3 * s for s in spread])
    assert frame["z"].to_numpy() == pytest.approx(np.array(z) / factor)
    assert chart.dispersion == pytest.approx(sum(v * v for v in z) / 4)


def test_laney_gives_back_the_p_chart_where_counts_are_binomial(rng):
    chart = control_chart(weeks(rng.binomial(400, 0.1, 3000), 400), **CALL)
    assert chart.sigma_z == pytest.approx(1, abs=4 * math.sqrt(0.826 / 3000))
    assert chart.dispersion == pytest.approx(1, abs=4 * math.sqrt(2 / 3000))


def test_run_lengths_match_published_western_electric_rules(rng):
    """Champ and Woodall (1987), Technometrics 29:393-399, in the NIST handbook 6.3.2: a false alarm in 91.75 points.

    Three sigma alone: 1 / P(|z| > 3), 370.4.
    """
    length = 60_000
    z = rng.normal(size=length)
    for rules, published in ((RULES, 91.75), (["beyond_limits"], 370.4)):
        mean = length / _restarts(z, rules)
        assert mean == pytest.approx(published, abs=4 * published / math.sqrt(length / published))


def _restarts(z: np.ndarray, rules) -> int:
    """Signals of a chart that begins anew after each: runs do not reach back over a signal."""
    count, start = 0, 0
    while True:
        ahead = signals(z[start : start + 500], rules)
        first = next((i for i, s in enumerate(ahead) if s), None)
        if first is None and start + 500 < len(z):
            start += 400  # what reaches back is at most 8 long
            continue
        if first is None:
            return count
        count, start = count + 1, start + first + 1


def test_rules_by_hand():
    none = [0.5, -0.5] * 6
    assert signals(np.array(none)) == [""] * 12
    assert signals(np.array([0, 3.1, 0.0, -3.1])) == ["", "beyond_limits", "", "beyond_limits"]
    assert signals(np.array([2.1, 0, 2.2, -2.5])) == ["", "", "two_of_three", ""]
    assert signals(np.array([1.1, 1.2, -0.1, 1.3, 1.4, 0.1])) == ["", "", "", "", "four_of_five", ""]
    assert signals(np.array([-0.1] * 9)) == [""] * 7 + ["run_of_8"] * 2
    # a period without a total is no part of a run
    assert signals(np.array([0.1] * 4 + [np.nan] + [0.1] * 4))[-1] == "run_of_8"
    assert signals(np.array([0.0] * 12)) == [""] * 12


def test_over_dispersion_is_seen_and_allowed_for(rng):
    share = np.clip(rng.normal(0.1, 0.02, 60), 0.01, 0.5)
    wild = weeks(rng.binomial(5000, share), 5000)
    naive = control_chart(wild, **CALL, limits="binomial", rules=["beyond_limits"])
    wide = control_chart(wild, **CALL, rules=["beyond_limits"])
    assert status(naive, "over_dispersion") == "warn"
    assert status(wide, "over_dispersion") == "pass"
    assert len(naive.signals) > 15
    assert len(wide.signals) <= 2
    assert naive.dispersion_p < 1e-6
    calm = [
        control_chart(weeks(rng.binomial(5000, 0.1, 60), 5000), **CALL, limits="binomial") for _ in range(40)
    ]
    assert (
        sum(status(c, "over_dispersion") == "warn" for c in calm) <= 10
    )  # one-sided 5 % each way, and three errors


def test_a_shift_is_judged_by_the_baseline(rng):
    data = weeks(np.r_[rng.binomial(400, 0.1, 30), rng.binomial(400, 0.2, 10)], 400)
    chart = control_chart(data, **CALL, baseline_until=30)
    alone = control_chart(data.head(30), **CALL)
    assert chart.centre == alone.centre
    assert chart.sigma_z == alone.sigma_z
    assert (chart.to_frame()["signal"].tail(9) != "").all()
    dates = data.assign(week=pd.date_range("2024-01-01", periods=40, freq="W-MON"))
    by_date = control_chart(dates, **CALL, baseline_until="2024-07-22")
    assert by_date.centre == alone.centre


def test_limits_are_not_clipped_and_say_so():
    frame = control_chart(weeks([1, 0, 2, 1, 0, 1], 20), **CALL).to_frame()
    assert (frame["lower"] < 0).all()
    assert frame["note"].str.contains("lower limit below 0").all()
    high = control_chart(weeks([19, 20, 18, 19, 20, 19], 20), **CALL).to_frame()
    assert high["note"].str.contains("upper limit above 1").all()


@pytest.mark.filterwarnings("error")
def test_periods_without_counts_are_passed_over():
    data = weeks([5, 0, 7, 6, 4, 9], [50, 0, 50, 50, 50, 50]).astype({"count": "Int64"})
    data.loc[3, "count"] = pd.NA
    frame = control_chart(data, **CALL).to_frame()
    assert frame.loc[1, "note"] == "nothing was counted in this period"
    assert frame.loc[3, "note"] == "the count is missing"
    assert frame.loc[[1, 3], ["estimate", "lower", "upper", "z"]].isna().all().all()
    rest = control_chart(data.drop(index=[1, 3]), **CALL).to_frame()
    assert rest["upper"].to_numpy() == pytest.approx(frame["upper"].dropna().to_numpy())


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("count", [[], [3], [0, 0, 0], [50, 50, 50], [5, 5, 5]])
def test_what_cannot_vary_has_no_limits_and_no_crash(count):
    chart = control_chart(weeks(np.array(count, dtype=int)), **CALL)
    frame = chart.to_frame()
    assert len(frame) == len(count)
    assert (frame["signal"] == "").all()
    assert frame.loc[frame["lower"].isna(), "note"].ne("").all()
    assert isinstance(str(chart), str)
    assert isinstance(chart._repr_html_(), str)


def test_few_periods_and_small_totals_are_said(rng):
    many = control_chart(weeks(rng.binomial(400, 0.1, 30), 400), **CALL)
    few = control_chart(weeks(rng.binomial(400, 0.1, 10), 400), **CALL)
    small = control_chart(weeks(rng.binomial(10, 0.1, 30), 10), **CALL)
    assert [status(c, "few_periods") for c in (many, few)] == ["pass", "warn"]
    assert [status(c, "small_totals") for c in (many, small)] == ["pass", "warn"]


@pytest.mark.parametrize(
    ("change", "kind", "message"),
    [
        ({"count": "x"}, KeyError, "lacks the columns x"),
        ({"limits": "wide"}, ValueError, "`limits` is 'wide'"),
        ({"rules": ["run_of_9"]}, ValueError, "`rules` is 'run_of_9'"),
        ({"rules": "run_of_8"}, TypeError, "sequence of names"),
        ({"sigmas": 0}, ValueError, "`sigmas` is 0"),
        ({"baseline_until": 0}, ValueError, "before the first period"),
        ({"baseline_until": "May"}, TypeError, "of another kind"),
    ],
)
def test_bad_input_is_said(change, kind, message):
    with pytest.raises(kind, match=message):
        control_chart(weeks(JUICE), **CALL | change)


def test_bad_counts_are_said():
    with pytest.raises(ValueError, match="negative or above `total` in 1 row"):
        control_chart(weeks([3, 60, 4]), **CALL)
    with pytest.raises(ValueError, match="negative or above"):
        control_chart(weeks([3, -1, 4]), **CALL)
    with pytest.raises(ValueError, match="2 rows"):
        control_chart(weeks([3, 2, 4]).assign(week=[1, 1, 2]), **CALL)
    with pytest.raises(TypeError, match="not numeric"):
        control_chart(weeks([3, 2, 4]).astype({"count": str}), **CALL)


def test_order_and_index_change_nothing(rng):
    data = weeks(JUICE)
    odd = data.sample(frac=1, random_state=1).set_index(pd.Index(["week"] * 30, name="week"))
    pd.testing.assert_frame_equal(
        control_chart(odd, **CALL).to_frame(), control_chart(data, **CALL).to_frame()
    )
