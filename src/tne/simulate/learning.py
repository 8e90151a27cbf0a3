"""What did people know before, after and weeks after a training, and who took the tests?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from tne.simulate.audits import expit
from tne.simulate.calendar import DAY, utc
from tne.simulate.ids import numbered, stream, words
from tne.simulate.markets import AREA_CODES, AREAS
from tne.simulate.rollout import Rollout
from tne.simulate.world import World

TESTED = ("hateful-conduct-update", "minor-safety-refresher", "livestream-elearning")
ITEMS = 20
LATENT_GAIN = 0.6
FORGETTING = 0.13
DELAY_DAYS = 56
RETAKEN = 0.5  # share of weak first attempts that are repeated
OPTIONS = ("A", "B", "C", "D")
WRONG_KEY = 17  # this item's key is wrong: it discriminates the other way round
BAD_TRANSLATION = ("pt-BR", 6, 1.2)  # language, item, extra difficulty
WAVES = ("pre", "post", "delayed")


@dataclass(frozen=True, eq=False)
class Test:
    """The items of one programme: discrimination a, difficulty b, key and area, each of shape (items,)."""

    __test__ = False  # not for pytest

    programme_id: str
    a: np.ndarray
    b: np.ndarray
    key: np.ndarray
    area: np.ndarray

    @property
    def names(self) -> list[str]:
        """Ids of the items."""
        short = "".join(word[0] for word in self.programme_id.split("-"))
        return [f"{short}-{i + 1:02d}" for i in range(ITEMS)]

    def chance(self, ability: np.ndarray, language: str) -> np.ndarray:
        """Return the chance of a right answer, shape (people, items)."""
        b = self.b.copy()
        if language == BAD_TRANSLATION[0]:
            b[BAD_TRANSLATION[1]] += BAD_TRANSLATION[2]
        a = self.a.copy()
        a[WRONG_KEY] *= -0.5
        return expit(a[None, :] * (ability[:, None] - b[None, :]))


def test_of(seed: int, programme_id: str) -> Test:
    """Draw the items of a programme: a ~ lognormal(.1, .3), b ~ U(−2.5, .5), easy enough for a ceiling."""
    rng = stream(seed, programme_id, "items")
    own = {"hateful-conduct-update": "hateful_conduct", "minor-safety-refresher": "minor_safety"}
    area = rng.integers(0, len(AREAS), ITEMS)
    if programme_id in own:
        area[rng.random(ITEMS) < 0.7] = AREA_CODES.index(own[programme_id])
    return Test(
        programme_id,
        a=rng.lognormal(0.1, 0.3, ITEMS),
        b=rng.uniform(-2.5, 0.5, ITEMS),
        key=rng.integers(0, len(OPTIONS), ITEMS),
        area=area,
    )


def items_table(seed: int) -> pd.DataFrame:
    """Return the table ``items``: one form per programme, the same in all waves."""
    frames = []
    for programme_id in TESTED:
        test = test_of(seed, programme_id)
        frames.append(
            pd.DataFrame(
                {
                    "item_id": test.names,
                    "form": "A",
                    "programme_id": programme_id,
                    "policy_area": words(AREA_CODES, test.area),
                    "key": words(OPTIONS, test.key),
                    "max_score": 1.0,
                    "scale": f"{programme_id}-20",
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


def responses(w: World) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Return the rows of ``responses`` of one market, and what the tests should find."""
    frames, truth, start = [], {}, 0
    for programme_id in TESTED:
        rollout = w.rollout(programme_id)
        if not len(rollout.session_week):
            continue
        frame, found = _one(w, rollout, start)
        start += frame["attempt_id"].nunique()
        frames.append(frame)
        truth[programme_id] = found
    return (pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()), truth


