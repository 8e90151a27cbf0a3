"""The report on onboarding: every state has true words in five languages, and no step of a few people is shown."""

import math
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import tne
from tne import say
from tne.report.catalogue import LANGUAGES
from tne.report.onboarding_curves import _coarse, hire_curves
from tne.report.onboarding_state import ROLE
from tne.report.onboarding_words import do_html

ENDS = {"duration": "duration", "event": "event"}
RULE = {
    "accuracy": 0.85,
    "k": 4,
    "min_audits": 5,
    "seconds": 0.0,
    "slower": 1.1,
    "speed": True,
    "rule": "lower_limit",
    "certainty": 0.8,
}
FIRST = 2910  # Monday 6 October 2025
FACTS = {"rule": RULE, "since": pd.Timestamp("2025-10-06"), "before": 150, "moderators": 200, "within": 12}


def voice(language="en", **more):
    row = {"market": "DE", "name": "Germany", "language": language, "timezone": "Europe/Berlin"}
    return say.voice(row, report="onboarding", as_of="2026-09-20T22:00Z", strict=True, **more)


def hires(*waves):
    """What `tne.proficiency` returns, for (weeks after the first, people, [(duration, event, how many)])."""
    rows = []
    for start, ends in waves:
        for duration, event, n in ends:
            rows += [{"cohort": float(FIRST + start), "duration": float(duration), "event": event}] * n
    out = pd.DataFrame(rows).assign(moderator_id=[f"m{i}" for i in range(len(rows))])
    return out.assign(weeks_observed=out["duration"], audits=13 * out["duration"])


