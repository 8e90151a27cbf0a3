"""Whose scores can be compared before and after, and what threatens the comparison?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import pandas as pd
from scipy import stats

from tne.checks import require_columns, require_numeric
from tne.measures.headcount import headcount
from tne.measures.sessions import ignored_sessions
from tne.result import Check

NO_SCALE = "pre and post stand on different scales or maxima, so their difference means nothing"
UNKNOWN_SCALE = "The frame names neither scale nor maximum of both waves."
NO_PAIRS = "fewer than two people have both scores"


@dataclass(frozen=True, eq=False)
class Pairs:
    """The people who have both scores, and everyone who began.

    Parameters
    ----------
    pre, post : ndarray, shape (n,)
        Scores of those who have both.
    kept : DataFrame, n rows
        Their rows, in the same order.
    all_pre : ndarray
        First score of everyone who has one, with or without a second.
    n_people : int
        Distinct people among the rows kept.
    scale : Check
        Whether the two waves share scale and maximum.
    """

    pre: np.ndarray
    post: np.ndarray
    kept: pd.DataFrame
    all_pre: np.ndarray
    n_people: int
    scale: Check

    @property
    def n(self) -> int:
        """Rows with both scores."""
        return len(self.pre)

    @property
    def undefined(self) -> str:
        """Why no gain can be given, or an empty text."""
        if self.scale.status == "fail":
            return NO_SCALE
        return NO_PAIRS if self.n < 2 else ""

    def counts(self) -> dict[str, float]:
        """Return the count columns of an estimate."""
        return {"n": self.n, "n_people": self.n_people, "n_people_total": self.n_people}


def pairs(scores: pd.DataFrame, pre: str, post: str) -> Pairs:
    """Collect the complete pairs of `scores`; a row is a person unless ``moderator_id`` says otherwise."""
    require_numeric(scores, [pre, post], "scores")
    first = scores[pre].to_numpy(dtype=float, na_value=np.nan)
    last = scores[post].to_numpy(dtype=float, na_value=np.nan)
    both = ~np.isnan(first) & ~np.isnan(last)
    kept = scores.loc[both]
    scale = comparable(scores, pre=pre, post=post)
    return Pairs(first[both], last[both], kept, first[~np.isnan(first)], headcount(kept), scale)


def comparable(scores: pd.DataFrame, *, pre: str = "pre", post: str = "post") -> Check:
    """Say whether two waves share scale and maximum; only then is their difference a gain.

    Parameters
    ----------
    scores : DataFrame, one row per person
        With the columns `pre` and `post` and, where known, ``scale_<wave>`` and ``max_score_<wave>``.
    pre, post : str
        Names of the two waves' score columns, for example ``"pre"`` and ``"delayed"``.

    Returns
    -------
    Check
        Named ``"comparable"``: ``pass``, ``fail`` where anyone with both scores has two scales or two maxima,
        ``warn`` where people took two forms (``form_<wave>``) and the frame names no scale that both are on,
        ``not_run`` where the frame has neither the scale nor the maximum of both waves.

    Examples
    --------
    >>> frame = pd.DataFrame({"pre": [5], "post": [12], "max_score_pre": [10], "max_score_post": [20]})
    >>> comparable(frame).status
    'fail'
    """
    require_columns(scores, [pre, post], "scores")
    told = [(f"{kind}_{pre}", f"{kind}_{post}") for kind in ("scale", "max_score", "form")]
    known = [name for names in told if set(names) <= set(scores.columns) for name in names]
    if not known:
        return Check("comparable", "not_run", UNKNOWN_SCALE)
    both = scores.loc[scores[pre].notna() & scores[post].notna(), known]
    seen = []
    for kind, words in (("scale", "scales"), ("max_score", "maximum scores")):
        names = [f"{kind}_{pre}", f"{kind}_{post}"]
        if not set(names) <= set(both.columns):
            continue
        one, two = both[names[0]], both[names[1]]
        differ = (one.isna() != two.isna()) | (
            one.notna() & two.notna() & (one.astype(object) != two.astype(object))
        )
        if differ.any():
            return Check(
                "comparable", "fail", f"{int(differ.sum())} of {len(both)} people have two different {words}."
            )
        if one.notna().any():
            seen.append(words)
    changed, same = _forms(both, pre, post)
    if changed and "scales" not in seen:
        detail = f"{changed} of {len(both)} people took two different forms, and no scale is named that both are on."
        return Check("comparable", "warn", detail)
    if not seen:
        return Check("comparable", "not_run", UNKNOWN_SCALE)
    detail = f"Same {' and '.join(seen)} before and after"
    if changed:
        detail += (
            f"; {changed} of {len(both)} people took two forms, which the scale's name says are equally hard"
        )
    if same:
        detail += f"; {same} of {len(both)} people took the same form twice and may remember its items"
    return Check("comparable", "pass", detail + ".")


def _forms(both: pd.DataFrame, pre: str, post: str) -> tuple[int, int]:
    """Return how many people took two different forms and how many the same one twice; 0 where not known."""
    names = [f"form_{pre}", f"form_{post}"]
    if not set(names) <= set(both.columns):
        return 0, 0
    known = both[names].dropna()
    same = int((known[names[0]].astype(object) == known[names[1]].astype(object)).sum())
    return len(known) - same, same


def threats(
    data: Pairs, pre: str, post: str, *, max_score: np.ndarray | None = None, clustered: bool = False
) -> tuple[Check, ...]:
    """Test what can make a difference between two waves misleading.

    `max_score`, shape (n,), comes from the caller or else from the column ``max_score_<post>``; `clustered` says that
    the errors know who shared a session, so that nothing is ignored. ``repeated_people`` and ``clusters_ignored``
    appear only where there is something to say.
    """
    return (
        data.scale,
        _few_people(data),
        _limit("ceiling", data, post, max_score),
        _limit("floor", data, pre, None),
        _attrition(data),
        _regression_to_mean(data),
        *(() if clustered else _repeated(data)),
        *(() if clustered else ignored_sessions(data.kept, data.post - data.pre)),
    )


def _repeated(data: Pairs) -> tuple[Check, ...]:
    """Warn where a person has several rows, which errors that count rows take for several people."""
    if data.n <= data.n_people:
        return ()
    detail = (
        f"{data.n} rows of {data.n_people} people: the error counts rows and is too small. Keep one row each."
    )
    return (Check("repeated_people", "warn", detail),)


def _few_people(data: Pairs) -> Check:
    status = "pass" if data.n_people >= 20 else "warn" if data.n_people >= 2 else "fail"
    return Check("few_people", status, f"{data.n_people} people have both scores; 20 or more are wanted.")


def _limit(name: str, data: Pairs, wave: str, limit: np.ndarray | None) -> Check:
    """Warn where 15 % or more stand at the end of the scale (Terwee et al. 2007)."""
    if data.n < 10:
        return Check(
            name, "not_run", f"{data.n} people are too few to see a pile-up at the end of the scale."
        )
    scores = data.post if name == "ceiling" else data.pre
    column = f"max_score_{wave}"
    if name == "ceiling" and limit is None and column in data.kept and data.kept[column].notna().all():
        limit = numbers(data.kept[column])
    known = limit is not None
    if known and (over := int((scores > cast(np.ndarray, limit) + 1e-9).sum())):
        detail = f"{over} of {data.n} people have more than the maximum in `{wave}`. Correct the scores or the maximum."
        return Check(name, "warn", detail)
    if limit is None:
        limit = np.full(data.n, scores.max() if name == "ceiling" else scores.min())
    at = scores >= limit - 1e-9 if name == "ceiling" else scores <= limit + 1e-9
    share, where = at.mean(), "maximum" if name == "ceiling" else "lowest score"
    source = "" if known else " seen"
    status = "warn" if share >= 0.15 and at.sum() >= 3 else "pass"
    return Check(
        name, status, f"{share:.0%} stand at the {where}{source} in `{wave}`; 15 % or more hide change."
    )


def numbers(column: pd.Series) -> np.ndarray:
    """Return the column's values as numbers; objects and categories of numbers are taken, text is refused."""
    try:
        return cast(np.ndarray, column.to_numpy(dtype=float, na_value=np.nan))
    except (TypeError, ValueError) as error:
        raise TypeError(
            f"Column `{column.name}` of `scores` is {column.dtype}, not numeric. Convert it, as with pd.to_numeric."
        ) from error


