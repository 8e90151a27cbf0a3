"""Learning, what was left of it, groups: caveats before numbers, the short answer first, nothing about few people."""

import math
import re
from types import SimpleNamespace

import pandas as pd
import pytest

from tne import say
from tne.report.catalogue import LANGUAGES
from tne.result import Check, Estimates

COMPLETE = [
    language for language in LANGUAGES if language != "ar"
]  # the others speak English where they lack words

TITLES = {"P1": "One", "P2": "Two", "P3": "Three"}


def plain(block):
    return re.sub(r"<[^>]+>", "", block.html)


def shares(make_estimate, improved, declined, people=60.0):
    told = {
        name: make_estimate(share, max(share - 0.1, 0), share + 0.1, people=people, unit="share", n=people,
                            n_people_total=people)
        for name, share in (("improved", improved), ("declined", declined))
    }  # fmt: skip
    return SimpleNamespace(get=lambda term: told[term])


def test_learning_states_gain_interval_and_people(speak, make_learning):
    block = say.learning(speak(), make_learning(), programme_id="P1", title="T")
    assert "changed by +2.4 points of 20 (1.3 to 3.5), 60 people" in plain(block)
    assert "larger than chance" in block.html
    assert (block.rows[0]["level"], block.rows[0]["estimate"]) == ("learning", 2.4)


def test_caveats_stand_before_the_number_that_they_limit(speak, make_learning):
    found = make_learning(
        checks=(Check("attrition", "fail"), Check("same_form", "warn"), Check("untrained", "warn"))
    )
    text = plain(say.learning(speak(), found, programme_id="P1", title="T"))
    number = text.index("+2.4")
    for caveat in ("31% of those tested before", "same questions", "Nobody untrained"):
        assert text.index(caveat) < number
    once = plain(say.learning(speak(), found, programme_id="P1", title="T", common=("same_form",)))
    assert "same questions" not in once
    quiet = plain(
        say.learning(
            speak(), make_learning(checks=(Check("attrition", "pass"),)), programme_id="P1", title="T"
        )
    )
    assert "31%" not in quiet


def test_common_caveats_are_those_of_every_programme(speak, make_learning):
    form, alone = Check("same_form", "warn"), Check("untrained", "warn")
    two = {"P1": make_learning(checks=(form, alone)), "P2": make_learning(checks=(form,))}
    assert say.common_caveats(speak(), two) == ("same_form",)
    assert "same questions" in say.learning_lead(speak(), two, TITLES).html
    assert say.common_caveats(speak(), {"P1": two["P1"]}) == ()


def test_everyone_who_began_stands_beside_those_who_came_back(speak, make_learning, make_estimate):
    more = {name: make_estimate(2.9, 1.9, 3.9, 61.0, n_people_total=88.0) for name in ("weighted", "imputed")}
    block = say.learning(speak(), make_learning(**more), programme_id="P1", title="T")
    assert "For all 90 who took the first test, the change is put at +2.9 (1.9 to 3.9)" in plain(block)
    assert [(r["measure"], r["term"]) for r in block.rows] == [
        ("gain", "mean_change"), ("gain", "weighted"), ("gain", "imputed")
    ]  # fmt: skip


def test_those_still_waiting_are_a_comparison(speak, make_learning, make_estimate):
    alike = make_estimate(1.1, 0.2, 2.0)
    apart = make_estimate(1.1, -0.2, 2.4, checks=(Check("balance", "warn"),))
    text = plain(say.learning(speak(), make_learning(against=alike), programme_id="P1", title="T"))
    assert "difference at equal first scores is +1.1" in text.replace("+1.10", "+1.1")
    assert "more than practice and time" in text
    text = plain(say.learning(speak(), make_learning(against=apart), programme_id="P1", title="T"))
    assert text.index("did not begin alike") < text.index("+1.1")
    assert "Practice and time alone could explain it" in text


def test_single_people_are_never_shown_at_an_edge_nor_by_the_remainder(speak, make_learning, make_estimate):
    block = say.learning(
        speak(), make_learning(reliable=shares(make_estimate, 0.30, 0.01)), programme_id="P1", title="T"
    )
    assert "30% (20% to 40%) improved and &lt; 5% declined" in block.html
    assert "69%" not in block.html
    rows = {row["term"]: row for row in block.rows if row["measure"] == "reliable_change"}
    assert set(rows) == {"improved", "declined"}
    assert math.isnan(rows["declined"]["estimate"])
    assert rows["declined"]["note"]


def test_tests_on_two_scales_give_no_gain(speak, make_learning):
    found = make_learning(same_scale=False)
    block = say.learning(speak(), found, programme_id="P1", title="T")
    assert "not on one scale, so no gain is shown, because" in block.html
    assert "2.4" not in block.html
    assert math.isnan(block.rows[0]["estimate"])
    assert block.rows[0]["note"]
    assert say.learning_finding(speak(), {"P1": found}) == "no_scale"


