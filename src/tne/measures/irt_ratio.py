"""Does the larger of two nested item response models fit better?"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import stats

from tne.measures.irt_fit import MODELS
from tne.result import Estimate

COARSE = 31  # fewer nodes may be off by more than the models differ


def likelihood_ratio(one: Any, two: Any) -> Estimate:
    """Return the likelihood-ratio test of two fitted models (``ItemResponse``) of the same answers."""
    if one.model == two.model:
        raise ValueError(f"Both models are {one.model}. Compare a smaller with a larger one.")
    small, large = sorted((one, two), key=lambda result: MODELS.index(result.model))
    a, b = small.answers, large.answers
    same = (
        a.items == b.items and np.array_equal(a.correct, b.correct) and np.array_equal(a.answered, b.answered)
    )
    if not same:
        raise ValueError("The two models stand on different answers. Fit both to the same frame.")
    common = {
        "term": "likelihood_ratio",
        "n": float(a.answered[:, a.usable].sum()),
        "n_people": small.n_people,
        "n_people_total": small.n_people,
        "unit": "twice the log-likelihood ratio",
        "estimand": f"whether the {large.model} fits these answers better than the {small.model}",
        "comparison": f"the {small.model}",
        "method": "likelihood-ratio test",
    }
    if small.fit is None or large.fit is None:
        return Estimate(estimate=math.nan, note=small.note or large.note, **common)
    nodes = (small.fit.nodes, large.fit.nodes)
    if not np.array_equal(*nodes) and min(map(len, nodes)) < COARSE:
        raise ValueError(
            "The two models use different quadratures. Fit both with the same `quadrature_points`."
        )
    ratio = 2 * (large.log_likelihood - small.log_likelihood)
    df = large.n_parameters - small.n_parameters
    held = bool(small.fit.runaway.any() or large.fit.runaway.any())
    return Estimate(
        estimate=ratio,
        statistic=ratio,
        df=df,
        p_value=math.nan if held else stats.chi2.sf(ratio, df),
        note="a slope has no finite maximum, so the ratio has no known distribution" if held else "",
        **common,
    )
