"""Was it worth it: costs and benefits of each programme in sentences and a table, by rule from gated numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import pandas as pd

from tne.report.block import Block
from tne.report.exhibit import table
from tne.report.narrative import section
from tne.report.published import share_words
from tne.report.rounding import decimals_for
from tne.report.standing import HIDDEN
from tne.report.tips import tip
from tne.report.voice import Voice
from tne.report.worth import LACKS, LOSS, OPEN, PAYS, TRENDS, USELESS, Worth, why_not, worth_rows
from tne.report.written import NO_NUMBER

KINDS = ("design", "delivery", "trainer_time", "seat_time")
COLUMNS = ("programme", "n_people", "costs", "benefits", "roi", "break_even", "measured")


def value_section(voice: Voice, items: Sequence[Worth]) -> Block:
    """Return the heading of the section, which states the finding.

    Parameters
    ----------
    voice : Voice
    items : sequence of Worth
        Of `worths`.

    Returns
    -------
    Block
        Of kind ``"section"``.

    Raises
    ------
    KeyError
        If the catalogues lack the finding.

    Examples
    --------
    >>> from tne.report.worth import Worth
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> item = Worth("P", "Refresher", "no_volume", costs={"estimate": 6000.0, "n_people": 40}, kinds=("delivery",))
    >>> tne.say.value_section(voice, [item]).facts["title"]
    'What it cost'
    """
    return section(voice, "value", finding=_finding(items))


def _finding(items: Sequence[Worth]) -> str:
    states = [item.state for item in items]
    if PAYS in states:
        return "all" if set(states) == {PAYS} else "some"
    if any(item.valued for item in items):
        return "loss" if {s for s in states if s in (PAYS, LOSS, OPEN)} == {LOSS} else "open"
    if any(math.isfinite(item.break_even["estimate"]) for item in items):
        return "even"
    return "costs" if any(math.isfinite(item.costs["estimate"]) for item in items) else "title"


def value_caveat(voice: Voice, items: Sequence[Worth], prices: Mapping[str, Any]) -> Block:
    """Return what the figures rest on: what is counted and what is not, the price of an error, for how long.

    Parameters
    ----------
    voice : Voice
    items : sequence of Worth
        Of `worths`.
    prices : mapping
        ``ws.value_in(currency)`` of the market's currency.

    Returns
    -------
    Block
        Of kind ``"caveat"``.

    Examples
    --------
    >>> from tne.report.worth import Worth
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> item = Worth("P", "Refresher", "no_volume", costs={"estimate": 6000.0, "n_people": 40}, kinds=("delivery",))
    >>> prices = {"currency": "EUR", "avoided_error": {"low": 1.5, "mode": 4.0, "high": 9.0}}
    >>> tne.say.value_caveat(voice, [item], prices).html[:70]
    '<p class="caveat">Costs count delivery, as booked or at the price of a'
    """
    known = [item for item in items if math.isfinite(item.costs["estimate"])]
    lines = []
    if known:
        kinds = [kind for kind in KINDS if any(kind in item.kinds for item in known)]
        if kinds:  # of costs that were booked without any kind nothing can be said
            lines.append(voice.html("value.counted", kinds=voice.listed(_kinds(voice, kinds))))
        without = [kind for kind in KINDS if kind not in kinds]
        if without:
            lines.append(voice.html("value.not_booked", kinds=voice.listed(_kinds(voice, without))))
    gained = [item for item in items if math.isfinite(item.benefits["estimate"])]
    priced = gained or any(math.isfinite(item.break_even["estimate"]) for item in items)
    if (price := prices.get("avoided_error")) and priced:
        shown = {name: voice.money(price[name], 2) for name in ("low", "mode", "high")}
        lines.append(voice.html("value.price", **shown))
    if gained:
        weeks = sorted({int(item.weeks) for item in gained})
        listed = voice.listed([voice.count(w) for w in weeks])
        lines.append(voice.html("value.window", n=weeks[-1], weeks=listed))
        lines += [voice.html("value.timed")] if any(item.timed for item in gained) else []
    unpriced = [kind for kind in KINDS if any(kind in item.unpriced for item in known)]
    if unpriced:
        kinds_text = voice.listed(_kinds(voice, unpriced))
        lines.append(voice.html("value.unpriced", kinds=kinds_text, currency=voice.currency))
    return Block(html=f'<p class="caveat">{" ".join(lines)}</p>' if lines else "", kind="caveat")


def value_lead(
    voice: Voice, items: Sequence[Worth], prices: Mapping[str, Any], *, priced: bool = True
) -> Block:
    """Return what all programmes cost together, and what is lacking to say what they brought.

    Parameters
    ----------
    voice : Voice
    items : sequence of Worth
        Of `worths`.
    prices : mapping
        As in `value_caveat`.
    priced : bool
        Whether the settings have prices in any currency.

    Returns
    -------
    Block
        Of kind ``"text"``.

    Examples
    --------
    >>> from tne.report.worth import Worth
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> item = Worth("P", "Refresher", "no_volume", costs={"estimate": 6000.0, "n_people": 40}, kinds=("delivery",))
    >>> tne.say.value_lead(voice, [item, item], {}).html.count("12,000")
    1
    """
    parts = []
    costs = [float(item.costs["estimate"]) for item in items if item.sums]
    if len(costs) > 1:
        parts.append(voice.html("value.together", costs=money(voice, float(sum(costs)), sum(costs))))
    lacks = {item.state for item in items}
    lacks |= {"no_value"} if items and "avoided_error" not in prices else set()
    for code in ("no_costs", "no_value", "no_volume"):
        if code in lacks:
            parts.append(voice.html(f"value.lack_{code}", **_lacking(voice, code, priced)))
    return Block(html=f"<p>{' '.join(parts)}</p>" if parts else "", kind="text")


def _lacking(voice: Voice, code: str, priced: bool) -> dict[str, str]:
    """Return which export, or which line of the settings, would say what is not known."""
    if code == "no_value":
        line = "avoided_error = {low = …, mode = …, high = …}"
        table = f"[value.{voice.currency}]" if priced else f'[value] currency = "{voice.currency}"'
        return {"currency": voice.currency, "line": line, "file": f"tne.toml {table}"}
    return {"table": {"no_costs": "costs", "no_volume": "production"}[code]}


def value_table(voice: Voice, items: Sequence[Worth]) -> Block:
    """Return the table, a row a programme: costs, benefits, return, chance, break-even beside the measured effect.

    Parameters
    ----------
    voice : Voice
    items : sequence of Worth
        Of `worths`.

    Returns
    -------
    Block
        Of kind ``"table"``, with the rows of ``estimates.csv``; no html where neither costs nor effects are known.

    Raises
    ------
    ValueError
        If a number may not be shown.

    Examples
    --------
    >>> from tne.report.worth import Worth
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> item = Worth("P", "Refresher", "no_volume", costs={"estimate": 6000.0, "n_people": 40}, kinds=("delivery",))
    >>> tne.say.value_table(voice, [item]).html.count("<tr")
    2
    """
    rows = [
        {
            "programme": item.title,
            "costs": money(voice, item.costs["estimate"], _step(item.costs)),
            "n_people": item.costs.get("n_people", math.nan),
            "benefits": _benefits(voice, item),
            "roi": percent_range(voice, item.roi),
            "break_even": points(voice, item.break_even),
            "measured": points(voice, item.effect, signed=True),
            "note": str(item.costs.get("note") or ""),
        }
        for item in items
    ]
    frame = pd.DataFrame(rows, columns=[*COLUMNS, "note"])
    empty = [name for name in COLUMNS[1:] if (frame[name] == NO_NUMBER).all() or frame[name].isna().all()]
    own = {"programme": "column.programme", "n_people": "value.column_people"}
    heads = {name: voice.text(own.get(name, f"value.column_{name}")) for name in COLUMNS}
    columns = {name: head for name, head in heads.items() if name not in empty}
    shown = worth_rows(voice, items)
    if not any(math.isfinite(item.costs["estimate"]) for item in items) and "measured" not in columns:
        return Block(html="", rows=shown, kind="table")
    return table(voice, "value", frame, columns=columns, formats={"n_people": "count"}, rows=shown)


def value_texts(voice: Voice, items: Sequence[Worth]) -> Block:
    """Return what came back for what was spent, a line a programme, and for the others what it would take.

    Parameters
    ----------
    voice : Voice
    items : sequence of Worth
        Of `worths`.

    Returns
    -------
    Block
        Of kind ``"text"``.

    Raises
    ------
    KeyError
        If the catalogues lack a phrase.

    Examples
    --------
    >>> from tne.report.worth import Worth
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> item = Worth("P", "Refresher", "break_even_only", break_even={"estimate": 0.8, "n_people": 40})
    >>> tne.say.value_texts(voice, [item]).html[:70]
    '<ul><li><strong>Refresher</strong>: It pays if at least the points in '
    """
    lines: dict[str, list[str]] = {}
    for item in items:
        if text := value_text(voice, item):
            lines.setdefault(text, []).append(item.title)
    body = "".join(
        f"<li><strong>{escape(voice.listed(titles))}</strong>: {text}</li>" for text, titles in lines.items()
    )
    return Block(html=f"<ul>{body}</ul>" if body else "", kind="text")


def value_text(voice: Voice, item: Worth) -> str:
    """Return what may be said of one programme's worth, as HTML; "" where there is nothing."""
    has_even = math.isfinite(item.break_even["estimate"])
    if item.unclear:
        return voice.html("value.no_total", currency=voice.currency)
    if item.state == USELESS:
        return voice.html(f"value.useless_{item.reason}")
    if item.valued and item.state in (PAYS, LOSS, OPEN):
        shaken = item.reason == TRENDS
        key = "value.stayed_alike" if shaken else f"value.{item.state}"
        parts = [voice.html(key, one=voice.money(1), **_ends(voice, item.bcr))]
        parts += [voice.html("value.halved")] if item.halved else []
        # the chance takes the groups to have stayed alike: it stands before what follows if they did not
        parts += [] if shaken else [voice.html("value.chance", chance=share_words(voice, item.chance))]
        parts += [text] if (text := _apart(voice, item)) else []
        return " ".join(parts)
    if item.state == "no_costs" and math.isfinite(item.benefits["estimate"]):
        return voice.html("value.no_costs", **_ends(voice, item.benefits))
    if item.state == "no_value" and math.isfinite(item.price["estimate"]):
        return voice.html("value.at_price", **_price(voice, item))
    if item.state in LACKS or not has_even:
        return ""
    key = "value.even_hidden" if item.state == HIDDEN else "value.even_only"
    return voice.html(key, min_n=voice.min_n)


