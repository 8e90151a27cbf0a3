"""What does Moodle's quiz statistics report say about an item?"""

from __future__ import annotations

import math

import numpy as np

from tne.measures.items_sheet import Sheet


def covariances(score: np.ndarray, rest: np.ndarray) -> tuple[float, float, float]:
    """Return the covariance of an item with the rest, its largest possible value, and the efficiency in per cent.

    The largest covariance that these marks allow pairs the highest item mark with the highest rest, and so on.
    """
    n = len(score)
    if n < 2:
        return math.nan, math.nan, math.nan
    x, y = score - score.mean(), rest - rest.mean()
    covariance, largest = float(x @ y) / (n - 1), float(np.sort(x) @ np.sort(y)) / (n - 1)
    tiny = 1e-12 * max(float(x @ x), float(y @ y), 1.0) / (n - 1)
    return covariance, largest, 100 * covariance / largest if largest > tiny else math.nan


def effective_weights(sheet: Sheet) -> np.ndarray:
    """Return each item's share of the test's variation in per cent, shape (items,).

    ``100 √cov(item, total) / Σ √cov(item, total)`` over items whose covariance is not negative; the others have no
    weight (NaN), as in Moodle.
    """
    total = sheet.total
    covariance = np.full(len(sheet.items), np.nan)
    for j in range(len(sheet.items)):
        have = ~np.isnan(sheet.score[:, j])
        if have.sum() > 1:
            x, y = sheet.score[have, j], total[have]
            covariance[j] = float((x - x.mean()) @ (y - y.mean())) / (have.sum() - 1)
    root = np.sqrt(np.where(covariance >= 0, covariance, np.nan))
    whole = np.nansum(root)
    return 100 * root / whole if whole > 0 else np.full(len(root), np.nan)
