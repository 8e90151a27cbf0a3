"""What do the reports say now that they did not say before? What the index announces, and what it is compared with."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tne.runs.plan import CACHE
from tne.runs.publish import Record, replace

NAME = "edition.json"
SCHEMA = 1
BAD = ("failed", "refused", "stale")


def cells(shelf: Mapping[str, Record]) -> dict[tuple[str, str], dict[str, Any]]:
    """Return the latest verdict of each programme in each market, with the effect that it rests on."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for path, record in sorted(shelf.items()):
        if path.count("/") != 1:
            continue
        effects = {(r["market"], r["programme_id"]): r for r in record.rows if is_effect(r)}
        for row in record.rows:
            if row.get("measure") != "verdict":
                continue
            key = (row["market"], row["programme_id"])
            effect = effects.get(key, {})
            numbers = {name: effect.get(name) for name in ("estimate", "conf_low", "conf_high")}
            cell = {"decision": row.get("decision"), "grade": row.get("grade"), "href": path, **numbers}
            found.setdefault(key, cell)
    return found


def is_effect(row: Mapping[str, Any]) -> bool:
    """Say whether a row is the effect that a verdict rests on."""
    return (row.get("measure"), row.get("term"), row.get("group")) == ("accuracy", "effect", "all")


def state(entries: Sequence[Mapping[str, Any]], shelf: Mapping[str, Record]) -> dict[str, Any]:
    """Return what the latest reports say, as JSON takes it.

    Parameters
    ----------
    entries : sequence of mapping
        ``target, market, report, status`` of each report.
    shelf : mapping
        The published records by path, with the rows of their verdicts.

    Returns
    -------
    dict
        ``as_of`` (newest day of the data, "" without), ``reports`` (path to whether it is fine, and market), and
        ``verdicts`` (market to programme to action and grade).
    """
    latest = [e for e in entries if e["target"].count("/") == 1]
    days = [str(shelf[e["path"]].facts.get("as_of") or "")[:10] for e in latest if e.get("path") in shelf]
    verdicts: dict[str, dict[str, list[str]]] = {}
    for (market, programme), cell in sorted(cells(shelf).items()):
        said = [str(cell["decision"] or ""), str(cell["grade"] or "")]
        verdicts.setdefault(market, {})[programme] = said
    return {
        "as_of": max(days, default=""),
        "reports": {e["target"]: [e["status"] not in BAD, e["market"], e["report"]] for e in latest},
        "verdicts": verdicts,
    }


def news(output: Path, now: Mapping[str, Any], key: str) -> dict[str, Any] | None:
    """Return what changed since the edition before, and keep what the next one is compared with.

    Parameters
    ----------
    output : Path
        Folder of the published files.
    now : mapping
        Of `state`.
    key : str
        Names the edition: runs over the same data with the same code and settings belong to one edition.

    Returns
    -------
    dict or None
        ``since`` (newest day of the data then) and ``changes``; None if there was no edition before.

    Notes
    -----
    All runs of an edition are compared with the last state of the edition before, so that a run that is repeated,
    resumed or shared among hosts announces the same. An edition without a change leaves the news of the one before.
    """
    place = output / CACHE / NAME
    stored = _read(place)
    before, kept = None, None
    if stored:
        same = stored["key"] == key
        before = stored["before"] if same else stored["now"]
        kept = stored["kept"] if same else _told(stored["before"], stored["now"], stored["kept"])
    kept_now = {"schema": SCHEMA, "key": key, "now": now, "before": before, "kept": kept}
    replace(place, json.dumps(kept_now, ensure_ascii=False, sort_keys=True).encode())
    return _told(before, now, kept)


def _told(
    before: Mapping[str, Any] | None, now: Mapping[str, Any], kept: dict[str, Any] | None
) -> dict[str, Any] | None:
    if before is None:
        return kept
    changes = [*_verdicts(before, now), *_reports(before, now)]
    if not changes and kept and kept["changes"]:
        return kept
    return {"since": before["as_of"], "changes": changes}


def _read(place: Path) -> dict[str, Any]:
    try:
        stored = json.loads(place.read_text(encoding="utf-8"))
        known = stored["schema"] == SCHEMA and {"key", "now", "before", "kept"} <= stored.keys()
        return stored if known else {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _verdicts(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    were, are = _markets(before), _markets(now)
    for market in sorted({*were, *are}):
        if market not in were or market not in are:
            yield {"kind": "new_market" if market in are else "gone_market", "market": market}
            continue
        old, new = before["verdicts"].get(market, {}), now["verdicts"].get(market, {})
        # without its page, nothing is known of a programme: it is neither new nor gone
        known = (old or were[market]) and (new or are[market])
        for programme in sorted({*old, *new}) if known else ():
            told = {"market": market, "programme": programme, "after": new.get(programme)}
            if programme not in old or programme not in new:
                yield {"kind": "new_programme" if programme in new else "gone_programme", **told}
            elif old[programme] != new[programme]:
                kind = "action" if old[programme][0] != new[programme][0] else "grade"
                yield {"kind": kind, **told, "before": old[programme]}


def _markets(told: Mapping[str, Any]) -> dict[str, bool]:
    """Return whether all reports of each market are fine."""
    fine: dict[str, bool] = {}
    for good, market, _ in told["reports"].values():
        fine[market] = fine.get(market, True) and good
    return {market: good for market, good in fine.items() if market != "all"}


def _reports(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for path, (good, market, report) in sorted(now["reports"].items()):
        was_good = before["reports"].get(path, [True])[0]
        if good != was_good:
            yield {"kind": "recovered" if good else "failed", "market": market, "report": report}
