"""Adjusted differences: checks both ways, what cannot be estimated, what is refused."""

import numpy as np
import pandas as pd
import pytest
from scipy import special

from tne.measures.adjust import adjusted_difference

KEYS = {"outcome": "y", "treatment": "d", "formula": "x"}
METHODS = ("regression", "ipw", "standardization", "aipw", "ipwra")


def people(rng: np.random.Generator, n: int = 400, pull: float = 0.0, effect: float = 0.0) -> pd.DataFrame:
    x = rng.normal(size=n)
    d = (rng.random(n) < special.expit(pull * x)).astype(int)
    return pd.DataFrame(
        {"y": x + effect * d + rng.normal(size=n), "d": d, "x": x, "g": rng.choice(list("abc"), n)}
    )


def status(result) -> dict[str, str]:
    return {check.name: check.status for check in result.checks}


@pytest.mark.parametrize("method", METHODS)
def test_checks_are_silent_where_chance_assigned(method, rng):
    found = status(adjusted_difference(people(rng), method=method, estimand="ATE", **KEYS))
    assert not {name for name, state in found.items() if state in ("warn", "fail")}


def test_checks_are_loud_where_groups_differ(rng):
    data = people(rng, pull=1.0)
    for method in ("regression", "standardization"):
        found = status(adjusted_difference(data, method=method, estimand="ATE", **KEYS))
        assert found["balance"] == found["outcome_model_only"] == found["confounding"] == "warn"
    mended = status(adjusted_difference(data, method="ipw", estimand="ATO", **KEYS))
    assert mended["balance"] == "pass"
    assert mended["confounding"] == "warn"
    apart = adjusted_difference(people(rng, pull=5.0), method="ipw", estimand="ATE", **KEYS)
    assert status(apart)["overlap"] == "fail"
    assert {status(apart)["effective_sample"], status(apart)["balance"]} <= {"warn", "fail"}


def test_trimming_happens_only_where_asked_and_is_said(rng):
    data = people(rng, pull=2.0)
    whole = adjusted_difference(data, method="ipw", estimand="ATE", **KEYS)
    assert whole.n == 400
    assert "trimmed" not in status(whole)
    part = adjusted_difference(data, method="ipw", estimand="ATE", trim=0.2, **KEYS)
    assert part.n < 400
    assert status(part)["trimmed"] == "warn"
    assert part.weights["trimmed_share"].iloc[-1] == pytest.approx(1 - part.n / 400)
    assert part.naive.n == 400
    assert part.weights["max"].max() <= 5 + 1e-9
    none = adjusted_difference(data, method="ipw", estimand="ATE", trim=(0, 1), **KEYS)
    assert none.estimate == whole.estimate
    assert status(none)["trimmed"] == "pass"


@pytest.mark.parametrize("method", METHODS)
def test_trimming_everyone_is_said(method, rng):
    nobody = adjusted_difference(
        people(rng, pull=2.0), method=method, estimand="ATE", trim=(0.99999, 1), **KEYS
    )
    assert np.isnan(nobody.estimate)
    assert nobody.note == "one group is empty after trimming"


@pytest.mark.parametrize("method", METHODS)
def test_one_group_or_nobody_is_undefined_with_a_note(method, rng):
    data = people(rng)
    for d in (0, 1):
        result = adjusted_difference(data.assign(d=d), method=method, estimand="ATE", **KEYS)
        assert result.to_frame()["estimate"].isna().all()
        assert (result.to_frame()["note"] == "one group is empty").all()
        assert result.n_people == 0
    empty = adjusted_difference(data.iloc[:0], method=method, estimand="ATT", **KEYS)
    assert np.isnan(empty.estimate)
    assert str(empty)
    assert empty._repr_html_()


def test_separated_people_have_no_comparison(rng):
    data = people(rng).assign(d=lambda f: (f.x > 0).astype(int))
    for method in ("ipw", "aipw", "ipwra"):
        result = adjusted_difference(data, method=method, estimand="ATE", **KEYS)
        assert np.isnan(result.estimate)
        assert "nobody in the other group has the confounders of 400 of the people" in result.note
        assert status(result)["overlap"] == "fail"
    drawn = adjusted_difference(data, method="regression", estimand="ATE", **KEYS)
    assert np.isfinite(drawn.estimate)
    assert status(drawn)["overlap"] == "fail"
    assert status(drawn)["outcome_model_only"] == "warn"


