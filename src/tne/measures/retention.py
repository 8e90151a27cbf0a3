"""How much of what was learned is still there after a while?"""

from __future__ import annotations

import math
from typing import Any, cast

import numpy as np
import pandas as pd

from tne.checks import (
    require_choice,
    require_columns,
    require_level_of_confidence,
    require_no_missing,
    require_numeric,
    rows,
)
from tne.measures.forgetting import CURVES, PARAMETERS, Curve, nearest_curve
from tne.measures.inference import inference
from tne.measures.ols import cluster_checks, codes, missing_check
from tne.measures.retention_checks import people_behind, threats_to_retention
from tne.measures.retention_curve import ForgettingCurve
from tne.measures.sandwich import Uncertainty, fit, uncertainty
from tne.result import Check, Estimates

__all__ = ["ForgettingCurve", "forgetting_curve"]

WORDS = {
    "a": ("points of the score", "score one unit of time after"),
    "d": ("per log time", "steepness of forgetting: doubling the time divides the score by 2^d"),
    "k": ("", "k of top · k / (log10(t)^c + k)"),
    "c": ("", "c of top · k / (log10(t)^c + k)"),
}


def forgetting_curve(
    scores: pd.DataFrame,
    *,
    score: str,
    elapsed: str,
    curve: str = "power",
    max_score: float | None = None,
    cluster: str | None = None,
    conf_level: float = 0.95,
) -> ForgettingCurve:
    """Fit a curve of forgetting to scores by the time since training, by least squares.

    Parameters
    ----------
    scores : DataFrame
        One row per test of a person, or one per time with the mean score. Every row counts once.
    score, elapsed : str
        Columns: the score, and the time since training in one unit throughout. Minutes for ``"ebbinghaus"``.
    curve : {"power", "ebbinghaus"}
        ``score = a · t^−d`` (Wixted and Ebbesen), t above 0; or ``score = top · k / (log10(t)^c + k)``
        (Ebbinghaus), t above 1 minute.
    max_score : float, optional
        Highest possible score: the top of the second curve, and what ``ceiling`` is held against. None: 100 for the
        second curve, or 1 where no score exceeds 1.
    cluster : str, optional
        Column whose rows share their errors, such as ``"moderator_id"`` where people are tested more than once:
        CR2 errors with Satterthwaite's degrees of freedom. None: every row is independent, n − 2.
    conf_level : float

    Returns
    -------
    ForgettingCurve
        Rows ``a`` and ``d``, or ``k`` and ``c``; ``.predict(times)``, ``.retained(times, since=...)`` and
        ``.time_until(score)``. NaN with a note for fewer than three distinct times, or where no curve is nearest.
        With checks ``missing, few_people, few_times, ceiling, forgetting`` (warns where the curve does not fall),
        ``repeated_testing``, ``attrition`` and ``clusters``.

    Raises
    ------
    ValueError
        If a time is 0 or less (1 or less for ``"ebbinghaus"``), a score exceeds `max_score`, or a cluster is missing.

    Notes
    -----
    Scores below the first delayed test say nothing of what was learned before it. Being tested is practice, and people
    who come to the delayed test are seldom a fair sample of those trained: then the curve is too flat. It describes
    these people over these times; beyond the last one it is an extrapolation. Intervals are linear in the parameters
    (delta method), and take the curve's form as right.

    References
    ----------
    Ebbinghaus (1885), Über das Gedächtnis, chapter 7. Wixted and Ebbesen (1991), On the form of forgetting,
    Psychological Science 2:409-415.

    Examples
    --------
    >>> seen = pd.DataFrame({"hours": [1, 4, 16, 64], "share": [0.80, 0.41, 0.19, 0.10]})
    >>> round(forgetting_curve(seen, score="share", elapsed="hours").get(term="d").estimate, 3)
    0.501
    """
    require_choice(curve, CURVES, "curve")
    require_level_of_confidence(conf_level)
    require_numeric(scores, [score, elapsed], "scores")
    require_columns(scores, [cluster], "scores")
    kept = scores.loc[scores[[score, elapsed]].notna().all(axis=1)]
    t = kept[elapsed].to_numpy(dtype=float)
    y = kept[score].to_numpy(dtype=float)
    top = _top(y, curve, max_score)
    _require_times(t, elapsed, curve)
    if cluster is not None:
        require_no_missing(kept, [cluster], "scores")
    groups = [codes(kept[cluster])] if cluster is not None else []
    method = {"power": "score = a t^−d", "ebbinghaus": f"score = {top:g} k / (log10(t)^c + k)"}[curve]
    method += ", least squares, " + (
        f"CR2 errors clustered by {cluster}" if cluster else "n − 2 degrees of freedom"
    )
    common = {"conf_level": conf_level, "method": method, "n": len(kept)} | people_behind(
        kept, elapsed, cluster
    )
    found, known, why = _fitted(t, y, curve, top, groups)
    table = []
    for i, term in enumerate(PARAMETERS[curve]):
        unit, estimand = WORDS[term]
        row = common | {"term": term, "unit": unit, "estimand": estimand, "estimate": math.nan, "note": why}
        if known is not None:
            _, error, df, note = known.contrast(np.eye(2)[i])
            row |= inference(float(cast(Curve, found).values[i]), error, df, conf_level) | {"note": note}
            if i == 0:  # that a score or k is 0 is nobody's question
                row |= {"statistic": math.nan, "p_value": math.nan}
        table.append(row)
    left, total = float("nan"), float(np.sum((y - y.mean()) ** 2)) if len(y) else 0.0
    if found is not None:
        left = float(np.sum((y - found.at(t)) ** 2))
    checks = (
        missing_check(len(scores), len(kept)),
        *threats_to_retention(kept, score, elapsed, cluster, top if max_score is not None else None),
        _direction(table[1], found, t),
        *(cluster_checks(int(groups[0].max()) + 1 if len(t) else 0, "CR2", [cluster]) if cluster else ()),
    )
    return ForgettingCurve(
        parameters=Estimates(table=pd.DataFrame(table)),
        residual_sum_of_squares=left,
        r_squared=1 - left / total if total > 0 else math.nan,
        first=float(t.min()) if len(t) else math.nan,
        last=float(t.max()) if len(t) else math.nan,
        curve=found if known is not None else None,
        known=known,
        checks=checks,
    )


