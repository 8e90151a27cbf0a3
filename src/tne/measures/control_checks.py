"""Do the limits of a control chart rest on enough, and on the right kind of variation?"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from tne.result import Check


def dispersion_check(sigma_z: float, periods: int, limits: str) -> Check:
    """Say whether neighbours differ more, or less, than binomial counts would."""
    name = "over_dispersion"
    if math.isnan(sigma_z):
        return Check(name, "not_run", "Without two periods that vary there is no moving range.")
    # standard error of a mean moving range over 1.128 of independent normal values (Cryer and Ryan 1990)
    error = math.sqrt(0.826 / periods)
    text = f"sigma z {sigma_z:.2f} over {periods} periods; 1 is binomial variation"
    over, under = sigma_z > 1 + 1.645 * error, sigma_z < 1 - 1.645 * error
    if over and limits == "binomial":
        return Check(name, "warn", f"{text}: a p chart's limits are too narrow. Choose limits='laney'.")
    if over:
        return Check(name, "pass", f"{text}: more, and the limits allow for it.")
    if under:
        return Check(
            name, "warn", f"{text}: less. Are the counts independent, and is the share really a share?"
        )
    return Check(name, "pass", f"{text}.")


def length_check(periods: int) -> Check:
    """Say whether the periods suffice for limits."""
    status = "fail" if periods < 8 else "warn" if periods < 20 else "pass"
    return Check("few_periods", status, f"The limits rest on {periods} periods; 20 or more are wanted.")


def small_check(of: np.ndarray, centre: float) -> Check:
    """Say whether totals are too small for symmetric limits."""
    if not len(of) or math.isnan(centre):
        return Check("small_totals", "not_run", "Nothing was counted.")
    small = int((of * min(centre, 1 - centre) < 5).sum())
    text = (
        f"{small} of {len(of)} periods expect fewer than 5 counts of the rarer kind; their limits are rough."
    )
    return Check("small_totals", "warn" if small else "pass", text)


def baseline_check(table: pd.DataFrame, inside: np.ndarray) -> Check:
    """Say whether the baseline itself signals."""
    loud = int((table["signal"] != "")[inside].sum())
    text = f"{loud} of {int(inside.sum())} baseline periods signal"
    return Check(
        "baseline", "warn" if loud else "pass", text + (": find out why, then judge again." if loud else ".")
    )
