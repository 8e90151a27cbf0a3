"""For how many weeks' worth does an effect count that fades, in today's money?"""

from __future__ import annotations

import math
from typing import cast

import numpy as np

WEEKS_A_YEAR = 365.25 / 7
STEPS = 4001  # of a distribution, for its mean


def weeks_worth(
    weeks: float, half_life: np.ndarray | float, *, measured_weeks: float = 0.0, rate: float | None = None
) -> np.ndarray:
    """Return the weeks at the measured effect that a fading effect is worth.

    Parameters
    ----------
    weeks : float
        Follow-up window over which benefits count.
    half_life : array or float
        Weeks in which the effect halves; infinity: it does not fade.
    measured_weeks : float
        Weeks after the training over which the effect is a mean; 0: it is the effect right after the training.
    rate : float, optional
        Interest per year.

    Notes
    -----
    ``∫₀^weeks 2^(−t / h) (1 + rate)^(−t) dt`` divided by the mean of ``2^(−t / h)`` over the measured weeks. With the
    window equal to the measured weeks and no interest it is the window itself, whatever the half-life.
    """
    fade = math.log(2) / np.asarray(half_life, dtype=float)
    interest = 0.0 if rate is None else math.log1p(rate) / WEEKS_A_YEAR
    return cast(np.ndarray, weeks * _mean(fade + interest, weeks) / _mean(fade, measured_weeks))


def _mean(speed: np.ndarray, weeks: float) -> np.ndarray:
    """Mean of ``exp(−speed t)`` over the first weeks."""
    x = np.asarray(speed * weeks, dtype=float)
    safe = np.where(np.abs(x) < 1e-12, 1.0, x)
    return np.where(np.abs(x) < 1e-12, 1.0, -np.expm1(-safe) / safe)
