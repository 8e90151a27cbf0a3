"""What people said of a training: sentences and tables, by rule from gated estimates."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from tne.report.block import Block
from tne.report.disclosure import ABOVE_EDGE, BELOW_EDGE
from tne.report.published import direction, level_row, share_words
from tne.report.rated import (
    asked,
    construct_name,
    folded,
    gated_rows,
    net_cell,
    number_words,
    rating_rows,
    rating_table,
    scale_words,
    share_cell,
    view_name,
)
from tne.report.voice import Voice
from tne.report.written import NO_NUMBER

MAIN = "satisfaction"
RELIABLE = 0.70
STATES = ("liked", "disliked", "middle", "hidden")


def reaction_lead(voice: Voice, found: Any, titles: Mapping[str, str]) -> Block:
    """Return the shortest true sentences about the ratings: above, below or about the middle of the scale.

    Parameters
    ----------
    voice : Voice
    found : Reaction
        Of `tne.reaction_summary`.
    titles : mapping of programme_id to str
        Programmes that the report speaks of.

    Returns
    -------
    Block
        Of kind ``"text"``; empty where no rating may be shown.

    Raises
    ------
    ValueError
        If the voice's `min_n` lies below 5.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> answers = {"response_id": range(20), "question_id": "q", "programme_id": "P", "value": [5, 4] * 10}
    >>> answers |= {"respondent": "learner", "construct": "satisfaction", "scale_min": 1, "scale_max": 5}
    >>> found = tne.reaction_summary(pd.DataFrame(answers).assign(moderator_id=range(20), wave="end"))
    >>> tne.say.reaction_lead(voice, found, {"P": "Refresher"}).html
    '<p>On average, people rated <strong>Refresher</strong> above the middle of the scale.</p>'
    """
    states = {name: state for name in titles if (state := _state(voice, found, name))}
    parts = [
        voice.html(f"reaction.lead_{state}", titles=voice.listed(names), min_n=voice.min_n)
        for state in STATES
        if (names := [titles[name] for name, its in states.items() if its == state])
    ]
    return Block(html=f"<p>{' '.join(parts)}</p>" if parts else "", kind="text")


def reaction_caveat(voice: Voice, found: Any, titles: Mapping[str, str]) -> Block:
    """Return what limits the ratings: liking is not doing, few answers, sites that answered unevenly.

    Parameters
    ----------
    voice : Voice
    found : Reaction
        Of `tne.reaction_summary`.
    titles : mapping of programme_id to str
        Programmes that the report speaks of.

    Returns
    -------
    Block
        Of kind ``"caveat"``.

    Raises
    ------
    ValueError
        If the voice's `min_n` lies below 5.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> answers = {"response_id": range(20), "question_id": "q", "programme_id": "P", "value": [5, 4] * 10}
    >>> answers |= {"respondent": "learner", "construct": "satisfaction", "scale_min": 1, "scale_max": 5}
    >>> found = tne.reaction_summary(pd.DataFrame(answers).assign(moderator_id=range(20), wave="end"))
    >>> tne.say.reaction_caveat(voice, found, {"P": "Refresher"}).html
    '<p class="caveat">Liking a training says little about whether it changes decisions.</p>'
    """
    lines = [voice.html("caveat.reaction")]
    shares = _response_rates(voice, found, titles)
    if shares:
        ends = {"low": share_words(voice, min(shares)), "high": share_words(voice, max(shares))}
        same = ends["low"] == ends["high"]
        told = voice.html("caveat.survey_nonresponse", share=ends["low"])
        lines.append(told if same else voice.html("caveat.survey_rates", **ends))
        warned = [name for name in titles if _uneven(found, name)]
        if warned and _shown(voice, found, warned, "poststratified_mean"):
            lines.append(voice.html("caveat.survey_uneven"))
        elif not same:
            lines.append(voice.html("caveat.survey_low"))
    return Block(html=f'<p class="caveat">{" ".join(lines)}</p>', kind="caveat")


def _response_rates(voice: Voice, found: Any, titles: Mapping[str, str]) -> list[float]:
    """One share a programme, of its main question; 0 and 1 stand for those told as under 5 % and over 95 %."""
    edges = {BELOW_EDGE: 0.0, ABOVE_EDGE: 1.0}
    out = {}
    for row in _shown(voice, found, titles, "response_rate", hidden=True):
        share = edges.get(str(row["note"]), row["estimate"])
        if math.isfinite(share) and (row["construct"] == MAIN or row["programme_id"] not in out):
            out[row["programme_id"]] = share
    return list(out.values())


def ratings(voice: Voice, found: Any, titles: Mapping[str, str]) -> Block:
    """Return learners' ratings at the end: the main question of each programme, then all of them in a fold.

    Parameters
    ----------
    voice : Voice
    found : Reaction
        Of `tne.reaction_summary`.
    titles : mapping of programme_id to str
        Programmes that the report speaks of.

    Returns
    -------
    Block
        Of kind ``"table"``, with the rows of ``estimates.csv``; without html where nothing may be shown.

    Raises
    ------
    ValueError
        If the voice's `min_n` lies below 5.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> answers = {"response_id": range(20), "question_id": "q", "programme_id": "P", "value": [5, 4] * 10}
    >>> answers |= {"respondent": "learner", "construct": "satisfaction", "scale_min": 1, "scale_max": 5}
    >>> found = tne.reaction_summary(pd.DataFrame(answers).assign(moderator_id=range(20), wave="end"))
    >>> [row["estimate"] for row in tne.say.ratings(voice, found, {"P": "Refresher"}).rows if row["term"] == "mean"]
    [4.5]
    """
    rows = gated_rows(voice, found.ratings.to_frame(), titles)
    mine = [row for row in rows if (row["respondent"], row["wave"]) == ("learner", "end")]
    uneven = any(_uneven(found, name) for name in titles)
    cells, out = [], []
    for (name, construct), group in _by_question(mine):
        told = {row["term"]: row for row in group}
        out += rating_rows(voice, told, name, construct, "all")
        if not math.isfinite(told["mean"]["estimate"]):
            continue
        everyone = told.get("poststratified_mean", {}) if uneven else {}
        cells.append(
            {
                "programme": titles[name],
                "construct": asked(voice, found, titles, told["mean"]),
                "code": construct,
                "mean": number_words(voice, told["mean"]),
                "all_invited": number_words(voice, everyone),
                "best": share_cell(voice, told.get("top_box", {})),
                "net": net_cell(voice, told.get("net_score", {})),
                "answered": share_cell(voice, told.get("response_rate", {})),
                "n_people": told["mean"]["n_people"],
            }
        )
    if not cells:
        return Block(html="", rows=tuple(out), kind="table")
    frame = pd.DataFrame(cells)
    main_ones = frame["code"].eq(MAIN)
    first = frame.loc[main_ones] if main_ones.any() else frame.drop_duplicates("programme")
    main = rating_table(
        voice, "reaction", first, ["programme", "construct", "mean", "all_invited", "n_people"]
    )
    rest = ["programme", "construct", "mean", "all_invited", "best", "net", "answered"]
    more = rating_table(voice, "reaction_more", frame, rest)
    dashes = frame["all_invited"].eq(NO_NUMBER)
    below = [] if dashes.all() else [voice.html("reaction.invited")]
    below += [voice.html("reaction.invited_dash")] if dashes.any() and not dashes.all() else []
    below += _reliability(voice, mine)
    html = main + (f'<p class="footnote">{" ".join(below)}</p>' if below else "")
    scale = f'<p class="footnote">{scale_words(voice, found, titles)}{voice.html("reaction.net_meaning")}</p>'
    return Block(html=html + folded(voice, "reaction_more", more + scale), rows=tuple(out), kind="table")


def views(voice: Voice, found: Any, titles: Mapping[str, str]) -> Block:
    """Return what managers and trainers say, and the same learners later; empty where nothing may be shown.

    Parameters
    ----------
    voice : Voice
    found : Reaction
        Of `tne.reaction_summary`.
    titles : mapping of programme_id to str
        Programmes that the report speaks of.

    Returns
    -------
    Block
        Of kind ``"table"``, with the rows of ``estimates.csv``.

    Raises
    ------
    ValueError
        If the voice's `min_n` lies below 5.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> answers = {"response_id": range(20), "question_id": "q", "programme_id": "P", "value": [5, 4] * 10}
    >>> answers |= {"respondent": "manager", "construct": "satisfaction", "scale_min": 1, "scale_max": 5}
    >>> found = tne.reaction_summary(pd.DataFrame(answers).assign(moderator_id=range(20), wave="end"))
    >>> tne.say.views(voice, found, {"P": "Refresher"}).kind
    'table'
    """
    rows = gated_rows(voice, found.ratings.to_frame(), titles)
    other = [row for row in rows if (row["respondent"], row["wave"]) != ("learner", "end")]
    moved = {
        (row["programme_id"], row["construct"]): row
        for row in gated_rows(voice, found.changes.to_frame(), titles)
        if row["term"] == "mean_change" and math.isfinite(row["estimate"])
    }
    out = [
        level_row(
            voice,
            {"programme_id": name, "group": "all", "level": "reaction"},
            construct,
            "follow_up_change",
            row,
        )
        for (name, construct), row in moved.items()
    ]
    cells = []
    for row in (row for row in other if row["term"] == "mean"):
        name, construct, view = row["programme_id"], row["construct"], (row["respondent"], row["wave"])
        out += rating_rows(voice, {"mean": row}, name, construct, " ".join(view))
        change = moved.get((name, construct), {}) if view == ("learner", "follow_up") else {}
        if math.isfinite(row["estimate"]):
            cells.append(
                {
                    "programme": titles[name],
                    "who": view_name(voice, *view),
                    "construct": asked(voice, found, titles, row),
                    "mean": number_words(voice, row),
                    "since_end": number_words(voice, change, signed=True),
                    "n_people": row["n_people"],
                }
            )
    if not cells:
        return Block(html="", rows=tuple(out), kind="table")
    frame = pd.DataFrame(cells)
    lead = ""
    if moved:
        ways = [
            direction(row) if _clear(found.adjusted.get(at), row) else "unclear" for at, row in moved.items()
        ]
        counts = {"lower": ways.count("fell"), "higher": ways.count("rose"), "total": len(ways)}
        lead = f"<p>{voice.html('reaction.moved', **counts)}</p>"
    text = f'<p class="caveat">{voice.html("reaction.views")}</p>' + rating_table(
        voice, "views", frame, list(frame)
    )
    return Block(html=lead + folded(voice, "views", text), rows=tuple(out), kind="table")


def _clear(p_adjusted: float | None, row: Mapping[str, Any]) -> bool:
    """Whether a change is clear when the number of questions asked is taken into account."""
    return p_adjusted is None or not p_adjusted >= 1 - row["conf_level"]


def _uneven(found: Any, name: str) -> bool:
    """Whether those who answered may not speak for those invited."""
    return name in found.nonresponse and found.nonresponse[name].status == "warn"


def _state(voice: Voice, found: Any, name: str) -> str:
    """Where a programme's main rating lies: ``"liked" "disliked" "middle" "hidden"``; "" without answers."""
    rows = [
        row for row in _shown(voice, found, [name], "mean", hidden=True) if row["respondent"] == "learner"
    ]
    main = [row for row in rows if row["construct"] == MAIN] or rows
    if not main:
        return ""
    row = main[0]
    if not math.isfinite(row["estimate"]):
        return "hidden"
    scale = found.scales.loc[
        found.scales["programme_id"].eq(name) & found.scales["construct"].eq(row["construct"])
    ]
    middle = float((scale["scale_min"].iloc[0] + scale["scale_max"].iloc[0]) / 2)
    if row["conf_low"] > middle:
        return "liked"
    return "disliked" if row["conf_high"] < middle else "middle"


