"""The widgets of the desk: labelled, usable by keyboard alone, each change answered at once."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

import ipywidgets as widgets

from tne.desk.ahead import aside
from tne.desk.answer import Answer, answer, is_made
from tne.desk.choices import QUESTIONS, Choice
from tne.desk.cohorts import cohorts_of, compare
from tne.desk.shelf import Shelf
from tne.desk.shown import BEING_DRAWN, STYLE, body_html, code_html, lead_html, message_html, parts_html
from tne.desk.trace import published_numbers, traced
from tne.desk.walk import Walk

ALL_MARKETS, ALL_PROGRAMMES, LATEST = "All markets", "All programmes", "Latest data"
NO_ROW = -1  # the first entry of "Look into", which says what to do
_WIDE = {"description_width": "7.5rem"}
# JupyterLab takes arrows, letters and Enter for its own commands unless the element with the focus says otherwise, and
# no widget can set an attribute: the style sheet does when it is loaded
_OWN_KEYS = STYLE.replace(
    "<style>",
    "<style onload=\"this.closest('.tne-panel').addEventListener('focusin',"
    "e=>e.target.setAttribute('data-lm-suppress-shortcuts','true'))\">",
    1,
)
WORKING = '<div class="tne-desk"><p class="way" role="status">Working …</p></div>'
_SECTIONS = ("Ask a question", "Compare two cohorts", "Take a report’s number apart")


def dropdown(
    label: str, options: list[tuple[str, Any]], value: Any, width: str = "26rem"
) -> widgets.Dropdown:
    """Return a labelled list; its label is read aloud with it."""
    return widgets.Dropdown(
        description=label,
        options=options,
        value=value,
        style=_WIDE,
        layout=widgets.Layout(width="98%", max_width=width),
    )


def region(html: str = "") -> widgets.HTML:
    """Return a place for escaped HTML."""
    return widgets.HTML(value=html, layout=widgets.Layout(width="auto"))


def desk_html(*parts: str) -> str:
    """Return pieces of HTML in the desk's look."""
    return f'<div class="tne-desk">{"".join(parts)}</div>'


def message(error: Exception, what: str = "No answer.") -> str:
    """Return an error as a piece of the desk."""
    return desk_html(message_html(error, what))


class Panel(widgets.VBox):
    """The whole desk. Make one with `tne.explore`.

    Parameters
    ----------
    shelf : Shelf
    choice : Choice
        Where it begins.
    reports : Path
        Folder of finished reports.
    """

    def __init__(self, shelf: Shelf, choice: Choice, reports: Path) -> None:
        self.walk = Asking(shelf, choice)
        section = dropdown("I want to", [(name, name) for name in _SECTIONS], _SECTIONS[0])
        made: dict[str, widgets.Widget] = {_SECTIONS[0]: self.walk}
        makers: dict[str, Callable[[], widgets.Widget]] = {
            _SECTIONS[1]: lambda: Comparing(shelf, self.walk.choice),
            _SECTIONS[2]: lambda: Tracing(shelf, reports),
        }
        place = widgets.VBox([self.walk])

        def show(change: dict[str, Any]) -> None:
            name = change["new"]
            if name not in made:
                made[name] = makers[name]()
            place.children = (made[name],)

        section.observe(show, "value")
        super().__init__([widgets.HTML(value=_OWN_KEYS), section, place])
        self.add_class("tne-panel")

    def __repr__(self) -> str:
        return f"<Desk: {self.walk.choice}>"  # in place of every value of every widget


