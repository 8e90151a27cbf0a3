"""Does `help()` teach? Each public name says what it takes, returns and raises, where it comes from, and shows it.

The rules are tested both ways: the house keeps them, and a planted bad docstring is found. The examples run once; what
they return is then explained, written out and put together across markets.
"""

import ast
import doctest
import functools
import inspect
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest

import tne
from tne.result import ESTIMATE_COLUMNS, Result

pytestmark = pytest.mark.xdist_group("docstrings")

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("figures", "say")
# Measures that count, join or choose, and estimate nothing: there is no source to name
NO_STATISTIC = frozenset(
    {
        "assign_cohort",
        "cohort_table",
        "decision_volume",
        "policy_calendar",
        "took_both_tests",
        "weekly_events",
        "weekly_operations",
    }
)
ERRORS = ("ValueError", "TypeError", "KeyError", "FileNotFoundError", "AttributeError")
HEADING = re.compile(r"^(\w[\w ]*)\n-{3,}$", re.MULTILINE)


def public() -> Iterator[tuple[str, Any]]:
    """Yield every public name with its object: also the methods of the results and the workspace."""
    for name in tne.__all__:
        thing = getattr(tne, name)
        if not isinstance(thing, (str, ModuleType)):
            yield name, thing
        if inspect.isclass(thing):
            yield from ((f"{name}.{method}", vars(thing)[method]) for method in methods(thing))
    for room in ROOMS:
        names = getattr(tne, room).__all__
        yield from ((f"{room}.{name}", getattr(getattr(tne, room), name)) for name in names)


def methods(thing: type) -> list[str]:
    """Return the names of a class's own public methods and properties that have a text of their own."""
    return [
        name
        for name, value in vars(thing).items()
        if not name.startswith("_")
        and (callable(value) or isinstance(value, (property, classmethod)))
        and not any(name in vars(base) for base in thing.__mro__[1:])
    ]


def sections(text: str) -> dict[str, str]:
    """Return the numpydoc sections of a docstring by their heading."""
    parts = HEADING.split(text)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def named(section: str) -> list[str]:
    """Return the names that a section such as Parameters or Raises describes, in order."""
    heads = [line for line in section.splitlines() if line and not line[0].isspace()]
    return [name.strip().lstrip("*") for head in heads for name in head.split(" : ")[0].split(",")]


def taken(thing: Any) -> list[str]:
    """Return the names of what a function takes, or a dataclass's fields."""
    return [name for name in inspect.signature(thing).parameters if name not in ("self", "cls")]


def raised(node: ast.AST) -> set[str]:
    """Return the names of the errors that a function's own body raises."""
    errors = [n.exc for n in ast.walk(node) if isinstance(n, ast.Raise) and n.exc is not None]
    return {called(e.func if isinstance(e, ast.Call) else e) for e in errors}


