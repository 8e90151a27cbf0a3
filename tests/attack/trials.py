"""One random company, attacked by every technique: what came out of the gates, and what comes out without them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from tests.attack import breakdowns, releases, sizes

TECHNIQUES = ("margins and complements", *releases.TECHNIQUES, "sizes")
Outcome = dict[str, dict[str, int]]


def trial(seed: int) -> Outcome:
    """Return for each technique whether it recovered something: ``gated``, and ``ungated`` (the control)."""
    rng = np.random.default_rng(seed)
    return {
        "margins and complements": _margins(rng),
        **{name: _runs(draw(rng)) for name, draw in releases.TECHNIQUES.items()},
        "sizes": _sizes(rng),
    }


def weeks(seed: int) -> dict[str, int]:
    """Twelve weekly runs: pages about everybody that were held back, and what all pages together tell of a few."""
    case = releases.weekly(np.random.default_rng(seed))
    out = releases.released(case)
    held = sum(page.label in ("", "week") and page not in out for page in case.pages)
    return {
        "targets": len(case.targets),
        "held": held,
        "gated": len(releases.recovered(case, out)),
        "ungated": len(releases.recovered(case, case.pages, exact=True)),
    }


def _margins(rng: np.random.Generator) -> dict[str, int]:
    while True:
        table = breakdowns.draw(rng)
        few = breakdowns.targets(table)
        if few:
            break
    told = breakdowns.published(table)
    one = few[:1]
    return {
        "gated": int(bool(breakdowns.recovered(table, told, few))),
        "ungated": int(bool(breakdowns.recovered(table, breakdowns.ungated(table, one[0]), one, exact=True))),
        "shown": int(told["estimate"].notna().sum()),
    }


def _runs(case: releases.Case) -> dict[str, int]:
    out = releases.released(case)
    return {
        "gated": int(bool(releases.recovered(case, out))),
        "ungated": int(bool(releases.recovered(case, case.pages, exact=True))),
        "shown": len(out),
    }


def _sizes(rng: np.random.Generator) -> dict[str, int]:
    parts = sizes.draw(rng)
    told = sizes.published(parts)
    return {
        "gated": int(sizes.recovered(parts, told)),
        "ungated": int(sizes.recovered(parts, sizes.ungated(parts), exact=True)),
        "shown": int(told["estimate"].notna().sum()),
    }


def summed(trials: Iterable[Outcome]) -> Mapping[str, Mapping[str, int]]:
    """Return the outcomes of many trials by technique."""
    trials = list(trials)
    return {
        name: {kind: sum(one[name][kind] for one in trials) for kind in ("gated", "ungated", "shown")}
        for name in TECHNIQUES
    }
