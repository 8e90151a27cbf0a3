"""``docs/proof/README.md``: what each proof says and how it ended, written from the proofs' own files."""

from __future__ import annotations

import json
from typing import Any

from tests.prove.harness import PROOFS

HEAD = """\
# Proofs

Written by `make prove` from the files beside it; do not edit. A proof holds for the sources whose hash it notes: the
tests list those that have changed since.

| proof | claim | replications | outcome |
|---|---|---:|---|
"""
FAULTS = """
## Faults

What was done to a run of four reports, an old generation published and a new one due, and what was broken by it.
*Met* counts the injections that found the run still going.

| fault | injected | met | broken |
|---|---:|---:|---|
"""


def write() -> None:
    """Write the page anew from every proof that has been made."""
    records = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(PROOFS.glob("*.json"))]
    text = HEAD + "".join(_line(record) for record in records)
    for record in records:
        if record["proof"] == "faults":
            found = record["outcomes"]
            text += FAULTS + "".join(_fault(name, fault) for name, fault in found["faults"].items())
            text += f"\nKills that met the run: {found['kills_that_met_the_run']}.\n"
    (PROOFS / "README.md").write_text(text, encoding="utf-8")


def _line(record: dict[str, Any]) -> str:
    outcome = "passed" if record["passed"] else "**failed**"
    name = record["proof"]
    return f"| [{name}]({name}.json) | {record['claim']} | {record['replications']} | {outcome} |\n"


def _fault(name: str, fault: dict[str, Any]) -> str:
    broken = sum(fault["broken"].values())
    said = f"{broken} findings" if broken else "nothing"
    said = f"not here: {'; '.join(fault['skipped'])}" if not fault["injected"] else said
    return f"| {name} | {fault['injected']} | {fault['met_the_run']} | {said} |\n"
