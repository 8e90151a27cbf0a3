"""Do the intervals of items hold the truth, and does the test for differential items neither cry wolf nor sleep?"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from tests.prove.harness import Proof, reached
from tne.measures.dif import differential_item_functioning
from tne.measures.items import item_analysis

ITEMS, SIZES = 20, (60, 250, 1000)
STATISTICS = ("facility", "item_rest", "discrimination")
KINDS = {"binary": (0.0,), "partial": (-0.6, 0.6)}  # thresholds around an item's difficulty: 0, ½, 1
FRACTION = 1 / 3
PEOPLE, PLANTED = (
    400,
    1.2,
)  # of the DIF proof: people, and logits by which one item is harder for half of them
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(41)
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()


def one_items(seed: int) -> dict[str, Any]:
    """Draw a test and three groups of people; count the items whose truth each interval holds, for both kinds."""
    rng, out = np.random.default_rng(seed), {}
    for kind, steps in KINDS.items():
        a, b = rng.lognormal(0.1, 0.3, ITEMS), rng.uniform(-2.5, 0.5, ITEMS)
        true = truth(a, b, steps)
        for people in SIZES:
            found = analyse(rng, a, b, steps, people)
            for name in STATISTICS:
                low, high = found[f"{name}_low"].to_numpy(), found[f"{name}_high"].to_numpy()
                known = ~np.isnan(low)
                held = (low <= true[name]) & (true[name] <= high)
                easy = true["facility"] >= 0.85
                off = found[name].to_numpy() - true[name]
                out[f"{kind} {people} {name}"] = {
                    "held": int(held[known].sum()), "known": int(known.sum()), "items": ITEMS,
                    "held_easy": int(held[known & easy].sum()), "known_easy": int((known & easy).sum()),
                    "off": float(np.nanmean(off)),
                }  # fmt: skip
    return out


def analyse(
    rng: np.random.Generator, a: np.ndarray, b: np.ndarray, steps: tuple[float, ...], people: int
) -> pd.DataFrame:
    theta = rng.normal(size=people)
    drawn = rng.random((people, ITEMS))
    marks = sum((drawn < special.expit(a * (theta[:, None] - b - s))) * 1.0 for s in steps) / len(steps)
    names = np.array([f"q{j:02d}" for j in range(ITEMS)])
    frame = pd.DataFrame(
        {
            "person": np.repeat(np.arange(people), ITEMS),
            "item": np.tile(names, people),
            "score": marks.ravel(),
        }
    )
    call = {"person": "person", "item": "item", "score": "score", "max_score": 1, "fraction": FRACTION}
    return item_analysis(frame, **call).items


def truth(a: np.ndarray, b: np.ndarray, steps: tuple[float, ...]) -> dict[str, np.ndarray]:
    """The population's values, by quadrature over ability and the exact distribution of sums given ability."""
    m = len(steps)
    above = np.stack([special.expit(a * (_NODES[:, None] - b - s)) for s in steps])  # P(score ≥ step)
    levels = np.concatenate([np.ones((1, *above.shape[1:])), above]) - np.concatenate(
        [above, np.zeros((1, *above.shape[1:]))]
    )  # (m + 1) × nodes × items
    points = np.arange(m + 1)
    mean = np.einsum("l,lqj->qj", points, levels) / m
    variance = np.einsum("l,lqj->qj", points**2, levels) / m**2 - mean**2
    facility = _WEIGHTS @ mean
    whole = np.zeros(m * ITEMS + 1)
    joint = np.zeros((ITEMS, m * ITEMS + 1))  # E[score of item j; sum = t]
    rest_r = np.empty(ITEMS)
    for j in range(ITEMS):
        others = [i for i in range(ITEMS) if i != j]
        given = np.ones((len(_NODES), 1))
        for i in others:
            wider = np.zeros((len(_NODES), given.shape[1] + m))
            for level in range(m + 1):
                wider[:, level : level + given.shape[1]] += given * levels[level, :, i][:, None]
            given = wider
        for level in range(m + 1):
            mass = _WEIGHTS @ (given * levels[level, :, j][:, None])
            joint[j, level : level + len(mass)] += mass * level / m
            if j == 0:
                whole[level : level + len(mass)] += mass
        rest = mean[:, others].sum(axis=1)
        spread = _WEIGHTS @ variance[:, others].sum(axis=1) + _WEIGHTS @ rest**2 - (_WEIGHTS @ rest) ** 2
        own = _WEIGHTS @ variance[:, j] + _WEIGHTS @ mean[:, j] ** 2 - facility[j] ** 2
        rest_r[j] = (_WEIGHTS @ (mean[:, j] * rest) - facility[j] * (_WEIGHTS @ rest)) / math.sqrt(
            own * spread
        )
    lower, upper = _tail(whole), _tail(whole[::-1])[::-1]
    return {"facility": facility, "item_rest": rest_r, "discrimination": joint @ (upper - lower) / FRACTION}