def _shown(voice: Voice, found: Any, names: Any, term: str, hidden: bool = False) -> list[dict[str, Any]]:
    """Gated rows of one term, of learners at the end."""
    frame = found.ratings.to_frame()
    mine = frame["wave"].eq("end") & frame["respondent"].eq("learner") & frame["term"].eq(term)
    rows = gated_rows(voice, frame.loc[mine], dict.fromkeys(names, ""))
    return [row for row in rows if hidden or math.isfinite(row["estimate"])]


def _by_question(rows: list[dict[str, Any]]) -> list[tuple[tuple[str, str], list[dict[str, Any]]]]:
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault((row["programme_id"], row["construct"]), []).append(row)
    return list(groups.items())


def _reliability(voice: Voice, rows: list[dict[str, Any]]) -> list[str]:
    """One sentence a construct of several questions, from the programme that most people rated."""
    best: dict[str, dict[str, Any]] = {}
    for row in rows:
        told = row["term"] == "reliability" and math.isfinite(row["estimate"]) and row["wave"] == "end"
        if told and row["n_people"] > best.get(row["construct"], {"n_people": 0})["n_people"]:
            best[row["construct"]] = row
    out = []
    for construct, row in best.items():
        limits = voice.interval(row["conf_low"], row["conf_high"], 2)
        values = {"value": voice.number(row["estimate"], 2), "interval": limits}
        key = "reliability" if row["estimate"] >= RELIABLE else "unreliable"
        out.append(voice.html(f"reaction.{key}", construct=construct_name(voice, construct), **values))
    return out
