"""The report on calibration: every state has true words in five languages, and nothing gets past the gate."""

import functools
import math
import re
from types import SimpleNamespace

import pandas as pd
import pytest

from tne import say
from tne.report.calibration import task_of, verdict
from tne.report.calibration_areas import (
    ALIKE,
    FEW,
    GOOD,
    HIDDEN,
    OPEN,
    POOR,
    SAME,
    SPLIT,
    TEXT,
    TRAIN,
    UNCLEAR,
    UNDEFINED,
    cases_missing,
    level,
    state_of,
)
from tne.report.catalogue import LANGUAGES
from tne.report.disclosure import publishable
from tne.report.pooled import with_counts
from tne.result import ESTIMATE_COLUMNS

GOAL = 0.6
NAN = math.nan
# level of a group -> estimate, conf_low, conf_high
NUMBERS = {
    UNDEFINED: (NAN, NAN, NAN),
    GOOD: (0.82, 0.71, 0.93),
    POOR: (0.31, 0.22, 0.41),
    UNCLEAR: (0.55, 0.38, 0.72),
}
# state of an area -> levels of experts and moderators
STATES = {
    TEXT: (POOR, POOR),
    TRAIN: (GOOD, POOR),
    SPLIT: (UNCLEAR, POOR),
    OPEN: (GOOD, UNCLEAR),
    ALIKE: (GOOD, GOOD),
    FEW: (HIDDEN, HIDDEN),
    SAME: (UNDEFINED, UNDEFINED),
}


def voice(language="en", **more):
    row = {"market": "DE", "name": "Germany", "language": language, "timezone": "Europe/Berlin"}
    return say.voice(row, report="calibration", as_of="2026-09-20T22:00Z", strict=True, **more)


