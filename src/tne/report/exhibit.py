"""Figures and tables of a report: the finding as title, words for those who cannot see it, numbers behind it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any, cast

import pandas as pd

from tne.report.block import Block, estimates_row
from tne.report.disclosure import publishable_frame
from tne.report.figures.spoken import alt_text, title_text
from tne.report.image import data_uri, size_at_one
from tne.report.narrative import slug
from tne.report.standing import english_note
from tne.report.tables import data_table
from tne.report.voice import Voice

# How the columns of an estimate are shown in a table, unless said otherwise
FORMATS: dict[str, str] = {
    "estimate": "number",
    "interval": "interval",
    "n": "count",
    "n_people": "count",
    "n_people_total": "count",
    "share": "percent",
    "p_value": "p_value",
    "week": "week",
    "date": "date",
    "event_time": "count",
}
# Columns of codes that have words, by the first part of their keys in ``[draw]``
_CODES = {"error_type": "error", "wave": "wave", "group": "group", "kind": "kind", "root_cause": "cause"}
_BEHIND = ("estimate", "interval", "n_people")
OWN = "own"  # key of a figure or table that has its title from `of` alone: no catalogue knows it


def figure(
    voice: Voice,
    key: str,
    drawing: Any,
    *,
    table: pd.DataFrame,
    values: Mapping[str, Any],
    finding: str | None = None,
    of: str = "",
    columns: Mapping[str, str] | Iterable[str] | None = None,
    formats: Mapping[str, str] | None = None,
    rows: Iterable[Mapping[str, Any]] = (),
    quick: bool = False,
) -> Block:
    """Return a figure with its finding as title, alt text from the data, and the numbers behind it.

    Parameters
    ----------
    voice : Voice
    key : str
        ``[figure.<key>]`` of the catalogues; the names of the functions in `tne.figures`. ``"own"``: `of` is the title.
    drawing : Axes or Figure
    table : DataFrame
        The gated frame that was drawn.
    values : mapping
        Values of the alt text, for example from ``tne.figures.event_study_values``.
    finding : {"rose", "flat", "unclear"}, optional
        Variant of the title; without it the title states the finding in `values` where it can.
    of : str
        What the figure is about where several of its kind stand in a report, for example a programme's title.
    columns, formats : optional
        As in `table`.
    rows : iterable of mapping
        Rows of ``estimates.csv``, gated; see `table_rows`.
    quick : bool
        Do not make the image small: for a desk, where somebody waits for it.

    Returns
    -------
    Block
        Of kind ``"figure"``: the image, its caption, and the numbers behind it in a fold.

    Raises
    ------
    ValueError
        If the frame holds numbers that may not be shown: then the drawing may show them too.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> weeks = pd.DataFrame({"week": pd.to_datetime(["2026-03-02", "2026-03-09"]), "n_people": [20, 35]})
    >>> axes = tne.figures.cohort_timeline(weeks, voice=voice)
    >>> values = tne.figures.cohort_timeline_values(weeks)
    >>> block = tne.say.figure(voice, "cohort_timeline", axes, table=weeks, values=values)
    >>> block.kind, block.html[block.html.index("<h3>") + 4 : block.html.index("</h3>")]
    ('figure', 'The busiest week, from 9 Mar 2026: 35 people finished')
    """
    known = voice.has(f"figure.{key}.title") or (voice.strict and key != OWN)
    name = key if known else "unknown"
    title = title_text(voice, name, values, finding)
    title = (of if key == OWN else f"{of}: {title}") if of else title
    level = {"level": voice.percent(_level(table)), "min_n": voice.min_n}
    behind = _html_table(voice, table, title, columns, formats, kind="figure")
    width, height = size_at_one(drawing)
    image = (
        f'<img src="{data_uri(drawing, quick=quick)}" alt="{escape(alt_text(voice, name, values))}" '
        f'width="{width}" height="{height}">'
    )
    html = (
        f'<figure id="figure-{slug(f"{key} {of}".strip())}"><h3>{escape(title)}</h3>{image}'
        f"<figcaption>{voice.html(f'figure.{name}.caption', **level)}</figcaption></figure>"
        f"<details><summary>{voice.html('figure.details')}</summary>{behind}</details>"
    )
    return Block(html=html, rows=tuple(dict(row) for row in rows), kind="figure")


def table(
    voice: Voice,
    key: str,
    frame: pd.DataFrame,
    *,
    of: str = "",
    columns: Mapping[str, str] | Iterable[str] | None = None,
    formats: Mapping[str, str] | None = None,
    rows: Iterable[Mapping[str, Any]] = (),
) -> Block:
    """Return a captioned table of gated numbers.

    Parameters
    ----------
    voice : Voice
    key : str
        ``table.<key>`` of the catalogues: the caption. ``"own"``: `of` is the caption.
    frame : DataFrame
        Gated; an ungated estimate raises.
    of : str
        What the table is about where several of its kind stand in a report: no two captions may be the same.
    columns : mapping or iterable of str, optional
        Columns in order, with their headers or (names alone) with headers from ``[column]``. ``"interval"`` shows
        ``conf_low`` and ``conf_high``. Default: the keys, then estimate, interval and people.
    formats : mapping, optional
        Column to kind; see `tne.report.tables.data_table`.
    rows : iterable of mapping
        Rows of ``estimates.csv``, gated.

    Returns
    -------
    Block
        Of kind ``"table"``.

    Raises
    ------
    ValueError
        If the frame holds numbers that may not be shown.
    KeyError
        If a column is absent, or a format unknown.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> frame = pd.DataFrame({"queue": ["spam", "hate"], "estimate": [2.4, 1.1], "n_people": [40, 35]})
    >>> block = tne.say.table(voice, "own", frame, of="Change by queue", columns=["queue", "estimate", "n_people"])
    >>> block.kind, block.html.count("<tr"), "Change by queue" in block.html
    ('table', 3, True)
    """
    caption = voice.code(
        "table", "unknown" if key == OWN else key, level=voice.percent(_level(frame)), min_n=voice.min_n
    )
    caption = (of if key == OWN else f"{of}: {caption}") if of else caption
    html = _html_table(voice, frame, caption, columns, formats, kind="table")
    return Block(html=html, rows=tuple(dict(row) for row in rows), kind="table")


def table_rows(
    voice: Voice,
    frame: pd.DataFrame,
    *,
    programme_id: str,
    level: str,
    measure: str,
    group: str | None = None,
) -> tuple[dict[str, Any], ...]:
    """Return rows of ``estimates.csv`` from a frame of estimates; they pass the gate here.

    Parameters
    ----------
    voice : Voice
    frame : DataFrame
        Estimate columns; `term` names the rows.
    programme_id, level, measure : str
        Written into the columns of these names; "" where there is no programme.
    group : str, optional
        Column whose values name the groups; "all" without it.

    Returns
    -------
    tuple of dict
        One per row of `frame`; a number that is hidden is NaN, with a note.

    Raises
    ------
    ValueError
        If the voice's `min_n` lies below 5.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"})
    >>> frame = pd.DataFrame({"queue": ["spam", "hate"], "estimate": [2.4, 1.1], "n_people": [40, 3]})
    >>> rows = tne.say.table_rows(voice, frame, programme_id="", level="results", measure="change", group="queue")
    >>> [(row["group"], row["estimate"]) for row in rows]
    [('spam', 2.4), ('hate', nan)]
    """
    names = ("estimate", "conf_low", "conf_high", "conf_level", "unit", "comparison", "n", "n_people")
    out = []
    for row in publishable_frame(frame, min_n=voice.min_n).to_dict("records"):
        hidden = not isinstance(row["estimate"], (int, float)) or math.isnan(row["estimate"])
        out.append(
            estimates_row(
                report=voice.report,
                market=voice.market,
                period=voice.period,
                programme_id=programme_id,
                level=level,
                measure=measure,
                term=str(row.get("term", measure)),
                group=_label(row[group]) if group else "all",
                note=english_note(voice, str(row.get("note") or "unknown")) if hidden else "",
                **{name: row[name] for name in names if name in row},
            )
        )
    return tuple(out)


def _html_table(
    voice: Voice,
    frame: pd.DataFrame,
    caption: str,
    columns: Mapping[str, str] | Iterable[str] | None,
    formats: Mapping[str, str] | None,
    kind: str,
) -> str:
    _require_gated(voice, frame, kind)
    if columns is None:
        fixed = {
            *_BEHIND,
            "conf_low",
            "conf_high",
            "conf_level",
            "n",
            "n_people_total",
            "note",
            "term",
            "unit",
        }
        hidden = {"std_error", "statistic", "df", "p_value", "estimand", "comparison", "method"}
        keys = [c for c in frame.columns if c not in fixed | hidden]
        columns = [
            *keys,
            *(c for c in _BEHIND if c in frame.columns or (c == "interval" and "conf_low" in frame)),
        ]
    if not isinstance(columns, Mapping):
        columns = {
            name: voice.text(f"column.{name}") if voice.has(f"column.{name}") else _plain(name)
            for name in columns
        }
    kinds = {name: FORMATS[name] for name in columns if name in FORMATS}
    if "unit" in frame.columns and len(frame) and frame["unit"].eq("share").all():
        kinds |= {"estimate": "percent"} if "estimate" in columns else {}
    kinds |= dict(formats or {})
    return data_table(voice, _worded(voice, frame, columns), caption=caption, columns=columns, formats=kinds)


def _worded(voice: Voice, frame: pd.DataFrame, columns: Iterable[str]) -> pd.DataFrame:
    """Codes of the data as the words of the language, as in the drawing."""

    def word(start: str, code: Any) -> Any:
        key = f"draw.{start}_{code}"
        if not isinstance(code, str):
            return code
        return voice.text(key) if voice.has(key) else _plain(code)

    out = frame.copy()
    for name in set(columns) & set(_CODES) & set(frame.columns):
        out[name] = [word(_CODES[name], code) for code in frame[name]]
    if "policy_area" in columns and "policy_area" in frame.columns:
        out["policy_area"] = [_plain(area) for area in frame["policy_area"]]
    return out


def _plain(name: Any) -> str:
    """A name of the data as a reader may see it: there is no phrase for it."""
    return str(name).replace("_", " ")


def _require_gated(voice: Voice, frame: pd.DataFrame, kind: str) -> None:
    """Fail closed: a number that the gate would hide must not have been drawn or written."""
    if "estimate" not in frame.columns:
        return
    gated = publishable_frame(frame, min_n=voice.min_n, share=False)
    bare = (frame["estimate"].notna() & gated["estimate"].isna()).to_numpy()
    if bare.any():
        raise ValueError(
            f"The frame of this {kind} has {int(bare.sum())} rows that may not be shown: fewer than {voice.min_n} "
            "people, or no n_people. Gate it with tne.report.disclosure.publishable_frame before it is drawn."
        )


def _level(frame: pd.DataFrame) -> float:
    levels = frame["conf_level"].dropna().unique() if "conf_level" in frame.columns else []
    return float(levels[0]) if len(levels) == 1 else 0.95


def _label(value: Any) -> str:
    if isinstance(value, pd.Timestamp):
        return cast(str, value.date().isoformat())
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
