"""Where a week lies in its usual range, drawn small enough for a table row."""

from __future__ import annotations

WIDTH, HEIGHT = 240, 24
_LEFT, _RIGHT = 70, 170  # the usual range, the same in every row


def range_svg(value: float, low: float, high: float, *, outside: bool) -> str:
    """Return the usual range as a bar and the week as a dot, a diamond where it lies outside.

    The numbers stand as text beside it, so that the drawing is hidden from screen readers. A week far outside is drawn
    at the edge.
    """
    wide = high - low
    share = (value - low) / wide if wide > 0 else 0.5
    x = round(min(max(_LEFT + share * (_RIGHT - _LEFT), 8), WIDTH - 8), 1)
    middle = HEIGHT / 2
    bar = f'<rect class="iv-usual" x="{_LEFT}" y="{middle - 5:g}" width="{_RIGHT - _LEFT}" height="10"/>'
    line = f'<line class="iv-tick" x1="8" y1="{middle:g}" x2="{WIDTH - 8}" y2="{middle:g}"/>'
    if outside:
        mark = f'<path class="iv-mark" d="M{x:g} {middle - 7:g}l7 7-7 7-7-7z"/>'
    else:
        mark = f'<circle class="iv-mark" cx="{x:g}" cy="{middle:g}" r="5.5"/>'
    return f'<svg class="iv" viewBox="0 0 {WIDTH} {HEIGHT}" aria-hidden="true">{line}{bar}{mark}</svg>'
