"""Teams that diverge linearly, and a training without any effect: is the false effect let through?"""

import numpy as np
import pandas as pd
import pytest

from tests.prove.harness import seed_of
from tne.measures.designs.teams import staggered

REPLICATIONS = 100
STARTS, TEAMS, PEOPLE, WEEKS = (12.0, 15.0, 18.0, np.nan), 6, 5, 30
CALL = {"baseline": 8, "window": 6, "conf_level": 0.95, "minimum_effect": 1.5}
HALF_THE_EFFECT = 1.5  # points; the training would be worth 3
NOISE = 0.05  # of a person's accuracy in a week


def panel(rng, slope, noise=NOISE):
    """Ten audits a person-week; trained teams gain `slope` points a week on the late ones, trained or not."""
    n = len(STARTS) * TEAMS * PEOPLE
    start, week = np.repeat(STARTS, TEAMS * PEOPLE), np.arange(WEEKS)
    accuracy = rng.uniform(0.6, 0.8, (n, 1)) + rng.normal(0, noise, (n, WEEKS))
    accuracy = accuracy + slope / 100 * week * ~np.isnan(start)[:, None]
    return pd.DataFrame(
        {
            "moderator_id": np.repeat(np.arange(n), WEEKS),
            "home_team": np.repeat(np.arange(n) // PEOPLE, WEEKS).astype(str),
            "home_cohort": np.repeat(start, WEEKS),
            "period": np.tile(week, n),
            "weighted_correct": 10 * accuracy.ravel(),
            "weight_sum": 10.0,
        }
    )


@pytest.mark.slow
@pytest.mark.thorough
def test_a_linear_divergence_worth_half_the_effect_is_seldom_taken_for_it(request):
    quiet = staggered(panel(np.random.default_rng(0), slope=1.0, noise=0.0), **CALL)
    slope = HALF_THE_EFFECT / quiet.effect.estimate
    estimates, significant, passed = [], [], []
    for replication in range(REPLICATIONS):
        rng = np.random.default_rng(seed_of(request.node.name, replication))
        found = staggered(panel(rng, slope), **CALL)
        status = {check.name: check.status for check in found.checks}
        estimates.append(found.effect.estimate)
        significant.append(found.effect.conf_low > 0)
        passed.append(status["linear_trend"] == "pass")
    significant, passed = np.array(significant), np.array(passed)
    assert np.mean(estimates) == pytest.approx(HALF_THE_EFFECT, abs=0.2)
    assert significant.mean() > 0.5  # without the check most of these panels would fool us
    slack = 3 * np.sqrt(0.05 * 0.95 / REPLICATIONS) + 0.02
    assert (significant & passed).mean() <= 0.05 + slack
