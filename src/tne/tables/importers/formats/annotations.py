"""What does an export of Label Studio say: who gave which task which label, and which rows are no rating?

After Label Studio's own converter (github.com/HumanSignal/label-studio-sdk, `converter/`): JSON-min and CSV hold one
record an annotation, the inputs and the labels side by side; a single choice is a text, several are
``{"choices": […]}``. The full JSON holds one record a task and keeps cancelled annotations.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tne.tables.importers.errors import Bad
from tne.tables.importers.formats.delimited import delimited
from tne.tables.importers.formats.jsons import NO_OBJECT, Objects, cell, keys
from tne.tables.importers.mapping import Source
from tne.tables.importers.reading import Sheet
from tne.tables.importers.texts import text_of

META = ("id", "annotator", "annotation_id", "created_at", "updated_at", "lead_time")
RATER, REFERENCE = "annotator's alias", "annotation is the reference"
MORE = ("agreement", "history", "was_cancelled", REFERENCE, RATER)
GROUND_TRUTH = " (ground truth)"
_TELLING = ("choices", "taxonomy", "rating", "number", "text", "labels")
_MAIL = re.compile(r"([^\s,;<>]+@[^\s,;<>]+)[\s,;]+\d+")


def read(path: Path, source: Source) -> Sheet:
    """Read an export; see `Format.read`."""
    if path.read_bytes()[:64].decode("latin-1").lstrip("ï»¿ÿþ\x00 \t\r\n")[:1] in ("[", "{"):
        numbers, records = [], []
        for number, record in _records(path):
            numbers.append(number)
            records.append(record)
        names = keys([r for r in records if isinstance(r, dict)])
        headers = tuple(names.values())
        cells = [[r.get(k) for k in names] if isinstance(r, dict) else [r] * len(headers) for r in records]
        file = path.name
    else:
        raw = delimited(path, source, {})
        file, headers, cells, numbers = raw.file, raw.headers, raw.cells, raw.numbers
    at = {header.casefold(): i for i, header in reversed(list(enumerate(headers)))}
    made = [[c if h in META else label(c) for h, c in zip(headers, row, strict=True)] for row in cells]
    raters = [_rater(row[at["annotator"]]) if "annotator" in at else None for row in cells]
    reasons = _reasons(cells, at, raters)
    rows = [
        [*(v if isinstance(v, Bad) else cell(v) for v in row), who]
        for row, who in zip(made, raters, strict=True)
    ]
    told = [
        {"told as": "choices"} if any(map(is_choices, column)) else {} for column in zip(*cells, strict=True)
    ]
    about = (*(told or [{}] * len(headers)), {})
    return Sheet(
        file, (*headers, RATER), rows, numbers, tuple(reasons), tuple(_notes(file, raters, reasons)), about
    )


def _records(path: Path) -> Iterator[tuple[int, Any]]:
    """Yield one record an annotation; of a task in full JSON one for each, all with the number of the task."""
    for number, raw in Objects(path):
        if not isinstance(raw, dict):
            yield number, NO_OBJECT
        elif isinstance(raw.get("annotations"), list) and isinstance(raw.get("data"), dict):
            yield from ((number, record) for record in _of_task(raw))
        else:
            yield number, raw


def _of_task(task: dict[str, Any]) -> Iterator[dict[str, Any]]:
    told = [a for a in task["annotations"] if isinstance(a, dict)]
    truth: dict[str, Any] = {}
    for annotation in told:
        if annotation.get("ground_truth") is True:
            truth = {f"{name}{GROUND_TRUTH}": value for name, value in _results(annotation).items()}
    for annotation in told or [{}]:
        yield {
            **task["data"],
            **truth,
            **_results(annotation),
            "id": task.get("id"),
            "annotator": annotation.get("completed_by"),
            "annotation_id": annotation.get("id"),
            **{name: annotation.get(name) for name in ("created_at", "updated_at", "lead_time")},
            "was_cancelled": annotation.get("was_cancelled"),
            REFERENCE: annotation.get("ground_truth"),
        }


def _results(annotation: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, list[Any]] = {}
    for result in annotation.get("result") or []:
        if isinstance(result, dict) and isinstance(result.get("from_name"), str):
            found.setdefault(result["from_name"], []).append(result.get("value"))
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def label(value: Any) -> Any:
    """Return what a control says as one text; several choices in the order of the alphabet, separated by ``;``.

    Examples
    --------
    >>> label('{"choices": ["spam", "hate"]}')
    'hate;spam'
    >>> label([{"rating": 4}])
    '4'
    """
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return value
    if isinstance(value, (dict, list)):
        found = _texts(value)
        return ";".join(sorted(set(found))) if found else Bad("no choice, but a region or another structure")
    return value


def _texts(value: Any) -> list[str]:
    """Return the choices in a structure, nothing if there is anything else in it."""
    if isinstance(value, dict):
        told = [name for name in _TELLING if name in value]
        # A region says where: a label of a part of the case is no label of the case.
        return (
            _texts(value[told[0]]) if len(told) == 1 and not {"start", "end", "x", "y"} & set(value) else []
        )
    if isinstance(value, list):
        if value and all(isinstance(v, list) and v and all(isinstance(p, str) for p in v) for v in value):
            return ["/".join(path) for path in value]
        parts = [_texts(each) for each in value]
        return [text for part in parts for text in part] if all(parts) else []
    return [] if value is None or isinstance(cell(value), Bad) else [text_of(value)]


def is_choices(value: Any) -> bool:
    """Whether a cell is a structure that only a control for choices writes."""
    return (isinstance(value, dict) and "choices" in value) or (
        isinstance(value, str) and value[:11] == '{"choices":'
    )


def _rater(value: Any) -> Any:
    """Return the mail or the number of an annotator."""
    if isinstance(value, dict):
        value = value.get("email") or value.get("id")
    if isinstance(value, Bad):
        return value
    text = text_of(cell(value)) if not isinstance(cell(value), Bad) else ""
    if text in ("", "None"):
        return None
    found = _MAIL.fullmatch(text)
    return found[1] if found else text


def _reasons(cells: Sequence[Sequence[Any]], at: dict[str, int], raters: Sequence[Any]) -> list[str]:
    """Return why each row is no rating: no annotation, cancelled, the reference, a person's second one."""

    def text(row: Sequence[Any], name: str) -> str:
        value = row[at[name]] if name in at else None
        return "" if isinstance(value, (Bad, dict, list)) else text_of(value)

    reasons = []
    firsts: dict[tuple[str, str], tuple[str, str]] = {}
    for row, who in zip(cells, raters, strict=True):
        damaged = isinstance(row[at["annotation_id"]], Bad) if "annotation_id" in at else False
        why = "" if damaged or text(row, "annotation_id") not in ("", "None") else "a task without annotation"
        why = why or ("cancelled" if text(row, "was_cancelled").casefold() == "true" else "")
        if not why and REFERENCE in at and row[at[REFERENCE]] is True:
            why = "the reference"
        reasons.append(why)
        if not why and not damaged:
            name, made = (text(row, "id"), str(who)), (text(row, "created_at"), text(row, "annotation_id"))
            firsts[name] = min(firsts.get(name, made), made)
    for i, (row, who) in enumerate(zip(cells, raters, strict=True)):
        first = firsts.get((text(row, "id"), str(who)))
        if not reasons[i] and first and text(row, "annotation_id") != first[1]:
            reasons[i] = "a further annotation of the same person"
    return reasons


def _notes(file: str, raters: Sequence[Any], reasons: Sequence[str]) -> Iterator[str]:
    for why in dict.fromkeys(filter(None, reasons)):
        yield f"{file}: {reasons.count(why)} rows are no ratings: {why}."
    numbers = sum(
        isinstance(who, str) and who.isdigit() and not why for who, why in zip(raters, reasons, strict=True)
    )
    if numbers:
        yield (
            f"{file}: {numbers} ratings name their rater by a number of Label Studio. The roster knows it only if it "
            "was registered; then add `--set annotator=username` or `employee_number`."
        )
