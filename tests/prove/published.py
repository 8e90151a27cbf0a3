"""Which published cases do the tests reproduce? Run them all, and count."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


class Counted:
    """Collects the outcome of every test that is marked with a published case."""

    def __init__(self) -> None:
        self.cases: dict[str, str] = {}
        self.good: dict[str, bool] = {}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Note the case of each test."""
        for item in items:
            mark = item.get_closest_marker("published")
            if mark is not None:
                self.cases[item.nodeid] = mark.args[0]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A case holds if each of its tests ran and passed."""
        case = self.cases.get(report.nodeid)
        if case is not None and (report.when == "call" or not report.passed):
            self.good[case] = self.good.get(case, True) and report.passed


def run() -> int:
    """Run the published cases and print how many of all there are; 1 if one fails or is unknown, else 0."""
    listed = json.loads((Path(os.environ["TNE_TRUTH"]) / "cases.json").read_text(encoding="utf-8"))
    known = {case["id"] for case in (listed["cases"] if isinstance(listed, dict) else listed)}
    counted = Counted()
    quiet = [
        "-q",
        "--no-header",
        "-p",
        "no:cacheprovider",
        "-m",
        "published",
        str(ROOT / "tests" / "measures"),
    ]
    status = pytest.main(quiet, plugins=[counted])
    held = sorted(case for case, good in counted.good.items() if good)
    print(f"published cases run: {len(held)} of {len(known)} ({', '.join(held)})")
    strange = sorted(set(counted.good) - known)
    if strange:
        print(f"Not among the published cases: {', '.join(strange)}")
    return 1 if status or strange else 0
