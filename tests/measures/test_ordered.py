"""Proportional odds: published table, statsmodels, Brant's test by hand, separation, edges."""

import numpy as np
import pandas as pd
import pytest

from tne.measures.ordered import ordered_logit

LEVELS = ["Low", "Medium", "High"]


def housing(truth):
    table = pd.read_csv(truth / "data" / "housing_MASS.csv")
    types = ["Tower", "Apartment", "Atrium", "Terrace"]
    for column, levels in {"Sat": LEVELS, "Infl": LEVELS, "Type": types, "Cont": ["Low", "High"]}.items():
        table[column] = pd.Categorical(table[column], categories=levels, ordered=column == "Sat")
    return table


def simulated(rng, n=400):
    """Four ordered answers of n people, logistic noise, effects .8 of site b and −.5 of a number."""
    site = rng.choice(["a", "b"], n)
    x = rng.normal(50, 10, n)
    latent = 0.8 * (site == "b") - 0.05 * (x - 50) + rng.logistic(size=n)
    return pd.DataFrame({"y": np.digitize(latent, [-1, 0.5, 1.5]), "site": site, "x": x})


@pytest.mark.published("L1-ORDINAL-HOUSING")
def test_housing_matches_published_polr(truth):
    """Venables and Ripley (2002), Modern Applied Statistics with S, section 7.3 (data: Madsen 1976)."""
    result = ordered_logit(housing(truth), formula="Sat ~ Infl + Type + Cont", weights="Freq")
    published = {
        "InflMedium": (0.5663937, 0.10465), "InflHigh": (1.2888191, 0.12716), "TypeApartment": (-0.5723501, 0.11924),
        "TypeAtrium": (-0.3661866, 0.15517), "TypeTerrace": (-1.0910149, 0.15149), "ContHigh": (0.3602841, 0.09554),
        "Low|Medium": (-0.4961353, 0.1248), "Medium|High": (0.6907083, 0.1255),
    }  # fmt: skip
    for term, (estimate, std_error) in published.items():
        row = result.get(term=term)
        assert row.estimate == pytest.approx(estimate, abs=1e-5)
        assert row.std_error == pytest.approx(std_error, abs=1e-4)
    assert result.deviance == pytest.approx(3479.149, abs=5e-4)
    assert result.log_likelihood == pytest.approx(-1739.57465, abs=1e-5)
    assert result.get(term="InflMedium").n == 1681


def test_mental_impairment_matches_published_agresti():
    """Agresti (2002), Categorical Data Analysis, section 7.2.4 (there with the sign turned); errors as R polr."""
    levels = ["well", "mild", "moderate", "impaired"]
    seen = {  # high status or not, life events
        "well": "11 19 14 13 02 10 01 13 13 17 01 02",
        "mild": "15 06 13 01 18 12 05 15 19 03 13 11",
        "moderate": "00 14 03 09 16 04 03",
        "impaired": "18 12 17 05 04 04 18 08 09",
    }
    rows = [(level, int(one[0]), int(one[1])) for level, text in seen.items() for one in text.split()]
    data = pd.DataFrame(rows, columns=["mental", "status", "life"])
    result = ordered_logit(data, formula="mental ~ life + status", levels=levels)
    told = result.to_frame().set_index("term")
    assert told["estimate"].tolist() == pytest.approx([0.319, -1.111, -0.282, 1.213, 2.209], abs=5e-4)
    assert told.loc[["life", "status"], "std_error"].tolist() == pytest.approx([0.1210, 0.6109], abs=5e-5)
    assert result.deviance == pytest.approx(99.0979, abs=5e-5)
    turned = ordered_logit(data, formula="mental ~ life + status", levels=levels[::-1])
    assert turned.get(term="impaired|moderate").estimate == pytest.approx(
        -result.get(term="moderate|impaired").estimate
    )


