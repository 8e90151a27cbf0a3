"""Between what limits does a coefficient of agreement lie?"""

from __future__ import annotations

import math
from typing import Any, cast

import numpy as np
from scipy import special

from tne.measures.agreement_parts import Parts, Rated, agreement_parts
from tne.measures.agreement_rows import Scale
from tne.measures.inference import inference

NAMES = {
    "percent": "percent agreement",
    "cohen_kappa": "Cohen's kappa",
    "fleiss_kappa": "Fleiss' kappa",
    "scott_pi": "Scott's pi",
    "krippendorff_alpha": "Krippendorff's alpha",
    "gwet_ac1": "Gwet's AC1",
    "brennan_prediger": "Brennan-Prediger",
}
ALL_AGREE = "everybody agreed on every unit, so the units show no variation: no interval"
ONE_UNIT = "one unit was rated by two: it has no variation, so no interval"
NO_CHANGE = "all units add the same, so they show no variation: no interval"


ERRORS = ("published", "linearised", "bootstrap")


def agreement_row(
    counts: np.ndarray,
    scale: Scale,
    coefficient: str,
    *,
    known: Rated | None = None,
    errors: str = "published",
    draws: int = 2000,
    seed: int | None = None,
    conf_level: float = 0.95,
    n_raters: float = math.nan,
) -> dict[str, Any]:
    """Return the row of an `Estimate`: a coefficient with its error and interval."""
    parts = agreement_parts(
        counts,
        scale.weights,
        coefficient,
        rated=known,
        ordinal=scale.ordinal,
        published=errors == "published",
    )
    named = known is not None and known.rater is not None
    row = described(coefficient, scale, cast(Rated, known).n_raters if named else n_raters, conf_level) | {
        "n": parts.n
    }
    if named:
        row["n_people"] = cast(Rated, known).n_sharing()
    if errors == "bootstrap":
        found = _bootstrap(parts, counts, scale, coefficient, known, draws, seed, conf_level)
        note = join_notes(parts.note, found.pop("note", ""))
        row["method"] += f", BCa over {draws} samples of units"
        return row | found | {"note": note}
    error = parts.std_error()
    row["method"] += ", Gwet's error" if errors == "published" else ", linearised error"
    row["method"] += ", t with units − 1" if parts.df == parts.n - 1 else ", t with units of two ratings − 1"
    return row | limits(parts.estimate, error, parts.df, conf_level, parts.note)


def described(coefficient: str, scale: Scale, raters: float, conf_level: float) -> dict[str, Any]:
    """Return the words and counts of a coefficient's row."""
    name = NAMES[coefficient]
    if coefficient == "cohen_kappa" and raters > 2:
        name = "Conger's kappa"
    if coefficient == "scott_pi" and raters > 2:
        name = "Scott's pi for many raters (Fleiss' kappa)"
    if coefficient == "gwet_ac1" and scale.name != "identity":
        name = "Gwet's AC2"
    if scale.name != "identity":
        name += f", {scale.name if 'difference' in scale.name or 'own' in scale.name else scale.name + ' weights'}"
    return {
        "term": coefficient,
        "unit": "share of pairs" if coefficient == "percent" else "",
        "estimand": "agreement on units like these, among these raters",
        "comparison": "" if coefficient == "percent" else "agreement by chance",
        "method": name,
        "n_people": raters,
        "n_people_total": raters,
        "conf_level": conf_level,
    }


def limits(estimate: float, error: float, df: float, conf_level: float, note: str = "") -> dict[str, Any]:
    """Return error, test and t interval; no limit above 1, and none at all where nothing varies."""
    if math.isnan(estimate):
        return {"estimate": estimate, "note": note}
    why = ""
    if df < 1:
        why = ONE_UNIT
    elif not error > 1e-12:
        why = ALL_AGREE if estimate > 1 - 1e-12 else NO_CHANGE
    if why:
        return {"estimate": estimate, "note": join_notes(note, why)}
    found = inference(estimate, error, df, conf_level)
    return found | {"conf_high": min(found["conf_high"], 1.0), "note": note}


def join_notes(*notes: str) -> str:
    """Return the notes that say something, as one."""
    return "; ".join(note for note in notes if note)


def _bootstrap(
    parts: Parts,
    counts: np.ndarray,
    scale: Scale,
    coefficient: str,
    known: Rated | None,
    draws: int,
    seed: int | None,
    conf_level: float,
) -> dict[str, Any]:
    """Bias-corrected and accelerated limits; the acceleration comes from the units' contributions."""
    if draws < 100:
        raise ValueError(f"`draws` is {draws}. Take at least 100.")
    entered = parts.times > 0
    n, estimate = int(entered.sum()), parts.estimate
    if math.isnan(estimate) or n < 2 or not parts.std_error() > 1e-12:
        return limits(estimate, parts.std_error(), parts.df, conf_level)
    rng = np.random.default_rng(seed)
    found = np.array(
        [
            agreement_parts(
                counts,
                scale.weights,
                coefficient,
                rated=known,
                times=rng.multinomial(n, entered / n),
                ordinal=scale.ordinal,
            ).estimate
            for _ in range(draws)
        ]
    )
    good = found[np.isfinite(found)]
    if len(good) < 0.9 * draws:
        return {"estimate": estimate, "note": "undefined in more than a tenth of the samples: no interval"}
    below = (np.sum(good < estimate) + 0.5 * np.sum(good == estimate)) / len(good)
    shift = special.ndtri(np.clip(below, 1 / len(good), 1 - 1 / len(good)))
    off = parts.off()[entered]
    bend = (off**3).sum() / (6 * (off**2).sum() ** 1.5)
    z = shift + special.ndtri([(1 - conf_level) / 2, (1 + conf_level) / 2])
    low, high = np.quantile(good, special.ndtr(shift + z / (1 - bend * z)))
    return {
        "estimate": estimate,
        "std_error": float(good.std(ddof=1)),
        "conf_low": float(low),
        "conf_high": float(high),
    }
