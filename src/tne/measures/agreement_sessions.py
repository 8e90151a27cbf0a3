"""Do raters agree more from session to session?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import pandas as pd

from tne.checks import require_choice, require_columns, require_level_of_confidence, require_no_missing
from tne.measures.agreement_inference import ALL_AGREE, NO_CHANGE, described, join_notes
from tne.measures.agreement_parts import COEFFICIENTS, Parts, Rated, agreement_parts
from tne.measures.agreement_rows import Scale, codes_of, rated, scale_of
from tne.measures.inference import inference
from tne.result import Check, Estimates

__all__ = ["agreement_drift"]


def agreement_drift(
    ratings: pd.DataFrame,
    *,
    session: str = "calibration_id",
    by: str | Sequence[str] | None = None,
    coefficient: str = "gwet_ac1",
    case: str = "case_id",
    rater: str = "rater_id",
    label: str = "label",
    time: str | None = "rated_at",
    level_of_measurement: str = "nominal",
    weights: Any = None,
    categories: Sequence[Any] | None = None,
    conf_level: float = 0.95,
) -> Estimates:
    """Measure how agreement changed from the first session to the last, and per session.

    Parameters
    ----------
    ratings : DataFrame
        One row per rating.
    session : str
        Column; sessions stand in the order of their first `time`, or of their values where `time` is absent.
    by : str or sequence of str, optional
        Groups such as ``"role"``, each with a drift of its own.
    coefficient, level_of_measurement, weights, categories
        As in `agreement`; the categories are the same for all sessions.
    case, rater, label : str
    time : str, optional
    conf_level : float

    Returns
    -------
    Estimates
        Keys: the `by` columns. Terms ``change`` (last minus first session), ``trend`` (per session, the straight line
        through all), ``first`` and ``last``. `n` counts the cases of the sessions that enter, each once however often
        it came back; `n_people` the raters of the session with fewest. Checks ``few_sessions, comparable`` (cases
        rated in more than one session), ``repeated_people``.

    Raises
    ------
    KeyError, TypeError, ValueError
        As `agreement`; also where a session, case, rater or `by` is missing.

    Notes
    -----
    Sessions have different cases: agreement may change because cases did. Only cases that come back, or a random draw
    from the same queue, show that people changed. Errors are linearised; a case that comes back counts as one unit, so
    that its sessions may vary together. Degrees of freedom are Satterthwaite's. `trend` describes these sessions; it
    does not look ahead. With time people also come to know what the session expects of them.

    References
    ----------
    Gwet (2016), Testing the difference of correlated agreement coefficients, Educ. Psychol. Meas. 76:609-637.

    Examples
    --------
    >>> seen = pd.DataFrame({"calibration_id": [1] * 4 + [2] * 4, "case_id": [1, 1, 2, 2, 3, 3, 4, 4],
    ...                      "rater_id": list("abababab"), "label": list("xyxxxxyy")})
    >>> agreement_drift(seen, coefficient="percent").get(term="change").estimate
    0.5
    """
    require_choice(coefficient, COEFFICIENTS, "coefficient")
    require_level_of_confidence(conf_level)
    keys = () if by is None else (by,) if isinstance(by, str) else tuple(by)
    require_columns(ratings, [session, case, rater, label, *keys], "ratings")
    require_no_missing(ratings, [session, case, rater, *keys], "ratings")
    labels = ratings[label].dropna()
    scale = scale_of(
        labels, categories=categories, level=level_of_measurement, weights=weights, coefficient=coefficient
    )
    known, _ = rated(ratings, (session, case), rater, label, scale.categories)
    kept = ratings.loc[ratings[label].notna().to_numpy()]
    place = _order(kept, session, time)
    again = codes_of(kept, (case,))
    group = codes_of(kept, keys) if keys else np.zeros(len(kept), dtype=int)
    first = np.unique(group, return_index=True)[1]
    names = kept[list(keys)].iloc[first].to_dict("records") if keys else [{}]
    table: list[dict[str, Any]] = []
    fewest = math.inf
    for i, name in enumerate(names):
        inside = np.flatnonzero(group == i)
        sessions = [inside[place[inside] == s] for s in np.unique(place[inside])]
        fewest = min(fewest, len(sessions))
        table += [name | row for row in _terms(known, sessions, again, scale, coefficient, conf_level)]
    checks = _checks(kept, place, again, cast(np.ndarray, known.rater), fewest)
    return Estimates(table=pd.DataFrame(table), keys=keys, checks=checks)


def _order(kept: pd.DataFrame, session: str, time: str | None) -> np.ndarray:
    """Return each rating's session as its place in time."""
    if time is not None and time in kept and kept[time].notna().any():
        starts = kept.groupby(session, observed=True)[time].min().sort_values(kind="stable").index
    else:
        values = kept[session].drop_duplicates()
        starts = values.sort_values(key=lambda c: c if c.dtype.kind in "iufM" else c.astype(str))
    return cast(np.ndarray, pd.Index(list(starts)).get_indexer(pd.Index(kept[session].tolist())))


