"""The engine `tne` and the stock kernel must show the same outputs; clocks, addresses and process ids may differ."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

pytestmark = pytest.mark.xdist_group("engines")  # what its tests share is made once

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "data" / "sample"
# Some of the reports, what an analyst starts from, and some of the methods' notebooks, which nbval executes all with
# the kernel: every kind of output is in CELLS
# A report and a method; two longer ones widen it.
QUICK, LONGER = ("briefing", "adjustment"), ("weekly", "explore")
NOTEBOOKS = [
    pytest.param(path, marks=() if path.stem in QUICK else pytest.mark.thorough, id=path.stem)
    for path in sorted((ROOT / "notebooks").rglob("*.ipynb"))
    if path.stem in (*QUICK, *LONGER) and ".ipynb_checkpoints" not in path.parts
]
EXECUTE = """
import json, os, sys

def execute(source, out, engine, parameters, folder):
    import nbformat, papermill
    from papermill.engines import papermill_engines
    from papermill.exceptions import PapermillExecutionError
    from tne.runs.engine import TneEngine
    papermill_engines.register("tne", TneEngine)
    how = {"engine_name": "tne"} if engine == "tne" else {}
    try:
        papermill.execute_notebook(source, out, parameters=json.loads(parameters), kernel_name="python3",
            language="python", progress_bar=False, cwd=folder, **how)
    except PapermillExecutionError as error:
        open(out + ".error", "w").write(error.ename)

"""
COLD = EXECUTE + "execute(*sys.argv[1:])"
# As a run does it: everything is imported once, and each notebook has a fork of that; a stock kernel is no fork.
WARM = (
    EXECUTE
    + """
from tne.runs.warm import warm
warm(["pandas", "tne"])
print(flush=True)
for line in sys.stdin:
    if (pid := os.fork()) == 0:
        try:
            execute(*json.loads(line))
            os._exit(0)
        except BaseException:
            sys.excepthook(*sys.exc_info())
            sys.stderr.flush()
        os._exit(1)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
