"""How much of what was gained is still there at a later test?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from tne.checks import require_level_of_confidence, require_numeric
from tne.measures.headcount import headcount
from tne.measures.learning_people import not_tested_again
from tne.measures.pairs import NO_SCALE, comparable
from tne.measures.retention import ForgettingCurve, forgetting_curve
from tne.result import Check, Estimate, Estimates, Result

NO_GAIN = "the gain cannot be told from zero, so that no share of it is defined"
LOSS = "scores fell from before to after: there is no gain of which a share could be kept"
MANY = 20  # people behind a median
LATER = ("post", "delayed")
PER_TIME = 10  # people behind a time of the curve


@dataclass(frozen=True, kw_only=True, eq=False)
class Retention(Result):
    """What people still knew at the delayed test.

    Parameters
    ----------
    share : Estimate
        Share of the gain still there: `retained_gain`.
    gain, later : Estimate
        Mean change from before to after, and from before to the delayed test, of the same people.
    attrition : Estimate
        Share of those with a first score, and whose turn has come, who did not take the delayed test.
    waves : Estimates
        Key ``wave``: mean scores of the people who took all three tests.
    weeks : float
        Median weeks from training to delayed test; NaN with fewer than 20 people or unknown times.
    curve : ForgettingCurve or None
        Only where tests after the training stand at three or more times, four weeks apart, of at least 10 people each.
    """

    share: Estimate
    gain: Estimate
    later: Estimate
    attrition: Estimate
    waves: Estimates
    weeks: float
    curve: ForgettingCurve | None

    def to_frame(self) -> pd.DataFrame:
        return pd.concat([e.to_frame() for e in (self.share, self.gain, self.later)], ignore_index=True)


def retained_gain(
    scores: pd.DataFrame, *, pre: str, post: str, delayed: str, conf_level: float = 0.95
) -> Estimate:
    """Share of the mean gain from `pre` to `post` that is still there at `delayed`, of the same people.

    Parameters
    ----------
    scores : DataFrame, one row per person
        People without all three scores are left out.
    pre, post, delayed : str
        Score columns in the same unit, on the same scale.
    conf_level : float

    Returns
    -------
    Estimate
        1 = all of it; above 1 where scores went on rising, below 0 where they fell below the start. NaN with a note
        where the gain cannot be told from zero, scores fell instead, or fewer than three people have all scores.

    Raises
    ------
    KeyError, TypeError
        For missing columns, or scores that are no numbers.
    ValueError
        For a `conf_level` that is no share.

    Notes
    -----
    Ratio of means, ``mean(delayed − pre) / mean(post − pre)``, with Fieller's interval: all ratios r for which
    ``mean((delayed − pre) − r (post − pre))`` is not significantly different from 0 (t, n − 1). Being tested is
    practice, and those who come to a third test are seldom a fair sample of those trained.

    References
    ----------
    Fieller (1954), Some problems in interval estimation, JRSS B 16:175-185.

    Examples
    --------
    >>> three = pd.DataFrame({"pre": [4, 5, 6, 5], "post": [8, 9, 9, 10], "delayed": [6, 7, 8, 7]})
    >>> retained_gain(three, pre="pre", post="post", delayed="delayed").estimate
    0.5
    """
    require_level_of_confidence(conf_level)
    waves = [pre, post, delayed]
    require_numeric(scores, waves, "scores")
    kept = scores.loc[scores[waves].notna().all(axis=1)]
    people, n = headcount(kept), len(kept)
    scale = [comparable(scores, pre=pre, post=wave) for wave in (post, delayed)]
    common: dict[str, Any] = {
        "term": "retained_gain",
        "unit": "share of the gain",
        "estimand": f"({delayed} − {pre}) / ({post} − {pre}) of the means, the same people",
        "comparison": "the same people after the training",
        "method": "ratio of means, Fieller interval",
        "conf_level": conf_level,
        "n": n,
        "n_people": people,
        "n_people_total": people,
        "checks": (
            next((check for check in scale if check.status == "fail"), scale[0]),
            Check(
                "few_people", "pass" if people >= MANY else "warn", f"{people} people took all three tests."
            ),
        ),
    }
    if any(check.status == "fail" for check in scale):
        return Estimate(estimate=math.nan, note=NO_SCALE, **common)
    if n < 3:
        return Estimate(estimate=math.nan, note="fewer than three people have all three scores", **common)
    first, second, third = (kept[wave].to_numpy(dtype=float) for wave in waves)
    gain, later = second - first, third - first
    g, d = float(gain.mean()), float(later.mean())
    (v_g, cov), (_, v_d) = np.cov(gain, later) / n
    t = float(special.stdtrit(n - 1, (1 + conf_level) / 2))
    square = g**2 - t**2 * v_g
    if square <= 0:
        return Estimate(estimate=math.nan, note=NO_GAIN, **common)
    if g < 0:
        return Estimate(estimate=math.nan, note=LOSS, **common)
    share, middle = d / g, (g * d - t**2 * cov) / square
    half = math.sqrt(max(middle**2 - (d**2 - t**2 * v_d) / square, 0.0))
    error = math.sqrt(max(v_d - 2 * share * cov + share**2 * v_g, 0.0)) / abs(g)
    return Estimate(
        estimate=share,
        std_error=error,
        df=n - 1,
        conf_low=middle - half,
        conf_high=middle + half,
        note="" if error > 0 else "everyone kept the same share: no interval can be estimated",
        **common,
    )


def retention_of(scores: pd.DataFrame, conf_level: float = 0.95) -> Retention | None:
    """Return what people still knew later, or None where nobody took all three tests or the scales differ.

    Parameters
    ----------
    scores : DataFrame, one row per person
        The trained: pre, post, delayed and, where known, scale_…, max_score_…, trained_at, answered_at_… .
    conf_level : float
    """
    kept = scores.loc[scores[["pre", "post", "delayed"]].notna().all(axis=1)]
    if kept.empty or comparable(kept, pre="pre", post="delayed").status == "fail":
        return None
    slim = kept[[c for c in ("moderator_id", "pre", "post", "delayed") if c in kept]]
    share = retained_gain(slim, pre="pre", post="post", delayed="delayed", conf_level=conf_level)
    return Retention(
        share=share,
        gain=Estimate(**change_row(slim, "post", conf_level)),
        later=Estimate(**change_row(slim, "delayed", conf_level)),
        attrition=not_tested_again(scores, first="pre", wave="delayed", conf_level=conf_level),
        waves=wave_means(slim, ("pre", "post", "delayed"), conf_level),
        weeks=_weeks(kept),
        curve=_curve(scores, conf_level),
        checks=share.checks,
    )


def wave_means(scores: pd.DataFrame, waves: tuple[str, ...], conf_level: float = 0.95) -> Estimates:
    """Return the mean score of each wave with its t interval, over the rows of `scores` that have all of them."""
    rows = [
        {"wave": wave, "term": "mean_score", "estimand": f"mean score, {wave}", "unit": "score points"}
        | _mean(scores, scores[wave].to_numpy(dtype=float), conf_level)
        for wave in waves
    ]
    return Estimates(table=pd.DataFrame(rows), keys=("wave",))


def change_row(kept: pd.DataFrame, wave: str, conf_level: float = 0.95) -> dict[str, Any]:
    """Return the mean change from ``pre`` to a wave as `mean_change` gives it, for rows that have both scores.

    It has no checks of its own: those of the whole are made once.
    """
    words = {"term": "mean_change", "unit": "score points", "estimand": f"mean of {wave} − pre"}
    words |= {"comparison": "the same people before"}
    change = kept[wave].to_numpy(dtype=float) - kept["pre"].to_numpy(dtype=float)
    return words | _mean(kept, change, conf_level) | {"method": "paired t"}


def _mean(kept: pd.DataFrame, values: np.ndarray, conf_level: float) -> dict[str, Any]:
    """The columns of a mean with its t interval; `kept` are the people behind the values."""
    people, n = headcount(kept), len(values)
    common: dict[str, Any] = {"n": n, "n_people": people, "n_people_total": people, "conf_level": conf_level}
    common |= {"method": "mean with t interval"}
    if n < 2:
        return common | {"estimate": math.nan, "note": "fewer than two people"}
    mean, error = float(values.mean()), float(values.std(ddof=1)) / math.sqrt(n)
    if error <= 1e-14 * max(abs(mean), 1.0):
        note = "no variation is left: no test is possible"
        return common | {
            "estimate": mean,
            "std_error": 0.0,
            "conf_low": mean,
            "conf_high": mean,
            "note": note,
        }
    half, t = float(special.stdtrit(n - 1, (1 + conf_level) / 2)) * error, mean / error
    numbers = {"estimate": mean, "std_error": error, "df": n - 1, "statistic": t, "note": ""}
    numbers |= {"p_value": 2 * float(special.stdtr(n - 1, -abs(t)))}
    return common | numbers | {"conf_low": mean - half, "conf_high": mean + half}


def _elapsed(scores: pd.DataFrame, wave: str) -> pd.Series:
    """Days from the training to a test, NaN where either time is not known."""
    if not {"trained_at", f"answered_at_{wave}"} <= set(scores.columns):
        return pd.Series(math.nan, index=scores.index)
    return (scores[f"answered_at_{wave}"] - scores["trained_at"]).dt.total_seconds() / 86400


def _weeks(kept: pd.DataFrame) -> float:
    days = _elapsed(kept, "delayed").dropna()
    return float(round(days.median() / 7)) if len(days) >= MANY else math.nan


def _curve(scores: pd.DataFrame, conf_level: float) -> ForgettingCurve | None:
    """Fit a curve of forgetting where tests after the training stand at three times or more."""
    score = np.concatenate([scores[wave].to_numpy(dtype=float, na_value=np.nan) for wave in LATER])
    days = np.concatenate([_elapsed(scores, wave).to_numpy(dtype=float) for wave in LATER])
    who = np.tile(pd.factorize(scores.get("moderator_id", scores.index))[0], len(LATER))
    taken = (days > 0) & ~np.isnan(score)
    month = np.where(taken, np.round(days / 28), -1.0)
    times = [t for t in np.unique(month[taken]) if len(np.unique(who[month == t])) >= PER_TIME]
    if len(times) < 3:
        return None
    kept = np.isin(month, times)
    tests = pd.DataFrame({"score": score[kept], "days": days[kept], "moderator_id": who[kept]})
    return forgetting_curve(
        tests, score="score", elapsed="days", cluster="moderator_id", conf_level=conf_level
    )
