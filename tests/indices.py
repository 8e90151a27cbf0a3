"""An index of many markets and programmes, made up by rule: what tests of the page and of the browser open."""

from __future__ import annotations

import datetime as dt
from typing import Any

from babel import Locale

TITLES = (
    *("Hateful conduct: policy update", "Minor safety: refresher", "Livestream basics: e-learning"),
    *("Appeals: handling workshop", "Coaching after low audit scores", "Graphic violence: onboarding"),
    *("Election integrity: briefing", "Scams and fraud: simulations", "Self-harm: escalation drill"),
    *(
        "Dangerous organisations: deep dive",
        "Nudity and art: calibration",
        "Counterfeits: intellectual property",
    ),
)
ACTIONS = {"scale": 3.2, "keep": 1.4, "revise": 0.2, "stop": -2.1, "measure_better": 0.9}
WHY = "Code cell 3 (under “The data”) took longer than 8 s."
NEWEST = dt.date(2026, 10, 1)


def codes(n: int) -> list[str]:
    """Return the first `n` country codes."""
    territories = sorted(code for code in Locale("en").territories if len(code) == 2 and code.isalpha())
    return territories[:n]


def made_up(n: int = 65, m: int = 12) -> dict[str, Any]:
    """Return the arguments of `index_page` for `n` markets and `m` programmes, its voice apart.

    Every thirteenth market has a stale report, every seventeenth data of two months ago; one case of six did not run.
    """
    programmes = [{"programme_id": f"p{k:02d}", "title": title} for k, title in enumerate(TITLES[:m])]
    markets, cells, failures = [], {}, []
    for i, code in enumerate(codes(n)):
        stale = i % 13 == 5
        reports = ("effectiveness", "assessment", "briefing")
        links = [{"report": name, "href": f"{name}/{code}.html"} for name in reports]
        links[0] |= {"formats": [["pdf", f"effectiveness/{code}.pdf"]] if i % 9 == 0 else []}
        links[0] |= {
            "older": [{"period": "2026Q2", "href": f"effectiveness/{code}/2026Q2.html"}]
            if i % 20 == 0
            else []
        }
        market = {"market": code, "name": code, "as_of": NEWEST - dt.timedelta(60 * (i % 17 == 3) + i % 3)}
        markets.append(
            market | {"status": "stale" if stale else "published", "reason": WHY * stale, "reports": links}
        )
        if stale:
            failures.append({"report": "briefing", "market": code, "reason": WHY})
        for k, programme in enumerate(programmes):
            if (i * 7 + k * 3) % 6:
                cells[code, programme["programme_id"]] = _cell(code, i, k)
    return {
        "markets": markets,
        "programmes": programmes,
        "cells": cells,
        "failures": failures,
        "run": {"run_id": "0123456789abcdef", "numbers": "estimates.csv"},
        "news": {"since": "2026-09-01", "changes": list(_changes(cells))},
    }


def _cell(code: str, i: int, k: int) -> dict[str, Any]:
    action = list(ACTIONS)[(i * 3 + k * 5 + i * k) % len(ACTIONS)]
    told = {"decision": action, "href": f"effectiveness/{code}.html"}
    if action == "measure_better" and (i + k) % 7 == 0:  # too few people
        return {**told, "grade": ""}
    value = round(ACTIONS[action] + (i % 5) / 10, 1)
    numbers = {"estimate": value, "conf_low": round(value - 1.1, 1), "conf_high": round(value + 1.1, 1)}
    return {**told, "grade": "ABBCD"[(i + k) % 5], **numbers}


def _changes(cells: dict[tuple[str, str], dict[str, Any]]) -> Any:
    for market, programme in list(cells)[3::60]:
        cell = cells[market, programme]
        told = {"market": market, "programme": programme, "after": [cell["decision"], cell["grade"]]}
        if cell["decision"] != "measure_better":
            yield {"kind": "action", **told, "before": ["measure_better", "C"]}
    first = next(iter(cells))[0]
    yield {"kind": "recovered", "market": first, "report": "assessment"}
