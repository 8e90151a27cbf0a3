"""Which signs of a cause may be shown, in which areas: their gate."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import Any

import pandas as pd

from tne.report.breakdown import protect
from tne.report.disclosure import FEW_PEOPLE, HIDDEN, publishable
from tne.report.hiding import hide_row
from tne.report.pooled import COLUMNS as POOLED
from tne.report.pooled import RATERS
from tne.report.rounding import as_float
from tne.report.voice import Voice

EXPERTS = ("expert_disagreement", "qa_against_policy")  # raters and cases are counted, not people
# one number for few auditors would tell one of them about the other; of people it would name nobody, but a large
# one says that a few stand out: only whether it is raised is shown
SPREADS = ("people_spread", "auditor_spread")


def gated_signs(voice: Voice, evidence: pd.DataFrame, hidden: Collection[str] = ()) -> pd.DataFrame:
    """Return all signs of all areas as they may be shown.

    Parameters
    ----------
    evidence : DataFrame
        `Triage.evidence`.
    hidden : collection of str
        Areas of which nothing is shown.

    Notes
    -----
    Beside each sign stands what is usual in the other areas together. So signs are hidden in so many areas that this
    number gives none of them away. Of a hidden sign it is not said either whether it is raised.
    """
    if evidence.empty:
        return evidence
    rows = [_one(voice, row, str(row["policy_area"]) in hidden) for row in evidence.to_dict("records")]
    frame = pd.DataFrame(rows).assign(note=lambda f: f["note"].fillna("").astype(object))
    raw = evidence.reset_index(drop=True)
    parts = [
        part if name in SPREADS else _protected(voice, part, raw.loc[part.index], str(name))
        for name, part in frame.groupby("evidence", sort=False)
    ]
    out = pd.concat(parts).sort_index()
    silent = out["note"].isin(HIDDEN) & ~out["evidence"].isin(SPREADS)
    return out.assign(state=out["state"].mask(silent, "hidden"))


def _protected(voice: Voice, part: pd.DataFrame, raw: pd.DataFrame, name: str) -> pd.DataFrame:
    """One sign in all areas, with those hidden that would give another one away."""
    shares = raw["unit"].eq("share")
    return protect(
        part,
        raw,
        ("policy_area",),
        adds=shares.map({True: "rate", False: "mean"}).tolist(),
        total=None,
        min_n=RATERS if name in EXPERTS else voice.min_n,
    )


def _one(voice: Voice, row: Mapping[str, Any], hidden: bool) -> dict[str, Any]:
    shown = gated_sign(voice, row)
    if math.isnan(as_float(row.get("estimate"))):
        return hide_row(shown, "")  # there is no number to hide
    return hide_row(shown, FEW_PEOPLE) if hidden else shown


def gated_sign(voice: Voice, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return one sign as it may be shown, shares in per cent; a spread without its number."""
    if not row:
        return {}
    name, out = str(row["evidence"]), dict(row)
    if str(row.get("unit")) == "share":
        out |= {n: 100 * as_float(row[n]) for n in ("estimate", "conf_low", "conf_high", "usual")}
        out |= {"unit": "percent"}
    if name in EXPERTS:
        out |= dict(zip(POOLED, (row["n_people"], row["n"]), strict=True))
    out = {
        n: v
        for n, v in out.items()
        if n not in ("likelihood_ratio", "statistic", "df", "p_value", "std_error")
    }
    shown = publishable(out, min_n=voice.min_n, share=None)
    if name in SPREADS:
        shown |= dict.fromkeys(("estimate", "conf_low", "conf_high", "usual"), math.nan)
    return shown
