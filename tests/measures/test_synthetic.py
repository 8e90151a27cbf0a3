"""Synthetic control: published cases, independent fits, by hand, checks both ways, edges."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from scipy import optimize

from tne import synthetic_control
from tne.measures.synthetic_weights import simplex_least_squares

KEYS = {"outcome": "y", "unit": "unit", "period": "time", "treated": "t", "start": 12}
BASQUE = [
    *((f"school.{s}", 1964, 1969) for s in ("illit", "prim", "med", "high", "post.high")),
    ("invest", 1964, 1969),
    ("gdpcap", 1960, 1969),
    *((f"sec.{s}", 1961, 1969) for s in ("agriculture", "energy", "industry", "construction")),
    *((f"sec.services.{s}", 1961, 1969) for s in ("venta", "nonventa")),
    ("popdens", 1969),
]
GERMANY = {"outcome": "gdp", "unit": "country", "period": "year", "treated": "West Germany", "method": "sc"}
SMOKING = [
    *((c, 1980, 1988) for c in ("lnincome", "retprice", "age15to24")),
    ("beer", 1984, 1988),
    *(("cigsale", year) for year in (1975, 1980, 1988)),
]


def panel(
    rng: np.random.Generator, donors: int = 12, periods: int = 18, effect: float = 0.0, far: float = 0.0
):
    """A factor model; unit "t" is treated from period 12."""
    names = [f"d{i:02d}" for i in range(donors)] + ["t"]
    loadings, factors = rng.uniform(0, 1, (len(names), 2)), rng.normal(size=(2, periods)).cumsum(axis=1)
    loadings[-1] = 0.5
    y = 10 + loadings @ factors + 0.2 * rng.normal(size=(len(names), periods))
    y[-1, 12:] += effect
    y[-1] += far
    frame = pd.DataFrame(y, index=pd.Index(names, name="unit"), columns=range(periods))
    return frame.reset_index().melt(id_vars="unit", var_name="time", value_name="y").astype({"time": int})


def status(result, name: str) -> str:
    return next(c.status for c in result.checks if c.name == name)


@pytest.mark.published("SC-BASQUE-GERMANY")
def test_basque_country_matches_published_weights(truth):
    """Abadie and Gardeazabal (2003), Am. Econ. Rev. 93:113-132: Catalonia .8508, Madrid .1492."""
    data = pd.read_csv(truth / "data" / "basque_pysyncon.csv")
    keys = {"outcome": "gdpcap", "unit": "regionname", "period": "year", "start": 1970, "method": "sc"}
    result = synthetic_control(
        data,
        **keys,
        treated="Basque Country (Pais Vasco)",
        predictors=BASQUE,
        fit_periods=(1960, 1969),
        placebos=False,
    )
    published = {"Cataluna": 0.850816306, "Madrid (Comunidad De)": 0.149183694}
    for name, weight in result.weights.items():
        assert weight == pytest.approx(published.get(name, 0), abs=0.025), name
    assert result.weights["Cataluna"] == pytest.approx(0.850816306, abs=1e-3)


@pytest.mark.published("SC-BASQUE-GERMANY")
def test_germany_matches_published_weights_and_effect(truth):
    """Abadie, Diamond and Hainmueller (2015), Am. J. Polit. Sci. 59:495-510, table 1; mean gap 1990-2003 -1555.13."""
    data = pd.read_csv(truth / "data" / "germany_pysyncon.csv")

    def windows(first: int, last: int, school: tuple[int, int], invest: str):
        return [
            *((c, first, last) for c in ("gdp", "trade", "infrate", "industry")),
            ("schooling", *school),
            (invest, 1980),
        ]

    training = synthetic_control(
        data,
        **GERMANY,
        start=1990,
        predictors=windows(1971, 1980, (1970, 1975), "invest70"),
        fit_periods=(1981, 1990),
        placebos=False,
    )
    result = synthetic_control(
        data,
        **GERMANY,
        start=1990,
        predictors=windows(1981, 1990, (1980, 1985), "invest80"),
        v=training.v,
        placebos=False,
    )
    published = {
        "Austria": 0.414522077,
        "USA": 0.21624982,
        "Japan": 0.163161172,
        "Switzerland": 0.107654851,
        "Netherlands": 0.09841208,
    }
    for name, weight in result.weights.items():
        assert weight == pytest.approx(published.get(name, 0), abs=0.025), name
    assert result.estimate == pytest.approx(-1555.1346777620479, rel=0.025)
    assert status(result, "fitted_before_start") == "warn"  # the windows end in the year of the reunification


def test_proposition_99_matches_published_predictor_weights(truth):
    """Abadie, Diamond and Hainmueller (2010), JASA 105:493-505, table 2, and p. 501: of 39 states the largest ratio."""
    data = pd.read_csv(truth / "data" / "smoking_prop99_tidysynth.csv")
    keys = {"outcome": "cigsale", "unit": "state", "period": "year", "start": 1989, "method": "sc"}
    call = keys | {"treated": "California", "predictors": SMOKING}
    result = synthetic_control(data, **call, placebos=False)
    published = {"Utah": 0.334, "Nevada": 0.234, "Montana": 0.199, "Colorado": 0.164, "Connecticut": 0.069}
    for name, weight in result.weights.items():
        assert weight == pytest.approx(published.get(name, 0), abs=0.01), name
    # no worse than the published weights do on the criterion that they minimise
    wide = data.pivot_table(index="year", columns="state", values="cigsale").loc[:1988]
    printed = wide["California"] - sum(w * wide[name] for name, w in published.items())
    assert result.fit_rmspe**2 <= float((printed**2).mean())
    # "the ratio for California is about 130", the largest of all: p = 1 / 39 = .026
    tested = synthetic_control(data, **call, v=result.v)
    assert tested.statistic**2 == pytest.approx(130, abs=5)
    assert tested.p_value == 1 / 39


@pytest.fixture(scope="module")
def smoking(truth):
    return pd.read_csv(truth / "data" / "california_prop99.csv", sep=";")


STATES = {
    "outcome": "PacksPerCapita",
    "unit": "State",
    "period": "Year",
    "treated": "California",
    "start": 1989,
}


@pytest.mark.parametrize(("method", "published"), [("sdid", -15.604), ("did", -27.349)])
def test_proposition_99_matches_published_synthdid(smoking, method, published):
    """R synthdid, vignette "synthdid introduction"; Arkhangelsky et al. (2021), AER 111, table 1: -15.6, -27.3."""
    result = synthetic_control(smoking, **STATES, method=method)
    assert result.estimate == pytest.approx(published, abs=0.002)
    marked = synthetic_control(smoking, **(STATES | {"treated": "treated"}), method=method)
    assert marked.estimate == result.estimate


def test_proposition_99_matches_published_synthdid_weights(smoking):
    """The same vignette: Nevada .124, New Hampshire .105; 1986-88 .366, .206, .427; worth 16.4 and 2.8."""
    result = synthetic_control(smoking, **STATES, method="sdid")
    for name, weight in {
        "Nevada": 0.124,
        "New Hampshire": 0.105,
        "Connecticut": 0.078,
        "Delaware": 0.070,
    }.items():
        assert result.weights[name] == pytest.approx(weight, abs=0.001), name
    for year, weight in {1986: 0.366, 1987: 0.206, 1988: 0.427}.items():
        assert result.time_weights[year] == pytest.approx(weight, abs=0.001), year
    assert 1 / (result.weights**2).sum() == pytest.approx(16.388, abs=0.01)
    assert 1 / (result.time_weights**2).sum() == pytest.approx(2.783, abs=0.01)


def frank_wolfe(a: np.ndarray, b: np.ndarray, zeta: float, intercept: bool, noise: float) -> np.ndarray:
    """The steps of R's synthdid 0.0.9: 100 of them, sparsified, at most 10,000 more, stopped early."""
    if intercept:
        a, b = a - a.mean(axis=0), b - b.mean()
    eta, w = len(b) * zeta**2, np.full(a.shape[1], 1 / a.shape[1])
    for most in (100, 10_000):
        values: list[float] = []
        while len(values) < most and (len(values) < 2 or values[-2] - values[-1] > (1e-5 * noise) ** 2):
            error = a @ w - b
            slope = error @ a + eta * w
            i = int(slope.argmin())
            step = -w.copy()
            step[i] += 1
            bend = float(np.sum((a[:, i] - a @ w) ** 2) + eta * step @ step)
            if bend > 0:
                w = w + min(1.0, max(0.0, -float(slope @ step) / bend)) * step
            values.append(zeta**2 * float(w @ w) + float(np.sum((a @ w - b) ** 2)) / len(b))
        if most == 100:
            w = np.where(w <= w.max() / 4, 0, w)
            w = w / w.sum()
    return w


