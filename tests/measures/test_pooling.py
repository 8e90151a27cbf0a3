"""Adjusted p-values: published values, library, edges."""

import numpy as np
import pandas as pd
import pytest

from tne.measures.pooling import adjust_p
from tne.result import Estimates

P = [
    0.0001,
    0.0004,
    0.0019,
    0.0095,
    0.0201,
    0.0278,
    0.0298,
    0.0344,
    0.0459,
    0.3240,
    0.4262,
    0.5719,
    0.6528,
    0.7590,
    1.0,
]


@pytest.mark.published("MULT-BH1995")
def test_adjust_p_matches_published_benjamini_hochberg():
    """Benjamini and Hochberg (1995), section 3: 4 rejections at q = .05, Bonferroni 3; values by R p.adjust."""
    table = pd.DataFrame({"p_value": P})
    adjusted = adjust_p(table, method="bh")["p_adjusted"]
    expected = [0.0015, 0.003, 0.0095, 0.035625, 0.0603, 0.0638571, 0.0638571, 0.0645, 0.0765, 0.486,
                0.5811818, 0.714875, 0.7532308, 0.8132143, 1.0]  # fmt: skip
    np.testing.assert_allclose(adjusted, expected, atol=5e-8)
    assert (adjusted <= 0.05).sum() == 4
    assert (adjust_p(table, method="bonferroni")["p_adjusted"] <= 0.05).sum() == 3


@pytest.mark.parametrize(
    ("method", "name"), [("bh", "fdr_bh"), ("by", "fdr_by"), ("holm", "holm"), ("bonferroni", "bonferroni")]
)
def test_adjust_p_equals_statsmodels(rng, method, name):
    from statsmodels.stats.multitest import multipletests

    p = pd.Series(rng.uniform(size=40) ** 2, index=rng.permutation(40))
    np.testing.assert_allclose(adjust_p(p, method=method), multipletests(p, method=name)[1], atol=1e-12)
    assert adjust_p(p, method=method).index.equals(p.index)


def test_missing_p_values_stay_missing_and_are_not_tests():
    adjusted = adjust_p(pd.Series([0.01, np.nan, 0.04]), method="bonferroni")
    assert adjusted.iloc[[0, 2]].tolist() == [0.02, 0.08]
    assert np.isnan(adjusted.iloc[1])
    assert adjust_p(pd.DataFrame({"p_value": [np.nan]}))["p_adjusted"].isna().all()
    assert adjust_p(pd.DataFrame({"p_value": pd.Series(dtype=float)})).empty


def test_estimates_are_accepted_and_kept():
    frame = pd.DataFrame(
        {"market": ["A", "B"], "term": "effect", "estimate": [1.0, 2.0], "p_value": [0.02, 0.03], "note": ""}
    )
    out = adjust_p(Estimates(table=frame, keys=("market",)))
    assert out["p_adjusted"].tolist() == [0.03, 0.03]
    assert out["market"].tolist() == ["A", "B"]


def test_bad_p_values_are_refused():
    with pytest.raises(ValueError, match="below 0 or above 1"):
        adjust_p(pd.Series([0.5, 1.2]))
    with pytest.raises(KeyError, match="p_value"):
        adjust_p(pd.DataFrame({"p": [0.5]}))
    with pytest.raises(ValueError, match="Choose one of"):
        adjust_p(pd.Series([0.5]), method="sidak")
    with pytest.raises(TypeError, match="not numeric"):
        adjust_p(pd.Series(["low"]))
