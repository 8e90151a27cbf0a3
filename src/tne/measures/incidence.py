"""How many will become proficient and how many will leave first, by each week?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from tne.checks import require_choice, require_level_of_confidence
from tne.measures.headcount import headcount
from tne.measures.incidence_curve import INTERVALS, Incidence, incidence_curve
from tne.measures.inference import inference
from tne.measures.survival_checks import few_events
from tne.measures.survival_rows import carried_checks, causes, in_order, observed, require_one_column
from tne.result import Check, Estimate, Estimates, Result

EVERYONE = "all"


@dataclass(frozen=True, kw_only=True, eq=False)
class CumulativeIncidence(Result):
    """Aalen-Johansen: the share that has ended by each cause, every cause competing.

    Parameters
    ----------
    estimates : Estimates
        Keys ``group, cause, time``; term ``cumulative_incidence`` at the times asked for.
    medians : Estimates
        Keys ``group, cause``; term ``median``: time by which half of *all* have ended so, else NaN.
    differences : Estimates
        Keys ``group, cause, time``; term ``incidence_difference``: each group minus the first.
    curve : DataFrame
        group, cause, time, at_risk, events, estimate, std_error, conf_low, conf_high.
    """

    estimates: Estimates
    medians: Estimates
    differences: Estimates
    curve: pd.DataFrame
    pieces: tuple[tuple[object, object, Incidence, dict[str, Any]], ...] = ()

    def to_frame(self) -> pd.DataFrame:
        return self.estimates.to_frame()

    def get(self, **where: Any) -> Estimate:
        """Return the one estimate whose columns equal `where`, as in ``.get(cause="left", time=26)``."""
        return self.estimates.get(**where)

    def at(self, times: float | Sequence[float]) -> Estimates:
        """Return each cause's share at each time; NaN after the longest time of a group."""
        return _read(self.pieces, np.atleast_1d(np.asarray(times, dtype=float)))


def cumulative_incidence(
    people: pd.DataFrame,
    *,
    duration: str,
    event: str,
    by: str | None = None,
    times: float | Sequence[float] | None = None,
    entry: str | None = None,
    weights: str | None = None,
    cluster: str | None = None,
    censored: object = None,
    interval: str = "log",
    conf_level: float = 0.95,
) -> CumulativeIncidence:
    """Aalen-Johansen: the share that has become proficient, and the share that has left, by each time.

    Parameters
    ----------
    people : DataFrame, one row per person
        As from `proficiency`. Incomplete rows are left out and counted.
    duration, event : str
        Columns: time, and what ended it: one value per cause, such as ``"proficient"`` and ``"left"``.
    by : str, optional
        Column of the groups.
    times : float or sequence of float, optional
        None: the shortest of the groups' longest times.
    entry, weights, cluster : str, optional
        Columns: time from which a row is watched; how many people it stands for; whose rows are not independent.
    censored : optional
        Value of `event` that means "still running"; None: false, 0, ``"censored"``, ``"none"``, ``"no"``, ``"alive"``
        or ``""``.
    interval : {"log", "log-log", "plain"}
        Scale of the limits; ``"log"`` is R's.
    conf_level : float

    Returns
    -------
    CumulativeIncidence
        With checks ``missing, few_events, follow_up`` and ``repeated_people``.

    Raises
    ------
    ValueError
        If a time or weight is negative, or `censored` never occurs.

    Notes
    -----
    ``F_c(t) = Σ S(s−) d_c(s) / n(s)``, with S the share still running. Errors are those of the infinitesimal jackknife,
    as in R's ``survfit``. One minus Kaplan-Meier answers another question (were nobody to leave) and is always higher.
    Leaving counts for good: a leaver never becomes proficient.

    References
    ----------
    Aalen and Johansen (1978), Scandinavian J. Statistics 5:141-150.

    Examples
    --------
    >>> people = pd.DataFrame({"weeks": [2, 4, 5, 9], "end": ["left", "proficient", "censored", "proficient"]})
    >>> found = cumulative_incidence(people, duration="weeks", event="end", times=4)
    >>> found.get(cause="proficient").estimate
    0.25
    """
    require_choice(interval, INTERVALS, "interval")
    require_level_of_confidence(conf_level)
    require_one_column(by, "by")
    seen = observed(people, duration, event, [by, cluster], entry=entry, weights=weights)
    code, names = causes(seen.frame[event], censored)
    groups = [EVERYONE] if by is None else in_order(seen.frame[by])
    own = np.zeros(len(code), dtype=int)
    for i, name in enumerate(groups if by is not None else []):
        own[(seen.frame[by] == name).to_numpy(dtype=bool)] = i
    shared = None if cluster is None else pd.factorize(seen.frame[cluster])[0]
    pieces, frames = [], []
    for i, group in enumerate(groups):
        w = own == i
        about = {
            "conf_level": conf_level,
            "unit": "share",
            "method": f"Aalen-Johansen, {interval} intervals, jackknife errors{_competing(names)}",
            "n": int(w.sum()),
            "n_people": headcount(seen.frame.loc[w]),
            "n_people_total": headcount(seen.frame.loc[w]),
        }
        for c, cause in enumerate(names):
            found = incidence_curve(
                seen.time[w],
                code[w],
                c + 1,
                seen.weight[w],
                seen.entry[w],
                None if shared is None else shared[w],
                interval,
                conf_level,
            )
            pieces.append((group, cause, found, about))
            frames.append(found.frame().assign(group=group, cause=cause))
    last = [float(seen.time[own == i].max()) for i in range(len(groups)) if (own == i).any()]
    wanted = (
        np.array([min(last)])
        if times is None and last
        else np.atleast_1d(np.asarray(times or [], dtype=float))
    )
    columns = ["group", "cause", *Incidence.COLUMNS]
    hit = code > 0
    return CumulativeIncidence(
        estimates=_read(pieces, wanted),
        medians=_medians(pieces, duration),
        differences=_differences(pieces, wanted),
        curve=pd.concat(frames, ignore_index=True)[columns] if frames else pd.DataFrame(columns=columns),
        pieces=tuple(pieces),
        checks=(
            *carried_checks(people),
            *seen.checks(),
            few_events(seen.weight, hit, own, len(groups)),
            _still(seen.weight, hit),
        ),
    )