"""
)
# Whatever a cell can do to its outputs, one cell each.
CELLS = (
    "print('one'); print('two')",
    "import sys\nprint('to stderr', file=sys.stderr)\nprint('to stdout')",
    "1 + 1",
    "from IPython.display import *\ndisplay(HTML('<b>x</b>'), Markdown('*y*'))",
    "handle = display('first', display_id='d1')\ndisplay('between')",
    "update_display('second', display_id='d1')",
    "print('gone'); clear_output(); print('stays')",
    "print('gone later'); clear_output(wait=True); print('replaces it')",
    "import pandas as pd\npd.DataFrame({f'column_{i}': [i, i] for i in range(30)})",
    "pd.get_option('display.max_columns'), pd.get_option('display.width')",
    "import matplotlib.pyplot as plt\nplt.plot([1, 2, 3]);",
    "figure, axes = plt.subplots(); axes.bar(['a', 'b'], [1, 2]); figure",
    "plt.close('all'); plt.get_backend(), plt.isinteractive()",
    "import asyncio\nawait asyncio.sleep(0.01)\n'awaited'",
    "import warnings\nwarnings.warn('careful')",
    "import logging\nlogging.getLogger('x').warning('logged')",
    "import threading\nthread = threading.Thread(target=print, args=('from a thread',)); thread.start(); thread.join()",
    "_, __, In[3], Out[3]",
    "%pwd\n%config InlineBackend.figure_formats",
    "x = 3\nx?",
    "def f():\n    raise KeyError('inside')\ntry:\n    f()\nexcept KeyError as error:\n    print(repr(error))",
    "__name__, __builtins__.__name__, type(get_ipython()).__mro__[1].__name__ != ''",
    "from IPython.core.interactiveshell import InteractiveShell\nInteractiveShell.ast_node_interactivity = 'all'\n1\n2",
    "del x\nimport gc; gc.collect() >= 0",
    "print('a' * 10, end='')\nprint('b', flush=True)\nsys.stdout.write('c')",
    "display({'application/json': {'a': [1, 2.5, None]}, 'text/plain': 'j'}, raw=True)",
)
FAILING = {
    "error": "import json\ndef g(n):\n    return 1 / n\ng(0)",
    "syntax": "this is no python",
    "exit": "raise SystemExit(3)",
    "shown": "class Loud:\n    def _repr_html_(self):\n        raise RuntimeError('in repr')\nLoud()",
    "interrupt": "raise KeyboardInterrupt",
    "own": "class Own(Exception):\n    pass\nraise Own('of mine')",
}


def settings(folder: Path) -> dict[str, str]:
    return os.environ | {
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "OMP_NUM_THREADS": "1",
        "PYTHONHASHSEED": "0",
        "SOURCE_DATE_EPOCH": "0",
        "IPYTHONDIR": str(folder / "ipython"),
    }


def cold(*call: str) -> None:
    """Execute a notebook in a process that has imported nothing."""
    line = [sys.executable, "-c", COLD, *call]
    environment = settings(Path(call[-1]))
    done = subprocess.run(line, env=environment, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.fixture(scope="module")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., None]]:
    """Execute notebooks in forks of a process that has imported everything."""
    folder = tmp_path_factory.mktemp("warm")
    pipe, said = subprocess.PIPE, folder / "said"
    line = [sys.executable, "-c", WARM]
    with (
        said.open("w") as errors,
        subprocess.Popen(
            line, env=settings(folder), stdin=pipe, stdout=pipe, stderr=errors, text=True
        ) as server,
    ):
        assert server.stdout.readline() == "\n", said.read_text()

        def execute(*call: str) -> None:
            server.stdin.write(json.dumps(call) + "\n")
            server.stdin.flush()
            assert server.stdout.readline() == "0\n", said.read_text()[-2000:]

        yield execute
        server.stdin.close()


def outputs(
    execute: Callable[..., None], source: Path, engine: str, folder: Path, **parameters: Any
) -> list[Any]:
    """Execute a notebook in a process of its own; return its outputs, coalesced and masked."""
    out = folder / f"{engine}.ipynb"
    execute(str(source), str(out), engine, json.dumps(parameters), str(folder))
    error = Path(f"{out}.error")
    shown = []
    for cell in nbformat.read(out, as_version=4).cells:
        if cell.cell_type == "code":
            shown.append([cell.source, cell.execution_count, masked(joined(cell.outputs))])
    return [error.read_text() if error.exists() else "", *shown]


def joined(found: list[Any]) -> list[dict[str, Any]]:
    """One output per stream between other outputs: a kernel cuts them by the clock, in either order."""
    told: list[dict[str, Any]] = []
    texts: dict[str, str] = {}

    def flush() -> None:
        told.extend({"output_type": "stream", "name": n, "text": texts[n]} for n in sorted(texts))
        texts.clear()

    for output in map(dict, found):
        if output["output_type"] == "stream":
            texts[output["name"]] = texts.get(output["name"], "") + output["text"]
        else:
            flush()
            told.append(output)
    flush()
    return told


def masked(content: Any) -> Any:
    """Process ids in file names, addresses, and ids of widgets."""
    text = re.sub(r'("model_id": ")[0-9a-f]{32}', r"\1", json.dumps(content, sort_keys=True))
    return json.loads(re.sub(r"ipykernel_\d+/\d+", "ipykernel_0/0", re.sub(r"0x[0-9a-f]{6,}", "0x0", text)))


def write(path: Path, *cells: str) -> Path:
    made = [nbformat.v4.new_code_cell(source) for source in cells]
    made[0].metadata["tags"] = ["parameters"] if cells[0].startswith("market") else []
    nbformat.write(nbformat.v4.new_notebook(cells=made), path)
    return path


def both(execute: Callable[..., None], source: Path, folder: Path, **parameters: Any) -> list[list[Any]]:
    return [outputs(execute, source, engine, folder, **parameters) for engine in ("tne", "kernel")]


@pytest.mark.parametrize("start", [pytest.param("cold", marks=pytest.mark.thorough), "warm"])
def test_every_kind_of_output_equals_the_kernels(tmp_path, request, start):
    execute = cold if start == "cold" else request.getfixturevalue("warm")
    tne, kernel = both(execute, write(tmp_path / "all.ipynb", *CELLS), tmp_path)
    for ours, theirs in zip(tne, kernel, strict=True):
        assert ours == theirs


@pytest.mark.parametrize("way", FAILING)
def test_a_failing_cell_equals_the_kernels_and_stops_the_notebook(tmp_path, warm, way):
    source = write(tmp_path / "bad.ipynb", "print('before')", FAILING[way], "print('never')")
    tne, kernel = both(warm, source, tmp_path)
    assert tne == kernel
    assert tne[0], "papermill must raise"
    assert tne[-1][2] == []


def test_nobody_answers_a_question(tmp_path, warm):
    source = write(tmp_path / "ask.ipynb", "input('who? ')")
    (tne_stop, ours), (stop, theirs) = both(warm, source, tmp_path)
    assert tne_stop == stop == "StdinNotImplementedError"
    assert [(o["ename"], o["evalue"]) for o in ours[2]] == [(o["ename"], o["evalue"]) for o in theirs[2]]


@pytest.mark.slow
@pytest.mark.parametrize("source", NOTEBOOKS)
def test_the_notebooks_of_the_repository_equal_the_kernels(tmp_path, warm, source):
    known = {"workspace": str(SAMPLE), "market": "IE"}
    text = source.read_text(encoding="utf-8")
    given = {name: value for name, value in known.items() if f"{name}: str" in text}
    (tmp_path / "data").symlink_to(ROOT / "data")
    tne, kernel = both(warm, source, tmp_path, **given)
    assert tne[0] == "", "it comes to its end"
    for ours, theirs in zip(tne, kernel, strict=True):
        assert ours == theirs


def test_a_shell_in_a_process_that_has_one_is_refused(tmp_path, warm):
    cell = (
        "from tne.runs.shell import new_shell\n"
        "try:\n    new_shell()\nexcept RuntimeError as error:\n    print('refused:', 'of its own' in str(error))"
    )
    shown = outputs(warm, write(tmp_path / "twice.ipynb", cell), "tne", tmp_path)
    assert shown[1][2] == [{"name": "stdout", "output_type": "stream", "text": "refused: True\n"}]


def test_a_cell_that_takes_too_long_is_interrupted_again_and_again(tmp_path):
    stubborn = "import time\nfor _ in range(3):\n    try:\n        time.sleep(30)\n    except BaseException:\n        0"
    source = write(tmp_path / "slow.ipynb", stubborn)
    call = (
        "import papermill, sys\nfrom papermill.engines import papermill_engines\n"
        "from nbclient.exceptions import CellTimeoutError\nfrom tne.runs.engine import TneEngine\n"
        "papermill_engines.register('tne', TneEngine)\n"
        "try:\n    papermill.execute_notebook(sys.argv[1], None, engine_name='tne', execution_timeout=1, "
        "kernel_name='python3', language='python', progress_bar=False)\n"
        "except CellTimeoutError as error:\n    print(error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", call, str(source)], capture_output=True, text=True, check=False, timeout=60
    )
    assert "longer than 1 s" in done.stdout, done.stderr[-1000:]
