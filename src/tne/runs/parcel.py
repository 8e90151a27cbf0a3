"""How do many files replace a folder or a zip in one step?"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from glob import escape
from pathlib import Path
from typing import Any

from tne.runs.hashes import file_sha256
from tne.runs.outcome import UsageError

NOTE = "contents.json"  # what is in it; only a folder with this file is ever replaced
SCHEMA = 1
_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the first instant that a zip can name
_LITTER = {".ds_store", "thumbs.db", "desktop.ini"}  # of programs that look into a folder
_BROKEN = (OSError, ValueError, KeyError, RuntimeError, zipfile.BadZipFile, zlib.error)


def checked(target: Path, reports: Path) -> Path:
    """Return the absolute target.

    Raises
    ------
    UsageError
        If something stands there that `tne publish` did not make, or it lies within the reports.
    """
    target, reports = Path(os.path.abspath(target)), reports.resolve()
    if target.is_symlink():
        target = target.resolve()
    if target.resolve() == reports or reports in target.resolve().parents:
        raise UsageError(f"{target} lies in the folder of the reports. Name a place outside of it by --to.")
    if target.is_dir():
        if is_zip(target):
            raise UsageError(f"{target} is a folder. Name another file by --to.")
        if _foreign(target):
            raise UsageError(
                f"{target} holds files that `tne publish` did not put there. Name an empty or a new folder by --to."
            )
    elif target.exists() and not (is_zip(target) and note(target)):
        raise UsageError(f"{target} is a file that `tne publish` did not make. Name another place by --to.")
    return target


def is_zip(target: Path) -> bool:
    """Say whether a target is a zip file: by its ending."""
    return target.suffix.lower() == ".zip"


def note(target: Path) -> dict[str, Any]:
    """Return what the parcel that stands at `target` says of itself, empty if there is none."""
    try:
        if is_zip(target):
            with zipfile.ZipFile(target) as parts:
                told = json.loads(parts.read(NOTE))
        else:
            told = json.loads((target / NOTE).read_text(encoding="utf-8"))
    except _BROKEN:
        return {}
    return told if isinstance(told, dict) and told.get("schema_version") == SCHEMA and _listed(told) else {}


def _listed(told: Any) -> set[str]:
    """Return the files that a note lists; none if it is not of ours."""
    try:
        return {
            *told["files"],
            *(name for one in told["reports"] if one["page"] for name in {**one["files"]}),
        }
    except (AttributeError, KeyError, TypeError):
        return set()


def _foreign(target: Path) -> bool:
    """Whether a folder holds a file that `tne publish` did not put there: replacing it would lose that file."""
    told = note(target)
    known = _listed(told) | {NOTE} if told else set()
    return any(
        path.relative_to(target).as_posix() not in known and path.name.lower() not in _LITTER
        for path in target.rglob("*")
        if path.is_symlink() or not path.is_dir()
    )


def earlier(target: Path, name: str, sha256: str) -> bytes | None:
    """Return a file of the parcel that stands at `target` if it is the one of this hash."""
    from hashlib import sha256 as digest

    try:
        if is_zip(target):
            with zipfile.ZipFile(target) as parts:
                content = parts.read(name)
        else:
            content = (target / name).read_bytes()
    except _BROKEN:
        return None
    return content if digest(content).hexdigest() == sha256 else None


@contextmanager
def prepared(target: Path) -> Iterator[Path]:
    """Give a folder beside `target` that is gone afterwards, whatever happens.

    Raises
    ------
    UsageError
        If nothing can be written there, or another `tne publish` is at it.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        for left in target.parent.glob(f".{escape(target.name)}.*.parcel"):  # of one that was killed
            with _held(left, target):
                if (left / "old").is_dir() and not target.exists():  # killed between its two steps
                    (left / "old").rename(target)
                shutil.rmtree(left, ignore_errors=True)
        work = target.with_name(f".{target.name}.{secrets.token_hex(4)}.parcel")
        work.mkdir()
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise UsageError(f"Cannot write beside {target}: {why}. Name another place by --to.") from None
    try:
        with _held(work, target):
            yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


@contextmanager
def _held(work: Path, target: Path) -> Iterator[None]:
    """Hold the lock of a folder of `prepared`; a killed process holds none. Without locks (Windows) nothing is held."""
    if os.name != "posix":
        yield
        return
    import fcntl

    with (work / "lock").open("a+b") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UsageError(f"Another `tne publish` is writing {target}. Wait for it.") from None
        except OSError:  # a share that knows no locks
            pass
        yield


def put(work: Path, target: Path) -> bool:
    """Put the files of ``work/files`` in the place of `target` by renaming; say whether anything changed."""
    files = work / "files"
    if is_zip(target):
        zipped = work / "parcel.zip"
        _zip(files, zipped)
        if target.is_file() and file_sha256(target) == file_sha256(zipped):
            return False
        _for_the_same(target, zipped)
        zipped.replace(target)
        return True
    if target.is_dir() and _same(files, target):
        return False
    old = work / "old"
    _for_the_same(target, files)
    if target.is_dir():
        target.rename(old)
    try:
        files.rename(target)
    except BaseException:
        if old.is_dir():
            with suppress(OSError):
                old.rename(target)
        raise
    return True


def _for_the_same(target: Path, new: Path) -> None:
    """Let those read the new folder or zip who could read what stood there, and nobody else."""
    if not target.exists():
        return
    with suppress(OSError):  # another's group
        if os.name == "posix":
            os.chown(new, -1, target.stat().st_gid)
    try:
        shutil.copystat(target, new)  # lists of rights, too
        os.utime(new)
    except OSError:  # some shares set the rights of all that is in them
        if new.stat().st_mode != target.stat().st_mode:
            raise


def _zip(files: Path, zipped: Path) -> None:
    with zipfile.ZipFile(zipped, "x", zipfile.ZIP_DEFLATED) as parts:
        for path in sorted(p for p in files.rglob("*") if p.is_file()):
            info = zipfile.ZipInfo(path.relative_to(files).as_posix(), _LONG_AGO)
            info.create_system, info.external_attr = 3, 0o644 << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            parts.writestr(info, path.read_bytes())


def _same(one: Path, other: Path) -> bool:
    mine, theirs = ({p.relative_to(f).as_posix() for p in f.rglob("*") if p.is_file()} for f in (one, other))
    return mine == theirs and all(file_sha256(one / name) == file_sha256(other / name) for name in mine)
