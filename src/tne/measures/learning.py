"""What did the trained learn? Every measure of one pre/post test that its two waves allow."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from tne.checks import require_columns
from tne.measures.gain import comparable, mean_change, standardized_change
from tne.measures.hake import NormalizedGain, normalized_gain
from tne.measures.mastery import mastery_change
from tne.result import Estimate, Estimates, Result

WAVES = ("pre", "post", "delayed")


@dataclass(frozen=True, kw_only=True, eq=False)
class Learning(Result):
    """Pre/post results of one test.

    Parameters
    ----------
    gain : Estimate
        Mean change, in score points; NaN with a note where the waves are not on one scale.
    standardized, mastery : Estimate or None
    normalized : NormalizedGain or None
        None where the test has no maximum or the waves are not on one scale.
    retention : Estimate or None
        Mean change from before to the delayed wave, if there is one.
    waves : Estimates
        Mean score by wave, for the people tested in both of the first two waves.
    max_score : float
        NaN where there is none.
    same_scale : bool
    """

    gain: Estimate
    standardized: Estimate | None
    normalized: NormalizedGain | None
    mastery: Estimate | None
    retention: Estimate | None
    waves: Estimates
    max_score: float
    same_scale: bool

    def to_frame(self) -> pd.DataFrame:
        parts = (self.gain, self.standardized, self.normalized, self.mastery, self.retention)
        return pd.concat([part.to_frame() for part in parts if part is not None], ignore_index=True)


def learning_summary(scores: pd.DataFrame, *, pass_share: float = 0.8, conf_level: float = 0.95) -> Learning:
    """Summarise the test of one programme, refusing gains between unequal scales.

    Parameters
    ----------
    scores : DataFrame, one row per person
        As `Workspace.scores` gives it: pre, post, delayed, max_score_…, scale_… .
    pass_share : float
        Share of the maximum that counts as passed.
    conf_level : float

    Returns
    -------
    Learning

    Raises
    ------
    KeyError
        If a wave's column is missing.
    ValueError
        If `pass_share` is not between 0 and 1.

    Notes
    -----
    Two tests on different scales, or with different maxima, have no difference that could be called learning: then
    every change is NaN or None and `same_scale` is False. A change does not say that the
    training caused it.
    """
    require_columns(scores, WAVES, "scores")
    if not 0 < pass_share < 1:
        raise ValueError(f"`pass_share` is {pass_share}. Give a share between 0 and 1, for example 0.8.")
    check = comparable(scores)
    full = _maximum(scores)
    means = _waves(scores, conf_level)
    if check.status == "fail":
        nothing = Estimate(
            term="mean_change", estimate=math.nan, note="the tests before and after are not on one scale"
        )
        return Learning(gain=nothing, standardized=None, normalized=None, mastery=None, retention=None, waves=means,
                        max_score=full, same_scale=False, checks=(check,))  # fmt: skip
    both = {"pre": "pre", "post": "post", "conf_level": conf_level}
    gain = mean_change(scores, **both)
    later = scores["delayed"].notna() & scores["pre"].notna()
    return Learning(
        gain=gain,
        standardized=standardized_change(scores, standardizer="d_av", **both),
        normalized=normalized_gain(scores, max_score=full, **both) if math.isfinite(full) else None,
        mastery=mastery_change(scores, cut=pass_share * full, **both) if math.isfinite(full) else None,
        retention=mean_change(scores, pre="pre", post="delayed", conf_level=conf_level)
        if later.any()
        else None,
        waves=means,
        max_score=full,
        same_scale=True,
        checks=(check, *gain.checks),
    )


def _maximum(scores: pd.DataFrame) -> float:
    """The one full mark of the waves, NaN where there is none or more than one."""
    names = [name for name in ("max_score_pre", "max_score_post") if name in scores.columns]
    found = pd.concat([scores[name] for name in names]).dropna().unique() if names else []
    return float(found[0]) if len(found) == 1 else math.nan


def _waves(scores: pd.DataFrame, conf_level: float) -> Estimates:
    """Mean of each wave over the people who took both tests (the delayed one: those of them who took it)."""
    both = scores.loc[scores["pre"].notna() & scores["post"].notna()].assign(nothing=0.0)
    rows = []
    for wave in WAVES:
        mean = mean_change(both, pre="nothing", post=wave, conf_level=conf_level).as_row()
        text = {
            "term": "mean_score",
            "estimand": f"mean score, {wave}",
            "comparison": "",
            "method": "mean with t interval",
        }
        rows.append({"wave": wave, **mean, **text})
    return Estimates(table=pd.DataFrame(rows), keys=("wave",))
