"""Triage: its pieces of evidence by hand and against scipy and statsmodels, its rule by hand, invariances and edges."""

import math
import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import integrate, special, stats
from statsmodels.stats.proportion import proportion_confint

from tests.prove.triage_world import PLANTED, world
from tne.measures.triage import triage
from tne.measures.triage_rule import CHANCES, EVIDENCE, HARMLESS, judge, table_of_chances
from tne.measures.triage_shares import BETTER, OFTEN_BETTER, Kind, judged, wilson
from tne.measures.triage_spread import crossed, spread
from tne.simulate.demo import demo
from tne.simulate.markets import AMBIGUOUS


@pytest.fixture(scope="module")
def market():
    return world(11)


def tables(market, **changed):
    given = {"ratings": market.ratings, "responses": market.responses}
    return given | {"policies": market.policies, "items": market.items} | changed


def shown(found, name, area):
    frame = found.evidence.to_frame()
    return frame[(frame["evidence"] == name) & (frame["policy_area"] == area)].iloc[0]


def plain(n=120, wrong=12, people=12, auditors=3, area="hate"):
    """Audits of one area; errors are dealt out evenly."""
    i = np.arange(n)
    bad = np.zeros(n, dtype=bool)
    bad[np.linspace(0, n - 1, wrong).round().astype(int)] = wrong > 0
    return pd.DataFrame(
        {
            "policy_area": area,
            "moderator_id": [f"m{k % people}" for k in i],
            "auditor_id": [f"a{k // people % auditors}" for k in i],
            "correct": ~bad,
            "decided_at": pd.Timestamp("2026-01-05", tz="UTC") + pd.to_timedelta(i, unit="h"),
        }
    )


# --- pieces of evidence ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("x", "n"), [(0, 12), (3, 40), (40, 40), (17.5, 60.2)])
def test_interval_of_a_share_equals_statsmodels(x, n):
    expected = proportion_confint(x, n, method="wilson")
    assert wilson(x, n, stats.norm.ppf(0.975)) == pytest.approx(expected)


def test_likelihoods_of_a_share_by_hand():
    """One cell alone: binomial times normal, integrated by scipy over the share and the usual level."""
    kind = Kind(0.1, 0.4, 0.3, 0.9, 0.4)
    found = judged(np.array([14.0]), np.array([60.0]), kind)

    share, level = np.linspace(-7, 4, 2201), np.linspace(-4, 0, 801)
    fit = stats.binom.pmf(14, 60, special.expit(share)) / stats.binom.pmf(14, 60, 14 / 60)
    off, wide = share[None, :] - level[:, None], math.hypot(BETTER, 0.3)
    near, below = stats.norm.pdf(off, 0, 0.3), 2 * stats.norm.pdf(off, 0, wide) * (off < 0)
    usual = (1 - OFTEN_BETTER) * near + OFTEN_BETTER * below
    raised = stats.norm.pdf(off, 0.9, 0.4) * (off > 0) / stats.norm.sf(0, 0.9, 0.4)
    prior = stats.norm.pdf(level, special.logit(0.1), 0.4)
    for density, value in ((usual, found.log_usual[0]), (raised, found.log_raised[0])):
        expected = integrate.simpson(integrate.simpson(density * fit, x=share, axis=1) * prior, x=level)
        assert math.exp(value) == pytest.approx(expected, rel=0.03)  # steps of .1 logit


def test_a_share_is_compared_with_the_others():
    """The same 20 % is raised where the others have 5 %, usual where they have 20 %."""
    kind, n = Kind(0.1, 0.6, 0.3, 1.0, 0.4), np.repeat(400.0, 6)
    low = judged(np.array([80.0, 20, 20, 20, 20, 20]), n, kind)
    high = judged(np.array([80.0, 80, 80, 80, 80, 80]), n, kind)
    assert low.log_raised[0] - low.log_usual[0] > 3
    assert high.log_raised[0] - high.log_usual[0] < -1
    assert low.usual[0] == pytest.approx(0.05, abs=0.01)