def test_team_without_trained_people_by_hand(rng):
    """Team a has nobody trained: no effect for everyone, but the trained compare with teams b and c alone."""
    data = people(rng, pull=0.5).assign(d=lambda f: np.where(f.g == "a", 0, f.d))
    keys = KEYS | {"formula": "x + g"}
    rest = data.loc[data.g != "a"]
    for method in ("ipw", "standardization", "aipw", "ipwra"):
        assert np.isnan(adjusted_difference(data, method=method, estimand="ATE", **keys).estimate)
        assert np.isfinite(adjusted_difference(data, method=method, estimand="ATT", **keys).estimate)
    att = adjusted_difference(data, method="ipw", estimand="ATT", **keys)
    alone = adjusted_difference(rest, method="ipw", estimand="ATT", **keys)
    assert att.estimate == pytest.approx(alone.estimate, rel=1e-8)


def test_groups_of_one_or_two_have_no_error(rng):
    data = people(rng).assign(d=0)
    data.loc[0, "d"] = 1
    one = adjusted_difference(data, method="ipw", estimand="ATT", **KEYS)
    assert np.isfinite(one.estimate)
    assert np.isnan(one.std_error)
    assert "one person" in one.note
    data.loc[1, "d"] = 1
    two = adjusted_difference(data, method="standardization", estimand="ATE", **KEYS)
    assert np.isnan(two.std_error)
    assert "as many coefficients as people" in two.note
    assert status(two)["few_people"] == "warn"


def test_missing_values_are_dropped_and_counted(rng):
    data = people(rng)
    holes = data.assign(x=data.x.mask(data.index < 30), y=data.y.mask(data.index == 50))
    holes["d"] = holes.d.astype("Int64").mask(holes.index == 51)
    result = adjusted_difference(holes, method="aipw", estimand="ATE", **KEYS)
    plain = data.drop(index=[*range(30), 50, 51])
    assert result.n == 368
    assert result.estimate == adjusted_difference(plain, method="aipw", estimand="ATE", **KEYS).estimate
    assert status(result)["missing"] == "warn"


def test_types_of_columns_do_not_matter(rng):
    data = people(rng, pull=0.5)
    keys = KEYS | {"formula": "x + g", "method": "aipw", "estimand": "ATE"}
    base = adjusted_difference(data, **keys).estimate
    for changed in (
        data.assign(d=data.d.astype(bool)),
        data.assign(d=pd.Categorical(data.d), g=pd.Categorical(data.g, categories=list("abcz"))),
        data.assign(g=data.g.astype("string"), x=data.x.astype(object), y=data.y.astype("Float64")),
        data.assign(d=data.d.astype("boolean")).set_index(pd.Index(["p"] * 400)),
        data.set_index("x", drop=False),
    ):
        assert adjusted_difference(changed, **keys).estimate == pytest.approx(base, rel=1e-10)
    named = data.rename(columns={"y": "the y", "d": "is trained", "x": "score 1"})
    keys |= {"outcome": "the y", "treatment": "is trained", "formula": "`score 1` + g"}
    assert adjusted_difference(named, **keys).estimate == pytest.approx(base, rel=1e-10)


def test_repeated_and_constant_confounders_add_nothing(rng):
    data = people(rng, pull=0.5).assign(twice=lambda f: 2 * f.x, same=3.0)
    for method in METHODS:
        base = adjusted_difference(data, method=method, estimand="ATT", **KEYS)
        more = adjusted_difference(
            data, method=method, estimand="ATT", **KEYS | {"formula": "x + twice + same"}
        )
        assert (more.estimate, more.std_error) == pytest.approx((base.estimate, base.std_error), rel=1e-6)
        assert status(more)["collinear"] == "warn"


def test_treatment_may_be_written_as_groups(rng):
    data = people(rng, pull=0.5)
    for estimand in ("ATE", "ATT"):
        arms = adjusted_difference(data, method="standardization", estimand=estimand, **KEYS)
        for formula in ("x * d", "y ~ C(d) * x", "d + x + d:x"):
            same = adjusted_difference(
                data, method="standardization", estimand=estimand, outcome_formula=formula, **KEYS
            )
            assert same.estimate == pytest.approx(arms.estimate, rel=1e-9)


def test_constant_outcome_has_no_test(rng):
    for method in METHODS:
        result = adjusted_difference(people(rng).assign(y=3.0), method=method, estimand="ATE", **KEYS)
        assert result.estimate == pytest.approx(0, abs=1e-9)
        assert result.std_error == 0
        assert np.isnan(result.p_value)


