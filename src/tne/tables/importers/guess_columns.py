"""Which lines of a proposed mapping fill a column: a person, what no header fits, a value map with its questions?"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from tne.tables.contracts import Table
from tne.tables.importers.formats.writing import toml
from tne.tables.importers.guess_file import NULLS, Found, is_name
from tne.tables.importers.guess_words import ALLOWED, NO, PERSON_KINDS, YES, folded
from tne.tables.importers.mapping import PEOPLE
from tne.tables.importers.reading import clean
from tne.tables.schema import Column

TODO = "TODO"
SINCE = "nothing says since when somebody is in the team: counts as there from the first working day"
FEW = 12  # values of a column that are listed
_CURRENCY = re.compile(r"^(?:[€$£¥₹]|[A-Z]{3})\s*|\s*(?:[€$£¥₹]|[A-Z]{3})$")
_IDS = ("audit_id", "attempt_id", "response_id", "cost_id", "case_id")


def kind_of(header: str) -> str:
    """Return by which kind of alias a column names people, "" if it names nobody."""
    return PERSON_KINDS.get(folded(header), ("",))[0]


def person_lines(column: Column, table: Table, found: Found, header: str | None) -> list[str]:
    known: dict[str, str] = {}
    for other in found.sheet.headers:
        if (kind := kind_of(other)) and other != header:
            known.setdefault(kind, other)
    if column.name == "auditor_id" or (column.name == "trainer_id" and header):
        if header:
            return [f'{column.name} = {{ id = {toml([header])}, prefix = "q_" }} # grouped, not resolved']
        return [f'{column.name} = {{ id = [{TODO}], prefix = "q_" }} # the column of the auditor']
    if column.name == "trainer_id" or (column.optional and not known):
        return []
    if not known:
        return [
            f"{column.name} = {{ person = {{ column = {TODO}, kind = {TODO} }} }} # mail, username or number"
        ]
    if table.name == "moderators":
        kind = next(k for k in ("employee_number", "username", "mail", "upn") if k in known)
        also = ", ".join(f"{k} = {toml(h)}" for k, h in known.items() if k != kind)
        aliases = f", aliases = {{ {also} }}" if also else ""
        return [
            f"{column.name} = {{ person = {{ column = {toml(known[kind])}, kind = {toml(kind)}, create = true"
            f"{aliases} }} }} # `column`: what stays"
        ]
    kind = next(k for k in ("mail", "upn", "username", "employee_number") if k in known)
    return [
        f"{column.name} = {{ person = {{ column = {toml(known[kind])}, kind = {toml(kind)} }} }} "
        "# is this what the roster knows?"
    ]


def lacking(
    column: Column, found: Found, table: Table, columns: list[str], taken: Mapping[str, str]
) -> list[str]:
    """Return the line of a required column that no header fits; ids and markets go among the columns."""
    people = PEOPLE & set(table.names) and any(map(kind_of, found.sheet.headers))
    if column.name == "market" and people and table.name != "moderators":
        columns.append('market = { roster = "market" } # where the person was then')
    elif column.name == "market" and table.name == "moderators" and "site" in taken:
        told = value_map(column, found, taken["site"], found.texts(taken["site"]))
        columns.append(f"market = {{ column = {toml(taken['site'])}, values = {told} }} # code of its market")
    elif column.name == "valid_from" and "hired_on" in taken:
        columns.append(f"valid_from = {toml(taken['hired_on'])} # assumed: {SINCE}")
    elif column.name in _IDS:
        columns.append(
            f"{column.name} = {{ id = [{TODO}], prefix = {toml(table.name + '_')} }} # columns that name a row"
        )
    else:
        allowed = f"; one of {', '.join(column.values)}" if column.values else ""
        return [f"{column.name} = {TODO} # {column.meaning}{allowed}"]
    return []


def value_map(column: Column, found: Found, header: str, texts: Mapping[str, int]) -> str:
    """Return a value map with what can be told; others are asked, rare or personal ones not shown."""
    private = {t for h in found.sheet.headers if h and (kind_of(h) or is_name(h)) for t in found.texts(h)}
    listed = [t for t in texts if t not in NULLS and t not in private and _harmless(t, texts[t], column)]
    if not listed or len(listed) > FEW:
        return f"{{ {TODO} }}"
    entries = []
    for text in sorted(listed):
        word = clean(text).casefold()
        if column.kind == "flag":
            value = "true" if word in YES else "false" if word in NO else TODO
        else:
            fit = word.replace(" ", "_") if word.replace(" ", "_") in column.values else ALLOWED.get(word, "")
            value = toml(fit) if fit in column.values else TODO
        entries.append(f"{toml(text)} = {value}")
    if column.name == "error_type" and sum(texts.values()) < len(found.sheet.cells):
        entries.append('"" = "none"')  # sheets leave it empty where the decision was right
    if len(listed) < len([t for t in texts if t not in NULLS]):
        entries.append(TODO)  # some were not shown
    return f"{{ {', '.join(entries)} }}"


def beside(texts: Sequence[str]) -> tuple[str, list[str]]:
    """Return what a column of numbers needs for the signs beside them, and the numbers without them.

    Examples
    --------
    >>> beside(["1,5 %"]), beside(["3 €", "4"])
    (('unit = "percent"', ['1,5']), ('strip = ["€"]', ['3', '4']))
    """
    if texts and all(text.endswith("%") for text in texts):
        return 'unit = "percent"', [text.removesuffix("%").strip() for text in texts]
    signs = sorted({found.strip() for text in texts for found in _CURRENCY.findall(text)})
    return (f"strip = {toml(signs)}" if signs else ""), [_CURRENCY.sub("", text) for text in texts]


def _harmless(text: str, times: int, column: Column) -> bool:
    """Whether a cell may stand in a proposal: a usual word, or one that repeats and is no address or number."""
    word = clean(text).casefold()
    if word in YES | NO or word in ALLOWED or word.replace(" ", "_") in column.values:
        return True
    return times > 2 and len(text) <= 40 and text.isprintable() and not re.search(r"@|\d{3}|\n", text)
