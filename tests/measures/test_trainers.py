"""Trainer effects: published crossed and nested fits, exact intervals, dense predictions, funnel limits, edges."""

import math
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, stats
from statsmodels.stats.meta_analysis import combine_effects

from tne.measures.groups import group_effects
from tne.measures.mixed import variance_components
from tne.measures.trainers import trainer_effects
from tne.measures.trainers_fit import likelihood_ratio
from tne.measures.trainers_funnel import funnel_limits
from tne.report.disclosure import publishable_frame

RAIL = [[55, 53, 54], [26, 37, 32], [78, 91, 85], [92, 100, 96], [49, 51, 50], [80, 85, 83]]
MODEL = {"outcome": "post", "baseline": "pre", "session": "session_id", "team": "team"}
LIGHT = {key: MODEL[key] for key in ("outcome", "baseline", "session")}


def people(
    rng: np.random.Generator, *, trainers: int = 8, sessions: int = 3, seats: int = 12, between: float = 0.5
) -> pd.DataFrame:
    session = np.repeat(np.arange(trainers * sessions), seats)
    trainer, team = session // sessions, rng.integers(0, 6, len(session))
    pre = rng.normal(size=len(session))
    post = 5 + 0.6 * pre + rng.normal(0, between, trainers)[trainer]
    post = post + rng.normal(0, 0.2, session.max() + 1)[session] + rng.normal(0, 0.3, 6)[team]
    return pd.DataFrame(
        {
            "moderator_id": [f"m{i}" for i in range(len(session))],
            "trainer_id": [f"t{i:02d}" for i in trainer],
            "session_id": [f"s{i:02d}" for i in session],
            "team": team,
            "pre": pre,
            "post": post + rng.normal(0, 0.8, len(session)),
        }
    )


def rail() -> pd.DataFrame:
    return pd.DataFrame({"trainer_id": np.repeat(np.arange(6), 3), "post": np.ravel(RAIL).astype(float)})


def status(result) -> dict[str, str]:
    return {c.name: c.status for c in result.checks}


@pytest.mark.published("MIX-PENICILLIN")
def test_crossed_spread_matches_published_penicillin(truth: Path):
    """Bates (2010), lme4: Mixed-effects modelling with R, section 2.1: samples as trainers, plates as teams."""
    data = pd.read_csv(truth / "data" / "penicillin_lme4.csv")
    get = trainer_effects(data, outcome="diameter", trainer="sample", team="plate").estimates.get
    sds = [get(term=term).estimate for term in ("trainer_sd", "team_sd", "residual_sd")]
    assert sds == pytest.approx([1.9316138, 0.8467025, 0.5499227], abs=1e-4)
    whole = 1.9316138**2 + 0.8467025**2 + 0.5499227**2
    assert get(term="trainer_share").estimate == pytest.approx(1.9316138**2 / whole, abs=1e-4)
    # what all samples share, the plates, says nothing about one of them
    one = 1.9316138**2 / (1.9316138**2 + 0.5499227**2 / 24)
    assert get(term="trainer_reliability").estimate == pytest.approx(one, abs=1e-4)


@pytest.mark.published("MIX-PASTES")
def test_nested_spread_matches_published_pastes(truth: Path):
    """Bates (2010), section 2.2: batches as trainers, casks within batches as sessions."""
    data = pd.read_csv(truth / "data" / "pastes_lme4.csv")
    found = trainer_effects(data, outcome="strength", trainer="batch", session="sample")
    sds = [found.estimates.get(term=t).estimate for t in ("trainer_sd", "session_sd", "residual_sd")]
    assert sds == pytest.approx([1.287354, 2.904059, 0.823407], abs=1e-4)
    assert status(found)["few_sessions"] == "pass"


