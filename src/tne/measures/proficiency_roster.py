"""Who began while the data were running, and how long was each of them watched?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from tne.checks import require_columns, require_numeric, require_unique

CARRIED = ("market", "team", "site", "languages", "queue", "employer")


def roster(
    table: pd.DataFrame, people: pd.DataFrame | None, begin: float, last: float
) -> tuple[pd.DataFrame, dict[str, int]]:
    """Return the new people and how many others were left out, by reason.

    Returns
    -------
    DataFrame
        moderator_id, cohort, until (weeks from the week of hire to the last one watched), left.
    dict
        ``before`` (hired before `begin`), ``unknown`` (no hire week), ``after`` (hired after the last week).
    """
    if people is None:
        known = table.dropna(subset=["tenure"])
        hired = (known["period"] - known["tenure"]).groupby(known["person"]).min()
        seen = table.groupby("person")["period"].max()
        everyone = pd.DataFrame({"cohort": hired.reindex(seen.index), "last": seen})
        everyone = everyone.rename_axis("moderator_id").reset_index()
        everyone["until"], everyone["left"] = everyone["last"] - everyone["cohort"], False
        extra = table.drop_duplicates("person").set_index("person")
    else:
        require_columns(people, ["moderator_id", "event"], "people")
        require_numeric(people, ["cohort", "duration"], "people")
        require_unique(people, ["moderator_id"], "people")
        everyone = people[["moderator_id", "cohort"]].astype({"cohort": float}).reset_index(drop=True)
        stayed = np.floor(people["duration"].to_numpy(dtype=float, na_value=np.nan) + 1e-9)
        watched = last - everyone["cohort"].to_numpy()
        gone = people["event"].to_numpy(dtype=bool, na_value=False) & (stayed <= watched)
        everyone["until"], everyone["left"] = np.where(gone, stayed, watched), gone
        extra = people.set_index("moderator_id")
    unknown = everyone["cohort"].isna()
    before, after = everyone["cohort"] < begin, everyone["cohort"] > last
    excluded = {"before": int(before.sum()), "unknown": int(unknown.sum()), "after": int(after.sum())}
    kept = everyone.loc[~(unknown | before | after), ["moderator_id", "cohort", "until", "left"]]
    carried = [c for c in CARRIED if c in extra]
    return kept.join(extra[carried], on="moderator_id").reset_index(drop=True), excluded
