"""Shared fixtures: the published data folder, a small company with its reports, and a seed that nobody picks."""

import hashlib
import os
from pathlib import Path

import numpy as np
import pytest

from tests.e2e.rendered import Rendered, tne_says
from tne.made import make


@pytest.fixture(scope="session")
def truth() -> Path:
    """Folder with published data files, named by the variable TNE_TRUTH."""
    folder = os.environ.get("TNE_TRUTH")
    if not folder:
        pytest.skip("published data files: the variable TNE_TRUTH names no folder")
    path = Path(folder)
    if not (path / "cases.json").is_file():
        pytest.fail(f"TNE_TRUTH names a folder without cases.json: {path.name}")
    return path


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Rendered:
    """DE (large) and IE (tiny) of the demo, with their reports; tests that use it belong to the group "company"."""
    root = tmp_path_factory.mktemp("company")
    make(root / "ws", markets=("DE", "IE"))
    code, _, said = tne_says("run", "--workspace", root / "ws", "--output", root / "out", "--json")
    assert code == 0, said
    return Rendered(root / "ws", root / "out")


@pytest.fixture
def rng(request: pytest.FixtureRequest) -> np.random.Generator:
    """Generator seeded by the hash of the test's name."""
    digest = hashlib.sha256(request.node.name.encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:8], "big"))