def test_spread_matches_published_rails_and_the_exact_interval():
    """Pinheiro and Bates (2000), Mixed-effects models in S and S-PLUS, page 9; limits of the balanced F ratio."""
    found = trainer_effects(rail(), outcome="post", min_people=3)
    sd = found.estimates.get(term="trainer_sd")
    rest = found.estimates.get(term="residual_sd").estimate
    assert (sd.estimate, rest) == pytest.approx((24.80547, 4.020779), abs=1e-4)
    table = np.array(RAIL, dtype=float)
    between, within = 3 * table.mean(axis=1).var(ddof=1), table.var(axis=1, ddof=1).mean()
    low, high = (
        math.sqrt(within * (between / within / stats.f.ppf(q, 5, 12) - 1) / 3) for q in (0.975, 0.025)
    )
    assert sd.conf_low == pytest.approx(low, rel=1e-6)
    assert sd.conf_high >= high - 1e-6  # the wider of this and the profile of the likelihood
    shrink = sd.estimate**2 / (sd.estimate**2 + rest**2 / 3)
    own = found.desk()
    assert own["estimate"].to_numpy() == pytest.approx(shrink * (table.mean(axis=1) - table.mean()), rel=1e-6)
    assert own["reliability"].to_numpy() == pytest.approx(shrink, rel=1e-6)
    assert own["raw"].to_numpy() == pytest.approx(table.mean(axis=1) - table.mean())
    assert own["raw_std_error"].to_numpy() == pytest.approx(rest * math.sqrt((1 - 1 / 6) / 3), rel=1e-6)


def test_shrunken_effects_equal_group_effects_on_published_exam_data(truth: Path):
    """Goldstein and others (1993), 65 schools: the predictions that equal statsmodels' MixedLM in test_groups."""
    data = pd.read_csv(truth / "data" / "exam_mlmRev.csv")
    found = trainer_effects(data, outcome="normexam", baseline="standLRT", trainer="school", min_people=1)
    other = group_effects(data, outcome="normexam", baseline="standLRT", group="school").to_frame()
    other = other[other["kind"] == "shrunken"].set_index("group")
    own = found.desk().set_index("school")
    assert np.abs(own["estimate"] - other.loc[own.index, "estimate"]).max() < 2e-5
    # the other error is that against all schools there could be, not against the average of these 65
    theirs = (
        other.loc[own.index, "std_error"] ** 2 - found.estimates.get(term="trainer_sd").estimate ** 2 / 65
    )
    ratio = own["std_error"] ** 2 / theirs
    assert ratio.min() > 0.97
    assert ratio.median() < 1.05  # larger for the extreme schools: how far to draw them in is not quite known
    assert found.estimates.get(term="trainer_sd").p_value < 1e-10


@pytest.mark.parametrize("traits", [(), ("market",)])
def test_shrunken_effects_equal_the_one_step_model(rng: np.random.Generator, traits):
    """Also where a trait of trainers, their market, is adjusted for: the predictions of `variance_components`."""
    data = people(rng)
    data["market"] = np.where(data["trainer_id"] < "t04", "DE", "FR")
    found = trainer_effects(data, **MODEL, covariates=traits)
    fixed = " + ".join(["pre", *traits])
    whole = variance_components(
        data, outcome="post", fixed=fixed, random=("trainer_id", "session_id", "team")
    ).effects
    whole = whole[whole["group"] == "trainer_id"].set_index("level")["estimate"]
    own = found.desk().set_index("trainer_id")["estimate"]
    assert own.to_numpy() == pytest.approx(whole[own.index].to_numpy(), abs=1e-8)


def test_shrunken_effects_and_their_test_by_hand(rng: np.random.Generator):
    """A dense likelihood of the crossed model, maximised by another search."""
    data = people(rng, trainers=6, sessions=2, seats=8, between=1.2)
    found = trainer_effects(data, **MODEL)
    y, x = data["post"].to_numpy(), np.column_stack([np.ones(len(data)), data["pre"]])
    z = [pd.get_dummies(data[c]).to_numpy(dtype=float) for c in ("trainer_id", "session_id", "team")]

    def criterion(logs: np.ndarray, used: list[np.ndarray]) -> float:
        v = np.exp(2 * logs[-1]) * np.eye(len(y))
        for s, d in zip(logs, used, strict=False):
            v += np.exp(2 * s) * d @ d.T
        inverse = np.linalg.inv(v)
        inside = x.T @ inverse @ x
        left = y - x @ np.linalg.solve(inside, x.T @ inverse @ y)
        return np.linalg.slogdet(v)[1] + np.linalg.slogdet(inside)[1] + left @ inverse @ left

    options = {"method": "Nelder-Mead", "options": {"xatol": 1e-7, "fatol": 1e-9, "maxiter": 4000}}
    whole = optimize.minimize(criterion, [0.1, -1.5, -1.2, -0.2], args=(z,), **options)
    null = optimize.minimize(criterion, [-0.7, -1.2, -0.2], args=(z[1:],), **options)
    sd = found.estimates.get(term="trainer_sd")
    assert sd.statistic == pytest.approx(null.fun - whole.fun, abs=1e-4)
    assert sd.p_value == pytest.approx(stats.chi2.sf(sd.statistic, 1) / 2)
    assert sd.estimate == pytest.approx(math.exp(whole.x[0]), abs=1e-3)


