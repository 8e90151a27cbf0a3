"""Whom do the imports not know, or know twice, and what is to be done about it?"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from tne.tables.contracts import TABLES
from tne.tables.importers.mapping import SUBJECTS
from tne.tables.importers.quarantine import quarantined
from tne.tables.importers.touching import read_stored
from tne.tables.pseudonyms import read_aliases, read_erased

WHY = {
    "unmatched": "person: unmatched",
    "ambiguous": "person: ambiguous",
    "no_alias": "person: no alias in the cell",
    "not_in_roster": "person: not in the roster",
}


def who_is_who(root: Path) -> dict[str, Any]:
    """Return what does not add up among the people of a workspace, in counts only.

    Parameters
    ----------
    root : Path
        The workspace.

    Returns
    -------
    dict
        ``unresolved``: per source and table the rows that wait for a person, by reason, and what its imports recorded;
        ``shared_aliases`` by kind; ``without_spell`` by table; ``overlapping_spells``; ``without_rows``; ``erased``.
    """
    aliases = read_aliases(root)
    by_alias = aliases.groupby(["kind", "alias"])["moderator_id"].nunique()
    many = by_alias[by_alias > 1].reset_index()
    shared = aliases.merge(many[["kind", "alias"]], on=["kind", "alias"])
    rows = {name: _rows(root, name) for name in TABLES}
    roster = set(rows["moderators"])
    strangers = {
        name: {person: n for person, n in counts.items() if person not in roster}
        for name, counts in rows.items()
        if name != "moderators"
    }
    everybody = set().union(*rows.values())
    idle = aliases[~aliases["moderator_id"].isin(everybody)]
    erased = read_erased(root)
    return {
        "unresolved": _unresolved(root),
        "shared_aliases": {str(kind): int(n) for kind, n in many["kind"].value_counts().sort_index().items()},
        "shared_people": int(shared["moderator_id"].nunique()),
        "without_spell": {
            name: {"people": len(found), "rows": sum(found.values())}
            for name, found in strangers.items()
            if found
        },
        "overlapping_spells": _overlaps(root) if roster else 0,
        "without_rows": {"people": int(idle["moderator_id"].nunique()), "aliases": len(idle)},
        "erased_aliases": int((erased["kind"] != "id").sum()),
    }


def sentences(found: Mapping[str, Any]) -> Iterator[str]:
    """Say what `who_is_who` found, and what to do."""
    for entry in found["unresolved"]:
        where = f"{entry['source']}, {entry['table']}"
        if entry["unmatched"]:
            yield (
                f"{where}: {_n(entry['unmatched'], 'row')} of people whom no roster knows. Import a roster that has "
                "them with this alias, then the same export again; if they do not belong to the team, set `outside`."
            )
        if entry["ambiguous"]:
            yield (
                f"{where}: {_n(entry['ambiguous'], 'row')} with an alias of several people. Give the roster the days "
                "on which they left, or map a column that is one person's, and import the same export again."
            )
        if entry["no_alias"]:
            yield f"{where}: {_n(entry['no_alias'], 'row')} that name nobody. Fill the cell in the export's own tool."
        if entry["not_in_roster"]:
            yield (
                f"{where}: {_n(entry['not_in_roster'], 'row')} of people without a spell that says what is asked of "
                "the roster. Import their rows of the roster, then the same export again."
            )
        gone = entry["recorded"] - sum(entry[why] for why in ("unmatched", "ambiguous", "no_alias"))
        if gone > 0:
            yield (
                f"{where}: {_n(gone, 'row')} more of unknown people were set aside, and are no longer in quarantine. "
                "Import these exports again if they matter."
            )
    for kind, n in found["shared_aliases"].items():
        yield (
            f"{_n(n, 'alias', 'aliases')} of the kind {kind} {'means' if n == 1 else 'mean'} more than one person. A "
            "shared mailbox identifies nobody: leave it out of the roster. A reused name needs the day on which the "
            "first one left. One person in two rosters needs `known_by` in the second, before its first import."
        )
    for name, gap in found["without_spell"].items():
        yield (
            f"{name}: {_n(gap['people'], 'person', 'people')} with {_n(gap['rows'], 'row')} and no spell in the "
            "roster, so that team, market and tenure are unknown. Import the roster that has them."
        )
    if found["overlapping_spells"]:
        yield (
            f"moderators: {_n(found['overlapping_spells'], 'person', 'people')} with spells that overlap, so that "
            "there are two teams or markets on one day. End the earlier spell (`valid_to`) in the roster, or use "
            "`snapshot`."
        )
    idle = found["without_rows"]
    if idle["people"]:
        yield (
            f"{_n(idle['people'], 'person', 'people')} with {_n(idle['aliases'], 'alias', 'aliases')} and without any "
            "row. Nothing is to be done if their rows come later; `tne key erase` forgets a person."
        )


def _n(count: int, one: str, many: str = "") -> str:
    return f"{count} {one if count == 1 else many or one + 's'}"


def _rows(root: Path, name: str) -> Counter[str]:
    """Return the rows of each person in one table, without reading anything else of it."""
    columns = SUBJECTS & set(TABLES[name].names)
    counts: Counter[str] = Counter()
    for path in sorted((root / "tables" / name).rglob("*.parquet")) if columns else ():
        try:
            file = pq.ParquetFile(path)
            for column in columns & set(file.schema_arrow.names):
                for entry in file.read(columns=[column])[column].value_counts().to_pylist():
                    if entry["values"] is not None:
                        counts[str(entry["values"])] += entry["counts"]
        except (OSError, pa.ArrowInvalid):
            continue  # the table itself is reported as broken
    return counts


def _overlaps(root: Path) -> int:
    """Return how many people have two spells on one day."""
    try:
        spells = read_stored(root, "moderators").sort_values(["moderator_id", "valid_from"])
    except (ValueError, TypeError, KeyError, OSError):
        return 0
    ends = spells["valid_to"].fillna(pd.Timestamp.max.floor("us"))
    latest = ends.groupby(spells["moderator_id"]).cummax().groupby(spells["moderator_id"]).shift(1)
    return int(spells.loc[spells["valid_from"] <= latest, "moderator_id"].nunique())


def _unresolved(root: Path) -> list[dict[str, Any]]:
    """Return, per source and table, the rows that wait for a person, and what the stored imports recorded."""
    found: dict[tuple[str, str], Counter[str]] = {}
    for (table, file, rule), n in quarantined(root).items():
        for why, ending in WHY.items():
            if rule.endswith(ending):
                found.setdefault((file.rpartition("-")[0], table), Counter())[why] += n
    path = root / "imports.json"
    for source, exports in json.loads(path.read_text(encoding="utf-8")).items() if path.is_file() else ():
        for export in exports.values():
            for table, counts in export["tables"].items():
                if n := counts["unmatched"] + counts["ambiguous"]:
                    found.setdefault((source, table), Counter())["recorded"] += n
    return [
        {"source": source, "table": table, **{why: counts[why] for why in (*WHY, "recorded")}}
        for (source, table), counts in sorted(found.items())
    ]