def _competing(names: Sequence[object]) -> str:
    return f"; competing ends: {', '.join(map(str, names))}" if len(names) > 1 else ""


def _still(weight: np.ndarray, hit: np.ndarray) -> Check:
    if not hit.any():
        return Check("follow_up", "fail", "Nothing happened to anybody while they were watched.")
    share = float(weight[~hit].sum() / weight.sum())
    return Check(
        "follow_up", "pass" if share <= 0.5 else "warn", f"{share:.0%} were still running when last seen."
    )


def _read(pieces: Sequence[tuple[object, object, Incidence, dict[str, Any]]], times: np.ndarray) -> Estimates:
    table = []
    for group, cause, found, about in pieces:
        for time in times:
            key = {"group": group, "cause": cause, "time": float(time), "term": "cumulative_incidence"}
            text = {"estimand": f"share of all that ended by {cause} until that time"}
            table.append(about | key | text | found.at(float(time)))
    columns = None if table else ["group", "cause", "time", "term", "estimate", "note"]
    return Estimates(table=pd.DataFrame(table, columns=columns), keys=("group", "cause", "time"))


def _medians(pieces: Sequence[tuple[object, object, Incidence, dict[str, Any]]], duration: str) -> Estimates:
    table = []
    for group, cause, found, about in pieces:
        value, low, high = found.quantile(0.5)
        note = "" if math.isfinite(value) else "fewer than half of all were seen to end so"
        if not note and math.isnan(high):
            note = "no upper limit: the band never gets there"
        row = {"group": group, "cause": cause, "term": "median", "unit": f"units of {duration}"}
        text = {"estimand": f"time by which half of all have ended by {cause}"}
        table.append(
            about | row | text | {"estimate": value, "conf_low": low, "conf_high": high, "note": note}
        )
    columns = None if table else ["group", "cause", "term", "estimate", "note"]
    return Estimates(table=pd.DataFrame(table, columns=columns), keys=("group", "cause"))


def _differences(
    pieces: Sequence[tuple[object, object, Incidence, dict[str, Any]]], times: np.ndarray
) -> Estimates:
    """Each group minus the first, cause by cause."""
    rows, first = [], {}
    for group, cause, found, about in pieces:
        if cause not in first:
            first[cause] = (group, found, about)
            continue
        reference, base, other = first[cause]
        for time in times:
            own, ref = found.at(float(time)), base.at(float(time))
            gap, error = own["estimate"] - ref["estimate"], math.hypot(own["std_error"], ref["std_error"])
            row = {"estimate": math.nan, "note": "a group is not watched that long"}
            if math.isfinite(gap):
                row = inference(gap, error if error > 0 else math.nan, math.nan, about["conf_level"])
                row["note"] = "" if error > 0 else "nothing of this kind happened in either group: no error"
            counts = {
                "n": about["n"] + other["n"],
                "n_people": min(about["n_people"], other["n_people"]),
                "n_people_total": about["n_people"] + other["n_people"],
            }
            text = {
                "term": "incidence_difference",
                "estimand": f"difference of the shares that ended by {cause} until that time",
                "comparison": str(reference),
                "method": "Aalen-Johansen, jackknife errors, normal interval",
            }
            rows.append(about | {"group": group, "cause": cause, "time": float(time)} | row | counts | text)
    columns = None if rows else ["group", "cause", "time", "term", "estimate", "note"]
    return Estimates(table=pd.DataFrame(rows, columns=columns), keys=("group", "cause", "time"))
