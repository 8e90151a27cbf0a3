"""What is said of one programme in one market: effect, grade, decision, and what they rest on?"""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from tne.measures.decision import Decision, Guardrail
from tne.measures.evidence import Grade
from tne.result import Estimate, Estimates, Result


@dataclass(frozen=True, kw_only=True, eq=False)
class ProgrammeEffect(Result):
    """The effect of one programme on audited accuracy in one market, with its grade and what to do.

    Parameters
    ----------
    programme_id, title : str
    design : str
        Design that the roll-out allows; see `tne.measures.evidence.grade`.
    effect : Estimate
        Effect in percentage points of sampling-weighted accuracy, for these sessions ("realised").
    transferable : Estimate
        The same with sessions as a sample; NaN with a note where there are too few.
    event_study : Estimates or None
        Weekly effects, keyed by event_time.
    naive : Estimate or None
        Before/after change of the trained alone: what must not be read as an effect. Given where people were selected,
        and where nobody can be compared: then it is all that can be said.
    regression_to_mean : float
        Part of the naive change expected without training, in points.
    n_trained, n_comparison : float
        People.
    grade : Grade
    decision : Decision
    guardrails : tuple of Guardrail
    minimum_effect : float
        Frozen minimum effect in points; NaN if none.
    planned : bool
        Whether measure, window and minimum effect were frozen before the start.
    plan_hash : str
    window : tuple of float
        First and last period of the outcome window.
    robustness : Estimates or None
        The effect otherwise where a check gives reason, keyed by ``variant``: ``common_case_mix`` (at one mix of queues
        and policy areas), ``as_audited`` (the mix as it was, where it shifted with the training, so that the effect
        is at the common mix), ``no_other_programme`` (without the weeks after another programme).
    """

    programme_id: str
    title: str
    design: str
    effect: Estimate
    transferable: Estimate
    event_study: Estimates | None
    naive: Estimate | None
    regression_to_mean: float
    n_trained: float
    n_comparison: float
    grade: Grade
    decision: Decision
    guardrails: tuple[Guardrail, ...] = ()
    minimum_effect: float = math.nan
    planned: bool = False
    plan_hash: str = ""
    window: tuple[float, float] = (math.nan, math.nan)
    robustness: Estimates | None = None

    def to_frame(self) -> pd.DataFrame:
        frame = Estimates(
            table=pd.DataFrame(
                [
                    self.effect.as_row() | {"truth": "realised"},
                    self.transferable.as_row() | {"truth": "transferable"},
                ]
            ),
            keys=("truth",),
        ).to_frame()
        frame.insert(0, "programme_id", self.programme_id)
        return frame

    def __str__(self) -> str:
        return f"{self.title}: {self.effect} {self.grade} {self.decision}"
