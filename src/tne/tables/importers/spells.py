"""A roster that says how things are today: find what changed since the last one, and close the spell before."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from tne.tables.importers.errors import ContractError

KEY = ["moderator_id", "valid_from"]


def follow(stored: pd.DataFrame, fresh: pd.DataFrame, mapped: Sequence[str]) -> pd.DataFrame:
    """Return the rows of a snapshot, those that change nothing with the start of the spell that goes on.

    Parameters
    ----------
    stored : DataFrame
        Spells known so far.
    fresh : DataFrame
        One row a person, all with the same `valid_from`: the day of the snapshot.
    mapped : sequence of str
        Columns that the snapshot fills; only these can have changed.

    Returns
    -------
    DataFrame
        As `fresh`; a person whose columns equal those of the spell of that day keeps its start.

    Raises
    ------
    ContractError
        If the snapshot has more than one day.

    Notes
    -----
    People who are absent from a snapshot are not touched: it does not say that, or when, they left.
    """
    if len(fresh["valid_from"].unique()) > 1:
        raise ContractError(
            "A roster with `snapshot = true` describes one day, this one has several in `valid_from`. Import the days "
            "one after the other, oldest first."
        )
    ruled = [name for name in mapped if name not in (*KEY, "valid_to")]
    past = stored.merge(fresh[KEY], on="moderator_id", suffixes=("", "_now"))
    past = past[past["valid_from"] <= past["valid_from_now"]].sort_values("valid_from")
    last = past.drop_duplicates("moderator_id", keep="last").set_index("moderator_id")
    last = last.reindex(fresh["moderator_id"]).reset_index()
    same = last["valid_from"].notna()
    for name in ruled:
        now, then = fresh[name].reset_index(drop=True), last[name]
        same &= (now == then).fillna(False).astype(bool) | (now.isna() & then.isna())
    starts = fresh["valid_from"].reset_index(drop=True).mask(same, last["valid_from"])
    return fresh.reset_index(drop=True).assign(valid_from=starts.astype(fresh["valid_from"].dtype))


def close(spells: pd.DataFrame, people: pd.Series) -> pd.DataFrame:
    """Return `spells` where those of `people` end, at the latest, on the day before the next one starts."""
    ordered = spells.sort_values(KEY).reset_index(drop=True)
    following = ordered.groupby("moderator_id")["valid_from"].shift(-1) - pd.Timedelta(days=1)
    late = following.notna() & (ordered["valid_to"].isna() | (ordered["valid_to"] > following))
    late &= ordered["moderator_id"].isin(set(people))
    ends = ordered["valid_to"].mask(late, following)
    return ordered.assign(valid_to=ends.astype(ordered["valid_to"].dtype))
