"""Which decisions are audited, with what weight, and are they right?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
import pandas as pd

from tne.simulate.calendar import DAY, utc
from tne.simulate.ids import numbered, pseudonyms, stream, words
from tne.simulate.markets import AREA_CODES, AREAS, QUEUES, SHARES, Market, Policies
from tne.simulate.people import People

AUDITS = 12.0  # mean of a person-week beyond the first audit
SEEDED = 0.012
STRICTNESS_SD = 0.20
# risk strata of decided cases: share of all, share of the audited, logit by which they are easier
RISK_SHARE = np.array([0.70, 0.22, 0.08])
RISK_AUDITED = np.array([0.60, 0.26, 0.14])
RISK_EASE = np.array([0.35, -0.30, -1.00])
WEIGHTS = np.round(RISK_SHARE / RISK_AUDITED, 4)
ERRORS = ("false_positive", "false_negative", "wrong_policy", "technical", "none")
ROOT_CAUSES = ("policy_unclear", "knowledge", "update_not_absorbed", "attention", "tool")
SEVERITIES = np.array([1.0, 2.0, 4.0, np.nan])  # weight of an error; none for a right decision
DECISIONS = ("no_action", "remove", "age_restrict")
_GRID = np.linspace(-8, 12, 4001)


def expit(x: np.ndarray) -> np.ndarray:
    """Return ``1 / (1 + exp(−x))``."""
    return cast(np.ndarray, 1 / (1 + np.exp(-x)))


def auditor_count(market: Market) -> int:
    """Return how many auditors a market has."""
    return int(np.clip(market.size // 16, 2, 12))


@dataclass(frozen=True, eq=False)
class Accuracy:
    """How a logit becomes sampling-weighted accuracy in one market.

    Parameters
    ----------
    ease : array of float, shape (areas,)
        Logit by which an area is easier in this market.
    strictness : array of float, shape (auditors,)
        Logit by which an auditor is stricter; centred.
    shock : array of float, shape (areas, weeks)
        Effect of the policy changes.
    """

    ease: np.ndarray
    strictness: np.ndarray
    shock: np.ndarray

    def share_right(self, logit: np.ndarray, week: np.ndarray) -> np.ndarray:
        """Return the expected accuracy over all decided cases.

        Parameters
        ----------
        logit : array of shape (n,)
            Ability plus tenure, season, trend and training.
        week : array of int, shape (n,)

        Returns
        -------
        array of shape (n,)

        Notes
        -----
        The mean of expit(logit + area + shock + risk − strictness) over areas, risk strata (shares of all cases, not
        of the audited) and auditors. It is what sampling-weighted audits estimate.
        """
        shift = (RISK_EASE[:, None] - self.strictness[None, :]).ravel()
        share = np.repeat(RISK_SHARE, len(self.strictness)) / len(self.strictness)
        curve = share @ expit(_GRID[None, :] + shift[:, None])
        right = np.zeros(len(logit))
        for area, part in enumerate(SHARES):
            right += part * np.interp(logit + self.ease[area] + self.shock[area, week], _GRID, curve)
        return right


def accuracy(seed: int, market: Market, policies: Policies) -> Accuracy:
    """Draw area difficulty and auditors' strictness of one market."""
    rng = stream(seed, market.code, "accuracy")
    strictness = rng.normal(0, STRICTNESS_SD, auditor_count(market))
    ease = np.array([area.ease for area in AREAS]) + rng.normal(0, 0.12, len(AREAS))
    return Accuracy(ease, strictness - strictness.mean(), policies.shock)


@dataclass(frozen=True, eq=False)
class Audited:
    """The audited cases of one market as arrays; ``person`` and ``week`` name the cell of each.

    Parameters
    ----------
    person, week, area, risk, auditor : array of int, shape (audits,)
    draw : array of float, shape (audits,)
        Uniform draw: the decision is right where it lies below the probability.
    shift : array of float, shape (audits,)
        What the case adds to the person's logit.
    seeded : array of bool, shape (audits,)
    """

    person: np.ndarray
    week: np.ndarray
    area: np.ndarray
    risk: np.ndarray
    auditor: np.ndarray
    draw: np.ndarray
    shift: np.ndarray
    seeded: np.ndarray

    def right(self, logit: np.ndarray) -> np.ndarray:
        """Return which decisions are right, given logits of shape (people, weeks)."""
        return self.draw < expit(logit[self.person, self.week] + self.shift)

    @property
    def weight(self) -> np.ndarray:
        """Sampling weight of each audit; 1 for seeded cases, which nobody drew."""
        return np.where(self.seeded, 1.0, WEIGHTS[self.risk])