def _one(w: World, rollout: Rollout, first: int) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Simulate all waves of one programme's test in one market."""
    everyone, programme = w.everyone, rollout.programme
    rng = stream(w.seed, w.market.code, programme.code, "test")
    test, language = test_of(w.seed, programme.code), w.market.language
    waiting = (rollout.arm == 1) & (programme.rollout == "randomised")
    taking = np.flatnonzero(rollout.trained | waiting)
    came = rollout.trained[taking] & ~waiting[taking]
    ability = everyone.ability[taking]
    spread = ability.std() if len(taking) > 1 else 1.0
    theta = 0.5 * (ability - ability.mean()) / max(spread, 1e-9) + np.sqrt(0.75) * rng.normal(
        size=len(taking)
    )
    # the waiting arm sits the same tests in the first arm's weeks and has learnt nothing yet
    start = np.where(
        came, np.append(rollout.session_start, np.nan)[rollout.session[taking]], rollout.session_start.min()
    )
    kept = (1 + DELAY_DAYS) ** -FORGETTING
    learnt = np.where(came, LATENT_GAIN + rollout.luck[taking], 0.0)
    level = {"pre": theta, "post": theta + learnt, "delayed": theta + kept * learnt}
    score: dict[str, np.ndarray] = {}
    for wave in WAVES:
        score[wave] = rng.random((len(taking), ITEMS)) < test.chance(level[wave], language)
    total = score["pre"].sum(axis=1)
    z = (total - total.mean()) / max(total.std(), 1e-9)
    stays = {"pre": np.ones(len(taking), dtype=bool)}
    stays["post"] = rng.random(len(taking)) < expit(1 + 1.2 * z)
    stays["delayed"] = stays["post"] & (rng.random(len(taking)) < expit(1 + 1.2 * z))
    day = {
        "pre": -rng.integers(3, 6, len(taking)),
        "post": rng.integers(1, 5, len(taking)),
        "delayed": DELAY_DAYS + rng.integers(0, 5, len(taking)),
    }
    jitter = rng.integers(-7200, 7200, len(taking))
    horizon = everyone.weeks * 7 * DAY
    at = {wave: start + day[wave] * DAY + jitter for wave in WAVES}
    stays = {wave: stays[wave] & (at[wave] < horizon) for wave in WAVES}
    weak = stays["post"] & (score["post"].sum(axis=1) < 0.6 * ITEMS) & (rng.random(len(taking)) < RETAKEN)
    again = rng.random((len(taking), ITEMS)) < test.chance(level["post"] + 0.3, language)
    sheets = [(wave, np.flatnonzero(stays[wave]), score[wave], at[wave]) for wave in WAVES]
    sheets.append(("post", np.flatnonzero(weak & (at["post"] + DAY < horizon)), again, at["post"] + DAY))
    person = np.concatenate([sat for _, sat, _, _ in sheets])
    right = np.concatenate([grid[sat] for _, sat, grid, _ in sheets])
    when = np.concatenate([moment[sat] for _, sat, _, moment in sheets])
    wave = np.concatenate([np.full(len(sat), WAVES.index(name)) for name, sat, _, _ in sheets])
    frame = _rows(w, rollout, test, rng, taking[person], right, when, wave, first)
    return frame, _expected(test, language, theta, level, came, score, stays)


def _rows(
    w: World,
    rollout: Rollout,
    test: Test,
    rng: np.random.Generator,
    person: np.ndarray,
    right: np.ndarray,
    when: np.ndarray,
    wave: np.ndarray,
    first: int,
) -> pd.DataFrame:
    count = len(person)
    wrong = (test.key[None, :] + rng.choice([1, 1, 1, 2, 2, 3], (count, ITEMS))) % len(OPTIONS)
    answer = np.where(right, test.key[None, :], wrong)
    attempt = numbered(f"{w.market.code}-t", count, first)
    sheet, item = np.repeat(np.arange(count), ITEMS), np.tile(np.arange(ITEMS), count)
    one = np.zeros(len(sheet), dtype=np.int8)
    return pd.DataFrame(
        {
            "attempt_id": attempt.take(sheet),
            "item_id": words(test.names, item),
            "moderator_id": words(w.everyone.ids, person[sheet]),
            "market": words([w.market.code], one),
            "programme_id": words([rollout.programme.code], one),
            "wave": words(WAVES, wave[sheet]),
            "form": words(["A"], one),
            "response": words(OPTIONS, answer.ravel()),
            "score": right.ravel().astype(float),
            "answered_at": utc(when, w.market.timezone)[sheet],
        }
    )


def _expected(
    test: Test,
    language: str,
    theta: np.ndarray,
    level: dict[str, np.ndarray],
    came: np.ndarray,
    score: dict[str, np.ndarray],
    stays: dict[str, np.ndarray],
) -> dict[str, Any]:
    """Return expected score gains of all trained, stayed or not, and what the completers' scores suggest."""
    if not came.any():
        return {"latent_gain": LATENT_GAIN, "trained": 0}
    mean = {wave: float(test.chance(level[wave][came], language).sum(axis=1).mean()) for wave in WAVES}
    both = came & stays["post"]
    naive = (
        float(score["post"][both].sum(1).mean() - score["pre"][came].sum(1).mean()) if both.any() else None
    )
    return {
        "latent_gain": LATENT_GAIN,
        "latent_gain_realised": round(float((level["post"] - theta)[came].mean()), 6),
        "retained_share": round(float((1 + DELAY_DAYS) ** -FORGETTING), 6),
        "score_gain_post": round(mean["post"] - mean["pre"], 6),
        "score_gain_delayed": round(mean["delayed"] - mean["pre"], 6),
        "completers_post_minus_all_pre": None if naive is None else round(naive, 6),
        "max_score": ITEMS,
        "trained": int(came.sum()),
        "stayed_post": int(both.sum()),
    }
