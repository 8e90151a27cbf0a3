"""Sentences about who was trained, and about single groups of people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tne.report.block import Block
from tne.report.disclosure import headcount
from tne.report.published import direction, gated_row, level_row, score_words, share_words, value_words
from tne.report.standing import estimate_row
from tne.report.voice import Voice


def coverage(voice: Voice, counts: Mapping[str, Any]) -> Block:
    """Return who was trained: assigned, attended, finished, waves, dates. Counts are rounded to 5.

    Parameters
    ----------
    voice : Voice
    counts : mapping
        ``assigned``, ``completed`` (people); optional ``attended``, ``cohorts`` (number of waves), ``first``,
        ``last`` (days on which someone finished; shown only with enough people and more than one wave).

    Returns
    -------
    Block
        Of kind ``"text"``.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> tne.say.coverage(voice, {"assigned": 52, "completed": 41}).html
    '<p>50 people were assigned and 40 finished (79%).</p>'
    """
    assigned = float(counts["assigned"])
    if assigned < voice.min_n:
        return Block(html=f"<p>{voice.html('coverage.hidden', min_n=voice.min_n)}</p>", kind="text")
    completed = float(counts["completed"])
    values = {
        "assigned": voice.count(headcount(assigned)),
        "completed": voice.count(headcount(completed)),
        "share": share_words(voice, completed / assigned),
    }
    key = "coverage.funnel_short"
    if counts.get("attended") is not None:
        key, values["attended"] = "coverage.funnel", voice.count(headcount(float(counts["attended"])))
    parts = [voice.html(key, **values)]
    waves = int(counts.get("cohorts") or 0)
    if waves:
        parts.append(voice.html("coverage.cohorts", n=waves, n_word=voice.word(waves)))
    if waves > 1 and completed >= voice.min_n and counts.get("first") is not None:
        parts.append(voice.html("coverage.dates", first=counts["first"], last=counts["last"]))
    return Block(html=f"<p>{' '.join(parts)}</p>", kind="text")


def group_result(
    voice: Voice,
    raw: Any,
    shrunken: Any,
    *,
    group: str,
    programme_id: str = "",
    level: str = "learning",
    unit: str = "score",
) -> Block:
    """Return the intake-adjusted result of one group (school, team, site, market): raw, then allowing for chance.

    Parameters
    ----------
    voice : Voice
    raw, shrunken : Estimate
        The two rows of `group_effects` for this group.
    group : str
        Name shown.
    programme_id : str
    level : str
        Level of ``estimates.csv``.
    unit : {"score", "points"}
        Test points or percentage points of accuracy.

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
    >>> scores = pd.DataFrame({"team": list("AB") * 20, "pre": [4.0, 5, 6, 7] * 10, "post": [5.0, 7, 6, 9] * 10})
    >>> effects = tne.group_effects(scores, outcome="post", baseline="pre", group="team")
    >>> raw, shrunken = (effects.get(group="A", kind=kind) for kind in ("raw", "shrunken"))
    >>> block = tne.say.group_result(voice, raw, shrunken, group="Team A")
    >>> [(row["term"], row["estimate"]) for row in block.rows]
    [('raw', -1.75), ('shrunken', -0.9)]
    """
    key = {"programme_id": programme_id, "group": group, "level": level}
    heads = min(float(estimate_row(item)["n_people"]) for item in (raw, shrunken))
    if not heads >= voice.min_n:
        rows = tuple(
            level_row(voice, key, "group_effect", term, {}, note="few_people") for term in ("raw", "shrunken")
        )
        text = voice.html("group.hidden", group=group, min_n=voice.min_n)
        return Block(html=f'<p class="group">{text}</p>', rows=rows, kind="text")
    both = {"raw": gated_row(voice, raw), "shrunken": gated_row(voice, shrunken)}
    rows = tuple(
        level_row(voice, key, "group_effect", term, row or {}, note="" if row else "no_estimate")
        for term, row in both.items()
    )
    parts = []
    for term, row in both.items():
        if row is not None:
            words = (score_words if unit == "score" else value_words)(voice, row)
            value, interval = voice.text(f"interval.{unit}", value=words["value"]), words["interval"]
            shown = (
                value
                if interval == voice.show(None)
                else voice.text("interval.full", value=value, interval=interval)
            )
            parts.append(voice.html(f"group.{term}", group=group, value=shown))
    if not parts:
        parts.append(voice.html("group.undefined", group=group, reason=voice.code("note", "unknown")))
    elif both["shrunken"] is not None:
        place = {"rose": "above", "fell": "below", "unclear": "inside"}[direction(both["shrunken"])]
        parts.append(voice.html(f"group.{place}"))
    return Block(html=f'<p class="group">{" ".join(parts)}</p>', rows=rows, kind="text")
