"""How much did ability rise between two waves, on one scale whatever the test's ceiling?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from tne.checks import require_choice, require_level_of_confidence
from tne.measures.irt_fit import MODELS, Fit
from tne.measures.irt_gain_checks import gain_checks
from tne.measures.irt_gain_table import gain_table, population_table
from tne.measures.irt_joint import JointFit, fit_waves
from tne.measures.irt_responses import Responses
from tne.measures.irt_start import calibrate
from tne.measures.irt_table import item_table, wide
from tne.measures.irt_two_frames import TwoWaves, two_waves
from tne.measures.pooling import adjust_p
from tne.result import Estimate, Estimates, Result

FEWEST_PER_WAVE = 20
FEWEST_PEOPLE = {"Rasch": 20, "1PL": 20, "2PL": 50}
FEWEST_ITEMS = 3


@dataclass(frozen=True, kw_only=True, eq=False)
class LatentGain(Result):
    """Gains in ability between two waves.

    Parameters
    ----------
    model : str
    reference : object
        Group whose wave before has mean 0 and SD 1; its unit is that of every gain.
    log_likelihood : float
    table : DataFrame
        What ``.to_frame()`` returns: key ``group``, terms ``latent_gain`` and, for each group but the reference,
        ``latent_gain_difference``.
    populations : DataFrame
        group, wave, n_people, mean, mean_se, sd, sd_se of ability.
    items : DataFrame
        item, n, discrimination, discrimination_se, difficulty, difficulty_se, note.
    anchors : DataFrame
        item, shift (of difficulty, positive = harder after), statistic, p_value, p_adjusted, flagged.
    note : str
        Why nothing was fitted.
    """

    model: str
    reference: object
    log_likelihood: float
    table: pd.DataFrame = field(repr=False)
    populations: pd.DataFrame = field(repr=False)
    items: pd.DataFrame = field(repr=False)
    anchors: pd.DataFrame = field(repr=False)
    note: str = ""

    def to_frame(self) -> pd.DataFrame:
        return self.table.copy()

    def get(self, **where: Any) -> Estimate:
        """Return the one estimate that matches, as in ``get(group="DE", term="latent_gain")``."""
        return Estimates(table=self.table, keys=("group",)).get(**where)


def latent_gain(
    pre: pd.DataFrame,
    post: pd.DataFrame,
    *,
    model: str = "2PL",
    group: str | None = None,
    reference: object = None,
    anchors: Sequence[object] | None = None,
    conf_level: float = 0.95,
) -> LatentGain:
    """Gain in mean ability between two waves that share items, per group, on one scale.

    Parameters
    ----------
    pre, post : DataFrame, people × items
        0 wrong, 1 right, missing = not presented. The index names the people (the same label is the same person), the
        column the item (the same name is the same item). Waves may have items of their own.
    model : {"Rasch", "1PL", "2PL"}
        See `irt`. "Rasch" fixes the slopes at 1, in which case the SD of the reference is taken to be 1, too.
    group : str, optional
        Column of both frames; a gain for each group and its difference from the reference's.
    reference : object, optional
        The group that gives the unit; the first in sorted order by default.
    anchors : sequence, optional
        Items taken to be equally hard in both waves; by default all that both have. Others count as two items.
    conf_level : float

    Returns
    -------
    LatentGain
        Gains in SD of the reference group before; checks ``few_people, anchors, anchor_drift, unestimated_items,
        missing_answers, ceiling, floor, attrition, convergence``. A group with fewer than 20 people in a wave, or with
        every answer right or wrong in one, has NaN with a note and is left out of the calibration.

    Raises
    ------
    ValueError
        If no item is in both waves, a score is not 0 or 1, a person is in two groups, or the reference is too small.

    Notes
    -----
    Items have the same slope and difficulty in both waves and all groups; a person's two abilities are bivariate normal
    with means, SDs and correlation of the group. All are estimated at once, by marginal maximum likelihood. The gain is
    ``mean after − mean before``; standard errors are clustered by person (sandwich). Unlike `normalized_gain` it does
    not depend on how far a group stood from the ceiling. It cannot tell learning from remembering the items, nor from
    all items becoming easier; and without people who were not trained it is not an effect.

    References
    ----------
    Andersen (1985), Estimating latent correlations between repeated testings, Psychometrika 50:3-16.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> theta = rng.normal(size=(300, 1))
    >>> before, after = (pd.DataFrame(rng.random((300, 8)) < 1 / (1 + np.exp(-theta - x))) for x in (0, 0.5))
    >>> latent_gain(before, after, model="1PL").get(term="latent_gain").conf_low > 0
    True
    """
    require_choice(model, MODELS, "model")
    require_level_of_confidence(conf_level)
    waves = two_waves(pre, post, group, anchors)
    notes = _group_notes(waves)
    kept = [name for name, note in notes.items() if not note]
    if reference is not None:
        if reference not in notes:
            raise ValueError(
                f"`reference` {reference!r} is no group. There are {', '.join(map(str, notes))}."
            )
        if notes[reference]:
            raise ValueError(f"`reference` {reference!r}: {notes[reference]}. Choose another group.")
        kept = [reference, *(name for name in kept if name != reference)]
    whole = waves.stacked
    inside = np.isin(waves.group.astype(str), [str(name) for name in kept])
    both = np.r_[inside, inside]
    answers = Responses(whole.correct[both], whole.answered[both], whole.items, whole.index[both])
    reasons = set(notes.values())
    note = reasons.pop() if not kept and len(reasons) == 1 else _too_little(waves, inside, answers, model)
    start = found = tried = None
    if not note:
        usable = answers.usable
        groups = [waves.of(name, usable) for name in kept]
        start, people = calibrate(groups, model)
        tried = fit_waves(groups, start, people, waves.anchored[usable])
        found, note = (tried, "") if tried.converged else (None, "the search found no maximum")
    reference = kept[0] if kept else None
    items = _item_table(waves, answers, start, found, model, note, conf_level)
    drift = _anchor_table(answers, waves.anchored, found)
    held = [] if start is None else _held(answers, start)
    return LatentGain(
        model=model,
        reference=reference,
        log_likelihood=math.nan if found is None else found.log_likelihood,
        table=gain_table(waves, notes, kept, found, note, model, conf_level),
        populations=population_table(waves, kept, found),
        items=items,
        anchors=drift,
        note=note,
        checks=gain_checks(waves, answers, model, drift, tried, held),
    )


def _group_notes(waves: TwoWaves) -> dict[object, str]:
    """Return the groups in sorted order, each with why it has no gain, "" where it may have one."""
    first, last = waves.came
    usable = waves.stacked.usable
    notes = {}
    for name in sorted(set(waves.group), key=lambda g: (str(type(g)), g)):
        here = waves.group == name
        least = min(int((first & here).sum()), int((last & here).sum()))
        few = f"{least} people answered in the smaller wave; {FEWEST_PER_WAVE} are needed"
        notes[name] = few if least < FEWEST_PER_WAVE else _one_way(waves, here, usable)
    return notes


def _one_way(waves: TwoWaves, here: np.ndarray, usable: np.ndarray) -> str:
    """Return which wave of a group has every answer right or wrong, so that its mean has no finite estimate."""
    for wave, when in zip(waves.waves, ("before", "after"), strict=True):
        right, answered = (part[np.ix_(here, usable)].sum() for part in (wave.correct, wave.answered))
        if answered and right in (0, answered):
            how = "wrong" if right == 0 else "right"
            return f"everyone has every answer {how} in the wave {when}: the gain has no finite estimate"
    return ""


def _too_little(waves: TwoWaves, inside: np.ndarray, answers: Responses, model: str) -> str:
    first, last = waves.came
    people, items = int(((first | last) & inside).sum()), int(answers.usable.sum())
    if people < FEWEST_PEOPLE[model]:
        return f"{people} people in groups that are large enough; the {model} needs at least {FEWEST_PEOPLE[model]}"
    if items < FEWEST_ITEMS:
        return f"{items} items with right and wrong answers; at least {FEWEST_ITEMS} are needed"
    if not (waves.anchored & answers.usable).any():
        return "no item of both waves has right and wrong answers, so nothing ties the waves to one scale"
    return ""


def _held(answers: Responses, start: Fit) -> list[str]:
    usable = [item for item, use in zip(answers.items, answers.usable, strict=True) if use]
    return [str(item) for item, flag in zip(usable, start.runaway, strict=True) if flag]


def _item_table(
    waves: TwoWaves,
    answers: Responses,
    start: Fit | None,
    found: JointFit | None,
    model: str,
    note: str,
    conf_level: float,
) -> pd.DataFrame:
    fit = None
    if start is not None and found is not None:
        size = 2 * len(found.slopes)
        covariance = found.covariance[:size, :size]
        fit = replace(start, slopes=found.slopes, intercepts=found.intercepts, covariance=covariance)
    return wide(item_table(answers, fit, model, note, conf_level, "the reference group before"))


def _anchor_table(answers: Responses, anchored: np.ndarray, found: JointFit | None) -> pd.DataFrame:
    """Return how far each common item's difficulty moved, with a test adjusted for their number."""
    at = anchored[answers.usable] if found is not None else np.empty(0, dtype=bool)
    usable = [item for item, use in zip(answers.items, answers.usable, strict=True) if use]
    names = [item for item, flag in zip(usable, at, strict=True) if flag] if found is not None else []
    shift = statistic = np.empty(0)
    if found is not None:
        harder = -np.sign(
            found.slopes
        )  # a higher intercept is a lower difficulty where the slope is positive
        shift, statistic = (-found.drift / found.slopes)[at], (harder * found.drift_statistic)[at]
    table = pd.DataFrame({"item": names, "shift": shift, "statistic": statistic})
    table = adjust_p(table.assign(p_value=2 * stats.norm.sf(np.abs(table["statistic"].astype(float)))))
    return table.assign(flagged=table["p_adjusted"] < 0.05)