def _apart(voice: Voice, item: Worth) -> str:
    """Return what came back if the groups had drifted apart, or that nothing shows how far they do."""
    if math.isfinite(item.bcr_apart["conf_low"] + item.bcr_apart["conf_high"]):
        key = "value.apart_open" if item.reason == TRENDS else "value.apart"
        return voice.html(key, **_ends(voice, item.bcr_apart))
    waves = item.letter == "B" and item.design == "staggered"
    return voice.html("value.apart_unknown") if waves and item.state in (PAYS, LOSS) else ""


def worth_phrase(voice: Voice, item: Worth) -> str:
    """Return the value of a programme for its row on the first screen, as HTML; "" where nothing is known."""
    if item.valued:
        ends = voice.text("interval.between", **percent_ends(voice, item.roi))
        ends = voice.html("value.short_alike", ends=ends) if item.reason == TRENDS else escape(ends)
        return f"{tip(voice, 'roi', voice.html('value.short_name'))} {ends}"
    if item.state == "no_value" and math.isfinite(item.price["estimate"]):
        return voice.html("value.short_price", **_price(voice, item))
    if math.isfinite(item.break_even["estimate"]):
        return voice.html("value.short_even", value=points(voice, item.break_even, alone=True))
    if math.isfinite(item.costs["estimate"]):
        return voice.html("value.short_costs", costs=money(voice, item.costs["estimate"], _step(item.costs)))
    return ""


