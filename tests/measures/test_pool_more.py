"""Further published meta-analyses, and inputs that are easily got wrong."""

import numpy as np
import pandas as pd
import pytest

from tests.measures.test_pool import BCG, CALENDAR, PLAIN, SCHOOLS, close, odds_ratios, risk_ratios
from tne.measures.pool import pool

# Assink and Wibbelink (2016), Quantitative Methods for Psychology 12: study, effects and variances in turn
DELINQUENTS = {
    1: ".9066 .074 .4295 .0398 .2679 .0481 .2078 .0239 .0526 .0331 -.0507 .0886",
    2: ".5117 .0115 .4738 .0076 .3544 .0065",
    3: "2.2844 .3325 2.1771 .3073 1.7777 .2697 1.548 .4533 1.4855 .1167 1.4836 .1706 1.2777 .1538 1.0311 .3132 "
    ".9409 .1487 .6263 .2139",
    4: "-.0447 .0331",
    5: "1.549 .1384",
    6: ".7516 .0477 .3979 .0449 .2062 .3533 -.2927 .0758 -.5067 .0314",
    7: "1.7083 .0729 .8003 .0815 .7268 .1394 .6569 .0943 .5569 .1355 .3504 .0763",
    8: ".3695 .0199",
    9: ".1048 .0331 .1748 .0346",
    10: ".4549 .0278 .3161 .0185 .0826 .0328 .0221 .0612 -.0199 .0127",
    11: "2.358 .1226 2.358 .1226 2.3157 .2416 2.0765 .0844 2.0034 .078 1.7716 .0723 1.4918 .0701 1.4476 .0422 "
    "1.2897 .0663 1.2637 .0935 1.2423 .0392 1.1769 .0387 1.076 .0391 1.0653 .038 1.0379 .1651 1.0101 .0586 "
    "1.0087 .0386 .8765 .0893 .8615 .1591 .8531 .035 .6999 .0353 .6947 .0353",
    12: ".2994 .0041 .2992 .0042 .2989 .0041 .291 .0042 .217 .0041",
    13: ".3874 .0138 .2178 .0137",
    14: ".4571 .01 .1947 .0059 .0239 .0025 -.0575 .0032 -.119 .0789 -.2945 .0179",
    15: ".713 .1537 .399 .2334 -.7645 .1674",
    16: ".7156 .0914 .7067 .0875 .6475 .033 .6428 .0861 .6271 .04 .6238 .068 .6025 .1287 .5763 .0332 .5171 .0517 "
    "-.3797 .039 -.4228 .0664 -.4245 .0809 -.4671 .0667 -.523 .0988 -.5675 .034 -.7586 .0437",
    17: ".3453 .034 .1221 .0158 .0906 .0107 .004 .0208 -.0207 .0123 -.066 .01",
}


def delinquents() -> pd.DataFrame:
    table = []
    for study, text in DELINQUENTS.items():
        values = np.array(text.split(), dtype=float).reshape(-1, 2)
        # the number within a study is used again in the next one
        table += [(study, i + 1, y, v**0.5) for i, (y, v) in enumerate(values)]
    return pd.DataFrame(table, columns=["study", "effect", "estimate", "std_error"])


def test_pool_matches_published_stroke_units():
    """Normand (1999), Statistics in Medicine 18, table IX: days in hospital, pooled standard deviations."""
    n1, m1, s1 = np.array(
        [[155, 31, 75, 18, 8, 57, 34, 110, 60], [55, 27, 64, 66, 14, 19, 52, 21, 30], [47, 7, 17, 20, 8, 7, 45, 16, 27]]
    )  # fmt: skip
    n2, m2, s2 = np.array(
        [[156, 32, 71, 18, 13, 52, 33, 183, 52], [75, 29, 119, 137, 18, 18, 41, 31, 23],
         [64, 4, 29, 48, 11, 4, 34, 27, 20]]
    )  # fmt: skip
    spread = ((n1 - 1) * s1**2 + (n2 - 1) * s2**2) / (n1 + n2 - 2)
    data = pd.DataFrame({"estimate": m1 - m2, "std_error": np.sqrt(spread * (1 / n1 + 1 / n2))})
    published = {
        "fixed": (-3.49, -5.03, -1.96),
        "DL": (-14.10, -24.45, -3.75),
        "REML": (-15.12, -32.67, 2.43),
    }
    for method, numbers in published.items():
        one = pool(data, method=method, **PLAIN)
        assert (one.estimate, one.conf_low, one.conf_high) == close(numbers, abs=6e-3), method
    assert pool(data, method="DL").tau2 == close(218.72, abs=6e-3)
    assert pool(data).tau2 == close(685.20, abs=6e-3)


