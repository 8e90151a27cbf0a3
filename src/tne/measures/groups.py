"""How does each school, team or trainer do, once intake is taken into account?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from tne.checks import require_columns, require_level_of_confidence, require_numeric
from tne.measures.ols import missing_check
from tne.measures.random_intercept import random_intercept
from tne.result import Check, Estimates

RAW, SHRUNKEN = "raw", "shrunken"


def group_effects(
    scores: pd.DataFrame, *, outcome: str, baseline: str | None, group: str, conf_level: float = 0.95
) -> Estimates:
    """Each group's result adjusted for intake: raw against the rest, and shrunken against the average group.

    Parameters
    ----------
    scores : DataFrame, one row per person
        Rows where the outcome, the baseline or the group is missing are left out and counted in the checks.
    outcome, baseline : str
        Score after and score before; a baseline of None compares the groups unadjusted.
    group : str
        Column with the school, team or trainer.
    conf_level : float

    Returns
    -------
    Estimates
        Keys ``group`` and ``kind``, in the groups' sorted order. ``"raw"``: the group's mean minus that of all
        other people, adjusted for baseline by least squares. ``"shrunken"``: best linear unbiased prediction of
        the group's deviation from the average group (random intercept, REML); its interval uses the prediction
        variance. `n` counts the group's rows, `n_people` the people on the smaller side of the comparison. Where
        the variance between groups is estimated as 0 all predictions are 0, without an interval, and noted.

    Raises
    ------
    KeyError, TypeError
        For missing columns, or scores that are no numbers.
    ValueError
        For a `conf_level` that is no share.

    Notes
    -----
    Raw differences of small groups are mostly noise: rank and single out by the shrunken ones, if at all. Neither
    says why a group differs; people are not assigned to groups at random. The prediction variance takes the two
    variances as known, so intervals are somewhat short below ten groups.

    References
    ----------
    Goldstein and others (1993), A multilevel analysis of school examination results, Oxford Rev. Educ. 19:425-433.
    Robinson (1991), That BLUP is a good thing, Statistical Science 6:15-32.

    Examples
    --------
    >>> scores = pd.DataFrame({"team": list("AAAABBBB"), "pre": [4.0, 5, 6, 7] * 2, "post": [5.0, 6, 8, 8, 6, 8, 8, 9]})
    >>> effects = group_effects(scores, outcome="post", baseline="pre", group="team")
    >>> [round(effects.get(group="B", kind=kind).estimate, 2) for kind in ("raw", "shrunken")]
    [1.0, 0.42]
    """
    require_columns(scores, [outcome, baseline, group], "scores")
    measures = [outcome] if baseline is None else [outcome, baseline]
    require_numeric(scores, measures, "scores")
    require_level_of_confidence(conf_level)
    kept = scores.loc[scores[[*measures, group]].notna().all(axis=1)]
    codes, labels = pd.factorize(kept[group], sort=True)
    y = kept[outcome].to_numpy(dtype=float)
    y = y - (y.mean() if len(y) else 0.0)  # effects are differences: the level only costs digits
    x = np.ones((len(y), 1))
    if baseline is not None:
        intake = kept[baseline].to_numpy(dtype=float)
        if len(intake) and np.ptp(intake) > 0:
            x = np.column_stack([x, intake - intake.mean()])
    sizes = np.bincount(codes, minlength=len(labels))
    people = (
        kept["moderator_id"] if "moderator_id" in kept else pd.Series(np.arange(len(kept)), index=kept.index)
    )
    heads = people.groupby(codes).nunique().to_numpy()
    total = people.nunique()
    common = {
        "group": labels,
        "n": sizes,
        "n_people_total": total,
        "conf_level": conf_level,
        "term": "group_effect",
    }
    adjusted = "" if baseline is None else f" adjusted for {baseline}"
    text = {"unit": f"units of {outcome}", "estimand": f"mean {outcome} by {group}{adjusted}"}
    raw = pd.DataFrame(
        {
            **common,
            **text,
            **_against_the_rest(x, y, codes, sizes, conf_level),
            "kind": RAW,
            "n_people": np.minimum(heads, np.maximum(total - heads, 0)) if len(labels) > 1 else heads,
            "comparison": "everyone outside the group",
            "method": "least squares",
        }
    )
    numbers, spread = _against_the_average(x, y, codes, sizes, conf_level)
    shrunken = pd.DataFrame(
        {
            **common,
            **text,
            **numbers,
            "kind": SHRUNKEN,
            "n_people": heads,
            "comparison": "the average group",
            "method": "random-intercept prediction (BLUP), REML, prediction variance",
        }
    )
    table = pd.concat([raw, shrunken], ignore_index=True)
    table = table.sort_values(
        "group", kind="stable", key=lambda s: pd.Series(np.tile(np.arange(len(labels)), 2))
    )
    few = len(labels) < 10
    checks = (
        missing_check(len(scores), len(kept)),
        Check("few_groups", "warn" if few else "pass", f"{len(labels)} groups; 10 or more are wanted."),
        spread,
    )
    return Estimates(table=table, keys=("group", "kind"), checks=checks)


def _against_the_rest(
    x: np.ndarray, y: np.ndarray, codes: np.ndarray, sizes: np.ndarray, level: float
) -> dict[str, Any]:
    """Coefficient of each group's indicator, one regression per group, all from group sums."""
    count, (n, k) = len(sizes), x.shape
    nothing = np.full(count, np.nan)
    empty = dict.fromkeys(
        ("estimate", "std_error", "statistic", "df", "p_value", "conf_low", "conf_high"), nothing
    )
    if count < 2:
        return empty | {"note": "there is no other group to compare with"}
    df = n - k - 1
    q = np.linalg.qr(x)[0]
    residual = y - q @ (q.T @ y)
    sums = np.column_stack([np.bincount(codes, q[:, i], count) for i in range(k)])
    room = sizes - (sums**2).sum(axis=1)  # what the indicator adds to intercept and baseline
    usable = room > 1e-9 * sizes
    room = np.where(usable, room, np.nan)
    estimate = np.bincount(codes, residual, count) / room
    if df <= 0:
        estimate = np.where(usable, estimate, np.nan)
        note = np.where(
            usable, "too few people to estimate an error", "the baseline separates the group from the rest"
        )
        return empty | {"estimate": estimate, "note": note}
    left = np.maximum(residual @ residual - estimate**2 * room, 0.0)
    left = np.where(left > 1e-20 * max(y @ y, 1e-300), left, 0.0)
    std_error = np.sqrt(left / df / room)
    statistic = np.divide(estimate, std_error, out=nothing.copy(), where=std_error > 0)
    half = stats.t.ppf((1 + level) / 2, df) * std_error
    note = np.where(usable, np.where(std_error == 0, "no variation is left: no test is possible", ""), "")
    return {
        "estimate": estimate,
        "std_error": std_error,
        "statistic": statistic,
        "df": np.where(usable, df, np.nan),
        "p_value": 2 * stats.t.sf(np.abs(statistic), df),
        "conf_low": estimate - half,
        "conf_high": estimate + half,
        "note": np.where(usable, note, "the baseline separates the group from the rest"),
    }