def _fitted(
    t: np.ndarray, y: np.ndarray, kind: str, top: float, groups: list[np.ndarray]
) -> tuple[Curve | None, Uncertainty | None, str]:
    times = len(np.unique(t))
    if times < 3:
        return None, None, f"{times} distinct times cannot show a curve; three are needed"
    found = nearest_curve(t, y, kind, top)
    if found is None or not np.isfinite(found.values).all():
        return None, None, "no curve is nearest to these scores: they do not fall in this form"
    slopes = found.slopes(t)
    try:
        # at the minimum the curve is as good as its tangent, whose least-squares errors are known
        linear = fit(slopes, slopes @ found.values + y - found.at(t))
    except ValueError:
        return None, None, "the scores do not determine both parameters"
    return found, uncertainty(linear, "CR2" if groups else "classical", groups), ""


def _top(y: np.ndarray, kind: str, max_score: float | None) -> float:
    if max_score is not None and not (np.isfinite(max_score) and max_score > 0):
        raise ValueError(f"`max_score` is {max_score}. Give the highest possible score, a positive number.")
    top = max_score
    if top is None:
        top = (1.0 if len(y) and y.max() <= 1 else 100.0) if kind == "ebbinghaus" else math.nan
    over = y > top + 1e-9 * abs(top) if not math.isnan(top) else np.zeros(len(y), dtype=bool)
    if over.any():
        raise ValueError(
            f"Scores exceed {top:g} in {rows(over)} of the complete ones. Give the right `max_score`."
        )
    return float(top)


def _require_times(t: np.ndarray, elapsed: str, kind: str) -> None:
    least, why = (0, "0 has no logarithm") if kind == "power" else (1, "log10(t) must be above 0")
    early = t <= least
    if early.any():
        raise ValueError(
            f"Column `{elapsed}` is {least} or less in {rows(early)} of the complete ones; {why}. Leave tests at the "
            "end of the training out, or measure time from its start."
        )


def _direction(steep: dict[str, Any], found: Curve | None, t: np.ndarray) -> Check:
    name = "forgetting"
    if found is None or math.isnan(steep["estimate"]):
        return Check(name, "not_run", "There is no curve.")
    first, last = found.at(np.array([t.min(), t.max()]))
    if not (found.falls and first - last > 1e-9 * abs(first)):  # equal scores fall by rounding alone
        return Check(
            name,
            "warn",
            "Scores do not fall with time: nothing was forgotten, or the later tests are easier.",
        )
    if not steep.get("conf_low", math.nan) > 0:
        return Check(name, "warn", "Scores fall with time, but not beyond chance.")
    return Check(name, "pass", "Scores fall with time.")
