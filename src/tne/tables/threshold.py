"""How many people must stand behind a published number: ``min_n`` of ``tne.toml``, never below the floor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

FLOOR, RULE = 5, 10


def min_n_of(config: Mapping[str, Any]) -> int:
    """Return the fewest people of a published number, by the settings of a workspace.

    Raises
    ------
    ValueError
        If ``min_n`` is no whole number: what is meant must not be guessed.

    Examples
    --------
    >>> min_n_of({}), min_n_of({"min_n": 20}), min_n_of({"min_n": 3})
    (10, 20, 5)
    """
    asked = config.get("min_n", RULE)
    if isinstance(asked, bool) or not isinstance(asked, int):
        raise ValueError(f"`min_n` of tne.toml is {asked!r}. Give a whole number of people, {FLOOR} or more.")
    return max(FLOOR, asked)
