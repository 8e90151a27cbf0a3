"""How long do sensitivity sets take against other programs, in one process and in turns?

``python benchmarks/sensitivity.py``. The peers (diff-diff, moderndid) are compared where they are installed; they
search a grid of 100 effects here, ours closes in on the ends. Prints seconds and the ratio ours / peer, and fails
above a ratio of 1.
"""

from __future__ import annotations

import importlib
import os
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from tne.measures.event_study import event_study, sensitivity

ROUNDS = 3
ONE_CORE = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
PRE, POST, GRID, M = 4, 4, 100, 0.05


def study() -> tuple[np.ndarray, np.ndarray]:
    """Estimates of four periods before training and four after, and their covariance."""
    error = np.linspace(0.02, 0.03, PRE + POST)
    near = 0.6 ** np.abs(np.subtract.outer(np.arange(PRE + POST), np.arange(PRE + POST)))
    return np.r_[0.01, 0.03, -0.01, 0.05, 0.2, 0.3, 0.25, 0.15], np.outer(error, error) * near


def ours(method: str, m: float) -> Callable[[], Any]:
    b, v = study()
    times = [*range(-PRE - 1, -1), *range(POST)]
    known = event_study(b, v, event_time=times)
    return lambda: sensitivity(known, method=method, m=m)


def peers() -> list[tuple[str, str, Callable[[], Any], float]]:
    """Method, name, work and m of what is installed."""
    b, v = study()
    found = []
    try:
        honest = importlib.import_module("diff_diff.honest_did")
        first = np.eye(POST)[0]
        call = (b[:PRE], b[PRE:], v, first, PRE, POST, M)
        found.append(("smoothness", "diff-diff", lambda: honest._compute_optimal_flci(*call), M))
    except ImportError:
        print("diff-diff is not installed here.")
    try:
        rm = importlib.import_module("moderndid.didhonest.delta.rm.rm")
        work = lambda: rm.compute_conditional_cs_rm(b, v, PRE, POST, m_bar=1.0, grid_points=GRID)  # noqa: E731
        found.append(("relative_magnitude", "moderndid", work, 1.0))
    except ImportError:
        print("moderndid is not installed here.")
    return found


def seconds(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> int:
    over = 0
    for method, m in (("relative_magnitude", 1.0), ("smoothness", M)):
        work = ours(method, m)
        work()
        taken = [seconds(work) for _ in range(10)]
        found = work()
        start = seconds(lambda found=found: found.breakdown)
        print(f"{method:<20} one m {statistics.median(taken):7.4f}s   breakdown {start:7.3f}s")
    for method, name, peer, m in peers():
        work = ours(method, m)
        pairs = [(seconds(work), seconds(peer)) for _ in range(ROUNDS)]
        own, other = (statistics.median(side) for side in zip(*pairs, strict=True))
        over += own > other
        print(f"{method:<20} ours {own:7.4f}s   {name} {other:8.3f}s   ratio {own / other:.4f}")
    return int(over > 0)


if __name__ == "__main__":
    if not ONE_CORE.items() <= os.environ.items():  # read when numpy is loaded, so begin again
        os.execve(sys.executable, [sys.executable, *sys.argv], os.environ | ONE_CORE)
    sys.exit(main())