@pytest.mark.parametrize("language", COMPLETE)
def test_few_people_give_no_number_and_are_said_once(speak, make_learning, make_estimate, language):
    few = make_estimate(7.7, 5.5, 9.9, people=6.0)
    more = dict.fromkeys(("against", "mastery", "weighted", "imputed", "waiting", "standardized"), few)
    found = make_learning(7.7, 5.5, 9.9, people=6.0, checks=(Check("attrition", "fail"),), **more)
    block = say.learning(speak(language), found, programme_id="P1", title="T")
    assert block.html == ""
    assert math.isnan(block.rows[0]["estimate"])
    lead = say.learning_lead(speak(language), {"P1": found}, TITLES).html
    assert "10" in lead
    assert "One" in lead


def test_a_fall_in_the_pass_share_is_a_change_not_a_share(speak, make_learning, make_estimate):
    drop = make_estimate(-0.104, -0.2, -0.008, unit="share")
    html = say.learning(speak(), make_learning(mastery=drop), programme_id="P1", title="T").html
    assert "at least 80% of the points changed by −10.4 percentage points" in html


def test_normalised_gain_has_its_band(speak, make_learning, make_estimate):
    gain = make_estimate(0.42, 0.3, 0.54, unit="")
    fields = {name: getattr(gain, name) for name in gain.as_row()}
    found = make_learning(normalized=SimpleNamespace(band="medium", **fields))
    html = say.learning(speak(), found, programme_id="P1", title="T").html
    assert "42% were gained (30% to 54%); that counts as medium" in html


def test_the_short_answer_names_programmes_by_what_they_show(speak, make_learning):
    learned = {"P1": make_learning(), "P2": make_learning(0.5, -0.5, 1.5), "P3": make_learning(people=4.0)}
    text = plain(say.learning_lead(speak(), learned, TITLES))
    assert text.startswith("Test scores rose after One. After Two the change in test scores could be chance.")
    assert "Three, so no gain is shown" in text
    assert say.learning_finding(speak(), learned) is None
    assert say.learning_finding(speak(), {"P1": make_learning()}) == "rose"


def test_a_rise_that_those_who_left_would_overturn_is_no_rise(speak, make_learning, make_estimate):
    found = make_learning(weighted=make_estimate(0.4, -0.9, 1.7))
    assert "could be chance" in say.learning_lead(speak(), {"P1": found}, TITLES).html
    assert say.learning_finding(speak(), {"P1": found}) == "flat"


def kept(make_estimate, share=(0.6, 0.3, 0.9), people=61.0, **more):
    fields = {
        "share": make_estimate(*share, people=people, unit="share of the gain"),
        "gain": make_estimate(people=people),
        "later": make_estimate(1.5, 0.7, 2.3, people=people),
        "attrition": make_estimate(0.46, 0.35, 0.57, 88.0, unit="share", n=88.0, n_people_total=88.0),
        "weeks": 8.0,
        "curve": None,
    }
    return SimpleNamespace(**fields | more)


def test_what_was_left_stands_after_who_did_not_come(speak, make_estimate):
    block = say.retention(speak(), kept(make_estimate), programme_id="P1", title="T")
    text = plain(block)
    assert text.index("46% of those tested before") < text.index("About 8 weeks after the training")
    assert "So 60% of the gain was still there (30% to 90%)" in text
    assert {row["measure"] for row in block.rows} == {"gain", "attrition", "retained_gain"}


def test_an_interval_from_nothing_to_all_says_that_it_says_nothing(speak, make_estimate):
    found = kept(make_estimate, share=(0.4, -0.2, 1.2))
    assert "too uncertain to say" in say.retention(speak(), found, programme_id="P1", title="T").html
    undefined = kept(make_estimate, share=(math.nan, math.nan, math.nan))
    assert "cannot be said" in say.retention(speak(), undefined, programme_id="P1", title="T").html


def test_retention_headings_follow_the_intervals(speak, make_estimate):
    cases = {"faded": (0.6, 0.3, 0.9), "held": (0.8, 0.3, 1.4), None: (0.4, -0.2, 1.2)}
    for finding, share in cases.items():
        assert say.retention_finding(speak(), {"P1": kept(make_estimate, share)}) == finding
    assert "uncertain" in say.retention_lead(speak(), {"P1": kept(make_estimate, cases[None])}, TITLES).html


@pytest.mark.parametrize("language", COMPLETE)
def test_few_people_later_give_no_number(speak, make_estimate, language):
    block = say.retention(speak(language), kept(make_estimate, people=6.0), programme_id="P1", title="T")
    assert not re.search(r"\d", plain(block).replace("10", ""))
    assert all(math.isnan(row["estimate"]) for row in block.rows)


