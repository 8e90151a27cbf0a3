"""Lay out all pages of the site as Markdown in one folder: docs/ and what is made from the code."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from website import gallery, house, reference
from website.links import PAGES, Leaving, named, place, rewritten

ROOT = Path(__file__).resolve().parents[1]
HERE = Path(__file__).resolve().parent
# Public names that are also words of the page's own: not linked there
OWN_WORDS = ("open", "power", "explain")


def glossary() -> str:
    """Return the README's glossary as a page."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return "# Glossary\n" + re.search(r"^## Glossary\n(.*?)(?=^## |\Z)", text, re.M | re.S).group(1)


def sources() -> dict[str, str]:
    """Return every written page: its path in the repository and its text."""
    paths = [*sorted((ROOT / "docs").rglob("*.md")), *(ROOT / p for p in PAGES if p != "README.md")]
    found = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in paths}
    for path in notebooks():
        found[path.relative_to(ROOT).as_posix()] = gallery.worked(path)
    return found


def notebooks() -> list[Path]:
    """Return the notebooks on methods."""
    return sorted((ROOT / "notebooks" / "methods").glob("*.ipynb"))


def stage(folder: Path, made: Path) -> None:
    """Write all pages, their files and the builder's settings.

    Parameters
    ----------
    folder : Path
        Is emptied first. Gets ``mkdocs.yml`` and ``pages/``.
    made : Path
        Output folder of a run, for the gallery; may be missing.
    """
    shutil.rmtree(folder, ignore_errors=True)
    site = folder / "pages"
    _copied(site)
    pages, leaving = sources(), Leaving()
    groups = reference.groups(pages["docs/methods.md"])
    homes = reference.homes(groups)
    filled = {
        "<!-- reports -->": gallery.reports(made, site),
        "<!-- figures -->": gallery.figures(pages["docs/figures.md"], site),
        "<!-- worked -->": gallery.listed(notebooks()),
        "<!-- rooms -->": house.table(),
        "<!-- reference -->": reference.index(groups),
    }
    for path, text in pages.items():
        target = place(path)
        text = rewritten(text, path, ROOT, leaving)
        if path.startswith("docs/") and target != "reference.md":
            text = named(text, target, homes, OWN_WORDS)
        for mark, part in filled.items():
            text = text.replace(mark, part)
        _write(site / target, text)
    for group in groups:
        _write(site / group.place, reference.page(group))
    _write(site / "glossary.md", glossary())
    for target, file in leaving.files.items():
        (site / target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, site / target)
    _settings(folder, groups, pages["docs/methods.md"])


def _copied(site: Path) -> None:
    """Copy what docs/ holds besides pages, and the site's own style and script."""
    for path in sorted((ROOT / "docs").rglob("*")):
        if path.is_file() and path.suffix != ".md":
            target = site / path.relative_to(ROOT / "docs")
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
    shutil.copytree(HERE / "assets", site / "assets" / "own")


def _settings(folder: Path, groups: list[reference.Group], overview: str) -> None:
    """Copy the builder's settings, with the pages on methods, of notebooks and of the reference in the contents."""
    methods = []
    for heading, rows in chapters(overview):
        methods.append(f'      - "{heading}":')
        methods += [f'          - "{title[0].upper()}{title[1:]}": {page}' for title, page in rows]
    marks = {
        "      # methods": methods,
        "      # notebooks": [f"          - worked/{path.stem}.md" for path in notebooks()],
        "      # reference": [f'      - "{group.title}": {group.place}' for group in groups],
    }
    text = (HERE / "mkdocs.yml").read_text(encoding="utf-8")
    for mark, lines in marks.items():
        text = text.replace(mark, "\n".join(lines))
    (folder / "mkdocs.yml").write_text(text, encoding="utf-8")


def unlisted(folder: Path) -> list[str]:
    """Return the staged pages that the contents do not list."""
    settings = (folder / "mkdocs.yml").read_text(encoding="utf-8")
    pages = [path.relative_to(folder / "pages").as_posix() for path in (folder / "pages").rglob("*.md")]
    return sorted(page for page in pages if not re.search(rf"(?<![\w/-]){re.escape(page)}$", settings, re.M))


def chapters(overview: str) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Yield each heading of docs/methods.md below which pages are listed, with (title, page) of them."""
    for part in re.split(r"^## ", overview, flags=re.M)[1:]:
        rows = [(title, page) for title, page, *_ in reference.methods(part) if page.startswith("methods/")]
        if rows:
            yield part.partition("\n")[0], rows


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