def called(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


@functools.cache
def functions_of(file: str) -> dict[int, ast.AST]:
    """Return the functions of a source file by the line on which they, or their decorators, begin."""
    tree = ast.parse(Path(file).read_text(encoding="utf-8"))
    found = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    return {min(node.lineno, *(d.lineno for d in node.decorator_list), node.lineno): node for node in found}


def body(function: Callable[..., Any]) -> ast.AST:
    code = inspect.unwrap(function).__code__
    return functions_of(code.co_filename)[code.co_firstlineno]


@functools.cache
def may_raise(function: Callable[..., Any], depth: int = 2) -> bool:
    """Return whether a function, or one of `tne` that it calls, raises; `depth` calls deep."""
    function = inspect.unwrap(function)
    if raised(body(function)):
        return True
    calls = {called(n.func) for n in ast.walk(body(function)) if isinstance(n, ast.Call)}
    if any(name.startswith("require_") for name in calls):
        return True
    inner = [function.__globals__.get(name) for name in sorted(calls)]
    return depth > 0 and any(
        may_raise(f, depth - 1) for f in inner if inspect.isfunction(f) and f.__module__.startswith("tne.")
    )


def plain(thing: Any) -> Any:
    """Return the function behind a property, a class method or a wrapper; classes as they are."""
    return inspect.unwrap(thing.fget if isinstance(thing, property) else getattr(thing, "__func__", thing))


def complaints(name: str, thing: Any) -> list[str]:
    """Return what the docstring of a public name lacks."""
    function = plain(thing)
    text = inspect.cleandoc(function.__doc__ or "")
    if not text:
        return [f"{name} has no docstring"]
    found = []
    parts, first = sections(text), text.split("\n\n")[0]
    if not first.endswith((".", "?")) or len(first.splitlines()) > 1:
        found.append(f"{name}: the first line is no sentence")
    if ">>>" not in parts.get("Examples", ""):
        found.append(f"{name}: no example")
    if isinstance(thing, property):
        return found
    told, takes = named(parts.get("Parameters", "")), taken(function)
    if sorted(told) != sorted(takes):
        found.append(f"{name}: Parameters are {', '.join(told)}, the signature has {', '.join(takes)}")
    if inspect.isclass(thing):
        return found
    if inspect.signature(function).return_annotation not in (None, "None") and "Returns" not in parts:
        found.append(f"{name}: no Returns")
    own = raised(body(function))
    unnamed = own & set(ERRORS) - set(named(parts.get("Raises", "")))
    if unnamed:
        found.append(f"{name}: raises {', '.join(sorted(unnamed))} without saying so")
    elif may_raise(function) and "Raises" not in parts:
        found.append(f"{name}: no Raises")
    statistic = function.__module__.startswith("tne.measures.") and name not in NO_STATISTIC
    if statistic and "References" not in parts:
        found.append(f"{name}: no References")
    return found


def test_every_public_name_teaches():
    names = list(public())
    found = [complaint for name, thing in names for complaint in complaints(name, thing)]
    assert found == [], (
        f"docstrings: {len(names) - len({c.split(':')[0] for c in found})} of {len(names)} complete"
    )
    print(f"docstrings: {len(names)} of {len(names)} complete, 100 %")


def good(scores: pd.DataFrame, *, cut: float) -> float:
    """Return the share of scores that reach a cut.

    Parameters
    ----------
    scores : DataFrame
    cut : float

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If `cut` is negative.

    References
    ----------
    Somebody (1908), Somewhere 1:1-2.

    Examples
    --------
    >>> good(pd.DataFrame({"score": [1, 2]}), cut=2)
    0.5
    """
    if cut < 0:
        raise ValueError("`cut` is negative.")
    return float((scores["score"] >= cut).mean())


def planted(old: str, new: str) -> Callable[..., Any]:
    """Return `good` as a measure with a part of its docstring replaced."""
    assert old in good.__doc__
    made = type(good)(good.__code__, good.__globals__, "good", good.__defaults__, good.__closure__)
    made.__doc__, made.__annotations__ = good.__doc__.replace(old, new), good.__annotations__
    made.__kwdefaults__, made.__module__ = good.__kwdefaults__, "tne.measures.planted"
    return made


def test_a_good_docstring_passes():
    assert complaints("good", planted("Return", "Return")) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (">>> good", "good", "no example"),
        ("    cut : float\n", "", "Parameters are"),
        ("    cut : float\n", "    cuts : float\n", "Parameters are"),
        ("Returns\n    -------", "Gives\n    -----", "no Returns"),
        ("    ValueError\n", "    KeyError\n", "raises ValueError without saying so"),
        ("Raises\n    ------", "Faults\n    ------", "raises ValueError without saying so"),
        ("References\n    ----------", "Further\n    -------", "no References"),
        ("reach a cut.", "reach a cut", "the first line is no sentence"),
        ("reach a cut.", "reach\n    a cut.", "the first line is no sentence"),
    ],
)
def test_a_planted_gap_is_found(old, new, said):
    assert any(said in complaint for complaint in complaints("good", planted(old, new)))


def test_what_a_helper_raises_must_be_told():
    assert may_raise(tne.mean_change)
    assert not may_raise(planted)


def test_nothing_is_excused_that_is_not_there():
    measures = {
        name for name, thing in public() if getattr(thing, "__module__", "").startswith("tne.measures.")
    }
    assert measures >= NO_STATISTIC


