"""Who may read what a workspace holds: nobody but its owner, whatever the umask, after every kind of change."""

import os
import stat

import pytest
from import_cases import ROSTER, ROSTER_MAP, write

from tne.cli import main
from tne.runs.hashes import Hashes
from tne.runs.resources import work_folder

BAD = "1009,eve@example.org,eve,Red,no day\n"


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def open_to_others(root):
    """Return what another account can read or enter below `root`, if it may enter `root` itself."""
    found = []
    for folder, folders, files in os.walk(root):
        at = [name for name in folders if (root / folder / name).stat().st_mode & 0o077]
        found += [os.path.join(folder, name) for name in at]
        found += [
            os.path.join(folder, name)
            for name in files
            if os.stat(os.path.join(folder, name)).st_mode & 0o077
        ]
        folders[:] = at  # nobody gets behind a closed door
    return {os.path.relpath(path, root) for path in found}


@pytest.fixture(params=[0o022, 0o000], ids=["022", "000"])
def place(request, tmp_path, monkeypatch):
    monkeypatch.setenv("TNE_CONFIG_HOME", str(tmp_path / "home"))
    before = os.umask(request.param)
    yield tmp_path
    os.umask(before)


def imported(place, text):
    files = write(place / "roster.csv", text), write(place / "roster.toml", ROSTER_MAP)
    assert main(["import", "--workspace", str(place / "team"), "--map", str(files[1]), str(files[0])]) == 0


def test_no_other_account_reads_a_workspace_or_its_key(place):
    root = place / "team"
    root.mkdir(0o755)  # a folder that was there before keeps its rights
    root.chmod(0o755)
    # nothing of people stands in these
    plain = {".import.lock", "imports.json", "tne.toml"}
    imported(place, ROSTER + BAD)
    assert open_to_others(root) == plain
    imported(place, ROSTER.replace("Blue", "Green") + BAD + BAD.replace("1009", "1010"))
    assert open_to_others(root) == plain
    assert main(["key", "rotate", "--workspace", str(root), "--yes"]) == 0
    assert open_to_others(root) == plain
    assert main(["store", "prune", "--workspace", str(root), "--keep", "1"]) == 0
    assert open_to_others(root) == plain
    assert {p.name for p in root.iterdir()} >= {"tables", "versions", "identity", "quarantine"} | plain
    assert [mode(p) for p in root.iterdir() if p.is_dir()] == [0o700] * sum(
        p.is_dir() for p in root.iterdir()
    )
    assert mode(root / "identity" / "aliases.parquet") == 0o600
    assert {mode(p) for p in (root / "quarantine").rglob("*.csv")} == {0o600}
    keys = place / "home" / "keys"
    assert mode(keys) == 0o700
    assert [mode(p) for p in keys.iterdir()] == [0o600] * 2


def test_new_workspace_is_closed_and_stays_open_once_it_is_shared(place):
    root = place / "team"
    imported(place, ROSTER)
    assert mode(root) == 0o700
    for folder in (root, root / "tables"):
        folder.chmod(0o750)  # for a group of analysts
    imported(place, ROSTER.replace("Blue", "Green"))
    assert mode(root) == mode(root / "tables") == 0o750
    assert mode(root / "identity") == 0o700


def test_what_a_run_keeps_of_files_is_private(place):
    (place / "table").write_text("x")
    os.utime(place / "table", (0, 0))
    kept = Hashes(place)
    kept.sha256(place / "table")
    for _ in range(2):
        kept.save()
        assert mode(place / "hashes.json") == 0o600
        kept = Hashes(place)
        kept.fact(place / "table", "rows", lambda path: 1)


def test_folder_in_which_a_run_works_is_private(place):
    work = work_folder(place)
    try:
        assert mode(work) == 0o700
    finally:
        work.rmdir()
