"""Does a notebook compare groups that were chosen by the outcome? At the desk the result then says so."""

from __future__ import annotations

import functools
import inspect
import os
import warnings
import weakref
from collections.abc import Callable, Iterator, Mapping
from typing import Any

CHOSEN = (
    "the groups were chosen by the outcome itself: no value of one lies between those of another. Their difference "
    "says how they were chosen, not what a training did. Compare groups fixed before, such as cohorts or arms."
)
_GROUPS = ("group", "by", "treatment", "arm")
_OUTCOMES = ("outcome", "post", "score", "duration")
_BEFORE = ("baseline", "pre")
_LATER = ("post", "delayed", "gain")  # columns of the frame of scores that are known after the training only
_FEWEST_ROWS, _FEWEST_OF_A_GROUP = 20, 5  # with fewer, chance alone may put groups in order
_SAID: dict[int, weakref.ref[Any]] = {}  # results that were said to be of chosen groups, as long as they live


@functools.cache
def watched(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a public function that warns where its groups were chosen by the outcome; others as they are.

    Parameters
    ----------
    function : callable
        Of `tne`. It is watched if it takes a frame first and one of the keywords group, by, treatment and arm.

    Returns
    -------
    callable
        With the same signature, docstring and results.
    """
    if not inspect.isfunction(function):
        return function
    signature = inspect.signature(function)
    if not set(_GROUPS) & set(signature.parameters):
        return function

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        result = function(*args, **kwargs)
        given = signature.bind(*args, **kwargs)
        given.apply_defaults()
        # a report that runs speaks by its checks; it shows nothing that the page does not
        if not os.environ.get("TNE_READS") and _chosen(given.arguments):
            warnings.warn(f"tne.{function.__name__}: {CHOSEN}", stacklevel=2)
            _SAID[id(result)] = weakref.ref(result, functools.partial(_forget, id(result)))
        return result

    return call


def _forget(key: int, _: Any) -> None:
    _SAID.pop(key, None)


def is_chosen(result: Any) -> bool:
    """Whether this very result compares groups that were chosen by the outcome."""
    said = _SAID.get(id(result))
    return said is not None and said() is result


def _chosen(given: Mapping[str, Any]) -> bool:
    frame = next(iter(given.values()))
    group = next((given[name] for name in _GROUPS if given.get(name) is not None), None)
    if not hasattr(frame, "columns") or group is None:
        return False
    names = [group] if isinstance(group, str) else list(group) if isinstance(group, list | tuple) else []
    if not names or not all(name in frame.columns for name in names):
        return False
    return any(ordered_by(frame, names, values) for values in _outcomes(frame, given, names))


def _outcomes(frame: Any, given: Mapping[str, Any], names: list[str]) -> Iterator[Any]:
    """Return what is known after the training only: the outcome, later waves, and the change since before."""
    told = [given[name] for name in _OUTCOMES if isinstance(given.get(name), str)]
    told = [
        name for name in dict.fromkeys((*told, *_LATER)) if name in frame.columns and _number(frame[name])
    ]
    before = [given[name] for name in _BEFORE if isinstance(given.get(name), str)]
    before = [
        name for name in dict.fromkeys((*before, "pre")) if name in frame.columns and _number(frame[name])
    ]
    for name in told:
        if name not in names:
            yield frame[name]
            yield from (frame[name] - frame[other] for other in before if other != name)


def _number(column: Any) -> bool:
    return getattr(column, "ndim", 0) == 1 and column.dtype.kind in "fiub"


def ordered_by(frame: Any, names: list[str], values: Any) -> bool:
    """Say whether groups lie one above the other by some values, without overlap and not by chance.

    Parameters
    ----------
    frame : DataFrame
        One row a person.
    names : list of str
        Columns that make the groups.
    values : Series of number
        What is known after the training only, one a row of `frame`.

    Examples
    --------
    >>> import pandas as pd
    >>> post = pd.Series(range(40), dtype=float)
    >>> frame = pd.DataFrame({"upper": post >= 20, "odd": post % 2})
    >>> ordered_by(frame, ["upper"], post), ordered_by(frame, ["odd"], post)
    (True, False)
    """
    known = values.notna()
    groups = values[known].groupby([frame.loc[known, name] for name in names], observed=True)
    found = groups.agg(["min", "max", "size"]).sort_values(["min", "max"])
    if len(found) < 2 or found["size"].sum() < _FEWEST_ROWS or found["size"].min() < _FEWEST_OF_A_GROUP:
        return False
    apart = found["max"].to_numpy()[:-1] <= found["min"].to_numpy()[1:]
    return bool(apart.all() and found["min"].iloc[0] < found["max"].iloc[-1])
