"""Who was hired when, and how fast must they be: waves of hires, targets of speed, traits known at the start."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import cast

import numpy as np
import pandas as pd

from tne.report.voice import Voice

FIRST_MONDAY = pd.Timestamp("1970-01-05")
EXPERIENCED = 26  # weeks of tenure of the colleagues whose speed is the measure
FEWEST = 5  # of them in a queue, or its speed is not asked
NOT_ASKED = 1e9  # seconds per case that everybody stays below
MEDIAN_FROM = 20  # people behind a median or a curve
MOST_WAVES = 6
TRAITS = ("site", "language", "queue", "employer", "modality", "first_test")
OTHER = "other"


def speed_targets(
    weeks: pd.DataFrame, people: pd.DataFrame, *, seconds: float = 0.0, slower: float = 1.1
) -> pd.DataFrame:
    """Put the target of speed beside each person's week: column ``most_seconds`` per case; NaN without production.

    Parameters
    ----------
    weeks : DataFrame
        ``ws.panel(market=...)``.
    people : DataFrame
        ``ws.people(market)``: its column `queue`.
    seconds : float
        One target for all; 0: that of the queue.
    slower : float
        Times the median of the people of the queue with half a year or more. A queue with fewer than `FEWEST` of them
        asks for no speed.

    Returns
    -------
    DataFrame
        The weeks with the column ``most_seconds``.

    Examples
    --------
    >>> weeks = pd.DataFrame({"moderator_id": list("ab"), "cases": [100, 0], "handle_seconds": [4000.0, 0.0]})
    >>> tne.say.speed_targets(weeks, pd.DataFrame(), seconds=45)["most_seconds"].tolist()
    [45.0, nan]
    """
    made = weeks["cases"].gt(0) & weeks["handle_seconds"].gt(0)
    out = weeks.assign(most_seconds=np.where(made, seconds if seconds > 0 else NOT_ASKED, math.nan))
    if seconds > 0 or not made.any() or "queue" not in people:
        return out
    queue = weeks["moderator_id"].map(people.set_index("moderator_id")["queue"])
    own = pd.DataFrame(
        {
            "queue": queue,
            "moderator_id": weeks["moderator_id"],
            "pace": weeks["handle_seconds"] / weeks["cases"],
        }
    )
    old = own.loc[made & weeks["tenure_weeks"].ge(EXPERIENCED)]
    enough = old.groupby("queue", observed=True)["moderator_id"].nunique()
    pace = old.groupby("queue", observed=True)["pace"].median().loc[enough.index[enough >= FEWEST]]
    target = queue.map(slower * pace).astype(float).fillna(NOT_ASKED)
    return out.assign(most_seconds=np.where(made, target, math.nan))


def with_season(voice: Voice, own: pd.DataFrame, weeks: pd.DataFrame) -> pd.DataFrame:
    """Put beside each new person's week what moved experienced colleagues in it: column ``season``, log-odds.

    Parameters
    ----------
    voice : Voice
        Its `min_n` is how many of them each week needs; 0 everywhere where one has fewer.
    own, weeks : DataFrame
        Weeks of the new people, and ``ws.panel(market=...)``: all others in it are experienced.

    Returns
    -------
    DataFrame
        `own` with the column ``season``.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> weeks = pd.DataFrame({"moderator_id": [*range(12)] * 2, "period": [1] * 12 + [2] * 12, "weight_sum": 20.0})
    >>> weeks["weighted_correct"] = np.where(weeks["period"].eq(1), 18.0, 16.0)
    >>> own = pd.DataFrame({"moderator_id": "new", "period": [1, 2]})
    >>> tne.say.with_season(voice, own, weeks)["season"].round(2).tolist()
    [0.4, -0.4]
    """
    old = weeks.loc[~weeks["moderator_id"].isin(own["moderator_id"]) & weeks["weight_sum"].gt(0)]
    sums = old.groupby("period")[["weighted_correct", "weight_sum"]].sum()
    people = old.groupby("period")["moderator_id"].nunique()
    if not people.reindex(own["period"].unique()).ge(voice.min_n).all():
        return own.assign(season=0.0)
    odds = np.log((sums["weighted_correct"] + 0.5) / (sums["weight_sum"] - sums["weighted_correct"] + 0.5))
    return own.assign(season=own["period"].map(odds - odds.mean()))


def hire_waves(voice: Voice, hired: pd.DataFrame) -> pd.DataFrame:
    """Put each new person's wave beside them: months of hire, neighbours together until each has people enough.

    Parameters
    ----------
    voice : Voice
        Its `min_n` is the least size; `MEDIAN_FROM` where two waves of that size can be made.
    hired : DataFrame
        Of `tne.proficiency`.

    Returns
    -------
    DataFrame
        With a categorical column ``wave``: first and last month, such as ``"2025-11/2026-01"``, in order.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> hired = pd.DataFrame({"moderator_id": range(24), "cohort": [2900] * 12 + [2910] * 12})
    >>> tne.say.hire_waves(voice, hired)["wave"].cat.categories.tolist()
    ['2025-08', '2025-10']
    """
    month = (FIRST_MONDAY + pd.to_timedelta(7 * hired["cohort"].astype(float), unit="D")).dt.strftime("%Y-%m")
    counts = month.value_counts().sort_index()
    total = int(counts.sum())
    least = max(voice.min_n, MEDIAN_FROM) if total >= 2 * MEDIAN_FROM else voice.min_n
    least = max(least, math.ceil(total / MOST_WAVES))
    groups: list[list[str]] = []
    size = least
    for name, count in counts.items():
        if size >= least:
            groups, size = [*groups, []], 0
        groups[-1].append(str(name))
        size += int(count)
    if size < least and len(groups) > 1:
        last = groups.pop()
        groups[-1] += last
    codes = {name: own[0] if len(own) == 1 else f"{own[0]}/{own[-1]}" for own in groups for name in own}
    order = list(dict.fromkeys(codes.values()))
    out = hired.copy()
    out["wave"] = pd.Categorical(month.map(codes), categories=order, ordered=True)
    return out


def wave_name(voice: Voice, code: str) -> str:
    """Return a wave's months in words; "all" for all of them."""
    if code == "all":
        return voice.text("onboarding.all")
    first, _, last = code.partition("/")
    if not last:
        return voice.period_text(first)
    return voice.text("onboarding.months", first=voice.period_text(first), last=voice.period_text(last))


