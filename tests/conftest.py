"""Shared fixtures: the published data folder, a small company with its reports, and a seed that nobody picks."""

import atexit
import gc
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyarrow.parquet as pq
import pytest

from tests.browser.shelf import WITHOUT, render
from tests.e2e.rendered import Rendered
from tests.prove.harness import passed_here
from tests.warm_servers import started
from tne.made import make
from tne.runs import processes

# Runs and imports make keys: not among the user's own. The workers of a session inherit the folder.
if "TNE_CONFIG_HOME" not in os.environ:
    os.environ["TNE_CONFIG_HOME"] = tempfile.mkdtemp(prefix="tne-config-")
    atexit.register(shutil.rmtree, os.environ["TNE_CONFIG_HOME"], ignore_errors=True)

# The desk makes nothing before it is asked: where it does, a test of it says so.
os.environ.setdefault("TNE_AHEAD", "0")

# As in `tne.runs.warm`: JSON schema's format checks would spend a second on a grammar of addresses.
sys.modules.setdefault("rfc3987_syntax", None)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that tries what widens a quicker test, too."""
    parser.addoption("--thorough", action="store_true", help="try the tests marked `thorough`, too")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what widens a quicker test beside it, unless asked for."""
    if config.getoption("--thorough"):
        return
    later = [item for item in items if item.get_closest_marker("thorough")]
    config.hook.pytest_deselected(items=later)
    items[:] = [item for item in items if not item.get_closest_marker("thorough")]


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Look for garbage less often, and not among what was imported and collected: a twentieth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


@pytest.fixture(scope="session", autouse=True)
def warm_servers() -> Iterator[None]:
    """Give the runs of this process a server that has imported everything already."""
    if sys.platform != "linux":
        yield
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(processes, "subprocess", SimpleNamespace(**{**vars(subprocess), "Popen": started}))
        yield


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a few replications where all of them have passed on this very code; what is stale is tried."""
    mark = item.get_closest_marker("repeats")
    if mark is not None and all(passed_here(name) for name in mark.args):
        files = ", ".join(f"docs/proof/{name}.json" for name in mark.args)
        pytest.skip(f"the same replications and many more have passed on this code: {files}")


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
    render(root / "ws", root / "out")
    return Rendered(root / "ws", root / "out")


@pytest.fixture(scope="session")
def lacking(tmp_path_factory: pytest.TempPathFactory) -> Rendered:
    """Main report of IE, whose workspace lacks tables; tests that use it belong to the group "abroad"."""
    root = tmp_path_factory.mktemp("lacking")
    make(root / "ws", markets=("DE", "IE"))
    tables = root / "ws" / "tables"
    for table in set(WITHOUT) - {"responses"}:
        shutil.rmtree(tables / table)
    shutil.rmtree(tables / "audits" / "market=IE")
    shutil.rmtree(tables / "responses" / "market=DE")
    part = tables / "responses" / "market=IE" / "part.parquet"
    pq.write_table(pq.ParquetFile(part).read().slice(0, 0), part)
    render(root / "ws", root / "out", "--language", "en", "--report", "effectiveness", "--market", "IE")
    return Rendered(root / "ws", root / "out")


@pytest.fixture
def rng(request: pytest.FixtureRequest) -> np.random.Generator:
    """Generator seeded by the hash of the test's name."""
    digest = hashlib.sha256(request.node.name.encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:8], "big"))