def test_weights_reach_lower_than_the_published_synthdid_solver(smoking):
    """R's early stopping explains its printed -19.620 for the synthetic control; the least-squares optimum is lower."""
    wide = smoking.pivot_table(index="State", columns="Year", values="PacksPerCapita")
    treated, pool = wide.loc["California"].to_numpy(), wide.drop(index="California").to_numpy()
    noise = float(np.diff(pool[:, :19], axis=1).std(ddof=1))
    stopped = frank_wolfe(pool[:, :19].T, treated[:19], 1e-6 * noise, False, noise)
    gap = treated - stopped @ pool
    assert gap[19:].mean() == pytest.approx(-19.620, abs=5e-4)  # as R prints
    result = synthetic_control(smoking, **STATES, method="sc", placebos=False)
    assert result.pre_rmspe < np.sqrt(np.mean(gap[:19] ** 2))
    assert result.estimate == pytest.approx(-19.620, abs=0.15)


def test_several_treated_states_equal_diff_diff(smoking):
    """diff-diff 3.13 with four states marked as treated: -7.008767, jackknife 7.093945, 200 placebos 4.794.

    It stops early as R does, so the third decimal is its own.
    """
    call = STATES | {"treated": ("California", "Utah", "Texas", "Ohio"), "method": "sdid"}
    result = synthetic_control(smoking, **call, errors="jackknife", placebos=False)
    assert result.estimate == pytest.approx(-7.008767, abs=0.003)
    assert result.std_error == pytest.approx(7.093945, abs=0.001)
    assert synthetic_control(smoking, **call, errors="placebo").std_error == pytest.approx(4.794, rel=0.12)