def test_pool_matches_published_lidocaine():
    """Normand (1999), table VII: risk differences in points, no variance between."""
    a, n1 = np.array([[2, 4, 6, 7, 7, 11], [39, 44, 107, 103, 110, 154]])
    c, n2 = np.array([[1, 4, 4, 5, 3, 4], [43, 44, 110, 100, 106, 146]])
    p, q = a / n1, c / n2
    error = 100 * np.sqrt(p * (1 - p) / n1 + q * (1 - q) / n2)
    data = pd.DataFrame({"estimate": 100 * (p - q), "std_error": error})
    for method in ("fixed", "DL", "REML"):
        one = pool(data, method=method, **PLAIN)
        assert (one.estimate, one.conf_low, one.conf_high) == close((2.94, 0.4, 5.5), abs=0.02)


def test_pool_matches_published_medication_adherence():
    """Molloy et al. (2014), correlations by Fisher's z, as in metafor's documentation; .15 in the paper."""
    n = np.array([109, 749, 55, 107, 72, 65, 174, 326, 58, 771, 56, 91, 116, 537, 158, 65])
    r = np.array(
        [0.187, 0.162, 0.34, 0.32, 0.27, 0, 0.175, 0.05, 0.26, 0.01, -0.09, 0.37, 0, 0.15, 0.24, 0.04]
    )
    one = pool(pd.DataFrame({"estimate": np.arctanh(r), "std_error": 1 / np.sqrt(n - 3)}), **PLAIN)
    assert (one.estimate, one.std_error) == close((0.1499, 0.0316), abs=6e-5)
    assert (one.conf_low, one.conf_high) == close((0.0881, 0.2118), abs=6e-5)
    assert (one.tau2, one.get(term="tau2").std_error) == close((0.0081, 0.0055), abs=6e-5)
    assert (one.i2, one.h2, one.q) == close((61.73, 2.61, 38.1595), abs=6e-3)


def test_pool_matches_published_bcg_odds_ratios_and_limits_of_i2():
    """van Houwelingen et al. (2002), page 596; metafor's own tests of its limits of tau², I² and H²."""
    data = odds_ratios(*(BCG[c].to_numpy() for c in ("tpos", "tneg", "cpos", "cneg")))
    fixed = pool(data, method="fixed")
    assert np.exp([fixed.estimate, fixed.conf_low, fixed.conf_high]) == close([0.647, 0.595, 0.702], abs=6e-4)
    tau2 = pool(data).get(term="tau2")
    assert (tau2.conf_low, tau2.conf_high) == close((0.130, 1.181), abs=6e-4)
    moments = pool(risk_ratios(), method="DL").to_frame().set_index("term")[["conf_low", "conf_high"]]
    assert moments.loc["tau2"].tolist() == close([0.1197, 1.1115], abs=1e-4)
    assert moments.loc["i2"].tolist() == close([81.9177, 97.6781], abs=5e-3)
    assert moments.loc["h2"].tolist() == close([5.5303, 43.0680], abs=1e-3)


def test_levels_match_published_delinquents():
    """Assink and Wibbelink (2016): mean .427, error .118; numbers within a study are used again in the next."""
    data = delinquents()
    one = pool(data, levels=("study", "effect"), **PLAIN)
    assert len(data) == 100
    assert (one.estimate, one.std_error) == close((0.427, 0.118), abs=6e-4)
    assert one.components.table["estimate"].tolist() == close([0.188, 0.112], abs=6e-4)
    assert len(one.groups) == 17
    by_name = pool(data, levels="study", **PLAIN)
    assert by_name.estimate == close(one.estimate, rel=1e-9)


