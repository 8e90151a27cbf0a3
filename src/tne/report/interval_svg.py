"""An interval drawn small enough for a table row, on the scale that all rows share."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT, MIDDLE = 240, 30, 15
_MARGIN = 8


@dataclass(frozen=True)
class Scale:
    """Common horizontal scale, in points."""

    low: float
    high: float

    def x(self, value: float) -> float:
        """Return the horizontal position of `value`, kept inside the drawing."""
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return round(_MARGIN + share * (WIDTH - 2 * _MARGIN), 1)

    def ticks(self) -> tuple[float, ...]:
        """Return round values on the scale, zero among them."""
        step = _round_step((self.high - self.low) / 4)
        first, last = math.ceil(self.low / step), math.floor(self.high / step)
        return tuple(round(step * k, 10) for k in range(first, last + 1))


def common_scale(intervals: Sequence[tuple[float, float, float]], minimum: Sequence[float] = ()) -> Scale:
    """Return the scale that shows zero, all estimates and as much of the intervals as stays readable.

    Parameters
    ----------
    intervals : sequence of (estimate, low, high)
    minimum : sequence of float
        Smallest effects worth having, NaN where none.
    """
    points = [e for e, _, _ in intervals if math.isfinite(e)] + [m for m in minimum if math.isfinite(m)]
    reach = 3 * max([1.0, *(abs(p) for p in points)])  # one very wide interval must not flatten the others
    limits = [v for _, low, high in intervals for v in (low, high) if math.isfinite(v)]
    inside = [min(max(v, -reach), reach) for v in [*limits, *points, 0.0]]
    low, high = min(inside), max(inside)
    pad = 0.06 * (high - low) if high > low else 1.0
    return Scale(low - pad, high + pad)


def interval_svg(scale: Scale, estimate: float, low: float, high: float, minimum: float, state: str) -> str:
    """Return one row's drawing: zero line, dashed line at the minimum effect, interval, marker by verdict.

    Circle: effective. Diamond: no useful change or harm. Square: cannot tell. An arrow means that the interval goes
    on beyond the scale. The numbers stand as text beside it, so that the drawing is hidden from screen readers.
    """
    marks = [_line(scale.x(0), 3, scale.x(0), HEIGHT - 3, "iv-zero")]
    if math.isfinite(minimum):
        marks.append(_line(scale.x(minimum), 3, scale.x(minimum), HEIGHT - 3, "iv-min"))
    if math.isfinite(low) and math.isfinite(high):
        marks.append(_line(scale.x(low), MIDDLE, scale.x(high), MIDDLE, "iv-bar"))
        if low < scale.low:
            marks.append(_arrow(scale.x(low), -1))
        if high > scale.high:
            marks.append(_arrow(scale.x(high), 1))
    marks.append(_marker(scale.x(estimate), state))
    return _svg("".join(marks), HEIGHT, f"iv s-{state}")


def axis_svg(scale: Scale, labels: Sequence[tuple[float, str]]) -> str:
    """Return the axis that stands over the column of drawings."""
    marks = "".join(
        f'<line x1="{scale.x(value)}" y1="15" x2="{scale.x(value)}" y2="20" class="iv-tick"></line>'
        f'<text x="{scale.x(value)}" y="11" text-anchor="middle" class="iv-label">{label}</text>'
        for value, label in labels
    )
    return _svg(marks, 20, "iv")


def _svg(marks: str, height: int, classes: str) -> str:
    return f'<svg class="{classes}" viewBox="0 0 {WIDTH} {height}" aria-hidden="true" focusable="false">{marks}</svg>'


def _line(x1: float, y1: float, x2: float, y2: float, name: str) -> str:
    return f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" class="{name}"></line>'


def _arrow(x: float, direction: int) -> str:
    tip, back = x + 5 * direction, x - 2 * direction
    return f'<path d="M{back} {MIDDLE - 5}L{tip} {MIDDLE}L{back} {MIDDLE + 5}" class="iv-arrow"></path>'


def _marker(x: float, state: str) -> str:
    if state == "effective":
        return f'<circle cx="{x}" cy="{MIDDLE}" r="6" class="iv-mark"></circle>'
    if state in ("not_effective", "harmful"):
        corners = f"M{x} {MIDDLE - 8}L{x + 8} {MIDDLE}L{x} {MIDDLE + 8}L{x - 8} {MIDDLE}Z"
        return f'<path d="{corners}" class="iv-mark"></path>'
    return f'<rect x="{round(x - 5.5, 1)}" y="{MIDDLE - 5.5}" width="11" height="11" class="iv-mark"></rect>'


def _round_step(rough: float) -> float:
    size = 10.0 ** math.floor(math.log10(rough))
    return next(size * k for k in (1, 2, 5, 10) if rough <= size * k)
