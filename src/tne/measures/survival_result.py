"""What a product-limit analysis returns, and what it says about a given time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from tne.result import Estimate, Estimates, Result

TOGETHER = "all groups"


@dataclass(frozen=True, kw_only=True, eq=False)
class TimeToProficiency(Result):
    """Kaplan-Meier by group: how long it takes, were nobody to leave.

    Parameters
    ----------
    estimates : Estimates
        Key ``group``; terms ``quartile_25``, ``median``, ``quartile_75`` (time by which that share is proficient) and
        ``restricted_mean`` (mean time not yet proficient, up to the horizon).
    differences : Estimates
        Key ``group``; term ``restricted_mean_difference``, each group minus the reference.
    log_rank : Estimate
        Chi-square in ``statistic`` and ``estimate``, its df and p-value. With several groups `.to_frame()` ends with
        the differences and this row (group ``"all groups"``).
    counts : DataFrame
        group, n, events, censored, expected (by the log-rank test), last (longest time seen).
    curve : DataFrame
        group, time, at_risk, events, censored, estimate (share not yet proficient), std_error, conf_low, conf_high.
    horizon : float
        Time up to which the restricted means count.
    """

    estimates: Estimates
    differences: Estimates
    log_rank: Estimate
    counts: pd.DataFrame
    curve: pd.DataFrame
    horizon: float

    def to_frame(self) -> pd.DataFrame:
        frame = self.estimates.to_frame()
        if len(self.counts) < 2:
            return frame
        test = self.log_rank.to_frame().assign(group=TOGETHER)
        return pd.concat([frame, self.differences.to_frame(), test[frame.columns]], ignore_index=True)

    def get(self, **where: Any) -> Estimate:
        """Return the one estimate whose columns equal `where`, as in ``.get(term="median", group="A")``."""
        return self.estimates.get(**where)

    def at(self, times: float | Sequence[float]) -> Estimates:
        """Return the share that is not yet proficient at each time; NaN after the longest time of a group."""
        wanted = np.atleast_1d(np.asarray(times, dtype=float))
        head = self.estimates.to_frame().drop_duplicates("group").set_index("group")
        table = []
        for group, part in self.curve.groupby("group", sort=False):
            seen = part["time"].to_numpy()
            for time in wanted:
                row = {"estimate": math.nan, "note": "nobody is watched that long"}
                k = int(np.searchsorted(seen, time, side="right")) - 1
                if k < 0:
                    row = {
                        "estimate": 1.0,
                        "conf_low": 1.0,
                        "conf_high": 1.0,
                        "note": "before the first time seen",
                    }
                elif time <= seen[-1] or part["estimate"].iloc[-1] == 0:
                    row = part.iloc[k][["estimate", "std_error", "conf_low", "conf_high"]].to_dict()
                table.append({"group": group, "time": time} | head.loc[group].to_dict() | _bare(row))
        text = {
            "term": "not_yet_proficient",
            "unit": "share",
            "estimand": "share not yet proficient at that time",
        }
        columns = None if table else ["group", "time", "term", "estimate", "note"]
        return Estimates(table=pd.DataFrame(table, columns=columns).assign(**text), keys=("group", "time"))


def _bare(row: dict[str, Any]) -> dict[str, Any]:
    """Inference columns of a number that has no test."""
    nothing = dict.fromkeys(("std_error", "statistic", "df", "p_value", "conf_low", "conf_high"), math.nan)
    return nothing | {"note": ""} | row