def test_levels_with_moderators_are_highest_by_hand():
    """Three levels with two moderators: least squares with the whole matrix, and no pair of variances is better."""
    data = delinquents().assign(year=lambda f: f["study"] % 5, late=lambda f: (f["effect"] > 3).astype(float))
    one = pool(data, levels="study", moderators=("year", "late"), **PLAIN)
    x = np.column_stack([np.ones(100), data["year"], data["late"]])
    same = (data["study"].to_numpy()[:, None] == data["study"].to_numpy()[None, :]).astype(float)

    def fit(s):
        v = np.diag(data["std_error"] ** 2) + s[0] * same + s[1] * np.eye(100)
        inverse = np.linalg.inv(v)
        information = x.T @ inverse @ x
        b = np.linalg.solve(information, x.T @ inverse @ data["estimate"].to_numpy())
        r = data["estimate"].to_numpy() - x @ b
        height = -0.5 * (np.linalg.slogdet(v)[1] + np.linalg.slogdet(information)[1] + r @ inverse @ r)
        return height, b, np.sqrt(np.diag(np.linalg.inv(information)))

    at = one.components.table["estimate"].to_numpy()
    height, b, error = fit(at)
    assert one.coefficients.table["estimate"].tolist() == close(b.tolist(), rel=1e-6)
    assert one.coefficients.table["std_error"].tolist() == close(error.tolist(), rel=1e-6)
    for step in ((1.02, 1), (0.98, 1), (1, 1.02), (1, 0.98)):
        assert fit(at * step)[0] < height


def test_many_moderators_with_levels_and_tiny_errors(rng):
    """The determinant of 40 coefficients is beyond the range of a float; its logarithm is not."""
    x = rng.normal(size=(90, 40))
    names = [f"x{i}" for i in range(40)]
    data = pd.DataFrame(x, columns=names).assign(market=np.repeat(np.arange(30), 3))
    data["estimate"], data["std_error"] = 1e-6 * rng.normal(size=90), 1e-6
    one = pool(data, levels="market", moderators=names)
    two = pool(data.assign(estimate=data["estimate"] * 1e6, std_error=1.0), levels="market", moderators=names)
    assert one.tau2 == close(1e-12 * two.tau2, rel=1e-4)
    assert one.std_error == close(1e-6 * two.std_error, rel=1e-4)


def test_a_level_named_twice_raises():
    with pytest.raises(ValueError, match="twice"):
        pool(CALENDAR, levels=("district", "district"))


def test_people_are_counted_once_in_a_market_of_any_type():
    table = SCHOOLS.assign(n_people=[1.0, 2, 3, 4, 5, 6, 7, 8])
    for markets in (list("AABBCCDD"), pd.Categorical(list("AABBCCDD"), categories=list("DCBAZ"))):
        assert pool(table.assign(market=markets), levels="market").n_people == 2 + 4 + 6 + 8
    unknown = table.assign(market=["A", "A", None, None, "C", "C", "D", "D"])
    assert pool(unknown).n_people == 2 + 4 + 6 + 8  # no market is one market, the careful way
    assert np.isnan(pool(table.assign(n_people=[np.nan, *range(7)])).n_people)


def test_a_hair_less_width_is_not_worth_a_word():
    """REML of nearly equal errors leaves a factor just below 1."""
    one = pool(pd.DataFrame({"estimate": [1.0, 2, 4, 7, 9], "std_error": [0.5, 0.5, 0.51, 0.5, 0.49]}))
    plain = pool(
        pd.DataFrame({"estimate": [1.0, 2, 4, 7, 9], "std_error": [0.5, 0.5, 0.51, 0.5, 0.49]}), **PLAIN
    )
    assert one.std_error == close(plain.std_error, rel=5e-3)
    assert "narrower" not in one.note
