"""The first screen of the portfolio: what to scale, change or stop, a row per programme, what has changed."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from tne.report.block import Block
from tne.report.first_screen import first_screen, score_table
from tne.report.front import mind
from tne.report.interval_svg import Scale, common_scale, interval_svg
from tne.report.portfolio_programme import Overall, overall_rows
from tne.report.portfolio_words import action_words, portfolio_headline, portfolio_lead, verdict_words
from tne.report.published import machine_data, value_words
from tne.report.scorecard import effects_caption, effects_heads, grade_key
from tne.report.standing import HIDDEN, Standing
from tne.report.tips import tip
from tne.report.voice import Voice

_TONE = {"scale": "effective", "keep": "effective", "revise": "not_effective", "stop": "not_effective"}


def portfolio_front(
    voice: Voice,
    items: Sequence[Overall],
    *,
    facts: Mapping[str, Any],
    previous: Sequence[Overall] | None = None,
    since: Any = None,
    due: Sequence[Mapping[str, Any]] = (),
    begun: int = 0,
    planned: int = 0,
) -> Block:
    """Return the first screen: the finding, the decisions, a row per programme, what changed, what would change it.

    Parameters
    ----------
    voice : Voice
        Of market "all".
    items : sequence of Overall
        Programmes that have begun.
    facts : mapping
        ``moderators``, ``audits``, ``data_to``; see `tne.report.front.front`.
    previous : sequence of Overall, optional
        The same at the end of the quarter before; None says that there is nothing to compare with.
    since : date, optional
        The last day of which `previous` knew.
    due : sequence of mapping
        Of `plans_due`: plans that can still be frozen.
    begun, planned : int
        Programmes that have begun, whether or not anything is known of their effect, and those that have not.

    Returns
    -------
    Block
        Kind ``"front"``; its rows are the pooled effects.

    Raises
    ------
    KeyError
        If the catalogues lack a phrase.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "all", "name": "Everywhere", "language": "en"})
    >>> tne.say.portfolio_front(voice, [], facts={}, planned=2).facts["headline"]
    'Which programmes work, where, and what to do'
    """
    title = portfolio_headline(voice, items, begun, planned)
    then = {"previous": previous, "since": since}
    lead = " ".join(portfolio_lead(voice, items, due, begun, planned, **then))
    later = f"{_changes(voice, items, previous, since)}{_mind(voice, items)}" if items else ""
    below = f"{_table(voice, items)}{later}"
    return first_screen(voice, title, lead, below, facts=facts, rows=overall_rows(voice, items))


def _table(voice: Voice, items: Sequence[Overall]) -> str:
    if not items:
        return ""
    drawn = [item for item in items if item.shown]
    minimums = {item.minimum for item in drawn if math.isfinite(item.minimum)}
    numbers = [(i.effect["estimate"], i.effect["conf_low"], i.effect["conf_high"]) for i in drawn]
    scale = common_scale(numbers, list(minimums)) if drawn else None
    caption = effects_caption(voice, minimums, voice.percent(0.95))
    heads = effects_heads(voice)
    body = "".join(_row(voice, item, scale) for item in items)
    letters = {part.letter for item in items for _, part in item.parts if part.letter}
    footnote = f'<p class="footnote">{voice.html("portfolio.no_new_test")}</p>'
    below = f"{grade_key(voice, letters)}{footnote}"
    title = voice.html("portfolio.table_title")
    return score_table(title, caption, heads, body, below=below, css="scorecard needs")


def _row(voice: Voice, item: Overall, scale: Scale | None) -> str:
    n = len(item.parts)
    trained = (
        voice.text("scorecard.trained", n_text=voice.count(item.n_trained))
        if math.isfinite(item.n_trained)
        else voice.text("scorecard.too_few", min_n=voice.min_n)
    )
    people = f"{trained} · {voice.text('portfolio.markets', n=n, n_text=voice.count(n))}"
    return (
        f'<tr class="s-{escape(item.state)}"><th scope="row" class="c-programme">{escape(item.title)}'
        f"<small>{escape(people)}</small></th>"
        f'<td class="c-change"{machine_data(item.effect)}>{_change(voice, item, scale)}</td>'
        f'<td class="c-evidence">{_evidence(voice, item)}</td>'
        f'<td class="c-action">{_action(voice, item)}</td></tr>'
    )


def _change(voice: Voice, item: Overall, scale: Scale | None) -> str:
    verdict = f'<span class="word">{verdict_words(voice, item)}</span>'
    if not item.shown or scale is None:
        if item.state == HIDDEN:
            reason = voice.text("scorecard.too_few", min_n=voice.min_n)
        else:
            reason = voice.code("reason", "evidence_too_weak" if item.pooled == 0 else "too_few_people")
        text = f'<span class="none">{voice.html("scorecard.no_number", reason=reason)}</span>'
        return f"{text} {verdict}" if item.state != HIDDEN else text
    row = item.effect
    state = item.state if item.state in ("effective", "not_effective", "harmful") else "cannot_tell"
    drawing = interval_svg(scale, row["estimate"], row["conf_low"], row["conf_high"], item.minimum, state)
    words = value_words(voice, row)
    value = f'<span class="value"><b>{escape(words["value"])}</b> ({escape(words["interval"])})</span> '
    if item.pooled < 2:
        below = voice.html("portfolio.one_market")
    elif math.isfinite(item.low) and math.isfinite(item.high):
        below = voice.html("portfolio.further", interval=voice.interval(item.low, item.high))
    else:
        below = voice.html("portfolio.further_unknown")
    return f"{drawing}{value}{verdict}<small>{below}</small>"


def _evidence(voice: Voice, item: Overall) -> str:
    """The markets by grade; those that are too small at the end."""
    lines = []
    for letter in sorted({part.letter for _, part in item.parts if part.letter}):
        names = [name for name, part in item.parts if part.letter == letter]
        meaning = voice.text(f"grade.{letter}.meaning")
        full = voice.html("grade.full", label=voice.text("grade.label", letter=letter), meaning=meaning)
        badge = f'<span aria-hidden="true">{escape(letter)}</span><span class="sr">{full}</span>'
        told = f"<small>{escape(voice.listed(names))}</small>"
        lines.append(f"{tip(voice, f'grade.{letter}', badge, 'grade')}{told}")
    small = item.markets(HIDDEN)
    if small:
        reason = escape(voice.text("scorecard.too_few", min_n=voice.min_n))
        lines.append(f'<small class="none">{reason}: {escape(voice.listed(small))}</small>')
    return "".join(f"<div>{line}</div>" for line in lines)


def _action(voice: Voice, item: Overall) -> str:
    told = item.actions()
    if not told:
        return f"<b>{escape(voice.code('action', 'measure_better'))}</b>"
    lines = []
    for action, role, due, names in told:
        where = f": {escape(voice.listed(names))}" if len(told) > 1 or len(names) < len(item.parts) else ""
        who = action_words(voice, action, role, due)
        tone = _TONE.get(action, "cannot_tell")
        said = escape(voice.code("action", action))
        lines.append(f'<div class="s-{tone}"><b>{said}</b>{where}<small>{who}</small></div>')
    return "".join(lines)


def _changes(voice: Voice, items: Sequence[Overall], previous: Sequence[Overall] | None, since: Any) -> str:
    title = f"<h2>{voice.html('changes.title')}</h2>"
    if previous is None:
        return f'<section class="aside">{title}<p>{voice.html("changes.first")}</p></section>'
    before = {item.programme_id: item for item in previous}
    lines = [line for item in items for line in _moved(voice, item, before.get(item.programme_id))]
    gone = len(set(before) - {item.programme_id for item in items})
    if gone:
        lines.append(voice.html("changes.gone", n=gone, n_word=voice.word(gone)))
    title += f"<p>{voice.html('portfolio.compared', date=since)}</p>" if since is not None else ""
    if not lines:
        return f'<section class="aside">{title}<p>{voice.html("changes.none")}</p></section>'
    told = "".join(f"<li>{line}.</li>" for line in lines)
    return f'<section class="aside">{title}<ul>{told}</ul></section>'


def _moved(voice: Voice, item: Overall, before: Overall | None) -> list[str]:
    if before is None:
        return [voice.html("changes.new", title=item.title)]
    was = dict(before.parts)
    moves: dict[tuple[str, str], list[str]] = {}
    for name, part in item.parts:
        old = was.get(name)
        if old is not None and HIDDEN not in (old.state, part.state) and old.action != part.action:
            moves.setdefault((old.action, part.action), []).append(name)
    lines = [
        voice.html(
            "portfolio.moved",
            title=item.title,
            markets=voice.listed(names),
            before=voice.code("action", old),
            after=voice.code("action", new),
        )
        for (old, new), names in moves.items()
    ]
    fresh = [name for name, _ in item.parts if name not in was]
    if fresh:
        lines.append(voice.html("portfolio.new_markets", title=item.title, markets=voice.listed(fresh)))
    if item.shown and before.shown:
        then, now = before.effect["estimate"], item.effect["estimate"]
        least = (
            item.effect["conf_high"] - item.effect["conf_low"]
        ) / 20  # a tenth of the half-width is no news
        if voice.points(then) != voice.points(now) and not abs(now - then) < least:
            words = {"before": voice.points(then), "after": voice.points(now)}
            lines.append(voice.html("changes.estimate", title=item.title, **words))
    return lines


def _mind(voice: Voice, items: Sequence[Overall]) -> str:
    """What would make the evidence stronger where a programme cannot be judged in any market."""
    asked = []
    for item in items:
        parts = [part for _, part in item.parts if part.letter and part.would_raise]
        if item.state == "cannot_tell" and parts:
            raises = Counter((part.letter, part.would_raise[0]) for part in parts).most_common(1)[0][0]
            asked.append(
                Standing(
                    programme_id=item.programme_id,
                    title=item.title,
                    state=item.state,
                    action="measure_better",
                    letter=raises[0],
                    would_raise=(raises[1],),
                )
            )
    return mind(voice, asked)
