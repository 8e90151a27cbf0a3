"""Hazard ratios: published models, statsmodels, by hand, invariances, separation, edges."""

import itertools
import math
import warnings

import numpy as np
import pandas as pd
import pytest
from statsmodels.duration.hazard_regression import PHReg

from tne.measures.hazard import hazard_ratio
from tne.measures.hazard_fit import fit_hazard
from tne.measures.hazard_robust import score_residuals
from tne.measures.hazard_sets import risk_sets
from tne.measures.survival import time_to_proficiency

ROSSI = ["fin", "age", "race", "wexp", "mar", "paro", "prio"]
# R survival, tests/doweight.R: nine rows with weights, ties and a censored last one
WEIGHTED = pd.DataFrame(
    {
        "time": [1, 1, 2, 2, 2, 2, 3, 4, 5],
        "status": [1, 0, 1, 1, 1, 0, 0, 1, 0],
        "x": [2, 0, 1, 1, 0, 1, 0, 1, 0],
        "w": [1, 2, 3, 4, 3, 2, 1, 2, 1],
    }
)
# Edmunson et al. (1979), Cancer Treatment Reports 63:241: days, died, age, residual disease, treatment, performance
OVARIAN = pd.DataFrame(
    [
        (59, 1, 72.3315, 2, 1, 1), (115, 1, 74.4932, 2, 1, 1), (156, 1, 66.4658, 2, 1, 2), (421, 0, 53.3644, 2, 2, 1),
        (431, 1, 50.3397, 2, 1, 1), (448, 0, 56.4301, 1, 1, 2), (464, 1, 56.9370, 2, 2, 2), (475, 1, 59.8548, 2, 2, 2),
        (477, 0, 64.1753, 2, 1, 1), (563, 1, 55.1781, 1, 2, 2), (638, 1, 56.7562, 1, 1, 2), (744, 0, 50.1096, 1, 2, 1),
        (769, 0, 59.6301, 2, 2, 2), (770, 0, 57.0521, 2, 2, 1), (803, 0, 39.2712, 1, 1, 1), (855, 0, 43.1233, 1, 1, 2),
        (1040, 0, 38.8932, 2, 1, 2), (1106, 0, 44.6000, 1, 1, 1), (1129, 0, 53.9068, 1, 2, 1),
        (1206, 0, 44.2055, 2, 2, 1),
        (1227, 0, 59.5890, 1, 2, 2), (268, 1, 74.5041, 2, 1, 2), (329, 1, 43.1370, 2, 1, 1), (353, 1, 63.2192, 1, 2, 2),
        (365, 1, 64.4247, 2, 2, 1), (377, 0, 58.3096, 1, 2, 1),
    ],
    columns=["time", "status", "age", "residual", "rx", "ecog"],
)  # fmt: skip
CALL = {"duration": "time", "event": "status"}


def status(result, name: str) -> str:
    return next(c.status for c in result.checks if c.name == name)


def rough(rng: np.random.Generator, people: int = 150) -> pd.DataFrame:
    """Whole weeks with heavy ties, two covariates that matter, sites with baselines of their own."""
    frame = pd.DataFrame({"x": rng.normal(size=people), "z": rng.integers(0, 2, people)})
    frame["site"] = rng.choice(["x", "y"], people)
    rate = 0.08 * np.exp(0.5 * frame["x"] - 0.7 * frame["z"] + 0.5 * (frame["site"] == "x"))
    end = np.ceil(rng.exponential(1 / rate))
    stop = rng.integers(1, 25, people)
    return frame.assign(time=np.minimum(end, stop), status=(end <= stop).astype(int))


@pytest.fixture
def rossi(truth):
    frame = pd.read_csv(truth / "data" / "rossi_carData.csv")
    yes = {"fin": "yes", "race": "black", "wexp": "yes", "mar": "married", "paro": "yes"}
    return frame.assign(**{c: (frame[c] == value).astype(int) for c, value in yes.items()})


