"""The warm server: what it imports works, leaves nothing behind, and starts no thread that a fork would lose."""

from __future__ import annotations

import subprocess
import sys

CHECK = """
import sys, threading, warnings
from tne.runs import server
errors = []
steps = (server._libraries, server._notebooks, server._figures, server._pages)
import builtins
server.warm()
import matplotlib as mpl, numpy as np, pandas as pd
for step in steps:
    step()  # raises here what `warm` only notes
assert not hasattr(builtins, "get_ipython")
assert threading.active_count() == 1, threading.enumerate()
changed = [k for k in mpl.rcParamsDefault if k not in ("backend",) and mpl.rcParams[k] != mpl.rcParamsOrig[k]]
assert not changed, changed
assert pd.get_option("display.max_columns") == 20, "as in a kernel, not as in a terminal"
assert "polars" not in sys.modules
print("warm")
"""
BASIC = """
import sys
from tne.runs import server
server._notebooks()
print(sorted({"pandas", "matplotlib", "scipy", "duckdb"} & set(sys.modules)))
"""


def _python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.strip().splitlines()[-1]


def test_warming_works_and_leaves_no_trace():
    assert _python(CHECK) == "warm"


def test_a_server_for_few_reports_imports_little():
    assert _python(BASIC) == "[]"
