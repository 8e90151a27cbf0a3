"""Store the outcome of one import: tables, alias table and a record of the import, all or none."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

from tne.tables.arrow import to_frame
from tne.tables.contracts import TABLES
from tne.tables.importers.commit import commit, stage
from tne.tables.importers.mapping import Map
from tne.tables.importers.merging import complete
from tne.tables.importers.reporting import TableReport
from tne.tables.pseudonyms import read_aliases
from tne.tables.store import write_tables


def read_stored(root: Path, name: str) -> pd.DataFrame:
    """Return all rows of a stored table in the contract's types; no rows if it is absent."""
    parts = []
    for path in sorted((root / "tables" / name).rglob("*.parquet")):
        part = to_frame(name, pq.read_table(path, partitioning=None))
        _, split, market = path.parent.name.partition("market=")
        parts.append(part.assign(market=market) if split else part)
    return complete(TABLES[name], pd.concat(parts, ignore_index=True) if parts else pd.DataFrame())


def keep(
    root: Path,
    whole: Map,
    frames: Mapping[str, pd.DataFrame],
    aliases: pd.DataFrame,
    reports: Sequence[TableReport],
    digest: str,
) -> None:
    """Store what changed; an import that changes nothing touches no file.

    Parameters
    ----------
    root : Path
        The workspace.
    whole : Map
        The mapping.
    frames : mapping of str to DataFrame
        Tables that changed, all their rows.
    aliases : DataFrame
        Alias table after the import.
    reports : sequence of TableReport
        What happened, for the record.
    digest : str
        Hash of the export's bytes.
    """
    new = stage(root)
    moves: dict[str, str] = {}
    if frames:
        # Columns that nothing ever filled are left out; the contract allows them to be absent.
        write_tables({name: frame.dropna(axis="columns", how="all") for name, frame in frames.items()}, new)
        moves |= {f"tables/{name}": f"tables/{name}" for name in frames}
    if not aliases.equals(read_aliases(root)):
        aliases.to_parquet(new / "aliases.parquet", index=False, compression="zstd")
        (new / "aliases.parquet").chmod(0o600)
        moves["aliases.parquet"] = "identity/aliases.parquet"
    record = _record(root, whole, reports, digest)
    if not (root / "imports.json").is_file() or (root / "imports.json").read_text("utf-8") != record:
        (new / "imports.json").write_text(record, encoding="utf-8")
        moves["imports.json"] = "imports.json"
    if not (root / "tne.toml").exists():
        name = json.dumps(root.resolve().name)
        (new / "tne.toml").write_text(f'name = {name}\ncontact = ""\nmin_n = 10\n', encoding="utf-8")
        moves["tne.toml"] = "tne.toml"
    commit(root, moves)


def _record(root: Path, whole: Map, reports: Sequence[TableReport], digest: str) -> str:
    """Return the record of imports: per source and export the counts, without clocks, so that twice is once."""
    path = root / "imports.json"
    record = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    names = ("rows_in", "stored", "quarantined", "non_data", "duplicates", "unmatched", "ambiguous")
    exports = record.setdefault(whole.source.name, {})
    exports[digest[:12]] = {
        "day_boundary": whole.source.day_boundary,
        "tables": {r.table: {name: getattr(r, name) for name in names} for r in reports},
    }
    return json.dumps(record, indent=1, sort_keys=True) + "\n"