def _attrition(data: Pairs) -> Check:
    began = len(data.all_pre)
    if began == 0:
        return Check("attrition", "not_run", "Nobody has a first score.")
    share = 1 - data.n / began
    status = "pass" if share <= 0.05 else "warn" if share <= 0.2 else "fail"
    detail = f"{share:.0%} of {began} people have no second score"
    spread = data.all_pre.std(ddof=1) if began > 1 else 0.0
    if 0 < data.n < began and spread > 0:
        leavers = (data.all_pre.sum() - data.pre.sum()) / (began - data.n)
        detail += f"; they began {(leavers - data.pre.mean()) / spread:+.2f} SD from the others"
    return Check("attrition", status, detail + ".")


def _regression_to_mean(data: Pairs) -> Check:
    """A spread that is narrower before than after is the mark of people chosen by their first score."""
    name = "regression_to_mean"
    ratio, p = variance_ratio(data.pre, data.post)
    if not math.isnan(p) and p < 0.05 and ratio < 1:
        return Check(
            name,
            "warn",
            f"The spread before is {math.sqrt(ratio):.0%} of that after, as if people were chosen by their first "
            "score: part of the change would have come without training. Compare with people not trained.",
        )
    return Check(name, "not_run", "One group cannot rule it out: compare with people not trained.")


def variance_ratio(pre: np.ndarray, post: np.ndarray) -> tuple[float, float]:
    """Return var(pre) / var(post) of paired scores and the p-value of Pitman and Morgan's test of equality."""
    if len(pre) < 4 or np.ptp(pre) == 0 or np.ptp(post) == 0:
        return math.nan, math.nan
    total, change = pre + post, post - pre
    if np.ptp(total) == 0 or np.ptp(change) == 0:
        return math.nan, math.nan
    r = float(np.clip(np.corrcoef(total, change)[0, 1], -1, 1))
    statistic = r * math.sqrt((len(pre) - 2) / max(1 - r * r, 1e-15))
    return float(pre.var(ddof=1) / post.var(ddof=1)), float(2 * stats.t.sf(abs(statistic), len(pre) - 2))


def about(term: str, data: Pairs, conf_level: float, estimand: str) -> dict[str, Any]:
    """Return what every estimate of a change says of itself."""
    words = {"term": term, "conf_level": conf_level, "estimand": estimand}
    return words | {"comparison": "the same people before"} | data.counts()
