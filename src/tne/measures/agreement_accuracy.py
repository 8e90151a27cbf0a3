"""How often do raters give the reference label?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from tne.checks import require_columns, require_level_of_confidence, require_no_missing
from tne.measures.agreement_rows import codes_of, equal_labels, house_unit, require_one_rating
from tne.measures.dominance import people_behind
from tne.measures.survey_intervals import effective_n, wilson
from tne.result import Check, Estimates

__all__ = ["rater_accuracy"]

ONE_CASE = "one case has no variation: no interval"
TWO_RATERS = "two raters gave more than 90 % of the ratings"
ONE_RATER = "one rater: the interval speaks of cases like these for this rater"


def rater_accuracy(
    ratings: pd.DataFrame,
    *,
    by: str | Sequence[str] | None = None,
    unit: str | Sequence[str] | None = None,
    rater: str = "rater_id",
    label: str = "label",
    reference: str = "reference_label",
    conf_level: float = 0.95,
) -> Estimates:
    """Measure the share of ratings that equal the reference label.

    Parameters
    ----------
    ratings : DataFrame
        One row per rating; those without label or reference are left out.
    by : str or sequence of str, optional
        Groups such as ``"role"`` or ``"policy_area"``; ``"rater_id"`` gives persons and is for the desk only.
    unit : str or sequence of str, optional
        None: a case of a session, or a case where sessions are unknown.
    rater, label, reference : str
        Columns.
    conf_level : float

    Returns
    -------
    Estimates
        Keys: the `by` columns; term ``"accuracy"``, unit ``"share"``. `n` counts ratings, `n_people` raters (2 where
        two gave over 90 % of the ratings). Checks ``missing, few_cases, few_raters, own_reference``.

    Raises
    ------
    ValueError
        If a rater labelled a unit twice.
    TypeError
        If labels are numbers and reference labels text, or the other way round.

    Notes
    -----
    Raters and cases both vary: the error is clustered by both, the interval Wilson's with the number of independent
    ratings that the error amounts to, t with Satterthwaite's degrees of freedom. With one rater only cases vary.
    A case on which all were right or wrong says little of the next one. The reference is a label too: where it was set
    after the discussion, or by those who are rated, accuracy is too high.

    References
    ----------
    Cameron, Gelbach and Miller (2011), JBES 29:238-249. Korn and Graubard (1998), Survey Methodology 24:193-201.

    Examples
    --------
    >>> seen = pd.DataFrame({"case_id": [1, 1, 2, 2], "rater_id": list("abab"), "label": list("xxxy"),
    ...                      "reference_label": list("xxyy")})
    >>> rater_accuracy(seen).to_frame()["estimate"].tolist()
    [0.75]
    """
    require_level_of_confidence(conf_level)
    keys = () if by is None else (by,) if isinstance(by, str) else tuple(by)
    require_columns(ratings, [rater, label, reference, *keys], "ratings")
    columns = house_unit(ratings, unit)
    require_no_missing(ratings, [*columns, rater], "ratings")
    labelled = ratings.loc[ratings[label].notna().to_numpy()]
    require_one_rating(codes_of(labelled, columns), pd.factorize(labelled[rater])[0], (*columns, rater))
    kept = labelled.loc[labelled[reference].notna().to_numpy()]
    require_no_missing(kept, keys, "ratings")
    right = equal_labels(kept[label], kept[reference]).astype(float)
    case, who = codes_of(kept, columns), pd.factorize(kept[rater])[0]
    group = codes_of(kept, keys) if keys else np.zeros(len(kept), dtype=int)
    first = np.unique(group, return_index=True)[1]
    names = kept[list(keys)].iloc[first].to_dict("records") if keys else [{}]
    table: list[dict[str, Any]] = []
    for i, name in enumerate(names):
        inside = group == i
        table.append(name | _share(right[inside], case[inside], who[inside], conf_level))
    found = pd.DataFrame(table, columns=None if table else [*keys, "term", "estimate", "note"])
    if keys and len(found):
        found = found.sort_values(list(keys), kind="stable", ignore_index=True, key=lambda c: c.astype(str))
    return Estimates(
        table=found, keys=keys, checks=_checks(ratings, kept, table, case, who, group, right, rater)
    )


def _share(right: np.ndarray, case: np.ndarray, who: np.ndarray, conf_level: float) -> dict[str, Any]:
    n, cases, each = len(right), len(np.unique(case)), np.unique(who, return_counts=True)[1]
    raters, behind = len(each), int(people_behind(each, np.zeros(len(each), dtype=int), 1)[0])
    row: dict[str, Any] = {
        "term": "accuracy",
        "estimate": float(right.mean()) if n else math.nan,
        "n": n,
        "n_people": behind,
        "n_people_total": raters,
        "conf_level": conf_level,
        "unit": "share",
        "estimand": "share of ratings that equal the reference label",
        "comparison": "the reference label",
        "method": "share, clustered by rater and case, Wilson's interval",
        "note": TWO_RATERS if behind < raters else "",
    }
    if not n:
        return row | {"note": "no rating has both a label and a reference"}
    if cases < 2:
        return row | {"note": ONE_CASE}
    share = row["estimate"]
    if raters < 2:
        low, high = wilson(share, n, special.ndtri((1 + conf_level) / 2))
        error = math.sqrt(share * (1 - share) / (n - 1))
        spread = {"std_error": error if error > 0 else math.nan, "conf_low": low, "conf_high": high}
        return row | spread | {"method": "share of cases, Wilson's interval", "note": ONE_RATER}
    off = right - share
    plain = off @ off / n**2
    by_case, by_rater = (_clustered(off, code) for code in (case, who))
    # never below what either alone gives: with few clusters the difference of three terms can even be negative
    variance = max(by_case + by_rater - plain, by_case, by_rater, plain)
    error, df = math.sqrt(variance), min(cases, raters) - 1.0
    if by_case + by_rater > 0:
        df = (by_case + by_rater) ** 2 / (by_case**2 / (cases - 1) + by_rater**2 / (raters - 1))
    worth = effective_n(share * (1 - share), error, df, n=n, fallback=cases, conf_level=conf_level)
    low, high = wilson(share, min(worth, n), special.ndtri((1 + conf_level) / 2))
    known = error if error > 1e-12 else math.nan
    return row | {"std_error": known, "df": df, "conf_low": low, "conf_high": high}


def _clustered(off: np.ndarray, code: np.ndarray) -> float:
    sums = np.bincount(pd.factorize(code)[0], weights=off)
    return float(sums @ sums) / len(off) ** 2 * len(sums) / (len(sums) - 1)


def _checks(
    ratings: pd.DataFrame,
    kept: pd.DataFrame,
    table: list[dict[str, Any]],
    case: np.ndarray,
    who: np.ndarray,
    group: np.ndarray,
    right: np.ndarray,
    rater: str,
) -> tuple[Check, ...]:
    gone = len(ratings) - len(kept)
    checks = [
        Check(
            "missing",
            "warn" if gone else "pass",
            f"{gone} ratings have no label or no reference and were left out.",
        )
    ]
    if not len(kept):
        return (*checks, Check("few_cases", "not_run", "No rating has a reference."))
    cases = int(pd.DataFrame({"g": group, "c": case}).drop_duplicates().groupby("g").size().min())
    raters = int(min(row["n_people_total"] for row in table))
    checks.append(
        Check("few_cases", "pass" if cases >= 20 else "warn", f"The smallest group has {cases} cases.")
    )
    checks.append(
        Check("few_raters", "pass" if raters >= 5 else "warn", f"The smallest group has {raters} raters.")
    )
    each = pd.Series(right).groupby(who).agg(["mean", "size"])
    same = int(((each["mean"] == 1) & (each["size"] >= 20)).sum())
    words = f"{same} raters gave the reference label in every one of 20 or more ratings"
    more = ": the reference may be their own label." if same else "."
    return (*checks, Check("own_reference", "warn" if same else "pass", words + more))
