"""The running text of a report: sections, paragraphs, caveats, threats, method notes, glossary."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from tne.report.block import Block
from tne.report.catalogue import catalogue
from tne.report.standing import standing
from tne.report.voice import Voice

STATUS_MARK = {"pass": "✓", "warn": "!", "fail": "✕", "not_run": "–"}


def section(voice: Voice, key: str, *, finding: str | None = None) -> Block:
    """Return a section heading (h2); the page collects it into the table of contents.

    Parameters
    ----------
    voice : Voice
    key : str
        ``"coverage" "reaction" "learning" "retention" "behaviour" "groups" "results" "value" "needs" "next"
        "quality" "methods" "glossary" "about"``.
    finding : str, optional
        Variant that states the finding, for example ``"rose"``; see ``[section.<key>]`` in the catalogues.

    Returns
    -------
    Block
        Of kind ``"section"``.

    Raises
    ------
    KeyError
        If the catalogues have no such section or finding.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> tne.say.section(voice, "quality").html
    '<h2 id="quality" class="part">How good the data are</h2>'
    """
    title = voice.text(f"section.{key}.{finding or 'title'}")
    anchor = slug(key)
    html = f'<h2 id="{anchor}" class="part">{escape(title)}</h2>'
    facts = {"anchor": anchor, "title": title, "short": voice.text(f"section.{key}.title")}
    return Block(html=html, kind="section", facts=facts)


def paragraph(voice: Voice, key: str, **values: Any) -> Block:
    """Return one paragraph of the catalogue, ``[paragraph]``.

    Parameters
    ----------
    voice : Voice
    key : str
        ``[paragraph.<key>]`` of the catalogues.
    **values
        What the phrase has places for.

    Returns
    -------
    Block
        Of kind ``"text"``.

    Raises
    ------
    KeyError
        If the catalogues have no such phrase.

    Notes
    -----
    `values` are shown as they are: pass settings and dates here, never a statistic about people.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> tne.say.paragraph(voice, "wellbeing").html[:60]
    '<p>Wellbeing is asked anonymously: it is compared with the w'
    """
    return Block(html=f"<p>{voice.html(f'paragraph.{key}', **_level(voice, values))}</p>", kind="text")


def caveat(voice: Voice, key: str, **values: Any) -> Block:
    """Return a caveat, ``[caveat]``; it stands directly before the finding that it limits.

    Parameters
    ----------
    voice : Voice
    key : str
        ``[caveat.<key>]`` of the catalogues.
    **values
        What the phrase has places for.

    Returns
    -------
    Block
        Of kind ``"caveat"``.

    Raises
    ------
    KeyError
        If the catalogues have no such phrase.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> tne.say.caveat(voice, "provisional").html
    '<p class="caveat">Audits of the last weeks are still arriving. Those weeks are left out.</p>'
    """
    html = f'<p class="caveat">{voice.html(f"caveat.{key}", **_level(voice, values))}</p>'
    return Block(html=html, kind="caveat")


def checks(voice: Voice, found: Iterable[Any], *, level: int = 4) -> Block:
    """Return the threats to validity that were tested, each with a status word and a mark.

    Parameters
    ----------
    voice : Voice
    found : iterable of Check
        Their names and statuses are used; the English detail stays on the desk.
    level : int
        Of the heading: one below the heading that it stands under.

    Returns
    -------
    Block
        Of kind ``"checks"``.

    Raises
    ------
    KeyError
        For a check that no catalogue knows, if the voice is strict.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> found = [tne.Check("balance", "pass", ""), tne.Check("attrition", "warn", "")]
    >>> tne.say.checks(voice, found).html.count("<li")
    2
    """
    items = "".join(_check(voice, check.name, check.status) for check in found)
    if not items:
        return Block(html="", kind="checks")
    title = voice.html("check.title")
    return Block(html=f'<h{level}>{title}</h{level}><ul class="checks">{items}</ul>', kind="checks")


def evidence(voice: Voice, effect: Any) -> Block:
    """Return why a programme has its evidence grade: design, meaning, and the threats that were tested.

    Parameters
    ----------
    voice : Voice
    effect : ProgrammeEffect
        Anything with its attributes. With too few people compared nothing is said about them.

    Returns
    -------
    Block
        Of kind ``"checks"``.

    Raises
    ------
    ValueError
        If the voice's `min_n` lies below 5.

    Examples
    --------
    >>> voice, ws = tne.say.voice({"market": "IE", "language": "en-IE"}), tne.open("data/sample")
    >>> programme = ws.programme("appeals-workshop")
    >>> effect = tne.primary_effect(ws.panel("appeals-workshop"), market="IE", programme=programme)
    >>> tne.say.evidence(voice, effect).html
    '<p>Why evidence D: no fair comparison. Design: one team or market trained at once.</p>'
    """
    item = standing(voice, effect)
    if not item.letter:
        return Block(html=f"<p>{voice.html('grade.hidden', min_n=voice.min_n)}</p>", kind="checks")
    why = voice.html(
        "grade.why",
        letter=item.letter,
        meaning=voice.text(f"grade.{item.letter}.meaning"),
        design=voice.code("design", item.design),
    )
    return Block(html=f"<p>{why}</p>{checks(voice, item.checks).html}", kind="checks")


def reason_text(voice: Voice, code: str) -> str:
    """Return the words for a reason code; ``<check>_<status>`` speaks with the words of that check."""
    name, _, status = code.rpartition("_")
    if code.endswith("_not_run"):
        name, status = code.removesuffix("_not_run"), "not_run"
    if not voice.has(f"reason.{code}") and voice.has(f"check.{name}.label") and status in STATUS_MARK:
        return f"{voice.text(f'check.{name}.label')}: {voice.text(f'check.{status}')}"
    return voice.code("reason", code)


def check_text(voice: Voice, name: str, status: str) -> str:
    """Return the sentence for a check's status, for example ``("pretrend", "fail")``."""
    if status == "not_run":
        return voice.text("check.untested")
    return voice.code("check", name, "pass" if status == "pass" else "fail")


