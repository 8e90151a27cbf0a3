"""What stands on a result that is about one number, or about one table of numbers?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from tne.result import Estimate, Estimates


def _own(name: str) -> Any:
    return property(lambda self: getattr(self.headline, name), doc=f"`{name}` of the one number.")


class Headlined:
    """A result whose `headline` is one estimate: the fields of that are read from the result too."""

    term = _own("term")
    estimate = _own("estimate")
    std_error = _own("std_error")
    statistic = _own("statistic")
    df = _own("df")
    p_value = _own("p_value")
    conf_low = _own("conf_low")
    conf_high = _own("conf_high")
    n = _own("n")
    n_people = _own("n_people")
    n_people_total = _own("n_people_total")
    conf_level = _own("conf_level")
    unit = _own("unit")
    estimand = _own("estimand")
    comparison = _own("comparison")
    method = _own("method")
    note = _own("note")


class Listed:
    """A result that is read as its table `estimates`: `.to_frame()`, `.get()`, `len()` and iteration."""

    estimates: Estimates

    def to_frame(self) -> pd.DataFrame:
        """Return the numbers as a tidy, unrounded frame: one row per estimate.

        Returns
        -------
        DataFrame
            Key columns first, then those of `Estimate`.
        """
        return self.estimates.to_frame()

    def get(self, **where: Any) -> Estimate:
        """Return the one estimate whose columns equal `where`."""
        return self.estimates.get(**where)

    def __len__(self) -> int:
        return len(self.estimates)

    def __iter__(self) -> Iterator[Estimate]:
        return iter(self.estimates)
