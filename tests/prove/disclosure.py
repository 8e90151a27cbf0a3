"""Does anything of fewer than ten people come out? A thousand random companies, attacked by every technique."""

from __future__ import annotations

from typing import Any

from tests.attack.trials import TECHNIQUES, summed, trial, weeks
from tests.prove.harness import Proof, reached

SETS, WEEKS_EVERY = 1000, 20
CONTROL = 0.95


def one(seed: int) -> dict[str, Any]:
    """Attack one company; every twentieth over twelve weekly runs, too."""
    return {"trial": trial(seed), "weeks": weeks(seed) if seed % WEEKS_EVERY == 0 else None}


def at_most(recovered: int, sets: int) -> float:
    """Return the exact upper limit (Clopper and Pearson, one-sided 95 %) of the share that is recovered."""
    from scipy.stats import beta

    return float(beta.ppf(0.95, recovered + 1, sets - recovered))


def judge(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Nobody is recovered; the same attacks succeed without the gates; weekly runs publish."""
    found = summed(row["trial"] for row in rows)
    lost = sum(any(row["trial"][name]["gated"] for name in TECHNIQUES) for row in rows)
    weekly = [row["weeks"] for row in rows if row["weeks"]]
    limit = at_most(lost, len(rows))
    outcome = {
        "recovered": {name: found[name]["gated"] for name in TECHNIQUES},
        "sets_with_a_recovery": lost,
        "said": f"at most {100 * limit:.1f} %, 95 %",
        "numbers_shown": {name: found[name]["shown"] for name in TECHNIQUES},
        "recovered_without_gates": {name: found[name]["ungated"] / len(rows) for name in TECHNIQUES},
        "weekly": {
            "companies": len(weekly),
            **{name: sum(row[name] for row in weekly) for name in ("targets", "held", "gated", "ungated")},
        },
    }
    bars = {
        "nobody_recovered": lost == 0,
        "controls_succeed": min(outcome["recovered_without_gates"].values()) >= CONTROL,
        "weekly_runs_publish": len(weekly) > 0 and outcome["weekly"]["held"] == 0,
        "twelve_weeks_recover_nobody": outcome["weekly"]["gated"] == 0 < outcome["weekly"]["targets"],
    }
    return {"outcomes": outcome, "bars": bars, "passed": all(bars.values())}


DISCLOSURE = Proof(
    name="disclosure",
    claim="on 1,000 random companies margins, complements, two runs, overlapping groups, shifted windows, widths and "
    "decimals recover no value of fewer than ten people; without the gates they do; twelve weekly runs publish",
    covers=(
        *reached("tne.report.disclosure", "tne.tables.ledger_rules"),
        "tests/attack/breakdowns.py",
        "tests/attack/feasible.py",
        "tests/attack/readings.py",
        "tests/attack/releases.py",
        "tests/attack/sizes.py",
        "tests/attack/trials.py",
    ),
    replications=SETS,
    one=one,
    judge=judge,
)