def test_placebo_error_lies_near_published(smoking):
    """Clarke et al. (2024), Stata J. 24:557-598: 9.88 from 100 random placebos; each of the 38 once gives no luck."""
    result = synthetic_control(smoking, **STATES, method="sdid")
    assert result.std_error == pytest.approx(9.88, rel=0.12)
    assert result.std_error == pytest.approx(result.placebos["estimate"].std(ddof=0), abs=1e-12)


@pytest.mark.parametrize("ridge", [0.0, 0.7])
def test_simplex_least_squares_equals_scipy_slsqp_and_its_conditions(rng, ridge):
    for rows, units in ((3, 9), (20, 6), (12, 30)):
        design, target = rng.normal(size=(rows, units)), rng.normal(size=rows)
        w = simplex_least_squares(design, target, ridge)
        slope = design.T @ (design @ w - target) + ridge * w
        assert w.min() >= 0
        assert w.sum() == pytest.approx(1, abs=1e-12)
        # Karush-Kuhn-Tucker: no donor would lower the loss, those in use are level
        assert slope.min() >= slope @ w - 1e-9
        other = optimize.minimize(
            lambda x, a=design, b=target: np.sum((a @ x - b) ** 2) + ridge * x @ x,
            np.full(units, 1 / units),
            bounds=[(0, 1)] * units,
            constraints={"type": "eq", "fun": lambda x: x.sum() - 1},
            method="SLSQP",
            options={"maxiter": 500, "ftol": 1e-14},
        )
        assert np.sum((design @ w - target) ** 2) + ridge * w @ w <= other.fun + 1e-10


def test_simplex_least_squares_by_hand():
    assert simplex_least_squares(np.array([[0.0, 4.0]]), np.array([1.0])) == pytest.approx([0.75, 0.25])
    assert simplex_least_squares(np.array([[0.0, 4.0]]), np.array([9.0])) == pytest.approx([0, 1])  # outside
    assert simplex_least_squares(np.array([[2.0, 2.0]]), np.array([2.0])).sum() == 1


