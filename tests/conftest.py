"""Shared fixtures: the published data folder, and a seed that nobody picks."""

import hashlib
import os
from pathlib import Path

import numpy as np
import pytest


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


@pytest.fixture
def rng(request: pytest.FixtureRequest) -> np.random.Generator:
    """Generator seeded by the hash of the test's name."""
    digest = hashlib.sha256(request.node.name.encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:8], "big"))
