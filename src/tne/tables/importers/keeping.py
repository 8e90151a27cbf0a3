"""Store the outcome of one import: tables, alias table and a record of the import, all or none."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from tne.tables.history import next_version
from tne.tables.importers.commit import commit, stage
from tne.tables.importers.mapping import Map
from tne.tables.importers.reporting import TableReport
from tne.tables.importers.touching import Touched, stage_table
from tne.tables.pruning import prune, versions_to_keep
from tne.tables.pseudonyms import ERASED_COLUMNS, read_aliases, read_erased


def keep(
    root: Path,
    whole: Map,
    changed: Mapping[str, tuple[Touched, pd.DataFrame]],
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
    changed : mapping of str to (Touched, DataFrame)
        Tables that changed: what of them was touched, and its rows after the import.
    aliases : DataFrame
        Alias table after the import.
    reports : sequence of TableReport
        What happened, for the record.
    digest : str
        Hash of the export's bytes.
    erased : mapping
        Aliases of people who were erased, after the import.
    """
    most = versions_to_keep(root)
    new = stage(root)
    staged = {name: stage_table(part, frame, new) for name, (part, frame) in changed.items()}
    step = next_version(root, new, staged, f"import {whole.source.name}")
    moves = dict(step.moves)
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
    commit(root, replace(step, moves=moves))
    if most is not None:
        prune(root, keep=most)


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


def stage_identity(name: str, rows: pd.DataFrame, new: Path) -> dict[str, str]:
    """Write a list of `identity/` to the next state; return the move that puts it in place."""
    rows.to_parquet(new / f"{name}.parquet", index=False, compression="zstd")
    (new / f"{name}.parquet").chmod(0o600)
    return {f"{name}.parquet": f"identity/{name}.parquet"}
