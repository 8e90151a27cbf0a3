"""Learning curves: scipy and statsmodels, by hand, invariances, what is not identified, edges."""

import math

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import optimize, special

from tne.measures.ramp import learning_curve

CALL = {"outcome": "y", "tenure": "t"}


def status(result, name: str) -> str:
    return next(c.status for c in result.checks if c.name == name)


def ramp(rng, noise: float = 0.02, weeks: int = 40, plateau=0.9, rise=0.3, tau=6.0) -> pd.DataFrame:
    t = np.arange(1, weeks + 1, dtype=float)
    return pd.DataFrame({"t": t, "y": plateau - rise * np.exp(-t / tau) + rng.normal(0, noise, weeks)})


def audited(rng, people: int = 40, weeks: int = 40, spread: float = 0.47, tau: float = 8.0) -> pd.DataFrame:
    """The demo's new hires: logit = theta − .8 exp(−t / tau), 13 audits a week."""
    t = np.arange(1, weeks)
    theta = rng.normal(1.9, spread, (people, 1))
    n = rng.poisson(12, (people, len(t))) + 1
    right = rng.binomial(n, special.expit(theta - 0.8 * np.exp(-t / tau)))
    who = np.repeat(np.arange(people), len(t))
    return pd.DataFrame({"who": who, "t": np.tile(t, people), "n": n.ravel(), "y": right.ravel()})


def test_least_squares_equal_scipy(rng):
    frame = ramp(rng)
    found = learning_curve(frame, **CALL)

    def form(t, plateau, rise, log_tau):
        return plateau - rise * np.exp(-t / np.exp(log_tau))

    best, spread = optimize.curve_fit(form, frame["t"], frame["y"], (0.9, 0.3, 2.0), xtol=1e-14, ftol=1e-14)
    rows = [found.get(term=t) for t in ("plateau", "rise")]
    assert [r.estimate for r in rows] == pytest.approx(list(best[:2]), rel=1e-5)
    assert [r.std_error for r in rows] == pytest.approx(list(np.sqrt(np.diag(spread))[:2]), rel=1e-4)
    tau = found.get(term="tau")
    assert tau.estimate == pytest.approx(math.exp(best[2]), rel=1e-5)
    assert tau.std_error == pytest.approx(math.exp(best[2]) * math.sqrt(spread[2, 2]), rel=1e-4)
    assert rows[0].df == len(frame) - 3
    start = found.get(term="start")
    assert start.estimate == pytest.approx(best[0] - best[1], rel=1e-5)
    assert start.std_error == pytest.approx(
        math.sqrt(spread[0, 0] + spread[1, 1] - 2 * spread[0, 1]), rel=1e-4
    )


def test_weights_equal_scipy(rng):
    frame = ramp(rng).assign(w=rng.integers(1, 9, 40))
    found = learning_curve(frame, **CALL, weights="w")

    def form(t, plateau, rise, tau):
        return plateau - rise * np.exp(-t / tau)

    best, spread = optimize.curve_fit(form, frame["t"], frame["y"], (0.9, 0.3, 7), sigma=frame["w"] ** -0.5)
    values = [found.get(term=t) for t in ("plateau", "rise", "tau")]
    assert [v.estimate for v in values] == pytest.approx(list(best), rel=1e-4)
    assert [v.std_error for v in values] == pytest.approx(list(np.sqrt(np.diag(spread))), rel=1e-3)


def test_shares_equal_statsmodels_at_the_best_tau(rng):
    """Given tau the ramp is a binomial regression on exp(−t / tau); at the best tau the likelihood is highest."""
    frame = audited(rng, people=30, spread=0.0)
    found = learning_curve(frame, **CALL, trials="n")
    tau = found.get(term="tau").estimate

    def model(tau):
        x = sm.add_constant(-np.exp(-frame["t"].to_numpy() / tau))
        return sm.GLM(np.column_stack([frame["y"], frame["n"] - frame["y"]]), x, sm.families.Binomial()).fit()

    best = model(tau)
    assert [found.get(term=t).estimate for t in ("plateau", "rise")] == pytest.approx(
        list(best.params), rel=1e-5
    )
    assert all(model(tau * f).llf < best.llf for f in (0.98, 1.02))