def test_people_are_counted_not_rows(rng):
    data = people(rng, n=200).assign(moderator_id=np.arange(200) // 2)
    result = adjusted_difference(data, method="ipw", estimand="ATE", **KEYS)
    heads = data.groupby("d").moderator_id.nunique()
    assert (result.n, result.n_people, result.n_people_total) == (200, heads.min(), 100)


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"formula": "x + d"}, ValueError, "holds the treatment d"),
        ({"formula": "x + y"}, ValueError, "holds the outcome y"),
        ({"formula": "x +* g"}, ValueError, "is no formula"),
        ({"formula": "z ~ x"}, ValueError, "another left side"),
        ({"formula": "nope"}, KeyError, "lacks the columns nope"),
        ({"formula": "log(x)"}, ValueError, "is not a finite number in"),
        ({"formula": 3}, TypeError, "must be text"),
        ({"treatment": "g"}, ValueError, "neither 0 nor 1 in 400 rows"),
        ({"outcome": "g"}, TypeError, "not numeric"),
        ({"method": "matching"}, ValueError, "`method` is 'matching'"),
        ({"estimand": "LATE"}, ValueError, "`estimand` is 'LATE'"),
        ({"method": "aipw", "estimand": "ATO"}, ValueError, "defined by weights"),
        ({"errors": "classical"}, ValueError, "`errors` for method 'ipw'"),
        ({"errors": "CR1"}, ValueError, "do not fit"),
        ({"errors": "HC1", "cluster": "g"}, ValueError, "do not fit"),
        ({"trim": 0.7}, ValueError, "`trim` is 0.7"),
        ({"link": "cloglog"}, ValueError, "`link` is"),
        ({"errors": "bootstrap", "draws": 1}, ValueError, "`draws` is 1"),
        ({"conf_level": 95}, ValueError, "conf_level"),
    ],
)
def test_what_cannot_be_meant_is_refused(change, error, words, rng):
    keys = KEYS | {"method": "ipw", "estimand": "ATE"} | change
    with pytest.raises(error, match=words):
        adjusted_difference(people(rng), **keys)


def test_infinite_and_dated_confounders_are_refused(rng):
    data = people(rng)
    keys = KEYS | {"method": "ipw", "estimand": "ATE"}
    with pytest.raises(ValueError, match="infinite in 1 row"):
        adjusted_difference(data.assign(x=data.x.mask(data.index == 3, np.inf)), **keys)
    with pytest.raises(TypeError, match="Make it a number, such as days"):
        adjusted_difference(data.assign(x=pd.Timestamp("2026-01-05")), **keys)


def test_no_stray_warnings_with_huge_weights(rng, recwarn):
    data = people(rng, pull=8.0)
    for method in METHODS:
        result = adjusted_difference(data, method=method, estimand="ATE", **KEYS)
        assert np.isfinite(result.estimate)
        assert status(result)["overlap"] == "fail"
    assert not len(recwarn)


def test_several_rows_of_a_person_are_said():
    rng = np.random.default_rng(6)
    people = pd.DataFrame({"moderator_id": range(60), "d": [0, 1] * 30, "x": rng.normal(size=60)})
    people["y"] = people["x"] + rng.normal(size=60)
    twice = pd.concat([people, people], ignore_index=True)
    keys = {"outcome": "y", "treatment": "d", "formula": "x", "method": "ipw", "estimand": "ATE"}
    heard = {c.name for c in adjusted_difference(twice, **keys).checks if c.status == "warn"}
    assert "repeated_people" in heard
    for silent in (
        adjusted_difference(people, **keys),
        adjusted_difference(twice, **keys, cluster="moderator_id"),
    ):
        assert "repeated_people" not in {c.name for c in silent.checks}


def test_a_single_coefficient_does_not_claim_to_be_the_mean_effect_of_one_group():
    rng = np.random.default_rng(5)
    people = pd.DataFrame({"x": rng.normal(size=60), "d": np.tile([0, 1], 30)})
    people["y"] = people["x"] + people["d"] + rng.normal(size=60)
    how = {"outcome": "y", "treatment": "d", "formula": "x", "estimand": "ATT"}
    one = adjusted_difference(people, method="regression", **how).get(term="adjusted_difference")
    assert "averaged by overlap" in one.estimand
    each = adjusted_difference(people, method="standardization", **how).get(term="adjusted_difference")
    assert "for the trained (ATT)" in each.estimand