@pytest.mark.published("META-BCG")
def test_over_dispersion_matches_published_bcg(truth: Path):
    """Without drawing in the ends the added variance is DerSimonian and Laird's: .3088 around −.4303."""
    t = pd.read_csv(truth / "data" / "dat_bcg_metadat.csv")
    frame = pd.DataFrame(
        {
            "estimate": np.log(t.tpos / (t.tpos + t.tneg) / (t.cpos / (t.cpos + t.cneg))),
            "std_error": np.sqrt(1 / t.tpos - 1 / (t.tpos + t.tneg) + 1 / t.cpos - 1 / (t.cpos + t.cneg)),
        }
    )
    found = funnel_limits(frame, winsorise=0)
    assert found["tau2"].iloc[0] == pytest.approx(0.3088, abs=5e-5)
    assert found["target"].iloc[0] == pytest.approx(-0.4303, abs=5e-5)
    assert found["phi"].iloc[0] * 13 == pytest.approx(152.233, abs=5e-4)


def test_over_dispersion_equals_statsmodels_dersimonian_laird(rng: np.random.Generator):
    y, s = rng.normal(0, 1, 25), rng.uniform(0.2, 0.9, 25)
    other = combine_effects(y, s**2, method_re="chi2")
    found = funnel_limits(pd.DataFrame({"estimate": y, "std_error": s}), winsorise=0)
    assert found["tau2"].iloc[0] == pytest.approx(other.tau2)
    assert found["target"].iloc[0] == pytest.approx(other.mean_effect_fe)


def test_funnel_limits_by_hand():
    """Spiegelhalter (2005): z drawn in at the 10th and 90th percentiles, φ, τ², limits at 1.96 and 3.09."""
    frame = pd.DataFrame(
        {"estimate": [0.0, 1, 2, 3, 14], "std_error": [1.0, 1, 1, 1, 1]}, index=list("abcde")
    )
    found = funnel_limits(frame, target=2.0)
    z = np.clip(np.array([-2.0, -1, 0, 1, 12]), -1.6, 7.6)
    phi = float((z**2).mean())
    tau2 = (5 * phi - 4) / (5 - 1)
    assert found["phi"].to_numpy() == pytest.approx(phi)
    assert found["tau2"].to_numpy() == pytest.approx(tau2)
    assert found["high_95"].to_numpy() == pytest.approx(2 + 1.959964 * math.sqrt(1 + tau2), rel=1e-6)
    assert found["low_99_8"].to_numpy() == pytest.approx(2 - 3.090232 * math.sqrt(1 + tau2), rel=1e-6)
    assert found["outside"].to_list() == [0, 0, 0, 0, 0.95]
    calm = funnel_limits(frame.iloc[:4])
    assert (calm["tau2"] == 0.25 * max(0, 4 * calm["phi"].iloc[0] - 3) / 0.75).all()


def test_funnel_leaves_rows_without_number_and_refuses_no_error():
    frame = pd.DataFrame({"estimate": [0.0, 1.0, np.nan], "std_error": [1.0, 1.0, np.nan]})
    found = funnel_limits(frame)
    assert found["high_95"].isna().tolist() == [False, False, True]
    assert found["outside"].tolist()[:2] == [0, 0]
    assert math.isnan(found["outside"].iloc[2])
    with pytest.raises(ValueError, match="0 or below in 1 row"):
        funnel_limits(frame.assign(std_error=[0.0, 1, 1]))
    with pytest.raises(ValueError, match="winsorise"):
        funnel_limits(frame, winsorise=0.5)
    assert funnel_limits(frame.iloc[:0]).empty


def test_no_trainer_is_in_what_is_shown(rng: np.random.Generator):
    found = trainer_effects(people(rng), **MODEL)
    shown = found.to_frame().to_csv() + str(found) + repr(found) + found._repr_html_()
    shown += " ".join(c.detail for c in found.checks)
    assert not any(f"t{i:02d}" in shown for i in range(8))
    own, funnel = found.desk(), found.funnel()
    assert own["use"].str.contains("not for sharing").all()
    assert funnel["use"].str.contains("not for sharing").all()
    assert "not for sharing" in own.attrs["sharing"]
    assert len(found.desk("t03")) == 1
    assert found.desk("t03")["trainer_id"].iloc[0] == "t03"
    with pytest.raises(KeyError, match="no such trainer"):
        found.desk("t99")