def test_difference_in_differences_by_hand(rng):
    data = panel(rng, effect=1.0)
    wide = data.pivot_table(index="time", columns="unit", values="y")
    others = wide.drop(columns="t").mean(axis=1)
    change = (wide["t"] - others).groupby(wide.index >= 12).mean()
    result = synthetic_control(data, **KEYS, method="did")
    assert result.estimate == pytest.approx(change[True] - change[False], abs=1e-12)
    frame = result.to_frame()
    assert frame["term"].tolist() == ["att"] + ["gap"] * 18
    assert result.get(term="att").estimate == result.estimate == result.headline.estimate
    assert result.get(period=12).estimate == result.gaps["gap"].iloc[12]
    assert "ratio of gaps" not in str(result), "one p-value is one answer"
    assert frame["estimate"].iloc[13:].mean() == pytest.approx(result.estimate, abs=1e-12)
    assert (result.gaps["observed"] - result.gaps["synthetic"]).to_numpy() == pytest.approx(
        result.gaps["gap"]
    )


def test_placebo_p_and_interval_by_hand(rng):
    data = panel(rng, donors=19, effect=0.6)
    result = synthetic_control(data, **KEYS, method="sc")
    mine = result.post_rmspe / result.pre_rmspe
    assert result.p_value == (1 + (result.placebos["ratio"] >= mine).sum()) / 20
    assert result.statistic == pytest.approx(mine)
    # the ends of the interval are the constant effects at which the test turns
    for end in (result.conf_low, result.conf_high):
        moved = result.gaps["gap"][12:] - end
        ratio = math.sqrt((moved**2).mean()) / result.pre_rmspe
        assert ratio == pytest.approx(result.placebos["ratio"].max(), rel=1e-9)
    one = data[data["unit"] != "t"]
    alone = synthetic_control(one, **(KEYS | {"treated": "d03"}), method="sc", placebos=False)
    row = result.placebos.set_index("unit").loc["d03"]
    assert (alone.estimate, alone.pre_rmspe) == pytest.approx((row["estimate"], row["pre_rmspe"]), rel=1e-6)


def test_jackknife_by_hand_and_bootstrap_near_it(rng):
    data = panel(rng, donors=14)
    names = ("d00", "d05", "d09", "t")
    call = KEYS | {"treated": names, "method": "did"}
    result = synthetic_control(data, **call, errors="jackknife")
    left = [
        synthetic_control(
            data[data["unit"] != u], **(call | {"treated": tuple(n for n in names if n != u)}), placebos=False
        ).estimate
        for u in data["unit"].unique()
    ]
    n = len(left)
    assert result.std_error == pytest.approx(math.sqrt((n - 1) ** 2 / n * np.var(left, ddof=1)), rel=1e-10)
    # Welch and Satterthwaite with 4 treated and 11 donors of equal weight
    assert result.effect.df == pytest.approx((1 / 4 + 1 / 11) ** 2 / ((1 / 4) ** 2 / 3 + (1 / 11) ** 2 / 10))
    again = synthetic_control(data, **call, errors="bootstrap", draws=400, placebos=False)
    assert again.std_error == pytest.approx(result.std_error, rel=0.5)
    sdid = synthetic_control(data, **(call | {"method": "sdid"}), errors="jackknife", placebos=False)
    assert sdid.std_error > 0


def test_placebos_of_several_treated_are_all_groups_or_drawn(rng):
    data = panel(rng, donors=8)
    call = KEYS | {"treated": ["t", "d00"], "method": "sdid"}
    result = synthetic_control(data, **call)
    pairs = list(itertools.combinations([f"d{i:02d}" for i in range(1, 8)], 2))
    assert result.placebos["unit"].tolist() == pairs
    drawn = synthetic_control(data, **call, draws=9)
    assert len(drawn.placebos) == 9
    assert "at random" in drawn.effect.method
    assert drawn.to_frame().equals(synthetic_control(data, **call, draws=9).to_frame())


@pytest.mark.parametrize("method", ["sc", "sdid", "did"])
def test_scale_shift_and_order_of_rows_change_nothing(rng, method):
    data = panel(rng, effect=1.0)
    result = synthetic_control(data, **KEYS, method=method)
    moved = data.assign(y=100 + 50 * data["y"]).sample(frac=1, random_state=1)
    other = synthetic_control(moved, **KEYS, method=method)
    assert other.estimate == pytest.approx(50 * result.estimate, rel=1e-5)
    assert other.weights.to_numpy() == pytest.approx(result.weights.to_numpy(), abs=1e-5)
    assert other.p_value == pytest.approx(result.p_value, rel=1e-4)