def _pick(rng: np.random.Generator, shares: np.ndarray, count: int) -> np.ndarray:
    """Draw categories whose shares are whole per milles."""
    table = np.repeat(np.arange(len(shares), dtype=np.int8), np.round(1000 * shares).astype(int))
    return table[rng.integers(0, len(table), count, dtype=np.uint16)]


def audited(seed: int, everyone: People, how: Accuracy) -> Audited:
    """Draw which cases of one market are audited, before anyone knows the outcome."""
    rng = stream(seed, everyone.market.code, "audits")
    person, week = np.nonzero(everyone.present)
    count = rng.poisson(AUDITS, len(person)) + 1
    person, week = np.repeat(person.astype(np.int32), count), np.repeat(week.astype(np.int32), count)
    rows = len(person)
    area, risk = _pick(rng, SHARES, rows), _pick(rng, RISK_AUDITED, rows)
    auditor = rng.integers(0, len(how.strictness), rows, dtype=np.uint8)
    shift = (how.ease[:, None] + how.shock)[area, week] + RISK_EASE[risk] - how.strictness[auditor]
    return Audited(person, week, area, risk, auditor, rng.random(rows), shift, rng.random(rows) < SEEDED)


def _within(rng: np.random.Generator, group: np.ndarray, tables: np.ndarray) -> np.ndarray:
    """Draw a category for each row from the shares of its group; `tables` has shape (groups, categories)."""
    edges = np.cumsum(tables, axis=1)[:, :-1]
    return cast(np.ndarray, (rng.random(len(group))[:, None] > edges[group]).sum(axis=1))


def audits_table(
    seed: int, everyone: People, cases: Audited, right: np.ndarray, policies: Policies
) -> pd.DataFrame:
    """Return the rows of the table ``audits`` for one market.

    Parameters
    ----------
    seed : int
    everyone : People
    cases : Audited
    right : array of bool, shape (audits,)
        The outcome, after disputes.
    policies : Policies
    """
    market, rows = everyone.market, len(right)
    rng = stream(seed, market.code, "audit details")
    wrong = np.flatnonzero(~right)
    error = np.full(rows, len(ERRORS) - 1)
    cause, severity = np.full(rows, -1), np.full(rows, -1)
    error[wrong] = _within(rng, cases.area[wrong], np.array([area.errors for area in AREAS]))
    cause[wrong] = _within(rng, cases.area[wrong], np.array([area.causes for area in AREAS]))
    severity[wrong] = _within(
        rng, cases.risk[wrong], np.array([[0.6, 0.3, 0.1], [0.4, 0.4, 0.2], [0.2, 0.4, 0.4]])
    )
    made = rng.choice(np.array([0, 0, 0, 1, 1, 2], dtype=np.int8), rows)
    ideal = made.copy()
    made[error == 0], ideal[error == 0] = 1, 0  # removed, should have stayed
    made[error == 1], ideal[error == 1] = 0, 1
    made[error == 2], ideal[error == 2] = 1, 2
    chance = rng.random(rows)
    # an upheld dispute has turned the outcome to right; one that failed leaves it wrong
    disputed = np.where(right, chance < 0.004, chance < 0.10)
    queue = np.where(
        rng.random(rows) < 0.85, everyone.queue[cases.person], rng.integers(0, len(QUEUES), rows)
    )
    day = everyone.start_day[cases.person] + rng.integers(0, 5, rows) + 7 * cases.week.astype(np.int64)
    decided = day * DAY + everyone.start_hour[cases.person] * 3600 + rng.integers(0, 8 * 3600, rows)
    checked = (decided // DAY + rng.integers(1, 5, rows)) * DAY + rng.integers(8 * 3600, 18 * 3600, rows)
    one = np.zeros(rows, dtype=np.int8)
    number = numbered(market.code, rows)
    return pd.DataFrame(
        {
            "audit_id": number,
            "case_id": "c" + number,
            "market": words([market.code], one),
            "moderator_id": words(everyone.ids, cases.person),
            "auditor_id": words(pseudonyms(seed, "a", market.code, auditor_count(market)), cases.auditor),
            "queue": words(QUEUES, queue),
            "policy_area": words(AREA_CODES, cases.area),
            "policy_version": words(["", "v1", "v2", "v3"], policies.version[cases.area, cases.week]),
            "decision": words(DECISIONS, made),
            "audited_decision": words(DECISIONS, ideal),
            "correct": right,
            "error_type": words(ERRORS, error),
            "root_cause": words(ROOT_CAUSES, cause),
            "severity": SEVERITIES[severity],
            "sampling_weight": cases.weight,
            "seeded": cases.seeded,
            "disputed": disputed,
            "dispute_upheld": pd.array(np.where(disputed, right, False), dtype="boolean"),
            "decided_at": utc(decided, market.timezone),
            "audited_at": utc(checked, market.timezone),
        }
    )
