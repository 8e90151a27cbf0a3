"""Do the limits of weeks rest on enough weeks, and on weeks that do not resemble their neighbours?"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from tne.result import Check


def length_check(weeks: int, least: int) -> Check:
    """Say whether there are weeks enough to judge one."""
    status = "fail" if weeks <= least else "warn" if weeks <= 20 else "pass"
    return Check(
        "short_series", status, f"{weeks} settled weeks; judging begins after {least}, 20 are wanted."
    )


def memory_check(table: pd.DataFrame) -> Check:
    """Say whether a week resembles the one before it more than chance makes it."""
    apart = ((table["estimate"] - table["centre"]) / table["std_error"])[table["judged"]].to_numpy(
        dtype=float
    )
    apart = apart[np.isfinite(apart)]
    if len(apart) < 12:
        return Check("autocorrelation", "not_run", f"{len(apart)} judged weeks; 12 are needed.")
    rest = apart - np.median(apart)
    rest = np.clip(rest, -3, 3)  # one odd week is no memory
    rho = float(rest[1:] @ rest[:-1] / (rest @ rest)) if rest @ rest > 0 else 0.0
    bound = 1.645 / math.sqrt(len(rest))
    text = f"correlation with the week before {rho:.2f} over {len(rest)} judged weeks"
    if rho > bound:
        return Check("autocorrelation", "warn", f"{text}: the usual range may be too narrow.")
    return Check("autocorrelation", "pass", f"{text}.")


def small_check(kind: str, table: pd.DataFrame) -> Check:
    """Say how many weeks count too few to be judged."""
    if kind == "level":
        return Check("small_totals", "pass", "A level is not counted.")
    few = int(table["note"].eq("too few to judge").sum())
    text = f"{few} weeks expect fewer than 5 of the rarer kind and are not judged."
    return Check("small_totals", "warn" if few else "pass", text)


def missing_check(weeks: int, seen: int) -> Check:
    """Say how many weeks have no value."""
    gone = weeks - seen
    return Check("missing", "warn" if gone else "pass", f"{gone} of {weeks} weeks have no value.")
