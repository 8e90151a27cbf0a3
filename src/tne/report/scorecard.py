"""One row per programme: what changed, how sure, what to do."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from html import escape

from tne.report.first_screen import KINDS, score_table
from tne.report.interval_svg import Scale, axis_svg, common_scale, interval_svg
from tne.report.standing import HIDDEN, Standing
from tne.report.tips import tip
from tne.report.voice import Voice

# reasons that more people would mend, whatever the comparison
TOO_FEW = ("interval_too_wide", "interval_too_wide_or_loss", "too_few_people", "small_sample")


def scorecard(voice: Voice, items: Sequence[Standing], worth: Mapping[str, str] | None = None) -> str:
    """Return the table of programmes with its footnotes as HTML.

    Parameters
    ----------
    voice : Voice
    items : sequence of Standing
    worth : mapping of programme_id to HTML, optional
        The value of a programme in a few words.

    Notes
    -----
    All drawings share one scale. A change among people who were chosen for low results is not shown as an effect
    unless it was compared; a footnote says how much of it comes by itself. On a phone the rows become cards.
    """
    if not items:
        return ""
    drawn = [item for item in items if item.shown]
    scale = (
        common_scale([(i.estimate, i.low, i.high) for i in drawn], [i.minimum for i in drawn])
        if drawn
        else None
    )
    noted = [item for item in items if item.selected and item.state != HIDDEN]
    marks = {item.programme_id: str(k) for k, item in enumerate(noted, start=1)}
    told = worth or {}
    body = "".join(
        _row(voice, item, scale, marks.get(item.programme_id, ""), told.get(item.programme_id, ""))
        for item in items
    )
    level = voice.percent(drawn[0].conf_level if drawn else 0.95)
    caption = effects_caption(voice, {item.minimum for item in drawn if math.isfinite(item.minimum)}, level)
    programme, change, *others = effects_heads(voice)
    heads = (programme, change + _axis(voice, scale), *others)
    notes = "".join(_footnote(voice, item, marks[item.programme_id]) for item in noted)
    letters = {item.letter for item in items if item.letter and item.state != HIDDEN}
    below = f"{grade_key(voice, letters)}{notes}"
    return score_table(voice.html("scorecard.title"), caption, heads, body, below=below)


def _row(voice: Voice, item: Standing, scale: Scale | None, mark: str, worth: str) -> str:
    people = escape(_people(voice, item))
    # beside the people, where a line more makes no row longer
    small = f"<small>{people}</small>" + (f"<small>{worth}</small>" if worth else "")
    name = f'<th scope="row" class="c-programme">{escape(item.title)}{small}</th>'
    # as in `tables.machine_values`: the numbers as they are shown, for programs
    shown = {"v": item.estimate, "low": item.low, "high": item.high} if item.shown else {}
    data = "".join(f' data-{part}="{value:.1f}"' for part, value in shown.items() if math.isfinite(value))
    change = f'<td class="c-change"{data}>{_change(voice, item, scale, mark)}</td>'
    evidence = f'<td class="c-evidence">{_evidence(voice, item)}</td>'
    action = f'<td class="c-action">{_action(voice, item)}</td>'
    return f'<tr class="s-{escape(item.state)}">{name}{change}{evidence}{action}</tr>'


def effects_heads(voice: Voice) -> tuple[str, ...]:
    """Return the headers of a table of effects, as HTML."""
    programme, change, evidence, action = (voice.html(f"scorecard.{kind}") for kind in KINDS)
    return programme, tip(voice, "points", change), tip(voice, "grade", evidence), action


def effects_caption(voice: Voice, minimums: Collection[float], level: str) -> str:
    """Return the caption of a table of effects: the interval, and the smallest effect worth having where all share it.

    Parameters
    ----------
    voice : Voice
    minimums : collection of float
        Each once, in points.
    level : str
        Level of confidence in words, "95 %".
    """
    if len(minimums) == 1:
        shown = voice.points(next(iter(minimums)))
        return voice.html("scorecard.caption_at", level=level, minimum=shown)
    return voice.html("scorecard.caption" if minimums else "scorecard.caption_plain", level=level)


def grade_key(voice: Voice, letters: Collection[str]) -> str:
    """Return what the letters in the table mean, for those who cannot press them: on paper, in a picture."""
    meanings = "".join(
        f"<li><b>{escape(letter)}</b> {voice.html(f'grade.{letter}.meaning')}</li>"
        for letter in sorted(letters)
    )
    return f'<ul class="key">{meanings}</ul>' if letters else ""


def _people(voice: Voice, item: Standing) -> str:
    def count(n: float) -> str:
        return voice.count(n) if math.isfinite(n) else voice.text("scorecard.fewer", min_n=voice.min_n)

    if item.state == HIDDEN and not math.isfinite(item.n_trained):
        return voice.text("scorecard.small_group", min_n=voice.min_n)
    # where a whole market is compared, everybody in it counts, also those who did not come
    whole = item.design == "one_treated_cluster" and math.isfinite(item.n_comparison)
    trained = voice.text(
        "scorecard.in_market" if whole else "scorecard.trained", n_text=count(item.n_trained)
    )
    if item.state == HIDDEN or not math.isfinite(item.n_comparison):
        return trained
    against = {"randomised": "versus_waitlist", "staggered": "versus_not_yet"}.get(
        item.design, "versus_comparison"
    )
    return f"{trained} · " + voice.text(f"scorecard.{against}", n_text=count(item.n_comparison))


def _change(voice: Voice, item: Standing, scale: Scale | None, mark: str) -> str:
    label = escape(voice.text("scorecard.footnote", mark=mark))
    sup = f'<sup><a id="mark-{mark}" href="#note-{mark}" aria-label="{label}">{mark}</a></sup>'
    sup = sup if mark else ""
    if not item.shown:
        if item.state == HIDDEN:
            few = item.note == "few_people"
            reason = (
                voice.text("scorecard.too_few", min_n=voice.min_n) if few else voice.code("note", item.note)
            )
            text = voice.html("scorecard.no_number", reason=reason)
        elif item.selected:
            text = voice.html("scorecard.not_an_effect")
        else:
            text = voice.html("scorecard.no_number", reason=voice.code("reason", item.reason))
        return f'<span class="none">{text}</span>{sup}'
    drawing = (
        interval_svg(scale, item.estimate, item.low, item.high, item.minimum, item.state) if scale else ""
    )
    value = escape(voice.points(item.estimate))
    interval = escape(voice.interval(item.low, item.high))
    verdict = voice.html(f"verdict.{item.state}")
    why = f"<small>{escape(reason)}</small>" if (reason := _reason(voice, item)) else ""
    return (
        f'{drawing}<span class="value"><b>{value}</b> ({interval}){sup}</span> '
        f'<span class="word">{verdict}</span>{why}'
    )


def _reason(voice: Voice, item: Standing) -> str:
    """Return what the drawing and the verdict alone would leave unsaid, "" where they say all."""
    if item.state == "cannot_tell":
        return voice.code("reason", item.reason)
    if item.state == "not_effective" and item.loss_possible:
        return voice.text("scorecard.loss_possible")
    # the rule tests at a stricter level than the interval shows, so that the two may seem to differ
    seems = item.reason == "above_zero_below_minimum" and item.low > item.minimum
    return voice.code("reason", item.reason) if item.action == "keep" and not seems else ""


def _evidence(voice: Voice, item: Standing) -> str:
    if not item.letter:
        return f'<span class="none">{voice.html("grade.none")}</span>'
    meaning = voice.text(f"grade.{item.letter}.meaning")
    full = voice.html("grade.full", label=voice.text("grade.label", letter=item.letter), meaning=meaning)
    # where no number is shown there is none to be exact
    precision = f"<small>{escape(voice.code('precision', item.precision))}</small>" if item.shown else ""
    badge = f'<span aria-hidden="true">{escape(item.letter)}</span><span class="sr">{full}</span>'
    return f"{tip(voice, f'grade.{item.letter}', badge, 'grade')}{precision}"


def _action(voice: Voice, item: Standing) -> str:
    role = voice.code("role", item.owner_role)
    who = escape(role[:1].upper() + role[1:])
    if item.due is not None:
        # what is kept needs nothing done by that day but another look
        by = "scorecard.review" if item.action == "keep" else "scorecard.by"
        who += f' <span class="when">{voice.html(by, date=item.due)}</span>'
    return f"<b>{escape(voice.code('action', item.action))}</b>{_how(voice, item)}<small>{who}</small>"


def _how(voice: Voice, item: Standing) -> str:
    """How to measure better, as the reason of the verdict has it; "" for other actions."""
    if item.action != "measure_better":
        return ""
    if item.reason == "window_incomplete":
        what = "wait"
    elif item.reason in TOO_FEW or not item.would_raise:
        what = "more_people"
    else:
        what = item.would_raise[0]
    return f"<small>{voice.html('scorecard.how', what=voice.code('raise', what).rstrip(','))}</small>"


def _footnote(voice: Voice, item: Standing, mark: str) -> str:
    values = {"title": item.title}
    key = "scorecard.selected_plain"
    # an expectation of nothing or less is noise: results after a bad spell do not fall by themselves
    if math.isfinite(item.naive) and item.naive > 0 and item.expected > 0:
        key = "scorecard.selected" if item.expected < item.naive else "scorecard.selected_all"
        values["naive"] = voice.points(item.naive, signed=False)
        values["expected"] = voice.points(item.expected, signed=False)
    return f'<p class="footnote" id="note-{mark}"><sup>{mark}</sup> {voice.html(key, **values)}</p>'


def _axis(voice: Voice, scale: Scale | None) -> str:
    if scale is None:
        return ""
    ticks = scale.ticks()
    decimals = 0 if all(float(t).is_integer() for t in ticks) else 1
    return axis_svg(scale, [(t, escape(voice.number(t, decimals, signed=True))) for t in ticks])