def method_notes(voice: Voice, keys: Sequence[str]) -> Block:
    """Return short notes on the methods, ``[method]``, by key.

    Parameters
    ----------
    voice : Voice
    keys : sequence of str
        ``[method.<key>]`` of the catalogues, in reading order.

    Returns
    -------
    Block
        Of kind ``"methods"``.

    Raises
    ------
    KeyError
        If the catalogues have no such note.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> tne.say.method_notes(voice, ["primary", "disclosure"]).html.count("<li>")
    2
    """
    items = "".join(f"<li>{voice.html(f'method.{key}', **_level(voice, {}))}</li>" for key in keys)
    return Block(html=f'<ul class="methods">{items}</ul>', kind="methods")


def glossary(voice: Voice, keys: Sequence[str] | None = None) -> Block:
    """Return the words used, ``[glossary]``, by key; by default all that are not one report's own ("test.facility").

    Parameters
    ----------
    voice : Voice
    keys : sequence of str, optional
        ``[glossary.<key>]`` of the catalogues, in reading order.

    Returns
    -------
    Block
        Of kind ``"glossary"``.

    Raises
    ------
    KeyError
        If the catalogues have no such word.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> tne.say.glossary(voice, ["cohort"]).html
    '<dl><dt>Wave</dt><dd>People trained in the same week for the first time.</dd></dl>'
    """
    names = (
        keys
        if keys is not None
        else [
            name.removeprefix("glossary.")
            for name in catalogue("en")
            if name.startswith("glossary.") and not name.endswith("_text") and name.count(".") == 1
        ]
    )
    items = "".join(
        f"<dt>{voice.html(f'glossary.{name}')}</dt>"
        f"<dd>{voice.html(f'glossary.{name}_text', **_level(voice, {}))}</dd>"
        for name in names
    )
    return Block(html=f"<dl>{items}</dl>", kind="glossary")


def slug(text: str) -> str:
    """Return an anchor made of letters (of any script), digits and hyphens."""
    return re.sub(r"[\W_]+", "-", text.lower()).strip("-") or "part"


def _check(voice: Voice, name: str, status: str) -> str:
    label = escape(voice.code("check", name, "label"))
    text = escape(check_text(voice, name, status))
    word = voice.html(f"check.{status}")
    return (
        f'<li class="k-{escape(status)}"><span class="mark" aria-hidden="true">{STATUS_MARK[status]}</span>'
        f"<strong>{label}</strong>: {word}. {text}</li>"
    )


def _level(voice: Voice, values: dict[str, Any]) -> dict[str, Any]:
    """Settings that any phrase may name."""
    return {"level": voice.percent(0.95), "min_n": voice.min_n, **values}
