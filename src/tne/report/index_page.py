"""The index of all reports: which programme works where, what is fresh, and where its report stands."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, cast

import pandas as pd
from markupsafe import Markup

from tne.report.characters import readable
from tne.report.index_lead import FIRST, changes, lead, tally
from tne.report.index_rows import GRADES, VERDICTS, folded, links, mark, name, row
from tne.report.page import asset, policy, templates
from tne.report.tips import explanations
from tne.report.voice import Voice


def index_page(
    markets: Sequence[Mapping[str, Any]],
    programmes: Sequence[Mapping[str, Any]],
    cells: Mapping[tuple[str, str], Mapping[str, Any]],
    failures: Sequence[Mapping[str, Any]] = (),
    run: Mapping[str, Any] | None = None,
    *,
    voice: Voice,
    news: Mapping[str, Any] | None = None,
    titles: Mapping[str, str] | None = None,
) -> str:
    """Return the index: what the reader should know, what has changed, and every market with every programme.

    Parameters
    ----------
    markets : sequence of mapping
        ``market``, ``name``, ``reports`` (list of mapping: ``report``, ``href``, and where there are such ``formats``,
        pairs of a name and an address, and ``older``, mappings of ``period`` and ``href``), ``as_of``, ``status`` of
        the manifest (``published unchanged stale failed interrupted refused``), ``reason``. Market ``"all"`` stands
        for reports that span markets.
    programmes : sequence of mapping
        ``programme_id``, ``title``.
    cells : mapping
        (market, programme_id) to ``decision``, ``grade``, ``href``, ``estimate``, ``conf_low``, ``conf_high``, as they
        are published; absent: not run there.
    failures : sequence of mapping
        ``report``, ``market``, ``reason``.
    run : mapping, optional
        ``run_id``; ``numbers``, the address of the table of all numbers.
    voice : Voice
        Speaks the index; its market is not used.
    news : mapping, optional
        ``since`` (day of the data compared with, ``"2026-09-01"`` or ""), ``changes`` (mappings of ``kind``, ``market``
        and what belongs to the kind); None where there is nothing to compare with.
    titles : mapping, optional
        Titles of programmes that stand in `news` alone.

    Notes
    -----
    Without its script the page shows everything; with it, filters and sorting appear. Same arguments, same bytes.
    """
    names = {str(m["market"]): name(voice, m) for m in markets}
    rows = [row(voice, m, programmes, cells, names) for m in markets if m["market"] != "all"]
    rows.sort(key=lambda row: (folded(row["name"]), row["code"]))
    newest = max((row["as_of"] for row in rows if row["as_of"] is not None), default=None)
    mark(voice, rows, news, newest)
    shown = [cell for row in rows for cell in row["cells"] if cell["state"]]
    known = {**(titles or {}), **{str(p["programme_id"]): _title(p) for p in programmes}}
    every = {**names, **_others(voice, news, names)}
    told = changes(voice, news, every, known, _hrefs(markets, cells)) if news else []
    letters = [letter for letter in GRADES if any(cell["grade"] == letter for cell in shown)]
    badges = {letter: Markup(_badge(voice, letter)) for letter in letters}
    script = asset("index.js")
    return readable(
        templates()
        .get_template("index.html.jinja")
        .render(
            policy=policy(script),
            style=asset("style.css") + asset("index.css"),
            script=script,
            lang=voice.lang,
            dir=voice.dir,
            say=voice.text,
            tell=lambda key, **values: Markup(voice.html(key, **values)),
            kicker=voice.market_name,
            lead=lead(voice, [cell["state"] for cell in shown], rows, news, len(failures)),
            tally=tally(voice, shown),
            changes=told,
            first=FIRST,
            since=_since(voice, cast(Mapping[str, Any], news), newest) if told else "",
            programmes=[_head(voice, p, [row["cells"][k] for row in rows]) for k, p in enumerate(programmes)],
            rows=rows,
            across=[link for m in markets if m["market"] == "all" for link in links(voice, m)],
            verdicts=_counted(voice, "verdict", VERDICTS, [cell["state"] for cell in shown]),
            said=json.dumps(_said(voice, len(rows)), ensure_ascii=False),
            badges=badges,
            meanings={letter: voice.text(f"grade.{letter}.meaning") for letter in letters},
            explanations=Markup(explanations(voice, badges.values())),
            failures=[_failure(voice, failure, names) for failure in failures],
            numbers=str((run or {}).get("numbers") or ""),
            run_id=str((run or {}).get("run_id", "")),
        )
    )


def _hrefs(
    markets: Sequence[Mapping[str, Any]], cells: Mapping[tuple[str, str], Mapping[str, Any]]
) -> dict[tuple[str, str], str]:
    found = {(str(m), str(p)): str(cell.get("href") or "") for (m, p), cell in cells.items()}
    for market in markets:
        for link in market.get("reports", ()):
            found[str(market["market"]), str(link["report"])] = str(link["href"])
            found.setdefault((str(market["market"]), ""), str(link["href"]))
    return found


def _others(voice: Voice, news: Mapping[str, Any] | None, names: Mapping[str, str]) -> dict[str, str]:
    """Return the names of markets that are gone."""
    codes = {str(change["market"]) for change in (news or {}).get("changes", ())}
    return {code: name(voice, {"market": code}) for code in codes - {*names}}


def _title(programme: Mapping[str, Any]) -> str:
    return str(programme.get("title") or programme["programme_id"])


def _head(voice: Voice, programme: Mapping[str, Any], cells: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Return the title of a programme, and in how many of its markets it improved decisions."""
    states = [cell["state"] for cell in cells if cell["state"]]
    count = voice.text("index.improved_in", n=len(states), good=states.count("effective"))
    return {"title": _title(programme), "count": count if states else ""}


def _badge(voice: Voice, letter: str) -> str:
    """Return a grade as `tne.report.tips.tip` would, in fewer bytes: an index has hundreds of them."""
    before, _, after = voice.text("grade.label", letter=letter).rpartition(letter)
    heard = [f'<span class="sr">{escape(part)}</span>' if part else "" for part in (before, after)]
    return f'<button class="grade" popovertarget="tip-grade.{letter}">{heard[0]}{letter}{heard[1]}</button>'


def _since(voice: Voice, news: Mapping[str, Any], newest: dt.date | None) -> str:
    if not news["since"] or (newest is not None and news["since"] == newest.isoformat()):
        return voice.text("index.since_same")
    return voice.text("index.since", date=pd.Timestamp(news["since"]))


def _counted(voice: Voice, family: str, codes: Sequence[str], given: Sequence[str]) -> list[dict[str, str]]:
    return [
        {"code": code, "word": voice.code(family, code), "n": voice.count(given.count(code))}
        for code in codes
        if code in given
    ]


def _said(voice: Voice, total: int) -> list[str]:
    """Return what is said of every number of rows that may be left: the script knows no plurals."""
    return [voice.text("index.shown", n=n, total=total) for n in range(total + 1)]


def _failure(voice: Voice, failure: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, str]:
    market = str(failure.get("market", ""))
    return {
        "market": names.get(market, market),
        "report": voice.code("report", str(failure.get("report", ""))),
        "reason": str(failure.get("reason", "")),
    }
