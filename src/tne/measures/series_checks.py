"""What could make a change in a series look like an effect, and do these data show it?"""

from __future__ import annotations

import numpy as np
from scipy import stats

from tne.measures.series_ar1 import ar1_reml, whiten
from tne.measures.series_design import Design
from tne.measures.series_errors import breusch_godfrey, durbin_watson, ljung_box
from tne.measures.series_fit import Fitted
from tne.measures.series_periods import Clock
from tne.result import Check, p_text

ENOUGH, FEWEST = 8, 3
CYCLES = {"number": (4, 7, 12, 52), "days": (7, 12, 52), "months": (4, 12)}


def length_check(before: int, after: int) -> Check:
    """Few periods before or after: a trend cannot be told from noise."""
    least = min(before, after)
    status = "fail" if least < FEWEST else "warn" if least < ENOUGH else "pass"
    return Check(
        "short_series",
        status,
        f"{before} periods before the start and {after} from it on; {ENOUGH} each are wanted.",
    )


def gap_check(time: Clock, at: np.ndarray) -> Check:
    """Periods between the first and the last that are not observed."""
    lost = int(at.max() - at.min() + 1 - len(at)) if len(at) else 0
    text = f"{lost} periods between the first and the last are not observed."
    if lost > len(at):
        return Check("gaps", "fail", f"{text} Are the periods numbered one by one?")
    return Check("gaps", "warn" if lost else "pass", text)


