"""What must hold after any fault: whole files of one generation each, a true manifest, nothing left behind."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from urllib.parse import urldefrag

from tests.faults.stub import MARKETS, NEW, OLD, REPORT
from tests.faults.world import Ended, World, reference, until

PAGES = tuple(f"{REPORT}/{market}.html" for market in MARKETS)
_ENDED = {0: "complete", 130: "interrupted", 143: "interrupted"}
_HREF = re.compile(r"href=[\"']([^\"'#][^\"']*)[\"']")
_GENERATION = re.compile(r"(Start|End) of generation (\d+)\.")


def after_fault(world: World, ended: Ended | None) -> list[str]:
    """Return what is broken right after a fault; `ended` is None if the run was killed.

    Parameters
    ----------
    world : World
    ended : Ended or None
        How the run ended, if it ended by itself.
    """
    broken = [*_processes(world)]
    generations = _generations(world, broken)
    _estimates(world, broken, generations, done=ended is not None)
    _index(world, broken)
    _manifest(world, broken, generations, ended)
    if ended is not None:
        broken += [f"{name} left by a run that ended" for name in _leftovers(world)]
    return broken


def after_next_run(world: World) -> list[str]:
    """Run again, without the fault, and return what is broken then."""
    world.go_right()
    ended = world.run()
    if ended.code:
        return [f"the next run ended with {ended.code}: {ended.said[-300:]}"]
    broken = after_fault(world, ended)
    generations = _generations(world, [])
    if set(generations.values()) != {NEW}:
        broken.append(f"the next run left {generations}")
    return broken


def _processes(world: World) -> list[str]:
    if until(lambda: not world.marked(), 5, 0.05):
        return []
    return [f"{len(world.kill_all())} processes left after 5 s"]


def _generations(world: World, broken: list[str]) -> dict[str, int]:
    """Return the generation of each page, judged by all its bytes."""
    files, found = reference().files, {}
    for path in PAGES:
        try:
            content = (world.output / path).read_bytes()
        except OSError as error:
            broken.append(f"{path}: {type(error).__name__}")
            continue
        text = content.decode("utf-8", "replace")
        if not text.rstrip().endswith("</html>"):
            broken.append(f"{path} is cut off")
        told = {int(n) for _, n in _GENERATION.findall(text)}
        whole = [generation for generation in (OLD, NEW) if content == files[generation][path]]
        if len(told) != 1 or not whole or {*whole} != told:
            broken.append(f"{path} is of no generation, it says {sorted(told)}")
        else:
            found[path] = whole[0]
    extra = {
        p.relative_to(world.output).as_posix() for p in world.output.glob("*/**/*.html") if p.name[0] != "."
    }
    broken += [f"{path} should not be there" for path in sorted(extra - {*PAGES})]
    return found


def _estimates(world: World, broken: list[str], generations: dict[str, int], *, done: bool) -> None:
    try:
        text = (world.output / "estimates.csv").read_text(encoding="utf-8")
        rows = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
    except (OSError, ValueError, csv.Error) as error:
        broken.append(f"estimates.csv: {error}")
        return
    columns = reference().files[OLD]["estimates.csv"].decode().partition("\n")[0].split(",")
    if any(list(row) != columns or None in row.values() for row in rows) or not text.endswith("\n"):
        broken.append("estimates.csv is cut off")
    paths = [f"{row['report']}/{row['market']}.html" for row in rows]
    if sorted(paths) != sorted(PAGES):
        broken.append(f"estimates.csv has rows of {paths}")
    if done:
        late = [
            path
            for path, row in zip(paths, rows, strict=True)
            if generations.get(path) != float(row["estimate"])
        ]
        broken += [f"estimates.csv has another generation than {path}" for path in late]


def _index(world: World, broken: list[str]) -> None:
    try:
        text = (world.output / "index.html").read_text(encoding="utf-8")
    except OSError as error:
        broken.append(f"index.html: {type(error).__name__}")
        return
    if not text.rstrip().endswith("</html>"):
        broken.append("index.html is cut off")
    links = {urldefrag(link)[0] for link in _HREF.findall(text) if "://" not in link}
    broken += [f"index.html links {link}" for link in sorted(links) if not (world.output / link).is_file()]
    if not links >= {*PAGES}:
        broken.append(f"index.html links only {sorted(links)}")


def _manifest(world: World, broken: list[str], generations: dict[str, int], ended: Ended | None) -> None:
    try:
        book = world.manifest
        status, entries = book["status"], {entry["path"]: entry for entry in book["reports"] if entry["path"]}
    except (OSError, ValueError, KeyError) as error:
        broken.append(f"manifest.json: {type(error).__name__}: {error}")
        return
    files = reference().files
    for path in PAGES:
        sha256 = entries.get(path, {}).get("sha256")
        real = _sha256((world.output / path).read_bytes()) if path in generations else None
        known = {_sha256(files[generation][path]) for generation in (OLD, NEW)}
        if sha256 != real and not (status == "running" and sha256 in known):
            broken.append(f"manifest.json ({status}) has a wrong hash of {path}")
    if status == "running":
        if ended is not None:
            broken.append(f"the manifest of a run that ended with {ended.code} says that it is running")
        return
    for name, sha256 in book["outputs"].items():
        path = world.output / name
        if not path.is_file() or _sha256(path.read_bytes()) != sha256:
            broken.append(f"manifest.json ({status}) has a wrong hash of the output {name}")
    if status == "complete" and len({*generations.values()}) > 1:
        broken.append("manifest.json says complete, the pages are of two generations")
    if ended is None:
        return
    if book["exit_code"] != ended.code or status != _ENDED.get(ended.code, "failed"):
        broken.append(f"the run ended with {ended.code}, its manifest says {status}, {book['exit_code']}")
    for path, entry in entries.items():
        new = generations.get(path) == NEW
        if (entry["status"] in ("published", "unchanged")) != new:
            broken.append(f"{path} is {'new' if new else 'old'}, its entry says {entry['status']}")


def _leftovers(world: World) -> list[str]:
    """Return temporary files of the engine: in the output folder, and in the folder for temporary files."""
    scratch = [p.relative_to(world.home).as_posix() for p in world.output.rglob(".*.tmp")]
    return scratch + [f"{world.temporary.name}/{p.name}" for p in world.temporary.iterdir()]


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def describe(world: World) -> str:
    """Return what a person needs to understand a finding."""
    told = json.dumps({e["market"]: [e["status"], e["reason"]] for e in world.manifest["reports"]})
    return f"{world.manifest['status']} {told} {(world.home / 'log').read_text(errors='replace')[-500:]}"
