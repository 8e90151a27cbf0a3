"""The complete, self-contained HTML document of a report."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from functools import cache
from html import escape
from importlib.resources import files
from typing import Any

import jinja2

from tne.report.block import Block
from tne.report.characters import readable
from tne.report.clean import clean
from tne.report.tips import explanations
from tne.report.voice import Voice
from tne.report.when import when

POLICY = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; font-src data:; "
    "base-uri 'none'; form-action 'none'"
)


def policy(script: str) -> str:
    """Return the content policy of a page: nothing from outside, no script but this one, by its hash."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return f"{POLICY}; script-src 'sha256-{digest}'"


def page(
    blocks: Iterable[Block],
    voice: Voice,
    *,
    title: str | None = None,
    toc: bool = True,
    run: Mapping[str, Any] | None = None,
) -> str:
    """Return a report as one HTML document without any outside address.

    Parameters
    ----------
    blocks : iterable of Block
        In reading order; sections become the table of contents. The first one holds the h1.
    voice : Voice
    title : str, optional
        Of the document; default market · report · period.
    toc : bool
        Whether to show the table of contents.
    run : mapping, optional
        ``run_id`` (the plan's hash) for the footer; ``index`` (relative address of the index).

    Returns
    -------
    str

    Raises
    ------
    KeyError
        For a report that no catalogue knows, if the voice is strict.

    Notes
    -----
    The document can be read without its script, which sorts tables and marks the place in the contents. The content
    policy, first element of the head, allows that script by its hash and nothing else. Every fragment passes the
    allow-list of `tne.report.clean`, every text that of `tne.report.characters`. Same blocks, same bytes.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"}, period="2026Q3")
    >>> html = tne.say.page([tne.say.own_front(voice, "Which queue is hardest?")], voice)
    >>> html[:15], "<h1>Which queue is hardest?</h1>" in html
    ('<!doctype html>', True)
    """
    items = list(blocks)
    facts = dict(run or {})
    parts = [voice.market_name, voice.code("report", voice.report), when(voice)]
    sections = [block.facts for block in items if block.kind == "section"] if toc else []
    shown = [block for block in items if block.html]
    first = next((k for k, block in enumerate(shown) if block.kind == "front"), -1)
    opening = "\n".join(clean(block.html) for block in shown[: first + 1])
    # what the data do to the verdict stands beside it
    opening += "".join(clean(block.facts.get("alert", "")) for block in items if block.kind == "quality")
    if "<h1" not in opening:
        opening = f"<h1>{escape(' · '.join(part for part in parts if part))}</h1>{opening}"
    body = [clean(block.html) for block in shown[first + 1 :]]
    script = asset("page.js")
    return readable(
        templates()
        .get_template("page.html.jinja")
        .render(
            policy=policy(script),
            style=asset("style.css"),
            script=script,
            lang=voice.lang,
            dir=voice.dir,
            title=title or " · ".join(part for part in parts if part),
            skip=voice.text("page.skip"),
            contents=voice.text("page.contents"),
            sections=sections,
            opening=opening,
            body="\n".join(body),
            explanations=explanations(voice, [opening, *body]),
            sort=voice.text("page.sort"),
            index=facts.get("index", ""),
            all_reports=voice.text("page.all_reports"),
            run_label=voice.text("end.run"),
            run_id=str(facts.get("run_id", "")),
        )
    )


@cache
def asset(name: str) -> str:
    """Return a file of the template, to be written into the page."""
    return files("tne.report").joinpath("template", name).read_text(encoding="utf-8").strip()


@cache
def templates() -> jinja2.Environment:
    """Return the environment of all templates: it escapes, and a missing name is an error."""
    return jinja2.Environment(
        loader=jinja2.FunctionLoader(asset),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