@pytest.mark.published("SURV-ROSSI")
def test_rossi_matches_published_coefficients_and_tests(rossi):
    """Fox, appendix on Cox regression; R survival: coefficients, errors, LR 33.27, concordance .64032925."""
    found = hazard_ratio(rossi, duration="week", event="arrest", covariates=ROSSI)
    logs = found.coefficients.to_frame()
    published = [-0.37942217, -0.05743774, 0.31389979, -0.1497957, -0.43370388, -0.08487108, 0.09149708]
    errors = [0.19137948, 0.02199947, 0.30799278, 0.2122243, 0.38186806, 0.19575667, 0.02864855]
    assert logs["estimate"].tolist() == pytest.approx(published, abs=5e-9)
    assert logs["std_error"].tolist() == pytest.approx(errors, abs=5e-9)
    fin = found.get(term="fin")
    assert fin.estimate == pytest.approx(0.68426, abs=5e-6)
    assert (fin.conf_low, fin.conf_high) == pytest.approx((0.4702, 0.9957), abs=5e-5)
    assert (fin.statistic, fin.p_value) == pytest.approx((-1.983, 0.04742), abs=5e-4)
    assert fin.std_error == pytest.approx(0.68426 * 0.19138, abs=1e-5)
    assert found.tests.get(term="likelihood_ratio").statistic == pytest.approx(33.26594576, abs=1e-6)
    assert found.tests.get(term="wald").statistic == pytest.approx(32.11, abs=0.005)
    assert found.tests.get(term="score").statistic == pytest.approx(33.53, abs=0.005)
    assert found.concordance.estimate == pytest.approx(0.64032925, abs=5e-9)
    assert found.concordance.std_error == pytest.approx(0.027, abs=0.0005)


@pytest.mark.published("SURV-ROSSI")
def test_rossi_matches_published_tests_of_proportional_hazards(rossi):
    """R survival 3, cox.zph: age p = .014518, global p = .013428."""
    found = hazard_ratio(rossi, duration="week", event="arrest", covariates=ROSSI)
    p = found.proportional_hazards.set_index("covariate")["p_value"]
    assert p["age"] == pytest.approx(0.014518, abs=5e-7)
    assert p["GLOBAL"] == pytest.approx(0.013428, abs=5e-7)
    assert status(found, "proportional_hazards") == "warn"


@pytest.mark.published("SURV-GEHAN")
@pytest.mark.parametrize(
    ("ties", "b", "error"),
    [
        ("efron", 1.572125149, 0.4123967177),
        ("breslow", 1.509191413, 0.4095644064),
        ("exact", 1.628243952, 0.4331312965),
    ],
)
def test_gehan_matches_published_ties(truth, ties, b, error):
    """R survival: three treatments of ties in the remission times."""
    gehan = pd.read_csv(truth / "data" / "gehan_MASS.csv")
    row = hazard_ratio(gehan, duration="time", event="cens", covariates="treat", ties=ties).coefficients.get(
        term="treatcontrol"
    )
    assert (row.estimate, row.std_error) == pytest.approx((b, error), abs=5e-9)
    assert row.comparison == "treat 6-MP"


def test_strata_match_published_ovarian_model():
    """R survival, tests/ovarian.Rout: age + ecog.ps with strata(rx); LR 12.71, Wald 8.43, score 12.24."""
    found = hazard_ratio(OVARIAN, **CALL, covariates=["age", "ecog"], strata="rx")
    logs = found.coefficients.to_frame()
    assert logs["estimate"].tolist() == pytest.approx([0.13853, -0.09670], abs=5e-6)
    assert logs["std_error"].tolist() == pytest.approx([0.04801, 0.62994], abs=5e-6)
    assert logs["p_value"].tolist() == pytest.approx([0.00391, 0.87800], abs=5e-6)
    assert found.get(term="age").conf_high == pytest.approx(1.262, abs=5e-4)
    assert found.get(term="ecog").conf_low == pytest.approx(0.2641, abs=5e-5)
    published = {"likelihood_ratio": 12.71, "wald": 8.43, "score": 12.24}
    assert {t: round(found.tests.get(term=t).statistic, 2) for t in published} == published


