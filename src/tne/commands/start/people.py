"""Who stands in the exports? Where there is no roster, a list of them is begun, for somebody to complete."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from tne.commands.start.exports import TODO, Proposal
from tne.tables.importers.errors import Bad
from tne.tables.importers.formats.writing import toml
from tne.tables.importers.guess_columns import kind_of
from tne.tables.importers.guess_file import look
from tne.tables.importers.mapping import Source
from tne.tables.importers.reading import Sheet, clean
from tne.tables.importers.texts import text_of
from tne.tables.pseudonyms import normalise

KINDS = ("employee_number", "mail", "upn", "username")
UNKNOWN_DAY = "2000-01-01"  # so long ago that nobody counts as new
_TEAMS = frozenset({"team", "squad", "gruppe", "equipo", "équipe", "equipe"})


@dataclass
class Person:
    """One person: the aliases that some row puts side by side, and the teams that rows name."""

    aliases: dict[str, str] = field(default_factory=dict)
    teams: Counter[str] = field(default_factory=Counter)


def people_in(proposals: Iterable[Proposal]) -> list[Person]:
    """Return the people of some exports, each once as far as the exports tell, by their aliases.

    Two aliases are one person's if a row holds both. Names are not looked at.
    """
    of: dict[tuple[str, str], Person] = {}
    for each in proposals:
        for aliases, team in _rows(_sheet(each)):
            keys = [(kind, normalise(text)) for kind, text in aliases.items()]
            person = next((of[key] for key in keys if key in of), Person())
            for key, (kind, text) in zip(keys, aliases.items(), strict=True):
                if key not in of and kind not in person.aliases:
                    person.aliases[kind] = text
                    of[key] = person
            person.teams.update([team] if team else [])
    found = {id(person): person for person in of.values()}
    return sorted(found.values(), key=lambda p: [p.aliases.get(kind, "") for kind in KINDS])


def roster(people: Sequence[Person], markets: Sequence[str]) -> tuple[str, str]:
    """Return a roster begun (CSV) and its mapping (TOML)."""
    kinds = [kind for kind in KINDS if any(kind in person.aliases for person in people)]
    kinds.sort(key=lambda kind: -sum(kind in person.aliases for person in people))
    out = io.StringIO(newline="")
    write = csv.writer(out, lineterminator="\n")
    write.writerow([*kinds, "market", "team", "hired_on", "left_on"])
    for person in people:
        team = person.teams.most_common(1)[0][0] if person.teams else "all"
        market = markets[0] if len(markets) == 1 else TODO
        write.writerow([*(person.aliases.get(kind, "") for kind in kinds), market, team, UNKNOWN_DAY, ""])
    aliases = ", ".join(f"{kind} = {toml(kind)}" for kind in kinds[1:])
    more = f", aliases = {{ {aliases} }}" if aliases else ""
    return out.getvalue(), _MAPPING.format(kind=kinds[0], more=more, day=UNKNOWN_DAY)


def unlinked(people: Sequence[Person]) -> int:
    """Return how many people lack an alias that others have: an export that knows them by it will not find them."""
    kinds = {kind for person in people for kind in person.aliases}
    return sum(set(person.aliases) != kinds for person in people)


_MAPPING = """\
# Who is who, begun from the aliases in your exports. Replace it by your roster's export as soon as you can get one.
# hired_on {day} stands for "unknown": nobody counts as new, so there is no page on onboarding.
# team "all" stands for "unknown": without teams there is no comparison of teams.

[source]
name = "roster"
kind = "csv"
encoding = "utf-8-sig"

[[table]]
into = "moderators"
[table.columns]
moderator_id = {{ person = {{ column = "{kind}", kind = "{kind}", create = true{more} }} }}
valid_from = "hired_on"
market = "market"
team = "team"
hired_on = "hired_on"
left_on = "left_on"
"""


def _sheet(each: Proposal) -> Sheet:
    if each.format is None:
        return look(each.path).sheet
    return each.format.read(each.path, Source(name="sample", kind=each.format.name))


def _rows(sheet: Sheet) -> Iterable[tuple[Mapping[str, str], str]]:
    """Return of each row that names somebody the aliases by kind, and the team."""
    columns: dict[str, int] = {}
    for at, header in enumerate(sheet.headers):
        if kind := kind_of(header):
            columns.setdefault(kind, at)
    team = next((at for at, h in enumerate(sheet.headers) if clean(h).casefold() in _TEAMS), None)
    for row in sheet.cells:
        aliases = {kind: text for kind, at in columns.items() if (text := _text(row[at]))}
        if aliases:
            yield aliases, _text(row[team]) if team is not None else ""


def _text(cell: object) -> str:
    return "" if isinstance(cell, Bad) else text_of(cell).strip()
