"""What do the tests of differential item functioning say, item by item?"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from tne.measures.dif_logistic import logistic, size_class
from tne.measures.dif_mantel import mantel_haenszel
from tne.measures.dif_sheet import REFUSED, Groups
from tne.result import Estimates

TESTS = ("both", "uniform", "nonuniform")


def _each_item(
    data: Groups,
    anchors: np.ndarray,
    match: str,
    work: Callable[[np.ndarray, np.ndarray, np.ndarray], dict[Any, Any]],
) -> list[dict[str, Any]]:
    """Run `work(answer, matching score, group)` on every item that can be tested; the others get a note."""
    out = []
    for j in range(len(data.items)):
        have = ~np.isnan(data.score[:, j])
        answer, member = data.score[have, j], data.group[have]
        sizes = np.bincount(member, minlength=len(data.labels))
        found: dict[str, Any] = {}
        if data.refused:
            note = data.refused
        elif not data.binary(j):
            note = "not scored 0 or 1"
        elif sizes.min() < REFUSED:
            note = f"fewer than {REFUSED} people of a group have a score on it"
        elif answer.min() == answer.max():
            note = "everybody has the same score on it"
        else:
            note, found = "", work(answer, data.matching(j, anchors, match)[have], member)
        out.append({"name": data.items[j], "sizes": sizes, "note": note, "found": found})
    return out


def _about(data: Groups, result: dict[str, Any], members: Sequence[int], conf_level: float) -> dict[str, Any]:
    sizes = result["sizes"][list(members)]
    return {
        "item": result["name"], "n": int(sizes.sum()), "n_people": int(sizes.min()),
        "n_people_total": int(sizes.sum()), "conf_level": conf_level, "estimate": math.nan,
        "estimand": "people with the same matching score", "comparison": f"{data.labels[0]}",
    }  # fmt: skip


def logistic_rows(
    data: Groups, anchors: np.ndarray, match: str, test: str, correct: bool, conf_level: float
) -> tuple[pd.DataFrame, Estimates]:
    """Return one row per item for `test`, and all tests and contrasts; `correct` has no use here."""
    everybody, rows, tests = range(len(data.labels)), [], []
    method = f"logistic regression, likelihood ratio ({test}), matched on the {match}"

    def work(answer: np.ndarray, score: np.ndarray, member: np.ndarray) -> dict[str, Any]:
        return logistic(answer, score, member, len(data.labels), conf_level)

    for result in _each_item(data, anchors, match, work):
        found, note = result["found"], result["note"]
        about = _about(data, result, everybody, conf_level)
        row = about | {"term": f"dif_{test}", "method": method, "unit": "log odds", "note": note}
        if found:
            row |= found[test]
            if "effect_size" in row:
                row["effect_class"] = size_class(row["effect_size"])
            part = "nonuniform" if test == "nonuniform" else "uniform"
            mine = [c for c in found["contrasts"] if c["term"] == part]
            if len(mine) == 1:
                row |= {
                    k: mine[0].get(k, math.nan) for k in ("estimate", "std_error", "conf_low", "conf_high")
                }
                row["note"] = row["note"] or mine[0]["note"]
            elif mine and not row["note"]:
                row["note"] = "several groups: each has its own contrast in `.tests`"
        rows.append(row)
        for kind in TESTS:
            told = found.get(kind, {"note": note})
            tests.append(about | {"group": "all", "term": f"{kind}_test", "method": "likelihood ratio",
                                  "unit": "difference of Nagelkerke's R²"} | told
                         | {"estimate": told.get("effect_size", math.nan)})  # fmt: skip
        for contrast in found.get("contrasts", []):
            pair = _about(data, result, (0, contrast["group"]), conf_level)
            unit = "log odds" if contrast["term"] == "uniform" else "log odds per SD of the matching score"
            tests.append(
                pair | contrast | {"group": data.labels[contrast["group"]], "unit": unit, "method": "Wald"}
            )
    return _frame(rows), Estimates(table=pd.DataFrame(tests), keys=("item", "group"))


def mantel_rows(
    data: Groups, anchors: np.ndarray, match: str, test: str, correct: bool, conf_level: float
) -> tuple[pd.DataFrame, Estimates]:
    """Return one row per item and group, twice; `test` has no use here."""
    rows = []
    several = len(data.labels) > 2
    method = (
        f"Mantel-Haenszel {'with' if correct else 'without'} continuity correction, matched on the {match}"
    )

    def work(answer: np.ndarray, score: np.ndarray, member: np.ndarray) -> dict[Any, Any]:
        out = {}
        for g in range(1, len(data.labels)):
            use = (member == 0) | (member == g)
            out[g] = mantel_haenszel(answer[use], score[use], member[use] == g, correct, conf_level)
        return out

    for result in _each_item(data, anchors, match, work):
        for g in range(1, len(data.labels)):
            row = _about(data, result, (0, g), conf_level) | {"group": data.labels[g], "term": "delta_mh"}
            row |= {"unit": "ETS delta", "method": method, "note": result["note"]}
            rows.append(row | result["found"].get(g, {}))
    table = _frame(rows)
    tests = Estimates(table=table, keys=("item", "group"))
    return (table if several else table.drop(columns="group")), tests


def _frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    table = pd.DataFrame(rows)
    for name in ("std_error", "statistic", "df", "p_value", "conf_low", "conf_high", "effect_size", "odds_ratio",
                 "odds_ratio_low", "odds_ratio_high"):  # fmt: skip
        if name not in table:
            table[name] = np.nan
    for name in ("effect_class", "ets_class"):
        table[name] = table[name].fillna("") if name in table else ""
    return table
