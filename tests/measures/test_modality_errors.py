"""Errors of modality effects: published variances, dense matrices, an analysis of variance by hand."""

import math

import numpy as np
import pandas as pd
import pytest

from tne.measures.modality import modality_effects
from tne.measures.modality_errors import half_variance, moments, parts_of
from tne.measures.sandwich import fit


def test_variances_match_published_hemmerle_and_hartley():
    """SAS/STAT User's Guide, PROC VARCOMP, “Using the Four General Estimation Methods”, method MIVQUE0."""
    y = [237, 254, 246, 178, 179, 208, 178, 187, 146, 145, 141, 186, 183, 142, 125, 136]
    a = np.repeat([0, 1, 2], [5, 6, 5])
    b = np.array([0, 0, 0, 1, 1, 0, 0, 0, 1, 1, 1, 0, 0, 1, 1, 1])
    found = moments(fit(np.eye(3)[a], np.array(y, dtype=float)), [b, 2 * a + b, np.arange(16)])
    assert found.gram == pytest.approx(
        np.array([[60.84, 20.52, 7.8], [20.52, 20.52, 7.8], [7.8, 7.8, 13.0]]), abs=1e-8
    )
    assert found.squares == pytest.approx([89295.4, 30181.3, 12533.5], abs=0.05)
    assert found.variances() == pytest.approx([1466.12301, -35.49170, 105.73660], abs=1e-5)


def taught(rng: np.random.Generator, kinds: int, *, crossed: bool, gaps: bool) -> pd.DataFrame:
    """Unequal trainers and sessions, teams across; in the last modality some people share nothing."""
    session = np.repeat(np.arange(8 * kinds), rng.integers(2, 7, 8 * kinds))
    kind = session % kinds
    trainer = session // 3 if crossed else kind + kinds * (session // (3 * kinds))
    team = rng.integers(0, 5, len(session)).astype(float)
    pre = rng.normal(size=len(session))
    post = 0.5 * pre + rng.normal(0, 0.6, 40)[trainer] + rng.normal(0, 0.4, 99)[session]
    data = pd.DataFrame(
        {"modality": kind, "trainer": trainer, "session": session, "team": team, "pre": pre}, dtype=float
    )
    data["post"] = post + rng.normal(0, 0.5, 5)[team.astype(int)] + rng.normal(0, 1 + kind, len(session))
    if gaps:
        data.loc[(kind == kinds - 1) & (rng.random(len(data)) < 0.5), ["trainer", "session"]] = math.nan
        data.loc[kind == 0, "team"] = math.nan
    return data


@pytest.mark.parametrize("kinds", [2, 3])
@pytest.mark.parametrize("crossed", [False, True])
@pytest.mark.parametrize("gaps", [False, True])
def test_error_and_degrees_of_freedom_equal_dense_matrices(kinds: int, crossed: bool, gaps: bool):
    data = taught(np.random.default_rng(kinds + 2 * crossed), kinds, crossed=crossed, gaps=gaps)
    ours = modality_effects(
        data, outcome="post", baseline="pre", trainer="trainer", session="session", team="team"
    ).to_frame()
    level = [(data["modality"] == k).to_numpy(dtype=float) for k in range(kinds)]
    x, y, n = np.column_stack([*level, data["pre"]]), data["post"].to_numpy(), len(data)
    hat = np.linalg.pinv(x)
    m = np.eye(n) - x @ hat
    shared = [np.diag(on) for on in level]
    for column in ("trainer", "session", "team"):
        of = data[column].to_numpy()
        same = (of[:, None] == of[None, :]).astype(float)  # NaN is like nobody
        if (same * np.not_equal.outer(*[data["modality"].to_numpy()] * 2)).any():
            shared.append(same)
        shared += [same * np.outer(on, on) for on in level if (same * np.outer(on, on)).any()]
    gram = np.array([[np.trace(m @ one @ m @ two) for two in shared] for one in shared])
    inverse = np.linalg.pinv(gram, rcond=1e-9)
    e = m @ y
    variances = inverse @ [e @ s @ e for s in shared]
    v = sum(max(t, 0.0) * s for t, s in zip(variances, shared, strict=True))
    for row in ours.itertuples():
        own = hat[int(row.modality)] - hat[int(row.reference)]
        b = inverse @ [own @ s @ own for s in shared]
        form = m @ sum(w * s for w, s in zip(b, shared, strict=True)) @ m
        likely = own @ v @ own
        variance = y @ form @ y if y @ form @ y > 0 else likely  # a sum of differences may fall below 0
        assert row.std_error == pytest.approx(math.sqrt(variance), rel=1e-6)
        assert row.df == pytest.approx(likely**2 / np.trace(form @ v @ form @ v), rel=1e-6)


