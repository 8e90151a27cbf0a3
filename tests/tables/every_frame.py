"""Every frame that a workspace gives, by name: what two engines must agree on."""

from collections.abc import Iterator

import pandas as pd

from tne.tables.series import AUDIT_COLUMNS, MEASURES
from tne.tables.workspace import Workspace

ATTEMPTS = ("first", "last", "best")


def every_frame(ws: Workspace) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield (name, frame) of all tables, of every programme and test, and of every measure over time."""
    for name in ws.tables:
        yield f"table {name}", ws.table(name)
    yield "tests", ws.tests()
    yield "people", ws.people()
    yield "quality", ws.quality().to_frame()
    yield from _of_programmes(ws)
    yield from _over_time(ws)


def market_frames(ws: Workspace, market: str) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield (name, frame) of what is asked for one market, with the filters that the others leave out."""
    for name in ws.tables:
        table = ws.table(name, market)
        yield f"{market} table {name}", table
    yield f"{market} production of a week", ws.table("production", market, "2026-03-02", "2026-03-08")
    yield f"{market} audits of a day", ws.table("audits", market, "2026-03-02", "2026-03-02")
    yield f"{market} people", ws.people(market)
    yield f"{market} tests", ws.tests(market)
    yield f"{market} rows", pd.DataFrame({"rows": [ws.rows_used(market)]})
    yield f"{market} series", ws.series("accuracy", ("team", "policy_area"), "M", market)
    yield f"{market} audits_by", ws.audits_by("team", "error_type", market=market)
    for programme in ws.programmes["programme_id"]:
        yield f"{market} panel {programme}", ws.panel(programme, market)
        yield f"{market} scores {programme}", ws.scores(programme, market)


def _of_programmes(ws: Workspace) -> Iterator[tuple[str, pd.DataFrame]]:
    tests = ws.tests()
    for programme in (*ws.programmes["programme_id"], None):
        yield f"panel {programme}", ws.panel(programme, provisional=True)
        yield f"closed panel {programme}", ws.panel(programme)
    for programme in ws.programmes["programme_id"]:
        for attempt in ATTEMPTS:
            yield f"scores {programme} {attempt}", ws.scores(programme, attempt=attempt)
            yield f"item_responses {programme} {attempt}", ws.item_responses(programme, attempt=attempt)
    for test in tests.itertuples():
        for attempt in ATTEMPTS:
            asked = (test.programme_id, test.wave, test.form)
            yield f"item_scores {asked} {attempt}", ws.item_scores(*asked, attempt=attempt)


def _over_time(ws: Workspace) -> Iterator[tuple[str, pd.DataFrame]]:
    for measure, taken in MEASURES.items():
        if taken.table in ws.tables:
            yield f"series {measure} W", ws.series(measure)
            for start in range(0, len(taken.by), 4):
                by = taken.by[start : start + 4]
                yield f"series {measure} M {by}", ws.series(measure, by, "M", provisional=start > 0)
    if "audits" in ws.tables:
        yield "audits_by all", ws.audits_by()
        for start in range(0, len(AUDIT_COLUMNS), 3):
            by = AUDIT_COLUMNS[start : start + 3]
            yield f"audits_by {by}", ws.audits_by(*by)