def _against_the_average(
    x: np.ndarray, y: np.ndarray, codes: np.ndarray, sizes: np.ndarray, level: float
) -> tuple[dict[str, Any], Check]:
    """Shrunken effects with their interval, and what the variance between groups is."""
    name = "between_group_variance"
    why = ""
    if len(sizes) < 2:
        why = "one group has no variance between groups"
    elif sizes.max() < 2:
        why = "every group has one person: group and person cannot be told apart"
    elif len(y) <= x.shape[1] + 1:
        why = "too few people"
    if why:
        nothing = np.full(len(sizes), np.nan)
        return {"estimate": nothing, "note": why}, Check(name, "not_run", f"{why[0].upper()}{why[1:]}.")
    scale = float(np.sqrt(np.mean(y**2))) or 1.0
    model = random_intercept(x, y / scale, codes)
    if model.variance_residual < 1e-20:
        nothing = np.full(len(sizes), np.nan)
        why = "people of one group do not differ: the variances cannot be estimated"
        return {"estimate": nothing, "note": why}, Check(name, "not_run", f"{why[0].upper()}{why[1:]}.")
    if model.variance_group == 0:
        note = "the variance between groups is estimated as 0: no difference beyond chance, no interval"
        detail = "The variance between groups is estimated as 0: they differ no more than chance makes them."
        return {"estimate": np.zeros(len(sizes)), "note": note}, Check(name, "warn", detail)
    std_error = scale * np.sqrt(model.prediction_error)
    estimate = scale * model.blup
    half = stats.norm.ppf((1 + level) / 2) * std_error
    share = model.variance_group / (model.variance_group + model.variance_residual)
    detail = f"{share:.1%} of the variance that intake leaves lies between groups."
    numbers = {
        "estimate": estimate,
        "std_error": std_error,
        "conf_low": estimate - half,
        "conf_high": estimate + half,
        "note": "",
    }
    return numbers, Check(name, "pass", detail)