WINE = """
cold no 1 4, cold no 2 9, cold no 3 5, cold yes 1 1, cold yes 2 7, cold yes 3 8, cold yes 4 2, warm no 2 5,
warm no 3 8, warm no 4 3, warm no 5 2, warm yes 2 1, warm yes 3 5, warm yes 4 7, warm yes 5 5
"""  # Randall (1989), bitterness of wine: temperature, contact with the skins, rating, bottles


def test_bitterness_of_wine_matches_published_clm():
    """Christensen, Cumulative link models for ordinal regression with the R package ordinal (2018), section 2.3."""
    rows = [cell.split() for cell in WINE.replace("\n", " ").split(",")]
    wine = pd.DataFrame(rows, columns=["temp", "contact", "rating", "bottles"]).astype(
        {"rating": int, "bottles": int}
    )
    result = ordered_logit(wine, formula="rating ~ temp + contact", weights="bottles")
    published = {"tempwarm": (2.5031, 0.5287), "contactyes": (1.5278, 0.4766), "1|2": (-1.3444, 0.5171),
                 "2|3": (1.2508, 0.4379), "3|4": (3.4669, 0.5978), "4|5": (5.0064, 0.7309)}  # fmt: skip
    for term, numbers in published.items():
        row = result.get(term=term)
        assert (row.estimate, row.std_error) == pytest.approx(numbers, abs=6e-5)
    assert result.log_likelihood == pytest.approx(-86.49, abs=5e-3)
    assert result.get(term="tempwarm").n == 72


def test_coal_miners_match_published_vglm():
    """R VGAM, ?pneumo (McCullagh and Nelder 1989, p. 179): 9.6761, 10.5817, 2.5968; its errors are of the expected
    information (1.3241, 1.3454, .3811), ours of the observed: equal to 2 parts in 1,000."""
    years = [5.8, 15, 21.5, 27.5, 33.5, 39.5, 46, 51.5]
    miners = {1: [98, 51, 34, 35, 32, 23, 12, 4], 2: [0, 2, 6, 5, 10, 7, 6, 2], 3: [0, 1, 3, 8, 9, 8, 10, 5]}
    data = pd.DataFrame({"years": years} | miners).melt("years", var_name="lung", value_name="n")
    result = ordered_logit(data.astype({"lung": int}), formula="lung ~ np.log(years)", weights="n")
    published = {"np.log(years)": (2.5968, 0.3811), "1|2": (9.6761, 1.3241), "2|3": (10.5817, 1.3454)}
    for term, (estimate, error) in published.items():
        assert result.get(term=term).estimate == pytest.approx(estimate, abs=6e-5)
        assert result.get(term=term).std_error == pytest.approx(error, rel=2e-3)


def test_kinds_of_columns_change_nothing(rng):
    data = simulated(rng, 120)
    plain = ordered_logit(data, formula="y ~ site + x").to_frame()
    for kinds in ({"site": "string", "y": "Int64"}, {"site": "category", "x": "Float64"}, {"y": object}):
        pd.testing.assert_frame_equal(
            ordered_logit(data.astype(kinds), formula="y ~ site + x").to_frame(), plain
        )


def test_frequencies_are_the_same_as_rows(truth):
    table = housing(truth)
    rows = table.loc[table.index.repeat(table["Freq"])]
    one = ordered_logit(table, formula="Sat ~ Infl + Type + Cont", weights="Freq").to_frame()
    many = ordered_logit(rows, formula="Sat ~ Infl + Type + Cont").to_frame()
    pd.testing.assert_frame_equal(one, many, rtol=1e-8)