def test_dispersion_equals_scipy():
    """Pearson's chi-square of people × right or wrong, its p and the dispersion."""
    n, x = np.array([30, 25, 40, 20, 35.0]), np.array([3, 9, 4, 1, 2.0])
    found = spread(n, x, np.zeros(5), {0.3: 1.0})
    chi2, p, df, _ = stats.chi2_contingency(np.array([x, n - x]), correction=False)
    assert (found.statistic, found.p_value, found.df) == pytest.approx((chi2, p, df))
    assert found.dispersion == pytest.approx(chi2 / 4)


def test_likelihood_of_usual_spread_equals_numerical_integration():
    """Three people: binomials mixed over a normal, integrated over the common level; the ratio of two widths."""
    n, x = np.array([30.0, 30, 30]), np.array([2.0, 4, 12])
    found = spread(n, x, np.zeros(3), {0.2: 0.5, 0.6: 0.5})
    z, w = np.polynomial.hermite_e.hermegauss(41)

    def whole(width):
        def at(level):
            p = special.expit(level + width * z[None, :])
            return np.prod((stats.binom.pmf(x[:, None], n[:, None], p) * w / w.sum()).sum(axis=1))

        return integrate.quad(at, -6.5, 4.5, limit=200)[0]

    expected = math.log(whole(0.6) / whole(0.2))
    assert found.log_usual[1] - found.log_usual[0] == pytest.approx(expected, abs=0.02)


def test_a_few_weak_people_and_a_general_spread_are_told_apart():
    n = np.repeat(60.0, 12)
    few = np.array([4.0] * 9 + [24] * 3)
    even = np.array([2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8.0])
    weak, usual = (spread(n, x, np.zeros(12), {0.2: 1.0}) for x in (few, even))
    assert weak.log_few[0] - weak.log_usual[0] > 5
    assert usual.log_few[0] - usual.log_usual[0] < -1


