"""Whatever file is imported: no traceback, no hang, nobody's data in a message, nothing lost, the store as it was."""

from __future__ import annotations

import os
import random
from collections import Counter

import pytest

from tests.tables import hostile_cases as cases
from tests.tables.hostile import World
from tne import cli
from tne.tables.importers.formats import BY_NAME

pytestmark = pytest.mark.xdist_group("hostile")  # what its tests share is made once

BOOK = cases.Seed("xlsx", "qa.xlsx", "", mapping=cases.BOOK_MAP)
SEEDS = sorted({(seed.name, seed.file) for seed in cases.SEEDS})


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TNE_CONFIG_HOME", str(folder / "config"))
        cases.sound(folder / "made")
        yield World(folder / "made" / "ws", folder)


def test_there_are_enough_cases_and_every_format_has_a_seed():
    """The proof imports every pair of sound text and fault; here every fault meets some of them."""
    assert len(cases.SEEDS) * len(cases.FAULTS) + len(cases.BOOK_FAULTS) >= 500
    assert {seed.name for seed in cases.SEEDS} >= set(BY_NAME)
    met = {name.rpartition(": ")[2] for name, _, _ in cases.text_cases()}
    assert met == set(cases.FAULTS)


@pytest.mark.parametrize(("name", "file"), SEEDS)
def test_sound_files_are_stored(world, tmp_path, name, file):
    """The cases would prove nothing if their seeds were refused anyway."""
    seed = next(seed for seed in cases.SEEDS if (seed.name, seed.file) == (name, file))
    path = tmp_path / file
    path.write_bytes(seed.bytes)
    assert world.tried(seed, path) == ("stored", [])


@pytest.mark.repeats("imports")
@pytest.mark.parametrize(("name", "file"), SEEDS)
def test_damaged_texts(world, tmp_path, name, file):
    ways, broken = Counter(), {}
    for number, (case, seed, made) in enumerate(cases.text_cases()):
        if (seed.name, seed.file) == (name, file):
            path = tmp_path / file
            path.write_bytes(made())
            how, found = world.tried(seed, path)
            found += world.guessed(path) if number % 4 == 0 else []
            ways[how] += 1
            broken |= {case: found} if found else {}
    assert not broken
    assert ways["ContractError"]


@pytest.mark.repeats("imports")
def test_damaged_workbooks(world, tmp_path):
    book = cases.sound_book(tmp_path / "sound.xlsx").read_bytes()
    ways, broken = {}, {}
    for number, (fault, change) in enumerate(cases.BOOK_FAULTS.items()):
        path = tmp_path / BOOK.file
        path.write_bytes(change(book, random.Random(fault)))
        ways[fault], found = world.tried(BOOK, path)
        found += world.guessed(path) if number % 4 == 0 else []
        broken |= {fault: found} if found else {}
    assert not broken
    assert ways["sound"] == ways["external link"] == ways["formulas without values"] == "stored"
    traps = [
        f
        for f in ways
        if f.startswith(("bomb in", "bomb beside", "row ", "entities", "sparse", "many parts"))
    ]
    assert {ways[fault] for fault in traps} == {"ContractError"}


def test_what_is_no_file(world, tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "to nothing.csv").symlink_to(tmp_path / "absent.csv")
    (tmp_path / "to itself.csv").symlink_to(tmp_path / "to itself.csv")
    (tmp_path / "device.csv").symlink_to("/dev/zero")
    with (tmp_path / "huge.csv").open("wb") as file:
        file.truncate(3 << 30)
    for path in (*tmp_path.iterdir(), tmp_path / "absent.csv", tmp_path / ("long" * 100)):
        for seed in (cases.SEEDS[0], cases.SEEDS[-1], BOOK):
            assert world.tried(seed, path) == ("ContractError", []), (path.name, seed.name)
        assert world.guessed(path) == []


def test_a_link_to_a_file_is_read_and_an_unreadable_file_is_not(world, tmp_path):
    seed = cases.SEEDS[0]
    path = tmp_path / seed.file
    path.write_bytes(seed.bytes)
    (tmp_path / "link.csv").symlink_to(path)
    assert world.tried(seed, tmp_path / "link.csv") == ("stored", [])
    path.chmod(0)
    if not os.access(path, os.R_OK):
        assert world.tried(seed, path) == ("ContractError", [])


def test_a_cell_of_ten_megabytes(world, tmp_path):
    for seed in (cases.SEEDS[0], next(s for s in cases.SEEDS if s.name == "xapi"), cases.SEEDS[-3]):
        path = tmp_path / seed.file
        path.write_bytes(seed.bytes.replace(cases.MAILS[0].encode(), b"x" * 10_000_000, 1))
        how, broken = world.tried(seed, path)
        assert not broken
        assert how in ("stored", "ContractError")


def test_exit_codes(world, tmp_path, capsys):
    path = tmp_path / "grades.csv"
    path.write_bytes(cases.SEEDS[0].bytes[:-300])
    call = ["import", str(path), "--workspace", str(world.root)]
    assert cli.main(call) == 2  # programme, wave and zone are not said
    path.write_bytes(b"\0\1\2" * 999)
    assert cli.main(call) == 3
    said = capsys.readouterr()
    assert "Traceback" not in said.err
    assert cases.MARK not in (said.err + said.out).casefold()
