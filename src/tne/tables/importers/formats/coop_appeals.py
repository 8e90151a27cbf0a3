"""How are the decisions on appeals that the console Coop sends out read?

Source: the console's documentation of its callback (https://github.com/roostorg/coop, docs/api): ``appealId``,
``item``, ``appealedBy``, ``appealDecision`` (``ACCEPT``: the decision was wrong), ``custom``. What a company keeps of
it is a list of such objects, or a CSV of them. Market, queue, policy area and times are not in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from tne.tables.importers.formats import jsons
from tne.tables.importers.formats.delimited import delimited, header_cells
from tne.tables.importers.formats.format import Ask, Format
from tne.tables.importers.formats.writing import source_name, toml
from tne.tables.importers.mapping import Source
from tne.tables.importers.reading import Sheet
from tne.tables.importers.sniffing import Sample

APPEAL, ITEM, DECISION = "appealId", "item.id", "appealDecision"
# What a company can add, in the callback's `custom` or in its own list, under the names of the table.
ALIASES = {
    ITEM: ("itemId", "item_id"),
    "decided_at": ("decidedAt",),
    "appealed_at": ("appealedAt",),
    "resolved_at": ("resolvedAt",),
    "policy_area": ("policyArea",),
}
_ADDED = ("market", "queue", "policy_area", "decided_at", "appealed_at")
_STORED = {"appealed_at": ("appeals",)}
_IGNORE = ("appealedBy", "appealedBy.*", "item", "item.*", APPEAL, ITEM, "custom", "appealReason")

ASKS = (
    Ask(
        name="case",
        what="which id is the case_id that audits and appeals are stored under",
        default="appeal",
        choices=("appeal", "item"),
    ),
    Ask(name="market", what="the market; if not given: that of the stored appeal or audit", default=""),
    Ask(name="queue", what="the queue; if not given: that of the stored appeal or audit", default=""),
    Ask(
        name="policy_area",
        what="the policy area; if not given: that of the stored appeal or audit",
        default="",
    ),
    Ask(name="zone", what="the time zone of times that have no offset", default=""),
)


def _recognise(seen: Sample) -> str:
    if seen.kind != "text":
        return ""
    first = jsons.first(seen.text) if seen.text.lstrip("\ufeff \r\n\t")[:1] in ("{", "[") else None
    names = set(first) if isinstance(first, dict) else set(header_cells(seen))
    return f"the fields {APPEAL} and {DECISION}" if {APPEAL, DECISION} <= names else ""


def _read(path: Path, source: Source) -> Sheet:
    with path.open("rb") as file:
        start = file.read(64).lstrip(b"\xef\xbb\xbf \r\n\t")
    sheet = _objects(path) if start[:1] in (b"{", b"[") else delimited(path, source, ALIASES)
    at = sheet.headers.index(DECISION) if DECISION in sheet.headers else -1
    cells = [[_decision(c) if i == at else c for i, c in enumerate(row)] for row in sheet.cells]
    return replace(sheet, cells=cells)


def _decision(cell: Any) -> Any:
    return cell.strip().upper() if isinstance(cell, str) else cell


def _objects(path: Path) -> Sheet:
    rows: list[dict[str, Any]] = []
    numbers: list[int] = []
    for number, value in jsons.Objects(path):
        rows.append(_flat(value) if isinstance(value, dict) else {APPEAL: jsons.NO_OBJECT})
        numbers.append(number)
    names = jsons.keys([{APPEAL: None, DECISION: None}, *rows])
    cells = [[jsons.cell(row.get(key)) for key in names] for row in rows]
    return Sheet(path.name, tuple(names.values()), cells, numbers)


def _flat(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return one callback with what stands in its item and in `custom` beside the rest; the own fields come first."""
    found = {name: cell for name, cell in value.items() if name not in ("item", "appealedBy", "custom")}
    item, custom = value.get("item"), value.get("custom")
    if isinstance(item, dict):
        found[ITEM] = item.get("id")
    if isinstance(custom, dict):
        found = {**custom, **found}
    other = {alias: name for name, aliases in ALIASES.items() for alias in aliases}
    return {other.get(name, name): cell for name, cell in found.items()}


def _mapping(sheet: Sheet, answers: Mapping[str, str]) -> str:
    columns, constants = [], []
    for name in _ADDED:
        if name in sheet.headers:
            columns.append(f"{name} = {toml(name)}")
        elif answers.get(name):
            constants.append(f"{name} = {toml(answers[name])}")
        else:
            where = toml(_STORED.get(name, ("appeals", "audits")))
            columns.append(f"{name} = {{ stored = {where}, outside = true }}")
    if "resolved_at" in sheet.headers:
        columns.append('resolved_at = "resolved_at"')
    case = APPEAL if answers["case"] == "appeal" else ITEM
    zone = f"zone = {toml(answers['zone'])}\n" if answers["zone"] else ""
    lines = "\n".join(columns)
    more = "\n".join(["[table.constants]", *constants]) if constants else ""
    return f"""\
# Decisions on appeals from the console Coop. What they do not say comes from the appeal or the audit of the same case
# that is stored already; a case without one waits. Who appealed is not read.

[source]
name = {toml(answers["name"] or source_name("coop-appeals", *filter(None, (answers["market"], answers["queue"]))))}
kind = "coop-appeals"
{zone}ignore = {toml([name for name in _IGNORE if name != case])}

[[table]]
into = "appeals"
[table.columns]
case_id = {toml(case)}
overturned = {{ column = {toml(DECISION)}, values = {{ ACCEPT = true, REJECT = false }} }}
moderator_id = {{ stored = ["appeals", "audits"] }}
{lines}
{more}
"""


FORMAT = Format(
    name="coop-appeals",
    title="Coop appeal decisions",
    recognise=_recognise,
    read=_read,
    mapping=_mapping,
    asks=ASKS,
)
