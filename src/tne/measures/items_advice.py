"""Should an item be kept, looked at, or left out, and is the test fit for these people?"""

from __future__ import annotations

from typing import Any

import numpy as np

from tne.measures.items_rows import REFUSED
from tne.measures.items_sheet import Sheet
from tne.measures.items_statistics import wilson_share
from tne.result import Check

FEW = 100  # people
EASY, HARD = 0.9, 0.25  # facility
WEAK = 0.2  # item-rest correlation below which an item adds little (Ebel and Frisbie 1991: below .20 poor)
UNREACHED = 0.05  # share who never came to the item
ENDS = 0.15  # share at the highest or lowest sum that hides differences (Terwee and others 2007)


def advise(row: dict[str, Any], flags: set[str], conf_level: float) -> tuple[str, str]:
    """Return advice and its reason code; the first reason that holds, judged by the interval and not by the point."""
    if row["n"] < REFUSED:
        return "", "few_people"
    if "likely_wrong_key" in flags:
        return "review", "likely_wrong_key"
    if row["item_rest_high"] < 0:
        return "remove", "negative_discrimination"
    if row["facility_low"] > EASY or row["facility"] == 1:
        return "review", "too_easy"
    if row["facility_high"] < HARD or row["facility"] == 0:
        return "review", "too_hard"
    if not row["item_rest_low"] > 0:
        known = not np.isnan(row["item_rest_low"])
        weak = row["item_rest_high"] < WEAK
        return "review", (
            "low_discrimination" if weak else "uncertain_discrimination"
        ) if known else "not_testable"
    if row["item_rest_high"] < WEAK:
        return "review", "low_discrimination"
    unreached = wilson_share(round(row["share_not_reached"] * row["given"]), row["given"], conf_level)[0]
    if unreached > UNREACHED:
        return "review", "many_not_reached"
    if "dead_distractor" in flags:
        return "review", "dead_distractor"
    return "keep", ""


def item_checks(sheet: Sheet, keyed: int, mismatched: int) -> tuple[Check, ...]:
    """Return the threats to an item analysis; `mismatched` of `keyed` scores contradict the named key."""
    n, k = sheet.n_people, len(sheet.items)
    scored = ~np.isnan(sheet.score)
    counts = scored.sum(axis=0)
    thin = int((counts < REFUSED).sum())
    status = "fail" if n < REFUSED else "warn" if n < FEW or thin else "pass"
    detail = f"{n} people; {FEW} or more are wanted, below {REFUSED} no number is given"
    checks = [Check("few_people", status, detail + (f" ({thin} of {k} items)." if thin else "."))]
    checks.append(
        Check(
            "one_item",
            "warn" if k == 1 else "pass",
            f"{k} item{'s' if k != 1 else ''}; the rest is what others ask.",
        )
    )
    checks += [_end("ceiling", sheet), _end("floor", sheet), *_order(sheet)]
    other = int((~sheet.given).sum())
    checks.append(
        Check(
            "incomplete_design",
            "warn" if other else "pass",
            f"{other} of {n * k} person × item pairs have no row: sums of different items are compared."
            if other
            else "Everybody was given every item.",
        )
    )
    ungraded = int((sheet.answered & ~scored).sum())
    if ungraded:
        checks.append(Check("ungraded", "warn", f"{ungraded} answers have no score and are left out."))
    if keyed:
        wrong = f"{mismatched} of {keyed} scores contradict the named key."
        checks.append(Check("key_mismatch", "warn" if mismatched else "pass", wrong))
    return tuple(checks)


def _end(name: str, sheet: Sheet) -> Check:
    total = sheet.total
    here = ~np.isnan(total)
    if here.sum() < 10:
        return Check(name, "not_run", f"{int(here.sum())} people are too few to see a pile-up at the end.")
    with np.errstate(invalid="ignore"):
        if name == "floor":
            at, what = total <= 1e-9, "no points"
        else:
            best = np.where(np.isnan(sheet.score), 0.0, sheet.highest).sum(axis=1)
            at, what = total >= best - 1e-9, "full marks"
            if np.isnan(best[here]).all():
                return Check(name, "not_run", "The highest possible scores are not known.")
    share = float(at[here].mean())
    status = "warn" if share >= ENDS else "pass"
    return Check(name, status, f"{share:.0%} have {what}; {ENDS:.0%} or more hide differences.")


def _order(sheet: Sheet) -> tuple[Check, Check]:
    """Judge the end of the test: who came that far (Swineford 1974: 80 % finish, nearly all do three quarters)."""
    given = sheet.given.sum(axis=0)
    unreached = sheet.not_reached.sum(axis=0) / np.maximum(given, 1)
    many = int((unreached > UNREACHED).sum())
    first = Check(
        "not_reached",
        "warn" if many else "pass",
        f"{many} of {len(given)} items were not reached by more than {UNREACHED:.0%} of those who had them.",
    )
    if len(given) < 4:
        return first, Check("speeded", "not_run", "Fewer than four items.")
    finished, most = 1 - unreached[-1], 1 - unreached[int(np.ceil(0.75 * len(given))) - 1]
    return first, Check(
        "speeded",
        "warn" if finished < 0.8 or most < 0.99 else "pass",
        f"{finished:.0%} reached the last item and {most:.0%} three quarters of the test.",
    )
