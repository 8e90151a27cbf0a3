"""How long do group-time effects of a million panel rows take, beside other programs?

``python benchmarks/staggered.py [--peers PYTHON]``, PYTHON being an interpreter that has some of csdid, differences,
diff-diff. Each program runs in processes of its own, in turns; prints the median seconds of processor and the peak
memory. Fails if ours takes more than 1.2 times the fastest of those found, or more memory than it.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import resource
import statistics
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

ONE_CORE = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
PROGRAMS = ("tne", "csdid", "differences", "diff-diff")
TURNS, ROUNDS, SLOWEST, PATIENCE = 2, 3, 1.2, 180
# units, periods, cohorts, comparison, covariates
CASES = {
    "100,000 units × 10": (100_000, 10, (4, 6, 8), "never_treated", False),
    "100,000 units × 10, covariate": (100_000, 10, (4, 6, 8), "never_treated", True),
    "20,000 units × 50": (20_000, 50, (11, 16, 21, 26, 31, 36, 41, 46), "not_yet_treated", False),
}


def panel(units: int, periods: int, cohorts: tuple[int, ...]) -> pd.DataFrame:
    """Units N(0, 1), a trend, an effect of .3, in no order."""
    rng = np.random.default_rng(units)
    start, t = rng.choice([*cohorts, 0], units), 1 + np.arange(periods)
    y = rng.normal(size=(units, 1)) + 0.1 * t + rng.normal(size=(units, periods))
    y += 0.3 * ((start[:, None] > 0) & (t >= start[:, None]))
    data = pd.DataFrame({"unit": np.repeat(np.arange(units), periods), "period": np.tile(t, units)})
    data = data.assign(
        start=np.repeat(start, periods), x=np.repeat(rng.normal(size=units), periods), y=y.ravel()
    )
    return data.sample(frac=1, random_state=1).reset_index(drop=True)


def work_of(program: str, data: pd.DataFrame, comparison: str, covariate: bool) -> Callable[[], float]:
    """Return the call that gives the overall effect, prepared as the program asks; doubly robust with a covariate."""
    if program == "tne":
        from tne.measures.staggered import aggregate, group_time_att

        data = data.assign(cohort=data["start"].where(data["start"] > 0)).drop(columns="start")
        call = {
            "outcome": "y",
            "unit": "unit",
            "period": "period",
            "cohort": "cohort",
            "comparison": comparison,
        }
        call |= {"covariates": ["x"]} if covariate else {}
        return lambda: aggregate(group_time_att(data, **call), by="overall").get(term="overall").estimate
    if program == "csdid":
        from csdid.att_gt import ATTgt

        call = {"yname": "y", "gname": "start", "idname": "unit", "tname": "period", "data": data}
        call |= {"control_group": comparison.replace("_", ""), "xformla": "y~x" if covariate else None}
        return lambda: (
            ATTgt(**call).fit(est_method="dr", bstrap=False).aggte("simple", bstrap=False).atte["overall_att"]
        )
    if program == "differences":
        from differences import ATTgt

        data = data.assign(cohort=data["start"].where(data["start"] > 0)).set_index(["unit", "period"])
        data = data[["y", "cohort", "x"]]
        fit = {"formula": "y ~ x" if covariate else "y", "est_method": "dr", "control_group": comparison}
        return lambda: (
            ATTgt(data, cohort_column="cohort")
            .fit(**fit, progress_bar=False)
            .aggregate("simple")
            .to_numpy()
            .ravel()[0]
        )
    from diff_diff import CallawaySantAnna

    call = {"outcome": "y", "unit": "unit", "time": "period", "first_treat": "start", "aggregate": "simple"}
    call |= {"covariates": ["x"]} if covariate else {}
    return lambda: CallawaySantAnna(control_group=comparison).fit(data, **call).overall_att


def child(program: str, case: str) -> None:
    """Time one program on one case and print seconds, peak memory and the effect."""
    units, periods, cohorts, comparison, covariate = CASES[case]
    warnings.simplefilter("ignore")
    with contextlib.redirect_stdout(io.StringIO()):
        work = work_of(program, panel(units, periods, cohorts), comparison, covariate)
        effect, taken = work(), []
        for _ in range(ROUNDS):
            start = time.process_time()
            work()
            taken.append(time.process_time() - start)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": taken, "peak": peak, "effect": float(effect)}))


def measured(python: str, program: str, case: str) -> dict | None:
    """Run a child process; None if the program is not there, fails or takes more than `PATIENCE` seconds."""
    command = [python, __file__, "--child", program, "--case", case]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        print(f"{case:<32}{program:<13}not done in {PATIENCE} s", flush=True)
        return None
    return json.loads(done.stdout.splitlines()[-1]) if done.returncode == 0 else None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peers", default=sys.executable, help="interpreter that has the other programs")
    parser.add_argument("--child", choices=PROGRAMS)
    parser.add_argument("--case", choices=list(CASES))
    options = parser.parse_args()
    if options.child:
        sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))
        child(options.child, options.case)
        return 0
    over = 0
    print(f"{'':<32}{'program':<13}{'seconds':>8}{'peak MB':>9}{'effect':>9}")
    for case in CASES if not options.case else [options.case]:
        found: dict[str, list[dict]] = {name: [] for name in PROGRAMS}
        for _ in range(TURNS):
            for name in PROGRAMS:
                one = measured(sys.executable if name == "tne" else options.peers, name, case)
                found[name] += [one] if one else []
        rows = {
            name: (statistics.median(t for run in runs for t in run["seconds"]), max(r["peak"] for r in runs))
            for name, runs in found.items()
            if runs
        }
        for name, (seconds, peak) in rows.items():
            print(
                f"{case:<32}{name:<13}{seconds:>8.2f}{peak:>9.0f}{found[name][0]['effect']:>9.4f}", flush=True
            )
        peers = {name: row for name, row in rows.items() if name != "tne"}
        if "tne" not in rows:
            over += 1
        elif peers:
            fastest = min(peers, key=lambda name: peers[name][0])
            ratio = rows["tne"][0] / peers[fastest][0], rows["tne"][1] / peers[fastest][1]
            over += ratio[0] > SLOWEST or ratio[1] > 1
            print(
                f"{case:<32}{ratio[0]:.2f} times the seconds and {ratio[1]:.2f} times the memory of {fastest}"
            )
    if len(rows) == 1:
        print("No other program was found: give --peers an interpreter that has one.")
    return int(over > 0)


if __name__ == "__main__":
    if not ONE_CORE.items() <= os.environ.items():  # read when numpy is loaded, so begin again
        os.execve(sys.executable, [sys.executable, *sys.argv], os.environ | ONE_CORE)
    sys.exit(main())
