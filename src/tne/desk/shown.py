"""How an answer looks in a notebook: the sentence first, then what it rests on. Every value is escaped."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from html import escape
from importlib import resources
from typing import TYPE_CHECKING, Any

import pandas as pd

from tne.desk.found import Parts
from tne.desk.marks import SHARING
from tne.result import Check, frame_html

if TYPE_CHECKING:
    from tne.desk.answer import Answer
    from tne.desk.cohorts import Comparison
    from tne.report.block import Block

_SIGNS = {"pass": "✓", "warn": "!", "fail": "✗", "not_run": "–"}
_WORDS = {"pass": "passed", "warn": "warning", "fail": "failed", "not_run": "not run"}
STYLE = f"<style>{resources.files(__package__).joinpath('desk.css').read_text(encoding='utf-8')}</style>"
# A word that explains itself on a page: the explanations do not stand here
_TERM = re.compile(r"<button[^>]*popovertarget[^>]*>(.*?)</button>", re.DOTALL)
# The text to copy is read from the page; nothing of the data stands in the handler
_COPY = (
    "const b=this,t=b.parentNode.querySelector('pre').innerText;"
    "navigator.clipboard.writeText(t).then(()=>{b.textContent='Copied';setTimeout(()=>b.textContent='Copy code',1500)})"
)


BEING_DRAWN = '<p role="status">The figure is being drawn …</p>'


def message_html(error: Exception, what: str) -> str:
    """Return an error as a reader needs it: what, and what to do."""
    words = str(error.args[0]) if error.args else type(error).__name__
    return f'<p class="mark" role="status"><strong>{what}</strong> {escape(words)}</p>'


def answer_html(answer: Answer) -> str:
    """Return an answer as one escaped piece of HTML."""
    inside = (lead_html(answer), body_html(answer), parts_html(answer.parts), code_html(answer.code))
    return f'{STYLE}<div class="tne-desk">{"".join(inside)}</div>'


def lead_html(answer: Answer) -> str:
    """Return the sentence, whether it may be shared, and what it does not say."""
    notes = "".join(f"<p>{escape(note)}</p>" for note in answer.found.notes)
    return f'<p class="say">{escape(answer.found.sentence)}</p>{sharing_html(answer)}{notes}'


def sharing_html(answer: Answer) -> str:
    """Return whether the number itself may be shared."""
    if math.isnan(answer.estimate):
        return ""
    if answer.sharing:
        return f'<p class="mark"><strong>{escape(answer.sharing.capitalize())}.</strong></p>'
    return (
        '<p class="fine">Enough people for a report, which shows it rounded. '
        "This exact number stays at the desk.</p>"
    )


def body_html(answer: Answer, *, at_once: bool = False) -> str:
    """Return figure and checks side by side, checks alone where nothing is drawn; every number behind a fold.

    With `at_once` a figure that is still to be drawn is only announced.
    """
    if at_once and not answer.found.is_drawn:
        drawn = BEING_DRAWN
    else:
        try:
            drawn = _drawn_html(*answer.found.drawing)
        except Exception as error:  # whatever it is: checks and numbers stand without it
            drawn = message_html(error, "No figure.")
    every = (
        "<details><summary>Every number of the result</summary>"
        f'<div class="scroll" tabindex="0" role="region" aria-label="Every number of the result">'
        f"{frame_html(answer.to_frame())}</div></details>"
    )
    if not drawn:
        return checks_html(answer.checks) + every
    return f'<div class="two"><div>{drawn}{every}</div><div>{checks_html(answer.checks)}</div></div>'


def _drawn_html(figure: Block | None, hidden: int) -> str:
    drawn = "" if figure is None else _TERM.sub(r"\1", figure.html)
    if hidden:
        drawn += (
            f"<p>Not drawn, as a report would hide it: {hidden} {'number' if hidden == 1 else 'numbers'}.</p>"
        )
    return drawn


def checks_html(checks: Iterable[Check]) -> str:
    """Return what was tested: a sign, a word and the numbers behind it."""
    items = "".join(
        f'<li><span class="sign" aria-hidden="true">{_SIGNS[c.status]}</span>{escape(c.name.replace("_", " "))}: '
        f"<strong>{_WORDS[c.status]}</strong>. {_detail(c)}</li>"
        for c in checks
    )
    return f"<h3>Checks</h3><ul>{items}</ul>" if items else ""


def _detail(check: Check) -> str:
    """Return what a check says as a sentence, names between backticks as code, numbers with a true minus."""
    said = re.sub(r"(?<![\w.-])-(?=[\d.])", "−", check.detail[:1].upper() + check.detail[1:])
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(said))


def parts_html(parts: Parts) -> str:
    """Return the next step down as a table with its marks; why there is none, else."""
    note = f"<p>{escape(parts.note)}</p>" if parts.note else ""
    if parts.frame.empty:
        return f"<h3>Parts</h3>{note}" if note else ""
    shares = parts.frame["unit"].eq("share").all() if "unit" in parts.frame else False
    factor, unit = (100.0, " %") if shares else (1.0, "")
    digits = 1 if shares else 2
    rows = parts.frame.to_dict("records")
    low, high = _span(rows, factor)
    head = "".join(
        f'<th scope="col" class="{kind}">{name}</th>'
        for name, kind in ((_HEAD[parts.key], ""), ("Estimate", "n"), ("Interval", "n"), ("", ""), ("People", "n"),
                           ("For sharing?", ""))
    ).replace('<th scope="col" class=""></th>', "<td></td>")  # fmt: skip
    body = "".join(_row(row, factor, unit, digits, (low, high)) for row in rows)
    hidden = sum(bool(row[SHARING]) for row in rows)
    told = f"<p>A report would hide {hidden} of {len(rows)} rows.</p>" if hidden else ""
    return (
        f'<h3>{escape(parts.title)}</h3>{note}{told}<div class="scroll" tabindex="0" role="region" '
        f'aria-label="{escape(parts.title)}"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    )


_HEAD = {"market": "Market", "programme": "Programme", "cohort": "Cohort", "area": "Policy area"}


def code_html(code: str) -> str:
    """Return the lines of code with a button that copies them."""
    return (
        '<h3>As code</h3><div class="code"><pre tabindex="0" role="region" aria-label="Code that gives this number">'
        f'{escape(code)}</pre><button type="button" data-lm-suppress-shortcuts="true" onclick="{escape(_COPY)}">'
        "Copy code</button></div>"
    )


def _row(row: Mapping[str, Any], factor: float, unit: str, digits: int, span: tuple[float, float]) -> str:
    name, why = escape(str(row["name"])), _why(row)
    if pd.isna(row["estimate"]):
        return (
            f'<tr><th scope="row">{name}</th><td class="n">–</td><td></td><td></td><td class="n">'
            f'{_count(row.get("n_people"))}</td><td class="why">{escape(str(row.get("note") or ""))}</td></tr>'
        )
    ends = [factor * float(row[end]) for end in ("conf_low", "conf_high")]
    spoken = (
        "–" if math.isnan(sum(ends)) else f"{ends[0]:.{digits}f} to {ends[1]:.{digits}f}".replace("-", "−")
    )
    value = factor * float(row["estimate"])
    return (
        f'<tr><th scope="row">{name}</th><td class="n">{_minus(value, digits)}{unit}</td><td class="n">{spoken}</td>'
        f'<td>{_bar(value, ends, *span)}</td><td class="n">{_count(row.get("n_people"))}</td>'
        f'<td class="why">{why}</td></tr>'
    )


def _why(row: Mapping[str, Any]) -> str:
    why = str(row[SHARING])
    head, _, rest = why.partition(": ")
    return f"<strong>{escape(head.capitalize())}:</strong> {escape(rest)}" if why else "yes, rounded"


def _bar(value: float, ends: list[float], low: float, high: float) -> str:
    """Return estimate and interval as a small drawing; the numbers beside it say the same."""
    wide = high - low or 1.0
    x = [round(6 + 108 * (v - low) / wide, 1) for v in (value, *ends)]
    zero = (
        f'<path d="M{6 + 108 * -low / wide:.1f} 2v16" stroke="currentColor" stroke-dasharray="2 2"/>'
        if low < 0 < high
        else ""
    )
    line = (
        ""
        if math.isnan(x[1] + x[2])
        else f'<path d="M{x[1]} 10H{x[2]}" stroke="#2a8f6b" stroke-width="2.5"/>'
    )
    return (
        f'<svg width="120" height="20" aria-hidden="true">{zero}{line}'
        f'<circle cx="{x[0]}" cy="10" r="4.5" fill="#2a8f6b"/></svg>'
    )


def _span(rows: list[dict[str, Any]], factor: float) -> tuple[float, float]:
    values = [factor * float(row[name]) for row in rows for name in ("estimate", "conf_low", "conf_high")]
    known = [value for value in values if not math.isnan(value)]
    return (min(known), max(known)) if known else (0.0, 1.0)


def _minus(value: float, digits: int) -> str:
    return f"{value:.{digits}f}".replace("-", "−")


def _count(n: Any) -> str:
    return "–" if n is None or pd.isna(n) else f"{int(n):,}"


def comparison_html(found: Comparison) -> str:
    """Return two cohorts side by side: sentence, mark, levels, checks."""
    rows = "".join(
        f'<tr><th scope="row">{escape(str(row["name"]))}</th><td class="n">{_count(row["people"])}</td>'
        f'<td class="n">{_minus(row["before"], 1)}</td><td class="n">{_minus(row["after"], 1)}</td></tr>'
        for row in found.levels.to_dict("records")
    )
    heads = ("Cohort", "People", f"Before, {found.unit}", f"After, {found.unit}")
    head = "".join(f'<th scope="col" class="{"n" if i else ""}">{name}</th>' for i, name in enumerate(heads))
    mark = (
        f'<p class="mark"><strong>{escape(found.sharing.capitalize())}.</strong></p>' if found.sharing else ""
    )
    return (
        f'{STYLE}<div class="tne-desk"><p class="say">{escape(found.sentence)}</p>{mark}<p>{escape(found.note)}</p>'
        f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{checks_html(found.checks)}"
        f"{code_html(found.code)}</div>"
    )
