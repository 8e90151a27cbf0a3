"""Whatever happens to a run: whole pages of one generation each, a true manifest, no process, and the next run works.

The proof `faults` kills far more often and injects each fault alone; here several share a world where they can.
"""

import hashlib
from pathlib import Path

import pytest

from tests.faults.cells import CASES, CELLS, misbehave
from tests.faults.invariants import after_fault, after_next_run
from tests.faults.kills import KILLS, STOPS
from tests.faults.places import PLACES
from tests.faults.stub import MARKETS, OLD
from tests.faults.trying import FAULTS, tried
from tests.faults.world import World, fresh, published, reference

pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("faults"),  # the reference is made once a process
    pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks for processes in /proc"),
]
NAMES = tuple(CASES)
# The proof injects these too; each has a sister here.
LATER = {
    "SIGINT",
    "freeze the server",  # waits for a minute
    "SIGTERM to the group",
    "kill the parent while cells sleep",
    "kill the parent while cells swallow everything",
    "a cell smears its process",
}
RENAME = "kill between write and rename"
LONG = {"kill the server", "kill the child"}
TOGETHER = [NAMES[i : i + 3] for i in range(0, len(NAMES), 3)]


# One of each kind; the rest widens it.
QUICK = {
    "SIGTERM",
    "kill the parent while cells have children",
    "SIGTERM while cells swallow everything",
    "the disk fills up",
    "two runs at once",
}


def shortened(cases, quick):
    return [pytest.param(case, marks=() if case in quick else pytest.mark.thorough) for case in cases]


def seed(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big")


def holds(outcome: dict) -> None:
    if outcome["skipped"]:
        pytest.skip(outcome["skipped"])
    assert not outcome["broken"], outcome


@pytest.fixture(scope="module", autouse=True)
def template():
    yield
    if reference.cache_info().currsize:
        World(reference().template).close()
        reference.cache_clear()


@pytest.fixture
def world():
    made = fresh()
    yield made
    made.close()


# A killed server or child costs a whole run, the others end it: ten kills in all.
@pytest.mark.parametrize(
    ("name", "time"),
    [
        pytest.param(name, time, marks=pytest.mark.thorough if time == "second" and name != RENAME else ())
        for time in ("first", "second")
        for name in KILLS
        if time == "first" or name not in LONG
    ],
)
def test_killed_run_leaves_whole_pages_and_no_process(name, time):
    again = time == "second" and name in ("kill the group", RENAME)
    holds(tried(name, seed(f"{name} {time}"), next_run=again))


@pytest.mark.parametrize("name", shortened([name for name in STOPS if name not in LATER], QUICK))
def test_stopped_run_ends_in_time_and_says_so(name):
    holds(tried(name, seed(name), next_run=False))


@pytest.mark.parametrize("names", shortened(TOGETHER, TOGETHER[::3]), ids=", ".join)
def test_misbehaving_cell_costs_its_own_report_only(world, names):
    ill = dict(zip(MARKETS[:-1], (CASES[name] for name in names), strict=False))
    outcome = misbehave(world, ill)
    outcome["broken"] += after_next_run(world) if names == TOGETHER[-1] else []
    assert not outcome["broken"], outcome


@pytest.mark.thorough
@pytest.mark.parametrize("name", sorted(CELLS.keys() - CASES.keys() - LATER))
def test_report_sees_nothing_of_the_one_before(name):
    holds(tried(name, seed(name), next_run=False))


@pytest.mark.parametrize("name", shortened(PLACES, QUICK))
def test_fault_of_the_place_leaves_whole_pages_and_a_clear_message(name):
    holds(tried(name, seed(name), next_run=name in ("the disk fills up", "two runs at once")))


@pytest.mark.parametrize("planted", ["cut", "mixture", "hash", "csv", "link", "gone"])
def test_invariants_find_a_planted_fault(world, planted):
    """The check itself: a world as the old run left it is sound, and each damage is found."""
    assert published(world.output) == reference().files[OLD]
    assert not after_fault(world, None)
    page, csv, index = (
        world.output / "stub" / "AA.html",
        world.output / "estimates.csv",
        world.output / "index.html",
    )
    if planted == "cut":
        page.write_bytes(page.read_bytes()[:-20])
    elif planted == "mixture":
        page.write_text(page.read_text().replace("End of generation 1", "End of generation 2"))
    elif planted == "hash":
        page.write_text(page.read_text().replace("<p>Start", "<p >Start"))
    elif planted == "csv":
        csv.write_bytes(csv.read_bytes()[:-15])
    elif planted == "link":
        index.write_text(index.read_text().replace("stub/AA.html", "stub/XX.html"))
    else:
        page.unlink()
    assert after_fault(world, None)


def test_invariants_find_a_process_that_was_left(world):
    import subprocess

    from tests.faults.world import MARK

    process = subprocess.Popen(["sleep", "60"], env={MARK: world.mark})
    assert any("left after 5 s" in broken for broken in after_fault(world, None))
    process.wait()


def test_every_fault_has_a_name_of_its_own():
    assert FAULTS.keys() > LATER | LONG
    assert len(FAULTS) == len(KILLS) + len(STOPS) + len(CELLS) + len(PLACES)


@pytest.mark.parametrize("at", [0, *(pytest.param(at, marks=pytest.mark.thorough) for at in (1, 3, 5))])
def test_a_disk_that_fills_up_at_any_file_leaves_a_true_manifest(at):
    """Pages that fitted are told with their numbers, or the manifest says that the run did not end."""
    holds(tried("the disk fills up", at))