def test_the_form_estimates_the_variance_without_bias_whatever_the_spreads(rng: np.random.Generator):
    """The form's mean over draws, by its expected squares, is the contrast's own variance."""
    data = taught(rng, 2, crossed=True, gaps=True)
    codes = [pd.factorize(data[c])[0] for c in ("trainer", "session", "team")]
    parts = parts_of(data["modality"].to_numpy(dtype=int), codes)
    x = np.column_stack([np.eye(2)[data["modality"].to_numpy(dtype=int)], data["pre"]])
    fitted = fit(x, data["post"].to_numpy())
    known = moments(fitted, parts)
    own = np.linalg.pinv(x)[1] - np.linalg.pinv(x)[0]
    spreads = rng.uniform(0, 2, len(parts))
    cover = sum(
        s * ((of[:, None] == of[None, :]) & (of[:, None] >= 0)) for s, of in zip(spreads, parts, strict=True)
    )
    share = [sum(own[of == c].sum() ** 2 for c in range(of.max() + 1)) for of in parts]
    assert known.solve(np.array(share)) @ known.gram @ spreads == pytest.approx(own @ cover @ own)


def test_a_balanced_crossing_equals_the_analysis_of_variance_by_hand(rng: np.random.Generator):
    """Three trainers per modality, four teams that serve both, two people in each cell."""
    effect = (
        rng.normal(0, 2, (2, 3, 1, 1)) + rng.normal(0, 1, (1, 1, 4, 1)) + rng.normal(0, 0.5, (2, 1, 4, 1))
    )
    y = effect + rng.normal(0, 1, (2, 3, 4, 2))
    kind, trainer, team, _ = np.indices(y.shape)
    data = pd.DataFrame({"modality": kind.ravel(), "trainer": (3 * kind + trainer).ravel()})
    data = data.assign(team=team.ravel(), post=y.ravel())
    row = modality_effects(data, outcome="post", trainer="trainer", team="team").to_frame().iloc[0]
    by_trainer, by_team = y.mean(axis=(2, 3)), y.mean(axis=(1, 3))
    additive = by_trainer[:, :, None] + by_team[:, None, :] - y.mean(axis=(1, 2, 3))[:, None, None]
    rest = ((y - additive[..., None]) ** 2).sum(axis=(1, 2, 3)) / (24 - 3 - 4 + 1) / 24
    variance = by_trainer.var(axis=1, ddof=1) / 3 + by_team.var(axis=1, ddof=1) / 4 - rest
    variance = variance.sum() - 2 * np.cov(by_team)[0, 1] / 4
    assert row["estimate"] == pytest.approx(y[1].mean() - y[0].mean())
    assert row["std_error"] == pytest.approx(math.sqrt(variance))


def test_half_variance_equals_simulated_draws(rng: np.random.Generator):
    of, n = np.repeat(np.arange(6), [2, 3, 4, 5, 6, 4]), 24
    parts, q = [np.arange(n), of], np.linalg.qr(np.ones((n, 1)))[0]
    b, spread = np.array([-0.1, 0.4]), np.array([1.0, 0.5])
    draws = rng.normal(size=(40_000, n)) + rng.normal(0, math.sqrt(0.5), (40_000, 6))[:, of]
    e = draws - draws.mean(axis=1, keepdims=True)
    sums = np.stack([e[:, of == c].sum(axis=1) for c in range(6)], axis=1)
    form = b[0] * (e**2).sum(axis=1) + b[1] * (sums**2).sum(axis=1)
    assert form.var() / 2 == pytest.approx(half_variance(q, parts, b, spread), rel=0.06)


def test_units_and_level_do_not_matter(rng: np.random.Generator):
    data = taught(rng, 2, crossed=True, gaps=True)
    model = {"outcome": "post", "trainer": "trainer", "session": "session", "team": "team"}
    one = modality_effects(data, **model).to_frame().iloc[0]
    two = modality_effects(data.assign(post=1e6 + 1e-3 * data["post"]), **model).to_frame().iloc[0]
    assert (two["std_error"], two["df"]) == pytest.approx((1e-3 * one["std_error"], one["df"]), rel=1e-5)
