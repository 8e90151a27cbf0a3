"""What stands between the rule of proficiency and the truth?"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from tne.measures.proficiency_bias import proficiency_bias
from tne.measures.proficiency_noise import proficiency_noise
from tne.measures.proficiency_runs import lower_limit
from tne.measures.ramp import learning_curve
from tne.result import Check

OFF = 0.03
SHRINK = (16 * math.sqrt(3) / (15 * math.pi)) ** 2


def proficiency_checks(
    out: pd.DataFrame,
    inside: pd.DataFrame,
    used: pd.DataFrame,
    excluded: dict[str, int],
    *,
    known: bool,
    speed: bool,
    target: float | str,
    k: int,
    rule: str,
    dated: str,
    certainty: float,
) -> tuple[Check, ...]:
    """Say who was left out, what the rule does not ask, how noisy it is, and how far from the true week."""
    checks = [_truncation(out, excluded)]
    checks.append(_speed(inside, speed))
    gone = float((~inside["enough"]).mean()) if len(inside) else 0.0
    status = "pass" if gone <= 0.1 else "warn"
    checks.append(
        Check("few_audits", status, f"{gone:.0%} of the person-weeks have too few audits to be looked at.")
    )
    checks.append(_noise(used, target, k, rule, dated, certainty))
    if not known:
        detail = "Without the roster nobody is known to have left: leavers count as not seen any longer."
        checks.append(Check("roster", "not_run", detail))
    return tuple(checks)


def _speed(inside: pd.DataFrame, speed: bool) -> Check:
    if not speed:
        detail = "No target for speed was given: proficient means good, not good and fast."
        return Check("speed", "not_run", detail)
    audited = inside.loc[inside["enough"]]
    lost = 1 - float(audited["timed"].mean()) if len(audited) else 0.0
    status = "pass" if lost <= 0.1 else "warn" if lost < 1 else "fail"
    detail = f"{lost:.0%} of the audited person-weeks lack cases, handling time or a target for it."
    return Check("speed", status, detail + (" Nobody can be found proficient." if lost == 1 else ""))


def _truncation(out: pd.DataFrame, excluded: dict[str, int]) -> Check:
    gone = excluded["before"] + excluded["unknown"]
    total = gone + excluded["after"] + len(out)
    detail = (
        f"{excluded['before']} of {total} people were hired before the data begin and {excluded['unknown']} have no "
        "week of hire: when they became proficient is not known, so they are left out."
    )
    return Check("left_truncation", "pass" if len(out) else "fail", detail)


def _noise(used: pd.DataFrame, target: float | str, k: int, rule: str, dated: str, certainty: float) -> Check:
    if not len(used):
        return Check("audit_noise", "not_run", "No week has enough audits.")
    aim = float(used["accuracy_target"].median()) if isinstance(target, str) else float(target)
    audits = max(1.0, float(np.median(_effective(used))))
    asked: dict[str, Any] = {"accuracy": aim, "audits": audits, "k": k, "rule": rule, "certainty": certainty}
    if rule == "lower_limit" and lower_limit(np.ones(1), np.array([audits * k]), certainty)[0] < aim:
        detail = (
            f"With {audits:.0f} audits a week not even {k} weeks without an error show {aim:.1%}: nobody can be found "
            "proficient. Ask for more audits, more weeks or less, or use rule='pooled'."
        )
        return Check("audit_noise", "fail", detail)
    within = max(12, k)
    noise = proficiency_noise(**asked, within=within, offsets=(-OFF, min(OFF, 1 - aim)))
    below, above = noise.iloc[0], noise.iloc[-1]
    detail = (
        f"With {audits:.0f} audits a week somebody {100 * OFF:g} points below the target passes within "
        f"{within} weeks in {below['passed']:.0%}, somebody as much above it at the first look in "
        f"{above['first_look']:.0%}."
    )
    sure = below["passed"] <= 0.2 and above["first_look"] >= 0.5
    fair, more = _bias(used, asked | {"dated": dated})
    return Check("audit_noise", "pass" if sure and fair else "warn", f"{detail} {more}")


def _bias(used: pd.DataFrame, asked: dict[str, Any]) -> tuple[bool, str]:
    """Whether the rule's median falls where it should on the ramp of these people, and the sentence that says so."""
    ramp = _ramp(used)
    if ramp is None or not 0 < asked["accuracy"] < 1:
        return True, "Their ramp is not clear enough to say how far the rule's weeks are from the true ones."
    row = (
        proficiency_bias(**asked, **ramp, weeks=max(52, asked["k"]), draws=1000)
        .set_index("term")
        .loc["median"]
    )
    waits = asked["k"] - 1 if asked["dated"] == "confirmed" else 0
    a, b = float(row["true"]), float(row["rule"])
    off = 0.0 if math.isinf(a) and math.isinf(b) else b - a
    fair = -1 <= off <= waits + 1
    true, met = (f"in week {v:.0f}" if math.isfinite(v) else "not within a year" for v in (a, b))
    detail = f"On the ramp that they show, half are truly at the target {true}, and half meet the rule {met}"
    return fair, detail + (f" ({waits} weeks go by in confirming)." if waits else ".")


def _ramp(used: pd.DataFrame) -> dict[str, Any] | None:
    """The joint ramp of all people by tenure and the spread between them, as `proficiency_bias` takes it."""
    known = used.loc[used["tenure"].ge(0)]
    total = known.groupby("tenure", as_index=False)[["right", "weight", "squares"]].sum()
    total["trials"] = _effective(total)
    total["good"] = total["trials"] * (total["right"] / total["weight"]).clip(upper=1)
    curve = learning_curve(total, outcome="good", trials="trials", tenure="tenure")
    plateau, rise, tau = (curve.get(term=term).estimate for term in ("plateau", "rise", "tau"))
    if math.isnan(tau):
        return None
    p = special.expit(plateau - rise * np.exp(-known["tenure"] / tau))
    n = _effective(known)
    sums = pd.DataFrame(
        {
            "person": known["person"],
            "size": n * p * (1 - p),
            "over": n * (known["right"] / known["weight"] - p),
        }
    )
    by = sums.groupby("person", observed=True).sum()
    # squared distance from the joint ramp in log-odds, less what the audits' noise makes of it
    variance = float(np.sum(by["over"] ** 2 / by["size"] - 1) / by["size"].sum())
    spread = math.sqrt(max(variance, 0.0))
    own = math.sqrt(
        1 + SHRINK * spread**2
    )  # the joint curve is flatter than a person's (Zeger, Liang and Albert 1988)
    return {"plateau": float(special.expit(own * plateau)), "rise": own * rise, "tau": tau, "spread": spread}


def _effective(rows: pd.DataFrame) -> pd.Series:
    return rows["weight"] ** 2 / rows["squares"].where(rows["squares"] > 0, rows["weight"])