def table(areas=("hate", "spam"), cases=30, moderators=3, qa=2, policy=1, sessions=2):
    """Ratings as the table holds them: everybody rates every case of a session."""
    people = [("moderator", moderators), ("qa", qa), ("policy", policy)]
    rows = [
        (f"c{s}", f"{area}-{s}-{i}", f"{role}{k}", role, area, "remove" if i else "keep", "remove",
         pd.Timestamp("2026-01-05T23:30Z") + pd.Timedelta(28 * s, "D"))
        for s in range(sessions)
        for area in areas
        for i in range(cases // sessions)
        for role, n in people
        for k in range(n)
    ]  # fmt: skip
    columns = [
        "calibration_id",
        "case_id",
        "rater_id",
        "role",
        "policy_area",
        "label",
        "reference_label",
        "rated_at",
    ]
    return pd.DataFrame(rows, columns=columns)


class Found:
    """What a measure returns: a frame of estimates after its keys."""

    def __init__(self, rows, keys):
        frame = pd.DataFrame(rows, columns=[*keys, "estimate", "conf_low", "conf_high"])
        rest = {name: NAN for name in ESTIMATE_COLUMNS if name not in frame}
        self.frame = frame.assign(**rest).assign(
            term="gwet_ac1", conf_level=0.95, unit="", note="", comparison=""
        )

    def to_frame(self):
        return self.frame


def found(levels):
    """Agreement by area and group: area -> levels of experts and moderators."""
    rows = [
        (area, group, *NUMBERS[name])
        for area, both in levels.items()
        for group, name in zip(("expert", "moderator"), both, strict=True)
        if name != HIDDEN
    ]
    return Found(rows, ["policy_area", "group"])


def overall(expert=GOOD, moderator=GOOD):
    pairs = (("expert", expert), ("moderator", moderator))
    return Found([(g, *NUMBERS[name]) for g, name in pairs if name != HIDDEN], ["group"])


def front(said, levels, others=(GOOD, GOOD), ratings=None, facts=None):
    ratings = say.rated(table(tuple(levels)) if ratings is None else ratings)
    areas = say.area_agreement(said, found(levels), ratings, goal=GOAL)
    rest = say.group_agreement(said, overall(*others), ratings)
    together = say.rated_together(ratings)
    facts = facts or {"sessions": 2, "cases": 60, "raters": 9}
    return areas, say.calibration_front(said, areas, rest, together=together, facts=facts)


@functools.cache
def areas_of(state):
    return front(voice(), {"hate": STATES[state], "spam": (GOOD, HIDDEN)})[0]


@functools.cache
def rest_of(*levels):
    return say.group_agreement(voice(), overall(*levels), say.rated(table()))


def agenda(ratings, reason="raters_differ", n_raters=9):
    cases = ratings.drop_duplicates("case_id").assign(n_raters=n_raters, reason=reason)
    return SimpleNamespace(to_frame=lambda: cases)


def text(block):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", block.html))


# -- states ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", STATES)
def test_the_state_of_an_area_follows_from_both_groups(state):
    areas, _ = front(voice(), {"hate": STATES[state]})
    assert areas[0].state == state


def test_every_pair_of_levels_has_a_state_and_only_experts_make_a_text_unclear():
    for expert in (GOOD, POOR, UNCLEAR, HIDDEN, UNDEFINED):
        for moderator in (GOOD, POOR, UNCLEAR, HIDDEN, UNDEFINED):
            state = state_of(expert, moderator, better=False)
            assert (state == TEXT) == (expert == POOR)
            assert (state == TRAIN) == (expert == GOOD and moderator == POOR)
            assert state != ALIKE or moderator == GOOD
    assert state_of(UNCLEAR, POOR, better=True) == TRAIN
    assert state_of(HIDDEN, POOR, better=False) == SPLIT


def test_what_to_do_follows_from_the_state_and_names_a_role():
    for state, wanted in {
        TEXT: ("clarify", "policy_owner"), TRAIN: ("train", "trainer"), SPLIT: ("experts", "qa_lead"),
        OPEN: ("more", "qa_lead"), FEW: ("begin", "qa_lead"), SAME: ("vary", "qa_lead"), ALIKE: ("nothing", "qa_lead"),
    }.items():  # fmt: skip
        areas, block = front(voice(), {"hate": STATES[state], "spam": (GOOD, GOOD)})
        assert task_of(areas[0]) == wanted
        assert ("by 19 Oct 2026" in text(block)) == (state != ALIKE)


def test_cases_missing_by_hand():
    areas, _ = front(voice(), {"hate": (UNCLEAR, GOOD)}, ratings=table(("hate",)))
    item = areas[0]
    # half-width .17 at 30 cases; an estimate of .55 leaves .6 when it is .05: 30 (3.4² - 1) = 317
    assert math.isnan(cases_missing(item)), "more cases than anybody would bring are no advice"
    row = dict(item.expert, estimate=0.70, conf_low=0.55, conf_high=0.85)
    near = type(item)(item.area, OPEN, row, item.moderator, GOAL)
    # 30 ((.15 / .10)² - 1) = 37.5
    assert cases_missing(near) == 40


def test_what_needs_most_stands_first():
    levels = dict(zip("abcdef", (STATES[s] for s in (ALIKE, FEW, OPEN, SPLIT, TRAIN, TEXT)), strict=True))
    areas, _ = front(voice(), levels)
    assert [item.state for item in areas] == [TEXT, TRAIN, SPLIT, OPEN, FEW, ALIKE]


# -- words ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("state", STATES)
def test_every_state_has_words_in_every_language(language, state):
    for others in (
        (GOOD, GOOD),
        (POOR, UNCLEAR),
        (HIDDEN, GOOD),
        (GOOD, HIDDEN),
        (HIDDEN, HIDDEN),
        (UNDEFINED, HIDDEN),
    ):
        reduced = (areas_of(state), rest_of(*others))
        block = say.calibration_front(voice(language), *reduced, together=True, facts={"cases": 60})
        assert "{" not in text(block)
        assert "nan" not in text(block).lower().split()
        assert block.facts["headline"] in text(block)


def test_headlines_say_consistent_or_where_not_or_cannot_tell():
    said = voice()

    def headline(levels, others=(GOOD, GOOD)):
        return front(said, levels, others)[1].facts["headline"]

    assert (
        headline({"hate": STATES[TEXT]})
        == "Germany: people agree well on the whole, except on hate, where even the experts do not"
    )
    assert (
        headline({"hate": STATES[TEXT]}, (POOR, POOR)) == "Germany: on hate, not even the experts agree well"
    )
    assert headline({"hate": STATES[TRAIN]}) == (
        "Germany: people agree well on the whole, except moderators on hate"
    )
    both = headline({"hate": STATES[TEXT], "spam": STATES[TRAIN]})
    assert both == "Germany: people agree well on the whole, except on hate and spam"
    assert headline({"hate": STATES[ALIKE]}) == "Germany: people agree well in every policy area"
    assert "on the whole" in headline({"hate": STATES[OPEN]})
    assert "no single policy area stands out" in headline({"hate": STATES[OPEN]}, (GOOD, POOR))
    assert "cannot be told yet" in headline({"hate": STATES[OPEN]}, (UNCLEAR, GOOD))
    assert "too few shared cases" in headline({"hate": STATES[FEW]}, (HIDDEN, HIDDEN))
    assert "labels hardly differ" in headline({"hate": STATES[SAME]}, (UNDEFINED, UNDEFINED))


def test_no_ratings_and_nobody_rating_the_same_case_are_said():
    said, empty = voice(), table().iloc[:0]
    block = front(said, {}, (HIDDEN, HIDDEN), ratings=empty)[1]
    assert "no calibration ratings yet" in block.facts["headline"]
    assert "ratings" in text(block)
    alone = table(moderators=1, qa=0, policy=0)
    assert not say.rated_together(alone)
    block = front(said, {"hate": (HIDDEN, HIDDEN)}, (HIDDEN, HIDDEN), ratings=alone)[1]
    assert "no two people rated the same case" in block.facts["headline"]
    assert "1 person" not in text(block), "one rater is not counted in public"
    assert verdict((), {}, together=False) == "nothing"


# -- gate -----------------------------------------------------------------------------------------------------------


def test_raters_and_cases_are_counted_from_the_ratings_by_hand():
    ratings = say.rated(table(("hate",), cases=10, moderators=4, qa=2, policy=1, sessions=2))
    ratings = ratings.drop(ratings.index[ratings["case_id"].eq("hate-0-0") & ratings["rater_id"].ne("qa0")])
    lonely = ratings.loc[ratings["case_id"].eq("hate-0-0")].assign(rater_id="moderator9", group="moderator")
    ratings = pd.concat([ratings, lonely], ignore_index=True)
    counted = with_counts(overall().frame, ratings, ["group"]).set_index("group")
    # the one case that only one expert and one moderator rated counts for neither, nor does its rater
    assert counted.loc["expert", ["n_raters", "n_cases"]].tolist() == [3, 9]
    assert counted.loc["moderator", ["n_raters", "n_cases"]].tolist() == [4, 9]
    whole = with_counts(overall().frame.iloc[:1], ratings, [])
    assert whole[["n_raters", "n_cases"]].to_numpy().tolist() == [[8, 10]]


@pytest.mark.parametrize(
    ("raters", "cases", "hidden"),
    [(3, 20, False), (2, 20, True), (3, 19, True), (NAN, 40, True), (40, NAN, True)],
)
def test_agreement_is_published_from_three_raters_and_twenty_cases(raters, cases, hidden):
    row = {"estimate": 0.71, "conf_low": 0.6, "conf_high": 0.82, "n_people": raters, "n": cases}
    shown = publishable({**row, "n_raters": raters, "n_cases": cases})
    assert math.isnan(shown["estimate"]) == hidden
    assert (shown.get("note") == "few_ratings") == hidden
    if not hidden:
        assert (shown["n_people"], shown["n_raters"], shown["n_cases"]) == (5, 5, 20)
        assert publishable(shown) == shown, "a gated row passes again"
    # without both counts the row is held to people
    assert math.isnan(publishable({**row, "n_people": 9, "n_cases": 40})["estimate"])


def test_two_raters_of_a_group_have_no_number_anywhere():
    said = voice()
    ratings = table(("hate",), moderators=2, qa=1, policy=1)
    areas, block = front(said, {"hate": (POOR, POOR)}, (HIDDEN, HIDDEN), ratings=ratings)
    assert areas[0].state == FEW
    assert all(math.isnan(row["estimate"]) and "3 raters" in row["note"] for row in block.rows)
    assert not re.search(r"0\.(31|22|41)", block.html)


def test_an_area_that_is_hidden_alone_stands_in_no_total():
    """The number of all areas together, less those that are shown, would give the hidden one away."""
    said = voice()
    levels = {"hate": (GOOD, HIDDEN), "minors": (GOOD, GOOD), "spam": (POOR, POOR), "nudity": (GOOD, GOOD)}
    ratings = say.rated(table(tuple(levels)))
    areas = front(said, levels, ratings=ratings)[0]
    rest = say.other_areas(ratings, areas)
    experts, moderators = (set(rest.loc[rest["group"].eq(g), "policy_area"]) for g in ("expert", "moderator"))
    assert experts == {"hate", "minors", "nudity"}
    assert moderators == {"minors", "nudity"}
    two = levels | {"minors": (GOOD, HIDDEN)}
    rest = say.other_areas(ratings, front(said, two, ratings=ratings)[0])
    assert rest["policy_area"].nunique() == 3, "two hidden ones protect each other"
    assert rest.groupby("policy_area")["group"].nunique().eq(2).all()
    unrated = ratings.loc[~(ratings["policy_area"].eq("hate") & ratings["group"].eq("moderator"))]
    rest = say.other_areas(unrated, front(said, two, ratings=unrated)[0])
    moderators = set(rest.loc[rest["group"].eq("moderator"), "policy_area"])
    assert moderators == {"nudity"}, "an area without ratings protects nothing"


def test_policy_and_qa_are_never_told_apart():
    ratings = say.rated(table(qa=2, policy=1))
    assert set(ratings["group"]) == {"expert", "moderator"}
    assert ratings.loc[ratings["role"].ne("moderator"), "group"].eq("expert").all()
    assert "they stand together as experts" in text(front(voice(), {"hate": STATES[TEXT]})[1]), (
        "and it is said why"
    )


def test_where_everybody_agreed_no_number_says_what_each_of_them_said():
    said = voice()
    ratings = say.rated(table(("hate",)))
    perfect = Found(
        [("hate", "expert", 1.0, 1.0, 1.0), ("hate", "moderator", 1.0, NAN, NAN)], ["policy_area", "group"]
    )
    areas = say.area_agreement(said, perfect, ratings, goal=GOAL)
    assert areas[0].state == ALIKE
    assert level(areas[0].expert, GOAL) == GOOD
    block = say.calibration_front(
        said, areas, say.group_agreement(said, overall(), ratings), together=True, facts={}
    )
    assert "everybody agreed (> 0.95)" in text(block)
    everyone = Found([("expert", 1.0, 1.0, 1.0), ("moderator", 1.0, 1.0, 1.0)], ["group"])
    together = say.group_agreement(said, everyone, ratings)
    whole = say.calibration_front(said, areas, together, together=True, facts={})
    assert "Agreement lies above 0.95" in text(whole)
    assert all(math.isnan(row["estimate"]) and row["note"] for row in block.rows)


def test_one_label_alone_is_nothing_to_agree_on():
    ratings = table(("hate",)).assign(label="remove")
    areas, block = front(voice(), {"hate": (GOOD, GOOD)}, ratings=say.rated(ratings))
    assert areas[0].state == SAME
    assert "labels hardly differ" in block.facts["headline"]
    assert all(math.isnan(row["estimate"]) and row["note"] == "labels hardly differ" for row in block.rows)


def test_rows_for_estimates_csv_are_rounded_and_unique():
    _, block = front(voice(), {"hate": STATES[TEXT], "spam": STATES[ALIKE]})
    keys = [(row["measure"], row["term"], row["group"]) for row in block.rows]
    assert len(keys) == len(set(keys)) == 4
    for row in block.rows:
        assert row["level"] == "behaviour"
        assert row["n"] % 5 == row["n_people"] % 5 == 0
        assert row["n_people"] >= 5


def test_no_rater_stands_in_any_block():
    said = voice()
    ratings = say.rated(table())
    blocks = [front(said, {"hate": STATES[TEXT], "spam": STATES[OPEN]})[1]]
    blocks.append(say.agenda_table(said, agenda(ratings), ratings))
    blocks.append(say.again_table(said, overall(), say.rated_again(ratings)))
    for rater in ratings["rater_id"].unique():
        assert all(not re.search(rf"\b{rater}\b", block.html) for block in blocks)
    assert "hate-0-0" in blocks[1].html
