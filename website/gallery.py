"""What the work looks like: executed reports, figures, and the notebooks on methods with their answers."""

from __future__ import annotations

import base64
import html
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from lxml import html as markup

ROOT = Path(__file__).resolve().parents[1]
FIGURE = re.compile(r"^\| \[`(\w+)`\]\(([^)]+)\) \| (.*?) \| .*? \| (.*?) \| .*? \|$", re.M)


def question(notebook: Path) -> str:
    """Return the question that is the title of a notebook."""
    return _source(json.loads(notebook.read_text(encoding="utf-8"))["cells"][0]).splitlines()[0].lstrip("# ")


def reports(made: Path, site: Path) -> str:
    """Copy the pages of a run to the site and return what shows them: question, links by market, one figure each.

    Parameters
    ----------
    made : Path
        Output folder of a run; may be missing.
    site : Path
        Folder of the staged pages.
    """
    manifest = made / "manifest.json"
    if not manifest.is_file():
        return "The reports are made with the site, by `make docs`."
    shown: dict[str, list[str]] = {}
    for row in json.loads(manifest.read_text(encoding="utf-8"))["reports"]:
        if row["status"] in ("published", "unchanged"):
            shown.setdefault(row["report"], []).append(row["path"])
    return "\n\n".join(_report(name, paths, made, site) for name, paths in sorted(shown.items()))


def _report(name: str, paths: list[str], made: Path, site: Path) -> str:
    asked, links, picture = ROOT / "notebooks" / "reports" / f"{name}.ipynb", [], ""
    for path in sorted(paths):
        target = site / "reports" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(made / path, target)
        links.append(f"[{name}, {Path(path).stem}](reports/{path})")
        picture = picture or _picture(made / path, site, name)
    title = (
        f"### {name.capitalize()}\n\n*{question(asked)}*" if asked.is_file() else f"### {name.capitalize()}"
    )
    return f"{title}\n\nThe whole page: {' · '.join(links)}\n\n{picture}".rstrip()


def _picture(page: Path, site: Path, name: str) -> str:
    """Return the first figure of a report with its own title and alternative text."""
    drawn = markup.document_fromstring(page.read_bytes()).xpath(
        "//figure[.//img[starts-with(@src, 'data:')]]"
    )
    if not drawn:
        return ""
    image, title = drawn[0].xpath(".//img")[0], drawn[0].xpath(".//h3 | .//figcaption")
    kind, _, data = image.get("src").partition(";base64,")
    target = site / "img" / "gallery" / f"{name}.{kind.rpartition('/')[2]}"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(base64.b64decode(data))
    said = html.escape(image.get("alt", ""), quote=True)
    caption = html.escape(" ".join(title[0].text_content().split())) if title else ""
    return (
        f'<figure><img src="img/gallery/{target.name}" alt="{said}" loading="lazy">'
        f"<figcaption>{caption}</figcaption></figure>"
    )


def figures(page: str, site: Path) -> str:
    """Return the pictures of the table in docs/figures.md, each with its question and how to read it."""
    shown = []
    for name, picture, asked, how in FIGURE.findall(page):
        target = site / "img" / "figures" / Path(picture).name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / "docs" / picture, target)
        words = html.escape(re.sub(r"[`*]", "", f"Example of {name}: {how}"), quote=True)
        shown.append(
            f"### `{name}`\n\n*{asked}* {how[0].upper()}{how[1:]}. [How it is called](reference/figures.md#{name})\n\n"
            f'<figure><img src="img/figures/{target.name}" alt="{words}" loading="lazy"></figure>'
        )
    return "\n\n".join(shown)


def listed(notebooks: list[Path]) -> str:
    """Return a table of the notebooks on methods with the question of each."""
    rows = [
        f"| [{path.stem.replace('_', ' ')}](worked/{path.stem}.md) | {question(path)} |" for path in notebooks
    ]
    return "\n".join(["| notebook | question |", "|---|---|", *rows])


def worked(notebook: Path) -> str:
    """Return a notebook on a method as a page: its text, its code, and the answers that it keeps."""
    return "\n\n".join(part for cell in _cells(notebook) for part in cell) + "\n"


def _cells(notebook: Path) -> Iterator[list[str]]:
    for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
        source = _source(cell)
        if cell["cell_type"] == "markdown":
            yield [re.sub(r"(?m)^((?!- |\s|\d+\. )\S.*)\n(?=- |1\. )", r"\1\n\n", source)]
            continue
        answers = ["".join(o.get("text", o.get("data", {}).get("text/plain", ""))) for o in cell["outputs"]]
        yield [f"```python\n{source}\n```", *(f"```text\n{a.rstrip()}\n```" for a in answers if a.strip())]


def _source(cell: dict) -> str:
    return "".join(cell["source"])
