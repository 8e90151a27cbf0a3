"""How are ratings exported from Label Studio read: CSV, TSV, JSON-min or JSON?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from tne.tables.importers.errors import Bad
from tne.tables.importers.formats.annotations import GROUND_TRUTH, META, MORE, RATER, read
from tne.tables.importers.formats.asks import MARKET, ROSTER, market
from tne.tables.importers.formats.delimited import header_cells
from tne.tables.importers.formats.format import Ask, Format
from tne.tables.importers.formats.jsons import first
from tne.tables.importers.formats.writing import source_name, toml
from tne.tables.importers.mapping import MappingError
from tne.tables.importers.reading import Sheet, clean
from tne.tables.importers.sniffing import Sample
from tne.tables.importers.texts import text_of

COLUMN = "column:"
KEYED = "keyed"
_NEEDED = META[:4]

ASKS = (
    Ask(name="calibration", what=f"the calibration session, or `{COLUMN}NAME`"),
    Ask(name="policy_area", what=f"the policy area of all cases, or `{COLUMN}NAME`"),
    Ask(
        name="label",
        what="the column of the label; if not given: the only one on which raters differ",
        default="",
    ),
    Ask(name="role", what="what the raters are", default="moderator", choices=("moderator", "qa", "policy")),
    Ask(
        name="annotator",
        what=f"what the annotator is in the roster; `{KEYED}` for raters who are in no roster",
        default="mail",
        choices=("mail", "upn", "username", "employee_number", KEYED),
    ),
    Ask(name="case", what="the column of the case; if not given: the number of the task", default="id"),
    Ask(
        name="reference",
        what="the column of the agreed label; if not given: `ground_truth`, if any",
        default="",
    ),
    Ask(name="zone", what="the time zone of times without offset", default=""),
    MARKET,
)


def _recognise(seen: Sample) -> str:
    names = {header.casefold() for header in header_cells(seen)} if seen.kind == "text" else set()
    if set(_NEEDED) <= names:
        return f"the columns {', '.join(_NEEDED)}"
    found = first(seen.text) if seen.kind == "text" else None
    if isinstance(found, dict) and set(_NEEDED) <= set(found):
        return f"the keys {', '.join(_NEEDED)}"
    if (
        isinstance(found, dict)
        and isinstance(found.get("data"), dict)
        and isinstance(found.get("annotations"), list)
    ):
        told = [a for a in found["annotations"] if isinstance(a, dict)]
        if "id" in found and all({"result", "completed_by"} <= set(a) for a in told):
            return "the keys data and annotations of its first task"
    return ""


def _own(sheet: Sheet) -> list[str]:
    return [h for h in sheet.headers if h and h not in (*META, *MORE) and not h.endswith(GROUND_TRUTH)]


def _label(sheet: Sheet, answers: Mapping[str, str]) -> str:
    """Return the column of the label: the one asked for, or the only one that must be one.

    An input is the same for all who rated a task; a column that differs, or that lists choices, is no input.
    """
    asked = _find(sheet, answers["label"])
    if answers["label"] and asked:
        return asked
    used = {
        _find(sheet, answers[name].removeprefix(COLUMN))
        for name in ("case", "reference", "policy_area", "calibration")
    }
    task = sheet.headers.index("id") if "id" in sheet.headers else None
    found = []
    for at, header in enumerate(sheet.headers):
        if header not in _own(sheet) or header in used:
            continue
        said: dict[str, set[Any]] = defaultdict(set)
        for row, why in zip(sheet.cells, sheet.non_data, strict=True):
            if not why and task is not None and not isinstance(row[at], Bad) and row[at] not in (None, ""):
                said[text_of(row[task])].add(text_of(row[at]))
        if sheet.about[at] or any(len(values) > 1 for values in said.values()):
            found.append(header)
    if answers["label"] or len(found) != 1:
        what = "has no column of that name" if answers["label"] else "does not say which column is the label"
        raise MappingError(
            f"The export {what}. Add `--set label=NAME`, one of: {', '.join(found or _own(sheet))}."
        )
    return found[0]


def _find(sheet: Sheet, name: str) -> str:
    plain = clean(name).casefold()
    return next((header for header in sheet.headers if header.casefold() == plain), "")


def _filled(target: str, answer: str, sheet: Sheet) -> str:
    """Return how a target is filled by an answer that is a value or names a column."""
    if not answer.startswith(COLUMN):
        return f"{target} = {{ constant = {toml(answer)} }}"
    name = _find(sheet, answer.removeprefix(COLUMN))
    if not name:
        raise MappingError(f"The export has no column for `{target}`. It has {', '.join(_own(sheet))}.")
    return f"{target} = {toml(name)}"


def _reference(sheet: Sheet, label: str, asked: str) -> str:
    name = _find(sheet, asked or "ground_truth")
    if asked and not name:
        raise MappingError(f"The export has no column for the reference. It has {', '.join(_own(sheet))}.")
    name = name or _find(sheet, label + GROUND_TRUTH)
    if not name:
        return ""
    at = sheet.headers.index(name)
    # A flag says that an annotation is the reference, not what the reference is.
    said = {text_of(row[at]).casefold() for row in sheet.cells if not isinstance(row[at], Bad)} - {""}
    return "" if said <= {"true", "false"} else f"reference_label = {toml(name)}"


def _mapping(sheet: Sheet, answers: Mapping[str, str]) -> str:
    label = _label(sheet, answers)
    case = _find(sheet, answers["case"])
    if not case:
        raise MappingError(f"The export has no column for `case`. It has {', '.join(_own(sheet))}.")
    kind = answers["annotator"]
    if kind == KEYED and answers["market"] == ROSTER:
        raise MappingError("Raters who are in no roster have no market there. Add `--set market=…`.")
    raters = {str(row[-1]) for row, why in zip(sheet.cells, sheet.non_data, strict=True) if not why}
    if kind in ("mail", "upn") and raters and all(map(str.isdigit, raters)):
        raise MappingError(
            "The export names its raters by the numbers of Label Studio. Add `--set annotator=employee_number` or "
            f"`username` if the roster holds these numbers, or `{KEYED}`; the JSON export may hold mails."
        )
    kinds = ["mail", "upn"] if kind == "mail" else [kind]
    rater = f'{{ id = ["{RATER}"], prefix = "rater_" }}'
    if kind != KEYED:
        rater = f'{{ person = {{ column = "{RATER}", kind = {toml(kinds)} }} }}'
    name = answers["name"] or source_name("label-studio", answers["calibration"].removeprefix(COLUMN), label)
    return f"""\
# Ratings of Label Studio: one row an annotation. The reader has set aside tasks without an annotation, cancelled ones
# and what somebody rated twice (the first counts). Several choices are one label, separated by ;.

[source]
name = {toml(name)}
kind = "label-studio"
{f"zone = {toml(answers['zone'])}" if answers["zone"] else ""}
ignore = {toml([*META, *MORE])}

[[source.non_data]] # annotations that say something else
column = {toml(label)}
blank = true

[[table]]
into = "ratings"
[table.columns]
{_filled("calibration_id", answers["calibration"], sheet)}
case_id = {toml(case)}
rater_id = {rater}
{market(answers)}
{_filled("policy_area", answers["policy_area"], sheet)}
label = {toml(label)}
{_reference(sheet, label, answers["reference"])}
rated_at = "created_at"
[table.constants]
role = {toml(answers["role"])}
"""


FORMAT = Format(
    name="label-studio",
    title="Label Studio ratings",
    recognise=_recognise,
    read=read,
    mapping=_mapping,
    asks=ASKS,
)
