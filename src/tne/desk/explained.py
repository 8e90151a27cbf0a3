"""How was this number found? Method, assumptions, checks and sources of a result, as a readable text.

Nothing is told twice: method and checks are the result's own, the rest is the docstring of the measure that made it.
"""

from __future__ import annotations

import html
import inspect
import re
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

import tne
from tne.desk.origin import distinct, measure_of
from tne.result import Check, Result

_HEADING = re.compile(r"^(\w[\w ]*)\n-{3,}$", re.MULTILINE)
_STATUS = {"pass": "passed", "warn": "a warning", "fail": "failed", "not_run": "could not be tested"}
_NO_CHECKS = "This result tests none."
_UNKNOWN = (
    "Several measures give results of this kind. Name yours: tne.explain(result, of=tne.clustered_ols)."
)


@dataclass(frozen=True, eq=False)
class Explanation:
    """What stands behind a result; print it, or let a notebook show it.

    Parameters
    ----------
    measure : str
        Public name of the measure, "" where several could have made the result.
    question : str
        First line of its docstring.
    method : tuple of str
        How the numbers were found, as the result says it.
    estimand : tuple of str
        What they stand for, and against what.
    assumptions : str
        Formula, assumptions, and what the number does not tell.
    checks : tuple of Check
        Threats that were tested, with their status; those of the results inside it too.
    notes : tuple of str
        What limits single numbers.
    sources : str
        Author, year, place.

    Examples
    --------
    >>> found = tne.explain(tne.pool)
    >>> found.measure, found.checks, "DerSimonian" in found.sources
    ('pool', (), True)
    """

    measure: str
    question: str
    method: tuple[str, ...]
    estimand: tuple[str, ...]
    assumptions: str
    checks: tuple[Check, ...]
    notes: tuple[str, ...]
    sources: str

    def _parts(self) -> Iterator[tuple[str, list[str]]]:
        """Yield heading and paragraphs of what there is to say."""
        yield "Method", list(self.method)
        yield "What is estimated", list(self.estimand)
        unknown = [] if self.measure else [_UNKNOWN]
        yield "Formula and assumptions", self.assumptions.split("\n\n") if self.assumptions else unknown
        yield "What limits single numbers", list(self.notes)
        yield "Sources", self.sources.split("\n\n") if self.sources else []

    def __str__(self) -> str:
        title = f"{self.measure}: {self.question}" if self.measure else "A result."
        lines = [title]
        for heading, paragraphs in self._parts():
            if paragraphs:
                lines += ["", heading]
                lines += [
                    textwrap.fill(text, 100, initial_indent="  ", subsequent_indent="  ")
                    for text in paragraphs
                ]
        lines += ["", "Checks"]
        lines += [f"  {c.name}: {_STATUS[c.status]}. {c.detail}".rstrip() for c in self.checks] or [
            f"  {_NO_CHECKS}"
        ]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        title = f"<code>{html.escape(self.measure)}</code> " if self.measure else ""
        blocks = [f"<p>{title}{_marked_up(self.question)}</p>"]
        for heading, paragraphs in self._parts():
            if paragraphs:
                blocks.append(
                    f"<h4>{heading}</h4>" + "".join(f"<p>{_marked_up(text)}</p>" for text in paragraphs)
                )
        rows = "".join(
            f"<tr><td>{html.escape(c.name)}</td><td>{_STATUS[c.status]}</td><td>{html.escape(c.detail)}</td></tr>"
            for c in self.checks
        )
        head = "".join(f'<th scope="col">{name}</th>' for name in ("check", "status", "detail"))
        table = (
            f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
            if rows
            else f"<p>{_NO_CHECKS}</p>"
        )
        return "".join([*blocks, "<h4>Checks</h4>", table])


def explain(result: Any, *, of: Callable[..., Any] | None = None) -> Explanation:
    """Explain a result: its method, assumptions, checks and sources.

    Parameters
    ----------
    result : Result or function
        What a measure returned, or a measure itself (then without checks).
    of : function, optional
        The measure that made the result, where several give results of its kind.

    Returns
    -------
    Explanation
        ``print`` it, or let a notebook show it.

    Raises
    ------
    TypeError
        If `result` is neither a result nor a measure, or `of` no measure.

    Notes
    -----
    A measure is known by the type of its result, else by the terms and the method of its estimates. What it takes for
    granted is the section Notes of its docstring, which `help` shows as well.

    Examples
    --------
    >>> scores = pd.DataFrame({"pre": [1, 2, 3], "post": [2, 4, 6]})
    >>> why = tne.explain(tne.mean_change(scores, pre="pre", post="post"))
    >>> why.measure, why.method, why.sources
    ('mean_change', ('paired t',), 'Student (1908), The probable error of a mean, Biometrika 6:1-25.')
    >>> [check.name for check in why.checks if check.status == "warn"]
    ['few_people']
    """
    if _is_measure(result):
        return _explanation(result.__name__, None)
    if of is not None and not _is_measure(of):
        raise TypeError("`of` is no measure of tne. Give the function, for example tne.mean_change.")
    inner = getattr(result, "found", None)
    result = getattr(inner, "result", result)  # an answer of the desk holds the result of a measure
    if not isinstance(result, Result):
        raise TypeError(
            f"There is nothing to explain in a {type(result).__name__}. Give what a measure returned, or the measure "
            "itself: tne.explain(tne.mean_change)."
        )
    return _explanation(of.__name__ if of is not None else measure_of(result), result)


def _is_measure(thing: Any) -> bool:
    return (
        inspect.isfunction(thing)
        and thing.__name__ in tne.__all__
        and thing.__module__.startswith("tne.measures.")
    )


def _explanation(measure: str, result: Result | None) -> Explanation:
    text = inspect.getdoc(getattr(tne, measure)) or "" if measure else ""
    parts = _HEADING.split(text)
    told = dict(zip(parts[1::2], (part.strip() for part in parts[2::2]), strict=True))
    frame = None if result is None else result.to_frame()
    return Explanation(
        measure=measure,
        question=text.split("\n")[0],
        method=distinct(frame, "method"),
        estimand=_against(frame),
        assumptions=_flowing(told.get("Notes", "")),
        checks=() if result is None else tuple(dict.fromkeys(_checks(result))),
        notes=distinct(frame, "note"),
        sources=_flowing(told.get("References", "")),
    )


def _against(frame: Any) -> tuple[str, ...]:
    """What the numbers stand for, each with what it is compared with."""
    if frame is None or not {"estimand", "comparison"} <= set(frame.columns):
        return ()
    pairs = dict.fromkeys(zip(frame["estimand"], frame["comparison"], strict=True))
    told = (f"{what}; compared with {other}" if other else str(what) for what, other in pairs if what)
    return tuple(dict.fromkeys(told))


def _checks(result: Result) -> Iterator[Check]:
    """Yield a result's checks, then those of the results that it holds."""
    yield from result.checks
    for field in fields(result) if is_dataclass(result) else ():
        held = getattr(result, field.name)
        if isinstance(held, Result):
            yield from _checks(held)


def _flowing(text: str) -> str:
    """Return a section of a docstring with one line per paragraph."""
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in text.split("\n\n"))


def _marked_up(text: str) -> str:
    return re.sub(r"``(.+?)``|`(.+?)`", lambda m: f"<code>{m[1] or m[2]}</code>", html.escape(text))
