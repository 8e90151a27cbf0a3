"""Effects of all markets side by side: each programme's, partially pooled; what differs; what was explored."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from tne.report.block import Block
from tne.report.disclosure import publishable_frame
from tne.report.exhibit import figure, table, table_rows
from tne.report.figures import canvas
from tne.report.figures.chance import funnel, funnel_values
from tne.report.figures.effects import forest, forest_values
from tne.report.figures.spoken import told
from tne.report.portfolio_programme import Overall
from tne.report.standing import estimate_row
from tne.report.voice import Voice

FEWEST = 4  # effects of which a funnel shows a pattern
_COUNTS = ("n", "n_people", "n_people_total")


def pooled_forest(
    voice: Voice, item: Overall, found: pd.DataFrame, pool: Any, names: Mapping[str, str]
) -> Block:
    """Return the forest of one programme: each market, and drawn towards the mean; the mean; a further market.

    Parameters
    ----------
    voice : Voice
    item : Overall
    found : DataFrame
        Its rows of `poolable`.
    pool : Pooled
        `tne.pool` of `found`.
    names : mapping
        Market names by code.

    Returns
    -------
    Block
        With a row of ``estimates.csv`` for each market (terms ``effect``, as in the market's report, and ``shrunken``).

    Raises
    ------
    ValueError
        If the voice's `min_n` lies below 5.

    Examples
    --------
    >>> from tne.report.portfolio_programme import Overall
    >>> voice = tne.say.voice({"market": "all", "language": "en"})
    >>> shared = {"programme_id": "P", "grade": "B", "planned": True}
    >>> effect = tne.Estimate(term="effect", estimate=2.0, std_error=0.5, conf_low=1, conf_high=3, n_people=40).as_row()
    >>> found = pd.DataFrame([{**shared, "market": market, **effect} for market in ("ES", "IE")])
    >>> item = Overall("P", "Refresher", "effective", (), effect, pooled=2)
    >>> block = tne.say.pooled_forest(voice, item, found, tne.pool(found), {"ES": "Spain", "IE": "Ireland"})
    >>> block.kind, len(block.rows)
    ('figure', 4)
    """
    own = found.set_index("market")
    drawn = pool.shrunken.to_frame().set_index("market").loc[own.index].reset_index()
    drawn[list(_COUNTS)] = own[list(_COUNTS)].to_numpy()
    shrunken = publishable_frame(drawn, min_n=voice.min_n, share=False)
    frame = publishable_frame(own.reset_index(), min_n=voice.min_n, share=False)
    frame = frame[["market", "estimate", "conf_low", "conf_high", "n_people", "grade", "note"]].assign(
        market_name=[names[market] for market in frame["market"]],
        shrunken=shrunken["estimate"],
        shrunken_interval_low=shrunken["conf_low"],
        shrunken_interval_high=shrunken["conf_high"],
    )
    frame = pd.concat([frame, pd.DataFrame(_below(voice, item))], ignore_index=True).assign(conf_level=0.95)
    columns = {"market_name": voice.text("portfolio.column_market"), "estimate": voice.text("draw.kind_raw")}
    columns |= {"interval": voice.text("column.interval"), "shrunken": voice.text("draw.kind_shrunken")}
    columns |= {"shrunken_interval": voice.text("column.interval")}
    columns |= {name: voice.text(f"column.{name}") for name in ("grade", "n_people")}
    minimum = item.minimum if math.isfinite(item.minimum) else None
    axes = forest(frame.drop(columns="n_people"), "market_name", voice=voice, minimum=minimum)
    for y, value in enumerate(frame["shrunken"]):
        axes.plot(value, y, marker="o", ms=5, mfc=canvas.PAPER, mec=canvas.TRAINED, mew=1.2, ls="", zorder=5)
    canvas.under(axes, f"○ {voice.text('draw.kind_shrunken')}")
    kinds = {"estimate": "change", "shrunken": "change", "shrunken_interval": "interval"}
    return figure(
        voice,
        "pooled_forest",
        axes,
        table=frame.assign(decimals=1),
        values=forest_values(frame, "market_name") | _mean_values(item.effect),
        finding=_finding(item),
        of=item.title,
        columns=columns,
        formats=kinds,
        rows=_rows(voice, item.programme_id, own.reset_index(), drawn),
    )


def spread(
    voice: Voice,
    found: pd.DataFrame,
    pools: Mapping[str, Any],
    names: Mapping[str, str],
    titles: Mapping[str, str],
) -> Block:
    """Return the funnel of all markets around the mean of their own programme; nothing with too few of them.

    Parameters
    ----------
    voice : Voice
    found : DataFrame
        Of `poolable`.
    pools : mapping
        programme_id to `tne.pool`.
    names, titles : mapping of str to str
        Market names by code, titles by programme_id.

    Returns
    -------
    Block
        Of kind ``"figure"`` or ``"text"``.

    Raises
    ------
    ValueError
        If the voice's `min_n` lies below 5.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "all", "language": "en"})
    >>> shared = {"programme_id": "P", "grade": "B", "planned": True}
    >>> effect = tne.Estimate(term="effect", estimate=2.0, std_error=0.5, n_people=40)
    >>> found = pd.DataFrame([{**shared, "market": market, **effect.as_row()} for market in ("ES", "IE")])
    >>> tne.say.spread(voice, found, {"P": tne.pool(found)}, {"ES": "Spain", "IE": "Ireland"}, {"P": "Refresher"}).html
    ''
    """
    rows = []
    for row in found.to_dict("records"):
        pool = pools.get(row["programme_id"])
        if pool is None:
            continue
        mean, shrunken = pool.mean.estimate, pool.shrunken.to_frame().set_index("market")["estimate"]
        rows.append(
            row
            | {name: row[name] - mean for name in ("estimate", "conf_low", "conf_high")}
            | {
                "name": f"{names[row['market']]}: {titles[row['programme_id']]}",
                "programme": titles[row["programme_id"]],
                "market_name": names[row["market"]],
                "shrunken": float(shrunken[row["market"]]) - mean,
            }
        )
    if len(rows) < FEWEST:
        return Block(html="", kind="text")
    frame = publishable_frame(pd.DataFrame(rows), min_n=voice.min_n, share=False)
    title = voice.text("portfolio.from_mean")
    axes = funnel(frame, "name", mean=0.0, voice=voice, title=title)
    columns = {
        "programme": voice.text("column.programme"),
        "market_name": voice.text("portfolio.column_market"),
    }
    columns |= {"estimate": title} | {
        n: voice.text(f"column.{n}") for n in ("interval", "std_error", "n_people")
    }
    values = funnel_values(frame, "name", mean=0.0)
    return figure(
        voice, "funnel", axes, table=frame, values=values, columns=columns, formats={"estimate": "change"}
    )


def explored(
    voice: Voice,
    tests: pd.DataFrame,
    names: Mapping[str, str],
    titles: Mapping[str, str],
) -> Block:
    """Return what was looked at without a plan, each with its p-value allowing for how many were looked at.

    Parameters
    ----------
    voice : Voice
    tests : DataFrame
        `exploratory` with the column ``p_adjusted`` of `tne.adjust_p`.
    names, titles : mapping of str to str
        Market names by code, titles by programme_id.

    Returns
    -------
    Block
        Of kind ``"text"`` or ``"table"``.

    Raises
    ------
    ValueError
        If the voice's `min_n` lies below 5.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "all", "language": "en"})
    >>> test = {"programme_id": "P", "market": "IE", "grade": "B", "estimate": 2.0, "conf_low": 1.0, "conf_high": 3.0}
    >>> tests = pd.DataFrame([test | {"n_people": 40, "p_adjusted": 0.004}])
    >>> tne.say.explored(voice, tests, {"IE": "Ireland"}, {"P": "Refresher"}).html.count("<tr")
    2
    """
    if tests.empty:
        return Block(html=f"<p>{voice.html('portfolio.none_explored')}</p>", kind="text")
    shown = publishable_frame(tests, min_n=voice.min_n, share=False)
    everywhere = voice.text("portfolio.all_markets")
    shown = shown.assign(
        programme=[titles[name] for name in shown["programme_id"]],
        market_name=[names.get(market, everywhere) for market in shown["market"]],
        p_adjusted=[max(round(float(p), 3), 0.0005) for p in tests["p_adjusted"]],
        decimals=1,
    )
    columns = {
        "programme": voice.text("column.programme"),
        "market_name": voice.text("portfolio.column_market"),
    }
    columns |= {name: voice.text(f"column.{name}") for name in ("estimate", "interval", "grade")}
    columns |= {"p_adjusted": voice.text("portfolio.column_adjusted")}
    formats = {"p_adjusted": "p_value", "estimate": "change"}
    block = table(voice, "explored", shown, columns=columns, formats=formats)
    n, total = int((tests["p_adjusted"] < 0.05).sum()), len(tests)
    spelled = voice.word if voice.word(total) != voice.count(total) else voice.count  # never "four of 16"
    lead = voice.html("portfolio.explored", n=n, n_word=spelled(n), total_word=spelled(total))
    lead = lead[:1].upper() + lead[1:]
    return Block(html=f"<p>{lead}</p>{block.html}", kind="table")


def exploratory(voice: Voice, found: pd.DataFrame, pools: Mapping[str, Any]) -> pd.DataFrame:
    """Return the effects that no frozen plan asked for: those of markets without one, and all pooled ones.

    Parameters
    ----------
    voice : Voice
    found : DataFrame
        Of `poolable`: what is hidden, or rests on no comparison, is no test.
    pools : mapping
        programme_id to `tne.pool`.

    Returns
    -------
    DataFrame
        programme_id, market ("all" for a pooled one), grade, and the columns of an estimate.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "all", "language": "en"})
    >>> shared = {"programme_id": "P", "grade": "B", "planned": False}
    >>> effect = tne.Estimate(term="effect", estimate=2.0, std_error=0.5, p_value=0.002, n_people=40)
    >>> found = pd.DataFrame([{**shared, "market": market, **effect.as_row()} for market in ("ES", "IE")])
    >>> tne.say.exploratory(voice, found, {"P": tne.pool(found)})["market"].tolist()
    ['ES', 'IE', 'all']
    """
    alone = found.loc[~found["planned"].astype(bool)].drop(columns="planned")
    rows = alone.to_dict("records")
    for programme, pool in pools.items():
        own = found.loc[found["programme_id"].eq(programme)]
        counts = {name: float(own[name].sum()) for name in _COUNTS}
        grade = max(own["grade"])  # no stronger than its weakest market
        key = {"programme_id": programme, "market": voice.market, "grade": grade}
        rows.append(key | estimate_row(pool.mean) | counts)
    frame = pd.DataFrame(rows, columns=[name for name in found.columns if name != "planned"])
    frame = frame.assign(p_value=frame["p_value"].astype(float))
    return frame.loc[frame["p_value"].notna()].reset_index(drop=True)


def _mean_values(row: Mapping[str, Any]) -> dict[str, Any]:
    names = (("mean_value", "estimate"), ("mean_low", "conf_low"), ("mean_high", "conf_high"))
    return {name: told(dict(row), column) for name, column in names}


def _finding(item: Overall) -> str:
    row = item.effect
    if row["conf_high"] < 0:
        return "fell"
    if row["conf_low"] > 0:
        return "rose"
    return "flat" if row["conf_high"] < item.minimum else "unclear"


def _below(voice: Voice, item: Overall) -> list[dict[str, Any]]:
    """The mean, and the range for a further market."""
    row = item.effect
    mean = {name: row[name] for name in ("estimate", "conf_low", "conf_high", "n_people")}
    out = [{"market_name": voice.text("portfolio.all_markets"), "note": "", **mean}]
    if math.isfinite(item.low) and math.isfinite(item.high):
        limits = {"conf_low": item.low, "conf_high": item.high}
        out.append({"market_name": voice.text("portfolio.further_market"), "note": "", **mean, **limits})
    return out


def _rows(voice: Voice, programme: str, own: pd.DataFrame, drawn: pd.DataFrame) -> tuple[dict[str, Any], ...]:
    out: list[dict[str, Any]] = []
    for term, frame in (("effect", own), ("shrunken", drawn)):
        key = {"programme_id": programme, "level": "behaviour", "measure": "accuracy"}
        made = table_rows(voice, frame.assign(term=term, unit="points"), **key)
        grades = dict(zip(own["market"], own["grade"], strict=True))
        for row, market in zip(made, frame["market"], strict=True):
            out.append({**row, "market": market, "grade": grades[market]})
    return tuple(out)
