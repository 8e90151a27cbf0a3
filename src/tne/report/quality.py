"""How good are the data of this report, and what does it do to what the report says?"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from html import escape
from typing import Any

import pandas as pd

from tne.report.block import Block
from tne.report.disclosure import headcount
from tne.report.due import task_html
from tne.report.tables import data_table
from tne.report.voice import Voice
from tne.report.written import NO_NUMBER

#: Check of `Workspace.quality` to the phrase that says it, where they differ.
_PHRASES = {
    **dict.fromkeys(("no_roster", "off_roster"), "roster"),
    **dict.fromkeys(("no_session", "no_enrolment", "no_item", "no_policy"), "partner"),
    **dict.fromkeys(("twice", "close_attempts"), "twice"),
    **dict.fromkeys(("drift_nulls", "drift_share", "drift_scale", "drift_values"), "drift"),
}
_OTHER = {"no_session": "sessions", "no_enrolment": "enrolments", "no_item": "items", "no_policy": "policies"}
#: Who has the export corrected.
_OWNERS = {
    "audits": "qa_lead",
    "ratings": "qa_lead",
    "production": "operations_lead",
    "appeals": "operations_lead",
}
_ROWS_OF_PEOPLE = ("enrolments", "attendance", "moderators")  # their number would be one of people
_DAYS = 7  # until an export is corrected
_MOST = 5  # findings that are said; the table has all
_ITEM = '<li class="k-warn"><span class="mark" aria-hidden="true">!</span>'
_FIRST = 2  # of them on the first screen
#: What takes most from a verdict comes first.
_KINDS = ("freshness", "join", "coverage", "duplicates", "times", "drift", "quarantine")
_STEPS = (0.01, 0.05, 0.1, 0.2, 0.5, 1.0)


def quality(
    voice: Voice,
    found: Any,
    *,
    decisive: Collection[str] = (),
    names: Mapping[str, str] | None = None,
) -> Block:
    """Return one sentence on the data, what limits the report and who does what about it, and the checks by export.

    Parameters
    ----------
    voice : Voice
    found : Quality
        Of `Workspace.quality`; anything with its attributes will do.
    decisive : collection of str
        Tables on which the verdict rests: a warning about one of them stands on the first screen too.
    names : mapping of str to str, optional
        Market names by code, where the report spans markets.

    Returns
    -------
    Block
        Kind ``"quality"``. Its fact ``alert`` is the caveat of the first screen, "" without one.

    Examples
    --------
    >>> ws = tne.open("data/sample")
    >>> voice = tne.say.voice({"market": "IE", "language": "en-IE"}, as_of=ws.as_of)
    >>> block = tne.say.quality(voice, ws.quality("IE", tables=("surveys",)), decisive=("surveys",))
    >>> block.html[:60], block.facts["alert"][:18]
    ('<p>Read: Survey answers (50). The checks find nothing that c', '')
    """
    frame = found.to_frame()
    if not any(found.rows.values()):
        return Block(html="", kind="quality", facts={"alert": ""})
    warned = _grouped(frame.loc[frame["status"].isin(["warn", "fail"])], decisive)
    said = [_read(voice, found), _set_aside(voice, frame)]
    items, more = "", ""
    if warned:
        lead = voice.html("quality.warned", n=len(warned), n_word=voice.word(len(warned)))
        said.append(lead[:1].upper() + lead[1:])
        items = "".join(
            f"{_ITEM}{_finding(voice, rows, names)} {_owner(voice, rows)}</li>" for rows in warned[:_MOST]
        )
        more = f'<ul class="checks">{items}</ul><p>{voice.html("quality.do")}</p>'
    else:
        said.append(voice.html("quality.fine"))
    touching = [_finding(voice, rows, names) for rows in warned if rows[0]["table"] in decisive][:_FIRST]
    title = voice.html("section.quality.title")
    alert = f'<p class="caveat"><a href="#quality">{title}</a>. {" ".join(touching)}</p>' if touching else ""
    html = f"<p>{' '.join(filter(None, said))}</p>{more}{_details(voice, found, frame)}"
    return Block(html=html, kind="quality", facts={"alert": alert})


def _grouped(frame: pd.DataFrame, decisive: Collection[str]) -> list[list[dict[str, Any]]]:
    """Findings that are said together, weightiest first, by market, phrase and table; the roster once.

    The tables on which the verdict rests come first, then what takes most from it.
    """
    groups: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row in frame.sort_values("value", ascending=False, kind="stable").to_dict("records"):
        phrase = _PHRASES.get(row["check"], row["check"])
        key = (row["market"], phrase) if phrase == "roster" else (row["market"], phrase, row["table"])
        own = groups.setdefault(key, [])
        if row["table"] not in [other["table"] for other in own]:
            own.append(row)

    def weight(row: dict[str, Any]) -> tuple[Any, ...]:
        return row["table"] not in decisive, _KINDS.index(row["kind"])

    return sorted((sorted(rows, key=weight) for rows in groups.values()), key=lambda rows: weight(rows[0]))


def _read(voice: Voice, found: Any) -> str:
    """What was read, up to which day: the three largest exports, rounded as headcounts are."""
    counts = {
        t: n for t, n in found.rows.items() if voice.has(f"quality.table_{t}") and t not in _ROWS_OF_PEOPLE
    }
    # those whose number is hidden (NaN) come last
    largest = sorted((t for t in counts if counts[t]), key=lambda t: -counts[t] if counts[t] > 0 else 1)[:3]
    if not largest:
        return ""
    few = voice.text("note.few_people", min_n=voice.min_n)
    shown = {t: voice.count(headcount(counts[t])) if counts[t] > 0 else few for t in largest}
    told = [f"{voice.text(f'quality.table_{t}')} ({shown[t]})" for t in largest]
    last = max(found.last.values(), default=None)
    key, day = ("read", {"date": last.date()}) if last is not None else ("read_undated", {})
    return voice.html(f"quality.{key}", tables=voice.listed(told), **day)


def _set_aside(voice: Voice, frame: pd.DataFrame) -> str:
    """Rows that the imports have set aside, of all markets; nothing where nothing was imported."""
    rows = frame.loc[frame["check"].eq("quarantine")]
    if rows.empty:
        return ""
    n, total = int(rows["n"].sum()), rows.drop_duplicates("table")["n_total"].sum()
    if not n:
        return voice.html("quality.aside_none")
    share = share_text(voice, n / total, n, n)
    return voice.html("quality.aside_some", n=n, n_text=voice.count(n), share=share)


def _finding(voice: Voice, rows: Sequence[Mapping[str, Any]], names: Mapping[str, str] | None) -> str:
    """One finding and what it does to the report, after the exports that it is about."""
    row = max(rows, key=lambda one: one["value"])
    check = str(row["check"])
    phrase = _PHRASES.get(check, check)
    values: dict[str, Any] = {name: row[name].date() for name in ("first", "last") if not pd.isna(row[name])}
    values["share"] = _share(voice, row)
    if row["kind"] == "times" and check != "future":
        phrase, values["what"] = "times", voice.text(f"quality.what_{check}")
    elif phrase == "partner":
        values["other"] = voice.text(f"quality.table_{_OTHER[check]}")
    elif phrase == "drift":
        values["column"] = str(row["column"]).replace("_", " ")
    elif row["kind"] in ("coverage", "freshness"):
        n = int(row["n"])
        values |= {"n": n, "n_text": voice.count(n)}
    where = escape(voice.listed([voice.text(f"quality.table_{one['table']}") for one in rows]))
    if names and row["market"]:
        where = f"{escape(names.get(row['market'], row['market']))} · {where}"
    return f"<strong>{where}</strong>: {voice.html(f'quality.{phrase}', **values)}"


def _owner(voice: Voice, rows: Sequence[Mapping[str, Any]]) -> str:
    """Whose task the export is, and by when."""
    roster = _PHRASES.get(rows[0]["check"]) == "roster"
    return task_html(
        voice, "training_analyst" if roster else _OWNERS.get(rows[0]["table"], "training_analyst"), _DAYS
    )


def _share(voice: Voice, row: Mapping[str, Any]) -> str:
    n, people = row["n"], row["n_people"]
    if pd.isna(n) or pd.isna(row["value"]):
        return NO_NUMBER
    # rows without a person are of one each, at worst
    return share_text(voice, float(row["n"] / row["n_total"]), n, people if people > 0 else n)


def share_text(voice: Voice, share: float, n: float, people: float) -> str:
    """Return a share of rows; no more than a bound where fewer than `min_n` people are behind it."""
    if not n:
        return voice.percent(0.0)
    if people < voice.min_n:
        return f"< {voice.percent(next(step for step in _STEPS if share < step or step == 1))}"
    if share < 0.001:
        return f"< {voice.percent(0.001, 1)}"
    return voice.percent(share, 1 if share < 0.1 else 0)


def _details(voice: Voice, found: Any, frame: pd.DataFrame) -> str:
    """One row per export that was checked, behind a summary; print leaves it out."""
    rows = [
        _export(voice, table, found, own)
        for table, own in frame.groupby("table", sort=False)
        if voice.has(f"quality.table_{table}") and own["status"].ne("not_run").any()
    ]
    if not rows:
        return ""
    heads = ("table", "rows", "to", "partner", "times", "twice", "weeks", "result")
    columns = {name: voice.text(f"quality.head_{name}") for name in heads}
    drift = frame.loc[frame["kind"].eq("drift"), "status"].ne("not_run")
    note = voice.text("quality.compared" if drift.any() else "quality.not_compared")
    formats = {**dict.fromkeys(heads, "text"), "to": "date"}
    made = pd.DataFrame(sorted(rows, key=lambda row: row["table"]))
    html = data_table(
        voice, made, caption=voice.text("quality.caption"), columns=columns, formats=formats, note=note
    )
    return f"<details><summary>{voice.html('quality.details')}</summary>{html}</details>"


def _export(voice: Voice, table: str, found: Any, own: pd.DataFrame) -> dict[str, Any]:
    """What was found in one export: the worst share of each kind of check."""
    cells: dict[str, Any] = {"table": voice.text(f"quality.table_{table}")}
    n = found.rows.get(table, 0)
    cells["rows"] = NO_NUMBER if table in _ROWS_OF_PEOPLE else voice.count(headcount(n))
    cells["to"] = found.last.get(table)
    for head, kind in (("partner", "join"), ("times", "times"), ("twice", "duplicates")):
        run = own.loc[own["kind"].eq(kind) & own["status"].ne("not_run")]
        worst = run.sort_values("n", ascending=False).head(1).to_dict("records")
        cells[head] = _share(voice, worst[0]) if worst else NO_NUMBER
    weeks = own.loc[own["kind"].eq("coverage") & own["status"].ne("not_run")]
    cells["weeks"] = voice.count(weeks["n"].sum()) if len(weeks) else NO_NUMBER
    worst_status = "warn" if own["status"].isin(["warn", "fail"]).any() else "pass"
    return cells | {"result": voice.text(f"quality.result_{worst_status}")}
