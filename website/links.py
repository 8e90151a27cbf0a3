"""Where does a link of the repository lead on the site?"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

# Pages from outside docs/, and their place on the site
PAGES = {
    "README.md": "index.md",
    "data/README.md": "tables.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "SECURITY.md": "security.md",
}
# Parts of a page that are a page of their own on the site
PARTS = {"README.md#glossary": "glossary.md"}
FENCE = re.compile(r"^( *)(`{3,}|~{3,})[^\n]*\n.*?^\1\2 *$", re.M | re.S)
CODE = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)", re.S)
LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\[\]]*\])*)\]\(([^()\s]+)\)")


@dataclass
class Leaving:
    """Files outside docs/ that pages link to: place on the site -> file of the repository."""

    files: dict[str, Path] = field(default_factory=dict)


def place(path: str) -> str | None:
    """Return where a file of the repository stands on the site; None for what is no page of it."""
    if path in PAGES:
        return PAGES[path]
    if path.startswith("notebooks/methods/") and path.endswith(".ipynb"):
        return f"worked/{Path(path).stem}.md"
    if path == "docs/proof/README.md":
        return "proof/proofs.md"
    return path.removeprefix("docs/") if path.startswith("docs/") else None


def outside_code(text: str, change: Callable[[str], str], *, inline: bool = False) -> str:
    """Apply `change` to what is no code block, and with `inline` no inline code either."""
    parts, end = [], 0
    for code in [*FENCE.finditer(text)]:
        parts += [_around(text[end : code.start()], change, inline), code.group()]
        end = code.end()
    return "".join([*parts, _around(text[end:], change, inline)])


def _around(text: str, change: Callable[[str], str], inline: bool) -> str:
    if not inline:
        return change(text)
    parts, end = [], 0
    for code in CODE.finditer(text):
        parts += [change(text[end : code.start()]), code.group()]
        end = code.end()
    return "".join([*parts, change(text[end:])])


def rewritten(text: str, source: str, root: Path, leaving: Leaving) -> str:
    """Return a page with its links as they must be on the site.

    Parameters
    ----------
    text : str
        Markdown.
    source : str
        Path of the page in the repository.
    root : Path
        The repository.
    leaving : Leaving
        Gets the files that the page links to and that are no pages: the site holds a copy.

    Raises
    ------
    ValueError
        If a link leads to nothing in the repository.
    """

    def one(match: re.Match[str]) -> str:
        image, label, target = match.groups()
        if re.match(r"[a-z]+:|#", target):
            return match.group()
        path, _, anchor = target.partition("#")
        meant = posixpath.normpath(posixpath.join(posixpath.dirname(source), path))
        if not (root / meant).exists():
            raise ValueError(f"{source} links to {target}, which is not there. Mend or remove the link.")
        if f"{meant}#{anchor}" in PARTS:
            return f"{image}[{label}]({relative(PARTS[f'{meant}#{anchor}'], place(source))})"
        if (root / meant).is_dir():
            return label
        there = place(meant)
        if there is None:
            there = f"files/{meant}"
            leaving.files[there] = root / meant
        return f"{image}[{label}]({relative(there, place(source))}{'#' * bool(anchor)}{anchor})"

    return outside_code(text, lambda part: LINK.sub(one, part))


def relative(target: str, page: str | None) -> str:
    """Return the link from one place of the site to another."""
    return posixpath.relpath(target, posixpath.dirname(page or "") or ".")


def named(text: str, page: str, homes: Mapping[str, str], also: Iterable[str] = ()) -> str:
    """Link the first mention of each public name on a page to its entry in the reference.

    Parameters
    ----------
    text : str
        Markdown with links as on the site.
    page : str
        Its place on the site.
    homes : mapping
        Public name to the page of its entry.
    also : iterable of str
        Names that are not to be linked on this page.
    """
    done = set(also)

    def one(match: re.Match[str]) -> str:
        name = match["name"]
        if name in done or name not in homes:
            return match.group()
        done.add(name)
        return f"[`{name}`]({relative(homes[name], page)}#{name})"

    def lines(part: str) -> str:
        kept = part.split("\n")
        plain = [i for i, line in enumerate(kept) if not line.lstrip().startswith("#")]
        for i in plain:
            kept[i] = re.sub(r"(?<![\[`])`(?P<name>\w+)`(?![\]`])", one, kept[i])
        return "\n".join(kept)

    return outside_code(text, lines)
