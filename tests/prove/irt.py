"""Item response models: do intervals cover, and is the latent gain of a weak and a strong group the same?"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit

from tests.prove.harness import Proof, reached
from tne.measures.hake import normalized_gain
from tne.measures.irt import irt
from tne.measures.irt_gain import latent_gain

GAIN, ITEMS = 0.6, 20
PEOPLE = {"weak": -1.0, "strong": 1.0}


def draw(rng: np.random.Generator, theta: np.ndarray, a: np.ndarray, b: np.ndarray) -> pd.DataFrame:
    """Answers of people with abilities `theta` to items with slopes `a` and difficulties `b`."""
    right = rng.random((len(theta), len(b))) < expit(a * (theta[:, None] - b))
    return pd.DataFrame(right.astype(int), columns=[f"item {j + 1}" for j in range(len(b))])


def one(seed: int) -> dict[str, Any]:
    """S3: 400 weak and 400 strong people gain the same on an easy test."""
    rng = np.random.default_rng(seed)
    a, b = np.full(ITEMS, 1.2), np.linspace(-2.5, 0.5, ITEMS)
    before, after, naive = [], [], {}
    for name, mean in PEOPLE.items():
        theta = rng.normal(mean, 1, 400)
        waves = [draw(rng, theta, a, b), draw(rng, theta + GAIN, a, b)]
        sums = pd.DataFrame({"pre": waves[0].sum(axis=1), "post": waves[1].sum(axis=1)})
        columns = {"pre": "pre", "post": "post", "max_score": ITEMS}
        of_means, own = normalized_gain(sums, **columns), normalized_gain(sums, **columns, of="individuals")
        naive[name] = {
            "gain": of_means.estimate,
            "undefined": own.n_undefined / 400,
            "ceiling_warns": _status(of_means, "ceiling") == "warn",
            "individuals_warn": _status(own, "individual_gains") == "warn",
        }
        before.append(waves[0].assign(group=name))
        after.append(waves[1].assign(group=name))
    frames = [pd.concat(part, ignore_index=True) for part in (before, after)]
    result = latent_gain(*frames, model="2PL", group="group", reference="weak")
    rows = result.to_frame().set_index(["term", "group"])
    told = {
        "weak": rows.loc[("latent_gain", "weak")],
        "strong": rows.loc[("latent_gain", "strong")],
        "difference": rows.loc[("latent_gain_difference", "strong")],
    }
    numbers = {
        k: {c: float(r[c]) for c in ("estimate", "std_error", "conf_low", "conf_high")}
        for k, r in told.items()
    }
    return {"naive": naive, "latent": numbers, "drift_warns": _status(result, "anchor_drift") == "warn"}


def judge(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Equal latent gains, covered; unequal normalised gains, with a warning."""
    truth = {"weak": GAIN, "strong": GAIN, "difference": 0.0}
    outcomes, bars = {}, {}
    for name, value in truth.items():
        frame = pd.DataFrame([row["latent"][name] for row in rows])
        outcomes[name] = recovered(frame, value)
    outcomes["normalised"] = {n: float(np.mean([r["naive"][n]["gain"] for r in rows])) for n in PEOPLE}
    outcomes["undefined_individual_gains"] = float(np.mean([r["naive"]["strong"]["undefined"] for r in rows]))
    outcomes["ceiling_warns"] = float(np.mean([r["naive"]["strong"]["ceiling_warns"] for r in rows]))
    outcomes["drift_warns"] = float(np.mean([r["drift_warns"] for r in rows]))
    bars["gains_are_equal"] = outcomes["difference"]["bias_within"]
    bars["gains_are_covered"] = all(outcomes[name]["coverage_within"] for name in truth)
    bars["normalised_gains_are_not"] = all(
        abs(outcomes["normalised"][name] - value) < 0.015
        for name, value in {"weak": 0.24, "strong": 0.39}.items()
    )
    bars["the_naive_warns"] = outcomes["ceiling_warns"] >= 0.9 and all(
        row["naive"][name]["individuals_warn"] for row in rows for name in PEOPLE
    )
    bars["no_false_drift"] = outcomes["drift_warns"] <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / len(rows))
    return {"outcomes": outcomes, "bars": bars, "passed": all(bars.values())}


def recovered(frame: pd.DataFrame, truth: float | pd.Series) -> dict[str, Any]:
    """Bias against its Monte-Carlo error, coverage against its bar; NaN counts as not covered."""
    error = (frame["estimate"] - truth).to_numpy(dtype=float)
    covered = ((frame["conf_low"] <= truth) & (truth <= frame["conf_high"])).to_numpy(dtype=bool)
    count = len(frame)
    noise = float(np.nanstd(error, ddof=1) / math.sqrt(count))
    slack = 3 * math.sqrt(0.05 * 0.95 / count)
    return {
        "bias": float(np.nanmean(error)),
        "monte_carlo_error": noise,
        "bias_within": bool(abs(np.nanmean(error)) < 3 * noise + 0.003),
        "error_ratio": float(np.nanmean(frame["std_error"]) / np.nanstd(error, ddof=1)),
        "coverage": float(covered.mean()),
        "coverage_within": bool(0.935 - slack <= covered.mean() <= 0.965 + slack),
        "undefined": int(np.isnan(error).sum()),
    }


