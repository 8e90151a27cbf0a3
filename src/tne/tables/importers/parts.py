"""Which texts of a row make an alias, an id or a template?"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from tne.tables.importers.cells import Block, kept, padded
from tne.tables.importers.errors import Bad
from tne.tables.importers.mapping import PLACEHOLDER, Person
from tne.tables.importers.texts import is_blank, text_of


def each(parts: Sequence[Any], make: Callable[[Any], Any], made: dict[Any, Any] | None = None) -> list[Any]:
    """Return what is made of each part, once of equal ones; None stays None. `made` holds what was made before."""
    made = {} if made is None else made
    made[None] = None
    try:
        return list(map(made.__getitem__, parts))
    except KeyError:
        for part in dict.fromkeys(parts):
            if part not in made:
                made[part] = make(part)
    return list(map(made.__getitem__, parts))


def alias_texts(
    spec: Person, block: Block, keep: Sequence[int], nulls: Sequence[str]
) -> list[tuple[str, ...] | None]:
    """Return the texts that say who each row's person is; of `either` those that are not blank."""
    if not spec.either:
        return row_texts(spec.columns, block, keep, nulls)
    alone = zip(*(row_texts((name,), block, keep, nulls) for name in spec.columns), strict=True)
    return [tuple(part[0] for part in row if part) or None for row in alone]


def row_texts(
    names: Sequence[str],
    block: Block,
    keep: Sequence[int],
    nulls: Sequence[str],
) -> list[tuple[str, ...] | None]:
    """Return the texts of several columns per row, None where one is blank; $occurrence counts equal rows."""
    if "$occurrence" in names:
        # Counted over all rows of the export, so that every table gives a row the same number.
        everywhere = range(len(block.cells))
        numbered = _numbered(row_texts([n for n in names if n != "$occurrence"], block, everywhere, nulls))
        return [numbered[i] for i in keep]
    if len(keep) < len(block.cells) and not any(name.startswith("$") for name in names):
        # Other blocks ask for the same columns and other rows.
        return kept(row_texts(names, block, range(len(block.cells)), nulls), keep)
    own = block.memo(("parts", *names))
    if None in own and not any(name.startswith("$") for name in names):
        return cast("list[tuple[str, ...] | None]", own[None])
    columns = [_texts(block.column(n, keep), nulls, block.memo(n)) for n in names]
    parts = [None if None in row else row for row in zip(*columns, strict=True)]
    own[None] = parts
    return parts


def _texts(cells: Sequence[Any], nulls: Sequence[str], known: dict[Any, str | None]) -> list[str | None]:
    """Return cells as texts, None where one is blank or cannot be read; `known` are those looked at before."""
    if {*map(type, cells)} & {bool, int, float}:  # of which 1, 1.0 and true are equal
        return [_text(cell, nulls) for cell in cells]
    for cell in dict.fromkeys(cells):
        if cell not in known:
            known[cell] = _text(cell, nulls)
    return list(map(known.__getitem__, cells))


def _text(cell: Any, nulls: Sequence[str]) -> str | None:
    return None if isinstance(cell, Bad) or is_blank(cell, nulls) else text_of(cell)


def _numbered(rows: Sequence[tuple[str, ...] | None]) -> list[tuple[str, ...] | None]:
    seen: dict[str, int] = {}
    numbered: list[tuple[str, ...] | None] = []
    for row in rows:
        if row is not None:
            name = json.dumps(row)
            seen[name] = seen.get(name, 0) + 1
            row = (*row, str(seen[name]))
        numbered.append(row)
    return numbered


def filled_in(template: str, cells: Mapping[str, Any], nulls: Sequence[str]) -> Any:
    """Return a template with its cells in it: blank if one of them is, `Bad` if one cannot be read."""
    if any(isinstance(cell, Bad) or is_blank(cell, nulls) for cell in cells.values()):
        return next((cell for cell in cells.values() if isinstance(cell, Bad)), None)
    return PLACEHOLDER.sub(lambda m: padded(text_of(cells[m[1]]), m[2]), template)


def unread(names: Sequence[str], block: Block, keep: Sequence[int], rules: list[str]) -> list[str]:
    """Return the rules with those of the cells among `names` that cannot be read."""
    for name in names:
        cells = block.column(name, keep) if name not in ("$occurrence", "$person") else []
        if Bad in {*map(type, cells)}:
            rules = [r or (c.rule if isinstance(c, Bad) else "") for r, c in zip(rules, cells, strict=True)]
    return rules
