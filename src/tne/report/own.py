"""The words of a report of one's own, which stand in no catalogue: a headline, a section, a text."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from tne.report.block import Block
from tne.report.first_screen import first_screen
from tne.report.narrative import slug
from tne.report.voice import Voice


def own_front(voice: Voice, title: str, lead: str = "", *, facts: Mapping[str, Any] | None = None) -> Block:
    """Return the first screen of a report of one's own: its headline, a sentence under it, the line of facts.

    Parameters
    ----------
    voice : Voice
    title : str
        The headline, in the language of the reader. It holds no number.
    lead : str
        A sentence or two under it, without numbers too.
    facts : mapping, optional
        Keys ``moderators``, ``tested`` (people), ``audits`` (rows), ``data_to`` (date); people are rounded to 5.

    Returns
    -------
    Block
        Of kind ``"front"``; the page begins with it.

    Raises
    ------
    ValueError
        If the words hold a digit.

    Examples
    --------
    >>> import tne
    >>> voice = tne.say.voice({"market": "IE", "name": "Ireland", "language": "en-IE"}, report="queues")
    >>> tne.say.own_front(voice, "Which queue is hardest?").facts["headline"]
    'Which queue is hardest?'
    """
    _wordy(title, lead)
    return first_screen(voice, title, escape(lead) if lead else None, "", facts=facts or {})


def own_section(voice: Voice, title: str) -> Block:
    """Return a section heading (h2) in one's own words; the page collects it into the table of contents.

    Parameters
    ----------
    voice : Voice
    title : str
        In the language of the reader, without numbers. No two sections of a report have the same.

    Returns
    -------
    Block
        Of kind ``"section"``.

    Raises
    ------
    ValueError
        If the words hold a digit.

    Examples
    --------
    >>> import tne
    >>> voice = tne.say.voice({"market": "IE", "name": "Ireland", "language": "en-IE"})
    >>> tne.say.own_section(voice, "Queue by queue").facts["anchor"]
    'queue-by-queue'
    """
    _wordy(title)
    anchor = slug(title)
    html = f'<h2 id="{anchor}" class="part">{escape(title)}</h2>'
    return Block(html=html, kind="section", facts={"anchor": anchor, "title": title, "short": title})


def own_text(voice: Voice, text: str) -> Block:
    """Return a paragraph in one's own words.

    Parameters
    ----------
    voice : Voice
    text : str
        In the language of the reader, without numbers: those stand in a gated table or figure.

    Returns
    -------
    Block
        Of kind ``"text"``.

    Raises
    ------
    ValueError
        If the words hold a digit.

    Examples
    --------
    >>> import tne
    >>> voice = tne.say.voice({"market": "IE", "name": "Ireland", "language": "en-IE"})
    >>> tne.say.own_text(voice, "Audits of test cases do not count.").html
    '<p>Audits of test cases do not count.</p>'
    """
    _wordy(text)
    return Block(html=f"<p>{escape(text)}</p>", kind="text")


def _wordy(*texts: str) -> None:
    """A number in free words would pass no gate: it could be of one person."""
    bad = sum(any(sign.isdigit() for sign in text) for text in texts)
    if bad:
        raise ValueError(
            f"{bad} of {len(texts)} texts hold digits, and no gate reads them. Show numbers with tne.say.table or "
            "tne.say.figure; spell out what is no statistic."
        )
