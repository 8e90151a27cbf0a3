"""Which frames on an analyst's screen are not for sharing? In a notebook a line above them says so."""

from __future__ import annotations

import os
from html import escape
from typing import Any

from tne.report.chosen import CHOSEN, is_chosen

PEOPLE = frozenset(
    {"moderator_id", "auditor_id", "rater_id", "trainer_id", "respondent_id", "attempt_id", "response_id"}
)
PERSON_LEVEL = "its rows are about single people."
UNGATED = "its numbers have not passed the gate. What may leave is made with tne.say."
_FRAMES = (("pandas", "DataFrame"), ("pandas.core.frame", "DataFrame"))
_COUNTS = ("n", "n_people", "n_people_total")
_ENOUGH = 200  # rows that are looked at
_STYLE = "border-left:3px solid #b3261e;padding-left:.5em;margin:.3em 0"
_MARK = f'<p style="{_STYLE}"><strong>Not for sharing:</strong> {{}}</p>'
_WARNING = f'<p style="{_STYLE}"><strong>No effect:</strong> {{}}</p>'


def mark(shell: Any) -> None:
    """Have an IPython shell say above which frames and results are not for sharing; reports that run are left alone.

    Parameters
    ----------
    shell : InteractiveShell
        Its HTML formatter gets two entries; nothing else is changed.
    """
    if os.environ.get("TNE_READS"):  # the kernel of a report: what it shows passes the gates
        return
    html = shell.display_formatter.formatters["text/html"]
    for module, name in _FRAMES:
        html.for_type_by_name(module, name, _frame)
    html.for_type_by_name("tne.result", "Result", _result)


def reason(frame: Any) -> str:
    """Return why a frame is not for sharing, "" if nothing speaks against it.

    Parameters
    ----------
    frame : DataFrame
        Person-level where a column or the index is of people; ungated where it has estimates that the gate would still
        change: exact headcounts, or more digits than it lets through.
    """
    names = {str(name) for name in (*frame.columns, *frame.index.names)}
    if names & PEOPLE:
        return PERSON_LEVEL
    return UNGATED if {"estimate", "n_people"} <= names and not _gated(frame) else ""


def _gated(frame: Any) -> bool:
    from tne.report.rounding import as_float, round_to_half_width

    columns = [name for name in ("estimate", "conf_low", "conf_high", *_COUNTS) if name in frame]
    for row in frame[columns].head(_ENOUGH).to_dict("records"):
        shown = [as_float(row.get(name)) for name in ("estimate", "conf_low", "conf_high")]
        counts = [as_float(row.get(name)) for name in _COUNTS]
        if any(count % 5 for count in counts if count == count):
            return False
        if shown[0] == shown[0] and not _same(shown, round_to_half_width(*shown)):
            return False
    return True


def _same(given: Any, rounded: Any) -> bool:
    return all(a != a or abs(a - b) <= 1e-9 * max(1.0, abs(a)) for a, b in zip(given, rounded, strict=True))


def _frame(frame: Any) -> str | None:
    shown: str | None = frame._repr_html_()
    why = reason(frame)
    return _MARK.format(escape(why)) + shown if why and shown else shown


def _result(result: Any) -> str:
    chosen = _WARNING.format(escape(CHOSEN)) if is_chosen(result) else ""
    return chosen + _MARK.format(escape(UNGATED)) + str(result._repr_html_())
