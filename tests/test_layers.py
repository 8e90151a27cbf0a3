"""Who may import whom, read from the source: rooms, third-party libraries, privates, notebooks.

Each rule is tested both ways: the house keeps it, and a planted violation is found.
"""

import ast
import json
import re
from pathlib import Path

import pytest

import tne

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src"

# Room -> rooms whose public names it may import, besides its own
ROOMS: dict[str, set[str]] = {
    "result": set(),
    "checks": set(),
    "measures": {"result", "checks"},
    "tables": {"checks"},
    "simulate": {"checks"},
    "report": {"result"},
    "runs": {"report", "tables"},
}
# Rooms that stand in front of the house and may import any other
FRONT = {"cli", "commands", "desk", "made", "__init__", "__main__"}
# Tests that go through several rooms: by way, by counterpart, or by what they hold
THROUGH = {"attack", "browser", "e2e", "faults", "notebooks", "prove", "recovery", "website"}
# Library -> the only room that may import it
THIRD_PARTY = {
    "duckdb": "tables",
    "sqlglot": "tables",
    "adbc_driver_postgresql": "tables",
    "adbc_driver_manager": "tables",
    "pyspark": "tables",
    "py4j": "tables",
    "pandera": "tables",
    "seaborn": "report",
    "matplotlib": "report",
    "great_tables": "report",
    "babel": "report",
    "nh3": "report",
    "PIL": "report",
    "papermill": "runs",
    "nbconvert": "runs",
    "ipywidgets": "desk",
}
READS_OR_WRITES = re.compile(
    r"^(open|read_\w+|to_(csv|parquet|excel|feather|json|pickle|sql|hdf)|write_text|write_bytes)$"
)
NOTEBOOK_LIBRARIES = {"tne", "pandas", "numpy", "causaldata"}  # the last: published data
NOTEBOOK_NAMES = set(tne.__all__) | {"explain", "figures", "say"}


