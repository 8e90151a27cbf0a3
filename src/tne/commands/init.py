"""What the command init does: begin a workspace of one's own, guided by the exports that there are."""

from __future__ import annotations

import argparse
import datetime as dt
import os
import re
import sys
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from tne.commands.asking import answer
from tne.runs.outcome import OK, UsageError

if TYPE_CHECKING:
    from tne.commands.start.exports import Proposal
    from tne.commands.start.files import Listed

_PROGRAMME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def arguments(step: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    step.add_argument("folder", type=Path, metavar="DIR", help="folder of the workspace; made if absent")
    step.add_argument(
        "--from", dest="exports", type=Path, metavar="FOLDER", help="folder with exports; they stay there"
    )
    step.add_argument(
        "--market",
        nargs="+",
        default=[],
        action="extend",
        metavar="CODE",
        help="codes of countries, or your own",
    )
    step.add_argument("--zone", default="", metavar="ZONE", help="as Europe/Berlin; default: the country's")
    step.add_argument(
        "--programme", default="", metavar="ID", help="the training that the tests and surveys are about"
    )
    step.add_argument("--starts-on", default="", metavar="DAY", help="its first day, as 2026-02-23")
    step.add_argument("--name", default="", metavar="TEXT", help="of the team; default: the folder's")
    step.add_argument(
        "--contact", default="", metavar="TEXT", help="whom a reader may ask: a role or a shared mailbox"
    )


def init(asked: Namespace) -> int:
    """Write settings, hand-written tables and proposed mappings; nothing is overwritten."""
    from tne.commands.start import files
    from tne.commands.start.countries import TODO, market
    from tne.commands.start.exports import found_in, proposals

    _ask(asked)
    root, codes = asked.folder, list(dict.fromkeys(asked.market))
    if (root / "tne.toml").exists() or (root / "tables").exists():
        raise UsageError(
            f"{root} is a workspace already. Nothing was changed; edit its tne.toml, or name another folder."
        )
    if root.exists() and not root.is_dir():
        raise UsageError(f"{root} is a file. Name a folder.")
    if not codes:
        raise UsageError("Say which markets there are: --market DE ES. More can be added later.")
    if asked.exports is not None and not asked.exports.is_dir():
        raise UsageError(f"{asked.exports} is no folder. Name the one with the exports by --from.")
    if asked.programme and not _PROGRAMME.fullmatch(asked.programme):
        raise UsageError("--programme is made of letters, digits, - and _: hate-speech-2026.")
    known = [market(code, asked.zone) for code in codes]
    zones = {m.timezone for m in known} - {TODO}
    zone = zones.pop() if len(zones) == 1 else ""
    exports = found_in(asked.exports) if asked.exports else []
    found, unknown = proposals(exports, zone, asked.programme)

    made = {"tne.toml": "", ".gitignore": files.IGNORED, "data/raw/README.md": files.RAW} | files.markets(
        known
    )
    listed = [files.Listed("hand/markets.csv", "mappings/markets.toml")]
    people = _roster(found, codes, made, listed)
    made |= files.programmes(asked.programme, _day(asked.starts_on))
    listed.append(files.Listed("hand/programmes.csv", "mappings/programmes.toml"))
    for each in found:
        place = files.place_of(each.path, root)
        if each.mapping:
            at = files.mapping_of(each, list(made))
            made[at] = each.mapping
            listed.append(files.Listed(place, at, comment=each.title))
        else:
            listed.append(files.Listed(place, answers=each.answers, comment=each.title))
    name = asked.name or root.resolve().name
    made["tne.toml"] = files.settings(name, asked.contact, known[0].language.split("-")[0], listed)
    _write(root, made)
    _tell(root, found, unknown, people)
    return OK


def _roster(found: list[Proposal], codes: list[str], made: dict[str, str], listed: list[Listed]) -> list[str]:
    """Begin a roster where no export is one; return what has to be said about it."""
    from tne.commands.start import files
    from tne.commands.start.people import people_in, roster, unlinked

    if any(each.table == "moderators" for each in found):
        return []
    people = people_in(found)
    if not people:
        return ["No roster: add its export to [[imports]] first; without it no row finds its person."]
    made["hand/roster.csv"], made["mappings/roster.toml"] = roster(people, codes)
    listed.append(files.Listed("hand/roster.csv", "mappings/roster.toml"))
    told = [
        f"No export is a roster, so hand/roster.csv was begun: {len(people)} people whom the exports name. It is "
        "private. Fill in team, hired_on and left_on as far as you can, or put your roster's export in its place."
    ]
    if apart := unlinked(people):
        told.append(
            f"{apart} of them lack an alias that others have (a mail, a login): fill it in, or exports that know them "
            "by it do not find them. Two rows of one person become one."
        )
    return told


def _ask(asked: Namespace) -> None:
    """At a terminal, ask for what no option said; empty answers leave it open."""
    if not sys.stdin.isatty():
        return
    if asked.exports is None:
        exports = answer("Folder with your exports (empty: none yet): ")
        asked.exports = Path(exports).expanduser() if exports else None
    if not asked.market:
        asked.market = (
            answer("Markets, by the codes of their countries, as DE ES: ").replace(",", " ").split()
        )
    if not asked.programme:
        asked.programme = answer(
            "Short name of the training that is to be judged, as hate-speech-2026 (empty: later): "
        )
    if asked.programme and not asked.starts_on:
        asked.starts_on = answer("Its first day, as 2026-02-23 (empty: later): ")


def _day(text: str) -> str:
    if not text:
        return "TODO"
    try:
        return dt.date.fromisoformat(text).isoformat()
    except ValueError:
        raise UsageError("--starts-on wants a day such as 2026-02-23.") from None


def _write(root: Path, made: dict[str, str]) -> None:
    """Write all files, or none where one of them is there."""
    from tne.commands.start.files import PRIVATE

    if there := [name for name in made if (root / name).exists()]:
        raise UsageError(
            f"{root / there[0]} is there already. Nothing was written; move it away, or name another folder."
        )
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, text in made.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600 if name in PRIVATE else 0o666)
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)


def _tell(root: Path, found: list[Proposal], unknown: list[tuple[Path, str]], people: list[str]) -> None:
    print(
        f"{root / 'tne.toml'}: settings, and {len(found)} export{'s' if len(found) != 1 else ''} to import."
    )
    for each in found:
        count = each.open_questions
        asks = f"; {count} question{'s' if count > 1 else ''} open" if count else ""
        print(f"✓  {each.path.name}: {each.title}{asks}")
        for note in each.notes:
            print(f"     assumed: {note}")
    for path, why in unknown:
        print(f"–  {path.name}: {why}")
    for line in people:
        print(f"!  {line}")
    print(
        "Look through tne.toml, hand/ and mappings/: what nobody can know stands as TODO, and the first command names "
        "what is left. Then:\n"
        f"  tne import --workspace {root} --all\n"
        f"  tne check --workspace {root}\n"
        f"  tne run --workspace {root} --output reports"
    )