def one_items(seed: int) -> dict[str, Any]:
    """500 people, ten items: 2PL data by the 2PL, data of equal slopes by the 1PL."""
    rng = np.random.default_rng(seed)
    b = np.linspace(-2.0, 1.0, 10)
    own = np.array([0.8, 1.6, 1.1, 1.3, 0.9, 1.5, 1.0, 1.2, 1.4, 0.7])
    cells = []
    for model, a in (("2PL", own), ("1PL", np.full(10, 1.1))):
        frame = irt(draw(rng, rng.normal(size=500), a, b), model=model).to_frame()
        for term, truth in (("discrimination", a), ("difficulty", b)):
            part = frame[frame["term"] == term]
            low, high = part["conf_low"].to_numpy(), part["conf_high"].to_numpy()
            inside = (low <= truth) & (truth <= high)
            chosen = slice(0, 1) if (model, term) == ("1PL", "discrimination") else slice(None)
            cells.append({"model": model, "term": term, "covered": [bool(x) for x in inside[chosen]]})
    return {"cells": cells}


def judge_items(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Coverage over all items of each model and term; the slack is that of the replications, items being related."""
    cells = pd.DataFrame([cell for row in rows for cell in row["cells"]])
    slack = 3 * math.sqrt(0.05 * 0.95 / len(rows))
    outcomes, bars = {}, {}
    for (model, term), part in cells.groupby(["model", "term"]):
        name, share = f"{model} {term}", float(np.mean([x for covered in part["covered"] for x in covered]))
        outcomes[name] = share
        bars[f"{name} covered".replace(" ", "_")] = 0.935 - slack <= share <= 0.965 + slack
    return {"outcomes": outcomes, "bars": bars, "passed": all(bars.values())}


def one_gain(seed: int) -> dict[str, Any]:
    """150 people, ten items, ability changes from person to person; the weak at first tend not to come back."""
    rng = np.random.default_rng(seed)
    a, b = np.full(10, 1.2), np.linspace(-2, 1.5, 10)
    theta = rng.normal(size=150)
    after = 0.5 + 0.8 * theta + rng.normal(0, 0.6, 150)
    before, last = draw(rng, theta, a, b), draw(rng, after, a, b)
    score = before.sum(axis=1)
    stays = rng.random(150) < expit(1 + 1.2 * (score - score.mean()) / score.std())
    drifted = b.copy()
    drifted[4] += 1.5
    out = {"moved": _flags(latent_gain(before, draw(rng, after, a, drifted), model="1PL"))}
    for name, post in (("full", last), ("leavers", last[stays.to_numpy()])):
        result = latent_gain(before, post, model="1PL")
        row = result.to_frame().iloc[0]
        out[name] = {c: float(row[c]) for c in ("estimate", "std_error", "conf_low", "conf_high")}
        out[f"{name}_flags"] = _flags(result)
    return out


def judge_gain(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Unbiased and covered, with and without people who leave; drift is found where planted and not elsewhere."""
    outcomes = {name: recovered(pd.DataFrame([r[name] for r in rows]), 0.5) for name in ("full", "leavers")}
    outcomes["false_drift"] = float(np.mean([bool(row["full_flags"]) for row in rows]))
    outcomes["drift_found"] = float(np.mean(["item 5" in row["moved"] for row in rows]))
    bars = {
        "covered": outcomes["full"]["coverage_within"],
        "covered_with_leavers": outcomes["leavers"]["coverage_within"],
        "unbiased": outcomes["full"]["bias_within"],
        "unbiased_with_leavers": outcomes["leavers"]["bias_within"],
        "drift_is_found": outcomes["drift_found"] >= 0.8,
        "no_false_drift": outcomes["false_drift"] <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / len(rows)),
    }
    return {"outcomes": outcomes, "bars": bars, "passed": all(bars.values())}


def _flags(result: Any) -> list[str]:
    return [str(item) for item in result.anchors.loc[result.anchors["flagged"], "item"]]


def _status(result: Any, name: str) -> str:
    return next(check.status for check in result.checks if check.name == name)


S3 = Proof(
    name="irt_s3",
    claim="a weak and a strong group with the same gain have the same latent gain; their normalised gains differ",
    covers=reached("tne.measures.irt_gain", "tne.measures.hake"),
    replications=500,
    one=one,
    judge=judge,
)
IRT_ITEMS = Proof(
    name="irt_items",
    claim="intervals of slopes and difficulties cover in the 1PL and the 2PL",
    covers=reached("tne.measures.irt"),
    replications=1000,
    one=one_items,
    judge=judge_items,
)
LATENT_GAIN = Proof(
    name="latent_gain",
    claim="the latent gain is unbiased and covered, also where the weak leave; an item that moved is found",
    covers=reached("tne.measures.irt_gain"),
    replications=500,
    one=one_gain,
    judge=judge_gain,
)
