"""In a notebook, frames about single people and ungated numbers say that they are not for sharing."""

import os
import subprocess
import sys

import pandas as pd
import pytest

from tne.report.disclosure import publishable_frame
from tne.report.marking import PERSON_LEVEL, UNGATED, reason

RAW = pd.DataFrame({"estimate": [2.4137], "conf_low": [1.3402], "conf_high": [3.4871], "n_people": [44]})
INSIDE = """
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
import pandas as pd, tne
show = shell.display_formatter.formatters["text/html"]
people = pd.DataFrame({"moderator_id": ["<m>"]})
print("Not for sharing" in show(people), "&lt;m&gt;" in show(people))
print("Not for sharing" in show(pd.DataFrame({"market": ["DE"]})))
print("Not for sharing" in show(tne.Estimate(term="gain", estimate=1.0, n_people=20)))
"""


@pytest.mark.parametrize(
    ("frame", "why"),
    [
        (pd.DataFrame({"moderator_id": ["a"], "score": [1]}), PERSON_LEVEL),
        (pd.DataFrame({"score": [1]}, index=pd.Index(["a"], name="moderator_id")), PERSON_LEVEL),
        (pd.DataFrame({"trainer_id": ["a"]}), PERSON_LEVEL),
        (RAW, UNGATED),
        (RAW.assign(n_people=45), UNGATED),  # too many digits
        (publishable_frame(RAW), ""),
        (publishable_frame(RAW.assign(n_people=4)), ""),  # hidden
        (pd.DataFrame({"market": ["DE"], "language": ["de"]}), ""),
    ],
)
def test_the_reason_is_read_from_the_frame(frame, why):
    assert reason(frame) == why


def test_a_notebook_is_told_and_a_report_is_not():
    """In processes of their own: what is registered stays."""
    for variables, told in (({}, "True True\nFalse\nTrue"), ({"TNE_READS": "x"}, "False True\nFalse\nFalse")):
        done = subprocess.run(
            [sys.executable, "-c", INSIDE],
            env={**os.environ, **variables},
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.strip() == told


def test_outside_of_ipython_nothing_is_imported():
    code = "import sys, tne; print({'pandas', 'IPython', 'tne.report.marking'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
