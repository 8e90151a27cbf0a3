"""Sentences about what people still knew later, by rule from gated estimates."""

from __future__ import annotations

import math
from collections.abc import Mapping
from html import escape
from typing import Any, cast

from tne.report.block import Block
from tne.report.disclosure import publishable
from tne.report.learning import percent_interval
from tne.report.published import direction, gated_row, level_row, score_words, share_words
from tne.report.standing import estimate_row
from tne.report.voice import Voice


def retention(voice: Voice, found: Any, *, programme_id: str, title: str) -> Block:
    """Return what was still there at the later test: who did not come, the change, the share of the gain.

    Parameters
    ----------
    voice : Voice
    found : Retention
        Of `tne.learning_summary`.
    programme_id, title : str

    Returns
    -------
    Block
        Of kind ``"text"``, with the rows of ``estimates.csv``.

    Raises
    ------
    ValueError
        If the voice's `min_n` lies below 5.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> people = pd.DataFrame({"pre": [4.0, 5, 6, 7] * 5, "post": [6.0, 6, 9, 8] * 5, "delayed": [5.0, 6, 8, 7] * 5})
    >>> found = tne.learning_summary(people).retention
    >>> [row["term"] for row in tne.say.retention(voice, found, programme_id="P", title="Refresher").rows]
    ['delayed', 'retained_gain']
    """
    key = {"programme_id": programme_id, "group": "all", "level": "learning"}
    head = f"<h3>{escape(title)}</h3>"
    later, gain = gated_row(voice, found.later), gated_row(voice, found.gain)
    if later is None or gain is None:
        row = level_row(voice, key, "gain", "delayed", {}, note="few_people")
        text = voice.html("retention.hidden", min_n=voice.min_n)
        return Block(html=f"{head}<p>{text}</p>", rows=(row,), kind="text")
    missing = publishable(estimate_row(found.attrition), min_n=voice.min_n)
    rows = [level_row(voice, key, "gain", "delayed", later)]
    caveat = ""
    if math.isfinite(missing["estimate"]):
        text = voice.html("retention.attrition", share=share_words(voice, missing["estimate"]))
        caveat = f'<p class="caveat">{text}</p>'
        rows.append(level_row(voice, key, "attrition", "not_tested_later", missing))
    first = score_words(voice, gain)
    words = score_words(voice, later) | {"gain": first["value"], "gain_interval": first["interval"]}
    words["people"] = voice.count(later["n_people"])
    dated = math.isfinite(found.weeks)
    words |= {"weeks": voice.count(found.weeks)} if dated else {}
    parts = [voice.html(f"retention.{'later' if dated else 'later_undated'}", **words)]
    share = _share(voice, found)
    if share is None:
        parts.append(voice.html(f"retention.{'no_gain' if direction(gain) == 'fell' else 'share_undefined'}"))
        rows.append(level_row(voice, key, "retained_gain", "retained_gain", {}, note="no_estimate"))
    else:
        limits = {"share": voice.percent(share["estimate"]), "interval": percent_interval(voice, share)}
        gone = "share_gone" if share["estimate"] <= 0 else "share"
        parts.append(voice.html(f"retention.{gone if settled(share) else 'share_unclear'}", **limits))
        rows.append(level_row(voice, key, "retained_gain", "retained_gain", share))
    if (curve := _curve(voice, found)) is not None:
        parts.append(voice.html("retention.curve", **curve))
    return Block(html=f"{head}{caveat}<p>{' '.join(parts)}</p>", rows=tuple(rows), kind="text")