def test_levels_of_people_equal_statsmodels_with_indicators(rng):
    frame = audited(rng, people=12)
    found = learning_curve(frame, **CALL, trials="n", person="who")
    tau = found.get(term="tau").estimate
    x = np.column_stack([-np.exp(-frame["t"] / tau), pd.get_dummies(frame["who"]).to_numpy(dtype=float)])
    peer = sm.GLM(np.column_stack([frame["y"], frame["n"] - frame["y"]]), x, sm.families.Binomial()).fit()
    assert found.get(term="rise").estimate == pytest.approx(peer.params[0], rel=1e-5)
    assert found.get(term="plateau").estimate == pytest.approx(peer.params[1:].mean(), rel=1e-5)
    assert found.get(term="rise").df == 11


def test_what_moves_everybody_is_taken_off(rng):
    """A common trend of the experienced, given as an offset, leaves the ramp as it would be without it."""
    frame = audited(rng, people=40)
    trend = 0.02 * frame["t"]
    odds = np.log(0.87 / 0.13) + trend - 0.8 * np.exp(-frame["t"] / 8)
    frame = frame.assign(y=rng.binomial(frame["n"], special.expit(odds)), trend=trend)
    plain = learning_curve(frame, **CALL, trials="n", person="who").get(term="rise")
    found = learning_curve(frame, **CALL, trials="n", person="who", offset="trend")
    assert found.get(term="rise").conf_low < 0.8 < found.get(term="rise").conf_high
    assert not plain.conf_low < 0.8
    line = ramp(rng).assign(shift=lambda f: 0.05 * f["t"])
    lifted = line.assign(y=line["y"] + line["shift"])
    a, b = learning_curve(line, **CALL), learning_curve(lifted, **CALL, offset="shift")
    assert a.get(term="tau").estimate == pytest.approx(b.get(term="tau").estimate)


def test_people_who_leave_early_do_not_bend_the_curve_of_those_who_have_levels(rng):
    """The weak leave after ten weeks: one curve through all rows ends too high, levels of their own do not."""
    t = np.arange(1, 41)
    level = rng.normal(0, 0.1, (200, 1))
    y = 0.8 + level - 0.2 * np.exp(-t / 5) + rng.normal(0, 0.05, (200, 40))
    keep = (level > 0) | (t <= 10)
    frame = pd.DataFrame({"who": np.repeat(range(200), 40), "t": np.tile(t, 200), "y": y.ravel()})[
        keep.ravel()
    ]
    own = learning_curve(frame, **CALL, person="who").get(term="rise")
    joint = learning_curve(frame, **CALL, cluster="who").get(term="rise")
    assert own.conf_low < 0.2 < own.conf_high
    assert joint.estimate > 0.23


def test_clusters_of_one_row_by_hand(rng):
    """CR1 with every row a cluster: the sandwich of squared residuals times n / (n − 1)."""
    frame = ramp(rng).assign(row=range(40))
    found = learning_curve(frame, **CALL, cluster="row")
    plateau, rise, tau = (found.get(term=t).estimate for t in ("plateau", "rise", "tau"))
    fall = np.exp(-frame["t"].to_numpy() / tau)
    x = np.column_stack([np.ones(40), -fall, -rise * fall * frame["t"] / tau])
    left = frame["y"].to_numpy() - plateau + rise * fall
    bread = np.linalg.inv(x.T @ x)
    covariance = bread @ (x.T @ (left[:, None] ** 2 * x)) @ bread * 40 / 39
    assert found.get(term="rise").std_error == pytest.approx(math.sqrt(covariance[1, 1]), rel=1e-5)


