"""A new measure: a function that works, a test that says its source of truth, a page of docs, a public name."""

from __future__ import annotations

import re
from pathlib import Path

from tne.runs.outcome import UsageError

_MEASURE = '''\
"""What is the mean of a score among people? Change this question: a module answers one."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
from scipy import stats

from tne.checks import require_columns, require_level_of_confidence, require_no_missing, require_numeric
from tne.result import Check, Estimate


def {name}(
    frame: pd.DataFrame, *, value: str, person: str = "moderator_id", conf_level: float = 0.95
) -> Estimate:
    """Mean of a score over people, each counted once.

    Parameters
    ----------
    frame : DataFrame
        One row or several a person.
    value : str
        Column of the score, in the unit that the result has; rows without it are left out and counted.
    person : str
        Column that tells people apart.
    conf_level : float

    Returns
    -------
    Estimate
        In the unit of `value`. NaN with a note where fewer than two people have a score. Check ``missing``.

    Raises
    ------
    KeyError, TypeError, ValueError
        If a column is absent or not numeric, or a row names nobody.

    Notes
    -----
    ``x̄ ± t(n − 1) · s / √n`` over the means of people. Takes people as independent; those of one team are not.

    References
    ----------
    Student (1908), The probable error of a mean, Biometrika 6:1-25.

    Examples
    --------
    >>> frame = pd.DataFrame({{"moderator_id": ["a", "a", "b", "c"], "score": [1.0, 3.0, 4.0, 6.0]}})
    >>> tne.{name}(frame, value="score").estimate
    4.0
    """
    require_level_of_confidence(conf_level)
    require_columns(frame, [value, person], "frame")
    require_numeric(frame, [value], "frame")
    require_no_missing(frame, [person], "frame")
    known = frame.loc[frame[value].notna()]
    means = known.groupby(person, observed=True)[value].mean()
    n, left = len(means), len(frame) - len(known)
    common: dict[str, Any] = {{
        "term": "{name}",
        "n": len(known),
        "n_people": n,
        "n_people_total": n,
        "conf_level": conf_level,
        "estimand": f"mean of {{value}} over people",
        "method": "mean over people; t interval",
        "checks": (Check("missing", "warn" if left else "pass", f"{{left}} rows without {{value}} left out."),),
    }}
    if n < 2:
        return Estimate(estimate=math.nan, note="fewer than two people have a score", **common)
    error = float(means.std(ddof=1)) / math.sqrt(n)
    half = float(stats.t.ppf((1 + conf_level) / 2, n - 1)) * error
    mean = float(means.mean())
    return Estimate(
        estimate=mean, std_error=error, df=n - 1, conf_low=mean - half, conf_high=mean + half, **common
    )
'''

_TEST = '''\
"""{name}: by hand, against another library, at the edges, and against a known truth."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import tne


def people(values):
    return pd.DataFrame({{"moderator_id": [f"m{{i}}" for i in range(len(values))], "score": values}})


def test_{name}_by_hand():
    """Scores 2, 4, 6: mean 4, s 2, standard error 2/√3, t(2) at 97.5 % is 4.3027."""
    found = tne.{name}(people([2.0, 4.0, 6.0]), value="score")
    assert found.estimate == pytest.approx(4.0)
    assert found.std_error == pytest.approx(2 / math.sqrt(3))
    assert found.conf_high == pytest.approx(4 + 4.302653 * 2 / math.sqrt(3), rel=1e-6)
    assert (found.n, found.n_people) == (3, 3)


def test_{name}_equals_scipy(rng):
    values = rng.normal(50, 10, 40)
    low, high = stats.t.interval(0.95, 39, values.mean(), stats.sem(values))
    found = tne.{name}(people(values), value="score")
    assert (found.conf_low, found.conf_high) == pytest.approx((low, high))


def test_interval_covers_the_true_mean(rng):
    draws = [tne.{name}(people(rng.normal(3, 2, 12)), value="score") for _ in range(200)]
    covered = np.mean([found.conf_low <= 3 <= found.conf_high for found in draws])
    assert 0.95 - 3 * math.sqrt(0.95 * 0.05 / 200) <= covered


def test_rows_of_one_person_count_once_and_their_order_does_not_matter():
    frame = pd.DataFrame({{"moderator_id": ["a", "a", "b"], "score": [1.0, 3.0, 6.0]}})
    assert tne.{name}(frame, value="score").estimate == pytest.approx(4.0)
    assert tne.{name}(frame[::-1], value="score").estimate == pytest.approx(4.0)


@pytest.mark.parametrize("values", [[], [5.0], [math.nan, 5.0]])
def test_undefined_is_nan_with_a_note(values):
    found = tne.{name}(people(np.array(values, dtype=float)), value="score")
    assert math.isnan(found.estimate)
    assert found.note


def test_what_is_left_out_is_said():
    [check] = tne.{name}(people([1.0, math.nan, 3.0]), value="score").checks
    assert (check.status, check.detail) == ("warn", "1 rows without score left out.")


def test_bad_input_says_what_and_what_to_do():
    with pytest.raises(KeyError, match="lacks the columns points"):
        tne.{name}(people([1.0]), value="points")
    with pytest.raises(TypeError, match="not numeric"):
        tne.{name}(people(["a"]), value="score")
'''