def test_drift_matches_published_ovarian_tests():
    """R survival 3, example(cox.zph): age .698, ecog.ps 2.371, GLOBAL 3.633 (p .40, .12, .16)."""
    drift = hazard_ratio(OVARIAN, **CALL, covariates=["age", "ecog"]).proportional_hazards
    assert drift["statistic"].round(3).tolist() == [0.698, 2.371, 3.633]
    assert drift["p_value"].round(2).tolist() == [0.40, 0.12, 0.16]


@pytest.mark.parametrize(
    ("ties", "b", "error", "likelihood"), [("breslow", 0.8596, 0.7131, 1.69), ("efron", 0.8726, 0.7126, 1.75)]
)
def test_weighted_rows_match_published_model(ties, b, error, likelihood):
    """R survival, tests/doweight.Rout: coefficients, LR test, Wald 1.45, score 1.52, concordance .637 (.161)."""
    found = hazard_ratio(WEIGHTED, **CALL, covariates="x", weights="w", ties=ties)
    row = found.coefficients.get(term="x")
    assert (row.estimate, row.std_error) == pytest.approx((b, error), abs=5e-5)
    assert found.tests.get(term="likelihood_ratio").statistic == pytest.approx(likelihood, abs=0.005)
    assert (found.concordance.estimate, found.concordance.std_error) == pytest.approx(
        (0.6375, 0.161), abs=5e-4
    )
    if ties == "breslow":
        assert found.tests.get(term="wald").statistic == pytest.approx(1.45, abs=0.005)
        assert found.tests.get(term="score").statistic == pytest.approx(1.52, abs=0.005)


RESIDUALS = {
    "breslow": [
        *(0.88681615, 0.02497653, 0.03608964, 0.03608964, -0.54297652),
        *(-0.12528780, 0.29564605, -0.09476911, 0.58400064),
    ],
    "efron": [
        *(0.88116056, 0.02477248, 0.06057806, 0.06057806, -0.59724033),
        *(-0.16737066, 0.38040295, -0.13750290, 0.66631324),
    ],
}


@pytest.mark.parametrize("ties", RESIDUALS)
def test_score_residuals_match_published_ones(ties):
    """R survival, tests/doweight.Rout: resid(fit, type="score")."""
    x = WEIGHTED["x"].to_numpy(float)[:, None]
    time, event, w = (WEIGHTED[c].to_numpy(float) for c in ("time", "status", "w"))
    sets = risk_sets(x, time, event == 1, w, np.full(9, -np.inf), np.zeros(9, dtype=int))
    assert score_residuals(sets, fit_hazard(sets, ties), ties)[:, 0] == pytest.approx(
        RESIDUALS[ties], abs=5e-8
    )


def test_split_rows_match_published_delayed_entry():
    """R survival, tests/doweight.Rout: the same people cut into intervals give the same model."""
    cut = pd.DataFrame(
        {
            "id": [1, 1, 2, 3, 3, 3, 4, 5, 5, 6, 7, 8, 8, 9],
            "begin": [0, 5, 0, 0, 10, 15, 0, 0, 14, 0, 0, 0, 23, 0],
            "time": [5, 10, 10, 10, 15, 20, 20, 14, 20, 20, 30, 23, 40, 50],
            "status": [0, 1, 0, 0, 0, 1, 1, 0, 1, 0, 0, 0, 1, 0],
            "x": [2, 2, 0, 1, 1, 1, 1, 0, 0, 1, 0, 1, 1, 0],
            "w": [1, 1, 2, 3, 3, 3, 4, 3, 3, 2, 1, 2, 2, 1],
        }
    )
    for ties, b, error in (("breslow", 0.8596, 0.7131), ("efron", 0.8726, 0.7126)):
        found = hazard_ratio(cut, **CALL, covariates="x", weights="w", ties=ties, entry="begin")
        row = found.coefficients.get(term="x")
        assert (row.estimate, row.std_error) == pytest.approx((b, error), abs=5e-5)
        assert found.concordance.std_error == pytest.approx(0.172, abs=5e-4)
        one = hazard_ratio(
            WEIGHTED.assign(id=range(9)), **CALL, covariates="x", weights="w", ties=ties, cluster="id"
        )
        many = hazard_ratio(cut, **CALL, covariates="x", weights="w", ties=ties, entry="begin", cluster="id")
        assert many.coefficients.get(term="x").std_error == pytest.approx(
            one.coefficients.get(term="x").std_error
        )


