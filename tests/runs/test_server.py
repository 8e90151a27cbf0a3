"""The warm server: what it imports works, leaves nothing behind, and starts no thread that a fork would lose."""

from __future__ import annotations

import json
import subprocess
import sys

from tne.runs.warm import imported

CHECK = """
import builtins, sys, threading
from tne.runs import warm
modules = ["statsmodels.formula.api", "tne", "scipy.stats"]
warm.warm(modules)
import matplotlib as mpl, pandas as pd
for step in warm.steps(modules):
    step()  # raises here what `warm` only notes
assert not hasattr(builtins, "get_ipython")
assert threading.active_count() == 1, threading.enumerate()
changed = [k for k in mpl.rcParamsDefault if k != "backend" and mpl.rcParams[k] != mpl.rcParamsOrig[k]]
assert not changed, changed
assert pd.get_option("display.max_columns") == 20, "as in a kernel, not as in a terminal"
assert "polars" not in sys.modules
print("warm")
"""
BASIC = """
import sys
from tne.runs import warm
warm.basic()
print(sorted({"pandas", "matplotlib", "scipy", "duckdb"} & set(sys.modules)))
"""


def _python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.strip().splitlines()[-1]


def test_warming_works_and_leaves_no_trace():
    assert _python(CHECK) == "warm"


def test_what_notebooks_import_is_found_as_far_as_it_is_safe(tmp_path):
    cells = [
        "import pandas as pd\nimport tne",
        "%matplotlib inline",
        "from scipy import stats\nimport polars, os",
    ]
    made = [{"cell_type": "code", "source": text} for text in cells]
    path = tmp_path / "n.ipynb"
    path.write_text(json.dumps({"cells": [*made, {"cell_type": "markdown", "source": ["import numpy"]}]}))
    assert imported([path]) == ["pandas", "scipy", "tne"]


def test_a_server_for_few_reports_imports_little():
    assert _python(BASIC) == "[]"


def test_a_page_and_the_index_are_made_without_what_draws_and_computes():
    """Each run would wait a second and a half for it, in two processes."""
    heavy = '{"matplotlib", "seaborn", "scipy", "statsmodels"}'
    code = f"import sys, tne.report.page, tne.report.index_page\nprint(sorted({heavy} & set(sys.modules)))"
    assert _python(code) == "[]"