def groups(make_estimate, *people):
    months = [f"2026-0{i + 4}" for i in range(len(people))]
    rows = [
        {"group": m, **make_estimate(people=float(n), n=float(n), std_error=0.5).as_row()}
        for m, n in zip(months, people, strict=True)
    ]
    return {"P1": {"month": Estimates(table=pd.DataFrame(rows), keys=("group",))}}


def twice(**sizes):
    """People tested twice by month of training, `m4=30` in April: trained on the third, tested a week later."""
    months = [int(name[1:]) for name, size in sizes.items() for _ in range(size)]
    trained = pd.to_datetime([f"2026-{month:02}-03" for month in months], utc=True)
    return pd.DataFrame(
        {
            "moderator_id": [f"m{i}" for i in range(len(months))],
            "trained_at": trained,
            "answered_at_post": trained + pd.Timedelta(7, "D"),
        }
    )


def parts(voice, scores, may_show=dict.keys):
    frame = scores.assign(month=say.closed_months(voice, scores))
    ws = SimpleNamespace(parts_shown=lambda programme, people: may_show(people))
    found = say.gain_parts(voice, ws, "P1", frame, "month")
    return found.value_counts().sort_index().to_dict()


def test_a_month_of_few_people_stands_with_its_neighbour(speak, make_estimate):
    found = parts(speak(as_of=pd.Timestamp("2026-12-01", tz="UTC")), twice(m4=30, m5=20, m6=4, m7=12))
    assert found == {"2026-04": 30, "2026-05": 20, "2026-06 + 2026-07": 16}
    found = (
        groups(make_estimate, 30, 20, 16)["P1"]["month"].to_frame().replace("2026-06", "2026-06 + 2026-07")
    )
    block = say.gain_groups(speak(), {"P1": {"month": Estimates(table=found, keys=("group",))}}, TITLES)
    assert "June 2026 and July 2026" in block.html


def test_groups_together_hold_the_threshold(speak):
    """Four and three people together are too few: the twelve before them go with them."""
    found = parts(speak(as_of=pd.Timestamp("2026-12-01", tz="UTC")), twice(m4=30, m5=20, m6=12, m7=4, m8=3))
    assert found == {"2026-04": 30, "2026-05": 20, "2026-06 + 2026-07 + 2026-08": 19}


def test_a_month_appears_when_it_is_closed_and_never_changes(speak):
    """May ends on the 31st: four weeks later it is closed, and who is tested after that does not count for it."""
    scores = twice(m4=30, m5=20, m6=12)
    assert parts(speak(as_of=pd.Timestamp("2026-06-27", tz="UTC")), scores) == {"2026-04": 30}
    assert parts(speak(as_of=pd.Timestamp("2026-06-29", tz="UTC")), scores) == {"2026-04": 30, "2026-05": 20}
    scores.loc[30:33, "answered_at_post"] = pd.Timestamp("2026-07-02", tz="UTC")
    assert parts(speak(as_of=pd.Timestamp("2026-07-20", tz="UTC")), scores) == {"2026-04": 30, "2026-05": 16}
    assert parts(speak(as_of=None), scores) == {}
    scores.loc[0, "trained_at"] = pd.NaT
    assert parts(speak(as_of=pd.Timestamp("2026-07-20", tz="UTC")), scores) == {"2026-04": 29, "2026-05": 16}


def test_only_groups_that_may_be_shown_have_a_row(speak):
    found = parts(
        speak(as_of=pd.Timestamp("2026-12-01", tz="UTC")),
        twice(m4=30, m5=20, m6=12),
        lambda people: {"2026-04"},
    )
    assert found == {"2026-04": 30}


def missing(voice, scores, by="month", may_show=dict.keys):
    group = say.closed_months(voice, scores) if by == "month" else scores[by]
    frame = scores.assign(**{by: group})
    ws = SimpleNamespace(parts_shown=lambda programme, people: may_show(people))
    return say.left_out(voice, frame, by, say.gain_parts(voice, ws, "P1", frame, by))


