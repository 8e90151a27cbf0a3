"""The end of a report: where its numbers come from. Its Block is the end marker that a run asserts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from html import escape
from typing import Any

import pandas as pd

from tne.report.block import Block, json_safe
from tne.report.voice import Voice


def provenance(voice: Voice, facts: Mapping[str, Any]) -> Block:
    """Return the provenance of the report; kind ``"end"``.

    Parameters
    ----------
    voice : Voice
    facts : mapping
        All optional: ``start``, ``end`` (data window), ``as_of``, ``used``, ``quarantined``, ``suppressed`` (rows and
        numbers), ``policies`` (list of mapping: policy_area, policy_version), ``plans`` (programme title → hash),
        ``parameters``, ``run_id``, ``inputs`` (table → SHA-256), ``versions`` (package → version), ``contact``,
        ``agreement`` (whether the report shows agreement between raters), ``held`` (list of mapping: family, programme,
        survey, day; tests and surveys that are shown as they stood on a day).

    Returns
    -------
    Block
        Its facts carry ``voice`` (to rebuild the voice when the page is made) and the facts given.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> end = tne.say.provenance(voice, {"contact": "training@example.org"})
    >>> end.kind, end.facts["voice"]["market"]
    ('end', 'IE')
    """
    none = voice.text("end.unknown")
    privacy = "end.privacy_lowered" if voice.min_n < 10 else "end.privacy_text"
    parts = [
        ("window", _window(voice, facts) or none),
        ("as_of", voice.date(facts.get("as_of", voice.as_of))),
        ("rows", _rows(voice, facts) or none),
        (
            "policies",
            _listed(
                f"{str(p['policy_area']).replace('_', ' ')} {p['policy_version']}"
                for p in facts.get("policies", ())
            )
            or (
                voice.text("end.policies_by_market")
                if voice.market == "all" and "policies" not in facts
                else none
            ),
        ),
        (
            "plan",
            _listed(f"{t}: {h[:12]}" for t, h in dict(facts.get("plans", {})).items())
            or voice.text("end.no_plan"),
        ),
        (
            "parameters",
            _listed(_asked(voice, *one) for one in dict(facts.get("parameters", {})).items()) or none,
        ),
        ("run", str(facts.get("run_id") or none)),
        ("inputs", _listed(f"{k} {str(v)[:12]}" for k, v in dict(facts.get("inputs", {})).items()) or none),
        ("versions", _listed(f"{k} {v}" for k, v in dict(facts.get("versions", {})).items()) or none),
        ("privacy", "; ".join([voice.text(privacy, min_n=voice.min_n), *_also(voice, facts)])),
        ("contact", str(facts.get("contact") or none)),
    ]
    items = "".join(f"<dt>{voice.html(f'end.{key}')}</dt><dd>{escape(text)}</dd>" for key, text in parts)
    html = f'<section class="about"><h2 id="about">{voice.html("end.title")}</h2><dl>{items}</dl></section>'
    return Block(html=html, kind="end", facts={"voice": voice.as_facts(), **json_safe(dict(facts))})


def _also(voice: Voice, facts: Mapping[str, Any]) -> list[str]:
    """What agreement between raters is held to, where a report shows it, and what is older than the rest, and why."""
    more = [voice.text("end.privacy_agreement")] if facts.get("agreement") else []
    days = sorted({str(one["day"]) for one in facts.get("held") or ()})
    if days:
        told = ", ".join(voice.date(pd.Timestamp(day)) for day in days)
        more.append(voice.text("end.privacy_held", days=told, min_n=voice.min_n))
    return more


def _asked(voice: Voice, name: str, value: Any) -> str:
    """One parameter; those of a report's own notebook keep their names."""
    label = voice.text(f"column.{name}") if voice.has(f"column.{name}") else name
    return f"{label} = {voice.text('end.latest') if value == 'latest' else value}"


def _window(voice: Voice, facts: Mapping[str, Any]) -> str:
    if facts.get("start") is None or facts.get("end") is None:
        return ""
    return voice.text("end.window_text", start=facts["start"], end=facts["end"])


def _rows(voice: Voice, facts: Mapping[str, Any]) -> str:
    counts = {name: facts.get(name, 0) for name in ("used", "quarantined", "suppressed")}
    if facts.get("used") is None or any(v is None or math.isnan(v) for v in counts.values()):
        return ""
    counts["used"] = 100 * round(
        counts["used"] / 100
    )  # the exact number would tell how many people a small group has
    if not counts["used"]:
        return ""
    return voice.text("end.rows_text", **{name: voice.count(n) for name, n in counts.items()})


def _listed(texts: Any) -> str:
    return ", ".join(str(text) for text in texts)