def hire_traits(
    voice: Voice,
    hired: pd.DataFrame,
    *,
    programmes: pd.DataFrame | None = None,
    enrolments: pd.DataFrame | None = None,
    sessions: pd.DataFrame | None = None,
    responses: pd.DataFrame | None = None,
    items: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Put what was known at the start beside each new person: `TRAITS`, where tables tell.

    Parameters
    ----------
    voice : Voice
    hired : DataFrame
        Of `tne.proficiency`.
    programmes, enrolments, sessions, responses, items : DataFrame, optional
        The tables: modality of the onboarding that a person was enrolled in, and the first test of it.

    Returns
    -------
    DataFrame
        ``first_test`` in tens of per cent of the points. Levels with fewer than `min_n` people stand together as
        ``"other"``, with the smallest of the others where they are still too few; a trait with one level is left out.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> hired = pd.DataFrame({"moderator_id": range(24), "site": ["Cork"] * 12 + ["Dublin"] * 12})
    >>> tne.say.hire_traits(voice, hired)["site"].value_counts().to_dict()
    {'Cork': 12, 'Dublin': 12}
    """
    out = hired.copy()
    if "languages" in out:
        out["language"] = out["languages"].astype(object)
    ids = _onboarding(programmes)
    if ids and enrolments is not None and len(enrolments):
        own = enrolments.loc[enrolments["programme_id"].isin(ids)].drop_duplicates("moderator_id")
        kind = (
            own["programme_id"]
            .map(cast(pd.DataFrame, programmes).set_index("programme_id")["modality"])
            .astype(object)
        )
        if sessions is not None and len(sessions) and "session_id" in own:
            held = own["session_id"].map(sessions.set_index("session_id")["modality"]).astype(object)
            kind = held.where(held.notna(), kind)
        out["modality"] = out["moderator_id"].map(dict(zip(own["moderator_id"], kind, strict=True)))
    score = _first_test(ids, responses, items)
    if len(score):
        out["first_test"] = out["moderator_id"].map(score)
    for name in TRAITS:
        if name not in out:
            continue
        if name == "first_test":
            few = out[name].notna().sum() < voice.min_n or out[name].nunique() < 2
            out = out.drop(columns=name) if few else out
            continue
        levels = _large_enough(out[name], voice.min_n)
        out = out.drop(columns=name) if levels is None else out.assign(**{name: levels})
    return out


def traits_of(traits: pd.DataFrame) -> list[str]:
    """Return the traits that a frame of `hire_traits` can be compared by.

    Parameters
    ----------
    traits : DataFrame
        Of `hire_traits`.

    Returns
    -------
    list of str

    Examples
    --------
    >>> tne.say.traits_of(pd.DataFrame({"moderator_id": [1], "site": ["Cork"], "first_test": [7.5]}))
    ['site', 'first_test']
    """
    return [name for name in TRAITS if name in traits]


def _onboarding(programmes: pd.DataFrame | None) -> list[str]:
    if programmes is None or not len(programmes):
        return []
    return list(programmes.loc[programmes["kind"].eq("onboarding"), "programme_id"])


def _first_test(ids: Sequence[str], responses: pd.DataFrame | None, items: pd.DataFrame | None) -> pd.Series:
    """Points of each person's first attempt at a test of the programmes, in tens of per cent."""
    nothing = pd.Series(dtype=float)
    if responses is None or items is None or not len(responses) or not len(items) or not ids:
        return nothing
    keys = ["item_id", "form"]
    most = items.loc[items["programme_id"].isin(list(ids))].drop_duplicates(keys).set_index(keys)["max_score"]
    own = responses.join(most.rename("most"), on=keys, how="inner").dropna(subset=["score", "most"])
    if not len(own):
        return nothing
    own = own.sort_values(["moderator_id", "answered_at"], kind="stable", na_position="last")
    first = own.groupby("moderator_id", observed=True)["attempt_id"].transform("first")
    points = (
        own.loc[own["attempt_id"].eq(first)].groupby("moderator_id", observed=True)[["score", "most"]].sum()
    )
    points = points.loc[points["most"] > 0]
    return 10 * points["score"].astype(float) / points["most"].astype(float)


def _large_enough(column: pd.Series, min_n: int) -> pd.Series | None:
    """Levels of at least `min_n` people; None where only one is left."""
    text = column.astype(object).where(column.notna())
    counts = text.value_counts()
    small = list(counts.index[counts < min_n])
    kept = list(counts.index[counts >= min_n])
    if small and counts.loc[small].sum() < min_n and kept:
        small.append(kept.pop())  # the smallest of the others
    joined = text.where(~text.isin(small), OTHER).where(text.notna())
    order = [*kept, *([OTHER] if small else [])]
    return pd.Series(pd.Categorical(joined, categories=order), index=column.index) if len(order) > 1 else None
