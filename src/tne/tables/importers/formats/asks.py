"""Which questions do several formats ask, and how does the answer stand in a mapping?"""

from __future__ import annotations

from collections.abc import Mapping

from tne.tables.importers.formats.format import Ask
from tne.tables.importers.formats.writing import toml

ROSTER = "the roster's"

PROGRAMME = Ask(name="programme", what="the programme that the export belongs to")
WAVE = Ask(name="wave", what="when it was taken", choices=("pre", "post", "delayed", "quiz"))
FORM = Ask(name="form", what="the test form; if not given: made of the name of the quiz", default="")
SCALE = Ask(name="scale", what="only equal scales give gains; if not given: programme and form", default="")
MARKET = Ask(name="market", what="the market of everybody in it", default=ROSTER)


def constants_of_test(programme: str, form: str, scale: str) -> str:
    """Return what all questions of a test have in common, as lines of a mapping; no scale: programme and form."""
    return f"""\
programme_id = {toml(programme)}
form = {toml(form)}
scale = {toml(scale or f"{programme} {form}")}"""


def market(answers: Mapping[str, str]) -> str:
    """Return how `market` is filled: from the roster, or the same for all."""
    if answers["market"] == ROSTER:
        return 'market = { roster = "market" }'
    return f"market = {{ constant = {toml(answers['market'])} }}"
