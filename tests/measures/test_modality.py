"""Modality effects: other routes to the same numbers, edges, checks."""

import math
import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from tne.measures.modality import modality_effects
from tne.measures.ols import clustered_ols

KINDS = ("instructor_led", "e_learning")


def people(rng: np.random.Generator, *, seats: int = 10, per: int = 7) -> pd.DataFrame:
    session = np.repeat(np.arange(3 * per), seats)
    kind = np.array(["blended", "e_learning", "instructor_led"])[session % 3]
    pre = rng.normal(size=len(session))
    post = 3 + 0.5 * pre + 0.4 * (kind == "instructor_led") + rng.normal(0, 0.3, 3 * per)[session]
    return pd.DataFrame(
        {
            "moderator_id": np.arange(len(session)),
            "modality": kind,
            "session_id": session,
            "trainer_id": session,
            "programme_id": np.where(rng.random(len(session)) < 0.5, "a", "b"),
            "pre": pre,
            "post": post + rng.normal(size=len(session)),
        }
    )


def status(result) -> dict[str, str]:
    return {c.name: c.status for c in result.checks}


def test_differences_equal_clustered_ols(rng: np.random.Generator):
    data = people(rng)
    found = modality_effects(data, outcome="post", baseline="pre", session="session_id").to_frame()
    other = clustered_ols(data, formula="post ~ C(modality) + pre", cluster="session_id", errors="CR2")
    for kind in ("e_learning", "instructor_led"):
        ours = found[(found["modality"] == kind) & (found["reference"] == "blended")].iloc[0]
        assert ours["estimate"] == pytest.approx(other.get(term=f"C(modality)[T.{kind}]").estimate)
    assert len(found) == 3


def welch(one: pd.Series, two: pd.Series) -> tuple[float, ...]:
    test = stats.ttest_ind(one, two, equal_var=False)
    low, high = test.confidence_interval(0.95)
    return (one.mean() - two.mean(), test.statistic, test.df, test.pvalue, low, high)


COLUMNS = ["estimate", "statistic", "df", "p_value", "conf_low", "conf_high"]


@pytest.mark.parametrize("sizes", [(70, 70), (70, 9), (3, 70)])
def test_without_groups_it_equals_welchs_test_of_scipy(rng: np.random.Generator, sizes: tuple[int, int]):
    data = people(rng)
    led, alone = (data[data["modality"] == k][:n] for k, n in zip(KINDS, sizes, strict=True))
    ours = modality_effects(pd.concat([led, alone]), outcome="post").to_frame().iloc[0]
    assert tuple(ours[COLUMNS]) == pytest.approx(welch(led["post"], alone["post"]))


def test_equal_sessions_equal_welchs_test_of_their_means(rng: np.random.Generator):
    data = people(rng, per=5)
    data = data[(data["modality"] != "blended") & ~data["session_id"].isin([1, 4])]
    ours = modality_effects(data, outcome="post", session="session_id").to_frame().iloc[0]
    means = data.groupby(["modality", "session_id"])["post"].mean()
    assert tuple(ours[COLUMNS]) == pytest.approx(welch(*(means[k] for k in KINDS)))
    nested = modality_effects(
        data.assign(room=data["session_id"]), outcome="post", trainer="session_id", session="room"
    )
    assert tuple(nested.to_frame()[COLUMNS].iloc[0]) == pytest.approx(tuple(ours[COLUMNS]))


def test_shared_sessions_equal_the_paired_test_of_their_differences(rng: np.random.Generator):
    """Every session has five people of each modality: what it brings to both cancels."""
    data = people(rng).query("modality == 'blended'").reset_index(drop=True)
    data["modality"] = np.where(data.index % 2, *KINDS)
    ours = modality_effects(data, outcome="post", session="session_id").to_frame().iloc[0]
    means = data.pivot_table(index="session_id", columns="modality", values="post")
    test = stats.ttest_rel(means[KINDS[0]], means[KINDS[1]])
    assert (ours["statistic"], ours["estimate"]) == pytest.approx(
        (test.statistic, (means[KINDS[0]] - means[KINDS[1]]).mean())
    )


def test_pairs_are_adjusted_together_as_scipy_does(rng: np.random.Generator):
    found = modality_effects(people(rng), outcome="post", session="session_id").to_frame()
    assert found["p_adjusted"].to_numpy() == pytest.approx(stats.false_discovery_control(found["p_value"]))


def test_who_has_no_trainer_stands_alone(rng: np.random.Generator):
    """E-learning without trainers: with one trainer per modality the rest would have no error at all."""
    data = people(rng)
    alone = data["modality"] == "e_learning"
    data = data.assign(trainer_id=data["trainer_id"].astype(float).mask(alone))
    found = modality_effects(data, outcome="post", trainer="trainer_id").to_frame()
    codes = data["trainer_id"].astype(object).where(~alone, "p" + data["moderator_id"].astype(str))
    other = clustered_ols(data.assign(c=codes), formula="post ~ C(modality)", cluster="c", errors="CR2")
    ours = found[(found["modality"] == "e_learning") & (found["reference"] == "blended")].iloc[0]
    assert ours["std_error"] == pytest.approx(other.get(term="C(modality)[T.e_learning]").std_error)


