"""The numbers of a trial without its checks: those of the trial."""

import numpy as np
import pandas as pd
import pytest

from tne.measures.trial import trial
from tne.measures.trial_rows import arm_rows
from tne.result import estimate_from


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"baselines": ["pre"]},
        {"baselines": ["pre"], "clusters": ["group"]},
        {"baselines": ["pre"], "strata": "block", "errors": "HC1"},
    ],
    ids=["plain", "baseline", "clusters", "strata"],
)
def test_rows_are_the_estimates_of_the_trial(rng, how):
    people = pd.DataFrame({"arm": np.resize(["a", "b", "waitlist"], 90), "pre": rng.normal(size=90)})
    people["group"], people["block"] = np.arange(90) // 3, np.arange(90) % 5
    people["y"] = people["pre"] + rng.normal(size=90)
    people.loc[::9, "y"] = np.nan
    names = {"baselines": "baseline", "clusters": "cluster"}
    asked = {names.get(name, name): value for name, value in how.items()}
    whole = trial(people, outcome="y", arm="arm", control="waitlist", **asked)
    kept = people.dropna(subset=["y"])
    rows = arm_rows(kept, outcome="y", arm="arm", arms=["waitlist", "a", "b"], **how)
    assert [estimate_from(row) for row in rows.plain] == list(whole.unadjusted)
    assert [estimate_from(row) for row in rows.adjusted or rows.plain] == list(whole)
    assert bool(rows.adjusted) == bool(how)


def test_an_arm_of_one_person_is_undefined_with_a_reason():
    people = pd.DataFrame({"arm": list("cccab" + "b"), "y": [1.0, 2, 3, 4, 5, 6]})
    one, two = (
        estimate_from(row) for row in arm_rows(people, outcome="y", arm="arm", arms=list("cab")).plain
    )
    assert np.isnan(one.estimate)
    assert "fewer than two people" in one.note
    assert two.estimate == pytest.approx(3.5)
