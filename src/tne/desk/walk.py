"""Where one stands at the desk, and the ways from there: another list chosen, a step down, a step up. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from tne.desk.choices import QUESTIONS, Choice, week_of
from tne.desk.shelf import Shelf
from tne.measures.learning_groups import took_both_tests


@dataclass(frozen=True, eq=False)
class Walk:
    """A place at the desk.

    Parameters
    ----------
    shelf : Shelf
    choice : Choice
    rows : tuple of Choice
        Where the rows of the parts lead.
    """

    shelf: Shelf
    choice: Choice
    rows: tuple[Choice, ...] = ()

    def at(self, choice: Choice) -> Walk:
        """Return the walk at another place."""
        return Walk(self.shelf, choice)

    def with_rows(self, rows: tuple[Choice, ...]) -> Walk:
        """Return the walk with the rows that are shown."""
        return replace(self, rows=rows)

    def chosen(self, name: str, value: Any) -> Choice:
        """Return the choice after a list was changed: cohort and policy area belong to what stood there before.

        A question of one programme takes the latest that has begun where none is chosen; that about learning the latest
        that tested people twice.
        """
        choice = replace(self.choice, cohort=None, area="", **{name: value})
        if QUESTIONS[choice.question].of_programme and not choice.programme and self.shelf.offer.begun:
            if name == "programme":  # all programmes: only the other questions can be asked of them
                return replace(choice, question=self._of_all())
            return replace(choice, programme=self._latest(choice))
        return choice

    def into(self, row: int) -> Choice:
        """Return the choice of a row of the parts."""
        return self.rows[row]

    def up(self) -> Choice:
        """Return the choice one step up; this one at the top."""
        trail = self.choice.trail
        above = trail[-2] if len(trail) > 1 else self.choice
        if QUESTIONS[above.question].of_programme and not above.programme:
            return replace(above, question=self._of_all())
        return above

    @property
    def told(self) -> str:
        """The way here in words: "All markets › Germany › Onboarding"."""
        offer, choice = self.shelf.offer, self.choice
        names = [
            "All markets",
            offer.markets.get(choice.market, ""),
            offer.programmes.get(choice.programme, ""),
        ]
        names += ["" if choice.cohort is None else week_of(choice.cohort), choice.area.replace("_", " ")]
        return "You are here: " + " › ".join(filter(None, names))

    def _latest(self, choice: Choice) -> str:
        """The latest programme that has begun and can answer, if one can."""
        begun = self.shelf.offer.begun[::-1]
        if choice.question == "learning":
            tested = (name for name in begun if took_both_tests(self.shelf.scores(name, choice.period)).any())
            return next(tested, begun[0])
        return begun[0]

    def _of_all(self) -> str:
        """A question that can be asked of all programmes."""
        free = [key for key in self.shelf.offer.questions if not QUESTIONS[key].of_programme]
        return free[0] if free else self.choice.question
