"""Workspaces that are made, not imported: the demo and the sample, with their truth beside them."""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from tne.runs.inputs import code, digest
from tne.runs.outcome import UsageError
from tne.tables.fingerprint import input_hash

STAMP = "made.json"
SAMPLE = {"markets": ("ES", "IE"), "weeks": 12}


def make(
    output: Path,
    *,
    seed: int | None = None,
    markets: Sequence[str] | None = None,
    weeks: int | None = None,
    record: bool = False,
) -> str:
    """Simulate a company into the workspace `output`, in one step, unless it is there already.

    Parameters
    ----------
    output : Path
        Folder; replaced if it was made by this function, else it must not exist.
    seed : int, optional
        Default: the committed one.
    markets, weeks : optional
        As `tne.simulate.demo`; all by default.
    record : bool
        Write the tables' hashes to ``<output>.sha256``, which is committed.

    Returns
    -------
    str
        What was done, for a person.

    Raises
    ------
    UsageError
        If the folder holds something else.
    """
    options = {k: v for k, v in (("seed", seed), ("markets", markets), ("weeks", weeks)) if v is not None}
    identity = digest(
        [{k: list(v) if isinstance(v, tuple) else v for k, v in options.items()}, code("simulate", "tables")]
    )
    stamp = _read(output / STAMP)
    if stamp.get("identity") == identity and stamp.get("content") == input_hash(output) and not record:
        return f"{output} is up to date."
    if output.exists() and not stamp and any(output.iterdir()):
        raise UsageError(
            f"{output} exists and was not made by this command. Choose another folder with --output."
        )
    return _write(output, identity, options, record)


def _write(output: Path, identity: str, options: Mapping[str, Any], record: bool) -> str:
    from tne.simulate.demo import SEED, demo
    from tne.tables.plans import plan_hash
    from tne.tables.store import content_hash, write_tables

    made = demo(**options)
    tables = {name: frame for name, frame in made.tables.items() if len(frame)}
    draft = output.with_name(f".{output.name}.{secrets.token_hex(4)}.tmp")
    try:
        draft.mkdir(parents=True)
        counts = write_tables(tables, draft)
        (draft / "tne.toml").write_text(to_toml(made.config), encoding="utf-8")
        _json(draft / "plans.json", [plan | {"sha256": plan_hash(plan)} for plan in made.plans])
        _json(draft / "truth.json", made.truth)
        hashes = {name: content_hash(tables[name]) for name in sorted(tables)}
        stamp = {"identity": identity, "content": input_hash(draft), "tables": hashes}
        _json(draft / STAMP, stamp | {"seed": options.get("seed", SEED)})
        aside = draft.with_suffix(".old")
        if output.exists():
            output.rename(aside)
        draft.rename(output)
        shutil.rmtree(aside, ignore_errors=True)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    told = f"{output}: {len(counts)} tables, {sum(counts.values()):,} rows."
    committed = output.with_name(f"{output.name}.sha256")
    if record:
        _json(committed, hashes)
        return f"{told} Their hashes are noted in {committed}."
    known = _read(committed)
    if not known or options:
        return told
    differ = [name for name in sorted({*known, *hashes}) if known.get(name) != hashes.get(name)]
    if not differ:
        return f"{told} Equal to the committed hashes."
    return f"{told} Not equal to the committed hashes: {', '.join(differ)}; another version of numpy draws differently."


def to_toml(settings: Mapping[str, Any]) -> str:
    """Return nested settings of text, numbers and flags as TOML.

    Examples
    --------
    >>> print(to_toml({"name": "Demo", "value": {"minute": {"low": 0.5}}}))
    name = "Demo"
    <BLANKLINE>
    [value]
    minute = {low = 0.5}
    <BLANKLINE>
    """
    plain = [f"{key} = {_value(value)}" for key, value in settings.items() if not isinstance(value, Mapping)]
    parts = ["\n".join(plain)]
    for name, table in settings.items():
        if isinstance(table, Mapping):
            parts.append(
                "\n".join([f"[{name}]", *(f"{key} = {_value(value)}" for key, value in table.items())])
            )
    return "\n\n".join(part for part in parts if part) + "\n"


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key} = {_value(item)}" for key, item in value.items()) + "}"
    return json.dumps(value, ensure_ascii=False)


def _json(path: Path, content: Any) -> None:
    path.write_text(
        json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8"
    )


def _read(path: Path) -> dict[str, Any]:
    try:
        return cast(dict[str, Any], json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}