_QUESTION = "what is the mean of a score among people?"
_DOCS = """\
# {title}

## Question

`{name}(frame, value=…, person="moderator_id")` asks: *{question}* and returns an `Estimate` in the unit of the score.

## Formula

`x̄ ± t(n − 1) · s / √n` over the means of people (Student 1908): who has several rows counts once.

## What is taken for granted

That people are independent of each other, and that those without a score are like those with one.

## When not to use it

People of one team learn from each other: take a measure with `cluster`. A mean before and after is no effect: take
`mean_change`, or better a comparison.

## How to read it

The interval holds the true mean in 95 of 100 such groups of people. It says nothing about one person.

## Published example

By hand, until a published one of your method stands here and in the test:

```python
>>> import pandas as pd
>>> scores = pd.DataFrame({{"moderator_id": ["a", "b", "c"], "score": [2.0, 4.0, 6.0]}})
>>> tne.{name}(scores, value="score").estimate
4.0

```

## References

Student (1908), The probable error of a mean, Biometrika 6:1–25.
"""


def analysis_files(root: Path, name: str) -> dict[Path, str]:
    """Return the files of a new measure by path: module, test, page.

    Parameters
    ----------
    root : Path
        Of the checkout.
    name : str
        Of the function.
    """
    filled = {"name": name, "title": _title(name).capitalize(), "question": _QUESTION}
    return {
        root / "src" / "tne" / "measures" / f"{name}.py": _MEASURE.format(**filled),
        root / "tests" / "measures" / f"test_{name}.py": _TEST.format(**filled),
        root / "docs" / "methods" / f"{name}.md": _DOCS.format(**filled),
    }


def registered(text: str, name: str) -> str:
    """Return the text of ``tne/__init__.py`` with one more public name.

    Examples
    --------
    >>> print(registered('_HOME = {\\n    "gain": "tne.measures.gain",\\n}\\n_ROOMS = {}', "queue_gap"))
    _HOME = {
        "gain": "tne.measures.gain",
        "queue_gap": "tne.measures.queue_gap",
    }
    _ROOMS = {}
    """
    line = f'    "{name}": "tne.measures.{name}",\n'
    found = re.search(r"^_HOME\b[^{\n]*\{\n(?:.*\n)*?(?=\})", text, flags=re.MULTILINE)
    if found is None:
        raise UsageError("src/tne/__init__.py has no list `_HOME` of public names. Add the name by hand.")
    return text[: found.end()] + line + text[found.end() :]


def in_overview(text: str, name: str) -> str:
    """Return the text of ``docs/methods.md`` with a row for a new measure, below the last one that has a measure.

    Examples
    --------
    >>> print(in_overview("| [gain](methods/gain.md) | `mean_change` | how much? |\\n", "queue_gap"))
    | [gain](methods/gain.md) | `mean_change` | how much? |
    | [queue gap](methods/queue_gap.md) | `queue_gap` | what is the mean of a score among people? |
    <BLANKLINE>
    """
    rows = list(re.finditer(r"^\| \[[^\]]+\]\(methods/[^)]+\) \| `.*\n", text, flags=re.MULTILINE))
    if not rows:
        raise UsageError("docs/methods.md has no table of measures. Add a row by hand.")
    row = f"| [{_title(name)}](methods/{name}.md) | `{name}` | {_QUESTION} |\n"
    return text[: rows[-1].end()] + row + text[rows[-1].end() :]


def _title(name: str) -> str:
    return name.replace("_", " ")
