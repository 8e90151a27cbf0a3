"""Who came to the later tests, and what does that do to a curve of forgetting?"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from tne.measures.headcount import headcount
from tne.result import Check

MOST_WAVES = 12


def people_behind(kept: pd.DataFrame, elapsed: str, cluster: str | None) -> dict[str, float]:
    """Return the count columns: people by id, by the column ``n_people`` of means, else rows; NaN for bare means."""
    if "n_people" in kept and len(kept):
        counts = kept["n_people"].to_numpy(dtype=float, na_value=np.nan)
        return {"n_people": float(counts.min()), "n_people_total": float(counts.max())}
    who = _who(kept, cluster)
    if who is not None:
        return dict.fromkeys(("n_people", "n_people_total"), float(kept[who].nunique()))
    means = len(kept) > 0 and kept[elapsed].is_unique
    return dict.fromkeys(("n_people", "n_people_total"), math.nan if means else float(headcount(kept)))


def threats_to_retention(
    kept: pd.DataFrame, score: str, elapsed: str, cluster: str | None, top: float | None
) -> tuple[Check, ...]:
    """Test what can make a curve of forgetting misleading."""
    return (
        _few_people(kept, elapsed, cluster),
        _few_times(kept, elapsed),
        _ceiling(kept, score, top),
        *_repetition(kept, score, elapsed, cluster),
    )


def _who(kept: pd.DataFrame, cluster: str | None) -> str | None:
    return "moderator_id" if "moderator_id" in kept else cluster


def _few_people(kept: pd.DataFrame, elapsed: str, cluster: str | None) -> Check:
    people = people_behind(kept, elapsed, cluster)["n_people"]
    if math.isnan(people):
        detail = "One row per time: how many people stand behind the means is not known (column `n_people`)."
        return Check("few_people", "not_run", detail)
    status = "pass" if people >= 20 else "warn" if people >= 2 else "fail"
    return Check("few_people", status, f"{people:g} people; 20 or more are wanted.")


def _few_times(kept: pd.DataFrame, elapsed: str) -> Check:
    times = kept[elapsed].nunique()
    status = "pass" if times >= 4 else "warn" if times == 3 else "fail"
    return Check(
        "few_times", status, f"{times} distinct times; 4 or more show whether the form of the curve fits."
    )


def _ceiling(kept: pd.DataFrame, score: str, top: float | None) -> Check:
    if top is None or len(kept) < 10:
        return Check("ceiling", "not_run", "The highest possible score is not known, or rows are too few.")
    share = float(np.mean(kept[score].to_numpy(dtype=float) >= top - 1e-9))
    status = "warn" if share >= 0.15 else "pass"
    return Check("ceiling", status, f"{share:.0%} stand at the maximum; 15 % or more hide forgetting.")


def _repetition(kept: pd.DataFrame, score: str, elapsed: str, cluster: str | None) -> tuple[Check, ...]:
    who = _who(kept, cluster)
    if who is None:
        detail = "Nobody is named: who was tested twice, and who did not come, is not known."
        return Check("repeated_testing", "not_run", detail), Check("attrition", "not_run", detail)
    tests = kept.groupby(who)[elapsed].size()
    share = float((tests > 1).mean()) if len(tests) else 0.0
    if share == 0:
        repeated = Check("repeated_testing", "pass", "Nobody was tested twice.")
    else:
        advice = "Being tested is practice: the curve is flatter than forgetting without tests."
        if cluster is None:
            advice += f" Their errors are shared: give cluster={who!r}."
        repeated = Check("repeated_testing", "warn", f"{share:.0%} were tested more than once. {advice}")
    return repeated, _attrition(kept, score, elapsed, who, share)


def _attrition(kept: pd.DataFrame, score: str, elapsed: str, who: str, repeated: float) -> Check:
    times = np.sort(kept[elapsed].unique())
    if repeated == 0 or not 2 <= len(times) <= MOST_WAVES:
        return Check(
            "attrition", "not_run", "There are no common waves to see who did not come to the last one."
        )
    first = kept.loc[kept[elapsed] == times[0]].groupby(who)[score].mean()
    stayed = first.index.isin(kept.loc[kept[elapsed] == times[-1], who])
    share = 1 - float(stayed.mean())
    status = "pass" if share <= 0.05 else "warn" if share <= 0.2 else "fail"
    detail = f"{share:.0%} of {len(first)} people of the first wave are not in the last"
    spread = float(first.std(ddof=1)) if len(first) > 1 else 0.0
    if 0 < stayed.sum() < len(first) and spread > 0:
        gap = (first[~stayed].mean() - first[stayed].mean()) / spread
        detail += f"; they began {gap:+.2f} SD from the others"
    return Check("attrition", status, detail + ".")
