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
from tne.tables.pseudonyms import ERASED_COLUMNS, read_aliases, read_erased
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
    erased: Mapping[tuple[str, str], str],
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
    erased : mapping
        Aliases of people who were erased, after the import.
    """
    new = stage(root)
    moves = stage_tables(frames, new)
    if not aliases.equals(read_aliases(root)):
        moves |= stage_identity("aliases", aliases, new)
    if len(erased) != len(read_erased(root)):
        rows = [(*name, until) for name, until in sorted(erased.items())]
        moves |= stage_identity("erased", pd.DataFrame(rows, columns=list(ERASED_COLUMNS), dtype="str"), new)
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
    names = ("rows_in", "stored", "quarantined", "non_data", "duplicates", "unmatched", "ambiguous", "erased")
    exports = record.setdefault(whole.source.name, {})
    exports[digest[:12]] = {
        "day_boundary": whole.source.day_boundary,
        "tables": {r.table: {name: getattr(r, name) for name in names} for r in reports},
        "keyed": _keyed(whole),
    }
    return json.dumps(record, indent=1, sort_keys=True) + "\n"


def _keyed(whole: Map) -> dict[str, list[str]]:
    """Return which columns hold keyed ids and what stands before the hash: a new key must renew them, no others."""
    found: dict[str, set[str]] = {}
    for table in whole.tables:
        for column in (*table.columns, *(c for w in table.wide for c in w.own())):
            if column.id:
                found.setdefault(f"{table.into}.{column.target}", set()).add(column.prefix)
    return {name: sorted(prefixes) for name, prefixes in sorted(found.items())}


def read_keyed(root: Path) -> dict[tuple[str, str], set[str]]:
    """Return the columns of the stored tables that hold keyed ids: (table, column) to what stands before the hash.

    Raises
    ------
    ValueError
        If the record of imports is gone, or an import left no word about it.
    """
    path = root / "imports.json"
    if not path.is_file():
        if any((root / "tables").glob("**/*.parquet")):
            raise ValueError(
                "`imports.json` is gone, and with it which ids are keyed. Restore it from a backup."
            )
        return {}
    found: dict[tuple[str, str], set[str]] = {}
    for source, exports in json.loads(path.read_text(encoding="utf-8")).items():
        for export in exports.values():
            if "keyed" not in export:
                raise ValueError(
                    f"An import of `{source}` by an older version does not say which ids are keyed. Import its exports "
                    "once more."
                )
            for name, prefixes in export["keyed"].items():
                table, _, column = name.partition(".")
                found.setdefault((table, column), set()).update(prefixes)
    return found


def stage_tables(frames: Mapping[str, pd.DataFrame], new: Path) -> dict[str, str]:
    """Write tables, all their rows, to the next state; return the moves that put them in place."""
    # Columns that nothing ever filled are left out; the contract allows them to be absent.
    full = {name: frame.dropna(axis="columns", how="all") for name, frame in frames.items() if len(frame)}
    if full:
        write_tables(full, new)
    for name in frames:
        (new / "tables" / name).mkdir(parents=True, exist_ok=True)
    return {f"tables/{name}": f"tables/{name}" for name in frames}


def stage_identity(name: str, rows: pd.DataFrame, new: Path) -> dict[str, str]:
    """Write a list of `identity/` to the next state; return the move that puts it in place."""
    rows.to_parquet(new / f"{name}.parquet", index=False, compression="zstd")
    (new / f"{name}.parquet").chmod(0o600)
    return {f"{name}.parquet": f"identity/{name}.parquet"}