def test_reading_the_curve_by_hand(rng):
    found = learning_curve(ramp(rng), **CALL)
    plateau, rise, tau = (found.get(term=t).estimate for t in ("plateau", "rise", "tau"))
    seen = found.predict([0, 6, 60])
    assert seen.get(tenure=6.0).estimate == pytest.approx(plateau - rise * math.exp(-6 / tau))
    assert seen.get(tenure=0.0).estimate == pytest.approx(found.get(term="start").estimate)
    assert seen.get(tenure=0.0).std_error == pytest.approx(found.get(term="start").std_error)
    assert "carried on" in seen.get(tenure=60.0).note
    half = next(iter(found.time_to(plateau - rise / 2)))
    assert half.estimate == pytest.approx(tau * math.log(2))
    assert half.conf_low < half.estimate < half.conf_high
    assert next(iter(found.time_to(plateau + 0.1))).note == "the ramp ends before it gets there"
    assert next(iter(found.time_to(plateau - 2 * rise))).estimate == 0
    step = 1e-6  # the delta method's slope by a difference
    up = -tau * math.log((plateau + step - (plateau - rise / 2)) / rise)
    assert (up - half.estimate) / step == pytest.approx(-tau * 2 / rise, rel=1e-3)


def test_logit_curves_are_read_as_shares(rng):
    found = learning_curve(audited(rng), **CALL, trials="n", person="who")
    late = found.predict(39).to_frame().iloc[0]
    assert 0.8 < late["conf_low"] < late["estimate"] < late["conf_high"] < 0.95
    assert late["unit"] == "share"
    assert next(iter(found.time_to(0.8))).estimate == pytest.approx(
        found.get(term="tau").estimate
        * math.log(
            found.get(term="rise").estimate / (found.get(term="plateau").estimate - special.logit(0.8))
        )
    )


@pytest.mark.parametrize(
    ("y", "why"),
    [
        (lambda t, e: 0.5 + 0.005 * t + e, "straight line"),
        (lambda t, e: 0.8 + e, "no ramp"),
    ],
)
def test_what_shows_no_plateau_is_not_identified(rng, y, why):
    t = np.arange(1, 31, dtype=float)
    found = learning_curve(pd.DataFrame({"t": t, "y": y(t, rng.normal(0, 0.01, 30))}), **CALL)
    assert found.to_frame()["estimate"].isna().all()
    assert found.to_frame()["note"].str.contains(why).all()
    assert status(found, "plateau") == "fail"
    assert why in next(iter(found.predict(5))).note
    assert why in next(iter(found.time_to(0.7))).note


def test_a_short_watch_is_said(rng):
    found = learning_curve(ramp(rng, noise=0.001, weeks=8), **CALL)
    assert status(found, "plateau") == "warn"
    assert status(learning_curve(ramp(rng), **CALL), "plateau") == "pass"


def test_cohorts_are_drawn_together(rng):
    parts = [ramp(rng, tau=tau, noise=0.03).assign(c=f"c{i}") for i, tau in enumerate((4, 5, 6, 7, 9))]
    frame = pd.concat(parts, ignore_index=True)
    found = learning_curve(frame, **CALL, by="c")
    alone = found.separate.to_frame().query("term == 'tau'")["estimate"].to_numpy()
    drawn = found.to_frame().query("term == 'tau'")["estimate"].to_numpy()
    mean = found.mean.get(term="tau").estimate
    assert found.to_frame()["group"].tolist() == [g for g in ("c0", "c1", "c2", "c3", "c4") for _ in range(4)]
    assert (np.abs(np.log(drawn) - math.log(mean)) <= np.abs(np.log(alone) - math.log(mean)) + 1e-9).all()
    single = learning_curve(parts[0], **CALL).get(term="tau")
    assert alone[0] == pytest.approx(single.estimate)
    plain = learning_curve(frame, **CALL, by="c", pooling=False)
    assert plain.to_frame().query("term == 'tau'")["estimate"].to_numpy() == pytest.approx(alone)
    assert len(plain.mean) == 0


