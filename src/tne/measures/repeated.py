"""Does a person stand in several rows, which errors that count rows would take for several people?"""

from __future__ import annotations

from tne.result import Check


def repeated_people(n_rows: int, n_people: int) -> tuple[Check, ...]:
    """Return a warning where there are more rows than people, nothing otherwise."""
    if n_rows <= n_people:
        return ()
    detail = (
        f"{n_rows} rows of {n_people} people: the error counts rows and is too small. "
        "Keep one row each, or give cluster='moderator_id'."
    )
    return (Check("repeated_people", "warn", detail),)