def test_given_weights_of_predictors_by_hand(rng):
    """One predictor decides alone: two donors around the treated average to its value."""
    data = panel(rng, donors=2).assign(x=lambda d: d["unit"].map({"d00": 0.0, "d01": 10.0, "t": 4.0}), z=1.0)
    result = synthetic_control(data, **KEYS, method="sc", predictors=["x", ("z", 3)], v=[1, 0])
    assert result.weights.tolist() == pytest.approx([0.6, 0.4])
    assert result.balance.loc["x 0 to 11", ["treated", "synthetic", "donors"]].tolist() == pytest.approx(
        [4, 4, 5]
    )
    named = {"x 0 to 11": 2.0, "z 3": 0.0}
    assert synthetic_control(data, **KEYS, method="sc", predictors=["x", ("z", 3)], v=named).v.tolist() == [
        1,
        0,
    ]
    with pytest.raises(ValueError, match="does not name the predictors"):
        synthetic_control(data, **KEYS, method="sc", predictors=["x"], v={"y": 1})
    with pytest.raises(ValueError, match="shape"):
        synthetic_control(data, **KEYS, method="sc", predictors=["x"], v=[1, 2])


def test_predictors_that_many_averages_meet_leave_the_outcome_to_decide_as_scipy_slsqp_does(rng):
    donors = 10
    data = panel(rng, donors=donors)
    values = dict(zip(sorted(data["unit"].unique()), [*rng.uniform(0, 1, donors), 0.5], strict=True))
    data["x"] = data["unit"].map(values)
    result = synthetic_control(data, **KEYS, method="sc", predictors=["x"], placebos=False)
    assert result.balance["synthetic"].iloc[0] == pytest.approx(0.5, abs=1e-6)
    wide = data[data["time"] < 12].pivot_table(index="time", columns="unit", values="y")
    pool, treated = wide.drop(columns="t").to_numpy(), wide["t"].to_numpy()
    x = np.array([values[name] for name in wide.columns.drop("t")])
    best = optimize.minimize(
        lambda w: np.mean((pool @ w - treated) ** 2),
        np.full(donors, 1 / donors),
        bounds=[(0, 1)] * donors,
        constraints=[
            {"type": "eq", "fun": lambda w: w.sum() - 1},
            {"type": "eq", "fun": lambda w: x @ w - 0.5},
        ],
        method="SLSQP",
        options={"maxiter": 1000, "ftol": 1e-14},
    )
    assert result.fit_rmspe**2 == pytest.approx(best.fun, rel=1e-4)


def test_checks_are_silent_on_a_good_design_and_loud_on_planted_faults(rng):
    data = panel(rng, donors=24)
    good = synthetic_control(data, **KEYS, method="sc")
    assert {c.status for c in good.checks} == {"pass"}, good.checks
    far = synthetic_control(panel(rng, donors=24, far=20), **KEYS, method="sc")
    assert status(far, "pre_fit") == "fail"
    assert status(far, "convex_hull") == "fail"
    assert status(far, "concentrated_weights") == "warn"
    level = synthetic_control(
        panel(rng, donors=24, far=20), **KEYS, method="sdid"
    )  # its intercept takes this
    assert status(level, "pre_fit") == "pass"
    assert status(level, "convex_hull") == "pass"
    few = synthetic_control(data[data["unit"].isin(["d00", "d01", "d02", "t"])], **KEYS, method="sc")
    assert status(few, "few_donors") == "warn"
    assert math.isnan(few.conf_low)
    assert "cannot fall below" in few.note
    early = data.assign(y=data["y"] + 3.0 * ((data["unit"] == "t") & (data["time"] >= 8)))
    assert status(synthetic_control(early, **KEYS, method="sc"), "placebo_in_time") == "warn"
    short = synthetic_control(data[data["time"] >= 8], **KEYS, method="sdid")
    assert status(short, "short_series") == "warn"
    assert status(short, "placebo_in_time") == "not_run"
    late = synthetic_control(data, **KEYS, method="sc", fit_periods=(5, 13), placebos=False)
    assert status(late, "fitted_before_start") == "warn"
    holes = data.assign(x=data["y"].where((data["unit"] != "d02") | (data["time"] > 3)))
    uneven = synthetic_control(holes, **KEYS, method="sc", predictors=["x"], placebos=False)
    assert status(uneven, "missing") == "warn"


