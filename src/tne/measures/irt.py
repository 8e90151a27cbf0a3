"""How hard is each item, how well does it tell people apart, and how able is each person?"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from numbers import Integral

import numpy as np
import pandas as pd

from tne.checks import require_choice, require_level_of_confidence
from tne.measures.irt_abilities import KINDS, NO_ANSWER, abilities, information
from tne.measures.irt_checks import model_checks
from tne.measures.irt_fit import MODELS, Fit, fit_model
from tne.measures.irt_ratio import likelihood_ratio
from tne.measures.irt_responses import Patterns, Responses, patterns, responses
from tne.measures.irt_table import item_table, wide
from tne.result import Estimate, Result

FEWEST_PEOPLE = {"Rasch": 20, "1PL": 20, "2PL": 50}
FEWEST_ITEMS = {"Rasch": 1, "1PL": 2, "2PL": 3}
LTM_POINTS, LTM_ITEMS = 21, 20  # as R's ltm, for tests that do not place people more narrowly than that


@dataclass(frozen=True, kw_only=True, eq=False)
class ItemResponse(Result):
    """An item response model: items, people, and how well they are measured.

    Parameters
    ----------
    model : str
        ``"Rasch"``, ``"1PL"`` or ``"2PL"``.
    log_likelihood : float
        Marginal log-likelihood of all answers to the items that could be estimated; NaN where nothing was fitted.
    n_parameters : int
    n_people : int
        People with at least one answer that entered.
    reliability : float
        Marginal reliability of the EAP abilities, var(EAP) / (var(EAP) + mean posterior variance); NaN where
        nothing was fitted.
    table : DataFrame
        What ``.to_frame()`` returns: keys ``item``, terms ``discrimination`` and ``difficulty``.
    items : DataFrame
        One row per item: item, n, discrimination, discrimination_se, difficulty, difficulty_se, note.
    note : str
        Why nothing was fitted, or which items the log-likelihood leaves out.
    """

    model: str
    log_likelihood: float
    n_parameters: int
    n_people: int
    reliability: float
    table: pd.DataFrame
    items: pd.DataFrame
    note: str = ""
    answers: Responses = field(repr=False)
    data: Patterns | None = field(default=None, repr=False)
    fit: Fit | None = field(default=None, repr=False)

    @property
    def aic(self) -> float:
        """Akaike's criterion: 2 · parameters − 2 · log-likelihood."""
        return 2 * self.n_parameters - 2 * self.log_likelihood

    @property
    def bic(self) -> float:
        """Schwarz's criterion: log(people) · parameters − 2 · log-likelihood."""
        return math.log(max(self.n_people, 1)) * self.n_parameters - 2 * self.log_likelihood

    def to_frame(self) -> pd.DataFrame:
        return self.table.copy()

    def __str__(self) -> str:
        if self.fit is None:
            return f"{self.model}: – ({self.note})"
        told = (
            f"{self.model} on {self.fit.slopes.size} items and {self.n_people} people: log-likelihood "
            f"{self.log_likelihood:.2f} with {self.n_parameters} parameters, reliability {self.reliability:.2f}"
        )
        return told + (f". {self.note}" if self.note else "")

    def abilities(self, *, kind: str = "EAP") -> pd.DataFrame:
        """Return one row per person: the index as column(s), ability, std_error, n_answers, note.

        Parameters
        ----------
        kind : {"EAP", "WLE", "ML"}
            Mean of the posterior with its SD (shrunken to the mean; defined for perfect scores), Warm's weighted
            likelihood (nearly unbiased, finite for perfect scores), or maximum likelihood (NaN with a note for
            perfect scores). The last two have the standard error 1/√information. In SD of ability.
        """
        require_choice(kind, KINDS, "kind")
        count = len(self.answers.index)
        ability, error = np.full(count, np.nan), np.full(count, np.nan)
        note = np.full(count, self.note if self.fit is None else NO_ANSWER, dtype=object)
        if self.fit is not None and self.data is not None:
            rule = (self.fit.nodes, self.fit.weights)
            found = abilities(self.data, self.fit.slopes, self.fit.intercepts, rule, kind)
            ability, error, note = (part[self.data.of_person] for part in found)
        index = self.answers.index
        people = index.to_frame(index=False)
        if index.nlevels == 1:
            people.columns = [index.name if index.name is not None else "moderator_id"]
        return people.assign(
            ability=ability,
            std_error=error,
            n_answers=self.answers.answered[:, self.answers.usable].sum(axis=1).astype(int),
            note=note,
        )

    def information(self, theta: np.ndarray | None = None) -> pd.DataFrame:
        """Return theta, information and std_error (of measurement, 1/√information) of the whole test.

        `theta` defaults to −4 to 4 in steps of 0.1, in SD of ability; nothing fitted gives NaN.
        """
        at = np.arange(-40, 41) / 10 if theta is None else np.atleast_1d(np.asarray(theta, dtype=float))
        known = np.full(at.shape, np.nan)
        if self.fit is not None:
            known = information(at, self.fit.slopes, self.fit.intercepts)
        error = np.divide(1, np.sqrt(known), out=np.full(at.shape, np.nan), where=known > 0)
        return pd.DataFrame({"theta": at, "information": known, "std_error": error})

    def compare(self, other: ItemResponse) -> Estimate:
        """Return the likelihood-ratio test of two nested models of the same answers.

        Raises
        ------
        ValueError
            If both are the same model, or the answers or the quadrature differ.
        """
        return likelihood_ratio(self, other)


