"""Which day ends a period such as 2026Q2, 2026-06 or 2026-06-30, and which period came before a day?"""

from __future__ import annotations

import datetime as dt
import re
from typing import cast

import pandas as pd


def last_day(period: str | dt.date) -> dt.date:
    """Return the last day of a quarter (``2026Q2``), a month (``2026-06``) or a day.

    Raises
    ------
    ValueError
        If `period` is none of them.

    Examples
    --------
    >>> last_day("2026Q2"), last_day("2026-02")
    (datetime.date(2026, 6, 30), datetime.date(2026, 2, 28))
    """
    text = str(period).strip()
    try:
        if re.fullmatch(r"\d{4}-?Q[1-4]|\d{4}-\d{2}", text):
            return cast(dt.date, pd.Period(text.replace("-Q", "Q")).end_time.date())
        return cast(dt.date, pd.Timestamp(period).date())
    except (ValueError, TypeError):
        raise ValueError(
            "The period is none. Give a quarter such as 2026Q2, a month such as 2026-06, or a day such as 2026-06-30."
        ) from None


def quarter_before(day: dt.date | pd.Timestamp) -> str:
    """Return the last quarter that had ended two weeks before `day`, for example ``"2026Q2"`` on 2026-09-30.

    In the first days of a quarter the newest report is still about the one that just ended.

    Parameters
    ----------
    day : date, Timestamp or str

    Returns
    -------
    str
        Year and quarter.

    Raises
    ------
    ValueError
        If `day` is no date.

    Examples
    --------
    >>> quarter_before("2026-09-30"), quarter_before("2026-10-20")
    ('2026Q2', '2026Q3')
    """
    recent = pd.Timestamp(pd.Timestamp(day).date()) - pd.Timedelta(days=14)
    return str(recent.to_period("Q") - 1)
