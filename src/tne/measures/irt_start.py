"""Where does the search for two waves' populations begin?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from tne.measures.irt_fit import Fit, fit_model
from tne.measures.irt_likelihood import posterior
from tne.measures.irt_responses import patterns
from tne.measures.irt_waves import Group


def calibrate(groups: Sequence[Group], model: str) -> tuple[Fit, np.ndarray]:
    """Calibrate all waves as one population, read off the groups' means and SDs, and set the first wave's to 0 and 1.

    Returns the items and, shape (G, 5), mean and SD before, mean after, carry-over and own SD after.
    """
    correct = np.vstack([part for group in groups for part in group.correct])
    answered = np.vstack([part for group in groups for part in group.answered])
    data = patterns(correct, answered)
    fit = fit_model(data, model)
    w, _, _ = posterior(data, fit.slopes, fit.intercepts, fit.nodes, fit.weights)
    mean = w @ fit.nodes
    variance = (w @ fit.nodes**2 - mean**2)[data.of_person]
    mean, people, begin = mean[data.of_person], [], 0
    for group in groups:
        known, moments = group.came, []
        size = len(known[0])
        for k in (0, 1):
            at = slice(begin + k * size, begin + (k + 1) * size)
            here, noise = mean[at][known[k]], variance[at][known[k]]
            moments.append((here.mean(), max(np.sqrt(here.var() + noise.mean()), 0.2)))
        r = 0.8 if group.returns else 1.0
        (m, s), (m2, s2) = moments
        people.append([m, s, m2, r * s2, np.sqrt(1 - r * r) * s2])
        begin += 2 * size
    at = np.array(people)
    centre, unit = at[0, 0], (1.0 if model == "Rasch" else at[0, 1])
    at[:, [0, 2]] = (at[:, [0, 2]] - centre) / unit
    at[:, [1, 3, 4]] /= unit
    at[0, :2] = 0.0, 1.0
    return replace(fit, slopes=fit.slopes * unit, intercepts=fit.intercepts + fit.slopes * centre), at
