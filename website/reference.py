"""The reference: every public name with its signature and what its docstring says, a page for each method."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import tne
from website.docstrings import markdown, sections

ROW = re.compile(r"^\| \[([^\]]+)\]\(([^)]+)\) \|\s*(.*?)\s*\| (.*?) \|$", re.M)
RESULTS = ("Result", "Estimate", "Estimates", "Check")
DESK = ("open", "Workspace", "quarter_before", "explore", "explain")


@dataclass(frozen=True)
class Group:
    """One page of the reference.

    Parameters
    ----------
    place : str
        On the site.
    title : str
    names : tuple of str
        As after ``import tne``: ``"mean_change"``, ``"figures.forest"``.
    method : str
        Link to the page on the method, from the reference's folder; empty where there is none.
    """

    place: str
    title: str
    names: tuple[str, ...]
    method: str = ""


def methods(overview: str) -> Iterator[tuple[str, str, tuple[str, ...], str]]:
    """Yield (title, page, names, question) of each row of the tables of docs/methods.md."""
    for title, page, names, question in ROW.findall(overview):
        yield title, page, tuple(re.findall(r"`(\w+)`", names)), question


def groups(overview: str) -> list[Group]:
    """Return the pages of the reference: the workspace, the methods as docs/methods.md orders them, figures, words."""
    found = [
        Group("reference/workspace.md", "The workspace", tuple(n for n in DESK if n in tne.__all__)),
        Group("reference/results.md", "Results", tuple(n for n in RESULTS if n in tne.__all__)),
    ]
    for title, page, names, _ in methods(overview):
        if names:
            stem = page.partition("#")[2] or Path(page).stem
            link = f"../{page}" if not page.startswith("#") else f"../methods.md{page}"
            found.append(Group(f"reference/{stem}.md", title[0].upper() + title[1:], names, link))
    listed = {name for group in found for name in group.names}
    rest = tuple(n for n in tne.__all__ if n not in listed | set(tne._ROOMS) and n != "__version__")
    if rest:
        found.append(Group("reference/more.md", "More", rest))
    drawn = tuple(f"figures.{n}" for n in tne.figures.__all__)
    said = tuple(f"say.{n}" for n in tne.say.__all__)
    return [
        *found,
        Group("reference/figures.md", "Figures", drawn, "../figures.md"),
        *_spoken(said),
    ]


def _spoken(names: tuple[str, ...]) -> list[Group]:
    """Split ``tne.say`` by the report that its parts belong to: the first word of their module."""
    by: dict[str, list[str]] = {}
    for name in names:
        module = inspect.getmodule(thing(name))
        word = (module.__name__ if module else "tne.report.say").rsplit(".", 1)[1].partition("_")[0]
        by.setdefault(word, []).append(name)
    large = {word: found for word, found in by.items() if len(found) >= 5}
    other = sorted(n for word, found in by.items() if word not in large for n in found)
    pages = [
        Group(f"reference/say-{word}.md", f"Words: {word}", tuple(sorted(found)))
        for word, found in sorted(large.items())
    ]
    return [Group("reference/say.md", "Words: blocks of every report", tuple(other)), *pages]


def thing(name: str) -> Any:
    """Return the object behind a public name."""
    found: Any = tne
    for part in name.split("."):
        found = getattr(found, part)
    return found


def page(group: Group) -> str:
    """Return one page of the reference as Markdown."""
    head = f"# {group.title}\n"
    if group.method:
        head += f"\n[Question, formula, assumptions, how to read it]({group.method}).\n"
    contents = " · ".join(f"[`{name}`](#{anchor(name)})" for name in group.names)
    return "\n\n".join([head + f"\n{contents}", *(entry(name) for name in group.names)]) + "\n"


def anchor(name: str) -> str:
    """Return the anchor of a name's entry."""
    return name.rpartition(".")[2]


def entry(name: str) -> str:
    """Return heading, signature and docstring of one public name; a class with its methods and properties."""
    it = thing(name)
    shown = [
        f"## `tne.{name}` {{ #{anchor(name)} }}",
        _signature(f"tne.{name}", it),
        markdown(it.__doc__ or ""),
    ]
    if inspect.isclass(it):
        for member, value in _members(it):
            shown += [
                f"### `.{member}` {{ #{anchor(name)}.{member} }}",
                _signature(f".{member}", value) if callable(value) else "",
                markdown(inspect.getdoc(value) or ""),
            ]
    return "\n\n".join(part for part in shown if part)


def _members(cls: type) -> Iterator[tuple[str, Any]]:
    for name in sorted(vars(cls)):
        if name.startswith("_"):
            continue
        value = inspect.getattr_static(cls, name)
        if isinstance(value, property):
            yield name, value
        elif isinstance(value, (classmethod, staticmethod)) or inspect.isfunction(value):
            yield name, getattr(cls, name)


def _signature(shown: str, it: Any) -> str:
    if isinstance(it, ModuleType) or not callable(it):
        return ""
    try:
        signature = inspect.signature(it)
    except ValueError:
        return ""
    parts, keyword_only = [], False
    for parameter in signature.parameters.values():
        if parameter.name == "self":
            continue
        if parameter.kind is parameter.KEYWORD_ONLY and not keyword_only:
            keyword_only = True
            parts.append("*")
        keyword_only |= parameter.kind is parameter.VAR_POSITIONAL
        parts.append(_parameter(parameter))
    returned = signature.return_annotation
    arrow = "" if returned is signature.empty else f" -> {_kind(returned)}"
    line = f"{shown}({', '.join(parts)}){arrow}"
    if len(line) > 90:
        line = f"{shown}(\n" + "".join(f"    {part},\n" for part in parts) + f"){arrow}"
    return f"```python\n{line}\n```"


def _parameter(parameter: inspect.Parameter) -> str:
    stars = {parameter.VAR_POSITIONAL: "*", parameter.VAR_KEYWORD: "**"}.get(parameter.kind, "")
    kind = "" if parameter.annotation is parameter.empty else f": {_kind(parameter.annotation)}"
    equals = " = " if kind else "="
    default = "" if parameter.default is parameter.empty else f"{equals}{parameter.default!r}"
    return f"{stars}{parameter.name}{kind}{default}"


def _kind(annotation: Any) -> str:
    return annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)


def homes(found: list[Group]) -> Mapping[str, str]:
    """Return the page of each name of ``tne`` itself, for links from other pages."""
    return {name: group.place for group in found for name in group.names if "." not in name}


def index(found: list[Group]) -> str:
    """Return a table of all pages: their names and, for one name, the first line of its docstring."""
    rows = ["| page | names |", "|---|---|"]
    for group in found:
        names = [f"[`{anchor(n)}`]({group.place}#{anchor(n)})" for n in group.names]
        rows.append(f"| [{group.title}]({group.place}) | {' '.join(names)} |")
    return "\n".join(rows)


def silent(found: list[Group]) -> list[str]:
    """Return public names that say nothing of themselves."""
    return [n for group in found for n in group.names if not sections(thing(n).__doc__ or "")[""]]