def autocorrelation_check(found: Fitted, design: Design) -> Check:
    """Errors that carry over further than the chosen errors allow."""
    name, n = "autocorrelation", len(found.residuals)
    dw = f"Durbin-Watson {durbin_watson(found.residuals):.2f}"
    if n < 8:
        return Check(name, "not_run", f"{n} periods are too few to test; {dw}.")
    order = max(1, min(4, n // 8))
    if found.innovations is not None:
        _, p = ljung_box(found.innovations, order + 1, 1)
        text = f"{dw}; modelled as AR(1) with {found.phi:.2f}; beyond it, Ljung-Box over {order + 1} lags {_p(p)}"
        wanders = ". The series wanders, its level is hardly known" if found.phi > 0.9 else ""
        return Check(name, "warn" if p < 0.05 or found.phi > 0.9 else "pass", f"{text}{wanders}.")
    _, p = breusch_godfrey(design.full, found.residuals, order)
    worth = n * (1 - found.phi) / (1 + found.phi)  # independent periods with the same information
    text = f"{dw}; autocorrelation {found.phi:.2f}; Breusch-Godfrey over {order} lags {_p(p)}"
    if p < 0.05 and worth < 100:
        advice = "errors of this kind are too small here. Choose errors='ar1_reml', or give a control series"
        return Check(name, "warn", f"{text}; {advice}.")
    return Check(name, "pass", f"{text}.")


def season_check(y: np.ndarray, at: np.ndarray, design: Design, time: Clock, season: float | None) -> Check:
    """A cycle that nobody modelled, of a usual length."""
    if season is not None:
        return Check("season", "pass", f"A season of {season:g} periods is modelled.")
    span, k = at.max() - at.min() + 1, design.full.shape[1]
    lengths = [c for c in CYCLES[time.kind] if span >= 2 * c and len(y) - k - 2 >= 8]
    if not lengths:
        return Check("season", "not_run", "The series does not hold two cycles of a usual season.")
    ps = [_cycle(y, at, design, length) for length in lengths]
    best = int(np.argmin(ps))
    p = min(1.0, ps[best] * len(ps))
    text = (
        f"Strongest cycle of {', '.join(map(str, lengths))} periods: {lengths[best]}, {_p(p)} for all of them"
    )
    advice = f". Give season={lengths[best]}, or a control series that shares it." if p < 0.05 else "."
    return Check("season", "warn" if p < 0.05 else "pass", text + advice)


def _cycle(y: np.ndarray, at: np.ndarray, design: Design, length: int) -> float:
    angle = 2 * np.pi * at / length
    wave = np.column_stack([np.sin(angle), np.cos(angle)])
    # a large unmodelled cycle passes for autocorrelation: the errors are judged with the cycle in the model
    found = ar1_reml(np.hstack([design.full, wave]), y, at)
    b, covariance = found.coefficients[-2:], found.covariance[-2:, -2:]
    return float(stats.f.sf(b @ np.linalg.solve(covariance, b) / 2, 2, found.df))


def earlier_check(y: np.ndarray, at: np.ndarray, start: int, design: Design) -> Check:
    """A jump before the start that no shock explains: something else changed too."""
    name = "earlier_change"
    before = at < start
    places = at[before][3:]
    k = design.full.shape[1]
    if len(places) < 3 or len(y) - k - 1 < 6:
        return Check(name, "not_run", "Too few periods before the start to look for an earlier change.")
    steps = (at[:, None] >= places).astype(float)
    best = _most_telling(y, at, design, steps)
    if best is None:
        return Check(name, "not_run", "Every place of an earlier change is modelled already.")
    x = np.column_stack([design.full, steps[:, best]])
    p = min(1.0, ar1_reml(x, y, at).contrast(np.eye(k + 1)[k], 0.95)["p_value"] * len(places))
    text = f"Largest of {len(places)} possible jumps before the start: {_p(p)} for all of them"
    advice = ". Name the date in `shocks`, or give a control series." if p < 0.05 else "."
    return Check(name, "warn" if p < 0.05 else "pass", text + advice)


def _most_telling(y: np.ndarray, at: np.ndarray, design: Design, steps: np.ndarray) -> int | None:
    """Return the column of `steps` that takes away most of what is left, or None."""
    phi = np.array([ar1_reml(design.full, y, at).phi])
    white = whiten(np.column_stack([design.full, y, steps]), np.diff(at), phi)[0][0]
    k = design.full.shape[1]
    q, _ = np.linalg.qr(white[:, :k])
    rest = white[:, k:] - q @ (q.T @ white[:, k:])
    size = np.sum(rest[:, 1:] ** 2, axis=0)
    new = size > 1e-8 * np.sum(white[:, k + 1 :] ** 2, axis=0)
    if not new.any():
        return None
    gained = np.where(new, (rest[:, 0] @ rest[:, 1:]) ** 2 / np.where(new, size, 1.0), -1.0)
    return int(np.argmax(gained))


def shock_check(shocks: list[tuple[str, int, int | None]], start: int) -> Check:
    """Known shocks so close to the start that the two can hardly be told apart."""
    if not shocks:
        return Check("policy_change", "not_run", "No dates of other changes were given in `shocks`.")
    near = [abs(edge - start) for _, first, last in shocks for edge in (first, last) if edge is not None]
    least = min(near)
    text = f"{len(shocks)} other changes are modelled, the nearest {least} periods from the start"
    if least < 4:
        return Check("policy_change", "warn", f"{text}: the two can hardly be told apart.")
    return Check("policy_change", "pass", f"{text}.")


def control_check(found: Fitted, design: Design, units: tuple[int, int]) -> tuple[Check, ...]:
    """A trained series and a control that already drifted apart, or a control whose members change."""
    weights = design.on_kept(design.contrasts["trend"])
    checks = []
    if weights is not None:
        trend = found.infer(weights)
        p = trend.get("p_value", np.nan)
        text = f"Before the start the two series drift apart by {trend['estimate']:.3g} a period, {_p(p)}"
        apart = p < 0.05
        after = ": the estimate takes it that they would have gone on so." if apart else "."
        checks.append(Check("comparable", "warn" if apart else "pass", text + after))
    if units[0] != units[1]:
        checks.append(
            Check("changing_control", "warn", f"Between {units[0]} and {units[1]} control units stand in a period: "
                  "who enters or leaves moves their mean.")
        )  # fmt: skip
    return tuple(checks)


def _p(p: float) -> str:
    shown = p_text(p)
    return f"p {shown}" if shown.startswith("<") else f"p = {shown}"