def test_the_gate_of_reports_hides_all_of_the_desk(rng: np.random.Generator):
    found = trainer_effects(people(rng, trainers=6, sessions=2), **LIGHT)
    for frame in (found.desk(), found.funnel()):
        shown = publishable_frame(frame)
        numbers = [c for c in frame if pd.api.types.is_numeric_dtype(frame[c])]
        assert len(numbers) >= 9
        assert set(frame) - set(numbers) == {"trainer_id", "use", *({"note"} & set(frame))}
        assert shown[numbers].isna().all(axis=None)
        assert (shown["note"] == "people_unknown").all()


def test_trainers_with_few_people_have_no_number_of_their_own(rng: np.random.Generator):
    data = people(rng)
    few = data["trainer_id"].eq("t02") & (data.groupby("trainer_id").cumcount() >= 9)
    found = trainer_effects(data[~few], **MODEL)
    own = found.desk("t02").iloc[0]
    assert own[["estimate", "conf_low", "raw", "reliability"]].isna().all()
    assert own["note"] == "fewer than 10 people"
    assert "t02" not in set(found.funnel()["trainer_id"])
    assert found.estimates.get(term="trainer_sd").n == len(data) - few.sum()


def test_funnel_fits_the_figure(rng: np.random.Generator):
    from tne.report.figures.chance import funnel, funnel_values

    frame = trainer_effects(people(rng), **LIGHT).funnel()
    values = funnel_values(frame, "trainer_id", mean=frame["target"].iloc[0])
    assert values["rows"] == 8
    assert values["outside"] == (frame["outside"] > 0).sum()
    assert funnel(frame, "trainer_id", mean=frame["target"].iloc[0]) is not None


def test_shift_scale_order_labels_and_types_do_not_matter(rng: np.random.Generator):
    data = people(rng)
    base = trainer_effects(data, **MODEL)
    other = data.assign(
        post=100 + 3 * data["post"],
        pre=7 - data["pre"],
        trainer_id=data["trainer_id"].astype("category"),
        session_id=data["session_id"].astype("string"),
        team=data["team"].astype("Int64"),
    ).sample(frac=1, random_state=3)
    other.index = [5] * len(other)
    found = trainer_effects(other, **MODEL)
    scale = np.where(base.to_frame()["term"].str.endswith("_sd"), 3.0, 1.0)
    for column in ("estimate", "conf_low", "conf_high"):
        ours = found.to_frame()[column].to_numpy()
        assert ours == pytest.approx(scale * base.to_frame()[column].to_numpy(), rel=2e-4, abs=1e-6)
    assert found.desk()["estimate"].to_numpy() == pytest.approx(
        3 * base.desk()["estimate"].to_numpy(), rel=1e-3
    )


def test_people_of_several_rows_are_a_grouping(rng: np.random.Generator):
    data = pd.concat([people(rng, sessions=2), people(rng, sessions=2)], ignore_index=True)
    level = data["moderator_id"].map(
        dict(zip(data["moderator_id"], rng.normal(0, 1, len(data)), strict=True))
    )
    found = trainer_effects(data.assign(post=data["post"] + level), **LIGHT)
    assert found.estimates.get(term="person_sd").estimate == pytest.approx(1.0, abs=0.25)
    assert found.estimates.get(term="trainer_sd").n_people_total == 192
    assert status(found)["repeated_people"] == "pass"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: d.iloc[:0], "nobody has a trainer"),
        (lambda d: d.assign(trainer_id=None), "nobody has a trainer"),
        (lambda d: d.assign(post=np.nan), "nobody has a trainer"),
        (lambda d: d.assign(trainer_id="a"), "one trainer"),
        (lambda d: d.assign(trainer_id=np.where(d["team"] < 3, "a", "b")), "two trainers"),
        (lambda d: d.assign(trainer_id=d["moderator_id"]), "every trainer has one person"),
        (lambda d: d.assign(post=1.0), "does not vary"),
        (lambda d: d.assign(post=d["pre"]), "leave no variation"),
        (lambda d: d.iloc[[0, 1, 40, 80]], "too few people for the adjustments"),
    ],
)
def test_what_cannot_be_told_is_nan_with_a_note(rng: np.random.Generator, change, said: str):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = trainer_effects(change(people(rng)), **MODEL)
    row = found.estimates.get(term="trainer_sd")
    assert math.isnan(row.estimate)
    assert said in row.note
    assert found.desk()["estimate"].isna().all()
    assert found.funnel().empty
    assert str(found)


