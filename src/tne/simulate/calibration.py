"""How do moderators, auditors and policy experts label the same cases?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from tne.simulate.audits import DECISIONS, auditor_count, expit
from tne.simulate.calendar import DAY, utc
from tne.simulate.ids import numbered, pseudonyms, stream, words
from tne.simulate.markets import AMBIGUOUS, AREA_CODES, SHARES
from tne.simulate.world import World

EVERY = 4  # weeks
CASES = 20
MODERATORS = 6
AUDITORS = 3
ROLES = ("moderator", "qa", "policy")
# chance of the agreed label on a case of middling difficulty; on the ambiguous area experts do no better
AGREEING = np.array([0.90, 0.93, 0.97])
AGREEING_AMBIGUOUS = np.array([0.60, 0.60, 0.66])


def ratings(w: World) -> pd.DataFrame:
    """Return the rows of ``ratings`` of one market: a calibration every four weeks."""
    rng, everyone, market = stream(w.seed, w.market.code, "calibration"), w.everyone, w.market
    auditors = pseudonyms(w.seed, "a", market.code, auditor_count(market))
    expert = pseudonyms(w.seed, "p", market.code, 1)
    frames, cases = [], 0
    for number, week in enumerate(range(2, everyone.weeks, EVERY)):
        here = np.flatnonzero(everyone.present[:, week])
        people = rng.choice(here, min(MODERATORS, len(here)), replace=False)
        checking = rng.choice(len(auditors), min(AUDITORS, len(auditors)), replace=False)
        raters = np.concatenate([everyone.ids[people], auditors[checking], expert])
        role = np.repeat(np.arange(3), [len(people), len(checking), 1])
        area = rng.choice(len(AREA_CODES), CASES, p=SHARES)
        area[:4] = AREA_CODES.index(AMBIGUOUS)  # hard cases are brought on purpose
        label = rng.choice(len(DECISIONS), CASES, p=[0.45, 0.40, 0.15])
        tempting = (label + rng.integers(1, len(DECISIONS), CASES)) % len(DECISIONS)
        ambiguous = area == AREA_CODES.index(AMBIGUOUS)
        base = np.where(ambiguous[:, None], AGREEING_AMBIGUOUS[role][None, :], AGREEING[role][None, :])
        agrees = rng.random(base.shape) < expit(
            np.log(base / (1 - base)) + rng.normal(0, 0.5, CASES)[:, None]
        )
        third = 3 - label - tempting  # the three labels are 0, 1 and 2
        slip = np.where(rng.random(base.shape) < 0.8, tempting[:, None], third[:, None])
        given = np.where(agrees, label[:, None], slip)
        case, rater = np.repeat(np.arange(CASES), len(raters)), np.tile(np.arange(len(raters)), CASES)
        at = (week * 7 + 2) * DAY + 14 * 3600.0 + 120 * case + rng.integers(0, 60, len(case))
        frames.append(
            pd.DataFrame(
                {
                    "calibration_id": f"{market.code}-c{number + 1:02d}",
                    "case_id": "r" + numbered(market.code, CASES, cases).take(case),
                    "rater_id": words(raters, rater),
                    "market": market.code,
                    "role": words(ROLES, role[rater]),
                    "policy_area": words(AREA_CODES, area[case]),
                    "label": words(DECISIONS, given.ravel()),
                    "reference_label": words(DECISIONS, label[case]),
                    "rated_at": utc(at, market.timezone),
                }
            )
        )
        cases += CASES
    return pd.concat(frames, ignore_index=True)
