"""Is a question harder in this market's language than for people elsewhere who know as much?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import special, stats

from tne.checks import require_columns
from tne.measures.dif import differential_item_functioning
from tne.result import ESTIMATE_COLUMNS, Result

ETS = 2.35  # log odds to the delta scale of the Educational Testing Service
NEEDED = 20  # people in a group
ELSEWHERE = 0.7  # share right elsewhere at which differences are translated into shares
POWER = 0.8
STATES = ("tested", "few_here", "few_elsewhere", "alone", "not_scored")


@dataclass(frozen=True, kw_only=True, eq=False)
class Fairness(Result):
    """What the comparison with other languages (or markets) found.

    Parameters
    ----------
    state : {"tested", "few_here", "few_elsewhere", "alone", "not_scored"}
        Whether anything could be compared, else why not.
    by : {"language", "market"}
        What was compared: languages where the markets speak several, else markets.
    own : str
        This market's language (primary subtag) or code.
    n_own, n_elsewhere : int
        People compared.
    table : DataFrame
        One row per question: ``item, flagged, direction`` ("harder", "easier", ""), the estimate columns in ETS delta
        (below 0: harder here), ``p_adjusted, ets_class``, and ``share``, ``share_low``, ``share_high``: how many get
        it right here where 70 % of equally able people elsewhere do.
    detectable : float
        A question that 70 % get right elsewhere must be right for no more than this share here to be found in 80 of
        100 tests like this one; NaN where nothing was tested.
    """

    state: str
    by: str
    own: str
    n_own: int
    n_elsewhere: int
    table: pd.DataFrame
    detectable: float

    def to_frame(self) -> pd.DataFrame:
        return self.table.copy()

    def __str__(self) -> str:
        if self.state != "tested":
            return f"Not compared by {self.by}: {self.state}."
        found = self.table.loc[self.table["flagged"]]
        named = ", ".join(f"{row.item} ({row.direction})" for row in found.itertuples())
        return (
            f"{len(found)} of {len(self.table)} questions work differently in {self.own}: {named or 'none'}."
        )


def language_fairness(responses: pd.DataFrame, *, market: str, conf_level: float = 0.95) -> Fairness:
    """Compare one market's language with all the others, question by question, at equal sums of the others.

    Parameters
    ----------
    responses : DataFrame, one row per person and question
        Of all markets: columns moderator_id, market, language, item_id, score. One form, one wave, one attempt each.
    market : str
    conf_level : float

    Returns
    -------
    Fairness

    Raises
    ------
    KeyError
        If a column is missing.

    Notes
    -----
    Mantel-Haenszel on the sum of the questions that are not flagged, BH-adjusted. Flagged here means: adjusted p below
    ``1 − conf_level`` and of a size that counts (class B or C of the Educational Testing Service), and no other
    language stands out more in the other direction, which would make this one look easier or harder only because it
    is compared with that one. Markets are compared where all speak one language, or where languages are not known.
    It does not say why a question is harder: read it with somebody who knows the language.

    References
    ----------
    Holland and Thayer (1988), in Test Validity, 129-145. Zwick (2012), ETS Research Report 12-08.

    Examples
    --------
    >>> right = np.arange(80)[:, None] % np.array([2, 3, 4, 5]) > 0
    >>> long = pd.DataFrame(right.astype(float)).melt(ignore_index=False, var_name="item_id", value_name="score")
    >>> long = long.rename_axis("moderator_id").reset_index().assign(language="de", market="DE")
    >>> language_fairness(long, market="DE").state
    'alone'
    """
    require_columns(responses, ["moderator_id", "market", "language", "item_id", "score"], "responses")
    spoken = responses["language"].astype("object")
    spoken = spoken.map({tag: _primary(tag) for tag in spoken.dropna().unique()})
    by = "language" if spoken.notna().all() and len(set(spoken)) > 1 else "market"
    group = spoken if by == "language" else responses["market"].astype("object")
    mine = group.loc[responses["market"].eq(market).to_numpy()]
    own = str(mine.iloc[0]) if len(mine) else market
    one = responses[["moderator_id"]].assign(group=group.to_numpy()).drop_duplicates("moderator_id")
    people = pd.Series(one["group"].to_numpy(), index=one["moderator_id"].to_numpy())
    here, elsewhere = int((people == own).sum()), int((people != own).sum())
    state = (
        "alone"
        if elsewhere == 0
        else "few_here"
        if here < NEEDED
        else "few_elsewhere"
        if elsewhere < NEEDED
        else ""
    )
    wide = responses.pivot(index="moderator_id", columns="item_id", values="score")  # noqa: PD010
    wide.columns = [str(name) for name in wide.columns]
    binary = [
        name for name in wide if wide[name].dropna().isin([0.0, 1.0]).all() and wide[name].notna().any()
    ]
    if not state and len(binary) < 2:
        state = "not_scored"
    about: dict[str, Any] = {"by": by, "own": own, "n_own": here, "n_elsewhere": elsewhere}
    if state:
        empty = pd.DataFrame(columns=["item", "flagged", "direction", *ESTIMATE_COLUMNS])
        return Fairness(state=state, table=empty, detectable=math.nan, **about)
    member = people.reindex(wide.index)
    table = _against_rest(wide[binary], member, own, conf_level)
    for name in table.loc[table["flagged"], "item"]:
        if _stands_out_more(wide[binary], member, own, name, conf_level):
            table.loc[table["item"].eq(name), "flagged"] = False
    table["direction"] = np.where(table["flagged"], np.where(table["estimate"] < 0, "harder", "easier"), "")
    for column, source in (("share", "estimate"), ("share_low", "conf_low"), ("share_high", "conf_high")):
        table[column] = special.expit(special.logit(ELSEWHERE) + table[source].to_numpy(dtype=float) / ETS)
    return Fairness(state="tested", table=table, detectable=_detectable(table, conf_level), **about)


def _against_rest(wide: pd.DataFrame, member: pd.Series, own: str, conf_level: float) -> pd.DataFrame:
    """Test one group against all others together."""
    frame = wide.assign(compared_group=np.where(member == own, "here", "elsewhere"))
    found = differential_item_functioning(
        frame,
        group="compared_group",
        method="mantel_haenszel",
        reference="elsewhere",
        purify=True,
        conf_level=conf_level,
    )
    table = found.to_frame()
    table["flagged"] = table["flagged"] & table["ets_class"].isin(["B", "C"])
    return table


def _stands_out_more(wide: pd.DataFrame, member: pd.Series, own: str, item: str, conf_level: float) -> bool:
    """Whether another group differs on this question the other way round, and more surely."""

    def distance(group: str) -> float:
        row = _against_rest(wide, member, group, conf_level).set_index("item").loc[item]
        return float(row["estimate"] / row["std_error"])

    mine = distance(own)
    sizes = member.value_counts()
    others = [distance(name) for name in sizes.index if name != own and sizes[name] >= NEEDED]
    return any(
        np.sign(other) != np.sign(mine) and abs(other) > abs(mine) for other in others if np.isfinite(other)
    )


def _detectable(table: pd.DataFrame, conf_level: float) -> float:
    """Smallest share that one bad question would need, at the usual error and the strictest adjusted level."""
    error = float(table["std_error"].median()) / ETS
    tests = max(int(table["p_value"].notna().sum()), 1)
    reach = stats.norm.ppf(1 - (1 - conf_level) / 2 / tests) + stats.norm.ppf(POWER)
    return float(special.expit(special.logit(ELSEWHERE) - reach * error))


def _primary(tag: object) -> str:
    return str(tag).replace("_", "-").split("-")[0].lower()
