"""How far does each arm of a trial lie from the control? The numbers alone, without checks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from tne.measures.headcount import headcount_by
from tne.measures.inference import inference
from tne.measures.lin import lin_design
from tne.measures.ols import codes, errors_text
from tne.measures.sandwich import fit, uncertainty

NO_ONE = "the arm, or the control, has fewer than two people with an outcome"


@dataclass(frozen=True, kw_only=True, eq=False)
class ArmRows:
    """Differences of the arms, and the people they rest on.

    Parameters
    ----------
    plain : list of dict
        By arm besides the control: fields of an `Estimate`, and ``arm``.
    adjusted : list of dict
        The same at equal baselines (or within strata); empty where there are none.
    model : DataFrame
        People of the arms that can be compared.
    compared : list
        The control and those arms.
    groups : list of ndarray
        Cluster codes of `model`, one per cluster column.
    blocks : ndarray or None
        Strata codes of `model`.
    """

    plain: list[dict[str, Any]]
    adjusted: list[dict[str, Any]]
    model: pd.DataFrame
    compared: list[Any]
    groups: list[np.ndarray]
    blocks: np.ndarray | None


def arm_rows(
    kept: pd.DataFrame,
    *,
    outcome: str,
    arm: str,
    arms: Sequence[Any],
    baselines: Sequence[str] = (),
    clusters: Sequence[str] = (),
    errors: str | None = None,
    strata: str | None = None,
    conf_level: float = 0.95,
) -> ArmRows:
    """Compare each arm with the first; see `tne.measures.trial.trial`, which checks what it is given.

    Parameters
    ----------
    kept : DataFrame, one row per person with an outcome
    outcome, arm, baselines, clusters, strata : str or sequence of str
        Columns.
    arms : sequence
        The control, then the others.
    errors : str, optional
    conf_level : float
    """
    control, others = arms[0], list(arms[1:])
    of = kept[arm]
    kind = errors or errors_of(clusters)
    member = {a: (of == a).to_numpy(dtype=bool, na_value=False) for a in arms}
    sizes = {a: int(member[a].sum()) for a in arms}
    usable = [a for a in others if min(sizes[a], sizes[control]) >= 2]
    compared = [control, *usable]
    # rows of arms that cannot be compared would only lend their variance
    inside = np.logical_or.reduce([member[a] for a in compared])
    model = kept.loc[inside]
    sides = [member[a][inside] for a in compared]
    groups = [np.unique(codes(kept[c])[inside], return_inverse=True)[1] for c in clusters]
    blocks = None if strata is None else codes(model[strata])
    y = model[outcome].to_numpy(dtype=float)
    indicators = np.column_stack([np.ones(len(model)), *sides[1:]]).astype(float)
    settings: dict[str, Any] = {
        "kind": kind,
        "groups": groups,
        "satterthwaite": errors is None,
        "conf_level": conf_level,
    }
    method = errors_text(kind, list(clusters)) + (
        ", Satterthwaite degrees of freedom" if errors is None and not clusters else ""
    )
    heads = headcount_by(kept, arm) if "moderator_id" in kept else sizes
    about = {
        a: {
            "arm": a,
            "n": sizes[control] + sizes[a],
            "n_people": min(heads.get(a, 0), heads.get(control, 0)),
            "n_people_total": heads.get(a, 0) + heads.get(control, 0),
            "conf_level": conf_level,
            "unit": f"units of {outcome}",
            "estimand": f"mean effect of assignment on {outcome}",
            "comparison": str(control),
        }
        for a in others
    }

    def rows(term: str, found: list[dict[str, Any]], how: str) -> list[dict[str, Any]]:
        known = dict(zip(usable, found, strict=False))
        none = {"estimate": math.nan, "note": NO_ONE}
        return [{"term": term} | about[a] | known.get(a, none) | {"method": how + method} for a in others]

    plain = rows("difference", _contrasts(indicators, y, usable, "", **settings), "")
    adjusted = []
    if baselines or blocks is not None:
        fewest = min((len(np.unique(g[side])) for g in groups for side in sides), default=None)
        before = model[list(baselines)].to_numpy(dtype=float, na_value=np.nan)
        design, remark = lin_design(before, indicators, sides, strata=blocks, fewest=fewest)
        if blocks is not None and (alone := _without_both(blocks, model[arm])):
            remark = "; ".join(filter(None, [f"{alone} strata with one arm only compare nothing", remark]))
        found = _contrasts(design, y, usable, remark, **settings)
        adjusted = rows("adjusted_difference", found, "Lin-adjusted, ")
    return ArmRows(
        plain=plain, adjusted=adjusted, model=model, compared=compared, groups=groups, blocks=blocks
    )


def errors_of(clusters: Sequence[str]) -> str:
    """Return the errors that these cluster columns ask for where none are named."""
    return "HC2" if not clusters else "CR2" if len(clusters) == 1 else "CR1"


def _without_both(blocks: np.ndarray, arm: pd.Series) -> int:
    """Strata whose people are all in one arm."""
    return int((pd.Series(codes(arm)).groupby(blocks).nunique() < 2).sum())


def _contrasts(
    design: np.ndarray | None,
    y: np.ndarray,
    arms: Sequence[object],
    remark: str,
    *,
    kind: str,
    groups: Sequence[np.ndarray],
    satterthwaite: bool,
    conf_level: float,
) -> list[dict[str, Any]]:
    """Return the inference columns of each arm's coefficient; they follow the intercept."""
    if not arms:
        return []
    if design is None:
        return [{"estimate": math.nan, "df": math.nan, "note": remark}] * len(arms)
    known = uncertainty(fit(design, y), kind, groups, satterthwaite=satterthwaite)
    rows = []
    for i in range(1, len(arms) + 1):
        estimate, std_error, df, note = known.contrast(np.eye(design.shape[1])[i])
        note = "; ".join(filter(None, [remark, note]))
        rows.append({**inference(estimate, std_error, df, conf_level), "note": note})
    return rows
