"""How often are test cases with a known answer decided rightly?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from tne.checks import require_frame, require_level_of_confidence
from tne.measures.audit_accuracy import standardized_rates
from tne.measures.audit_rates import share_inference
from tne.measures.audit_rows import cells_of, keys_of, live
from tne.result import Estimates


def seeded_accuracy(
    audits: pd.DataFrame, *, by: str | Sequence[str] | None = None, conf_level: float = 0.95
) -> Estimates:
    """Estimate the share of right decisions among seeded test cases, by group.

    Parameters
    ----------
    audits : DataFrame
        Rows of the table ``audits``, with ``seeded``; only those with a true flag count, once each.
    by : str or sequence of str, optional
        Columns of the groups.
    conf_level : float

    Returns
    -------
    Estimates
        Keys `by`, term ``"seeded_accuracy"``, unit share; checks ``missing, sampling_weights``.

    Raises
    ------
    KeyError, TypeError
        If ``correct`` or a column of `by` is missing, or ``correct`` is no flag.
    ValueError
        For flags that are neither true nor false, or a `conf_level` that is no share.

    Notes
    -----
    Seeded cases have a known answer, so no auditor's judgement enters. They were chosen by somebody, are often harder
    or clearer than the queue, and are sometimes recognised: the number is not the accuracy in production, and only
    groups that saw the same cases compare.

    References
    ----------
    Wilson (1927), Probable inference, the law of succession, and statistical inference, JASA 22:209-212. Bell and
    McCaffrey (2002), Bias reduction in standard errors for linear regression with multi-stage samples, Survey
    Methodology 28:169-181.

    Examples
    --------
    >>> seen = pd.DataFrame({"correct": [1, 0, 1], "seeded": [True, True, False]})
    >>> next(iter(seeded_accuracy(seen))).estimate
    0.5
    """
    require_level_of_confidence(conf_level)
    keys = keys_of(by)
    if "seeded" not in require_frame(audits, "audits"):
        audits = audits.assign(seeded=False)
    counted = live(audits, keys, seeded=True)
    group, table = cells_of(counted.frame, keys)
    found = standardized_rates(counted, counted.right, group, len(table), np.zeros(len(group), dtype=int), 1)
    told = [
        table.iloc[g].to_dict() | share_inference(one, conf_level, named=counted.named)
        for g, one in enumerate(found)
    ]
    frame = pd.DataFrame(told, columns=None if told else [*keys, "estimate", "note"]).assign(
        term="seeded_accuracy",
        unit="share",
        conf_level=conf_level,
        estimand="share of seeded test cases decided rightly",
        method="unweighted; errors clustered on moderators (CR2), Wilson's interval",
    )
    if not len(counted):
        frame["note"] = "no seeded test cases"
    return Estimates(table=frame, keys=keys, checks=counted.checks)
