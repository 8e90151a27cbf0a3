"""Which columns does a list of covariates make, and which of them say something of their own?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tne.checks import rows
from tne.measures.survival_rows import in_order


@dataclass(frozen=True, eq=False)
class Design:
    """Numeric columns of the covariates, centred.

    Parameters
    ----------
    x : ndarray, shape (n, k)
        Columns that can be told apart.
    names, covariates : tuple of str
        Of all columns, the dropped ones included: ``"fin"``, or covariate and level as in ``"cellsmall"``.
    references : dict
        Reference level of each covariate with levels.
    kept : ndarray of bool
        Columns that stand in `x`.
    """

    x: np.ndarray
    names: tuple[str, ...]
    covariates: tuple[str, ...]
    references: dict[str, str]
    kept: np.ndarray


def hazard_design(frame: pd.DataFrame, covariates: Sequence[str], strata: np.ndarray) -> Design:
    """Turn covariates into columns: numbers as they are, levels against the first.

    Raises
    ------
    ValueError
        If a numeric covariate is infinite.
    TypeError
        If a covariate is a date.
    """
    columns, names, owners, references = [], [], [], {}
    for covariate in covariates:
        values = frame[covariate].infer_objects()  # numbers that came as objects are numbers
        if pd.api.types.is_datetime64_any_dtype(values):
            raise TypeError(
                f"Column `{covariate}` is a date. Turn it into a number, such as weeks since a day, or into groups."
            )
        if pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
            number = values.to_numpy(dtype=float)
            if not np.isfinite(number).all():
                raise ValueError(
                    f"Column `{covariate}` is infinite in {rows(~np.isfinite(number))}. Drop those rows."
                )
            columns.append(number)
            names.append(covariate)
            owners.append(covariate)
            continue
        levels = in_order(values)
        references[covariate] = str(levels[0]) if levels else ""
        for level in levels[1:]:
            columns.append((values == level).to_numpy(dtype=float))
            names.append(f"{covariate}{level}")
            owners.append(covariate)
    x = np.column_stack(columns) if columns else np.zeros((len(frame), 0))
    x = x - x.mean(axis=0) if len(x) else x
    kept = _independent(x, strata)
    return Design(x[:, kept], tuple(names), tuple(owners), references, kept)


def _independent(x: np.ndarray, strata: np.ndarray) -> np.ndarray:
    """Columns that add something to those before them, within strata."""
    inner = x.astype(float).copy()
    for layer in np.unique(strata):
        inner[strata == layer] -= inner[strata == layer].mean(axis=0)
    kept, basis = np.zeros(x.shape[1], dtype=bool), np.zeros((len(x), 0))
    whole = np.linalg.norm(x, axis=0)
    for j in range(x.shape[1]):
        left = inner[:, j] - basis @ (basis.T @ inner[:, j])
        left -= basis @ (basis.T @ left)
        size = np.linalg.norm(left)
        if size > 1e-8 * max(whole[j], 1e-300):
            kept[j] = True
            basis = np.column_stack([basis, left / size])
    return kept