def test_placebo_in_time_equals_the_analysis_of_the_earlier_periods(rng):
    data = panel(rng, donors=20)
    early = synthetic_control(data[data["time"] < 12], **(KEYS | {"start": 7}), method="sdid")
    result = synthetic_control(data, **KEYS, method="sdid", placebo_start=7)
    assert result.in_time.estimate == pytest.approx(early.estimate, abs=1e-12)
    assert result.in_time.p_value == pytest.approx(early.p_value, abs=1e-12)
    data = data.assign(x=data["y"] + 1)
    by = synthetic_control(
        data, **KEYS, method="sc", predictors=[("x", 0, 11), ("y", 9)], v=[1, 1], placebo_start=7
    )
    assert by.in_time.estimate == pytest.approx(
        synthetic_control(
            data[data["time"] < 12], **(KEYS | {"start": 7}), method="sc", predictors=[("x", 0, 6)]
        ).estimate
    )


def test_undefined_is_nan_with_a_note(rng):
    data = panel(rng)
    for errors in ("jackknife", "bootstrap"):
        one = synthetic_control(data, **KEYS, method="sdid", errors=errors)
        assert math.isnan(one.std_error)
        assert "two treated units" in one.note
    pair = data[data["unit"].isin(["d00", "t"])]
    for method in ("sc", "sdid", "did"):
        lone = synthetic_control(pair, **KEYS, method=method)
        assert math.isnan(lone.p_value)
        assert lone.note
        assert status(lone, "few_donors") == "fail"
        assert lone.weights.tolist() == [1]
    flat = data.assign(y=1)
    for method in ("sc", "sdid", "did"):
        still = synthetic_control(flat, **KEYS, method=method)
        assert still.estimate == pytest.approx(0, abs=1e-12)
        assert math.isnan(still.p_value)
    half = tuple(data["unit"].unique()[:8])
    many = synthetic_control(data, **(KEYS | {"treated": half}), method="sdid")
    assert math.isnan(many.std_error)
    assert many.note


@pytest.mark.parametrize("method", ["sc", "sdid", "did"])
def test_kinds_of_columns_do_not_matter(rng, method):
    data = panel(rng)
    expected = synthetic_control(data, **KEYS, method=method).estimate
    odd = data.astype({"unit": "category", "time": "Int64", "y": "Float64"}).set_index("time", drop=False)
    odd.index.name = "unit"
    assert synthetic_control(odd, **KEYS, method=method).estimate == pytest.approx(expected)
    days = data.assign(time=pd.Timestamp("2025-01-06") + pd.to_timedelta(7 * data["time"], unit="D"))
    dated = synthetic_control(days, **(KEYS | {"start": "2025-03-31"}), method=method)
    assert dated.estimate == pytest.approx(expected)
    assert dated.to_frame()["period"].isna().tolist() == [True] + [False] * 18
    whole = data.assign(y=(100 * data["y"]).round().astype(int))
    assert synthetic_control(whole, **KEYS, method=method).estimate == pytest.approx(100 * expected, abs=2)
    numbered = data.assign(unit=data["unit"].map({u: i for i, u in enumerate(sorted(data["unit"].unique()))}))
    assert synthetic_control(numbered, **(KEYS | {"treated": 12}), method=method).estimate == pytest.approx(
        expected
    )
    flagged = data.assign(trained=(data["unit"] == "t"))
    assert synthetic_control(flagged, **(KEYS | {"treated": "trained"}), method=method).estimate == expected


def test_people_are_counted_in_the_smaller_side(rng):
    data = panel(rng).rename(columns={"unit": "moderator_id"})
    call = KEYS | {"unit": "moderator_id", "method": "did"}
    result = synthetic_control(data, **call)
    assert (result.n, result.n_people, result.n_people_total) == (13 * 18, 1, 13)
    sized = panel(rng).assign(people=lambda d: np.where(d["unit"] == "t", 30, 5))
    result = synthetic_control(sized, **KEYS, method="did", n_people="people")
    assert (result.n_people, result.n_people_total) == (30, 90)
    assert math.isnan(synthetic_control(sized, **KEYS, method="did").n_people)


