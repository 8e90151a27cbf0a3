"""Planted causes of disagreement: an unclear text, moderators who need training, areas with no problem."""

import numpy as np
import pandas as pd
import pytest

import tne
from tne.report.calibration_areas import ALIKE, FOUND, TEXT, TRAIN

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("calibration_recovery")]
LABELS = np.array(["keep", "restrict", "remove"])
# area -> chance of the right label among experts and moderators
PLANTED = {"unclear": (0.60, 0.58), "untrained": (0.95, 0.66), "fine": (0.96, 0.95), "usual": (0.93, 0.90)}
EXPERTS, MODERATORS, SEEDS = 4, 6, 20


def rated(rng, cases):
    """A market's ratings: in every area the same people rate the same cases."""
    frames = []
    for area, chances in PLANTED.items():
        right = rng.integers(0, 3, cases)
        chance = np.repeat(chances, [EXPERTS, MODERATORS])
        hard = rng.normal(0, 0.5, cases)[:, None]
        hit = rng.random((cases, len(chance))) < 1 / (1 + np.exp(-np.log(chance / (1 - chance)) - hard))
        label = np.where(hit, right[:, None], (right[:, None] + rng.integers(1, 3, hit.shape)) % 3)
        case, who = np.indices(hit.shape)
        frames.append(
            pd.DataFrame(
                {"policy_area": area, "calibration_id": "c", "case_id": [f"{area}{i}" for i in case.ravel()],
                 "rater_id": who.ravel(), "label": LABELS[label.ravel()],
                 "group": np.where(who.ravel() < EXPERTS, "expert", "moderator")}
            )
        )  # fmt: skip
    return pd.concat(frames, ignore_index=True)


@pytest.fixture(scope="module")
def states():
    """Share of seeds in each state, by number of cases and area."""
    voice = tne.say.voice({"market": "DE", "name": "x", "language": "en"}, report="calibration")
    found = {}
    for cases in (60, 25):
        for seed in range(SEEDS):
            ratings = rated(np.random.default_rng([cases, seed]), cases)
            estimates = tne.agreement_by(ratings, by=("policy_area", "group"))
            for item in tne.say.area_agreement(voice, estimates, ratings, goal=0.6):
                found.setdefault((cases, item.area), []).append(item.state)
    return {key: pd.Series(values).value_counts(normalize=True).to_dict() for key, values in found.items()}


def test_with_sixty_cases_the_cause_is_found(states):
    assert states[60, "unclear"].get(TEXT, 0) >= 0.9
    assert states[60, "untrained"].get(TRAIN, 0) >= 0.9
    assert states[60, "fine"].get(ALIKE, 0) >= 0.9


@pytest.mark.parametrize("cases", [60, 25])
def test_a_wrong_cause_is_hardly_ever_named(states, cases):
    limit = 0.05 + 3 * np.sqrt(0.05 * 0.95 / SEEDS)
    assert states[cases, "untrained"].get(TEXT, 0) <= limit
    assert states[cases, "unclear"].get(TRAIN, 0) + states[cases, "unclear"].get(ALIKE, 0) <= limit
    for area in ("fine", "usual"):
        assert sum(states[cases, area].get(state, 0) for state in FOUND) <= limit
