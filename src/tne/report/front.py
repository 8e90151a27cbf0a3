"""The first screen: the finding, the facts it rests on, one row per programme, what changed, what would change it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tne.report.among import opening_words
from tne.report.block import Block
from tne.report.disclosure import headcount
from tne.report.first_screen import first_screen
from tne.report.headline import headline, standfirst
from tne.report.rounding import as_float
from tne.report.scorecard import scorecard
from tne.report.standing import HIDDEN, Standing, by_verdict, rows, standings
from tne.report.value import worth_phrase
from tne.report.voice import Voice
from tne.report.worth import Worth

MUCH = 0.1  # part by which an interval has to change its width to be told


def front(
    voice: Voice,
    effects: Iterable[Any],
    *,
    facts: Mapping[str, Any],
    previous: Iterable[Mapping[str, Any]] | None = None,
    compared: Mapping[str, Sequence[Any]] | None = None,
    worth: Sequence[Worth] = (),
) -> Block:
    """Return the first screen of an effectiveness report.

    Parameters
    ----------
    voice : Voice
    effects : iterable of ProgrammeEffect
        Anything with its attributes will do.
    facts : mapping
        Optional keys: ``moderators``, ``tested`` (people), ``audits`` (rows), ``data_to`` (date; default
        ``voice.as_of``), ``status`` (``"final" "provisional" "exploratory"``), ``learning_only`` (only
        tests can speak: no audits, or nobody known to be trained), ``most_liked`` (programme_id that people rated
        best).
    previous : iterable of mapping, optional
        Rows of ``estimates.csv`` of the last report of this market; None says that this is the first.
    compared : mapping of str to (Estimate, Estimate), optional
        Title of a programme → raw and shrunken result of this market among all (`group_effects`). It is the finding
        where no programme has an effect on decisions.
    worth : sequence of Worth
        Of `worths`: the value of each programme stands in its row.

    Returns
    -------
    Block
        Of kind ``"front"``; its rows are the effect and the verdict of each programme.

    Raises
    ------
    ValueError
        If the voice's `min_n` lies below 5.

    Examples
    --------
    >>> voice, ws = tne.say.voice({"market": "IE", "language": "en-IE"}), tne.open("data/sample")
    >>> programme = ws.programme("appeals-workshop")
    >>> effect = tne.primary_effect(ws.panel("appeals-workshop"), market="IE", programme=programme)
    >>> block = tne.say.front(voice, [effect], facts={"status": "exploratory"})
    >>> block.facts["headline"], [row["decision"] for row in block.rows if row["term"] == "decision"]
    ('No training can be judged yet: no comparison shows its effect on decisions', ['measure_better'])
    """
    items = by_verdict(standings(voice, effects))
    if compared and not items:
        title, sentences = opening_words(voice, compared)
    else:
        title, sentences = headline(voice, items, facts), standfirst(voice, items, facts)
    lead = " ".join(sentences)
    # without a programme there is no recommendation to follow up or to change one's mind about
    later = f"{changes(voice, items, previous)}{mind(voice, items)}" if items else ""
    card = scorecard(voice, items, {one.programme_id: worth_phrase(voice, one) for one in worth})
    return first_screen(voice, title, lead, f"{card}{later}", facts=facts, rows=rows(voice, items))


def changes(voice: Voice, items: Sequence[Standing], previous: Iterable[Mapping[str, Any]] | None) -> str:
    """Return what changed since the last report, from its published rows."""
    title = f"<h2>{voice.html('changes.title')}</h2>"
    if previous is None:
        return f'<section class="aside">{title}<p>{voice.html("changes.first")}</p></section>'
    earlier = list(previous)
    decisions = {row["programme_id"]: row for row in earlier if row.get("measure") == "verdict"}
    effects = {row["programme_id"]: row for row in earlier if row.get("measure") == "accuracy"}
    lines = [line for item in items for line in _moved(voice, item, decisions, effects)]
    gone = len(set(decisions) - {item.programme_id for item in items})
    if gone:
        lines.append(voice.html("changes.gone", n=gone, n_word=voice.word(gone)))
    if not lines:
        since = voice.period_text(str(earlier[0].get("period") or "")) if earlier else ""
        text = voice.html("changes.none_since", period=since) if since else voice.html("changes.none")
        return f'<section class="aside">{title}<p>{text}</p></section>'
    return (
        f'<section class="aside">{title}<ul>{"".join(f"<li>{line}.</li>" for line in lines)}</ul></section>'
    )


def mind(voice: Voice, items: Sequence[Standing]) -> str:
    """Return what would change our mind: detectable effect, people and weeks needed, what would raise the grade."""
    said: dict[str, list[str]] = {}  # what several programmes need is said once
    for item in items:
        if item.state == HIDDEN:
            continue
        parts = _open_question(voice, item)
        if item.would_raise and item.letter:
            what = voice.code("raise", item.would_raise[0])
            parts.append(voice.html("mind.raise", what=what, letter=item.letter))
        if parts:
            said.setdefault(voice.text("mind.join").join(parts), []).append(item.title)
    lines = [
        f"<li>{voice.html('mind.line', title=voice.listed(titles))}{text}.</li>"
        for text, titles in said.items()
    ]
    body = f"<ul>{''.join(lines)}</ul>" if lines else f"<p>{voice.html('mind.nothing')}</p>"
    return f'<section class="aside"><h2>{voice.html("mind.title")}</h2>{body}</section>'


def _moved(
    voice: Voice,
    item: Standing,
    decisions: Mapping[str, Mapping[str, Any]],
    effects: Mapping[str, Mapping[str, Any]],
) -> list[str]:
    before = decisions.get(item.programme_id)
    if before is None:
        return [voice.html("changes.new", title=item.title)]
    lines = []
    if before.get("decision") and before["decision"] != item.action:
        names = {
            "before": voice.code("action", str(before["decision"])),
            "after": voice.code("action", item.action),
        }
        why = _why(voice, item, effects.get(item.programme_id, {}))
        lines.append(voice.html("changes.action", title=item.title, why=why, **names))
    old = effects.get(item.programme_id, {}).get("estimate")
    if item.shown and isinstance(old, (int, float)) and math.isfinite(old):
        was, now = voice.points(float(old)), voice.points(item.estimate)
        # a tenth of the half-width is no news
        least = (item.high - item.low) / 20
        if was != now and not abs(item.estimate - float(old)) < least:
            lines.append(voice.html("changes.estimate", title=item.title, before=was, after=now))
    return lines


def _why(voice: Voice, item: Standing, old: Mapping[str, Any]) -> str:
    """Why the rule says something else now: what held it back, and what moved besides the estimate."""
    past = str(old.get("reason") or "")
    if past and past != item.reason:
        parts = [voice.text("changes.why_past", reason=voice.code("reason", past))]
    else:
        parts = [voice.code("reason", item.reason)]
    if old.get("grade") and item.letter and old["grade"] != item.letter:
        parts.append(voice.text("changes.why_grade", before=old["grade"], after=item.letter))
    low, high = (as_float(old.get(end)) for end in ("conf_low", "conf_high"))
    ratio = (item.high - item.low) / (high - low) if high > low else math.nan
    if abs(ratio - 1) > MUCH:  # False where a number is unknown
        ends = {"before": voice.interval(low, high), "after": voice.interval(item.low, item.high)}
        parts.append(voice.text(f"changes.why_{'narrower' if ratio < 1 else 'wider'}", **ends))
    return voice.text("mind.join").join(parts)


def _open_question(voice: Voice, item: Standing) -> list[str]:
    if item.state != "cannot_tell":
        return []
    parts = []
    if math.isfinite(item.detectable):
        parts.append(voice.html("mind.detectable", value=voice.points(item.detectable, signed=False)))
    if math.isfinite(item.people_needed):
        n = max(int(headcount(item.people_needed)), voice.min_n)
        needed = voice.html("mind.people", n=n, n_text=voice.count(n))
        if n > 1.5 * (item.n_trained + item.n_comparison):  # False where a number is unknown
            needed += f" ({voice.html('mind.beyond')})"
        parts.append(needed)
    if math.isfinite(item.weeks_needed):
        n = max(1, math.ceil(item.weeks_needed))
        parts.append(voice.html("mind.weeks", n=n, n_text=voice.count(n)))
    return parts
