"""What is made of a company with hostile words, in every form, and what is found in it?"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from tests import hostile_checks as checks
from tests.e2e.rendered import tne_says
from tests.hostile_company import company

OFFICE = ("html", "xlsx", "pptx", "csv")
_READ = {".xlsx": checks.workbook, ".pptx": checks.slides, ".csv": checks.numbers}


def made(root: Path, share: int, reports: Iterable[str] = ()) -> dict[str, str]:
    """Make one company and its reports, publish them, and return what was printed, by command; `root` is new."""
    workspace = company(root / "ws", share)
    output, sent, asked = root / "out", root / "sent", [x for name in reports for x in ("--report", name)]
    said = {}
    for command in (
        ("run", "--output", output, "--jobs", 1, *asked),
        ("status", "--output", output, *asked),
        ("publish", "--reports", output, "--to", sent, "--formats", ",".join(OFFICE)),
        ("check",),
    ):
        code, out, err = tne_says(command[0], "--workspace", workspace, *command[1:])
        said[command[0]] = out + err
        if command[0] in ("run", "publish") and code:
            raise AssertionError(f"tne {command[0]} ended with {code}: {out}{err}")
    return said


def found(root: Path, said: dict[str, str], browser: Browser) -> dict[str, dict[str, Any]]:
    """Return what each check finds in each file that `made` has left: ``found`` and ``seen``."""
    told = {
        f"tne {name}": {"found": checks.told(text), "seen": checks.seen([text])}
        for name, text in said.items()
    }
    told |= {
        "names of files": {"found": checks.names(root / "out") + checks.names(root / "sent"), "seen": {}}
    }
    for path in sorted((root / "sent").rglob("*")):
        name = path.relative_to(root / "sent").as_posix()
        if path.suffix in _READ:
            told[name] = _READ[path.suffix](path.read_bytes())
        elif path.suffix == ".html":
            told[name] = checks.page(browser, path)
    for path in (root / "sent" / "contents.json", root / "out" / "manifest.json"):
        told[path.name] = {"found": checks.record(path), "seen": {}}
    return told


def forms(told: dict[str, dict[str, Any]]) -> dict[str, set[tuple[int, int]]]:
    """Return the pairs of field and word that stand in each form, over all of its files."""
    out: dict[str, set[tuple[int, int]]] = {}
    for name, one in told.items():
        kind = name.rpartition(".")[2] if "." in name else name
        out.setdefault("index" if name == "index.html" else kind, set()).update(one["seen"])
    return out