def test_robust_errors_match_published_replication():
    """R survival, tests/doweight.R, last part: the variance is the sum of the squared weighted influences."""
    frame = pd.DataFrame({"time": [9, 1, 1, 6, 6, 8], "status": [1, 1, 0, 1, 1, 0], "x": [0, 1, 1, 1, 0, 0]})
    many = pd.concat([frame.iloc[[0, 0]], frame]).reset_index(drop=True)
    weighted = frame.assign(w=[3, 1, 1, 1, 1, 1], id=range(6))
    copies = many.assign(id=[0, 0, *range(6)])  # the three copies of one person share a cluster
    a = hazard_ratio(weighted, **CALL, covariates="x", weights="w", cluster="id", ties="breslow")
    b = hazard_ratio(copies, **CALL, covariates="x", cluster="id", ties="breslow")
    assert a.coefficients.get(term="x").std_error == pytest.approx(b.coefficients.get(term="x").std_error)


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_coefficients_equal_statsmodels(rng, ties):
    frame = rough(rng)
    for strata in (None, "site"):
        peer = PHReg(
            frame["time"], frame[["x", "z"]], frame["status"], ties=ties,
            strata=None if strata is None else frame[strata].to_numpy(),
        ).fit()  # fmt: skip
        found = hazard_ratio(frame, **CALL, covariates=["x", "z"], ties=ties, strata=strata)
        logs = found.coefficients.to_frame()
        assert logs["estimate"].to_numpy() == pytest.approx(peer.params, abs=1e-6)
        assert logs["std_error"].to_numpy() == pytest.approx(peer.bse, rel=1e-5)
        assert found.log_likelihood == pytest.approx(peer.llf)


def test_delayed_entry_equals_statsmodels(rng):
    frame = rough(rng)
    late = (frame["time"] - 0.5 - rng.integers(0, 3, len(frame))).clip(
        lower=0
    )  # halves: no entry at an event
    frame["start"] = np.where(rng.random(len(frame)) < 0.4, late, 0)
    peer = PHReg(
        frame["time"], frame[["x", "z"]], frame["status"], entry=frame["start"], ties="breslow"
    ).fit()
    logs = hazard_ratio(
        frame, **CALL, covariates=["x", "z"], entry="start", ties="breslow"
    ).coefficients.to_frame()
    assert logs["estimate"].to_numpy() == pytest.approx(peer.params, abs=1e-6)


def test_exact_ties_by_hand():
    """Every way to choose the people of a tie, summed one by one."""
    frame = pd.DataFrame(
        {
            "time": [1, 1, 1, 2, 2, 3, 3, 4],
            "status": [1, 1, 0, 1, 1, 1, 0, 0],
            "x": [0.3, 1, -1, 0.5, 2, 0, 1, -0.4],
        }
    )

    def value(b: float) -> float:
        total, r = 0.0, np.exp(b * frame["x"].to_numpy())
        for t in (1, 2, 3):
            risk = np.flatnonzero(frame["time"] >= t)
            died = np.flatnonzero((frame["time"] == t) & (frame["status"] == 1))
            ways = sum(np.prod(r[list(s)]) for s in itertools.combinations(risk, len(died)))
            total += np.log(np.prod(r[died]) / ways)
        return total

    found = hazard_ratio(frame, **CALL, covariates="x", ties="exact")
    b = found.coefficients.get(term="x").estimate
    assert found.log_likelihood == pytest.approx(value(b))
    assert found.null_log_likelihood == pytest.approx(value(0))
    slope = (value(b + 1e-5) - value(b - 1e-5)) / 2e-5
    assert slope == pytest.approx(0, abs=1e-6)
    curve = -(value(b + 1e-3) - 2 * value(b) + value(b - 1e-3)) / 1e-6
    assert found.coefficients.get(term="x").std_error == pytest.approx(curve**-0.5, rel=1e-4)