def test_ordered_logit_equals_statsmodels(rng):
    """statsmodels stores the first cut point and the logarithms of the steps; their sums are the cut points."""
    from statsmodels.miscmodels.ordinal_model import OrderedModel

    data = simulated(rng)
    result = ordered_logit(data, formula="y ~ site + x")
    exog = np.column_stack([data["site"] == "b", (data["x"] - 50) / 10]).astype(float)
    model = OrderedModel(data["y"].to_numpy(), exog, distr="logit")
    fit = model.fit(method="bfgs", disp=0, gtol=1e-8, maxiter=500)
    slopes, cuts = fit.params[:2], model.transform_threshold_params(fit.params[2:])[1:-1]
    assert result.log_likelihood == pytest.approx(fit.llf, abs=1e-7)
    assert result.get(term="siteb").estimate == pytest.approx(slopes[0], abs=1e-4)
    assert result.get(term="x").estimate == pytest.approx(slopes[1] / 10, abs=1e-5)
    assert result.get(term="siteb").std_error == pytest.approx(fit.bse[0], abs=1e-4)
    shift = slopes[1] * 50 / 10
    found = [result.get(term=term).estimate for term in ("0|1", "1|2", "2|3")]
    assert found == pytest.approx(list(cuts + shift), abs=1e-3)


def test_two_categories_equal_a_logistic_regression(rng):
    import statsmodels.api as sm

    data = simulated(rng)
    result = ordered_logit(data.assign(y=data["y"] > 1), formula="y ~ site")
    fit = sm.Logit((data["y"] > 1).astype(float), sm.add_constant((data["site"] == "b").astype(float))).fit(
        disp=0
    )
    row = result.get(term="siteb")
    assert (row.estimate, row.std_error) == pytest.approx((fit.params["site"], fit.bse["site"]), abs=1e-6)
    assert result.get(term="False|True").estimate == pytest.approx(-fit.params["const"], abs=1e-6)
    assert {c.name: c.status for c in result.checks}["proportional_odds"] == "not_run"


def test_without_predictors_cut_points_are_cumulative_logits():
    table = pd.DataFrame({"y": [1, 2, 3], "n": [20, 30, 50]})
    result = ordered_logit(table, formula="y ~ 1", weights="n")
    assert result.get(term="1|2").estimate == pytest.approx(np.log(20 / 80))
    assert result.get(term="2|3").estimate == pytest.approx(np.log(50 / 50))
    assert result.get(term="1|2").std_error == pytest.approx(np.sqrt(1 / 20 + 1 / 80))


def test_turning_the_scale_turns_the_signs(rng):
    data = simulated(rng)
    up = ordered_logit(data, formula="y ~ site + x").get(term="siteb")
    down = ordered_logit(data.assign(y=3 - data["y"]), formula="y ~ site + x").get(term="siteb")
    assert (down.estimate, down.std_error) == pytest.approx((-up.estimate, up.std_error), abs=1e-8)


def test_brant_test_by_hand(rng):
    """Two logistic regressions by statsmodels, their covariance summed person by person."""
    import statsmodels.api as sm

    data = simulated(rng)
    data["y"] = np.minimum(data["y"], 2)
    x = sm.add_constant(np.column_stack([data["site"] == "b", (data["x"] - 50) / 10]).astype(float))
    fits = [
        sm.Logit((data["y"].to_numpy() > cut).astype(float), x).fit(disp=0, method="newton", tol=1e-12)
        for cut in (0, 1)
    ]
    p, q = (fit.predict(x) for fit in fits)
    meat = sum((q[i] - p[i] * q[i]) * np.outer(x[i], x[i]) for i in range(len(x)))
    cross = (fits[0].cov_params() @ meat @ fits[1].cov_params())[1:, 1:]
    gap = (fits[0].params - fits[1].params)[1:]
    spread = fits[0].cov_params()[1:, 1:] + fits[1].cov_params()[1:, 1:] - cross - cross.T
    test = ordered_logit(data, formula="y ~ site + x").proportional_odds
    assert test.estimate == pytest.approx(gap @ np.linalg.solve(spread, gap), rel=1e-6)
    assert test.df == 2


