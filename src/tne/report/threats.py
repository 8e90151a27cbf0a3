"""Which checks of several analyses are told? Each once, with the worst that any of them found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

_WORSE = ("pass", "not_run", "warn", "fail")  # from left to right


def worst_checks(found: Iterable[Iterable[Any]], told: Sequence[str]) -> tuple[Any, ...]:
    """Return the checks that are told, each once, the worst where analyses differ; of equal ones the first.

    Parameters
    ----------
    found : iterable of iterables of Check
        The checks of each analysis.
    told : sequence of str
        Their names, in reading order; others are left out.

    Returns
    -------
    tuple of Check
    """
    worst: dict[str, Any] = {}
    for check in (check for some in found for check in some if check.name in told):
        known = worst.get(check.name)
        if known is None or _WORSE.index(check.status) > _WORSE.index(known.status):
            worst[check.name] = check
    return tuple(worst[name] for name in told if name in worst)