def test_bad_input_says_what_and_what_to_do(rng):
    data = panel(rng)
    for change, text in (
        ({"treated": "nobody"}, "neither a unit"),
        ({"treated": ("t", "nobody")}, "1 of the 2 units"),
        ({"treated": ()}, "names no unit"),
        ({"start": 0}, "No period lies before"),
        ({"start": 99}, "No period lies from"),
        ({"method": "scm"}, "Choose one of"),
        ({"method": "sdid", "v": [1]}, 'belong to method "sc"'),
        ({"treated": tuple(data["unit"].unique())}, "Every unit is treated"),
        ({"predictors": []}, "sequence of"),
        ({"predictors": [("y", 0, 3), ("y", 0, 3)]}, "stands twice"),
        ({"predictors": [("y", 0, 3, 5)]}, "A predictor is"),
        ({"predictors": [("y", 50, 60)]}, "has no value for 13 of 13 units"),
        ({"fit_periods": (50, 60)}, "No period lies within"),
        ({"placebo_start": 14}, "not within"),
        ({"draws": 1}, "2 or more"),
        ({"v": [-1] + [1] * 11}, "0 or more"),
    ):
        with pytest.raises(ValueError, match=text):
            synthetic_control(data, **(KEYS | {"method": "sc"} | change))
    with pytest.raises(TypeError, match="does not compare"):
        synthetic_control(data, **(KEYS | {"start": "March"}), method="sc")
    zoned = data.assign(time=pd.Timestamp("2025-01-01", tz="UTC") + pd.to_timedelta(data["time"], unit="D"))
    with pytest.raises(TypeError, match="does not compare"):
        synthetic_control(zoned, **(KEYS | {"start": "2025-01-13"}), method="sc")
    with pytest.raises(ValueError, match="two periods before"):
        synthetic_control(data[data["time"] >= 11], **KEYS, method="sdid")
    with pytest.raises(KeyError, match="lacks the columns"):
        synthetic_control(data, **(KEYS | {"outcome": "x"}), method="sc")
    holed = data[(data["unit"] != "d01") | (data["time"] != 3)]
    with pytest.raises(ValueError, match=r"1 of 13 units lack `y` in 1 of 18 periods \(d01\)"):
        synthetic_control(holed, **KEYS, method="sc")
    people = holed.rename(columns={"unit": "moderator_id"})
    with pytest.raises(ValueError, match=r"1 of 13 units lack `y` in 1 of 18 periods\. Drop"):
        synthetic_control(people, **(KEYS | {"unit": "moderator_id"}), method="sc")
    with pytest.raises(ValueError, match="share theirs"):
        synthetic_control(pd.concat([data, data.iloc[:1]]), **KEYS, method="sc")
    with pytest.raises(ValueError, match="both a unit and a column"):
        synthetic_control(data.assign(t=0), **KEYS, method="sc")
    late = data.assign(on=((data["unit"] == "t") & (data["time"] >= 14)).astype(int))
    with pytest.raises(ValueError, match="from another period"):
        synthetic_control(late, **(KEYS | {"treated": "on"}), method="sc")
    with pytest.raises(ValueError, match="neither 0 nor 1"):
        synthetic_control(data.assign(on=2), **(KEYS | {"treated": "on"}), method="sc")
    with pytest.raises(ValueError, match="marks no unit"):
        synthetic_control(data.assign(on=0), **(KEYS | {"treated": "on"}), method="sc")


def test_predictors_known_only_before_the_outcome_begins_are_used(rng):
    """Periods without any outcome hold predictors alone; all-missing outcomes there are no gap."""
    data = panel(rng).assign(x=np.nan)
    older = data[data["time"] == 0].assign(time=-5, y=np.nan, x=lambda d: np.arange(len(d), dtype=float))
    both = pd.concat([older, data])
    result = synthetic_control(
        both, **KEYS, method="sc", predictors=[("x", -5), ("y", 0, 11)], placebos=False
    )
    assert len(result.gaps) == 18
    assert len(result.v) == 2
