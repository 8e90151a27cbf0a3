"""Who is proficient, since when: good and fast, for several weeks running?"""

from __future__ import annotations

import math
from typing import Any, cast

import numpy as np
import pandas as pd

from tne.checks import require_choice, require_columns, require_numeric, require_unique
from tne.measures.proficiency_bias import proficiency_bias
from tne.measures.proficiency_checks import proficiency_checks
from tne.measures.proficiency_noise import RULES, proficiency_noise
from tne.measures.proficiency_roster import CARRIED, roster
from tne.measures.proficiency_runs import first_runs

__all__ = ["proficiency", "proficiency_bias", "proficiency_noise"]

DATED = ("confirmed", "start")


def proficiency(
    weeks: pd.DataFrame,
    *,
    accuracy: float | str = 0.85,
    handle_time: float | str | None = None,
    cases_per_hour: float | str | None = None,
    k: int = 4,
    min_audits: int = 5,
    max_gap: int = 1,
    rule: str = "lower_limit",
    dated: str = "confirmed",
    certainty: float = 0.8,
    people: pd.DataFrame | None = None,
    first_period: float | None = None,
    person: str = "moderator_id",
    period: str = "period",
    tenure: str = "tenure_weeks",
) -> pd.DataFrame:
    """Apply the rule of proficiency: quality *and* speed at their targets, over `k` weeks running.

    Parameters
    ----------
    weeks : DataFrame, one row per person and week
        As from ``ws.panel(market=...)``: n audits with weight_sum and weighted_correct (or n_correct), and cases with
        handle_seconds where speed counts.
    accuracy : float or str
        Least share of right decisions, or a column with each row's target.
    handle_time : float or str, optional
        Most seconds per case, or a column of targets: queues differ, so one number for all is seldom fair.
    cases_per_hour : float or str, optional
        Fewest cases per hour of handling. None for both: speed is not asked, and a check says so.
    k : int
        Weeks running.
    min_audits : int
        Audits without which a week is not looked at: it speaks neither for nor against.
    max_gap : int
        Weeks without enough audits (holiday, illness) that may lie among the `k`.
    rule : {"lower_limit", "pooled", "each"}
        The lower limit of the k weeks' accuracy, at one-sided `certainty`, reaches the target; or the mean of the k
        weeks does; or every one of them. Speed is counted, not sampled: its mean (each week's) is asked for.
    dated : {"confirmed", "start"}
        Proficient in the last of the k weeks, in which it is known; or in the first, as one sees afterwards.
    certainty : float
        Of ``"lower_limit"``.
    people : DataFrame, optional
        As from ``ws.people(market)``: moderator_id, cohort (period of hire), duration (weeks until left or last seen)
        and event (left). Without it leavers cannot be told from those who are only not there yet, and whoever left
        before the first audit is not known.
    first_period : float, optional
        People hired before it are left out; None: the first period of `weeks`.
    person, period, tenure : str
        Columns.

    Returns
    -------
    DataFrame, one row per person hired since `first_period`
        moderator_id, cohort (period of hire), duration (weeks from the week of hire), event (``"proficient"``,
        ``"left"``, ``"censored"``: not yet), weeks_observed, audits, and what is known of market, team, site,
        languages, queue, employer. Audits before the hire or after leaving do not count. ``.attrs["rule"]`` says the
        rule, ``.attrs["excluded"]`` who was left out, and ``.attrs["checks"]`` (name, status, detail) holds
        ``left_truncation, speed, audit_noise, few_audits`` and ``roster``, which the analyses of this frame carry on.

    Raises
    ------
    ValueError
        If a person has two rows in a week, a target is out of range, or `k` is below 1.

    Notes
    -----
    A week's dozen audits are noisy, and every week is another look. ``"pooled"`` lets somebody exactly at the target
    pass the first look in half of the cases, and people somewhat below it in the end: its median is late by k − 1 weeks
    where people pass the target fast, and weeks early where they creep towards it. ``"lower_limit"`` comes about k − 1
    weeks after *true* accuracy gets there on most ramps, ``"each"`` later. `proficiency_noise` and `proficiency_bias`
    tell how much remains; the check ``audit_noise`` does for the ramp that these people show. Compare cohorts under one
    rule rather than with a date from elsewhere. Whoever was hired before the data begin may have been proficient before
    anyone looked: they are left out and counted. Nobody loses proficiency again here.

    References
    ----------
    Page (1954), Continuous inspection schemes, Biometrika 41:100-115.

    Examples
    --------
    >>> weeks = pd.DataFrame({"moderator_id": "a", "period": range(6), "tenure_weeks": range(6), "n": 20})
    >>> weeks["n_correct"] = [14, 15, 17, 18, 19, 19]
    >>> proficiency(weeks, k=3)[["duration", "event"]].values.tolist()
    [[4.0, 'proficient']]
    """
    require_choice(rule, RULES, "rule")
    require_choice(dated, DATED, "dated")
    if not (isinstance(k, (int, np.integer)) and k >= 1 and max_gap >= 0 and min_audits >= 1):
        raise ValueError("`k` and `min_audits` are whole numbers from 1, `max_gap` from 0.")
    if not 0 < certainty < 1:
        raise ValueError(f"`certainty` is {certainty}. Give a share between 0 and 1.")
    targets = {"accuracy": accuracy, "handle_time": handle_time, "cases_per_hour": cases_per_hour}
    require_columns(weeks, [person], "weeks")
    if people is not None and "market" in people and "market" in weeks:
        weeks = weeks.loc[weeks["market"].isin(set(people["market"])).to_numpy()]
    table = _weeks(weeks, targets, person, period, tenure)
    begin = float(table["period"].min()) if first_period is None else float(first_period)
    last = float(table["period"].max())
    seen, excluded = roster(table, people, begin, last)
    since = seen.set_index("moderator_id").reindex(table["person"].to_numpy())
    week = table["period"].to_numpy() - since["cohort"].to_numpy(dtype=float)
    there = (week >= 0) & (week <= since["until"].to_numpy(dtype=float))  # false of people who are left out
    inside = table.loc[there].sort_values(["person", "period"], kind="stable")
    speed = handle_time is not None or cases_per_hour is not None
    enough = (inside["audits"] >= min_audits) & inside["weight"].gt(0) & inside["accuracy_target"].notna()
    timed = np.ones(len(inside), dtype=bool)
    if speed:
        timed = inside[["cases", "seconds", "most_seconds"]].notna().all(axis=1) & inside["cases"].gt(0)
    inside = inside.assign(enough=enough, timed=timed)
    used = inside.loc[enough & timed]
    runs = first_runs(used, k, max_gap, rule, certainty, speed)
    out = seen.merge(runs, on="moderator_id", how="left")
    late = 0 if dated == "confirmed" else k - 1
    out["until"] = (out["until"] - late).clip(lower=0)
    reached = (
        out["run_end"] - out["cohort"] - late if dated == "confirmed" else out["run_start"] - out["cohort"]
    )
    got = reached.notna().to_numpy()
    out["duration"] = np.where(got, reached, out["until"]).astype(float)
    out["event"] = np.where(got, "proficient", np.where(out["left"], "left", "censored"))
    total = used.groupby("person").agg(weeks_observed=("audits", "size"), audits=("audits", "sum"))
    out = out.join(total, on="moderator_id")
    out[["weeks_observed", "audits"]] = out[["weeks_observed", "audits"]].fillna(0)
    first = ["moderator_id", "cohort", "duration", "event", "weeks_observed", "audits"]
    out = out[[*first, *(c for c in CARRIED if c in out)]].reset_index(drop=True)
    checks = proficiency_checks(
        out,
        inside,
        used,
        excluded,
        known=people is not None,
        speed=speed,
        target=accuracy,
        k=k,
        rule=rule,
        dated=dated,
        certainty=certainty,
    )
    out.attrs = {
        "rule": _in_words(targets, k, min_audits, max_gap, rule, dated, certainty),
        "excluded": excluded,
        "checks": [[check.name, check.status, check.detail] for check in checks],
    }
    return out


