"""How able is each person, and how precisely does the test measure where?"""

from __future__ import annotations

from typing import cast

import numpy as np
from scipy import special

from tne.measures.irt_likelihood import posterior
from tne.measures.irt_responses import Patterns

KINDS = ("EAP", "WLE", "ML")
NO_ANSWER = "no answer to an item with known parameters"
ONE_WAY = "every answer points the same way: the likelihood has no finite maximum"
NO_INFORMATION = "no item answered tells able from less able people"
FAR, STEP = 40.0, 0.25


def abilities(
    data: Patterns,
    slopes: np.ndarray,
    intercepts: np.ndarray,
    rule: tuple[np.ndarray, np.ndarray],
    kind: str,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return each pattern's ability, its standard error, and why it is undefined ("" where it is not)."""
    note = np.where(data.answered.any(axis=1), "", NO_ANSWER).astype(object)
    ability, error = np.full(len(note), np.nan), np.full(len(note), np.nan)
    if kind == "EAP":
        w, _, _ = posterior(data, slopes, intercepts, *rule)
        mean = w @ rule[0]
        spread = np.sqrt(np.maximum(w @ rule[0] ** 2 - mean**2, 0))
        known = note == ""
        ability[known], error[known] = mean[known], spread[known]
        return ability, error, note
    tells = data.answered * (slopes != 0)
    note[(note == "") & ~tells.any(axis=1)] = NO_INFORMATION
    if kind == "ML":
        up = (tells * (data.correct == (slopes < 0))).any(axis=1)  # an answer that speaks for less ability
        down = (tells * (data.correct == (slopes > 0))).any(axis=1)
        note[(note == "") & ~(up & down)] = ONE_WAY
    todo = np.flatnonzero(note == "")
    if len(todo):
        found, at_end = _peak(data.correct[todo], data.answered[todo], slopes, intercepts, kind)
        note[todo[at_end]] = ONE_WAY
        ability[todo] = np.where(at_end, np.nan, found)
        known = data.answered[todo] * _item_information(found, slopes, intercepts)
        error[todo] = np.where(at_end, np.nan, 1 / np.sqrt(known.sum(axis=1)))
    return ability, error, note


def information(theta: np.ndarray, slopes: np.ndarray, intercepts: np.ndarray) -> np.ndarray:
    """Return Fisher's information of the test about ability, shape of `theta`: Σ a² P (1 − P)."""
    return cast(np.ndarray, _item_information(theta, slopes, intercepts).sum(axis=1))


def _item_information(theta: np.ndarray, slopes: np.ndarray, intercepts: np.ndarray) -> np.ndarray:
    p = special.expit(theta[:, None] * slopes + intercepts)
    return cast(np.ndarray, slopes**2 * p * (1 - p))


def _peak(
    correct: np.ndarray, answered: np.ndarray, slopes: np.ndarray, intercepts: np.ndarray, kind: str
) -> tuple[np.ndarray, np.ndarray]:
    """Maximise the likelihood, for "WLE" times √information (Warm 1989): grid, then bisection of the slope."""
    theta = np.arange(-FAR, FAR + STEP, STEP)
    logit = theta[:, None] * slopes + intercepts
    height = correct @ logit.T - answered @ np.logaddexp(0, logit).T
    if kind == "WLE":
        height += 0.5 * np.log(np.maximum(answered @ _item_information(theta, slopes, intercepts).T, 1e-300))
    best = height.argmax(axis=1)
    at_end = (best == 0) | (best == len(theta) - 1)
    low, high = theta[best] - STEP, theta[best] + STEP
    for _ in range(50):
        middle = (low + high) / 2
        p = special.expit(middle[:, None] * slopes + intercepts)
        rise = (answered * slopes * (correct - p)).sum(axis=1)
        if kind == "WLE":
            known = answered * slopes**2 * p * (1 - p)
            rise += (known * slopes * (1 - 2 * p)).sum(axis=1) / (2 * known.sum(axis=1))
        low, high = np.where(rise > 0, middle, low), np.where(rise > 0, high, middle)
    return (low + high) / 2, at_end