def many(start=0, people=24, pace=8):
    """A wave that becomes proficient one by one, two left early and two still on the way."""
    done = [(pace + i // 2, "proficient", 1) for i in range(people - 4)]
    return (start, [*done, (3, "left", 2), (40, "censored", 2)])


def items(said, hired, week=12, **more):
    own = say.hire_waves(said, hired)
    by = [None, *(["wave"] if len(own["wave"].cat.categories) > 1 else [])]
    times = [tne.time_to_proficiency(own, **ENDS, by=name) for name in by]
    shares = [tne.cumulative_incidence(own, **ENDS, by=name, times=week) for name in by]
    if len(by) > 1 and "ratios" not in more:
        more["ratios"] = tne.hazard_ratio(own, **ENDS, covariates="wave")
    return say.onboarding_items(said, own, week=week, times=times, shares=shares, **more)


def text(html):
    plain = re.sub(r"[\u2066-\u2069]", "", re.sub(r"<[^>]+>", " ", html))
    return " ".join(plain.split())


def front(said, hired, **more):
    return say.onboarding_front(said, items(said, hired, **more), facts=FACTS)


CASES = {
    "median": hires(many()),
    "two_waves": hires(many(0, 24, 6), many(20, 24, 14)),
    "share": hires((0, [(6, "proficient", 5), (20, "censored", 9)])),
    "hardly": hires((0, [(30, "censored", 14)])),
    "nearly_all": hires((0, [(6, "proficient", 14)])),
    "early": hires((0, [(3, "censored", 14)])),
    "tiny": hires((0, [(6, "proficient", 6)])),
    "left": hires((0, [(5, "left", 14)])),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("case", list(CASES))
def test_every_state_has_words_in_every_language(language, case):
    said = voice(language)
    block = front(said, CASES[case])
    told = text(block.html)
    assert not re.search(r"{\w*}|\bnan\b|None|_", told)
    assert text(block.facts["headline"]) in told
    assert all(math.isfinite(row["estimate"]) or row["note"] for row in block.rows)


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ("median", "Half of the new moderators in Germany are proficient by week 13 ("),
        ("share", "36% (18 to 72) of the new moderators in Germany are proficient by week 12"),
        ("hardly", "Hardly anybody who is new in Germany is proficient by week 12"),
        ("nearly_all", "Nearly everybody who is new in Germany is proficient by week 12"),
        ("early", "Too early to say how fast new moderators in Germany become proficient"),
        ("tiny", "Too few new moderators in Germany to say how fast they become proficient"),
        ("left", "Hardly anybody who is new in Germany is proficient by week 12"),
    ],
)
def test_headlines_follow_from_the_data(case, expected):
    assert front(voice(), CASES[case]).facts["headline"].startswith(expected)


def test_the_median_is_that_of_the_library():
    hired = CASES["median"]
    found = tne.time_to_proficiency(hired, **ENDS).get(term="median")
    row = front(voice(), hired).rows[0]
    shown = [row[name] for name in ("estimate", "conf_low", "conf_high")]
    exact = [found.estimate, found.conf_low, found.conf_high]
    assert shown == [math.floor(value + 0.5) for value in exact]
    assert (row["measure"], row["term"], row["unit"]) == ("time_to_proficiency", "median", "weeks")


def test_medians_need_twenty_people():
    said = voice()
    for people, shown in ((19, False), (20, True)):
        item = items(said, hires((0, [(8, "proficient", people)])))[0]
        assert math.isfinite(item.median["estimate"]) is shown
    assert "a median needs 20 people" in text(front(said, CASES["share"]).html)


def test_a_wave_that_left_whole_is_said():
    said = voice()
    hired = hires(many(0, 24, 6), (30, [(4, "left", 20)]))
    block = front(said, hired)
    last = items(said, hired)[-1]
    assert last.left["note"] == "above_95_percent"
    assert last.action == "leavers"
    assert "left before that: above 95 %" in text(block.html)
    assert "Find out why people leave" in text(block.html)


def test_everybody_still_on_the_way_is_no_error():
    said = voice()
    item = items(said, CASES["hardly"])[0]
    assert item.ready["note"] == "below_5_percent"
    assert item.running == 15
    assert math.isnan(item.median["estimate"])


@pytest.mark.parametrize("missing", ["nobody", "no_audits", "no_hires"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_market_without_new_people_says_so(missing, language):
    said = voice(language)
    block = say.onboarding_front(said, (), facts={"rule": RULE, "missing": missing})
    assert block.rows == ()
    assert "<tr" not in block.html
    assert len(text(block.html)) > 80


def test_too_few_hires_show_no_number():
    said = voice()
    block = front(said, CASES["tiny"])
    row = text(re.findall(r"<tr.*?</tr>", block.html)[1])
    assert re.sub(r"fewer than 10( people)?|a median needs 20 people", "", row).count("%") == 0
    assert not re.search(r"\d", re.sub(r"fewer than 10|needs 20", "", row)), row
    assert "Look again" in row
    assert all(math.isnan(row["estimate"]) for row in block.rows)


def test_waves_are_warned_of_only_where_there_are_some():
    said = voice()
    assert "Waves differ" not in text(front(said, CASES["median"]).html)
    assert "Waves differ" in text(front(said, CASES["two_waves"]).html)


def test_counts_are_rounded_and_small_ones_hidden():
    said = voice()
    told = text(front(said, CASES["median"]).html)
    assert "People hired since 6 Oct 2025: about 25. Proficient so far: about 20" in told
    assert "left before that: fewer than 10; still on the way: fewer than 10" in told


@pytest.mark.parametrize(
    "ends",
    [
        [(5, "left", 9), (8, "proficient", 20)],
        [
            (5, "left", 2),
            (30, "left", 12),
            (8, "proficient", 20),
        ],  # later ones do not hide the two early ones
    ],
)
def test_of_few_leavers_by_the_week_no_share_is_shown(ends):
    said = voice()
    item = items(said, hires((0, ends)))[0]
    assert item.left["note"] == "few_left"
    assert math.isnan(item.left["estimate"])
    enough = hires((0, [(5, "left", 10), (8, "proficient", 20)]))
    assert items(said, enough)[0].left["estimate"] == pytest.approx(33, abs=1)


def test_leavers_have_one_threshold_on_the_page():
    """Number, share and curve: each from ten leavers, so that none of them tells what another hides."""
    said = voice()
    few = hires((0, [(5, "left", 6), (8, "proficient", 30), (30, "censored", 12)]))
    shown = text(front(said, few).html)
    assert "left before that: fewer than 10; still on the way" in shown
    assert "left before that: fewer than 10 people" in shown
    assert "fewer than 5" not in shown
    hired = say.hire_waves(said, few)
    drawn, _ = hire_curves(
        said, hired, tne.cumulative_incidence(hired, **ENDS, times=12), names={"all": "left"}, cause="left"
    )
    assert not len(drawn)


def test_many_leavers_are_to_be_asked_after_though_their_share_is_hidden():
    item = items(voice(), hires((0, [(5, "left", 8), (8, "proficient", 14)])))[0]
    assert (item.left["note"], item.action) == ("few_left", "leavers")


def test_one_wave_alone_is_not_hidden_from_the_total():
    """All less the two waves that are shown would be the two people who left the third."""
    wave = [(5, "left", 12), (8, "proficient", 28)]
    found = items(
        voice(),
        hires((0, wave), (14, [(5, "left", 2), (8, "proficient", 38)]), (30, [(5, "left", 15), *wave[1:]])),
    )
    assert [math.isfinite(item.left["estimate"]) for item in found] == [True, False, False, True]
    assert [item.left["note"] for item in found[1:3]] == ["protects_another", "few_left"]


def test_a_share_by_a_week_counts_those_of_whom_it_is_known():
    said = voice()
    hired = hires((0, [(6, "proficient", 9), (3, "censored", 20)]))
    item = items(said, hired)[0]
    assert item.ready["note"] == "too_early"
    assert "fewer than 10 people have been there that long yet" in text(front(said, hired).html)


def test_the_slower_wave_is_to_be_compared_with_the_first():
    said = voice()
    waves = items(said, hires(many(0, 40, 4), many(26, 40, 25)))
    assert [item.action for item in waves[1:]] == ["same", "slow"]
    assert waves[2].ratio["conf_high"] < 1


def test_what_holds_people_back_follows_from_the_accuracy_alone():
    said = voice()
    hired = hires((0, [(6, "proficient", 6), (30, "censored", 24)]))
    for n, expected in ((7, "quality"), (22, "speed")):
        alone = hires((0, [(6, "proficient", n), (30, "censored", 30 - n)]))
        quality = tne.cumulative_incidence(alone, **ENDS, times=12)
        assert items(said, hired, quality=quality)[0].action == expected


def test_every_action_has_words_a_role_and_a_day():
    said = voice()
    for action in ROLE:
        assert said.text(f"onboarding.do_{action}", week=12)
        assert said.has(f"role.{ROLE[action]}")
    told = text(front(said, CASES["hardly"]).html)
    assert re.search(r"(Trainer|Training lead) by \d+ Oct 2026", told)


def test_waiting_has_no_day_where_nobody_knows_when_it_is():
    """The end of the data alone says when it can be told, not how many days from now that is."""
    item = replace(items(voice(), CASES["hardly"])[0], action="wait", look=4.0)
    row = {"market": "DE", "name": "Germany", "language": "en", "timezone": "Europe/Berlin"}
    undated = say.voice(row, report="onboarding", strict=True)
    assert not re.search(r"\bby\b|20\d\d", text(do_html(undated, item, "2026-09-20")))
    assert re.search(r"by \d+ Oct 2026", text(do_html(voice(), item, "2026-09-20")))


@pytest.mark.parametrize("n", [10, 17, 29, 60, 400])
def test_waves_have_people_enough_and_keep_their_order(n, rng):
    said = voice()
    hired = hires(*[(int(week), [(5, "censored", 1)]) for week in rng.integers(0, 50, n)])
    own = say.hire_waves(said, hired)
    sizes = own.groupby("wave", observed=False).size()
    assert sizes.min() >= 10
    assert sizes.sum() == n
    assert len(sizes) <= 6
    assert list(own["wave"].cat.categories) == sorted(own["wave"].cat.categories)


def test_a_curve_has_no_step_of_few_people(rng):
    time = np.sort(rng.integers(3, 40, 60)).astype(float)
    ends = time[rng.random(60) < 0.7]
    weeks = _coarse(time, ends, math.nan, 10)
    for a, b in zip([-1, *weeks[1:]], weeks[1:], strict=False):
        inside = ((ends > a) & (ends <= b)).sum()
        assert inside >= 5 or inside == 0
    assert (time >= weeks[-1]).sum() >= 10


def test_the_drawn_curve_reaches_half_in_the_week_of_the_median():
    said = voice()
    hired = say.hire_waves(said, CASES["median"])
    found = tne.time_to_proficiency(hired, **ENDS)
    drawn, table = hire_curves(said, hired, found, names={"all": "all"})
    values = tne.figures.kaplan_meier_values(drawn)
    median = math.floor(found.get(term="median").estimate + 0.5)
    assert values["soonest_week"] == median
    assert (table["n_people"] >= 10).all()
    assert len(drawn) == int(table["tenure"].max()) + 1


def test_the_curve_of_all_passes_through_the_share_of_the_first_screen():
    said = voice()
    hired = say.hire_waves(
        said, hires((0, [(11, "proficient", 3), (15, "proficient", 9), (30, "censored", 18)]))
    )
    found = tne.cumulative_incidence(hired, **ENDS, times=12)
    item = say.onboarding_items(said, hired, week=12, shares=[found])[0]
    assert item.ready["estimate"] == pytest.approx(10, abs=0.5)
    (_, block) = say.pace(said, hired, found, item=item)
    assert re.search(r"proficient 12 10%", text(block.html)), "not 29 %, on the line to week 15"


def test_the_line_at_half_ends_before_the_names():
    said = voice()
    hired = say.hire_waves(said, hires(many(0, 40, 4), many(20, 40, 12), many(40, 40, 20)))
    found = tne.time_to_proficiency(hired, **ENDS, by="wave")
    drawn, _ = hire_curves(said, hired, found, names=say.curve_names(said, hired))
    assert drawn["group"].nunique() == 3
    axes = tne.figures.kaplan_meier(drawn, voice=said)
    (half,) = [line for line in axes.lines if list(line.get_ydata()) == [50, 50]]
    names = [note for note in axes.texts if "half by" in note.get_text()]
    assert len(names) == 3
    assert half.get_xdata()[-1] <= min(note.xy[0] for note in names)


def test_three_waves_are_drawn_towards_their_mean_and_each_has_a_name(rng):
    said = voice()
    wave = {"2025-10": 4.0, "2026-01": 7.0, "2026-03": 10.0}
    rows = [
        (
            f"{code}-{i}",
            code,
            float(FIRST + w),
            float(w),
            15.0,
            float(rng.binomial(15, 0.9 - 0.25 * math.exp(-w / tau))),
        )
        for code, tau in wave.items()
        for i in range(40)
        for w in range(30)
    ]
    names = ["moderator_id", "wave", "period", "tenure_weeks", "weight_sum", "weighted_correct"]
    weeks = pd.DataFrame(rows, columns=names)
    parts = {"outcome": "weighted_correct", "trials": "weight_sum", "person": "moderator_id"}
    curve = tne.learning_curve(weeks, tenure="tenure_weeks", **parts)
    by_wave = tne.learning_curve(weeks, tenure="tenure_weeks", by="wave", **parts)
    fitted = say.ramp_frame(
        said, weeks, curve=curve, by_wave=by_wave, names=dict(zip(wave, "ABC", strict=True))
    )
    assert list(fitted["group"].unique()) == ["A", "B", "C"]
    blocks = say.ramp(said, fitted, pd.DataFrame({"estimate": []}), by_wave, target=85.0)
    shown = text("".join(block.html for block in blocks))
    assert all(name in shown for name in ("October 2025", "January 2026", "March 2026"))
    axes = tne.figures.learning_ramp(fitted, None, voice=said, target=85.0)
    (line,) = [line for line in axes.lines if list(line.get_ydata()) == [85, 85]]
    assert line.get_xdata()[-1] <= fitted["tenure"].max()


def test_p_values_below_a_thousandth_read_as_such():
    said = voice()
    found = items(said, hires(many(0, 60, 4), many(26, 60, 25)))
    own = say.hire_waves(said, hires(many(0, 60, 4), many(26, 60, 25)))
    test = tne.time_to_proficiency(own, **ENDS, by="wave").log_rank
    assert "(log-rank test, p &lt; 0.001)" in text(say.waves_compared(said, found, test).html)


def test_no_curve_below_twenty_people():
    said = voice()
    hired = say.hire_waves(said, hires((0, [(8, "proficient", 15), (30, "censored", 4)])))
    shares = tne.cumulative_incidence(hired, **ENDS, times=12)
    blocks = say.pace(said, hired, shares)
    assert len(blocks) == 1
    assert "No curve is drawn" in text(blocks[0].html)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_rule_has_words(language):
    said = voice(language)
    item = items(said, CASES["share"])[0]
    for name in ("pooled", "each", "lower_limit"):
        for more in ({}, {"speed": False}, {"seconds": 70.0}):
            told = text(say.rule_table(said, item, RULE | {"rule": name} | more).html)
            assert not re.search(r"{\w*}|\bnan\b|_", told)
    noise = tne.proficiency_noise(accuracy=0.85, audits=13, offsets=say.around(0.85))
    facts = FACTS | {"noise": noise}
    block = say.onboarding_front(said, items(said, CASES["median"]), facts=facts)
    assert text(said.percent(float(noise["passed"].iloc[0]))) in text(block.html)


def test_speed_is_that_of_experienced_colleagues_of_the_queue_by_hand():
    weeks = pd.DataFrame(
        {
            "moderator_id": [*(f"o{i}" for i in range(6)), "new", "lone", "none"],
            "cases": [100.0] * 8 + [math.nan],
            "handle_seconds": [4000.0, 5000, 5000, 5000, 6000, 7000, 9000, 30000, math.nan],
            "tenure_weeks": [60.0] * 6 + [2, 60, 60],
        }
    )
    people = pd.DataFrame({"moderator_id": weeks["moderator_id"], "queue": ["video"] * 7 + ["live", "video"]})
    found = say.speed_targets(weeks, people, slower=1.2)["most_seconds"]
    assert found.iloc[6] == pytest.approx(60), "1.2 × the median of 50 seconds"
    assert found.iloc[7] > 1e6, "one experienced person is no measure for the others"
    assert math.isnan(found.iloc[8]), "without production nothing is known"
    assert (say.speed_targets(weeks, people, seconds=70)["most_seconds"].iloc[:8] == 70).all()


def test_traits_with_few_people_stand_together_or_are_left_out():
    said = voice()
    hired = hires((0, [(6, "proficient", 40)])).assign(
        site=["Berlin"] * 22 + ["Essen"] * 12 + ["Bonn"] * 6, employer=["internal"] * 34 + ["vendor"] * 6
    )
    found = say.hire_traits(said, hired)
    assert say.traits_of(found) == ["site"], "six against 34 is not shown"
    assert found["site"].value_counts().to_dict() == {"Berlin": 22, "other": 18}


def test_first_tests_are_read_from_the_first_attempt_by_hand():
    said = voice()
    hired = hires((0, [(6, "proficient", 12)]))
    programmes = pd.DataFrame({"programme_id": ["on"], "kind": ["onboarding"], "modality": ["blended"]})
    asked = pd.DataFrame({"item_id": ["q", "r"], "form": "A", "programme_id": "on", "max_score": [2.0, 3.0]})
    rows = [
        {"attempt_id": f"{who}{turn}", "item_id": item, "form": "A", "moderator_id": who, "score": float(turn),
         "answered_at": pd.Timestamp("2026-01-01", tz="UTC") + pd.Timedelta(turn, "D")}
        for who in hired["moderator_id"] for turn in (1, 2) for item in ("q", "r")
    ]  # fmt: skip
    answers = pd.DataFrame(rows)
    answers.loc[answers["attempt_id"].eq("m01") & answers["item_id"].eq("q"), "score"] = 0.0
    found = say.hire_traits(said, hired, programmes=programmes, responses=answers, items=asked)
    assert say.traits_of(found) == ["first_test"]
    assert found["first_test"].iloc[0] == pytest.approx(2), "1 of 5 points are 20 per cent: two tens"
    assert found["first_test"].iloc[1] == pytest.approx(4)


@pytest.mark.parametrize("language", LANGUAGES)
def test_traits_and_waves_in_words(language):
    said = voice(language)
    hired = hires(many(0, 30, 6), many(20, 30, 14)).assign(languages=["de-DE"] * 30 + ["tr-TR|de"] * 30)
    own = say.hire_waves(said, say.hire_traits(said, hired))
    models = [tne.hazard_ratio(own, **ENDS, covariates=name) for name in say.traits_of(own)]
    rows = say.trait_rows(said, models)
    assert len(rows) == 1
    adjusted = tne.adjust_p(rows)
    told = text(say.trait_table(said, adjusted).html)
    test = tne.time_to_proficiency(own, **ENDS, by="wave").log_rank
    told += text(say.waves_compared(said, items(said, hired), test).html)
    assert not re.search(r"{\w*}|\bnan\b|_|tr-TR", told)
    assert text(say.trait_table(said, tne.adjust_p(say.trait_rows(said, []))).html)


def test_forecasts_count_from_the_last_day_of_the_data():
    said = voice()
    hired = hires(many(0, 40, 6), (40, [(4, "censored", 20)]))
    own = say.hire_waves(said, hired)
    latest = own["wave"].cat.categories[-1]
    found = tne.forecast_ready(own, running=latest, cohort="wave", draws=400)
    last = items(said, hired, forecasts={latest: found})[-1]
    ready = found.get(term="ready_at").estimate
    assert last.forecast["estimate"] == math.ceil(ready - 4)
    block = say.onboarding_front(
        said,
        items(said, hired, forecasts={latest: found}),
        facts=FACTS | {"data_to": pd.Timestamp("2026-09-20")},
    )
    day = (pd.Timestamp("2026-09-20") + pd.Timedelta(math.ceil(ready - 4), "W")).date()
    shown = re.search(r"80% of those who stay by (\d+ \w+ \d+)", text(block.html))[1]
    assert abs((pd.Timestamp(shown).date() - day).days) <= 5, "the next working day"
    assert last.action == "wait"


def test_a_ramp_leaves_out_what_moved_experienced_colleagues():
    """Ten of them every week, 80 % right and then 90 %: their log-odds about their mean stand beside the new people."""
    old = pd.DataFrame({"moderator_id": [f"o{i}" for i in range(10)] * 2, "period": [1] * 10 + [2] * 10})
    old["weight_sum"], old["weighted_correct"] = 100.0, [80.0] * 10 + [90.0] * 10
    own = pd.DataFrame(
        {"moderator_id": ["n"] * 2, "period": [1, 2], "weight_sum": 5.0, "weighted_correct": 4.0}
    )
    weeks = pd.concat([old, own])
    season = say.with_season(voice(), own, weeks)["season"]
    assert season.diff().iloc[1] == pytest.approx(math.log(900.5 / 100.5) - math.log(800.5 / 200.5))
    assert season.sum() == pytest.approx(0)
    few = weeks.loc[~(weeks["moderator_id"].eq("o0") & weeks["period"].eq(2))]
    assert (say.with_season(voice(), own, few)["season"] == 0).all()
