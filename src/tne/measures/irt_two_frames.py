"""Who answered which item in which of two waves, and in which group?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import pandas as pd

from tne.checks import require_columns, require_frame, require_no_missing
from tne.measures.irt_responses import Responses, responses
from tne.measures.irt_waves import Group

EVERYONE = "all"


@dataclass(frozen=True, eq=False)
class TwoWaves:
    """Two waves over one list of items and one list of people.

    Parameters
    ----------
    waves : tuple of two Responses
        Before and after, the same items (columns) and people (rows) in both.
    anchored : ndarray of bool, shape (J,)
        Items taken to be equally hard in both waves.
    group : ndarray of object, shape (n,)
        Each person's group.
    presented : float
        Share of the answers that are there, among people who came and items of their wave.
    """

    waves: tuple[Responses, Responses]
    anchored: np.ndarray
    group: np.ndarray
    presented: float

    @property
    def came(self) -> tuple[np.ndarray, np.ndarray]:
        """Who has an answer before and after."""
        first, last = (wave.answered.any(axis=1) for wave in self.waves)
        return cast(np.ndarray, first), cast(np.ndarray, last)

    @property
    def stacked(self) -> Responses:
        """Both waves under each other, as if other people had come the second time."""
        a, b = self.waves
        correct, answered = np.vstack([a.correct, b.correct]), np.vstack([a.answered, b.answered])
        return Responses(correct, answered, a.items, a.index.append(b.index))

    def of(self, name: object, usable: np.ndarray) -> Group:
        """Return one group's people who came at all, on the usable items."""
        chosen = (self.group == name) & (
            self.waves[0].answered[:, usable].any(axis=1) | self.waves[1].answered[:, usable].any(axis=1)
        )
        cut = np.ix_(chosen, usable)
        a, b = self.waves
        return Group(name, (a.correct[cut], b.correct[cut]), (a.answered[cut], b.answered[cut]))


def two_waves(
    pre: pd.DataFrame, post: pd.DataFrame, group: str | None, anchors: Sequence[object] | None
) -> TwoWaves:
    """Read both frames; the index says who is the same person, the column names which item is the same."""
    for frame, name in ((pre, "pre"), (post, "post")):
        require_frame(frame, name)
        if group is not None:
            require_columns(frame, [group], name)
            require_no_missing(frame, [group], name)
    groups = [pd.Series(EVERYONE, index=f.index) if group is None else f[group] for f in (pre, post)]
    frames = [f if group is None else f.drop(columns=group) for f in (pre, post)]
    a, b = responses(frames[0], "pre"), responses(frames[1], "post")
    common = [item for item in a.items if item in set(b.items)]
    if not common:
        raise ValueError(
            "No item of `pre` occurs in `post`, so nothing ties the two waves to one scale. Give the same item the "
            "same column name in both, or use a test with common items."
        )
    chosen = common if anchors is None else list(anchors)
    stray = [str(item) for item in chosen if item not in common]
    if stray or not chosen:
        raise ValueError(
            f"`anchors` must be items of both waves; {', '.join(stray) or 'none'} is not. Leave them out."
        )
    own = {item for item in common if item not in set(chosen)}  # other items are free to change
    names = [[f"{i} ({wave})" if i in own else i for i in w.items] for w, wave in ((a, "pre"), (b, "post"))]
    items = list(dict.fromkeys([*names[0], *names[1]]))
    people = a.index.append(b.index[~b.index.isin(a.index)])
    label = (
        groups[0]
        .reindex(people)
        .astype(object)
        .where(people.isin(a.index), groups[1].reindex(people).astype(object))
    )
    both = a.index.intersection(b.index)
    moved = (
        groups[0].reindex(both).astype(object).to_numpy() != groups[1].reindex(both).astype(object).to_numpy()
    )
    if moved.any():
        raise ValueError(
            f"{int(moved.sum())} of {len(both)} people are in two groups: column `{group}` differs between `pre` and "
            "`post`. Decide on one group per person."
        )
    waves = tuple(_spread(w, n, items, people) for w, n in ((a, names[0]), (b, names[1])))
    seen = [w.answered[w.answered.any(axis=1)][:, w.answered.any(axis=0)] for w in (a, b)]
    size = sum(s.size for s in seen)
    share = sum(s.sum() for s in seen) / size if size else np.nan
    anchored = np.array([item in set(chosen) for item in items])
    return TwoWaves((waves[0], waves[1]), anchored, label.to_numpy(dtype=object), float(share))


def _spread(wave: Responses, names: Sequence[object], items: Sequence[object], people: pd.Index) -> Responses:
    """Put a wave on the common lists of items and people."""
    rows, place = people.get_indexer(wave.index), {item: k for k, item in enumerate(items)}
    columns = [place[name] for name in names]
    correct, answered = np.zeros((len(people), len(items))), np.zeros((len(people), len(items)))
    correct[np.ix_(rows, columns)], answered[np.ix_(rows, columns)] = wave.correct, wave.answered
    return Responses(correct, answered, tuple(items), people)
