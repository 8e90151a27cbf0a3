"""A reader with a folder of reports and the canteen list: what do the published means of tests tell of a few people?"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd

import tne
from tests.attack.feasible import Reader, is_recovered
from tests.attack.folder import narrowest, numbers
from tne.measures.learning_people import TRAINED, roles

MIN_N = 10
WAVES = ("pre", "post", "delayed")
Weights = dict[tuple[int, str], float]  # by row of the people and wave


@dataclass(frozen=True)
class Mean:
    """A published mean, as the ends of a sum: of which scores of whom."""

    what: str
    weights: Weights
    low: float
    high: float
    printed: tuple[str, ...] = ()


def people(workspace: Path, programme: str, market: str) -> pd.DataFrame:
    """Who was trained and tested, and when, as colleagues know it; and their scores, which they do not."""
    frame = tne.open(workspace).scores(programme, market=market)
    month = frame["trained_at"].dt.strftime("%Y-%m").fillna("").to_numpy()
    # as docs/methods/gain.md says: trained between the tests, before there was a second one
    return frame.assign(month=month, between=roles(frame).eq(TRAINED)).reset_index(drop=True)


def means(folder: Path, frame: pd.DataFrame, programme: str, market: str) -> list[Mean]:
    """Return the published means of a programme's tests, each as precisely as any format of the folder has it."""
    rows = pd.read_csv(folder / "estimates.csv", dtype=str, keep_default_na=False)
    rows = rows.loc[rows["market"].eq(market) & rows["programme_id"].eq(programme) & rows["estimate"].ne("")]
    written = {report: numbers(folder, report, market) for report in ("assessment", "effectiveness")}
    out = []
    for what, readings in _asked(frame).items():
        report, measure, term, group = what
        told = rows.loc[
            rows["report"].eq(report)
            & rows["measure"].eq(measure)
            & rows["term"].eq(term)
            & rows["group"].eq(group)
        ]
        for weights, largest in readings if len(told) else ():
            n, true = _size(weights), _amount(frame, weights) / largest
            low, high = narrowest(told["estimate"].iloc[0], written[report], true / max(n, 1))
            if n and low - 1e-9 <= true / n <= high + 1e-9:  # else it is about other people
                printed = tuple(told[["estimate", "conf_low", "conf_high", "n"]].iloc[0])
                out.append(Mean(" ".join(what), weights, low * n * largest, high * n * largest, printed))
                break
    return out


def ungated(frame: pd.DataFrame, least: int = 1) -> list[Mean]:
    """Return what a tool without a gate prints: the same means unrounded, and gains by team, of `least` people each."""
    asked = {" ".join(what): readings for what, readings in _asked(frame).items()}
    both = frame["between"] & frame["pre"].notna()
    for team in sorted(frame["team"].dropna().unique()):
        asked[f"gain {team}"] = [_change(frame, both & frame["team"].eq(team), "post")]
    out = []
    for what, readings in asked.items():
        for at, (weights, _) in enumerate(readings):
            if _size(weights) >= least:
                amount = _amount(frame, weights)
                out.append(Mean(f"{what} {at}", weights, amount, amount))
    return out


def _asked(frame: pd.DataFrame) -> dict[tuple[str, str, str, str], list[tuple[Weights, float]]]:
    """By row of ``estimates.csv``: of which scores it may be the mean (all tested, the trained), and in which unit."""
    trained, everybody = frame["between"], frame["month"].notna()
    out: dict[tuple[str, str, str, str], list[tuple[Weights, float]]] = {}
    for wave in WAVES:
        most = float(frame[f"max_score_{wave}"].max())
        for mask in (trained, everybody):
            weights = {(who, wave): 1.0 for who in frame.index[mask & frame[wave].notna()]}
            out.setdefault(("assessment", "mean_share", wave, "all"), []).append((weights, most))
    both = trained & frame["pre"].notna()
    out["effectiveness", "gain", "delayed", "all"] = [_change(frame, both, "delayed")]
    out["effectiveness", "gain", "mean_change", "all"] = [_change(frame, both, "post")]
    for month in sorted(set(frame["month"]) - {""}):
        inside = both & frame["month"].eq(month)
        out["effectiveness", "gain", "mean_change", month] = [_change(frame, inside, "post")]
    return out


def _change(frame: pd.DataFrame, who: pd.Series, last: str) -> tuple[Weights, float]:
    pairs = frame.index[who & frame[last].notna()]
    return {(at, last): 1.0 for at in pairs} | {(at, "pre"): -1.0 for at in pairs}, 1.0


def _size(weights: Weights) -> int:
    return len({who for who, _ in weights})


def _amount(frame: pd.DataFrame, weights: Weights) -> float:
    return float(sum(weight * frame.loc[who, wave] for (who, wave), weight in weights.items()))


def recovered(frame: pd.DataFrame, told: list[Mean]) -> list[str]:
    """Return what is worked out about fewer than `MIN_N` people: their sum of a test, or their gain.

    People who took the same tests and stand in the same means can only be told together. By arithmetic alone, as in
    `releases`. Tried are all who stand together, all of a month, and by whom any two means differ.
    """
    taken = frame[list(WAVES)].notna()
    inside = [
        [tuple(mean.weights.get((who, wave), 0.0) for wave in WAVES) for mean in told] for who in frame.index
    ]
    known = zip(frame["month"], taken.to_numpy().tolist(), inside, strict=True)
    together = [(month, *row, *means) for month, row, means in known]
    atoms = {name: [at for at, own in enumerate(together) if own == name] for name in dict.fromkeys(together)}
    names = list(atoms)
    place = {(name, wave): at for at, (name, wave) in enumerate((n, w) for n in names for w in WAVES)}
    far = np.full(len(place), 1e4)
    reader = Reader(-far, far)
    for mean in told:
        parts = {place[together[who], wave]: weight for (who, wave), weight in mean.weights.items()}
        reader.learn(parts, mean.low, mean.high)
    found = []
    for who in _targets(frame, told, list(atoms.values())):
        few = sorted(who)
        for change in (("pre",), ("post",), ("delayed",), ("pre", "post"), ("pre", "delayed")):
            if not taken.loc[few, list(change)].all(axis=None):
                continue
            mine = {together[at] for at in few}
            parts = {
                place[name, wave]: 1.0 if wave == change[-1] else -1.0 for name in mine for wave in change
            }
            values = frame.loc[few, change[-1]] - (frame.loc[few, "pre"] if len(change) > 1 else 0)
            between = float(len(few) * frame[f"max_score_{change[-1]}"].max())
            if is_recovered(reader.interval(parts), float(values.sum()), len(few), between):
                found.append(f"{'-'.join(change)} of {len(few)} people")
    return found


def _targets(frame: pd.DataFrame, told: list[Mean], atoms: list[list[int]]) -> set[frozenset[int]]:
    """Sets of few people, each made of whole atoms: those of one mean, too, where it is of few."""
    people = [frozenset(who for who, _ in mean.weights) for mean in told]
    sets = {frozenset(atom) for atom in atoms} | set(people)
    sets |= {frozenset(mine) for mine in frame.groupby("month").groups.values()}
    sets |= {side for one, other in combinations(people, 2) for side in (one - other, other - one)}
    return {who for who in sets if 0 < len(who) < MIN_N}