@pytest.fixture(scope="module")
def taught() -> tuple[list[str], dict[str, list[Any]]]:
    """Run all examples once, from the repository's root; return what failed, and what each measure returned."""
    failed: list[str] = []
    returned: dict[str, list[Any]] = {}

    def kept(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            made = function(*args, **kwargs)
            returned.setdefault(name, []).append(made)
            return made

        return call

    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        # the sample is opened once instead of thirty times; a workspace never changes
        opened = functools.cache(tne.open)
        patch.setattr(tne, "open", opened, raising=False)
        for name, thing in public():
            function = plain(thing)
            own = {name: kept(name, function)} if function.__module__.startswith("tne.measures.") else {}
            names = vars(sys.modules[function.__module__]) | {"tne": tne, "np": np, "pd": pd} | own
            text = inspect.cleandoc(function.__doc__ or "")
            test = doctest.DocTestParser().get_doctest(text, names, name, None, 0)
            doctest.DocTestRunner(verbose=False).run(test, out=failed.append)
        opened.cache_clear()
    return failed, returned


def test_all_examples_run(taught):
    failed, returned = taught
    assert failed == []
    assert len(returned) > 90


# Agreement from counts is the same coefficient as agreement: nothing tells them apart.
SAME = {"agreement_from_counts": "agreement"}


def test_every_result_is_explained(taught):
    for name, made in taught[1].items():
        for result in made:
            if isinstance(result, Result):
                told = tne.explain(result)
                assert told.measure == SAME.get(name, name)
                assert told.sources or name in NO_STATISTIC
                assert set(result.checks) <= set(told.checks)
                assert told.question in str(told)
                assert "<table>" in told._repr_html_() or not told.checks


def test_every_result_is_written_for_people(taught):
    """No empty sentence, no nan, no fault of a number's format in the table."""
    for name, made in taught[1].items():
        for result in made:
            if isinstance(result, Result):
                assert str(result).strip(), name
                cells = re.findall(r"<td>([^<]*)</td>", result._repr_html_())
                assert not {"nan", "NaN", "None", "NaT"} & set(cells), name


def test_frames_of_all_results_lie_under_each_other(taught):
    """Two markets make one frame with the same columns and types, estimates as numbers."""
    for name, made in taught[1].items():
        for result in made:
            if isinstance(result, Result):
                frame = result.to_frame()
                both = pd.concat({"DE": frame, "IE": frame}, names=["market"])
                assert both.columns.equals(frame.columns), name
                assert both.dtypes.equals(frame.dtypes), name
                assert len(both) == 2 * len(frame), name


SCORES = pd.DataFrame(
    {"pre": [4.0, 5, 6, 7], "post": [6.0, 6, 9, 8], "delayed": [5.0, 6, 8, 7], "team": list("aabb")}
)


@pytest.mark.parametrize(
    "measure",
    [
        lambda s: tne.mean_change(s, pre="pre", post="post"),
        lambda s: tne.standardized_change(s, pre="pre", post="post", standardizer="d_av"),
        lambda s: tne.mastery_change(s, pre="pre", post="post", cut=6),
        lambda s: tne.retained_gain(s, pre="pre", post="post", delayed="delayed"),
        lambda s: tne.cronbach_alpha(s[["pre", "post", "delayed"]]),
        lambda s: tne.gain_by_group(s, by="team"),
    ],
)
def test_a_market_without_people_leaves_the_others_as_they_are(measure):
    """An undefined or empty result takes no column and no type from those of other markets."""
    full = measure(SCORES).to_frame()
    both = pd.concat({"DE": full, "IE": measure(SCORES.head(1)).to_frame()}, names=["market"])
    assert both.columns.equals(full.columns)
    numbers = [c for c in ESTIMATE_COLUMNS if pd.api.types.is_numeric_dtype(full[c])]
    assert all(pd.api.types.is_numeric_dtype(both[c]) for c in numbers)
    pd.testing.assert_frame_equal(both.loc["DE"], full, check_dtype=False)


@pytest.mark.parametrize(
    "nothing",
    [
        lambda: tne.gain_by_group(SCORES.head(0), by="team"),
        lambda: tne.survey_summary(tne.open("data/sample").table("surveys").head(0), by="construct"),
        lambda: tne.reaction_summary(tne.open("data/sample").table("surveys").head(0)).ratings,
        lambda: tne.reaction_summary(tne.open("data/sample").table("surveys").head(0)).changes,
        lambda: tne.knowledge_gaps(tne.open("data/sample").table("audits").head(0)).estimates,
        lambda: tne.pool(pd.DataFrame({"estimate": [1.0, 2.0], "std_error": [0.5, 0.5]})).components,
    ],
)
def test_results_without_rows_have_their_types(nothing):
    """Numbers are numbers and text is text where there is nothing to tell, too."""
    frame = nothing().to_frame()
    assert frame.empty
    full = tne.Estimates(table=pd.DataFrame({"term": ["x"], "estimate": [1.0]})).to_frame()
    for name in ESTIMATE_COLUMNS:
        assert frame[name].dtype == full[name].dtype, name


@pytest.mark.parametrize(
    ("wrong", "right"),
    [("mean_chnage", "mean_change"), ("Mean_change", "mean_change"), ("figure", "figures")],
)
def test_a_misspelt_measure_names_the_nearest(wrong, right):
    with pytest.raises(AttributeError, match=f"Did you mean {right}"):
        getattr(tne, wrong)


def test_a_name_like_no_other_is_only_refused():
    with pytest.raises(AttributeError, match=r"no attribute 'zzzzzz'$"):
        _ = tne.zzzzzz


def test_a_misspelt_column_is_told_with_those_that_there_are():
    with pytest.raises(KeyError, match=r"lacks the columns psot\. It has pre, post, delayed, team"):
        tne.mean_change(SCORES, pre="pre", post="psot")
