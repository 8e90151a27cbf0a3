"""A numpydoc docstring as Markdown."""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Iterator

SECTION = re.compile(r"^([A-Z][A-Za-z ]+)\n-{3,}$", re.M)
LISTS = ("Parameters", "Returns", "Yields", "Raises", "Attributes")


def sections(docstring: str) -> dict[str, str]:
    """Return the parts of a docstring by their headings; what stands before the first is ``""``."""
    parts = SECTION.split(inspect.cleandoc(docstring))
    return {"": parts[0].strip()} | {
        name: textwrap.dedent(body).strip("\n") for name, body in zip(parts[1::2], parts[2::2], strict=True)
    }


def entries(body: str) -> Iterator[tuple[str, str, str]]:
    """Yield (names, type, description) of a list of parameters, or of what is returned."""
    found: list[tuple[str, list[str]]] = []
    for line in body.splitlines():
        if line and not line[0].isspace():
            found.append((line, []))
        elif found:
            found[-1][1].append(line)
    for head, rest in found:
        name, _, kind = head.partition(" : ")
        yield name.strip(), kind.strip(), textwrap.dedent("\n".join(rest)).strip()


def markdown(docstring: str) -> str:
    """Return a docstring as Markdown: summary, then its sections as paragraphs, lists and examples.

    Names in single backticks stay code; double backticks become single ones.
    """
    parts, shown = sections(docstring), []
    for name, body in parts.items():
        if name == "":
            shown.append(plain(body))
        elif name in LISTS:
            shown.append(f"**{name}**\n\n" + "\n".join(_item(*entry) for entry in entries(body)))
        elif name == "Examples":
            shown.append(f"**{name}**\n\n```pycon\n{body.strip()}\n```")
        else:
            shown.append(f"**{name}**\n\n{plain(body)}")
    return "\n\n".join(part for part in shown if part.strip())


def plain(text: str) -> str:
    """Return running text: double backticks single, no HTML, lists and indented formulas set apart."""
    text = text.replace("``", "`")
    lines: list[str] = []
    for line in text.splitlines():
        listed = line.lstrip().startswith(("- ", "* "))
        if listed and lines and lines[-1].strip() and not lines[-1].lstrip().startswith(("- ", "* ", " ")):
            lines.append("")
        lines.append(line)
    return _escaped("\n".join(lines))


def _item(names: str, kind: str, description: str) -> str:
    code = kind or names.isidentifier()
    head = ", ".join(f"`{name.strip()}`" for name in names.split(",")) if code else _escaped(names)
    told = " ".join(plain(description).split())
    kind = _escaped(kind.replace("``", "`"))
    return f"- {head}" + (f" ({kind})" if kind else "") + (f": {told}" if told else "")


def _escaped(text: str) -> str:
    """Escape what would be HTML, a link or emphasis outside of code."""
    parts = re.split(r"(`[^`]*`)", text)
    return "".join(
        part if part.startswith("`") else re.sub(r"[<\[\]*|]", lambda m: "\\" + m.group(), part)
        for part in parts
    )