def _tail(mass: np.ndarray) -> np.ndarray:
    """Weights of the sums that make up the first third; the one at the cut counts in part."""
    before = np.concatenate([[0], np.cumsum(mass)[:-1]])
    return np.clip((FRACTION - before) / mass, 0, 1)


def judge_items(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Coverage of each interval by kind and size, over all items and over easy ones; mean distance from the truth."""
    outcomes, bars = {}, {}
    for name in rows[0]:
        held, known, items = (sum(row[name][k] for row in rows) for k in ("held", "known", "items"))
        easy = [(row[name]["held_easy"], row[name]["known_easy"]) for row in rows]
        shares = np.array([row[name]["held"] / row[name]["known"] for row in rows])
        # items of one group of people share their noise: the error of the mean over replications counts
        slack = 3 * float(shares.std(ddof=1)) / math.sqrt(len(rows))
        outcomes[name] = {
            "coverage": held / known,
            "coverage_easy": sum(h for h, _ in easy) / max(sum(k for _, k in easy), 1),
            "without_interval": 1 - known / items,
            "bias": float(np.mean([row[name]["off"] for row in rows])),
        }
        bars[name] = 0.935 - slack <= held / known <= 0.965 + slack
    return {"outcomes": outcomes, "bars": bars, "passed": all(bars.values())}


def one_dif(seed: int) -> dict[str, Any]:
    """A test without and one with a badly translated item: is anything flagged, and is it that item?"""
    rng, out = np.random.default_rng(seed), {}
    a, b = rng.lognormal(0.1, 0.3, ITEMS), rng.uniform(-2.5, 0.5, ITEMS)
    bad = int(np.argmin(np.abs(b + 1)))
    for planted in (0.0, PLANTED):
        language = np.arange(PEOPLE) % 2
        harder = np.zeros((PEOPLE, ITEMS))
        harder[:, bad] = planted * language
        theta = rng.normal(size=(PEOPLE, 1)) - 0.4 * language[:, None]  # the groups differ in what they know
        marks = rng.random((PEOPLE, ITEMS)) < special.expit(a * (theta - b) - harder)
        frame = pd.DataFrame(marks.astype(int), columns=[f"q{j:02d}" for j in range(ITEMS)])
        frame["language"] = language
        for method in ("logistic", "mantel_haenszel"):
            table = differential_item_functioning(frame, group="language", method=method).to_frame()
            clean = table["item"] != f"q{bad:02d}"
            out[f"{method} {planted:g}"] = {
                "any": bool(table["flagged"].any()),
                "clean": int(table.loc[clean, "flagged"].sum()),
                "found": bool(table.loc[~clean, "flagged"].all()),
                "below": int((table["p_value"] < 0.05).sum()),
                "tested": int(table["p_value"].notna().sum()),
            }
    return out


def judge_dif(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Any flag at all without a difference (BH bounds it at .05 then), and the planted item found."""
    outcomes, bars = {}, {}
    slack = 3 * math.sqrt(0.05 * 0.95 / len(rows))
    for method in ("logistic", "mantel_haenszel"):
        null, planted = ([row[f"{method} {x:g}"] for row in rows] for x in (0.0, PLANTED))
        outcomes[method] = {
            "any_flag_without_a_difference": float(np.mean([cell["any"] for cell in null])),
            "p_below_05_without_a_difference": sum(c["below"] for c in null) / sum(c["tested"] for c in null),
            "planted_item_found": float(np.mean([cell["found"] for cell in planted])),
            "other_items_flagged": float(np.mean([cell["clean"] for cell in planted])) / (ITEMS - 1),
        }
        bars[f"{method}: false alarms at most .05"] = (
            outcomes[method]["any_flag_without_a_difference"] <= 0.05 + slack
        )
        bars[f"{method}: power at least .8"] = outcomes[method]["planted_item_found"] >= 0.8
    return {"outcomes": outcomes, "bars": bars, "passed": all(bars.values())}


ITEMS_PROOF = Proof(
    name="items",
    claim="intervals of facility, item-rest correlation and discrimination hold the truth, right-or-wrong and partial",
    covers=reached("tne.measures.items"),
    replications=2000,
    one=one_items,
    judge=judge_items,
)
DIF_PROOF = Proof(
    name="dif",
    claim="without a difference nothing is flagged in 95 %; an item 1.2 logits harder in one language is found",
    covers=reached("tne.measures.dif"),
    replications=2000,
    one=one_dif,
    judge=judge_dif,
)