def test_score_test_of_one_group_equals_the_log_rank_test(rng):
    """Without ties the score test of a 0/1 covariate is the log-rank test."""
    frame = rough(rng).assign(time=lambda f: f["time"] + rng.random(len(f)))
    score = hazard_ratio(frame, **CALL, covariates="z").tests.get(term="score").statistic
    assert score == pytest.approx(time_to_proficiency(frame, **CALL, by="z").log_rank.statistic)


def test_a_drifting_ratio_is_seen_and_a_steady_one_is_not(rng):
    z = rng.integers(0, 2, 240)
    steady = np.ceil(20 * rng.exponential(np.exp(-0.5 * z)))
    crossing = np.ceil(20 * np.where(z == 1, rng.weibull(3, 240), rng.weibull(0.7, 240)))
    for time, loud in ((steady, False), (crossing, True)):
        frame = pd.DataFrame({"time": time, "status": 1, "z": z})
        for transform in ("km", "identity", "rank", "log"):
            p = hazard_ratio(frame, **CALL, covariates="z", transform=transform).proportional_hazards[
                "p_value"
            ]
            assert (p < 1e-4).all() if loud else (p > 0.01).all()


def test_scale_shift_and_order_do_not_matter(rng):
    frame = rough(rng)
    a = hazard_ratio(frame, **CALL, covariates=["x", "z"])
    moved = frame.assign(x=frame["x"] * 1000 + 5e4).sample(frac=1, random_state=2)
    moved.index = ["row"] * len(moved)
    b = hazard_ratio(moved.assign(status=moved["status"].astype(bool)), **CALL, covariates=["z", "x"])
    assert b.coefficients.get(term="x").estimate * 1000 == pytest.approx(
        a.coefficients.get(term="x").estimate
    )
    assert b.coefficients.get(term="z").estimate == pytest.approx(a.coefficients.get(term="z").estimate)
    assert b.concordance.estimate == pytest.approx(a.concordance.estimate)
    drift = b.proportional_hazards.set_index("covariate")["statistic"]
    assert drift["x"] == pytest.approx(a.proportional_hazards.set_index("covariate")["statistic"]["x"])


def test_levels_are_compared_with_the_first(rng):
    frame = rough(rng).assign(unit=lambda f: np.where(f["z"] == 1, "late", "early"))
    plain = hazard_ratio(frame, **CALL, covariates="z").get(term="z")
    text = hazard_ratio(frame, **CALL, covariates="unit").get(term="unitlate")
    assert text.estimate == pytest.approx(plain.estimate)
    assert text.n_people == plain.n_people == frame["z"].value_counts().min()
    turned = frame.assign(unit=pd.Categorical(frame["unit"], ["late", "early"]))
    found = hazard_ratio(turned, **CALL, covariates="unit").get(term="unitearly")
    assert found.estimate == pytest.approx(1 / plain.estimate)


def test_the_frame_holds_ratio_and_coefficient_and_the_text_the_tests(rng):
    found = hazard_ratio(rough(rng), **CALL, covariates=["x", "z"])
    table, logs = found.to_frame(), found.coefficients.to_frame()
    assert np.log(table["estimate"]).tolist() == pytest.approx(table["coefficient"].tolist())
    assert table["coefficient_std_error"].tolist() == logs["std_error"].tolist()
    assert table["statistic"].tolist() == pytest.approx((logs["estimate"] / logs["std_error"]).tolist())
    assert all(word in str(found) for word in ("likelihood_ratio", "score", "wald", "concordance"))


