"""What should the reader of the index know first: what worked, what is new, what failed, how old the data are?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd
from markupsafe import Markup

from tne.report.index_rows import OLD_DAYS, folded
from tne.report.voice import Voice

ACTIONS = ("scale", "keep", "revise", "stop", "measure_better")
FIRST = 8  # changes that are shown at once
# What to read first: new recommendations, then what is missing, then what came and went.
_KINDS = (
    "action",
    "failed",
    "new_programme",
    "new_market",
    "gone_programme",
    "gone_market",
    "grade",
    "recovered",
)


def lead(
    voice: Voice,
    states: Sequence[str],
    markets: Sequence[Mapping[str, Any]],
    news: Mapping[str, Any] | None,
    failures: int,
) -> Markup:
    """Return the sentences under the title as HTML.

    Parameters
    ----------
    voice : Voice
    states : sequence of str
        Verdict of each programme in each market.
    markets : sequence of mapping
        ``name`` and ``as_of`` (a day, or None).
    news : mapping or None
        ``since`` and ``changes``; None where there is nothing to compare with.
    failures : int
        Reports that could not be made.
    """
    said = []
    if states:
        good = voice.count(states.count("effective"))
        said.append(voice.html("index.improved", n=len(states), good=good))
    if worse := states.count("harmful"):
        said.append(voice.html("index.worse", n=worse))
    if news is not None:
        # reports that span markets are no market
        n = len({change["market"] for change in news["changes"]} - {"all"})
        if news["changes"]:
            said.append(_link("changes", voice.html("index.news", n=n) if n else voice.html("index.changes")))
        else:
            said.append(_quiet(voice, news["since"]))
    if failures:
        said.append(_link("failures", voice.html("index.failed", n=failures)))
    dated = [market for market in markets if market["as_of"] is not None]
    if dated:
        oldest, newest = (f(dated, key=lambda m: m["as_of"]) for f in (min, max))
        if (newest["as_of"] - oldest["as_of"]).days > OLD_DAYS:
            days = {"oldest": oldest["as_of"], "newest": newest["as_of"]}
            said.append(voice.html("index.data_oldest", market=oldest["name"], **days))
        else:
            said.append(voice.html("index.data_to", date=newest["as_of"]))
    return Markup(" ".join(said))


def _quiet(voice: Voice, since: str) -> str:
    return voice.html("index.quiet", date=pd.Timestamp(since)) if since else voice.html("index.quiet_same")


def _link(place: str, html: str) -> str:
    return f'<a href="#{place}">{html}</a>'


def tally(voice: Voice, cells: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Return how often each action is recommended, in the order of `ACTIONS`; those that are not, are left out."""
    actions = [str(cell.get("decision") or "") for cell in cells]
    return [
        {"code": code, "n": voice.count(actions.count(code)), "word": voice.code("action", code)}
        for code in ACTIONS
        if code in actions
    ]


def changes(
    voice: Voice,
    news: Mapping[str, Any],
    names: Mapping[str, str],
    titles: Mapping[str, str],
    hrefs: Mapping[tuple[str, str], str],
) -> list[dict[str, Any]]:
    """Return what has changed, the most important first.

    Parameters
    ----------
    voice : Voice
    news : mapping
        ``changes``: mappings with ``kind``, ``market`` and what belongs to the kind.
    names, titles : mapping
        Of markets and programmes by code.
    hrefs : mapping
        (market, programme or report) to its page; (market, "") to the first page of a market.

    Returns
    -------
    list of dict
        ``who``, ``href`` ("" without a page) and ``what`` (HTML).
    """
    order = {kind: k for k, kind in enumerate(_KINDS)}

    def place(change: Mapping[str, Any]) -> tuple[Any, ...]:
        market, programme = str(change["market"]), str(change.get("programme", ""))
        named = folded(names.get(market, market)), market, folded(titles.get(programme, programme)), programme
        return order.get(change["kind"], len(order)), *named

    told = sorted(news["changes"], key=place)
    return [_change(voice, change, names, titles, hrefs) for change in told]


def _change(
    voice: Voice,
    change: Mapping[str, Any],
    names: Mapping[str, str],
    titles: Mapping[str, str],
    hrefs: Mapping[tuple[str, str], str],
) -> dict[str, Any]:
    market, programme, report = (str(change.get(key, "")) for key in ("market", "programme", "report"))
    kind, values = change["kind"], {}
    if kind in ("action", "grade"):
        say = _action if kind == "action" else _grade
        values = {part: say(voice, change[part]) for part in ("before", "after")}
    elif kind == "new_programme":
        values = {"after": _action(voice, change["after"])}
    what = titles.get(programme, programme) or (voice.code("report", report) if report else "")
    key = "changed_action" if kind == "grade" else f"changed_{kind}"
    return {
        "who": " · ".join(part for part in (names.get(market, market), what) if part),
        "href": hrefs.get((market, programme or report)) or "",
        "what": Markup(voice.html(f"index.{key}", **values)),
    }


def _action(voice: Voice, said: Sequence[str]) -> str:
    return voice.code("action", said[0])


def _grade(voice: Voice, said: Sequence[str]) -> str:
    return voice.text("grade.label", letter=said[1]) if said[1] else voice.text("grade.none")