def imports(tree: ast.AST, module: str) -> list[tuple[str, str]]:
    """Return (module, name) of every import anywhere in a module, relative ones resolved; name "" for a module."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(alias.name, "") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(module.split(".")[: -node.level]) + "." if node.level else ""
            source = (base + (node.module or "")).strip(".")
            found += [(source, alias.name) for alias in node.names]
        elif isinstance(node, ast.Call) and name_of(node.func) in ("import_module", "__import__"):
            found += [(a.value, "") for a in node.args[:1] if isinstance(a, ast.Constant)]
    return found


def name_of(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def room_of(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


def complaints(module: str, source: str) -> list[str]:
    """Return what a module of the package does against the house's rules."""
    tree = ast.parse(source)
    room, found = room_of(module), []
    for target, name in imports(tree, module):
        top = target.split(".")[0]
        owner = THIRD_PARTY.get(top)
        if owner and room != owner:
            found.append(f"{module} imports {top}, which only {owner} may")
        if top != "tne":
            continue
        other = room_of(target) if target != "tne" else name
        if target == "tne" and name.startswith("__"):
            continue
        if room not in FRONT and other != room and other not in ROOMS[room]:
            found.append(f"{module} imports {other}")
        if (name.startswith("_") and not name.startswith("__")) or "._" in target.replace("__", ""):
            found.append(f"{module} imports the private {target}.{name}")
    if room == "measures":
        calls = {name_of(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
        found += [
            f"{module} reads or writes with {call}()" for call in sorted(calls) if READS_OR_WRITES.match(call)
        ]
    return found


def package() -> dict[str, str]:
    modules = {}
    for path in sorted(SOURCE.rglob("*.py")):
        parts = path.relative_to(SOURCE).with_suffix("").parts
        # a package's own file keeps its last part, so that relative imports resolve
        modules[".".join(parts)] = path.read_text(encoding="utf-8")
    return modules


def notebook_complaints(name: str, cells: list[str]) -> list[str]:
    """Return what a notebook's code cells do against the house's rules."""
    found = []
    for position, cell in enumerate(cells):
        where = f"{name}, code cell {position}"
        lines = cell.splitlines()
        if any(line.lstrip().startswith("!") for line in lines):
            found.append(f"{where} runs a shell command")
        tree = ast.parse("\n".join(line for line in lines if not line.lstrip().startswith(("!", "%"))))
        for target, what in imports(tree, "notebook"):
            top = target.split(".")[0]
            if top not in NOTEBOOK_LIBRARIES:
                found.append(f"{where} imports {top}")
            elif top == "tne" and (target != "tne" or (what and what not in NOTEBOOK_NAMES)):
                found.append(f"{where} imports {target}.{what}".rstrip("."))
        for node in ast.walk(tree):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                found.append(f"{where} defines {node.name}")
            if isinstance(node, ast.Attribute):
                found += [f"{where} uses {bad}" for bad in beyond_public(node)]
    return found


def beyond_public(node: ast.Attribute) -> list[str]:
    """Return ``tne.<name>`` if that name is not public, and any ``x._private``."""
    if isinstance(node.value, ast.Name) and node.value.id == "tne" and node.attr not in NOTEBOOK_NAMES:
        return [f"tne.{node.attr}"]
    return [node.attr] if node.attr.startswith("_") and not node.attr.startswith("__") else []


def code_cells(path: Path) -> list[str]:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


PACKAGE = package()
NOTEBOOKS = sorted(p for p in (ROOT / "notebooks").rglob("*.ipynb") if ".ipynb_checkpoints" not in p.parts)


def test_every_room_is_known():
    rooms = {room_of(module) for module in PACKAGE}
    assert rooms <= set(ROOMS) | FRONT, (
        f"unknown rooms: {rooms - set(ROOMS) - FRONT}. Give each a rule above."
    )
    assert {"result", "checks", "measures", "tables", "report", "runs"} <= rooms


def test_the_tests_have_the_rooms_of_the_house():
    def folders(root):
        return {path.name for path in root.iterdir() if path.is_dir() and any(path.glob("*.py"))}

    rooms, tests = folders(SOURCE / "tne"), folders(ROOT / "tests")
    assert rooms <= tests, "a room without tests of its own"
    assert tests - rooms == THROUGH, "a folder of tests that is neither a room nor named above"


@pytest.mark.parametrize("room", sorted({room_of(module) for module in PACKAGE}))
def test_the_room_keeps_the_rules(room):
    found = [
        c for module, text in PACKAGE.items() if room_of(module) == room for c in complaints(module, text)
    ]
    assert found == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_the_notebook_uses_public_names_only(path):
    assert notebook_complaints(path.stem, code_cells(path)) == []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("tne.result", "import tne.checks"),
        ("tne.checks", "from tne.result import Check"),
        ("tne.measures.gain", "from tne.tables.store import write_tables"),
        ("tne.measures.gain", "def f():\n    from tne.report import figures"),
        ("tne.measures.gain", "from ..report import figures"),
        ("tne.measures.gain", "from tne import simulate"),
        ("tne.measures.gain", "import importlib\nimportlib.import_module('tne.runs.plan')"),
        ("tne.measures.gain", "from tne.measures.ols import _design"),
        ("tne.measures.gain", "from tne.measures._hidden import design"),
        ("tne.measures.gain", "import pandas as pd\npd.read_csv('x.csv')"),
        ("tne.measures.gain", "text = open('x').read()"),
        ("tne.measures.gain", "def f(frame):\n    frame.to_parquet('x')"),
        ("tne.measures.gain", "import matplotlib.pyplot as plt"),
        ("tne.measures.gain", "import duckdb"),
        ("tne.tables.panel", "from tne.measures.gain import mean_change"),
        ("tne.tables.panel", "from tne.simulate import world"),
        ("tne.tables.panel", "import seaborn"),
        ("tne.simulate.world", "import pandera.pandas as pa"),
        ("tne.simulate.world", "from tne.tables.store import write_tables"),
        ("tne.report.say", "from tne.measures import gain"),
        ("tne.report.say", "from tne.checks import rows"),
        ("tne.report.say", "import sqlglot"),
        ("tne.runs.plan", "from pyspark.sql import SparkSession"),
        ("tne.cli", "import adbc_driver_postgresql.dbapi"),
        ("tne.report.say", "from papermill import execute_notebook"),
        ("tne.runs.plan", "from tne.measures.gain import mean_change"),
        ("tne.runs.plan", "import great_tables"),
        ("tne.runs.plan", "from babel.dates import format_date"),
        ("tne.cli", "import nbconvert"),
        ("tne.cli", "from tne.runs.plan import _due"),
    ],
)
def test_a_planted_violation_is_found(module, source):
    assert complaints(module, source)


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("tne.measures.gain", "from tne.checks import rows\nfrom tne.result import Estimate"),
        ("tne.measures.gain", "from tne.measures.ols import fit"),
        ("tne.measures.gain", "from .ols import fit\nimport scipy.stats"),
        ("tne.tables.panel", "import duckdb\nimport pandera.pandas as pa\nfrom tne.checks import rows"),
        ("tne.report.figures.effects", "import seaborn\nfrom tne.report.voice import Voice"),
        ("tne.runs.worker", "import papermill\nfrom tne.report.page import page\nfrom tne import __version__"),
        ("tne.cli", "from tne.tables import store\nfrom tne.runs import run\nfrom tne.measures import gain"),
    ],
)  # fmt: skip
def test_what_is_allowed_passes(module, source):
    assert complaints(module, source) == []


@pytest.mark.parametrize(
    "cell",
    [
        "import matplotlib.pyplot as plt",
        "from tne.report import figures",
        "import tne.measures.gain",
        "from tne import measures",
        "tne.tables.store.write_tables({}, '.')",
        "ws._engine",
        "tne._HOME",
        "def f():\n    pass",
        "class A:\n    pass",
        "!pip install x",
        "import duckdb",
    ],
)
def test_a_planted_violation_in_a_notebook_is_found(cell):
    assert notebook_complaints("planted", ["import tne", cell])


def test_a_notebook_of_public_names_passes():
    cells = [
        "import numpy as np\nimport pandas as pd\n\nimport tne",
        'ws = tne.open(workspace)\nscores = ws.scores("P1", market=market)',
        'tne.mean_change(scores, pre="pre", post="post")',
        "tne.say.figure(voice, 'event_study', tne.figures.event_study(frame), table=frame, values={})",
    ]
    assert notebook_complaints("good", cells) == []