def test_numbers_and_booleans_that_come_as_objects_are_not_levels(rng):
    frame = rough(rng).assign(b=lambda f: f["z"].astype(bool))
    plain = hazard_ratio(frame, **CALL, covariates=["x", "b"]).to_frame()
    loose = frame.assign(x=frame["x"].astype(object), b=frame["b"].astype(object))
    pd.testing.assert_frame_equal(hazard_ratio(loose, **CALL, covariates=["x", "b"]).to_frame(), plain)


def test_dates_and_the_logarithm_of_time_0_are_refused(rng):
    frame = rough(rng)
    with pytest.raises(TypeError, match="is a date"):
        hazard_ratio(frame.assign(x=pd.Timestamp("2026-01-05")), **CALL, covariates="x")
    frame.loc[0, ["time", "status"]] = 0, 1
    with pytest.raises(ValueError, match="after time 0"):
        hazard_ratio(frame, **CALL, covariates="x", transform="log")


@pytest.mark.parametrize("ties", ["efron", "breslow", "exact"])
def test_separation_is_said(ties):
    frame = pd.DataFrame(
        {
            "time": [1, 2, 3, 4, 5, 6, 7, 8],
            "status": [1, 1, 1, 1, 0, 0, 0, 0],
            "early": [1, 1, 1, 1, 0, 0, 0, 0],
            "x": [0.2, -1, 0.7, 0.1, 0.5, 0, -0.3, 1],
        }
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = hazard_ratio(frame, **CALL, covariates=["early", "x"], ties=ties)
        str(found), found._repr_html_()
    assert math.isnan(found.get(term="early").estimate)
    assert "separated" in found.get(term="early").note
    assert math.isfinite(found.get(term="x").estimate)
    assert status(found, "separation") == "fail"
    assert math.isfinite(found.tests.get(term="likelihood_ratio").statistic)


def test_collinear_and_constant_covariates_are_said(rng):
    frame = rough(rng).assign(twice=lambda f: 2 * f["x"] + 1, same=3)
    found = hazard_ratio(frame, **CALL, covariates=["x", "twice", "same"])
    alone = hazard_ratio(frame, **CALL, covariates="x")
    assert found.get(term="x").estimate == pytest.approx(alone.get(term="x").estimate)
    assert found.get(term="twice").note
    assert found.get(term="same").note
    assert status(found, "collinear") == "warn"
    inside = hazard_ratio(frame, **CALL, covariates=["x", "site"], strata="site")
    assert "nothing" in inside.get(term="sitey").note


def test_no_events_one_person_and_one_level_are_said(recwarn):
    frame = pd.DataFrame({"time": [1.0, 2, 3], "status": 0, "x": [1.0, 2, 3], "g": "a"})
    found = hazard_ratio(frame, **CALL, covariates="x")
    assert found.get(term="x").note == "nobody was seen to have the event"
    assert {status(found, c) for c in ("separation", "proportional_hazards")} == {"not_run"}
    assert len(hazard_ratio(frame, **CALL, covariates="g").to_frame()) == 0
    one = hazard_ratio(frame.head(1).assign(status=1), **CALL, covariates="x")
    assert math.isnan(one.get(term="x").estimate)
    assert math.isnan(one.concordance.estimate)
    assert not recwarn.list


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"covariates": []}, ValueError),
        ({"covariates": ["x", "x"]}, ValueError),
        ({"covariates": "gone"}, KeyError),
        ({"covariates": "x", "ties": "best"}, ValueError),
        ({"covariates": "x", "ties": "exact", "weights": "w"}, ValueError),
        ({"covariates": "x", "ties": "exact", "cluster": "w"}, ValueError),
    ],
)
def test_bad_input_is_refused(more, error):
    with pytest.raises(error):
        hazard_ratio(WEIGHTED, **CALL, **more)