def _terms(
    known: Rated,
    sessions: list[np.ndarray],
    again: np.ndarray,
    scale: Scale,
    coefficient: str,
    conf_level: float,
) -> list[dict[str, Any]]:
    found = [_session(known, rows, again, scale, coefficient) for rows in sessions]
    raters = min((part[2] for part in found), default=math.nan)
    people = len(np.unique(cast(np.ndarray, known.rater)[np.concatenate(sessions)])) if sessions else 0
    common = described(coefficient, scale, people, conf_level) | {"n_people": raters}
    common["method"] += ", linearised errors by case, Satterthwaite's degrees of freedom"
    k = len(found)
    clear = np.array([not math.isnan(part[0].estimate) for part in found], dtype=bool)
    line = np.where(clear, np.arange(k) - np.arange(k)[clear].mean(), 0.0) if clear.sum() > 2 else np.zeros(k)
    ends = np.zeros((2, k))
    if k:
        ends[0, 0] = ends[1, -1] = 1
    asked = {
        "change": (ends[1] - ends[0], "agreement in the last session minus the first", k >= 2),
        "trend": (line / max(line @ line, 1e-300), "change of agreement per session", clear.sum() > 2),
        "first": (ends[0], "agreement in the first session", k >= 1),
        "last": (ends[1], "agreement in the last session", k >= 1),
    }
    table = []
    for term, (weights, estimand, possible) in asked.items():
        change = term in ("change", "trend")
        row = common | {"term": term, "estimand": estimand}
        row["comparison"] = {"change": "the first session", "trend": "no change"}.get(
            term, common["comparison"]
        )
        if not possible:
            row |= {
                "estimate": math.nan,
                "note": f"{k} sessions; {'two' if term == 'change' else 'three'} are needed",
            }
        else:
            row |= _contrast(
                [part[0] for part in found], [part[1] for part in found], weights, conf_level, change
            )
        if term == "trend":
            row["n"] = _cases(*(part[:2] for part, known_ in zip(found, clear, strict=True) if known_))
            left = "" if clear.all() else f"{int((~clear).sum())} sessions without agreement are left out"
            row["note"] = join_notes(row["note"], left)
        table.append(row | {"unit": "per session" if term == "trend" else common["unit"]})
    return table


def _session(
    known: Rated, rows: np.ndarray, again: np.ndarray, scale: Scale, coefficient: str
) -> tuple[Parts, np.ndarray, int]:
    """A session's coefficient, the case behind each of its units, and how many raters share one."""
    unit, units = pd.factorize(known.unit[rows])
    rater, names = pd.factorize(cast(np.ndarray, known.rater)[rows])
    part = Rated(unit, rater, known.label[rows], len(units), len(names), known.n_categories)
    cases = np.zeros(len(units), dtype=int)
    cases[unit] = again[rows]
    parts = agreement_parts(
        part.counts(), scale.weights, coefficient, rated=part, ordinal=scale.ordinal, published=False
    )
    return parts, cases, part.n_sharing()


def _cases(*sessions: tuple[Parts, np.ndarray]) -> int:
    """How many distinct cases entered."""
    return len(set().union(*(case[part.times > 0].tolist() for part, case in sessions)))


def _contrast(
    parts: list[Parts], cases: list[np.ndarray], weights: np.ndarray, conf_level: float, change: bool
) -> dict[str, Any]:
    """A weighted sum of sessions; contributions of the same case are added before they are squared."""
    used = [i for i in range(len(parts)) if weights[i] != 0]
    n = _cases(*((parts[i], cases[i]) for i in used))
    undefined = [parts[i].note for i in used if math.isnan(parts[i].estimate)]
    if undefined:
        return {"estimate": math.nan, "n": n, "note": f"a session is undefined: {undefined[0]}"}
    estimate = float(sum(weights[i] * parts[i].estimate for i in used))
    notes = join_notes(*dict.fromkeys(parts[i].note for i in used))  # each once, in order
    if min(parts[i].df for i in used) < 1:
        why = "a session has one unit that two rated: no interval"
        return {"estimate": estimate, "n": n, "note": join_notes(notes, why)}
    off, who, each = [], [], []
    for i in used:
        entered = parts[i].times > 0
        free = parts[i].df
        off.append(weights[i] * parts[i].off()[entered] * math.sqrt(1 + 1 / free))
        who.append(cases[i][entered])
        each.append((float(off[-1] @ off[-1]), free))
    sums = np.bincount(pd.factorize(np.concatenate(who))[0], weights=np.concatenate(off))
    variance = float(sums @ sums)
    spread = sum(part for part, _ in each)
    if not variance > 1e-24 or not spread > 1e-24:
        why = ALL_AGREE if all(parts[i].estimate > 1 - 1e-12 for i in used) else NO_CHANGE
        return {"estimate": estimate, "n": n, "note": join_notes(notes, why)}
    df = spread**2 / sum(part**2 / free for part, free in each)
    row = inference(estimate, math.sqrt(variance), df, conf_level) | {"n": n, "note": notes}
    return row if change else row | {"conf_high": min(row["conf_high"], 1.0)}


def _checks(
    kept: pd.DataFrame, place: np.ndarray, again: np.ndarray, who: np.ndarray, fewest: float
) -> tuple[Check, ...]:
    k = int(place.max()) + 1 if len(place) else 0
    fewest = int(fewest) if math.isfinite(fewest) else 0
    few = Check(
        "few_sessions", "pass" if fewest >= 4 else "warn", f"The group with fewest has {fewest} sessions."
    )
    if k < 2:
        return (few, Check("comparable", "not_run", "There is one session."))
    shared = pd.DataFrame({"case": again, "session": place}).drop_duplicates()["case"].duplicated()
    came = int(shared.sum())
    words = f"{came} cases came back in a later session"
    more = "." if came else ": cases and people cannot be told apart."
    ends = [set(who[place == s]) for s in (0, k - 1)]
    share = len(ends[0] & ends[1]) / max(len(ends[0] | ends[1]), 1)
    return (
        few,
        Check("comparable", "pass" if came >= 20 else "warn", words + more),
        Check(
            "repeated_people",
            "pass" if share >= 0.5 else "warn",
            f"{100 * share:.0f} % of the raters of the first and last session took part in both.",
        ),
    )