def test_proportional_odds_check_is_silent_and_loud(rng):
    data = simulated(rng, 2000)
    assert {c.name: c.status for c in ordered_logit(data, formula="y ~ site").checks}[
        "proportional_odds"
    ] == "pass"
    # site b answers the extremes more often: no single shift does that
    wide = data.assign(y=np.where(data["site"] == "b", rng.choice([0, 3], 2000), rng.choice([1, 2], 2000)))
    wide["y"] = np.where(rng.uniform(size=2000) < 0.3, rng.integers(0, 4, 2000), wide["y"])
    found = {c.name: c for c in ordered_logit(wide, formula="y ~ site").checks}["proportional_odds"]
    assert found.status == "warn"


def test_clustered_errors_of_repeated_rows_equal_those_of_people(rng):
    """Everybody twice, clustered by person: the errors of single answers, but for G / (G − 1)."""
    data = simulated(rng, 300).assign(person=range(300))
    twice = pd.concat([data, data])
    robust = ordered_logit(data, formula="y ~ site", cluster="person").get(term="siteb")
    doubled = ordered_logit(twice, formula="y ~ site", cluster="person").get(term="siteb")
    model = ordered_logit(data, formula="y ~ site").get(term="siteb")
    assert doubled.std_error == pytest.approx(robust.std_error, rel=1e-8)
    assert robust.std_error == pytest.approx(model.std_error, rel=0.1)
    assert doubled.df == 299


def test_people_are_those_of_the_smaller_group():
    table = pd.DataFrame({"y": [1, 2, 3, 1, 2, 3], "site": list("aaabbb"), "n": [10, 10, 10, 2, 3, 4]})
    row = ordered_logit(table, formula="y ~ site", weights="n").get(term="siteb")
    assert (row.n, row.n_people, row.n_people_total) == (39, 9, 39)
    assert row.comparison == "a"
    rows = table.loc[table.index.repeat(table["n"])].assign(
        moderator_id=lambda f: f["site"] + f["y"].astype(str)
    )
    assert ordered_logit(rows, formula="y ~ site").get(term="siteb").n_people == 3


def test_separated_groups_are_named_and_the_rest_is_estimated():
    """Everybody at site c gives the best answer: no finite difference; that of site b stands as without c."""
    table = pd.DataFrame({"y": [1, 2, 3, 1, 2, 3, 3], "site": list("aaabbbc"), "n": [9, 8, 7, 5, 8, 9, 6]})
    result = ordered_logit(table, formula="y ~ site", weights="n")
    assert np.isnan(result.get(term="sitec").estimate)
    assert "separated" in result.get(term="sitec").note
    without = ordered_logit(table.iloc[:6], formula="y ~ site", weights="n")
    for term in ("siteb", "1|2", "2|3"):
        assert result.get(term=term).estimate == pytest.approx(without.get(term=term).estimate, abs=1e-4)
        assert result.get(term=term).std_error == pytest.approx(without.get(term=term).std_error, abs=1e-4)
    assert {c.name: c.status for c in result.checks}["separation"] == "fail"
    assert {c.name: c.status for c in without.checks}["separation"] == "pass"


def test_two_groups_separated_in_opposite_directions_are_both_named(rng):
    data = simulated(rng, 1500).assign(site=lambda f: np.where(f.index < 100, "c", f["site"]))
    data["site"] = np.where(data.index < 50, "d", data["site"])
    data["y"] = np.where(data["site"] == "c", 3, np.where(data["site"] == "d", 0, data["y"]))
    result = ordered_logit(data, formula="y ~ site + x").to_frame().set_index("term")["estimate"]
    assert result[["sitec", "sited"]].isna().all()
    assert result.drop(["sitec", "sited"]).notna().all()


def test_perfectly_separated_answers_give_no_number():
    data = pd.DataFrame({"y": [1, 1, 2, 2, 3, 3], "x": [1.0, 2, 3, 4, 5, 6]})
    result = ordered_logit(data, formula="y ~ x")
    assert result.to_frame()["estimate"].isna().all()
    assert (result.to_frame()["note"] != "").all()


