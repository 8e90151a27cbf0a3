"""From gaps to frames that may be shown: kinds of error, tenure, the market's level, causes that auditors named."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from tne.report.disclosure import publishable
from tne.report.shaping import gate
from tne.report.standing import estimate_row
from tne.report.threats import worst_checks
from tne.report.voice import Voice

# what is told of the data; the rest speaks of models
TOLD = (
    "missing", "sampling_weights", "volume", "severity", "untyped_errors", "missing_causes", "few_people"
)  # fmt: skip
NEW = 26  # weeks in which somebody counts as new
RATE = "error_rate"


def last_weeks(audits: pd.DataFrame | None, weeks: int) -> pd.DataFrame:
    """Return the audits of decisions in the last weeks of the table; empty without audits.

    Parameters
    ----------
    audits : DataFrame or None
        The table `audits`: decided_at.
    weeks : int

    Returns
    -------
    DataFrame

    Examples
    --------
    >>> audits = pd.DataFrame({"decided_at": pd.to_datetime(["2026-01-05", "2026-03-02", "2026-03-09"], utc=True)})
    >>> len(tne.say.last_weeks(audits, 4)), len(tne.say.last_weeks(None, 4))
    (2, 0)
    """
    if audits is None or audits.empty:
        return pd.DataFrame()
    return audits.loc[audits["decided_at"] > audits["decided_at"].max() - pd.Timedelta(weeks, "W")]


def wrong_decisions(audits: pd.DataFrame) -> int | None:
    """Return how many decisions of production were wrong, test cases apart; None without audits of them.

    Parameters
    ----------
    audits : DataFrame
        The table `audits`: correct, seeded.

    Returns
    -------
    int or None

    Examples
    --------
    >>> audits = pd.DataFrame({"correct": [True, False, False], "seeded": [False, False, True]})
    >>> tne.say.wrong_decisions(audits)
    1
    """
    if audits.empty or audits["seeded"].eq(True).all():
        return None
    return int((audits["correct"].eq(False) & ~audits["seeded"].eq(True)).sum())


def error_kinds(voice: Voice, gaps: pd.DataFrame) -> pd.DataFrame:
    """Return the pooled share of wrong decisions by policy area and kind of error, gated.

    Parameters
    ----------
    voice : Voice
    gaps : DataFrame
        `tne.knowledge_gaps` by policy_area and error_type.

    Returns
    -------
    DataFrame
        policy_area, error_type, estimate (share), conf_low, conf_high, n, n_people, unit, conf_level, note.

    Raises
    ------
    ValueError
        If the voice's `min_n` lies below 5.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> right, people = [True] * 300 + [False] * 100, [*range(20)] * 20
    >>> audits = pd.DataFrame({"policy_area": ["hate", "spam"] * 200, "moderator_id": people, "correct": right})
    >>> gaps = tne.knowledge_gaps(audits.assign(error_type=np.where(right, "none", "missed")))
    >>> tne.say.error_kinds(voice, gaps.to_frame())[["policy_area", "error_type"]].values.tolist()
    [['hate', 'missed'], ['spam', 'missed']]
    """
    rates = gaps.loc[gaps["term"].eq(RATE)]
    columns = [
        "policy_area",
        "error_type",
        "estimate",
        "conf_low",
        "conf_high",
        "n",
        "n_people",
        "unit",
        "conf_level",
    ]
    shown = rates[columns].assign(**{name: rates[name].astype(str) for name in columns[:2]})
    # times the audits of its area a share is a number of errors, which adds up by area and by kind
    return gate(voice, shown.reset_index(drop=True), by=("policy_area", "error_type"), adds="sum")


def error_level(voice: Voice, accuracy: Any) -> float:
    """Return the market's level, per cent of decisions that were wrong, NaN where it may not be shown.

    Parameters
    ----------
    voice : Voice
    accuracy : Estimate or None
        Of `tne.audit_accuracy`, a share.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If the voice's `min_n` lies below 5.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> shares = {"estimate": 0.912, "conf_low": 0.9, "conf_high": 0.924, "unit": "share"}
    >>> accuracy = tne.Estimate(term="accuracy", n_people=40, **shares)
    >>> round(tne.say.error_level(voice, accuracy), 1)
    8.8
    """
    if accuracy is None:
        return math.nan
    row = dict(estimate_row(accuracy))
    row |= {
        "estimate": 1 - row["estimate"],
        "conf_low": 1 - row["conf_high"],
        "conf_high": 1 - row["conf_low"],
    }
    return 100 * float(publishable(row, min_n=voice.min_n)["estimate"])


def with_tenure(audits: pd.DataFrame, moderators: pd.DataFrame) -> pd.DataFrame:
    """Put beside each audit whether the decision was made by somebody new (``"new"``, ``"longer"``).

    Parameters
    ----------
    audits, moderators : DataFrame
        The tables; audits of people without a day of hiring are left out.

    Returns
    -------
    DataFrame
        The audits with a column ``tenure``.

    Notes
    -----
    New are the first `NEW` weeks after hiring.

    Examples
    --------
    >>> day = pd.Timestamp("2026-03-02")
    >>> audits = pd.DataFrame({"moderator_id": ["a", "b"], "decided_at": day.tz_localize("UTC")})
    >>> hired = pd.to_datetime(["2026-02-23", "2025-01-06"])
    >>> tne.say.with_tenure(audits, pd.DataFrame({"moderator_id": ["a", "b"], "hired_on": hired}))["tenure"].tolist()
    ['new', 'longer']
    """
    hired = moderators.groupby("moderator_id", observed=True)["hired_on"].min()
    since = audits["moderator_id"].map(hired)
    days = (audits["decided_at"].dt.tz_localize(None) - since) / pd.Timedelta(1, "D")
    tenure = np.where(days < 7 * NEW, "new", "longer")
    return audits.assign(tenure=tenure).loc[since.notna()]


def cause_shares(voice: Voice, causes: pd.DataFrame) -> pd.DataFrame:
    """Return the share of errors by the cause that auditors named, largest first, with the running total; gated.

    Parameters
    ----------
    voice : Voice
    causes : DataFrame
        `tne.root_causes`.

    Returns
    -------
    DataFrame
        root_cause, estimate (share), conf_low, conf_high, n, n_people, unit, conf_level, note, together.

    Raises
    ------
    ValueError
        If the voice's `min_n` lies below 5.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> audits = pd.DataFrame({"moderator_id": [*range(20)] * 3, "correct": False})
    >>> audits["root_cause"] = ["tool"] * 40 + ["knowledge"] * 20
    >>> tne.say.cause_shares(voice, tne.root_causes(audits).to_frame())[["root_cause", "estimate", "together"]]
      root_cause  estimate  together
    0       tool      0.67      0.67
    1  knowledge      0.33      1.00
    """
    causes = causes.loc[causes["term"].eq("share")]
    if causes.empty:
        return pd.DataFrame({"estimate": []})
    names = ["root_cause", "estimate", "conf_low", "conf_high", "n", "n_people", "unit", "conf_level"]
    # a share among errors, not of people: at 100 % it says that one cause alone was ever coded
    parts = causes[names].assign(root_cause=causes["root_cause"].astype(str))
    shown = gate(voice, parts, by=("root_cause",), adds="sum", weight=None)  # they add up to one
    shown = shown.sort_values(
        "estimate", ascending=False, kind="stable", na_position="last", ignore_index=True
    )
    # of what is shown: a total of all would give the hidden ones away
    return shown.assign(together=shown["estimate"].cumsum())


def needs_checks(*found: Iterable[Any]) -> tuple[Any, ...]:
    """Return the checks of several analyses that speak of the data, each once, the worst where they differ.

    Parameters
    ----------
    *found : iterable of Check
        The checks of each analysis.

    Returns
    -------
    tuple of Check

    Examples
    --------
    >>> one, other = tne.Check("sampling_weights", "pass", ""), tne.Check("sampling_weights", "warn", "")
    >>> tne.say.needs_checks([one], [other])
    (Check(name='sampling_weights', status='warn', detail=''),)
    """
    return worst_checks(found, TOLD)
