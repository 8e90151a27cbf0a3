"""Is this machine fit: Python, packages, browser, fonts, disk, memory, text encoding, rights to write?"""

from __future__ import annotations

import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from tne.commands.health.finding import Finding

OLDEST = (3, 11)
ROOM = 1e9  # bytes free on the disk below which runs get into trouble
MEMORY = 1.5e9  # bytes that one large report may take
# What an extra is good for; `test` is for those who develop
EXTRAS = {
    "lab": "JupyterLab",
    "postgresql": "tables in PostgreSQL",
    "slides": "tne publish --formats pptx",
    "spark": "tables in Spark",
}
_REQUIREMENT = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?\s*([^;]*?)\s*(?:;\s*(.*))?$")
_BOUND = re.compile(r"(>=|<=|==|!=|<|>|~=)\s*([0-9][0-9A-Za-z.]*)")


def python() -> Iterator[Finding]:
    """Say whether this Python is new enough."""
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] < OLDEST:
        yield Finding(
            "fail", "Python", f"{version} is too old.", "Install 3.11 or newer and make .venv anew."
        )
    else:
        yield Finding("pass", "Python", f"{version}, tne {importlib.metadata.version('tne')}.")


def packages() -> Iterator[Finding]:
    """Compare what is installed with the bounds of tne; a missing extra is only said."""
    wrong: list[str]
    absent: dict[str, list[str]]
    wrong, absent = [], {}
    count = 0
    for text in importlib.metadata.requires("tne") or ():
        name, bounds, extra = requirement(text)
        if extra and extra not in EXTRAS:
            continue
        have = _version(name)
        count += have is not None
        if have is None:
            (absent.setdefault(extra, []) if extra else wrong).append(name)
        elif not within(have, bounds):
            wrong.append(f"{name} {have} ({bounds})")
    if wrong:
        yield Finding(
            "fail",
            "packages",
            f"{len(wrong)} do not fit: {', '.join(wrong)}.",
            "Install them anew: make reports.",
        )
    else:
        yield Finding("pass", "packages", f"{count} are within their bounds.")
    for extra, names in sorted(absent.items()):
        yield Finding(
            "none",
            f"extra {extra}",
            f"{', '.join(names)} not installed; for {EXTRAS[extra]}.",
            f'If you need it: pip install "tne[{extra}]".',
        )


def requirement(text: str) -> tuple[str, str, str]:
    """Return name, bounds and extra of one requirement.

    Examples
    --------
    >>> requirement('pandas>=3.0'), requirement('python-pptx>=1.0; extra == "slides"')
    (('pandas', '>=3.0', ''), ('python-pptx', '>=1.0', 'slides'))
    """
    found = _REQUIREMENT.match(text)
    if found is None:
        return text, "", ""
    extra = re.search(r"extra == ['\"](\w+)['\"]", found[3] or "")
    return found[1], found[2], extra[1] if extra else ""


def within(version: str, bounds: str) -> bool:
    """Say whether a version lies within bounds such as ``>=3.10,<3.13``; only numbers are compared.

    Examples
    --------
    >>> within("3.10.8", ">=3.10,<3.13"), within("3.13.0", ">=3.10,<3.13"), within("3.9", ">=3.10")
    (True, False, False)
    """
    have = _numbers(version)
    compare = {
        ">=": lambda a, b: a >= b,
        "<=": lambda a, b: a <= b,
        "<": lambda a, b: a < b,
        ">": lambda a, b: a > b,
        "==": lambda a, b: a == b,
        "!=": lambda a, b: a != b,
        "~=": lambda a, b: a >= b and a[: len(b) - 1] == b[:-1],
    }
    return all(compare[sign](have, _numbers(bound)) for sign, bound in _BOUND.findall(bounds))


def browser() -> Iterator[Finding]:
    """Say whether pages can become PDFs."""
    from tne.runs.pdf import browser as find

    found = find()
    if found is None:
        yield Finding(
            "none",
            "PDF",
            "no Chromium on the path.",
            "If you publish PDFs: apt install chromium, or set TNE_CHROMIUM.",
        )
    else:
        yield Finding("pass", "PDF", f"{Path(found).name} prints.")


def fonts(languages: Iterable[str]) -> Iterator[Finding]:
    """Say for which languages of the markets this machine has no letters; asked where PDFs are printed."""
    tool = shutil.which("fc-list")
    asked = sorted({language.split("-")[0].lower() for language in languages if language})
    if tool is None or not asked:
        yield Finding("none", "fonts", "not asked: no fc-list or no market here.")
        return
    lacking = [
        name
        for name in asked
        if not subprocess.run(
            [tool, f":lang={name}", "family"], capture_output=True, check=False
        ).stdout.strip()
    ]
    if lacking:
        yield Finding(
            "warn",
            "fonts",
            f"none for {', '.join(lacking)}.",
            "PDFs would show boxes: install fonts-noto for them.",
        )
    else:
        yield Finding("pass", "fonts", f"there are letters for {', '.join(asked)}.")


def room(folder: Path) -> Iterator[Finding]:
    """Say whether the disk has room, and the memory."""
    from tne.runs.resources import cores, memory

    free = shutil.disk_usage(folder).free
    said = f"{free / 1e9:.1f} GB free."
    if free < ROOM:
        yield Finding("warn", "disk", said, "Make room: a run needs the space of its reports twice.")
    else:
        yield Finding("pass", "disk", said)
    allowed = memory()
    said = f"{allowed / 1e9:.1f} GB for a run, {cores()} cores." if allowed else f"unknown, {cores()} cores."
    if 0 < allowed < MEMORY:
        yield Finding("warn", "memory", said, "Run one report at a time: tne run --jobs 1.")
    else:
        yield Finding("pass", "memory", said)


def encoding() -> Iterator[Finding]:
    """Say whether texts are UTF-8 here, as names of files and what is printed."""
    used = {sys.getfilesystemencoding().lower(), (getattr(sys.stdout, "encoding", "") or "utf-8").lower()}
    odd = sorted(name for name in used if name.replace("-", "") != "utf8")
    if odd:
        yield Finding(
            "warn", "text", f"is {', '.join(odd)} here.", "Set PYTHONUTF8=1, and a locale such as C.UTF-8."
        )
    else:
        yield Finding("pass", "text", "is UTF-8.")


def writing(folders: Iterable[tuple[str, Path]]) -> Iterator[Finding]:
    """Say where this user may not write; of a folder that is not there yet its nearest parent counts."""
    closed = []
    for name, folder in folders:
        near = next((each for each in (folder, *folder.parents) if each.exists()), folder)
        if not (near.is_dir() and os.access(near, os.W_OK | os.X_OK)):
            closed.append(name)
    if closed:
        yield Finding(
            "fail", "writing", f"not allowed in {', '.join(closed)}.", "Ask for the right, or name others."
        )
    else:
        yield Finding("pass", "writing", "allowed in workspace, reports and configuration.")


def _numbers(version: str) -> tuple[int, ...]:
    found = re.match(r"\d+(?:\.\d+)*", version)
    parts = [int(part) for part in found[0].split(".")] if found else [0]
    while len(parts) > 1 and parts[-1] == 0:
        parts.pop()
    return tuple(parts)


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None