def test_auditors_are_cleared_of_the_people_they_audit():
    """Each auditor sees one team; the weak team would make its auditor look strict."""
    n = np.zeros((12, 3))
    for person in range(12):
        n[person, person // 4] = 30.0
        n[person, (person // 4 + 1) % 3] = 10.0
    p = np.where(np.arange(12) < 4, 0.35, 0.08)
    x = n * p[:, None]
    raw = spread(n.sum(axis=0), x.sum(axis=0), np.zeros(3), {0.2: 1.0})
    _, to_auditors = crossed(n, x)
    cleared = spread(n.sum(axis=0), x.sum(axis=0), to_auditors, {0.2: 1.0})
    assert raw.log_few[0] - raw.log_usual[0] > 2
    assert cleared.log_few[0] - cleared.log_usual[0] < -1


def test_agreement_of_experts_by_hand():
    """Ten cases, two QA raters, labels half and half, three apart: .3 over Gwet's chance disagreement .5."""
    labels = [("keep", "keep")] * 4 + [("remove", "remove")] * 3 + [("keep", "remove")] * 3
    rows = [
        {"case_id": k, "rater_id": f"q{j}", "role": "qa", "policy_area": "hate", "label": label}
        for k, pair in enumerate(labels)
        for j, label in enumerate(pair)
    ]
    ratings = pd.DataFrame(rows)
    share = (ratings["label"] == "keep").mean()
    found = triage(plain(), ratings)
    row = shown(found, "expert_disagreement", "hate")
    assert row["estimate"] == pytest.approx(0.3 / (1 - 2 * share * (1 - share)))
    assert (row["n"], row["n_people"]) == (10, 2)


def test_reference_that_was_copied_from_the_policy_rater_is_no_second_opinion():
    rows = [
        {"case_id": k, "rater_id": who, "role": role, "label": label, "reference_label": "keep"}
        for k in range(20)
        for who, role, label in (
            ("p1", "policy", "keep"),
            ("q1", "qa", "keep" if k % 2 else "remove"),
        )
    ]
    ratings = pd.DataFrame(rows).assign(policy_area="hate")
    found = triage(plain(), ratings)
    assert shown(found, "expert_disagreement", "hate")["state"] == "missing"
    assert shown(found, "qa_against_policy", "hate")["estimate"] == pytest.approx(0.5)


def test_rise_after_an_update_by_hand():
    """60 audits with 3 errors before, 60 with 15 after: 20 points, the binomial error of two shares."""
    audits = plain(120, 0)
    audits.loc[[0, 20, 40, *range(60, 120, 4)], "correct"] = False
    policies = pd.DataFrame(
        {
            "policy_area": ["hate", "hate"],
            "policy_version": ["v1", "v2"],
            "effective_at": [pd.Timestamp("2024-01-01", tz="UTC"), audits["decided_at"][60]],
        }
    )
    row = shown(triage(audits, policies=policies), "rise_after_update", "hate")
    assert row["estimate"] == pytest.approx(20)
    p = np.array([3.5, 15.5]) / 61
    assert row["std_error"] == pytest.approx(100 * math.sqrt((p * (1 - p) / 60).sum()))
    assert row["state"] == "raised"


def test_a_rise_that_is_gone_is_not_an_update_that_was_missed():
    audits = plain(400, 0)
    audits.loc[[*range(0, 200, 20), *range(200, 300, 4), *range(300, 400, 20)], "correct"] = False
    version = np.where(np.arange(400) < 200, "v1", "v2")
    absorbed = triage(audits.assign(policy_version=version))
    still = audits.copy()
    still.loc[range(300, 400, 4), "correct"] = False
    missed = triage(still.assign(policy_version=version))
    assert shown(absorbed, "rise_after_update", "hate")["state"] != "raised"
    assert shown(missed, "rise_after_update", "hate")["state"] == "raised"


def test_what_happens_in_all_areas_is_no_rise():
    rng = np.random.default_rng(5)
    rows = []
    for area in "abcdef":
        late = np.arange(400) >= 200
        one = plain(400, 0, area=area).assign(correct=rng.random(400) >= np.where(late, 0.25, 0.08))
        rows.append(one.assign(policy_version=np.where(late & (area == "a"), "v2", "v1")))
    everywhere = triage(pd.concat(rows, ignore_index=True))
    alone = triage(rows[0])
    ratio = [shown(found, "rise_after_update", "a")["likelihood_ratio"] for found in (everywhere, alone)]
    assert ratio[0] < ratio[1] / 10
    assert ratio[1] > 20


# --- the rule -------------------------------------------------------------------------------------------------


def test_posterior_by_hand():
    """One cell: Bayes' theorem over eight causes and their pairs, written out."""
    rng = np.random.default_rng(3)
    usual, raised = rng.normal(0, 1.5, (2, 1, len(EVIDENCE)))
    found = judge(usual, raised)
    chances = table_of_chances()
    problems = [name for name in chances if name != "no_problem"]
    single = [name for name in problems if "+" not in name]
    none = sum(share * weight for share, weight in HARMLESS.items())
    weights = {"no_problem": none}
    for name in problems:
        weights[name] = (1 - none) * (
            0.06 / (len(problems) - len(single)) if "+" in name else 0.94 / len(single)
        )
    product = {
        name: weights[name] * np.prod(c * np.exp(raised[0]) + (1 - c) * np.exp(usual[0]))
        for name, c in chances.items()
    }
    total = sum(product.values())
    for name in chances:
        assert found[name][0] == pytest.approx(product[name] / total)


def test_stated_chances_are_complete():
    assert set(CHANCES) == {
        "policy_unclear", "knowledge", "update", "individual", "auditor", "rubric", "technical", "no_problem",
    }  # fmt: skip
    assert all(0 < chance < 1 for row in table_of_chances().values() for chance in row)
    assert sum(HARMLESS.values()) == pytest.approx(1)


def test_probabilities_sum_to_one_and_every_area_has_all_its_evidence(market):
    found = triage(market.audits, **tables(market))
    total = found.probabilities.groupby("policy_area")["probability"].sum()
    assert total.to_numpy() == pytest.approx(np.ones(len(PLANTED)))
    evidence = found.evidence.to_frame()
    assert (evidence.groupby("policy_area").size() == evidence["evidence"].nunique()).all()
    assert {"error_rate", "people_spread", "rise_after_update"} <= set(evidence["evidence"])


@pytest.mark.slow
def test_strict_auditor_and_wrong_rubric_share_the_cause_and_differ_in_the_action():
    actions = {"strict_auditor": [], "wrong_rubric": []}
    for seed in range(4):
        drawn = world(100 + seed)
        table = triage(drawn.audits, **tables(drawn)).to_frame().set_index("policy_area")
        for area, cause in drawn.planted.items():
            if cause in actions and table.loc[area, "cause"] == "rubric_or_tool":
                actions[cause].append(table.loc[area, "action"])
    assert actions["strict_auditor"].count("recalibrate_auditors") >= 0.8 * len(actions["strict_auditor"]) > 0
    assert actions["wrong_rubric"].count("fix_rubric") >= 0.8 * len(actions["wrong_rubric"]) > 0


def test_two_causes_at_once_cannot_be_told():
    rng = np.random.default_rng(8)
    audits = plain(1200, 0, auditors=4)
    late, weak = np.arange(1200) >= 600, audits["moderator_id"].isin(["m0", "m1", "m2"])
    wrong = rng.random(1200) < special.expit(-2.6 + 1.6 * late + 2.0 * weak)
    audits = audits.assign(correct=~wrong, policy_version=np.where(late, "v2", "v1"))
    row = triage(audits).to_frame().iloc[0]
    assert row["cause"] == "cannot_tell"
    assert row["note"]


def usual_errors_of_an_odd_kind(rate):
    """Six areas where one decision in ten is wrong; in the area `odd` most errors are the tool's."""
    rng, rows = np.random.default_rng(4), []
    for area in ("odd", *"abcde"):
        n, odd = 4000, area == "odd"
        wrong = rng.random(n) < (rate if odd else 0.1)
        kind = np.where(rng.random(n) < (0.6 if odd else 0.05), "technical", "false_negative")
        code = np.where(rng.random(n) < (0.7 if odd else 0.1), "tool", "attention")
        typed = {"correct": ~wrong, "error_type": np.where(wrong, kind, "none")}
        rows.append(plain(n, 0, area=area).assign(**typed, root_cause=np.where(wrong, code, None)))
    return pd.concat(rows, ignore_index=True)


def test_no_cause_is_named_where_no_more_decisions_are_wrong_than_usual():
    """An odd kind of error is no gap: without more errors, a rise or a few who stand apart nothing needs a cause."""
    found = triage(usual_errors_of_an_odd_kind(rate=0.1))
    assert shown(found, "technical_rate", "odd")["state"] == "raised"
    assert shown(found, "error_rate", "odd")["state"] == "usual"
    row = found.to_frame().set_index("policy_area").loc["odd"]
    assert row["cause"] in ("no_problem", "cannot_tell")
    more = triage(usual_errors_of_an_odd_kind(rate=0.25)).to_frame().set_index("policy_area").loc["odd"]
    assert (more["cause"], more["note"]) == ("technical", "")


def test_an_error_of_the_tool_counts_once():
    """The same auditor writes the type and the code in one row: the code adds nothing to the type."""
    audits = usual_errors_of_an_odd_kind(rate=0.25)
    both, typed = triage(audits), triage(audits.assign(root_cause=None))
    assert "coded_technical" not in set(both.evidence.to_frame()["evidence"])
    coded = triage(audits.assign(error_type=audits["error_type"].replace("technical", "false_negative")))
    assert shown(coded, "coded_technical", "odd")["state"] == "raised"
    ratio = [shown(found, "technical_rate", "odd")["likelihood_ratio"] for found in (both, typed)]
    assert ratio[0] == pytest.approx(ratio[1])


def test_an_auditor_is_judged_by_what_was_found_even_if_a_dispute_put_it_right():
    audits = plain(400, 0, auditors=4)
    strict = audits.index[audits["auditor_id"].eq("a0")][::3]
    audits.loc[range(0, 400, 17), "correct"] = False
    kept = audits.assign(dispute_upheld=audits.index.isin(strict))
    told = kept.assign(correct=kept["correct"] & ~kept["dispute_upheld"])
    right, wrong = (shown(triage(one), "auditor_spread", "hate") for one in (kept, told))
    assert right["statistic"] == pytest.approx(wrong["statistic"])
    assert right["state"] == "raised"


def test_a_rise_is_a_gap_even_where_the_whole_is_as_elsewhere():
    rng, rows = np.random.default_rng(6), []
    for area in "abcdef":
        late = np.arange(1200) >= 900
        wrong = rng.random(1200) < (np.where(late, 0.35, 0.06) if area == "a" else 0.1)
        new = late & (area == "a")
        code = np.where(wrong, np.where(new, "update_not_absorbed", "attention"), None)
        one = plain(1200, 0, area=area).assign(correct=~wrong, root_cause=code)
        rows.append(one.assign(policy_version=np.where(new, "v2", "v1")))
    found = triage(pd.concat(rows, ignore_index=True))
    assert shown(found, "error_rate", "a")["state"] == "usual"
    assert found.to_frame().set_index("policy_area").loc["a", "cause"] == "update_not_absorbed"


def test_unclear_in_one_market_alone_is_a_matter_of_localising():
    drawn = [world(s, causes=("policy_unclear", "no_problem", "no_problem", "knowledge")) for s in (1, 2)]
    parts = {name: [] for name in ("audits", "ratings", "policies")}
    for market, one in zip(("DE", "ES"), drawn, strict=True):
        here = {
            area: f"topic_{number}" for number, area in enumerate(sorted(one.planted, key=one.planted.get))
        }
        for name in parts:
            frame = getattr(one, name)
            parts[name].append(frame.assign(market=market, policy_area=frame["policy_area"].map(here)))
    whole = {name: pd.concat(frames, ignore_index=True) for name, frames in parts.items()}
    by = {"by": ("market", "policy_area")}
    both = triage(**whole, **by).to_frame()
    unclear = both[both["cause"] == "policy_unclear"]
    assert set(unclear["action"]) == {"clarify_policy"}
    ratings = whole["ratings"]
    same = ratings["market"].eq("ES") & ratings["policy_area"].eq(unclear["policy_area"].iloc[0])
    ratings = ratings.assign(label=ratings["label"].where(~same, ratings["reference_label"]))
    one = triage(**(whole | {"ratings": ratings}), **by).to_frame()
    assert set(one.loc[one["cause"].eq("policy_unclear") & one["market"].eq("DE"), "action"]) == {"localise"}


# --- the market of the house ----------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_ambiguous_area_of_the_demo_is_found_and_no_cause_is_invented():
    """Planted: an area on which experts disagree, and a change of policy for hateful conduct that costs .7 logit."""
    frames = demo(markets=("DE", "IE"), only=("audits", "ratings", "responses", "items")).tables
    for code in ("DE", "IE"):
        mine = {n: f[f["market"] == code] for n, f in frames.items() if "market" in f}
        found = triage(
            mine["audits"], mine["ratings"], mine["responses"], mine["policies"], items=frames["items"]
        ).to_frame()
        named = found.set_index("policy_area")["cause"]
        assert named[AMBIGUOUS] == "policy_unclear"
        assert named["hateful_conduct"] in ("update_not_absorbed", "cannot_tell")
        rest = named.drop([AMBIGUOUS, "hateful_conduct"])
        assert set(rest) <= {"no_problem", "cannot_tell"}


# --- invariances ----------------------------------------------------------------------------------------------


def test_order_index_and_dtypes_change_nothing(market):
    first = triage(market.audits, **tables(market)).to_frame()
    odd = market.audits.sample(frac=1, random_state=1).set_index(pd.Index(np.arange(2400) % 7))
    odd = odd.assign(
        correct=odd["correct"].astype("Int64"),
        policy_area=odd["policy_area"].astype("category"),
        moderator_id=odd["moderator_id"].astype("string"),
        sampling_weight=odd["sampling_weight"].astype("Float64"),
        disputed=odd["disputed"].astype("boolean"),
    )
    second = triage(odd, **tables(market, ratings=market.ratings.sample(frac=1, random_state=2))).to_frame()
    assert list(first["cause"]) == list(second["cause"])
    assert first["probability"].to_numpy() == pytest.approx(second["probability"].to_numpy(), abs=1e-6)


def test_seeded_cases_and_audits_without_outcome_stay_out(market):
    first = triage(market.audits, **tables(market))
    more = market.audits.head(300).assign(seeded=True, correct=False)
    none = market.audits.head(5).assign(correct=None)
    audits = pd.concat(
        [market.audits.astype({"correct": "boolean"}), more, none.astype({"correct": "boolean"})]
    )
    second = triage(audits, **tables(market))
    pd.testing.assert_frame_equal(first.to_frame(), second.to_frame())
    assert "305" in second.checks[0].detail or "300 seeded" in second.checks[0].detail


def test_audits_without_an_area_are_left_out_and_counted(market):
    """As `knowledge_gaps` does: they stand in no cell."""
    first = triage(market.audits, **tables(market))
    stray = market.audits.head(7).assign(policy_area=None)
    second = triage(pd.concat([stray, market.audits]), **tables(market))
    pd.testing.assert_frame_equal(first.to_frame(), second.to_frame())
    assert "7 audits without `policy_area` are left out" in second.checks[0].detail
    assert (first.checks[0].status, second.checks[0].status) == ("pass", "warn")
    nobody = market.audits.head(3).assign(moderator_id=None, policy_area=None)
    third = triage(pd.concat([nobody, market.audits]), **tables(market))
    pd.testing.assert_frame_equal(first.to_frame(), third.to_frame())
    with pytest.raises(ValueError, match="no row"):
        triage(market.audits.assign(policy_area=None))


def test_no_person_in_the_output(market):
    found = triage(market.audits, **tables(market))
    text = "".join(map(str, (found, found._repr_html_(), found.evidence.to_frame().to_csv(), found.checks)))
    ids = (
        set(market.audits["moderator_id"])
        | set(market.audits["auditor_id"])
        | set(market.ratings["rater_id"])
    )
    assert not any(f">{one}<" in text or f",{one}," in text for one in ids)
    assert "moderator_id" not in text


# --- edges ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("gone", ["ratings", "responses", "policies", "items"])
@pytest.mark.parametrize("how", ["none", "empty"])
def test_missing_tables_are_said_and_no_error(market, gone, how):
    given = tables(market)
    given[gone] = None if how == "none" else given[gone].head(0)
    found = triage(market.audits, **given)
    assert len(found) == len(PLANTED)
    told = {c.name: c.status for c in found.checks}["missing"]
    assert told == ("pass" if gone == "policies" else "warn")  # versions on the audits date the changes


def test_audits_alone_in_their_smallest_form():
    found = triage(plain()[["policy_area", "moderator_id", "correct"]])
    missing = found.evidence.to_frame().set_index("evidence")["state"]
    assert (
        missing[["expert_disagreement", "auditor_spread", "technical_rate", "quiz_wrong"]].eq("missing").all()
    )
    assert found.evidence.to_frame().query("state == 'missing'")["note"].ne("").all()


@pytest.mark.parametrize(
    "audits",
    [
        plain(120, 0),
        plain(60, 60),
        plain(1, 1),
        plain(2, 1, people=1, auditors=1),
        plain(80, 10, people=1),
        plain(80, 10, auditors=1),
        plain(80, 10, auditors=2),
        plain(80, 10, people=14),
        plain(80, 10).assign(error_type="false_positive", root_cause="knowledge"),
        plain(80, 10).assign(error_type=None, root_cause=None, disputed=None, dispute_upheld=None),
        plain(80, 10).assign(auditor_id=None),
        plain(80, 10).assign(decided_at=pd.NaT, policy_version=None),
        plain(80, 10).assign(decided_at=lambda f: f["decided_at"].dt.tz_localize(None)),
        plain(80, 10).assign(disputed=True, dispute_upheld=True),
    ],
)  # fmt: skip
def test_edges_give_a_cause_or_cannot_tell_without_a_warning(audits):
    rating = {
        "case_id": ["1", "2"],
        "rater_id": ["q", "q"],
        "role": "qa",
        "policy_area": "hate",
        "label": "keep",
    }
    policies = pd.DataFrame(
        {"policy_area": ["hate"], "policy_version": ["v2"], "effective_at": ["2026-01-06T00:00:00Z"]}
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for ratings in (None, pd.DataFrame(rating)):
            found = triage(audits, ratings, policies=policies)
            assert len(found) == 1
            assert 0 <= found.to_frame()["probability"].iloc[0] <= 1


def test_thin_evidence_cannot_be_told():
    few = plain(20, 3)
    row = triage(few).to_frame().iloc[0]
    assert (row["cause"], row["action"], row["owner_role"]) == (
        "cannot_tell",
        "gather_more",
        "training_analyst",
    )
    assert "20 audits" in row["note"]


def test_an_area_that_appears_midway_and_one_category_alone(market):
    late = market.audits[market.audits["decided_at"] > "2026-05-01"].head(60).assign(policy_area="new_area")
    ratings = market.ratings.assign(label="keep", reference_label="keep")
    found = triage(pd.concat([market.audits, late]), **tables(market, ratings=ratings))
    assert len(found) == len(PLANTED) + 1
    assert shown(found, "expert_disagreement", "area_a")["estimate"] == 0
    assert shown(found, "expert_disagreement", "new_area")["state"] == "missing"


def test_by_a_column_that_the_other_tables_lack(market):
    audits = market.audits.assign(queue=np.where(np.arange(2400) % 2, "video", "live"))
    found = triage(audits, **tables(market), by="queue")
    assert list(found.to_frame()["queue"]) == ["live", "video"]
    assert {c.name: c.status for c in found.checks}["missing"] == "warn"


def test_one_version_on_other_days_in_other_markets():
    """The rise is dated by each market's own day; a common date would miss half of it."""
    parts, dates = [], []
    for market, cut in (("DE", 100), ("ES", 300)):
        one = plain(400, 0).assign(market=market, moderator_id=lambda f, m=market: m + f["moderator_id"])
        late = np.arange(400) >= cut
        one["correct"] = ~((np.arange(400) % 20 == 0) | (late & (np.arange(400) % 4 == 0)))
        parts.append(one)
        dates.append({"market": market, "policy_area": "hate", "policy_version": "v2",
                      "effective_at": one["decided_at"][cut]})  # fmt: skip
    row = shown(triage(pd.concat(parts), policies=pd.DataFrame(dates)), "rise_after_update", "hate")
    assert row["estimate"] == pytest.approx(20, abs=0.5)


@pytest.mark.parametrize(
    ("changed", "error", "says"),
    [
        ({"audits": plain().drop(columns="correct")}, KeyError, "correct"),
        ({"audits": plain().assign(correct="yes")}, TypeError, "correct"),
        ({"audits": plain().assign(correct=2)}, ValueError, "neither 0 nor 1"),
        ({"audits": plain().assign(moderator_id=None)}, ValueError, "moderator_id"),
        ({"audits": plain().assign(sampling_weight=0)}, ValueError, "sampling_weight"),
        ({"audits": plain().head(0)}, ValueError, "no row"),
        ({"audits": [1]}, TypeError, "DataFrame"),
        ({"audits": plain(), "ratings": pd.DataFrame({"case_id": [1]})}, KeyError, "rater_id"),
        ({"audits": plain(), "responses": pd.DataFrame({"score": [1]})}, KeyError, "item_id"),
        ({"audits": plain(), "certainty": 0.4}, ValueError, "certainty"),
        ({"audits": plain(), "by": ()}, ValueError, "by"),
    ],
)
def test_bad_input_raises(changed, error, says):
    with pytest.raises(error, match=says):
        triage(**changed)