def test_what_is_missing_is_known_only_where_something_is(speak):
    """May is closed on 28 June; a month or kind that the workspace holds back is another cause."""
    scores = twice(m4=30, m5=20)
    before, after = (speak(as_of=pd.Timestamp(day, tz="UTC")) for day in ("2026-06-27", "2026-06-29"))
    assert (missing(before, scores), missing(after, scores)) == ({"open"}, set())
    assert missing(after, scores, may_show=lambda people: {"2026-04"}) == {"few"}
    assert missing(before, twice(m3=30, m4=30, m5=20), may_show=lambda people: ()) == {"few", "open"}
    assert missing(before, scores, may_show=lambda people: ()) == {"open"}, (
        "one month alone has no row anyhow"
    )
    assert missing(speak(as_of=None), scores) == set(), "nothing is dated"
    late = scores.assign(answered_at_post=scores["answered_at_post"] + pd.Timedelta(90, "D"))
    assert missing(speak(as_of=pd.Timestamp("2026-12-01", tz="UTC")), late) == set(), "these never come"
    kinds = scores.assign(modality=30 * ["live"] + 20 * ["video"])
    assert missing(before, kinds, "modality") == set()
    assert missing(before, kinds, "modality", lambda people: {"live"}) == {"few"}
    assert missing(before, kinds.assign(modality="live"), "modality", lambda people: ()) == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_table_says_what_is_missing_and_when_it_comes(speak, make_estimate, language):
    voice, found = speak(language), groups(make_estimate, 30, 20)
    whole, few, both = (say.gain_groups(voice, found, TITLES, why) for why in ((), {"few"}, {"few", "open"}))
    line = re.compile(r'<p class="footnote">(.*)</p>$')
    assert not line.search(whole.html)
    assert few.rows == both.rows == whole.rows, "estimates.csv is the same"
    assert re.findall(r"[0-9٠-٩]+", line.search(few.html)[1]) == [voice.count(10)], "the threshold, no size"
    assert line.search(both.html)[1].endswith(line.search(few.html)[1])
    assert len(line.search(both.html)[1]) > len(line.search(few.html)[1])
    assert say.gain_groups(voice, groups(make_estimate, 30, 4, 4), TITLES, {"few"}).html == "", "no table"


def test_groups_under_ten_are_hidden_and_not_to_be_worked_out(speak, make_estimate):
    found = groups(make_estimate, 30, 20, 4, 12)["P1"]["month"].to_frame()
    found.loc[2, ["estimate", "note"]] = [math.nan, "fewer than two people"]
    block = say.gain_groups(speak(), {"P1": {"month": Estimates(table=found, keys=("group",))}}, TITLES)
    shown = [row for row in block.rows if not math.isnan(row["estimate"])]
    assert [row["group"] for row in shown] == ["2026-04", "2026-05"], "one more goes with the hidden one"
    assert all(row["note"] for row in block.rows if math.isnan(row["estimate"]))
    assert say.gain_groups(speak(), groups(make_estimate, 30, 4, 4), TITLES).html == ""


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_all_of_it(speak, make_learning, make_estimate, language):
    voice, some = speak(language), make_estimate(0.3, 0.1, 0.5, n_people_total=88.0)
    fields = {name: getattr(some, name) for name in some.as_row()}
    names = (
        "comparable",
        "same_form",
        "untrained",
        "regression_to_mean",
        "ceiling",
        "floor",
        "attrition",
        "few_people",
    )
    found = make_learning(
        weighted=some, imputed=some, against=some, waiting=some, mastery=some, standardized=some,
        normalized=SimpleNamespace(band="low", **fields), reliable=shares(make_estimate, 0.3, 0.1),
        checks=tuple(Check(name, "warn") for name in names),
    )  # fmt: skip
    html = say.learning(voice, found, programme_id="P1", title="T", selected=True).html
    html += say.retention(voice, kept(make_estimate), programme_id="P1", title="T").html
    html += say.gain_groups(voice, groups(make_estimate, 30, 20), TITLES).html
    assert "{" not in html
    assert html.count("<li>") == 5


@pytest.mark.parametrize("language", LANGUAGES)
def test_of_a_loss_nothing_is_kept(speak, make_estimate, language):
    """Scores fell after the training and were as low later: the ratio 0.9 is no share of a gain."""
    voice = speak(language)
    found = kept(make_estimate, (0.9, 0.7, 1.1), gain=make_estimate(-2.0, -3.0, -1.0, 61.0))
    block = say.retention(voice, found, programme_id="P1", title="T")
    assert voice.html("retention.no_gain") in block.html
    assert "90" not in plain(block).split(voice.html("retention.no_gain"))[0].split("61")[-1]
    (row,) = (row for row in block.rows if row["measure"] == "retained_gain")
    assert math.isnan(row["estimate"])
    assert say.retention_finding(voice, {"P1": found}) is None


def test_nothing_left_is_said_as_such(speak, make_estimate):
    found = kept(make_estimate, (-0.1, -0.4, 0.2))
    text = plain(say.retention(speak(), found, programme_id="P1", title="T"))
    assert "none of the gain can be shown to be left: −10% fits best (−40% to 20%)" in text


def test_a_loss_is_no_share_of_what_could_be_gained(speak, make_learning, make_estimate):
    some = make_estimate(-0.3, -0.5, -0.1)
    fields = {name: getattr(some, name) for name in some.as_row()}
    found = make_learning(normalized=SimpleNamespace(band="low", **fields))
    block = say.learning(speak(), found, programme_id="P1", title="T")
    assert "could still be gained" not in block.html
    assert "normalized_gain" in {row["measure"] for row in block.rows}
