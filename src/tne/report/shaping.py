"""From tables and results to frames that may be shown: gated, named and in reading order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from statistics import NormalDist
from typing import Any, cast

import numpy as np
import pandas as pd

from tne.report import standing as _standing
from tne.report.block import Block
from tne.report.disclosure import publishable_counts, publishable_frame
from tne.report.exhibit import table
from tne.report.voice import Voice

CAME = ("attended", "completed")


def gate(
    voice: Voice, frame: pd.DataFrame, *, by: Iterable[str] = (), share: bool | None = None, **breakdown: Any
) -> pd.DataFrame:
    """Return a frame of estimates as it may leave the team: small groups hidden, numbers rounded.

    Parameters
    ----------
    voice : Voice
        Its `min_n` is the threshold.
    frame : DataFrame
        Estimate columns after its keys.
    by : iterable of str
        One or two keys of a breakdown whose total is known (complementary hiding).
    share : bool, optional
        Whether the numbers are shares of people.
    **breakdown
        What adds up and how: ``adds``, ``weight``, ``total``, ``trees`` and ``people`` of `publishable_frame`.

    Returns
    -------
    DataFrame
        The same rows; a number that is hidden is NaN, with the code of the reason in ``note``.

    Raises
    ------
    ValueError
        If the voice's `min_n` lies below 5.
    TypeError
        If it is no whole number.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> frame = pd.DataFrame({"queue": ["spam", "hate"], "estimate": [2.413, 1.1], "n_people": [40, 3]})
    >>> tne.say.gate(voice, frame)[["estimate", "note"]].values.tolist()
    [[2.41, ''], [nan, 'few_people']]
    """
    return publishable_frame(frame, min_n=voice.min_n, by=tuple(by), share=share, **breakdown)


def effect_rows(voice: Voice, effects: Iterable[Any]) -> tuple[dict[str, Any], ...]:
    """Return the rows of ``estimates.csv`` that the first screen publishes, each with the reason of its verdict.

    Parameters
    ----------
    voice : Voice
    effects : iterable of ProgrammeEffect
        Anything with its attributes will do.

    Returns
    -------
    tuple of dict
        The columns of ``estimates.csv`` and ``reason``.

    Raises
    ------
    ValueError
        If the voice's `min_n` lies below 5.

    Examples
    --------
    >>> voice, ws = tne.say.voice({"market": "IE", "language": "en-IE"}), tne.open("data/sample")
    >>> programme = ws.programme("appeals-workshop")
    >>> effect = tne.primary_effect(ws.panel("appeals-workshop"), market="IE", programme=programme)
    >>> [(row["term"], row["decision"], row["reason"]) for row in tne.say.effect_rows(voice, [effect])]
    [('effect', '', 'no_estimate'), ('decision', 'measure_better', 'no_estimate')]
    """
    items = _standing.standings(voice, effects)
    reasons = {item.programme_id: item.reason for item in items}
    return tuple(row | {"reason": reasons[row["programme_id"]]} for row in _standing.rows(voice, items))


def titled(frame: pd.DataFrame, titles: Mapping[str, str], *, column: str = "programme_id") -> pd.DataFrame:
    """Put the programmes' titles in a leading column ``programme``; rows of other programmes go.

    Parameters
    ----------
    frame : DataFrame
    titles : mapping of programme_id to str
    column : str
        Where the frame names the programme.

    Returns
    -------
    DataFrame
        With a new index.

    Examples
    --------
    >>> frame = pd.DataFrame({"programme_id": ["P1", "P2"], "estimate": [2.4, 1.1]})
    >>> tne.say.titled(frame, {"P1": "Refresher"})
       programme programme_id  estimate
    0  Refresher           P1       2.4
    """
    out = frame.loc[frame[column].isin(list(titles))].copy()
    out.insert(0, "programme", out[column].map(dict(titles)).astype(object))
    return out.reset_index(drop=True)


def coverage_table(voice: Voice, enrolments: pd.DataFrame, titles: Mapping[str, str]) -> Block:
    """Return who was assigned, came and finished, by programme; headcounts rounded to 5.

    Parameters
    ----------
    voice : Voice
    enrolments : DataFrame, one row per person and programme
        The table `enrolments`: programme_id, moderator_id, status.
    titles : mapping of programme_id to str
        Programmes that are shown; one with fewer than `min_n` people assigned has no row.

    Returns
    -------
    Block
        Of kind ``"table"``.

    Raises
    ------
    KeyError
        If a column is absent.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> rows = {"programme_id": "P", "moderator_id": range(40), "status": ["completed"] * 30 + ["assigned"] * 10}
    >>> block = tne.say.coverage_table(voice, pd.DataFrame(rows), {"P": "Refresher"})
    >>> block.kind, "Refresher" in block.html
    ('table', True)
    """
    here = enrolments.loc[enrolments["programme_id"].isin(list(titles))]
    people = here.groupby("programme_id", observed=True, sort=False)
    counts = people["moderator_id"].nunique().rename("assigned").to_frame()
    for name, statuses in (("attended", CAME), ("completed", ("completed",))):
        some = (
            here.loc[here["status"].isin(statuses)]
            .groupby("programme_id", observed=True)["moderator_id"]
            .nunique()
        )
        counts[name] = some.reindex(counts.index).fillna(0)
    small = counts["assigned"] < voice.min_n
    counts = counts.loc[~small]
    few = counts[["attended", "completed"]] < voice.min_n
    notes = few.any(axis=1).map({True: "few_people", False: ""})
    counts = counts.assign(
        **counts[few.columns].astype(float).mask(few), note=notes.astype(object)
    ).reset_index()
    shown = publishable_counts(counts, ("assigned", "attended", "completed"))
    named = titled(shown, titles)
    columns = {"programme": voice.text("column.programme")}
    columns |= {name: voice.text(f"draw.stage_{name}") for name in ("assigned", "attended", "completed")}
    return table(voice, "funnel", named, columns=columns, formats=dict.fromkeys(list(columns)[1:], "count"))


def training_weeks(voice: Voice, enrolments: pd.DataFrame) -> pd.DataFrame:
    """Return how many people finished a training in each week: week (Monday), n_people rounded to 5.

    Parameters
    ----------
    voice : Voice
    enrolments : DataFrame
        The table `enrolments`: moderator_id, status, completed_at (instants; the voice's zone decides the week).

    Returns
    -------
    DataFrame
        Weeks in which fewer than `min_n` people finished are left out.

    Raises
    ------
    KeyError
        If a column is absent.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> rows = {"moderator_id": range(12), "status": "completed", "completed_at": pd.Timestamp("2026-03-04", tz="UTC")}
    >>> tne.say.training_weeks(voice, pd.DataFrame(rows))
            week  n_people
    0 2026-03-02        10
    """
    if enrolments.empty:
        return pd.DataFrame({"week": [], "n_people": []})
    done = enrolments.loc[enrolments["status"].eq("completed") & enrolments["completed_at"].notna()]
    day = done["completed_at"].dt.tz_convert(voice.timezone).dt.tz_localize(None).dt.normalize()
    week = day - pd.to_timedelta(day.dt.day_of_week, unit="D")
    people = done.groupby(week)["moderator_id"].nunique()
    people = people.loc[people >= voice.min_n]
    return publishable_counts(people.rename_axis("week").rename("n_people").reset_index())


def error_shares(voice: Voice, errors: pd.DataFrame) -> pd.DataFrame:
    """Return the weighted share of wrong decisions by policy area and kind of error, gated.

    Parameters
    ----------
    voice : Voice
    errors : DataFrame
        `Workspace.audits_by("policy_area", "error_type")` of one market.

    Returns
    -------
    DataFrame
        policy_area, error_type, estimate (share), n, n_people, unit, note.

    Raises
    ------
    ValueError
        If the voice's `min_n` lies below 5.

    Notes
    -----
    A cell is the sampling-weighted errors of that kind over all decisions of the area. A cell whose errors come from
    fewer people than the threshold is hidden, and what would give it away: times the decisions of their area, cells add
    up to the errors of the area and of the kind.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "ES", "language": "en"})
    >>> errors = tne.open("data/sample").audits_by("policy_area", "error_type", market="ES")
    >>> tne.say.error_shares(voice, errors)["estimate"].notna().any()
    np.True_
    """
    area = errors.groupby("policy_area", observed=True)["weight_sum"].sum()
    cells = errors.loc[errors["error_type"].ne("none")].copy()
    cells["estimate"] = cells["weighted_errors"] / cells["policy_area"].map(area).astype(float)
    cells["unit"] = "share"
    shown = cells[["policy_area", "error_type", "estimate", "n", "n_people", "unit"]].reset_index(drop=True)
    decisions = cells["policy_area"].map(area).astype(float)
    return gate(voice, shown, by=("policy_area", "error_type"), adds="sum", weight=decisions.tolist())


def weekly_level(voice: Voice, series: pd.DataFrame, conf_level: float = 0.95) -> pd.DataFrame:
    """Return weekly accuracy in per cent with intervals, gated; empty without audits.

    Parameters
    ----------
    voice : Voice
    series : DataFrame
        `Workspace.series("accuracy", ...)` of one market: week, value, n, n_people.
    conf_level : float

    Returns
    -------
    DataFrame
        week, group, n, n_people, and estimate, conf_low, conf_high in per cent.

    Raises
    ------
    ValueError
        If the voice's `min_n` lies below 5.

    Notes
    -----
    Wilson's interval with the number of audits; sampling weights widen it a little more, so it is for context only.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> week = {"week": pd.to_datetime(["2026-03-02"]), "value": 0.9, "n": 500, "n_people": 40}
    >>> tne.say.weekly_level(voice, pd.DataFrame(week))[["week", "estimate", "conf_low", "conf_high"]]
            week  estimate  conf_low  conf_high
    0 2026-03-02      90.0      87.1       92.3
    """
    if series.empty:
        return pd.DataFrame()
    z = NormalDist().inv_cdf((1 + conf_level) / 2)
    p, n = series["value"].to_numpy(dtype=float), series["n"].to_numpy(dtype=float)
    centre = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    frame = series[["week", "n", "n_people"]].assign(
        group="all",
        estimate=100 * p,
        conf_low=100 * (centre - half),
        conf_high=100 * (centre + half),
        conf_level=conf_level,
    )
    return gate(voice, frame)


def subsection(voice: Voice, title: str) -> Block:
    """Return a heading below a section, for example a programme's name.

    Parameters
    ----------
    voice : Voice
    title : str
        Shown as it is, escaped.

    Returns
    -------
    Block
        Of kind ``"text"``.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> tne.say.subsection(voice, "Refresher").html
    '<h3>Refresher</h3>'
    """
    return Block(html=f"<h3>{escape(title)}</h3>", kind="text")


def missing_exports(voice: Voice, names: Iterable[str]) -> Block:
    """Return one line for each export that the market lacks, with what it would add.

    Parameters
    ----------
    voice : Voice
    names : iterable of str
        Tables; one that would add nothing to a report has no line.

    Returns
    -------
    Block
        Of kind ``"text"``.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> tne.say.missing_exports(voice, ["costs"]).html
    '<ul><li>The export “costs” is missing. With it the report would show what it cost.</li></ul>'
    """
    lines = [
        voice.html("paragraph.no_table", table=name, adds=voice.text(f"adds.{name}"))
        for name in names
        if voice.has(f"adds.{name}")
    ]
    text = "".join(f"<li>{line}</li>" for line in lines)
    html = f"<ul>{text}</ul>" if lines else f"<p>{voice.html('adds.nothing')}</p>"
    return Block(html=html, kind="text")


def in_force(policies: pd.DataFrame | None) -> list[dict[str, str]]:
    """Return the last version of each policy area: policy_area, policy_version.

    Parameters
    ----------
    policies : DataFrame or None
        The table `policies`: policy_area, policy_version, effective_at.

    Returns
    -------
    list of dict
        In the order of areas; empty without policies.

    Examples
    --------
    >>> day = pd.to_datetime(["2025-01-01", "2026-02-10"], utc=True)
    >>> policies = pd.DataFrame({"policy_area": "spam", "policy_version": ["1", "2"], "effective_at": day})
    >>> tne.say.in_force(policies)
    [{'policy_area': 'spam', 'policy_version': '2'}]
    """
    if policies is None or policies.empty:
        return []
    last = policies.sort_values("effective_at").groupby("policy_area", observed=True).tail(1)
    rows = last.sort_values("policy_area")[["policy_area", "policy_version"]]
    return cast(list[dict[str, str]], rows.astype(str).to_dict("records"))