def test_a_cohort_without_a_plateau_stands_beside_the_others(rng):
    parts = [ramp(rng).assign(c=f"c{i}") for i in range(3)]
    t = np.arange(1, 20.0)
    parts.append(pd.DataFrame({"t": t, "y": 0.5 + 0.01 * t, "c": "line"}))
    found = learning_curve(pd.concat(parts), **CALL, by="c")
    assert math.isnan(found.get(group="line", term="plateau").estimate)
    assert math.isfinite(found.get(group="c0", term="plateau").estimate)
    assert status(found, "identified_groups") == "warn"


def test_units_order_and_dtypes_do_not_matter(rng):
    frame = audited(rng, people=10)
    a = learning_curve(frame, **CALL, trials="n", person="who").to_frame().set_index("term")
    moved = frame.sample(frac=1, random_state=1).astype({"y": "Int64", "n": "Int64", "who": "string"})
    moved.index = ["row"] * len(moved)
    moved["t"] = moved["t"] * 7
    b = learning_curve(moved, **CALL, trials="n", person="who").to_frame().set_index("term")
    assert b.loc["tau", "estimate"] == pytest.approx(7 * a.loc["tau", "estimate"], rel=1e-5)
    assert b.loc["rise", "std_error"] == pytest.approx(a.loc["rise", "std_error"], rel=1e-4)


def test_sums_of_sampling_weights_may_be_trials(rng):
    """Weighted counts differ by rounding from their weights where all are right; equal weights change nothing."""
    frame = audited(rng, people=40)
    third = frame.assign(n=frame["n"] * 0.3, y=frame["y"] * 0.3 * (1 + 1e-15))
    a, b = (learning_curve(f, **CALL, trials="n", person="who") for f in (frame, third))
    assert b.get(term="tau").estimate == pytest.approx(a.get(term="tau").estimate, rel=1e-4)
    assert b.get(term="rise").std_error == pytest.approx(a.get(term="rise").std_error, rel=1e-3)


def test_few_rows_empty_and_perfect_fits(recwarn):
    few = pd.DataFrame({"t": [1.0, 2, 3], "y": [0.1, 0.2, 0.25]})
    assert "four are needed" in learning_curve(few, **CALL).get(term="tau").note
    assert "four are needed" in learning_curve(few.head(0), **CALL).get(term="tau").note
    t = np.arange(1, 20.0)
    exact = learning_curve(pd.DataFrame({"t": t, "y": 1 - np.exp(-t / 3)}), **CALL)
    assert exact.get(term="tau").estimate == pytest.approx(3, rel=1e-5)
    one = pd.DataFrame({"t": t, "y": 1 - np.exp(-t / 3), "who": "a"})
    alone = learning_curve(one, **CALL, person="who")
    assert math.isnan(alone.get(term="tau").std_error)
    flat = learning_curve(pd.DataFrame({"t": t, "y": 20, "n": 20}), **CALL, trials="n")
    assert flat.get(term="tau").note
    str(exact), exact._repr_html_()
    assert not recwarn.list


@pytest.mark.parametrize(
    ("change", "more", "error"),
    [
        ({"t": -1.0}, {}, ValueError),
        ({"y": 3.0}, {"trials": "n"}, ValueError),
        ({"y": 3.0}, {"scale": "logit"}, ValueError),
        ({"w": -1.0}, {"weights": "w"}, ValueError),
        ({}, {"scale": "probit"}, ValueError),
        ({}, {"trials": "n", "scale": "identity"}, ValueError),
        ({}, {"by": "gone"}, KeyError),
        ({"y": "high"}, {}, TypeError),
    ],
)
def test_bad_input_is_refused(change, more, error):
    frame = pd.DataFrame({"t": np.arange(1, 9.0), "y": 0.5, "n": 2, "w": 1.0}).assign(**change)
    with pytest.raises(error):
        learning_curve(frame, **CALL, **more)