def test_one_team_for_everybody_changes_nothing(rng: np.random.Generator):
    data = people(rng).assign(team="t")
    one = modality_effects(data, outcome="post", baseline="pre", session="session_id").to_frame()
    two = modality_effects(data, outcome="post", baseline="pre", session="session_id", team="team").to_frame()
    assert two[COLUMNS].to_numpy() == pytest.approx(one[COLUMNS].to_numpy())


def test_a_modality_of_one_team_that_is_its_own_has_no_error(rng: np.random.Generator):
    data = people(rng)
    data["team"] = np.where(data["modality"] == "blended", "own", data["session_id"].astype(str))
    frame = modality_effects(data, outcome="post", trainer="trainer_id", team="team").to_frame()
    touched = (frame["modality"] == "blended") | (frame["reference"] == "blended")
    assert frame.loc[touched, "note"].str.contains("too few clusters").all()
    assert frame["std_error"].isna().tolist() == touched.tolist()


def test_a_modality_of_one_trainer_has_no_error(rng: np.random.Generator):
    data = people(rng)
    data.loc[data["modality"] == "blended", "trainer_id"] = 99
    found = modality_effects(data, outcome="post", trainer="trainer_id")
    frame = found.to_frame()
    touched = (frame["modality"] == "blended") | (frame["reference"] == "blended")
    assert frame.loc[touched, "std_error"].isna().all()
    assert frame.loc[touched, "note"].str.contains("one cluster").all()
    assert frame.loc[~touched, "std_error"].notna().all()
    assert status(found)["clusters"] == "warn"


def test_counts_are_the_people_of_the_pair(rng: np.random.Generator):
    data = people(rng).iloc[:-5]
    row = modality_effects(data, outcome="post").estimates.get(modality="instructor_led", reference="blended")
    assert (row.n, row.n_people, row.n_people_total) == (135, 65, 135)


@pytest.mark.parametrize(
    ("change", "rows", "said"),
    [
        (lambda d: d.iloc[:0], 0, ""),
        (lambda d: d.assign(modality=None), 0, ""),
        (lambda d: d.assign(modality="blended"), 0, ""),
        (lambda d: d.iloc[[0, 10]], 1, "too few people"),
        (lambda d: d.assign(post=1.0), 3, "no variation"),
    ],
)
def test_what_cannot_be_told_is_said(rng: np.random.Generator, change, rows: int, said: str):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = modality_effects(change(people(rng)), outcome="post")
    frame = found.to_frame()
    assert len(frame) == rows
    assert frame["note"].str.contains(said).all()
    assert str(found)


def test_an_adjustment_that_is_the_modality_is_said(rng: np.random.Generator):
    data = people(rng).assign(tool=lambda d: d["modality"].str.upper())
    frame = modality_effects(data, outcome="post", covariates=["tool"]).to_frame()
    assert frame["estimate"].isna().all()
    assert frame["note"].str.contains("cannot be told apart").all()


def test_types_order_and_index_do_not_matter(rng: np.random.Generator):
    data = people(rng)
    base = modality_effects(data, outcome="post", baseline="pre", session="session_id").to_frame()
    other = data.assign(
        modality=data["modality"].astype("category"), session_id=data["session_id"].astype("string")
    ).sample(frac=1, random_state=2)
    other.index = [1] * len(other)
    again = modality_effects(other, outcome="post", baseline="pre", session="session_id").to_frame()
    for column in ("estimate", "std_error", "df", "p_adjusted"):
        assert again[column].to_numpy() == pytest.approx(base[column].to_numpy())


def test_checks_speak_and_stay_silent(rng: np.random.Generator):
    data = people(rng)
    calm = modality_effects(data, outcome="post", baseline="pre", session="session_id")
    assert status(calm)["confounding"] == status(calm)["clusters"] == "pass"
    assert status(calm)["exploratory"] == "warn"
    assert calm.to_frame()["note"].str.startswith("exploratory").all()
    drawn = modality_effects(data, outcome="post", session="session_id", randomised=True)
    assert status(drawn)["exploratory"] == "pass"
    assert (drawn.to_frame()["note"] == "").all()
    apart = data.assign(programme_id=data["modality"].map({"blended": "a", "e_learning": "b"}).fillna("c"))
    assert status(modality_effects(apart, outcome="post"))["confounding"] == "fail"
    lifted = data.assign(pre=data["pre"] + 2 * (data["modality"] == "blended"))
    found = modality_effects(lifted, outcome="post", baseline="pre", session="session_id")
    assert status(found)["balance"] == "fail"
    teams = data.assign(team=np.arange(len(data)) % 2)
    assert (
        status(modality_effects(teams, outcome="post", trainer="trainer_id", team="team"))["clusters"]
        == "warn"
    )
    twice = pd.concat([data, data])
    assert status(modality_effects(twice, outcome="post"))["repeated_people"] == "warn"


def test_bad_input_is_refused_in_words(rng: np.random.Generator):
    data = people(rng)
    with pytest.raises(KeyError, match="lacks the columns kind"):
        modality_effects(data, outcome="post", modality="kind")
    with pytest.raises(TypeError, match="not numeric"):
        modality_effects(data.assign(post="high"), outcome="post")
    with pytest.raises(ValueError, match="the modality itself"):
        modality_effects(data, outcome="post", covariates=["modality"])
    assert math.isnan(modality_effects(data.iloc[[0, 10]], outcome="post").to_frame()["std_error"].iloc[0])
