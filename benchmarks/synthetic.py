"""How long does a synthetic control with searched predictor weights take, and how good is it, beside pysyncon?

``python benchmarks/synthetic.py``, in an environment that has pysyncon too. Both fit the same simulated panels in
turns in one process; the ratio of the times is printed, and the mean squared gap before the start that each reached.
"""

from __future__ import annotations

import sys
import time
import warnings

import numpy as np
import pandas as pd

import tne

UNITS, PERIODS, START, PREDICTORS, PANELS = 39, 31, 19, 5, 4


def panel(seed: int) -> pd.DataFrame:
    """Units of a factor model, with predictors that tell of their loadings."""
    rng = np.random.default_rng(seed)
    loadings = rng.uniform(0, 1, (UNITS, PREDICTORS))
    loadings[-1] = 0.9  # beyond most: no average meets all predictors, so that V matters
    y = 50 + 5 * loadings @ rng.normal(size=(PREDICTORS, PERIODS)).cumsum(axis=1)
    units, periods = np.indices(y.shape)
    frame = pd.DataFrame({"unit": units.ravel(), "period": periods.ravel(), "y": y.ravel()})
    frame["y"] += rng.normal(size=len(frame))
    for k in range(PREDICTORS):
        frame[f"x{k}"] = loadings[frame["unit"], k] + 0.1 * rng.normal(size=len(frame))
    return frame


def ours(frame: pd.DataFrame) -> float:
    result = tne.synthetic_control(
        frame,
        outcome="y",
        unit="unit",
        period="period",
        treated=UNITS - 1,
        start=START,
        method="sc",
        predictors=[f"x{k}" for k in range(PREDICTORS)],
        placebos=False,
    )
    return result.fit_rmspe**2


def theirs(frame: pd.DataFrame) -> float:
    from pysyncon import Dataprep, Synth

    prepared = Dataprep(
        foo=frame,
        predictors=[f"x{k}" for k in range(PREDICTORS)],
        predictors_op="mean",
        time_predictors_prior=range(START),
        dependent="y",
        unit_variable="unit",
        time_variable="period",
        treatment_identifier=UNITS - 1,
        controls_identifier=list(range(UNITS - 1)),
        time_optimize_ssr=range(START),
    )
    fitted = Synth()
    fitted.fit(prepared, optim_method="Nelder-Mead", optim_initial="equal")
    return float(fitted.loss_V)


def main() -> int:
    warnings.simplefilter("ignore")
    peers = {"tne": ours, "pysyncon": theirs}
    try:
        import pysyncon  # noqa: F401
    except ImportError:
        print("pysyncon is not installed: only our own times.")
        del peers["pysyncon"]
    taken, gaps = dict.fromkeys(peers, 0.0), {name: [] for name in peers}
    ours(panel(PANELS))
    for seed in range(PANELS):
        frame = panel(seed)
        for name, fit in peers.items():
            begin = time.perf_counter()
            gaps[name].append(fit(frame))
            taken[name] += time.perf_counter() - begin
    for name in peers:
        reached = ", ".join(f"{gap:.3f}" for gap in gaps[name])
        print(f"{name}: {taken[name] / PANELS:.2f} s a panel; mean squared gap before the start {reached}")
    if "pysyncon" in peers:
        print(f"tne takes {taken['tne'] / taken['pysyncon']:.3f} of pysyncon's time")
        return int(taken["tne"] > taken["pysyncon"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