def retained(voice: Voice, learned: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was kept of each programme of which that can be shown beside what was learned.

    Parameters
    ----------
    voice : Voice
    learned : mapping of programme_id to Learning

    Returns
    -------
    dict of programme_id to Retention
        Of at least `min_n` people, and from whom none or at least `min_n` of those are missing whose gain stands on the
        same page: the difference of the two gains would else tell of the few who did not come again.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> people = pd.DataFrame({"pre": [4.0, 5, 6, 7] * 5, "post": [6.0, 6, 9, 8] * 5, "delayed": [5.0, 6, 8, 7] * 5})
    >>> list(tne.say.retained(voice, {"P": tne.learning_summary(people), "Q": tne.learning_summary(people[:8])}))
    ['P']
    """
    out = {}
    for name, found in learned.items():
        later = found.retention
        if later is None or not later.later.n_people >= voice.min_n:
            continue
        if not 0 < found.gain.n_people - later.later.n_people < voice.min_n:
            out[name] = later
    return out


def retention_lead(voice: Voice, retained: Mapping[str, Any], titles: Mapping[str, str]) -> Block:
    """Return the shortest true sentences: where it was still there, where part was gone, where that is uncertain.

    Parameters
    ----------
    voice : Voice
    retained : mapping of programme_id to Retention
    titles : mapping of programme_id to str

    Returns
    -------
    Block
        Of kind ``"text"``.

    Raises
    ------
    ValueError
        If the voice's `min_n` lies below 5.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> people = pd.DataFrame({"pre": [4.0, 5, 6, 7] * 5, "post": [6.0, 6, 9, 8] * 5, "delayed": [5.0, 6, 8, 7] * 5})
    >>> retained = tne.say.retained(voice, {"P": tne.learning_summary(people)})
    >>> tne.say.retention_lead(voice, retained, {"P": "Refresher"}).html
    '<p>Part of what was learned in <strong>Refresher</strong> was gone later.</p>'
    """
    states = {name: _state(voice, found) for name, found in retained.items()}
    parts = [
        voice.html(f"retention.lead_{state}", titles=voice.listed(names))
        for state in ("held", "faded", "unclear")
        if (names := [titles[name] for name, its in states.items() if its == state])
    ]
    return Block(html=f"<p>{' '.join(parts)}</p>", kind="text")


def settled(share: Mapping[str, Any]) -> bool:
    """Say whether a retained share says something: it excludes that nothing was left, or that all was."""
    return cast(bool, share["conf_low"] > 0 or share["conf_high"] < 1)


def retention_finding(voice: Voice, retained: Mapping[str, Any]) -> str | None:
    """Return the variant of the section's heading: ``"held"``, ``"faded"``, or None where programmes do not agree.

    Parameters
    ----------
    voice : Voice
    retained : mapping of programme_id to Retention
        Of `tne.say.retained`.

    Returns
    -------
    str or None

    Raises
    ------
    ValueError
        If the voice's `min_n` lies below 5.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> people = pd.DataFrame({"pre": [4.0, 5, 6, 7] * 5, "post": [6.0, 6, 9, 8] * 5, "delayed": [6.0, 6, 9, 8] * 5})
    >>> tne.say.retention_finding(voice, tne.say.retained(voice, {"P": tne.learning_summary(people)}))
    'held'
    """
    states = {_state(voice, found) for found in retained.values()}
    return states.pop() if states in ({"held"}, {"faded"}) else None


def _state(voice: Voice, found: Any) -> str:
    """``"faded"`` where the share excludes all of the gain, ``"held"`` where it excludes none of it, else unclear."""
    share = _share(voice, found)
    if share is None or not settled(share):
        return "unclear"
    return "faded" if share["conf_high"] < 1 else "held"


def _share(voice: Voice, found: Any) -> dict[str, Any] | None:
    """The gated share of the gain that is left; None where there was no gain: of a loss nothing is kept."""
    gain = gated_row(voice, found.gain)
    if gain is None or direction(gain) == "fell":
        return None
    return gated_row(voice, found.share, share=False)


def _curve(voice: Voice, found: Any) -> dict[str, str] | None:
    """How much each doubling of the time takes away, where a falling power curve could be fitted."""
    if found.curve is None:
        return None
    row = gated_row(voice, found.curve.get(term="d"))
    if row is None or not row["conf_low"] > 0:
        return None
    lost = {name: 1 - 2 ** -row[name] for name in ("estimate", "conf_low", "conf_high")}
    return {"share": voice.percent(lost["estimate"]), "interval": percent_interval(voice, lost)}
