"""One workspace for the tests of the desk: a small company in memory, and the sample on disk."""

from __future__ import annotations

from pathlib import Path

import pytest

import tne
from tne.desk.shelf import Shelf, shelf_of

SAMPLE = Path(__file__).resolve().parents[2] / "data" / "sample"


@pytest.fixture(scope="session")
def sample() -> Shelf:
    """The committed sample: two markets, twelve weeks, no tests."""
    return shelf_of(tne.open(SAMPLE))
