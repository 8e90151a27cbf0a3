"""How much does a gain depend on what became of those who left before the second test?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd

from tne.measures.attrition import indicators
from tne.measures.gain import mean_change
from tne.measures.headline import Listed
from tne.measures.imputation import impute_changes
from tne.result import Estimate, Estimates, Result

if TYPE_CHECKING:
    from tne.measures.imputation import Imputed


WAYS = ("complete", "weighted", "imputed")
NOBODY_LEFT = "nobody left: nothing depends on them"


@dataclass(frozen=True, kw_only=True, eq=False)
class GainUnderAttrition(Listed, Result):
    """The mean change by three ways of treating those who left, and what would overturn it.

    Parameters
    ----------
    estimates : Estimates
        Key ``missing``: ``complete`` (those who stayed, for themselves), ``weighted`` and ``imputed`` (both for
        everyone who began). `.to_frame()`, `.get()`, `len()` and iteration of the result itself read these.
    tipping : Estimates
        Terms ``tipping_point`` and ``tipping_point_of_interval``: points by which the changes of those who left must
        differ from what the imputation expects of them, for the imputed gain, or its interval's nearer end, to be 0.
    n_left : int
        Rows with a first score and no second.
    """

    estimates: Estimates
    tipping: Estimates
    n_left: int

    def __str__(self) -> str:
        return f"{super().__str__()}\n{self.tipping}"


def gain_under_attrition(
    scores: pd.DataFrame,
    *,
    pre: str,
    post: str,
    covariates: Sequence[str] = (),
    seed: int | None = None,
    conf_level: float = 0.95,
) -> GainUnderAttrition:
    """Mean change of those who stayed, weighted and imputed for everyone who began, side by side.

    Parameters
    ----------
    scores : DataFrame, one row per person
        Keep those who have no second score.
    pre, post : str
        Score columns in the same unit, on the same scale.
    covariates : sequence of str
        Further columns, known of everyone who began, that say who left or what they would have had.
    seed : int, optional
        Of the 100 imputations; None gives the same draws each time.
    conf_level : float

    Returns
    -------
    GainUnderAttrition
        In score points, with the checks of `mean_change` and ``overlap``.

    Raises
    ------
    KeyError, TypeError
        For missing columns, or scores that are no numbers.
    ValueError
        For a covariate that is missing, or a `conf_level` that is no share.

    Notes
    -----
    The first row is about those who stayed. The other two are about everyone who began, and both take for granted that
    of two people with equal first scores (and covariates) the one who left would have changed as the one who stayed.
    No data can show that. The tipping points say by how much it would have to be false: with share q of the people gone
    and imputed gain g the gain is 0 where those who left changed by g/q less than expected. Judge whether that is
    believable. People with a second score only are left out.

    References
    ----------
    Cro, Morris, Kenward and Carpenter (2020), Sensitivity analysis for clinical trials with missing continuous outcome
    data using controlled multiple imputation, Stat. Med. 39:2815-2842.

    Examples
    --------
    >>> people = pd.DataFrame({"pre": [1.0, 2, 3, 4, 5, 6, 7, 8], "post": [2, 4, 5, 4, 7, 8, np.nan, np.nan]})
    >>> found = gain_under_attrition(people, pre="pre", post="post")
    >>> found.get(missing="complete").estimate, found.n_left
    (1.5, 2)
    """
    waves: dict[str, Any] = {"pre": pre, "post": post, "conf_level": conf_level}
    told = [covariates] if isinstance(covariates, str) else list(covariates)
    found = {"complete": mean_change(scores, **waves)}
    found |= {way: mean_change(scores, missing=way, covariates=told, seed=seed, **waves) for way in WAYS[1:]}
    table = pd.DataFrame([{"missing": way, **estimate.as_row()} for way, estimate in found.items()])
    began = scores.loc[scores[pre].notna()]
    left = int(began[post].isna().sum())
    return GainUnderAttrition(
        estimates=Estimates(table=table, keys=("missing",)),
        tipping=_tipping(began, pre, post, told, seed, found["imputed"], left),
        n_left=left,
        checks=found["imputed"].checks,
    )


def _tipping(
    began: pd.DataFrame,
    pre: str,
    post: str,
    covariates: list[str],
    seed: int | None,
    imputed: Estimate,
    left: int,
) -> Estimates:
    """Return the two shifts of the leavers' changes that would overturn the imputed gain."""
    terms = {"tipping_point": "the gain is 0", "tipping_point_of_interval": "its interval holds 0"}
    shifts, notes = [math.nan] * 2, [imputed.note or NOBODY_LEFT] * 2
    if left and not math.isnan(imputed.estimate):
        first, last = (began[c].to_numpy(dtype=float, na_value=np.nan) for c in (pre, post))
        drawn = cast(
            "Imputed",
            impute_changes(first, last, indicators(began, covariates) if covariates else None, seed=seed),
        )
        shifts = list(drawn.tipping_points(imputed.conf_level))
        expected = drawn.drawn.mean()
        notes = [
            f"expected of them: {expected:.4g}, so they must have changed by {expected + s:.4g}"
            for s in shifts
        ]
        if math.isnan(shifts[1]):
            notes[1] = "the interval holds 0 already"
    rows = [
        {
            "term": term,
            "estimate": shift,
            "note": note,
            "estimand": f"shift of the leavers' changes at which {when}",
        }
        for (term, when), shift, note in zip(terms.items(), shifts, notes, strict=True)
    ]
    counts = {"n": imputed.n, "n_people": imputed.n_people, "n_people_total": imputed.n_people_total}
    return Estimates(
        table=pd.DataFrame(rows).assign(
            **counts,
            conf_level=imputed.conf_level,
            unit="score points",
            comparison="those who stayed, at equal first scores",
            method=imputed.method + ", shifted",
        )
    )
