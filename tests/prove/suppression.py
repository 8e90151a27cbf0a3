"""Breakdowns of random companies, gated and attacked: is any number about few people worked out, is enough shown?"""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from tests.prove.harness import Proof, reached
from tests.prove.suppression_optimum import fewest_hidden
from tests.prove.suppression_world import (
    KINDS,
    MIN_N,
    SHAPES,
    World,
    hidden_in,
    recovered,
    sensitive,
    world,
)
from tne.report.breakdown import cells_of, sums
from tne.report.disclosure import publishable_frame
from tne.report.dominance import people_behind
from tne.report.suppression import suppress

CODED = ("below_5_percent", "above_95_percent")
UTILITY = 0.25  # of the replications also compare a flat table with the optimum
SECONDS = 60.0


def one(seed: int) -> dict[str, Any]:
    """Attack one random breakdown as published, with rows gated alone, and ungated; compare one with the optimum."""
    rng = np.random.default_rng(seed)
    row = attack(rng)
    return row | (utility(rng) if rng.random() < UTILITY else {})


def attack(rng: np.random.Generator) -> dict[str, Any]:
    """Draw a breakdown with a cell that must not be known, gate it, attack it."""
    told = _with_few(
        rng,
        kind=str(rng.choice(KINDS)),
        shape=str(rng.choice(SHAPES)),
        known=bool(rng.random() < 0.5),
        disjoint=bool(rng.random() < 0.5),
    )
    few = sensitive(told)
    published = publishable_frame(told.frame, min_n=MIN_N, **told.gating)
    hidden = hidden_in(published)
    alone = hidden_in(publishable_frame(told.frame, min_n=MIN_N, contributions=told.contributions))
    by_rows = recovered(told, alone)
    return {
        "kind": told.kind,
        "cells": len(hidden),
        "shown_though_few": int((few & ~hidden & ~published["note"].isin(CODED).to_numpy()).sum()),
        **recovered(told, hidden),
        "rows_alone": by_rows["few"] + by_rows["groups"],
        # without a gate every number stands there: it is read, not worked out
        "ungated": int((few & told.frame["estimate"].notna().to_numpy()).sum()),
    }


def utility(rng: np.random.Generator) -> dict[str, Any]:
    """Compare what is hidden of a flat table of up to 8 by 8 with margins to the least that must be."""
    told = _with_few(rng, kind=str(rng.choice(KINDS)), shape="two", known=False, disjoint=True)
    frame = told.frame
    if told.contributions is not None:
        pairs = zip(frame["n_people"], told.contributions, strict=True)
        frame = frame.assign(n_people=[people_behind(people, each) for people, each in pairs])
    primary = (frame["n_people"] < MIN_N).to_numpy()
    lines = sums(frame, told.keys, trees={})
    cells = cells_of(frame, primary, lines, told.gating["adds"], told.gating["weight"])
    hidden = int(suppress(cells, primary, min_n=MIN_N, people="disjoint").sum())
    least = fewest_hidden(cells, primary, min_n=MIN_N, seconds=SECONDS)
    return {"table": len(frame), "table_hidden": hidden, "table_least": least}


def _with_few(rng: np.random.Generator, **drawn: Any) -> World:
    while True:
        told = world(rng, **drawn)
        if sensitive(told).any():
            return told


def judge(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Nothing about few people is worked out; the attack works where it should; most that can be shown is shown."""
    sets = len(rows)
    broken = [row for row in rows if row["few"] + row["groups"] + row["shown_though_few"]]
    # the largest rate under which so few would be found with a probability of 5 % (exact for none)
    upper = 1 - 0.05 ** (1 / sets) if not broken else float("nan")
    tables = [row for row in rows if "table" in row]
    solved = [row for row in tables if row["table_least"] is not None]
    shown = np.array([row["table"] - row["table_hidden"] for row in solved])
    best = np.array([row["table"] - row["table_least"] for row in solved])
    outcome = {
        "sets": sets,
        "sets_by_kind": dict(Counter(row["kind"] for row in rows)),
        "cells": sum(row["cells"] for row in rows),
        "cells_hidden": sum(row["hidden"] for row in rows),
        "sensitive_cells": sum(row["sensitive"] for row in rows),
        "sets_recovered": len(broken),
        "recovered_at_most": upper,
        "cells_of_many_people_worked_out": sum(row["others"] for row in rows),
        "sets_in_which_known_totals_say_it": sum(row["by_totals"] > 0 for row in rows),
        "attack_succeeds_ungated": float(np.mean([row["ungated"] > 0 for row in rows])),
        "attack_succeeds_with_rows_gated_alone": float(np.mean([row["rows_alone"] > 0 for row in rows])),
        "tables": len(tables),
        "tables_unsolved": len(tables) - len(solved),
        "shown_of_optimum": float(shown.sum() / best.sum()),
        "shown_of_optimum_mean": float(np.mean(shown / best)),
        "shown_of_optimum_least": float(np.min(shown / best)),
        "tables_at_85_percent": float(np.mean(shown >= 0.85 * best)),
    }
    bars = {
        "at_most_0.3_percent_recovered": upper <= max(0.003, 1 - 0.05 ** (1 / sets)),
        "no_cell_of_many_people_worked_out": outcome["cells_of_many_people_worked_out"] == 0,
        "attack_succeeds_ungated": outcome["attack_succeeds_ungated"] >= 0.95,
        "attack_succeeds_with_rows_gated_alone": outcome["attack_succeeds_with_rows_gated_alone"] >= 0.5,
        "shows_85_percent_of_the_optimum": outcome["shown_of_optimum"] >= 0.85,
    }
    return {"outcomes": outcome, "bars": bars, "passed": all(bars.values())}


SUPPRESSION = Proof(
    name="suppression",
    claim="in breakdowns of random companies (counts, sums, rates; one or two keys, trees) no number about fewer than "
    "ten people is worked out from what is shown; at least 85 % of the cells of the optimum are shown",
    covers=(
        *reached("tne.report.disclosure"),
        "tests/prove/suppression.py",
        "tests/prove/suppression_world.py",
        "tests/prove/suppression_optimum.py",
    ),
    replications=1000,
    one=one,
    judge=judge,
)
