"""What stands on the pages: seven sections for each method, every public name once, the rules in the picture."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import tne
from tests.test_layers import ROOMS
from website import docstrings, gallery, house, links, reference, stage

ROOT = Path(__file__).resolve().parents[2]
OVERVIEW = (ROOT / "docs" / "methods.md").read_text(encoding="utf-8")
SECTIONS = (
    "Question",
    "Formula",
    "What is taken for granted",
    "When not to use it",
    "How to read it",
    "Published example",
    "References",
)
METHODS = [page for _, page, names, _ in reference.methods(OVERVIEW) if names and page.startswith("methods/")]


def lacking(text: str) -> list[str]:
    """Return the sections that a page on a method has not, or has without a word in them."""
    return [name for name in SECTIONS if not re.search(rf"^#+ {name}\n+(?!#)\S.{{10}}", text, re.M | re.S)]


@pytest.mark.parametrize("page", METHODS)
def test_a_page_on_a_method_has_its_seven_sections(page):
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    assert lacking(text) == []
    example = re.search(r"^#+ Published example\n(.*?)(?=^#|\Z)", text, re.M | re.S)[1]
    assert "notebooks/methods/" in example or ">>>" in example


def test_a_missing_or_empty_section_is_found():
    whole = "# A\n\n" + "".join(f"## {name}\n\nSome words about it.\n\n" for name in SECTIONS)
    assert lacking(whole) == []
    assert lacking(whole.replace("## Formula\n", "")) == ["Formula"]
    assert lacking(whole.replace("## Formula\n\nSome words about it.\n\n", "## Formula\n\n")) == ["Formula"]


def test_every_page_on_a_method_is_listed():
    listed = set(re.findall(r"\]\((methods/[\w-]+\.md)\)", OVERVIEW))
    assert listed == {f"methods/{path.name}" for path in (ROOT / "docs" / "methods").glob("*.md")}


def test_every_public_measure_stands_in_one_row():
    rows = [name for _, _, names, _ in reference.methods(OVERVIEW) for name in names]
    measures = {name for name, home in tne._HOME.items() if home.startswith("tne.measures")}
    assert sorted(rows) == sorted(measures)


def test_the_reference_holds_every_public_name_once():
    groups = reference.groups(OVERVIEW)
    held = [name for group in groups for name in group.names]
    assert len(held) == len(set(held))
    wanted = set(tne.__all__) - {"__version__", *tne._ROOMS}
    wanted |= {f"figures.{n}" for n in tne.figures.__all__} | {f"say.{n}" for n in tne.say.__all__}
    assert set(held) == wanted
    assert reference.silent(groups) == []


def test_an_entry_shows_signature_parameters_and_example():
    entry = reference.entry("mean_change")
    assert "## `tne.mean_change` { #mean_change }" in entry
    assert "    pre: str," in entry
    assert "missing: str = 'complete'," in entry
    assert "- `pre`, `post` (str): Score columns" in entry
    assert "```pycon\n>>> " in entry


def test_a_docstring_becomes_markdown_that_is_no_html():
    said = docstrings.markdown(
        "Mean of ``x``.\n\nParameters\n----------\nx : list[int]\n    One <b> a row.\n\n"
        "Notes\n-----\nWhy:\n- one\n- two"
    )
    assert said == (
        "Mean of `x`.\n\n**Parameters**\n\n- `x` (list\\[int\\]): One \\<b> a row.\n\n**Notes**\n\nWhy:\n\n- one\n- two"
    )


def test_the_picture_of_the_house_is_drawn_from_its_rules():
    drawn = (ROOT / "docs" / "img" / "house.svg").read_text(encoding="utf-8")
    assert drawn == house.svg(), "draw it anew: make docs"
    for room, allowed in ROOMS.items():
        assert drawn.count(f"<title>{room} may import") == len(allowed)
        assert all(f"<title>{room} may import {other}</title>" in drawn for other in allowed)


def test_a_link_leads_to_the_page_on_the_site(tmp_path):
    leaving = links.Leaving()

    def on_site(text: str, source: str) -> str:
        return links.rewritten(text, source, ROOT, leaving)

    assert on_site("[a](../data/README.md#x)", "docs/how-to.md") == "[a](tables.md#x)"
    assert on_site("[a](../../README.md#glossary)", "docs/methods/gain.md") == "[a](../glossary.md)"
    assert on_site("[a](docs/how-to.md)", "CONTRIBUTING.md") == "[a](how-to.md)"
    assert (
        on_site("[a](../../notebooks/methods/gain.ipynb)", "docs/methods/gain.md") == "[a](../worked/gain.md)"
    )
    assert on_site("see [src](src)", "CONTRIBUTING.md") == "see src"
    assert on_site("[a](../LICENSE)", "docs/how-to.md") == "[a](files/LICENSE)"
    assert leaving.files == {"files/LICENSE": ROOT / "LICENSE"}
    assert on_site("```\n[a](nowhere.md)\n```\n", "docs/how-to.md") == "```\n[a](nowhere.md)\n```\n"
    with pytest.raises(ValueError, match=r"docs/how-to\.md links to nowhere\.md"):
        on_site("[a](nowhere.md)", "docs/how-to.md")


def test_the_first_mention_of_a_name_leads_to_the_reference():
    homes = {"irt": "reference/irt.md", "open": "reference/workspace.md"}
    text = "# `irt`\n\n`irt` and `irt`; `open` [`irt`](x)\n"
    assert links.named(text, "methods/irt.md", homes, ("open",)) == (
        "# `irt`\n\n[`irt`](../reference/irt.md#irt) and `irt`; `open` [`irt`](x)\n"
    )


def test_the_glossary_is_the_readmes():
    rows = re.findall(r"^\| [a-z]", stage.glossary(), re.M)
    assert len(rows) > 20
    assert "Where things are" not in stage.glossary()


def test_a_notebook_is_shown_with_its_answers():
    page = gallery.worked(ROOT / "notebooks" / "methods" / "gain.ipynb")
    assert page.startswith("# Did people know more after the training than before?")
    assert "```text\nmean_change: 1.58 score points" in page
