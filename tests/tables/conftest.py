"""A workspace with a roster, imported once and copied for each test that changes it."""

import shutil

import pytest

from tests.tables.import_cases import ROSTER, ROSTER_MAP, write
from tne.tables.importers import import_export


@pytest.fixture(scope="session")
def rostered_once(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rostered")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TNE_CONFIG_HOME", str(folder / "config"))
        made = write(folder / "roster.toml", ROSTER_MAP), write(folder / "roster.csv", ROSTER)
        import_export(*made, folder / "ws")
    return folder


@pytest.fixture
def rostered(rostered_once, tmp_path, monkeypatch):
    """The root of a workspace of its own; beside it its key, and mapping and export of the roster."""
    shutil.copytree(rostered_once, tmp_path, dirs_exist_ok=True)
    monkeypatch.setenv("TNE_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path / "ws"
