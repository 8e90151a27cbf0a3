"""Write `data/README.md` from the contracts: ``python -m tne.tables.document``."""

from __future__ import annotations

import sys
from pathlib import Path

from tne.tables.declared import TABLES
from tne.tables.schema import Column, Table

_HEAD = """# The tables

Generated from the contracts by `python -m tne.tables.document data/README.md`; a test compares the two.

- **key** columns identify a row. Optional columns may be absent or empty; all others must be there in every row.
- `_at` columns are instants: stored in UTC, a time zone is required at import. `_on` columns and `date` are calendar
  days in the market's zone: stored as dates, shown in frames as midnights without zone.
- The week of an audit is the market-local ISO week of `decided_at`. `period` counts these weeks from Monday 1970-01-05.
- *Time* is the column that `start` and `end` select on, *known* the one that says when a row became known: a workspace
  opened `until` a day shows what was known by its end. A row without that time is always shown.
- `moderator_id`, `auditor_id`, `rater_id` and `trainer_id` are keyed pseudonyms. No table holds a name or an address.
- Stored as `tables/<table>/market=<market>/part.parquet`; tables without markets, and `markets` itself, as
  `tables/<table>/part.parquet`. More than 500,000 rows of a market are one file a month of the table's time (UTC),
  `part-<year>-<month>.parquet`. Earlier states lie in `versions/`; see docs/importing.md.
"""


def data_dictionary() -> str:
    """Return the data dictionary in Markdown."""
    return "\n".join([_HEAD, *(_section(table) for table in TABLES.values())])


def _section(table: Table) -> str:
    times = [f"time: `{table.time}`" if table.time else "", f"known: `{table.known}`" if table.known else ""]
    order = ", ".join(f"`{first}` ≤ `{second}`" for first, second in table.ordered)
    facts = [f"Source: {table.source}", *filter(None, times), f"order: {order}" if order else ""]
    lines = [
        f"## `{table.name}`",
        "",
        f"One row: {table.meaning}. " + " · ".join(filter(None, facts)) + ".",
        "",
        "| column | type | unit | meaning | rule |",
        "|---|---|---|---|---|",
        *(_line(table, column) for column in table.columns),
        "",
    ]
    return "\n".join(lines)


def _line(table: Table, column: Column) -> str:
    rule = ["**key**"] if column.name in table.key else []
    rule += ["optional"] if column.optional else []
    rule += [" ".join(f"`{value}`" for value in column.values)] if column.values else []
    rule += [f"> {column.above:g}"] if column.above is not None else []
    rule += [f"≥ {column.low:g}"] if column.low is not None else []
    rule += [f"≤ {column.high:g}"] if column.high is not None else []
    rule += [f"known from `{column.since}`"] if column.since and column.since != column.name else []
    meaning = column.meaning.replace("|", "\\|")
    return f"| `{column.name}` | {column.kind} | {column.unit} | {meaning} | {', '.join(rule)} |"


def main(arguments: list[str]) -> int:
    """Write the dictionary to the file named, or print it."""
    if arguments:
        Path(arguments[0]).write_text(data_dictionary(), encoding="utf-8")
    else:
        sys.stdout.write(data_dictionary())
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