def irt(
    item_scores: pd.DataFrame,
    *,
    model: str,
    quadrature_points: int | str | None = None,
    conf_level: float = 0.95,
) -> ItemResponse:
    """Item response model for right and wrong answers, by marginal maximum likelihood.

    Parameters
    ----------
    item_scores : DataFrame, people × items
        0 wrong, 1 right, missing = not presented (ignored). The index names the people.
    model : {"Rasch", "1PL", "2PL"}
        All slopes 1; one common slope, estimated; a slope for each item. Ability is standard normal in each, so
        "Rasch" also fixes how far people differ: the usual Rasch model, with that spread free, is "1PL" in other units.
    quadrature_points : int or "exact", optional
        Gauss-Hermite points of the integral over ability, or ``"exact"`` for a grid that is exact to rounding. None
        takes 21 points, as R's ltm, for up to 20 items, and the grid for longer tests, where 21 are too few.
    conf_level : float

    Returns
    -------
    ItemResponse
        With ``.items``, ``.abilities()``, ``.information()``, ``.compare(other)``, ``.log_likelihood``,
        ``.reliability``; checks ``few_people, unestimated_items, missing_answers, ceiling, floor, convergence,
        discrimination, equal_slopes, local_dependence``. An item that everyone got right or wrong is NaN with a note
        and left out. Fewer than 20 people (2PL: 50), or too few items (1PL 2, 2PL 3), give NaN with a note.

    Raises
    ------
    ValueError
        If an item has scores other than 0 and 1, or a person two rows.

    Notes
    -----
    P(right) = 1 / (1 + exp(−a (θ − b))), θ ~ N(0, 1): a is the discrimination, b the difficulty in SD of ability. The
    likelihood is maximised over (a, −a b) by Newton's method with exact second derivatives; standard errors come from
    the observed information, that of b by the delta method. They say how items behave for these people and this key,
    not whether the items measure what was taught. A difficulty far outside the people's range is hardly known.

    References
    ----------
    Bock and Aitkin (1981), Marginal maximum likelihood estimation of item parameters, Psychometrika 46:443-459.

    Examples
    --------
    >>> answers = pd.DataFrame({"q1": [1, 1, 0] * 20, "q2": [1, 0, 0] * 20, "q3": [1, 0, 1] * 20})
    >>> irt(answers, model="Rasch").items["difficulty"].round(2).tolist()
    [-0.85, 0.83, -0.85]
    """
    require_choice(model, MODELS, "model")
    require_level_of_confidence(conf_level)
    if isinstance(quadrature_points, str):
        require_choice(quadrature_points, ("exact",), "quadrature_points")
    elif quadrature_points is not None and not (
        isinstance(quadrature_points, Integral) and 5 <= quadrature_points <= 200
    ):
        raise ValueError(
            f'`quadrature_points` is {quadrature_points}. Give a whole number from 5 to 200, or "exact".'
        )
    answers = responses(item_scores)
    if quadrature_points is None:
        quadrature_points = LTM_POINTS if len(answers.items) <= LTM_ITEMS else "exact"
    note, left_out = too_little(answers, model), int((~answers.usable).sum())
    data = found = None
    if not note:
        data = patterns(answers.correct[:, answers.usable], answers.answered[:, answers.usable])
        found = fit_model(data, model, None if isinstance(quadrature_points, str) else quadrature_points)
        if left_out:
            note = f"The log-likelihood leaves out {left_out} of {len(answers.items)} items that cannot be estimated."
    table = item_table(answers, found, model, note if found is None else "", conf_level, "these people")
    return ItemResponse(
        model=model,
        log_likelihood=math.nan if found is None else found.log_likelihood,
        n_parameters=0 if found is None else found.n_parameters,
        n_people=answers.n_people,
        reliability=math.nan if data is None or found is None else _reliability(data, found),
        table=table,
        items=wide(table),
        note=note,
        answers=answers,
        data=data,
        fit=found,
        checks=model_checks(answers, data, found, model),
    )


def too_little(answers: Responses, model: str) -> str:
    """Return why `model` cannot be fitted to so few people or items, "" where it can."""
    people, items = answers.n_people, int(answers.usable.sum())
    if people < FEWEST_PEOPLE[model]:
        return f"{people} people with usable answers; the {model} needs at least {FEWEST_PEOPLE[model]}"
    if items < FEWEST_ITEMS[model]:
        return f"{items} items with right and wrong answers; the {model} needs at least {FEWEST_ITEMS[model]}"
    return ""


def _reliability(data: Patterns, found: Fit) -> float:
    rule = (found.nodes, found.weights)
    ability, error, note = abilities(data, found.slopes, found.intercepts, rule, "EAP")
    known = note == ""
    c, ability, error = data.counts[known], ability[known], error[known]
    total = c.sum()
    between = c @ (ability - (c @ ability) / total) ** 2 / (total - 1)
    return float(between / (between + (c @ error**2) / total))
