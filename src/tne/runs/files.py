"""What stands in the files of a workspace? Each is looked at once, and only if somebody asks. Imports no pandas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property, partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tne.runs.hashes import Hashes
from tne.runs.inputs import digest
from tne.runs.outcome import ContractError
from tne.tables.standing import DATED, PEOPLE


class Files:
    """The stored tables of a workspace; see `tne.runs.source.Source`.

    Parameters
    ----------
    root : Path
        Workspace.
    hashes : Hashes
        What is known of its files.
    """

    side_by_side = True
    environment: Mapping[str, str] = MappingProxyType({})

    def __init__(self, root: Path, hashes: Hashes) -> None:
        self.root, self.hashes = root, hashes
        self._told: dict[str | None, dict[str, dict[str, Any]]] = {}

    def markets(self) -> list[dict[str, Any]]:
        """Return the rows of the table `markets`."""
        return [row for part in self._of("markets") for row in self.hashes.fact(part, "markets", _rows_of)]

    def tables(self, market: str | None) -> dict[str, dict[str, Any]]:
        """Return SHA-256 and row count (-1: unreadable) of every table that concerns `market` (None: all of them)."""
        if market not in self._told:
            chosen = self._parts if market is None else {None, market} & self._parts.keys()
            files: dict[str, list[Path]] = {}
            for name, part in sorted(pair for key in chosen for pair in self._parts[key]):
                files.setdefault(name, []).append(part)
            self._told[market] = {name: self._one(parts) for name, parts in files.items()}
        return self._told[market]

    def days(self) -> tuple[str, str]:
        """Return the first and last day with data, from the files' own statistics."""
        days: list[str] = []
        for table, column in DATED.items():
            for part in self._of(table):
                days += self.hashes.fact(part, f"days of {column}", partial(_days, column))
        return (min(days), max(days)) if days else ("", "")

    def titles(self) -> dict[str, str]:
        """Return the titles of the programmes by id."""
        import pyarrow.parquet as pq

        titles: dict[str, str] = {}
        for part in self._of("programmes"):
            table = pq.read_table(part, columns=["programme_id", "title"], partitioning=None)
            titles |= {row["programme_id"]: row["title"] for row in table.to_pylist() if row["title"]}
        return titles

    def people(self) -> Iterator[str]:
        """Yield every person's id, some more than once."""
        import pyarrow.compute as pc
        import pyarrow.parquet as pq

        for part in sorted((self.root / "tables").rglob("*.parquet")):
            names = [name for name in pq.read_schema(part).names if name in PEOPLE]
            for column in pq.read_table(part, columns=names, partitioning=None).columns if names else []:
                yield from (str(value) for value in pc.unique(column).to_pylist() if value is not None)

    def close(self) -> None:
        """Nothing is held."""

    def _of(self, table: str) -> list[Path]:
        return sorted((self.root / "tables" / table).rglob("*.parquet"))

    @cached_property
    def _parts(self) -> dict[str | None, list[tuple[str, Path]]]:
        """Tables and files by market, None for files of no market."""
        parts: dict[str | None, list[tuple[str, Path]]] = {}
        for folder in sorted((self.root / "tables").iterdir()):
            for part in sorted(folder.rglob("*.parquet")):
                keys = [f for f in part.relative_to(folder).parts[:-1] if f.startswith("market=")]
                market = keys[0].removeprefix("market=") if keys else None
                parts.setdefault(market, []).append((folder.name, part))
        return parts

    def _one(self, parts: list[Path]) -> dict[str, Any]:
        hashes = [[part.relative_to(self.root).as_posix(), self.hashes.sha256(part)] for part in parts]
        rows = [self.hashes.fact(part, "rows", _rows) for part in parts]
        return {"sha256": digest(hashes), "rows": -1 if -1 in rows else sum(rows)}


def _rows_of(part: Path) -> list[dict[str, Any]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        rows = pq.ParquetFile(part).read().to_pylist()
    except (OSError, pa.ArrowInvalid):
        raise ContractError("The table `markets` is no readable Parquet. Import it again.") from None
    return [{k: v for k, v in row.items() if v is None or isinstance(v, str | int | float)} for row in rows]


def _rows(part: Path) -> int:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return int(pq.read_metadata(part).num_rows)
    except (OSError, pa.ArrowInvalid):
        return -1


def _days(column: str, part: Path) -> list[str]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        meta = pq.read_metadata(part)
    except (OSError, pa.ArrowInvalid):
        return []
    names = [meta.schema.column(i).path for i in range(meta.num_columns)]
    days = []
    for group in range(meta.num_row_groups if column in names else 0):
        statistics = meta.row_group(group).column(names.index(column)).statistics
        if statistics is not None and statistics.has_min_max:
            days += [str(statistics.min)[:10], str(statistics.max)[:10]]
    return days