def test_more_adjustments_than_the_search_bears_are_said():
    draw = np.random.default_rng(3)
    data = people(draw, trainers=5, sessions=2, seats=4)
    data["day"] = pd.Timestamp("2026-01-01") + pd.to_timedelta(data["team"], unit="D")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        sd = trainer_effects(data, **MODEL, covariates=["day"]).estimates.get(term="trainer_sd")
    assert sd.estimate >= 0 or "cannot be told apart" in sd.note


def test_three_or_four_trainers_have_no_interval(rng: np.random.Generator):
    found = trainer_effects(people(rng, trainers=4), **MODEL)
    sd = found.estimates.get(term="trainer_sd")
    assert sd.estimate >= 0
    assert math.isnan(sd.conf_high)
    assert "too few for an interval" in sd.note
    assert found.desk()["conf_low"].isna().all()
    assert status(found)["few_groups"] == "warn"


def test_sessions_that_are_the_trainers_are_said(rng: np.random.Generator):
    data = people(rng, sessions=1, seats=20)
    found = trainer_effects(data, **MODEL)
    assert "session_sd" not in set(found.to_frame()["term"])
    assert "each session is one trainer" in found.estimates.get(term="trainer_sd").note
    assert status(found)["few_sessions"] == "fail"
    assert status(trainer_effects(people(rng), **MODEL))["few_sessions"] == "pass"


def test_checks_speak_and_stay_silent(rng: np.random.Generator):
    data = people(rng, trainers=6, sessions=2)
    calm = status(trainer_effects(data, **LIGHT))
    assert calm["differential_attrition"] == calm["confounding"] == calm["missing"] == "pass"
    assert calm["exploratory"] == "warn"
    lifted = data.assign(pre=data["pre"] + 2 * (data["trainer_id"] < "t03"))
    assert status(trainer_effects(lifted, **LIGHT))["balance"] in ("warn", "fail")
    lost = data.assign(post=data["post"].mask((data["trainer_id"] == "t01") & (rng.random(len(data)) < 0.7)))
    assert status(trainer_effects(lost, **LIGHT))["differential_attrition"] == "warn"
    placed = data.assign(market=np.where(data["trainer_id"] < "t03", "DE", "FR"))
    assert status(trainer_effects(placed, **LIGHT))["confounding"] == "warn"
    assert status(trainer_effects(placed, **LIGHT, covariates=["market"]))["confounding"] == "pass"
    own = data.assign(team=data["trainer_id"])
    assert status(trainer_effects(own, **LIGHT, team="team"))["confounding"] == "fail"
    assert status(trainer_effects(data, outcome="post"))["balance"] == "not_run"


def test_trainers_who_do_not_differ_are_seldom_found():
    """The test behind `balance`: at most 5 %, here with 4 of 60 alarms too many by chance at most."""
    alarms = 0
    for seed in range(60):
        draw = np.random.default_rng(seed)
        trainer, session = np.repeat(np.arange(6), 20), np.repeat(np.arange(12), 10)
        y = draw.normal(0, 0.5, 12)[session] + draw.normal(size=120)
        codes = {"trainer": trainer, "session": session}
        alarms += likelihood_ratio(np.ones((120, 1)), y, codes)[1] < 0.05
    assert alarms <= 7


def test_bad_input_is_refused_in_words(rng: np.random.Generator):
    data = people(rng)
    with pytest.raises(KeyError, match="lacks the columns nobody"):
        trainer_effects(data, outcome="post", trainer="nobody")
    with pytest.raises(TypeError, match="not numeric"):
        trainer_effects(data.assign(post="high"), outcome="post")
    with pytest.raises(ValueError, match="different columns"):
        trainer_effects(data, outcome="post", session="team", team="team")
    with pytest.raises(ValueError, match="conf_level"):
        trainer_effects(data, outcome="post", conf_level=95)
