"""Do the same people still say so weeks later?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from tne.checks import require_columns, require_level_of_confidence, require_levels
from tne.measures.inference import inference
from tne.measures.survey_checks import few_people, merged
from tne.measures.survey_design import Sample, design_mean
from tne.measures.survey_intervals import wilson
from tne.measures.survey_people import column_names, finder, per_person, require_surveys
from tne.result import Check, Estimates

CHANGES = {"mean_change": "score", "top_box_change": "top_box", "net_score_change": "net_score"}
DIFFERENT, STAYED = 0.2, 0.80


def survey_change(
    surveys: pd.DataFrame,
    *,
    before: str = "end",
    after: str = "follow_up",
    by: str | Sequence[str] = (),
    clusters: str | None = None,
    conf_level: float = 0.95,
) -> Estimates:
    """Compare two waves of a survey on the people who answered both.

    Parameters
    ----------
    surveys : DataFrame
        One row per answer: response_id, construct, value, scale_min, scale_max, wave, moderator_id. Answers without
        a moderator_id cannot be linked; they are left out and counted in the checks.
    before, after : str
        Values of ``wave``.
    by : str or sequence of str
        Columns to compare within, besides the construct.
    clusters : str, optional
        Column of groups that were trained together, for example the session; a person's first wave counts.
    conf_level : float

    Returns
    -------
    Estimates
        Keys `by` and construct; terms mean_change, top_box_change, net_score_change (after minus before, paired t
        intervals) and answered_both (share of those who answered before, Wilson's interval). Checks: ``attrition``,
        ``few_people``, ``few_clusters``, ``unlinked``.

    Raises
    ------
    KeyError, TypeError, ValueError
        For missing columns or waves, and scales that differ between the waves of a construct.

    Notes
    -----
    A person's score is the mean over the construct's answers of the wave. The change speaks of those who answered
    twice: the check ``attrition`` warns where fewer than 80 % did, or where they liked it better or worse before
    than those who stayed away, by more than 0.2 standard deviations. A lower score weeks later may be the training
    or the weeks.

    References
    ----------
    Agresti (2013), Categorical Data Analysis, section 11.1, for changes of shares.

    Examples
    --------
    >>> waves = pd.DataFrame({"response_id": range(6), "moderator_id": list("abcabc"), "construct": "relevance",
    ...                       "wave": ["end"] * 3 + ["follow_up"] * 3, "value": [5, 4, 4, 4, 4, 3],
    ...                       "scale_min": 1, "scale_max": 5})
    >>> round(survey_change(waves).get(term="mean_change").estimate, 3)
    -0.667
    """
    by = column_names(by)
    require_level_of_confidence(conf_level)
    require_columns(surveys, ["wave", "moderator_id"], "surveys")
    if before == after:
        raise ValueError("`before` and `after` name the same wave. Name two.")
    require_levels(surveys, "wave", [before, after], "surveys")
    answered = require_surveys(surveys, known=by, complete=[clusters])
    answered = answered.loc[answered["wave"].isin([before, after])]
    linked = answered["moderator_id"].notna()
    people = per_person(answered.loc[linked], by=[*by, "wave"], clusters=clusters)
    keys = [*by, "construct"]
    mine, asked = finder(people, keys), surveys.loc[surveys["wave"].isin([before, after]), keys]
    found: list[dict[str, Any]] = []
    checks = [_unlinked(int((~linked).sum()), len(answered))]
    for key, _ in asked.groupby(keys, sort=True, dropna=False, observed=True):
        at = dict(zip(keys, key, strict=True))
        group = mine(at)
        ends = group[["scale_min", "scale_max"]].drop_duplicates()
        scale = " ".join(f"from {low:g} to {high:g}" for low, high in ends.to_numpy()) or "not known"
        made, check = _group(group, before, after, clusters is not None, conf_level)
        units = {"mean_change": f"points on a scale {scale}", "answered_both": "share"}
        shared = {"unit": "share difference", "comparison": f"the same people at {before}"}
        found += [at | shared | row | {"unit": units.get(row["term"], "share difference")} for row in made]
        checks += check
    table = pd.DataFrame(found) if found else pd.DataFrame(columns=[*keys], dtype="str")
    return Estimates(table=table.assign(conf_level=conf_level), keys=tuple(keys), checks=merged(checks))


def _group(
    group: pd.DataFrame, before: str, after: str, clustered: bool, conf_level: float
) -> tuple[list[dict[str, Any]], list[Check]]:
    columns = list(CHANGES.values())
    first, second = (group.loc[group["wave"] == wave] for wave in (before, after))
    one, two = (wave.groupby("person")[columns].mean() for wave in (first, second))
    both = one.index.intersection(two.index)
    n = float(len(both))
    common = {"n": n, "n_people": n, "n_people_total": n, "estimand": "those who answered both waves"}
    cluster = first.groupby("person")["cluster"].first().reindex(both) if clustered else pd.Series(both)
    codes = pd.factorize(cluster)[0]
    none = np.zeros(len(both), dtype=int)
    sample = Sample(np.ones(len(both)), codes, none, none, np.ones(1))
    method = "paired t" + (", errors clustered" if clustered else "")
    rows = []
    for term, column in CHANGES.items():
        if not len(both):
            row: dict[str, Any] = {"estimate": math.nan, "note": "nobody answered both waves"}
        else:
            row = design_mean((two[column] - one[column]).reindex(both).to_numpy(), sample)
        if row.get("std_error") == 0:
            row["note"] = "everybody changed by the same: no spread to estimate an error from"
        elif "std_error" in row:
            row |= inference(row["estimate"], row["std_error"], row["df"], conf_level)
        rows.append(common | row | {"term": term, "method": method})
    rows.append(common | _stayed(len(both), len(one), conf_level))
    n_clusters = len(np.unique(codes)) if clustered else None
    return rows, [_attrition(one["score"], both), *few_people(n, n_clusters)]


def _stayed(n_both: int, n_before: int, conf_level: float) -> dict[str, Any]:
    row: dict[str, Any] = {
        "term": "answered_both",
        "estimand": "those who answered before",
        "comparison": "",
        "method": "Wilson interval",
    }
    row |= {"n": float(n_before), "n_people": float(n_before), "n_people_total": float(n_before)}
    if not n_before:
        return row | {"estimate": math.nan, "note": "nobody answered before"}
    share = n_both / n_before
    low, high = wilson(share, n_before, stats.norm.ppf((1 + conf_level) / 2))
    error = math.sqrt(share * (1 - share) / n_before)
    return row | {"estimate": share, "std_error": error, "conf_low": low, "conf_high": high, "note": ""}


def _attrition(before: pd.Series, both: pd.Index) -> Check:
    """Say how many came back, and how differently they had answered before."""
    if not len(both):
        return Check("attrition", "not_run", "Nobody answered both waves.")
    back = before.index.isin(both)
    share, spread = back.mean(), before.std(ddof=1)
    detail = f"{100 * share:.0f} % of those who answered before answered again"
    gap = 0.0
    if not back.all() and spread > 0:
        gap = float(before[back].mean() - before[~back].mean()) / spread
        detail += f"; before, they answered {gap:+.2f} standard deviations away from those who did not"
    return Check("attrition", "warn" if share < STAYED or abs(gap) > DIFFERENT else "pass", detail + ".")


def _unlinked(n_unlinked: int, total: int) -> Check:
    detail = f"{n_unlinked} of {total} answers have no moderator_id and cannot be linked."
    return Check("unlinked", "warn" if n_unlinked else "pass", detail)
