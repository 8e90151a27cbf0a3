"""Which measure made a result? By its type, else by the terms, the method and the keys of its estimates."""

from __future__ import annotations

import re
import sys
from types import FunctionType
from typing import Any, NamedTuple

import pandas as pd

import tne
from tne.result import ESTIMATE_COLUMNS, Result


class Sign(NamedTuple):
    """What tells a measure from others with its type of result.

    One of its terms (with `first`: the first of them), words of its method, a key, a check.
    """

    measure: str
    terms: str = ""
    method: str = ""
    keys: str = ""
    first: str = ""
    check: str = ""


# The first that fits counts. Agreement from counts is the same number as agreement: only where the latter was not used
# can it be told from it.
_SIGNS = (
    Sign("survey_change", terms="answered_both"),
    Sign("survey_summary", terms="response_rate"),
    Sign("gain_by_group", terms="mean_change", keys="group"),
    Sign("mean_change", terms="mean_change", check="comparable"),
    Sign("standardized_change", terms="d_av d_z d_pre"),
    Sign("mastery_change", terms="mastery_change"),
    Sign("retained_gain", terms="retained_gain"),
    Sign("wellbeing_change", terms="wellbeing"),
    Sign("utility_gain", terms="utility_gain"),
    Sign("decision_volume", terms="decisions_a_week"),
    Sign("group_effects", terms="group_effect"),
    Sign("cohort_table", method="weighted mean, clustered by unit"),
    Sign("seeded_accuracy", terms="seeded_accuracy"),
    Sign("rater_accuracy", terms="accuracy", method="rater|share of cases"),
    Sign("audit_accuracy", terms="accuracy crude_accuracy"),
    Sign("root_causes", terms="cumulative_share"),
    Sign("dispute_summary", terms="disputed appeals"),
    Sign("intraclass_correlation", method=r"^ICC\("),
    Sign("agreement_drift", terms="change trend", method="agreement|kappa|alpha|AC1|pi|Prediger"),
    Sign("agreement_from_table", method="error over n"),
    Sign("agreement_by", method="agreement|kappa|alpha|AC1|Scott|Prediger", keys=".+"),
    Sign("agreement", method="agreement|kappa|alpha|AC1|Scott|Prediger"),
    Sign("agreement_from_counts", method="agreement|kappa|alpha|AC1|Scott|Prediger"),
    Sign("aggregate", method="group-time effects"),
    Sign("two_way_fixed_effects", method="^unit and period effects"),
    Sign("clustered_ols", method="^least squares"),
    Sign("controlled_change_from_summary", terms="d_ppc2 smcr", keys="study"),
    Sign("controlled_change", terms="d_ppc2 smcr"),
    Sign("pretrend", terms="pretrend_joint"),
    Sign("placebo", terms="placebo_joint"),
    Sign("sample_size", first="n_per_arm"),
    Sign("power", first="power"),
    Sign("minimum_detectable_effect", first="minimum_detectable_effect"),
)


def measure_of(result: Result) -> str:
    """Return the public name of the measure that made a result, "" where that cannot be told."""
    kind = type(result).__name__
    # the measure that made it was imported: no other needs to be
    loaded = [vars(module) for name, module in list(sys.modules.items()) if name.startswith("tne.measures.")]
    makers = {
        name for module in loaded for name in module.keys() & tne.__all__ if _returns(module[name], kind)
    }
    if len(makers) == 1:
        return next(iter(makers))
    return next((sign.measure for sign in _SIGNS if sign.measure in makers and _fits(sign, result)), "")


def _returns(found: Any, kind: str) -> bool:
    returned = getattr(found, "__annotations__", {}).get("return", "")
    return isinstance(found, FunctionType) and kind in str(returned).split(" | ")


def _fits(sign: Sign, result: Result) -> bool:
    frame = result.to_frame()
    keys = [str(name) for name in frame.columns if name not in ESTIMATE_COLUMNS]
    return (
        bool(re.fullmatch(sign.first or ".*", str(frame["term"].iloc[0]) if len(frame) else ""))
        and (not sign.terms or not set(sign.terms.split()).isdisjoint(frame["term"]))
        and any(re.search(sign.method, text) for text in ("", *distinct(frame, "method")))
        and (not sign.check or any(check.name == sign.check for check in result.checks))
        and (not sign.keys or any(re.fullmatch(sign.keys, key) for key in keys))
    )


def distinct(frame: pd.DataFrame | None, column: str) -> tuple[str, ...]:
    """Return the different texts of a column, in order."""
    if frame is None or column not in frame.columns:
        return ()
    return tuple(dict.fromkeys(text for text in frame[column] if isinstance(text, str) and text))