def test_a_category_that_nobody_chose_is_left_out():
    data = pd.DataFrame({"y": pd.Categorical([1, 3, 1, 3, 1, 3], categories=[1, 2, 3, 4], ordered=True),
                         "g": list("aabbba")})  # fmt: skip
    result = ordered_logit(data, formula="y ~ g")
    assert result.levels == ("1", "3")
    found = {c.name: c for c in result.checks}
    assert found["empty_category"].status == "warn"
    assert "2 categories" in found["empty_category"].detail
    assert found["few_people"].status == "warn"


def test_equal_answers_and_nobody():
    data = pd.DataFrame({"y": [2, 2, 2], "g": list("aab")})
    result = ordered_logit(data, formula="y ~ g")
    assert "everyone gave the same answer" in result.get(term="gb").note
    gone = ordered_logit(data.assign(y=np.nan), formula="y ~ g")
    assert gone.to_frame().empty
    assert {c.name: c.status for c in gone.checks}["separation"] == "not_run"


def test_missing_rows_are_left_out_and_counted(rng):
    data = simulated(rng, 100)
    data.loc[:19, "x"] = np.nan
    result = ordered_logit(data, formula="y ~ site + x")
    assert result.get(term="x").n == 80
    assert {c.name: c.status for c in result.checks}["missing"] == "warn"


def test_order_of_text_must_be_said(rng):
    words = pd.DataFrame({"y": rng.choice(LEVELS, 60), "g": rng.choice(["a", "b"], 60)})
    for column in (words["y"], words["y"].astype("category")):
        with pytest.raises(ValueError, match="text without an order"):
            ordered_logit(words.assign(y=column), formula="y ~ g")
    told = ordered_logit(words, formula="y ~ g", levels=LEVELS)
    made = ordered_logit(words.assign(y=pd.Categorical(words["y"], LEVELS, ordered=True)), formula="y ~ g")
    assert told.levels == made.levels == tuple(LEVELS)
    assert told.get(term="gb").estimate == made.get(term="gb").estimate
    with pytest.raises(ValueError, match="not one of `levels`"):
        ordered_logit(words, formula="y ~ g", levels=["Low", "High"])


def test_bad_input_is_refused(rng):
    data = simulated(rng, 50).assign(w=-1.0, site2=lambda f: f["site"])
    with pytest.raises(ValueError, match="negative"):
        ordered_logit(data, formula="y ~ site", weights="w")
    with pytest.raises(ValueError, match="repeat each other"):
        ordered_logit(data, formula="y ~ site + site2")
    with pytest.raises(ValueError, match="constant"):
        ordered_logit(data, formula="y ~ 0 + site")
    with pytest.raises(ValueError, match="no right side"):
        ordered_logit(data, formula="y ~ site +")
    with pytest.raises(ValueError, match="outcome ~ predictors"):
        ordered_logit(data, formula="y")
    with pytest.raises(KeyError, match="market"):
        ordered_logit(data, formula="y ~ market")


def test_predictors_that_are_infinite_or_times_are_refused(rng):
    data = simulated(rng, 30)
    with pytest.raises(ValueError, match="infinite in 1 row"):
        ordered_logit(data.assign(x=data["x"].where(data.index > 0, np.inf)), formula="y ~ x")
    with pytest.raises(TypeError, match="datetime64"):
        ordered_logit(data.assign(x=pd.Timestamp("2026-01-01")), formula="y ~ x")


def test_interactions_and_numbers_have_names(rng):
    data = simulated(rng)
    terms = ordered_logit(data, formula="y ~ site * x").to_frame()["term"].tolist()
    assert terms[:3] == ["siteb", "x", "siteb:x"]
    coded = data.assign(wave=rng.integers(1, 3, len(data)))
    assert "wave2" in ordered_logit(coded, formula="y ~ C(wave)").to_frame()["term"].tolist()