class Asking(widgets.VBox):
    """Question, market, programme, period; the answer; and the way down and up."""

    def __init__(self, shelf: Shelf, choice: Choice) -> None:
        self._walk = Walk(shelf, choice)
        offer = shelf.offer
        self._lists = {
            "question": dropdown(
                "Question", [(text, key) for key, text in offer.questions.items()], choice.question
            ),
            "market": dropdown("Market", [(ALL_MARKETS, ""), *_named(offer.markets)], choice.market),
            "programme": dropdown(
                "Programme", [(ALL_PROGRAMMES, ""), *_named(offer.programmes)], choice.programme
            ),
            "period": dropdown("Period", [(LATEST, ""), *((p, p) for p in offer.periods)], choice.period),
        }
        self._down = dropdown("Look into", [("", NO_ROW)], NO_ROW)
        self._up = widgets.Button(description="One step up", icon="arrow-up", tooltip="One step up")
        self._trail, self._lead, self._body, self._parts, self._code = (region() for _ in range(5))
        self._busy = False
        for name, one in self._lists.items():
            one.observe(lambda change, name=name: self._chosen(name, change["new"]), "value")
        self._down.observe(lambda change: self._into(change["new"]), "value")
        self._up.on_click(lambda _: self._go(self._walk.up()))
        grid = widgets.GridBox(
            [*self._lists.values()], layout=widgets.Layout(grid_template_columns="repeat(auto-fit, minmax(20rem, 1fr))",
                                                           grid_gap="0 1rem", max_width="60rem")
        )  # fmt: skip
        steps = widgets.HBox([self._down, self._up], layout=widgets.Layout(flex_flow="row wrap"))
        super().__init__([grid, self._trail, steps, self._lead, self._body, self._parts, self._code])
        self._go(choice)

    @property
    def choice(self) -> Choice:
        """What is shown."""
        return self._walk.choice

    def _chosen(self, name: str, value: Any) -> None:
        if not self._busy:
            self._go(self._walk.chosen(name, value))

    def _into(self, place: int) -> None:
        if not self._busy and place != NO_ROW:
            self._go(self._walk.into(place))

    def _go(self, choice: Choice) -> None:
        """Show the answer to a choice, and let what is likely from there be made ahead."""
        with aside(self._walk.shelf, choice):
            self._answer(choice)

    def _answer(self, choice: Choice) -> None:
        """Show the answer to a choice, or why there is none; no part ever belongs to another choice.

        Sentence, checks, parts and code stand at once; the figure follows.
        """
        walk = self._walk.at(choice)
        if not is_made(walk.shelf, choice):
            self._trail.value = WORKING  # sent at once, while the rest is made
        found: Answer | None = None
        try:
            found = answer(walk.shelf, choice)
        except (KeyError, ValueError) as error:
            told, into, names = (message(error), "", "", ""), (), []
        else:
            into, names = found.parts.into, [str(name) for name in found.parts.frame["name"]]
            body = body_html(found, at_once=True)
            pieces = (lead_html(found), body, parts_html(found.parts), code_html(found.code))
            told = tuple(desk_html(piece) for piece in pieces)
        self._busy = True  # the lists follow what is shown; that is no new choice
        try:
            for name, one in self._lists.items():
                one.value = getattr(choice, name)
            self._trail.value = desk_html(f'<p class="way">{escape(walk.told)}</p>')
            for place, piece in zip((self._lead, self._body, self._parts, self._code), told, strict=True):
                place.value = piece
            first = f"Choose one of {len(names)} rows" if into else "No parts"
            rows = [(name, i) for i, name in enumerate(names)] if into else []
            self._down.options = [(first, NO_ROW), *rows]
            self._down.value = NO_ROW
            self._down.disabled = not into
            self._up.disabled = len(choice.trail) < 2
            self._walk = walk.with_rows(into)
        finally:
            self._busy = False
        if found is not None and not found.found.is_drawn:
            try:
                self._body.value = desk_html(body_html(found))
            except BaseException:  # somebody stopped it
                self._body.value = self._body.value.replace(BEING_DRAWN, "<p>The figure was not drawn.</p>")
                raise