def _weeks(
    weeks: pd.DataFrame, targets: dict[str, float | str | None], person: str, period: str, tenure: str
) -> pd.DataFrame:
    """The columns that the rule looks at, under fixed names."""
    weighted = {"weight_sum", "weighted_correct"} <= set(getattr(weeks, "columns", ()))
    right, weight = ("weighted_correct", "weight_sum") if weighted else ("n_correct", "n")
    named = [t for t in targets.values() if isinstance(t, str)]
    speed = targets["handle_time"] is not None or targets["cases_per_hour"] is not None
    needed = [period, tenure, "n", right, weight, *named, *(("cases", "handle_seconds") if speed else ())]
    require_columns(weeks, [person], "weeks")
    require_numeric(weeks, needed, "weeks")
    require_unique(weeks, [person, period], "weeks")
    target: Any  # a number or a column here, the function of that name below
    for name, target in targets.items():
        top = 1.0 if name == "accuracy" else math.inf
        if target is not None and not isinstance(target, str) and not 0 < target <= top:
            raise ValueError(f"`{name}` is {target}. Give a positive target{' up to 1' if top == 1 else ''}.")
    number = {c: weeks[c].to_numpy(dtype=float, na_value=np.nan) for c in needed}

    def target(name: str) -> np.ndarray:  # type: ignore[no-redef] # said above
        value = targets[name]
        if isinstance(value, str):
            return cast(np.ndarray, number[value])
        return np.full(len(weeks), math.nan if value is None else float(value))

    table = pd.DataFrame(
        {
            "person": weeks[person].to_numpy(),
            "period": number[period],
            "tenure": number[tenure],
            "audits": number["n"],
            "right": number[right],
            "weight": number[weight],
            "accuracy_target": target("accuracy"),
        }
    )
    squares = weeks["weight_sq_sum"].to_numpy(dtype=float) if weighted and "weight_sq_sum" in weeks else None
    table["squares"] = number[weight] if squares is None else squares
    if speed:
        table["cases"], table["seconds"] = number["cases"], number["handle_seconds"]
        slow = 3600 / target("cases_per_hour")
        table["most_seconds"] = np.fmin(target("handle_time"), slow)
    for column in CARRIED:
        if column in weeks:
            table[column] = weeks[column].to_numpy()
    return table


def _in_words(
    targets: dict[str, float | str | None],
    k: int,
    audits: int,
    gap: int,
    rule: str,
    dated: str,
    certainty: float,
) -> str:
    how = {
        "pooled": f"{k} weeks together",
        "each": f"each of {k} weeks",
        "lower_limit": f"the lower limit ({certainty:.0%}, one-sided) of {k} weeks together",
    }[rule]
    asked = [f"accuracy at least {targets['accuracy']}"]
    if targets["handle_time"] is not None:
        asked.append(f"at most {targets['handle_time']} seconds a case")
    if targets["cases_per_hour"] is not None:
        asked.append(f"at least {targets['cases_per_hour']} cases an hour")
    when = "last" if dated == "confirmed" else "first"
    return (
        f"{' and '.join(asked)} in {how}, weeks with {audits} audits or more, at most {gap} weeks missing among them; "
        f"dated to the {when} week"
    )