def money(voice: Voice, amount: float, step: float) -> str:
    """Return an amount with three significant digits of `step`, as the gate rounds what has no interval."""
    if not math.isfinite(amount):
        return NO_NUMBER
    decimals = decimals_for(step, math.nan, math.nan)
    return voice.money(round(amount, decimals), max(0, min(decimals, 2)))


def money_range(voice: Voice, row: Mapping[str, Any]) -> str:
    """Return a gated amount as "€93,000 to €470,000"."""
    if not math.isfinite(row["conf_low"] + row["conf_high"]):
        return NO_NUMBER
    return voice.text("interval.between", **_ends(voice, row))


def percent_range(voice: Voice, row: Mapping[str, Any]) -> str:
    """Return a gated return in per cent as "800% to 4,900%"."""
    if not math.isfinite(row["conf_low"] + row["conf_high"]):
        return NO_NUMBER
    return voice.text("interval.between", **percent_ends(voice, row))


def percent_ends(voice: Voice, row: Mapping[str, Any]) -> dict[str, str]:
    """Return both ends of a gated return in per cent."""
    return {end: voice.percent(row[f"conf_{end}"] / 100) for end in ("low", "high")}


def points(voice: Voice, row: Mapping[str, Any], *, signed: bool = False, alone: bool = False) -> str:
    """Return gated points with their interval, or `alone`, with the decimals that they have, two at most."""
    if not math.isfinite(row["estimate"]):
        return NO_NUMBER
    # an effect as on the first screen, a break-even as fine as it is small
    most = 1 if signed else 2
    decimals = max(0, min(most, decimals_for(row["estimate"], row["conf_low"], row["conf_high"])))
    value = voice.number(row["estimate"], decimals, signed=signed)
    if alone or not math.isfinite(row["conf_low"] + row["conf_high"]):
        return value
    interval = voice.interval(row["conf_low"], row["conf_high"], decimals)
    return voice.text("interval.full", value=value, interval=interval)


def _ends(voice: Voice, row: Mapping[str, Any], decimals: int | None = None) -> dict[str, str]:
    places = (
        decimals_for(row["estimate"], row["conf_low"], row["conf_high"]) if decimals is None else decimals
    )
    return {end: voice.money(row[f"conf_{end}"], max(0, min(2, places))) for end in ("low", "high")}


def _price(voice: Voice, item: Worth) -> dict[str, str]:
    places = max(
        0, min(2, decimals_for(item.price["estimate"], item.price["conf_low"], item.price["conf_high"]))
    )
    return {"value": voice.money(item.price["estimate"], places), **_ends(voice, item.price, places)}


def _step(row: Mapping[str, Any]) -> float:
    return abs(float(row["estimate"])) if math.isfinite(row["estimate"]) else 1.0


def _kinds(voice: Voice, kinds: Sequence[str]) -> list[str]:
    return [voice.text(f"value.kind_{kind}") for kind in kinds]


def _benefits(voice: Voice, item: Worth) -> str:
    """Return the worth of what was gained, or in a word why it is not known."""
    if math.isfinite(item.benefits["estimate"]):
        return money_range(voice, item.benefits)
    return voice.code("note", why_not(item, "benefits"), min_n=voice.min_n)
