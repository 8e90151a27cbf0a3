"""Which groups of those tested twice may have a row of their own, now and beside what was shown; which are missing?"""

from __future__ import annotations

from typing import Any

import pandas as pd

from tne.report.merging import merged
from tne.report.voice import Voice

FEWEST = 2  # groups with a number: one alone says no more than the whole
TOGETHER = " + "  # between the groups that stand in one row
LATE = pd.Timedelta(28, "D")  # after its end a month waits so long for tests


def closed_months(voice: Voice, scores: pd.DataFrame) -> pd.Series:
    """Return the month of each person's training if it is closed: four weeks have passed since its end.

    Later tests do not count for it: a month that grows by three people from one page to the next would tell what
    those three scored.

    Parameters
    ----------
    voice : Voice
        Its zone decides when a month ends, its `as_of` whether it is closed.
    scores : DataFrame, one row per person
        ``trained_at``, ``answered_at_post`` (instants).

    Returns
    -------
    Series
        As ``"2026-04"``; None where it is open, where the second test came later, and without a training.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"}, as_of=pd.Timestamp("2026-06-15", tz="UTC"))
    >>> days = pd.to_datetime(["2026-04-07", "2026-06-02"], utc=True)
    >>> scores = pd.DataFrame({"trained_at": days, "answered_at_post": days})
    >>> tne.say.closed_months(voice, scores).tolist()
    ['2026-04', None]
    """
    month = _local(voice, scores).dt.strftime("%Y-%m").astype(object)
    closed = _closing(voice, scores)
    late = scores["answered_at_post"] >= closed
    over = closed <= voice.as_of if voice.as_of is not None else False  # nothing is dated: no month is closed
    return month.where(closed.notna() & over & ~late, None)


def gain_parts(voice: Voice, workspace: Any, programme: str, scores: pd.DataFrame, by: str) -> pd.Series:
    """Return for each person the group that stands in one row: small ones together, None where it may not be shown.

    Parameters
    ----------
    voice : Voice
    workspace : Workspace
        Its `parts_shown` says which groups may be shown beside what was released.
    programme : str
    scores : DataFrame, one row per person tested twice
        ``moderator_id`` and the column `by`.
    by : {"month", "modality"}
        Months go together with their neighbours, kinds of session with the smallest others, where that shows more
        people than hiding them.

    Returns
    -------
    Series
        One name per row of `scores`; groups that go together are joined by "+", None is hidden.

    Examples
    --------
    >>> voice, ws = tne.say.voice({"market": "IE", "language": "en-IE"}), tne.open("data/sample")
    >>> months = ["2026-03"] * 14 + ["2026-04"] * 13 + ["2026-05"] * 3
    >>> scores = pd.DataFrame({"moderator_id": [f"m{n}" for n in range(30)], "month": months})
    >>> tne.say.gain_parts(voice, ws, "appeals-workshop", scores, "month").unique().tolist()
    ['2026-03', '2026-04 + 2026-05']
    """
    counts = scores.groupby(by, sort=True)["moderator_id"].nunique()
    groups = merged(counts.to_list(), ordered=by == "month", min_n=voice.min_n)
    names = [str(name) for name in counts.index]
    label = dict(zip(names, names, strict=True))
    for group in groups or ():
        label |= dict.fromkeys([names[at] for at in group], TOGETHER.join(names[at] for at in group))
    of = scores[by].map(label, na_action="ignore").astype(object)
    people = {str(name): [*map(str, own)] for name, own in scores.groupby(of, sort=True)["moderator_id"]}
    return of.where(of.isin([*workspace.parts_shown(programme, people)]), None)


def left_out(voice: Voice, scores: pd.DataFrame, by: str, shown: pd.Series) -> frozenset[str]:
    """Return why groups have no row: `gain_groups` says it below its table.

    Parameters
    ----------
    voice : Voice
    scores : DataFrame, one row per person tested twice
        ``trained_at`` and the column `by`, before `gain_parts`.
    by : {"month", "modality"}
    shown : Series
        What `gain_parts` has made of it.

    Returns
    -------
    frozenset of str
        ``"open"``: months that are not closed yet. ``"few"``: groups that would tell of few people, alone or beside
        what was shown. Never which, nor how many.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> scores = pd.DataFrame({"modality": ["live"] * 27 + ["online"] * 3})
    >>> shown = scores["modality"].where(scores["modality"].eq("live"), None)
    >>> sorted(tne.say.left_out(voice, scores, "modality", shown))
    ['few']
    """
    found = set()
    if by == "month" and voice.as_of is not None and (_closing(voice, scores) > voice.as_of).any():
        found.add("open")
    if scores[by].nunique() >= FEWEST and (scores[by].notna() & shown.isna()).any():
        found.add("few")
    return frozenset(found)


def _local(voice: Voice, scores: pd.DataFrame) -> pd.Series:
    return scores["trained_at"].dt.tz_convert(voice.timezone)


def _closing(voice: Voice, scores: pd.DataFrame) -> pd.Series:
    """Return when the month of each person's training is closed, NaT without a training."""
    first = pd.to_datetime(_local(voice, scores).dt.strftime("%Y-%m"), format="%Y-%m", errors="coerce")
    return (first + pd.offsets.MonthBegin(1)).dt.tz_localize(voice.timezone) + LATE
