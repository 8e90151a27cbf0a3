"""With no effect anywhere hardly any portfolio recommends to scale or keep: the verdicts' rule, over whole portfolios.

docs/proof/portfolio.json does the same with simulated companies, from audits on.
"""

import math
from types import SimpleNamespace

import numpy as np

import tne
from tests.prove.harness import seed_of
from tne.measures.evidence import Grade
from tne.result import Estimate

PROGRAMMES, MARKETS, PORTFOLIOS, MINIMUM = 3, 7, 200, 1.5
GRADE = Grade(letter="A", precision="suggestive", design="randomised")


def effect(programme, value, error):
    found = Estimate(
        term="effect",
        estimate=value,
        std_error=error,
        conf_low=value - 1.96 * error,
        conf_high=value + 1.96 * error,
        n_people=60.0,
        n_people_total=120.0,
        unit="points",
    )
    rule = {"minimum_effect": MINIMUM, "n_primary": PROGRAMMES * MARKETS}
    decision = tne.decide(found, GRADE, **rule)
    return SimpleNamespace(
        programme_id=programme,
        title=programme,
        design="randomised",
        effect=found,
        grade=GRADE,
        decision=decision,
        n_trained=60.0,
        n_comparison=60.0,
        planned=True,
        minimum_effect=MINIMUM,
        checks=(),
    )


def portfolio(seed, true):
    """Which programmes of one portfolio are told to have improved decisions; pooled effects have no say in it."""
    rng = np.random.default_rng(seed)
    names = {f"M{k}": f"M{k}" for k in range(MARKETS)}
    voice = tne.say.voice({"market": "all", "language": "en"}, report="portfolio")
    effects = {
        (f"P{p}", market): effect(f"P{p}", rng.normal(true, error), error)
        for p in range(PROGRAMMES)
        for market, error in zip(names, rng.uniform(0.4, 1.2, MARKETS), strict=True)
    }
    items = tne.say.overall(voice, effects, {}, names)
    return [item for item in items if item.state in ("effective", "mixed")]


def test_without_an_effect_hardly_any_portfolio_recommends_to_scale_or_keep():
    told = sum(bool(portfolio(seed_of("portfolio recovery", r), 0.0)) for r in range(PORTFOLIOS))
    assert told / PORTFOLIOS <= 0.02 + 3 * math.sqrt(0.02 * 0.98 / PORTFOLIOS)


def test_a_real_effect_is_found():
    found = [portfolio(seed_of("portfolio recovery, effect", r), 3.0) for r in range(20)]
    assert all(len(items) == PROGRAMMES for items in found)