class Comparing(widgets.VBox):
    """Two cohorts of one programme side by side."""

    def __init__(self, shelf: Shelf, choice: Choice) -> None:
        self._shelf, offer = shelf, shelf.offer
        begun = {name: offer.programmes[name] for name in offer.begun}
        asked = [(QUESTIONS[key].text, key) for key in ("accuracy", "learning") if key in offer.questions]
        programme = (
            choice.programme if choice.programme in begun else next(iter((*offer.compared, *begun)), None)
        )
        self._question = dropdown("Question", asked, asked[0][1] if asked else None)
        self._market = dropdown("Market", [(ALL_MARKETS, ""), *_named(offer.markets)], choice.market)
        self._programme = dropdown("Programme", _named(begun), programme)
        self._first, self._second = (
            dropdown(f"{name} cohort", [], None, "34rem") for name in ("First", "Second")
        )
        self._place, self._busy = region(), False
        for one in (self._question, self._market, self._programme):
            one.observe(lambda _: self._offer(), "value")
        for one in (self._first, self._second):
            one.observe(lambda _: self._show(), "value")
        lists = (self._question, self._market, self._programme, self._first, self._second)
        super().__init__([*lists, self._place])
        self._offer()

    def _choice(self) -> Choice:
        return Choice(self._question.value, self._market.value, self._programme.value or "")

    def _offer(self) -> None:
        self._busy, why = True, ValueError("No cohort has values before and after its training.")
        try:
            with aside(self._shelf):
                known = cohorts_of(self._shelf, self._choice())
        except (KeyError, ValueError) as error:
            known, why = {}, error
        names = [(name, cohort) for cohort, name in known.items()]
        for i, one in enumerate((self._first, self._second)):
            one.options = names
            one.value = names[min(i, len(names) - 1)][1] if names else None
        self._busy = False
        if known:
            self._show()
        else:
            self._place.value = message(why)

    def _show(self) -> None:
        if self._busy:
            return
        self._place.value = WORKING
        try:
            with aside(self._shelf):
                found = compare(self._shelf, self._choice(), self._first.value, self._second.value)
            self._place.value = found._repr_html_()
        except (KeyError, ValueError) as error:
            self._place.value = message(error)


class Tracing(widgets.VBox):
    """A published number, taken apart."""

    def __init__(self, shelf: Shelf, reports: Path) -> None:
        self._shelf, self._reports, self._place, self._busy = shelf, reports, region(), False
        super().__init__([self._place])
        try:
            self._rows = published_numbers(reports).to_dict("records")
        except FileNotFoundError as error:
            self._place.value = message(error)
            return
        if not self._rows:
            self._place.value = message(
                ValueError("estimates.csv holds no number yet. Make reports with `tne run`.")
            )
            return
        pages = dict.fromkeys((row["report"], row["market"], row["period"]) for row in self._rows)
        named = [(" · ".join(filter(None, page)), page) for page in pages]
        self._page, self._number = (
            dropdown("Report", named, named[0][1]),
            dropdown("Number", [], None, "48rem"),
        )
        self._page.observe(lambda _: self._offer(), "value")
        self._number.observe(lambda _: self._show(), "value")
        self.children = (self._page, self._number, self._place)
        self._offer()

    def _offer(self) -> None:
        mine = [(i, row) for i, row in enumerate(self._rows) if self._page.value == _page(row)]
        shown = self._traced(mine[0][0])  # before the list changes: no part belongs to another number
        self._busy = True
        self._number.options = [(_label(row), i) for i, row in mine]
        self._number.value = mine[0][0]
        self._place.value = shown
        self._busy = False

    def _show(self) -> None:
        if not self._busy:
            self._place.value = self._traced(self._number.value)

    def _traced(self, place: int) -> str:
        with aside(self._shelf):
            return traced(self._shelf, self._rows[place], self._reports)._repr_html_()


def _page(row: dict[str, Any]) -> tuple[str, str, str]:
    return row["report"], row["market"], row["period"]


def _label(row: dict[str, Any]) -> str:
    shown = "hidden" if row["estimate"] != row["estimate"] else f"{row['estimate']:g} {row['unit']}".strip()
    named = (row["programme_id"], row["measure"], row["term"], "" if row["group"] == "all" else row["group"])
    return f"{' · '.join(filter(None, named))}: {shown}".replace("_", " ")


def _named(names: dict[str, str]) -> list[tuple[str, str]]:
    return [(name, code) for code, name in names.items()]
