"""What stands between the rule of proficiency and the truth?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from tne.measures.proficiency_noise import proficiency_noise
from tne.result import Check

OFF = 0.03


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
    certainty: float,
) -> tuple[Check, ...]:
    """Say who was left out, what the rule does not ask, and how noisy it is."""
    checks = [_truncation(out, excluded)]
    checks.append(_speed(inside, speed))
    gone = float((~inside["enough"]).mean()) if len(inside) else 0.0
    status = "pass" if gone <= 0.1 else "warn"
    checks.append(
        Check("few_audits", status, f"{gone:.0%} of the person-weeks have too few audits to be looked at.")
    )
    checks.append(_noise(used, target, k, rule, certainty))
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


def _noise(used: pd.DataFrame, target: float | str, k: int, rule: str, certainty: float) -> Check:
    if not len(used):
        return Check("audit_noise", "not_run", "No week has enough audits.")
    aim = float(used["accuracy_target"].median()) if isinstance(target, str) else float(target)
    audits = float(
        np.median(used["weight"] ** 2 / used["squares"].where(used["squares"] > 0, used["weight"]))
    )
    noise = proficiency_noise(
        accuracy=aim, audits=max(1.0, audits), k=k, rule=rule, certainty=certainty, within=max(12, k),
        offsets=(-OFF, min(OFF, 1 - aim)),
    )  # fmt: skip
    below, above = noise.iloc[0], noise.iloc[-1]
    status = "pass" if below["passed"] <= 0.2 and above["first_look"] >= 0.5 else "warn"
    detail = (
        f"With {audits:.0f} audits a week somebody {100 * OFF:g} points below the target passes within "
        f"{max(12, k)} weeks in {below['passed']:.0%}, somebody as much above it at the first look in "
        f"{above['first_look']:.0%}."
    )
    return Check("audit_noise", status, detail)
