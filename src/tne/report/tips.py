"""Words that explain themselves: a button in the text opens the entry of the glossary, by mouse, touch and keyboard.

The browser does it alone (the ``popover`` attribute), without a script. Where it cannot, and on paper, the word is
plain text, and the glossary stands at the end of the report.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape

from tne.report.voice import Voice

# a button, not a text that looks like its attribute: there "<" is escaped
_BUTTON = re.compile(r'<button\b[^<>]*\bpopovertarget="tip-([a-zA-Z0-9_.]+)"')
GRADE = "grade."  # the meaning of one letter; all else are keys of the glossary


def tip(voice: Voice, term: str, shown: str, css: str = "term") -> str:
    """Return `shown` as a button that explains a term.

    Parameters
    ----------
    term : str
        Key of the glossary (``"interval"``, ``"test.facility"``), or a grade (``"grade.B"``).
    shown : str
        HTML, escaped by the caller.
    css : str
        Class of the button.
    """
    if not (voice.has(f"glossary.{term}_text") or voice.has(f"{term}.meaning")):
        raise KeyError(f"The glossary has no term {term!r}.")
    return f'<button type="button" class="{escape(css)}" popovertarget="tip-{escape(term)}">{shown}</button>'


def explanations(voice: Voice, html: Iterable[str]) -> str:
    """Return the entries that the buttons in `html` open, each once, in the order of their keys."""
    terms = sorted({term for part in html for term in _BUTTON.findall(part)})
    return "".join(_entry(voice, term) for term in terms)


def _entry(voice: Voice, term: str) -> str:
    values = {"level": voice.percent(0.95), "min_n": voice.min_n}
    if term.startswith(GRADE):
        letter = term.removeprefix(GRADE)
        meaning = voice.text(f"{term}.meaning")
        title = voice.html("grade.full", label=voice.text("grade.label", letter=letter), meaning=meaning)
        text = voice.html("glossary.grade_text", **values)
    else:
        title, text = voice.html(f"glossary.{term}"), voice.html(f"glossary.{term}_text", **values)
    return f'<div class="tip" id="tip-{escape(term)}" popover><p><b>{title}</b></p><p>{text}</p></div>'
