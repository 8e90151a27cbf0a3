"""An import that is killed at any moment leaves the store as before or after, and the next one ends it."""

from __future__ import annotations

import random
import shutil

import pytest

from tests.tables.hostile import state
from tests.tables.hostile_cases import SEEDS, sound
from tests.tables.killing import chosen, killed
from tne.tables.importers import import_known
from tne.tables.importers.commit import lock

pytestmark = pytest.mark.xdist_group("import_killed")  # what its tests share is made once

SEED = next(seed for seed in SEEDS if seed.name == "moodle-grades")
MOMENTS = 10


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("killed")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TNE_CONFIG_HOME", str(folder / "config"))
        sound(folder)
        (folder / SEED.file).write_bytes(SEED.bytes)
        yield folder


@pytest.mark.repeats("imports")
def test_killed_at_random_moments_the_store_is_as_before_or_after(made, tmp_path):
    export, root = made / SEED.file, tmp_path / "ws"
    shutil.copytree(made / "ws", root)
    before = state(root)
    code, touches = killed(root, export, SEED.answers)
    assert code == 0
    after = state(root)
    seen = set()
    for moment in chosen(MOMENTS, range(1, touches + 1), random.Random(9)):
        shutil.rmtree(root)
        shutil.copytree(made / "ws", root)
        code, _ = killed(root, export, SEED.answers, at=moment)
        assert code == -9
        with lock(root):  # what reads or imports next finishes or drops it
            found = state(root)
        assert found in (before, after), moment
        seen.add(found)
        import_known(export, root, SEED.answers)
        assert state(root) == after, moment
        import_known(export, root, SEED.answers)
        assert state(root) == after, moment
    assert seen == {before, after}
