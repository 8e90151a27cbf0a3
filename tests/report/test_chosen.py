"""At the desk, a comparison of groups that were chosen by the outcome says so; any other is silent."""

import inspect
import os
import subprocess
import sys
import warnings

import numpy as np
import pandas as pd
import pytest

import tne
from tne.report.chosen import is_chosen, ordered_by, watched


@pytest.fixture
def scores(rng):
    """Sixty people of three cohorts who all learn the same."""
    pre = rng.normal(50, 10, 60)
    return pd.DataFrame(
        {
            "moderator_id": [f"m{i}" for i in range(60)],
            "cohort": np.repeat(["2026-W02", "2026-W06", "2026-W10"], 20),
            "arm": np.tile(["trained", "waitlist"], 30),
            "pre": pre,
            "post": pre + rng.normal(5, 5, 60),
            "delayed": pre + rng.normal(4, 6, 60),
        }
    )


def quarters(values):
    return pd.qcut(values, 4, labels=["lowest", "low", "high", "highest"]).astype(str)


def by_quarter(column):
    return lambda s: s.assign(group=quarters(s[column]))


@pytest.mark.parametrize(
    "chosen",
    [
        by_quarter("post"),
        by_quarter("delayed"),
        lambda s: s.assign(group=quarters(s["post"] - s["pre"])),  # those who gained most
        lambda s: by_quarter("post")(s).query("group in ['lowest', 'highest']"),
        lambda s: s.assign(group=s["post"] > s["post"].median()),
    ],
)
def test_groups_cut_from_what_is_known_afterwards_are_heard(scores, chosen):
    frame = chosen(scores).reset_index(drop=True)
    with pytest.warns(UserWarning, match="chosen by the outcome itself"):
        result = watched(tne.ancova)(
            frame, outcome="post", baseline="pre", group="group", reference=frame["group"].iloc[0]
        )
    assert is_chosen(result)


@pytest.mark.parametrize("group", ["cohort", "arm", "early"])
def test_groups_that_were_fixed_before_are_silent(scores, group):
    frame = scores.assign(
        early=by_quarter("pre")(scores)["group"]
    )  # regression to the mean has its own check
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = watched(tne.ancova)(
            frame, outcome="post", baseline="pre", group=group, reference=frame[group].iloc[0]
        )
    assert not is_chosen(result)


def test_columns_that_a_measure_knows_by_itself_are_looked_at(scores):
    with pytest.warns(UserWarning, match="gain_by_group"):
        watched(tne.gain_by_group)(by_quarter("post")(scores), by="group")


def test_few_rows_single_people_and_equal_values_prove_nothing():
    post = pd.Series(np.arange(40.0))
    frame = pd.DataFrame({"half": post >= 20, "one": post})
    assert ordered_by(frame, ["half"], post)
    assert not ordered_by(frame.iloc[12:28], ["half"], post.iloc[12:28])
    assert not ordered_by(frame, ["one"], post)
    assert not ordered_by(frame, ["half"], post * 0)
    assert not ordered_by(frame, ["half"], post * np.nan)


def test_a_watched_function_teaches_and_fails_as_the_plain_one(scores):
    plain = tne.ancova
    assert inspect.signature(watched(plain)) == inspect.signature(plain)
    assert watched(plain).__doc__ == plain.__doc__
    assert watched(plain) is watched(plain)
    assert watched(tne.mean_change) is tne.mean_change  # compares no groups
    assert watched(tne.Estimate) is tne.Estimate
    with pytest.raises(KeyError):
        watched(plain)(scores, outcome="post", baseline="pre", group="absent", reference="a")


INSIDE = """
import warnings
warnings.simplefilter("ignore")
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
import pandas as pd, tne
people = pd.DataFrame({"pre": [i % 7 for i in range(40)], "post": range(40), "arm": [i % 2 for i in range(40)]})
show = shell.display_formatter.formatters["text/html"]
for group in (people["post"] >= 20, people["arm"]):
    given = people.assign(moderator_id=range(40), group=group.astype(int))
    print("No effect:" in show(tne.ancova(given, outcome="post", baseline="pre", group="group", reference=0)))
"""


@pytest.mark.parametrize(("variables", "told"), [({}, "True\nFalse"), ({"TNE_READS": "x"}, "False\nFalse")])
def test_the_result_shows_it_in_a_notebook_and_not_in_a_report(variables, told, tmp_path):
    """In processes of their own: what is registered stays."""
    done = subprocess.run(
        [sys.executable, "-c", INSIDE],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    assert done.stdout.strip() == told
