"""The house in one picture, drawn from the rules that tests/test_layers.py enforces."""

from __future__ import annotations

import html
from dataclasses import dataclass

from tests.test_layers import ROOMS, THIRD_PARTY

WIDTH, HEIGHT, BOX, TALL = 880, 560, 250, 62
WORDS = {
    "result": "what every analysis returns",
    "checks": "what input must look like",
    "measures": "the analyses, one file a question",
    "tables": "contracts, import, storage",
    "simulate": "companies with a known truth",
    "report": "figures, words, disclosure",
    "runs": "plan, execute, publish",
}
# Upper left corner of each room; who imports stands above what it imports
PLACES = {
    "runs": (315, 130),
    "report": (40, 250),
    "tables": (590, 250),
    "measures": (180, 365),
    "simulate": (450, 365),
    "result": (40, 480),
    "checks": (590, 480),
}


@dataclass(frozen=True)
class Box:
    """A rectangle with a name and one line below it."""

    name: str
    words: str
    x: float
    y: float
    width: float = BOX

    @property
    def middle(self) -> float:
        """Return the x of the middle."""
        return self.x + self.width / 2


def svg() -> str:
    """Return the picture. A room without a place here is a KeyError: give it one."""
    rooms = {name: Box(name, WORDS[name], *PLACES[name]) for name in ROOMS}
    front = [
        Box("notebooks", "public names of tne only", 40, 20, 380),
        Box("command line and desk", "may use any room", 460, 20, 380),
    ]
    arrows = [(rooms[a], rooms[b]) for a, allowed in sorted(ROOMS.items()) for b in sorted(allowed)]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="t d" '
            'font-family="sans-serif" font-size="14">',
            '<title id="t">The house in one picture</title>',
            f'<desc id="d">{html.escape(words())}</desc>',
            "<defs><marker id='tip' viewBox='0 0 10 10' refX='9' refY='5' markerWidth='7' markerHeight='7' "
            "orient='auto'><path d='M0 0 10 5 0 10z' fill='#444'/></marker></defs>",
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
            *(_arrow(a, b) for a, b in arrows),
            *(_box(box, "#eef3fb") for box in front),
            *(_box(box, "#f6f4ee") for box in rooms.values()),
            "</svg>\n",
        ]
    )


def words() -> str:
    """Return the rules in words, for those who do not see the picture."""
    told = []
    for room, allowed in ROOMS.items():
        only = sorted(lib for lib, owner in THIRD_PARTY.items() if owner == room)
        may = f"may import {' and '.join(sorted(allowed))}" if allowed else "imports nothing of the house"
        told.append(f"{room} {may}" + (f" and alone {', '.join(only)}" if only else "") + ".")
    return " ".join(told)


def table() -> str:
    """Return the same rules as a table in Markdown."""
    rows = ["| room | answers | may import | alone imports |", "|---|---|---|---|"]
    for room, allowed in ROOMS.items():
        only = sorted(lib for lib, owner in THIRD_PARTY.items() if owner == room)
        rows.append(
            f"| `{room}` | {WORDS[room]} | {', '.join(f'`{a}`' for a in sorted(allowed)) or 'nothing of the house'} | "
            f"{', '.join(f'`{o}`' for o in only) or '–'} |"
        )
    return "\n".join(rows)


def _box(box: Box, fill: str) -> str:
    return (
        f'<g><rect x="{box.x}" y="{box.y}" width="{box.width}" height="{TALL}" rx="6" fill="{fill}" stroke="#444"/>'
        f'<text x="{box.middle}" y="{box.y + 26}" text-anchor="middle" font-weight="bold" fill="#111">'
        f"{html.escape(box.name)}</text>"
        f'<text x="{box.middle}" y="{box.y + 46}" text-anchor="middle" font-size="12" fill="#333">'
        f"{html.escape(box.words)}</text></g>"
    )


def _arrow(a: Box, b: Box) -> str:
    drop = b.y - (a.y + TALL)
    return (
        f'<path d="M{a.middle} {a.y + TALL} C{a.middle} {a.y + TALL + drop * 0.6:.0f} '
        f'{b.middle} {b.y - drop * 0.6:.0f} {b.middle} {b.y}" fill="none" stroke="#444" marker-end="url(#tip)">'
        f"<title>{a.name} may import {b.name}</title></path>"
    )
