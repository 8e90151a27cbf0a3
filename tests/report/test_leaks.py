"""No word of one language in a report of another: nothing that a reader sees comes from outside the catalogues."""

import itertools
import re
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from babel import Locale
from pseudo import LANGUAGE, blocks, drawn, invented, leaks, readable

import tne
from tne import say
from tne.made import make
from tne.measures import decision, evidence
from tne.report.catalogue import catalogue
from tne.report.page import page
from tne.report.voice import voice_from
from tne.tables import shared

NOTEBOOKS = Path(__file__).parents[2] / "notebooks" / "reports"
REPORTS = sorted(path.stem for path in NOTEBOOKS.glob("*.ipynb"))
# What a page may say in letters that no catalogue knows: codes, a mail address, a hash
TECHNICAL = {
    "DE",
    "IE",
    "v1",
    "v2",
    "SHA",
    "training-analytics@example.org",
    "UTC",
    "0123456789abcdef",
    "Demo",
}
# Lines of the settings that a report asks for, as they are to be typed
TECHNICAL |= {'wellbeing = {margin = 0.05, worse = "lower"}', "tne.toml [guardrails]"}
MONTHS = {
    str(month)
    for names in Locale(LANGUAGE).months.values()
    for month in itertools.chain(names["wide"].values(), names["abbreviated"].values())
}
STATUSES = ("pass", "warn", "fail", "not_run")
# Frequent English words that are no words of the other four languages
ENGLISH = frozenset(
    re.findall(
        r"\w+",
        "the and of with for not people weeks before after was were which than their there this that because "
        "trained waiting shown fewer accuracy decisions questions answered evidence groups chance would should could "
        "have has been does did yet only between about from by how what who where when while during every each "
        "both neither either whether until since against above below under over more less most least",
    )
)


def checks():
    names = {key.split(".")[1] for key in catalogue("en") if re.fullmatch(r"check\.\w+\.label", key)}
    return [
        SimpleNamespace(name=name, status=status, detail="English detail stays on the desk")
        for name, status in itertools.product(sorted(names), STATUSES)
    ]


def everything(make_effect, voice):
    """Blocks with every verdict, action, design, reason, check, remedy, method and word."""
    known = catalogue("en")

    def codes(family):
        return [key.removeprefix(f"{family}.") for key in known if re.fullmatch(rf"{family}\.\w+", key)]

    actions = list(decision.OWNER)
    effects = [
        make_effect(f"P{k}", action, reason=reason, design=design, letter=letter)
        for k, (action, reason, design, letter) in enumerate(
            zip(
                itertools.cycle(actions),
                codes("reason"),
                itertools.cycle(evidence.DESIGN_LETTER),
                itertools.cycle("ABCDE"),
                strict=False,
            )
        )
    ]
    for effect, remedy in zip(effects, itertools.cycle(codes("raise")), strict=False):
        effect.grade.would_raise = (remedy,)
        effect.decision.people_needed, effect.decision.weeks_needed = 340.0, 7.0
    effects[0].checks = tuple(checks())
    frame = pd.DataFrame(
        {
            "error_type": ["false_positive", "not_in_any_catalogue"],
            "unheard_column": [1.0, 2.0],
            "policy_area": ["adult_nudity", "spam_fraud"],
        }
    )
    facts = {
        "start": pd.Timestamp("2026-01-05"),
        "end": pd.Timestamp("2026-09-27"),
        "used": 4100.0,
        "quarantined": 3.0,
        "suppressed": 2.0,
        "policies": [{"policy_area": "adult_nudity", "policy_version": "v1"}],
        "parameters": {"market": "DE", "period": "latest"},
    }
    last = {"moderators": 120, "audits": 4100, "tested": 80, "status": "final"}
    shown = [say.front(voice, [effect], facts=last) for effect in effects]
    shown += [say.front(voice, effects, facts=last), say.front(voice, [], facts={"learning_only": True})]
    shown += [say.evidence(voice, effect) for effect in effects]
    shown += [
        say.checks(voice, checks()),
        say.checks(voice, [SimpleNamespace(name="new_one", status="fail")]),
    ]
    shown += [say.method_notes(voice, codes("method")), say.glossary(voice)]
    shown += [say.table(voice, "gaps", frame, columns=list(frame.columns))]
    shown += [
        say.section(voice, key.split(".")[1], finding=key.split(".")[2])
        for key in known
        if re.fullmatch(r"section\.\w+\.\w+", key)
    ]
    return [*shown, say.provenance(voice, facts)]


def data_of():
    return {
        "not in any catalogue",
        "unheard column",
        "adult nudity",
        "spam fraud",
        *TECHNICAL,
        *MONTHS,
    }


@pytest.mark.parametrize("market", ["DE"])
def test_every_verdict_check_reason_and_word_comes_from_the_catalogue(make_effect, speak, market):
    with invented():
        voice = speak(LANGUAGE, market=market, strict=False)
        html = page(everything(make_effect, voice), voice, run={"run_id": "0123456789abcdef"})
    titles = {f"Programme P{k}" for k in range(200)} | {"Deutschland"}
    assert leaks(readable(html), data_of() | titles) == set()


@pytest.mark.parametrize(
    "without", ["mind.title", "check.pretrend.fail", "scorecard.evidence", "role.trainer"]
)
def test_one_phrase_that_is_not_translated_is_found(make_effect, speak, without):
    with invented(without):
        voice = speak(LANGUAGE, strict=False)
        shown = everything(make_effect, voice)
        shown.append(say.paragraph(voice, "no_table", table="x", adds=voice.text("role.trainer")))
        html = page(shown, voice, run={})
    found = leaks(readable(html), data_of() | {f"Programme P{k}" for k in range(200)} | {"Deutschland"})
    assert any(catalogue("en")[without] in text for text in found)


@pytest.mark.parametrize("planted", ["Results improved", "n_people", "p < 0,05 für event_time", "moderators"])
def test_words_and_names_of_columns_that_no_catalogue_gave_are_found(planted):
    assert leaks(["Шмсдф", planted], {"adult nudity"}) == {planted}
    assert leaks([f"Adult nudity: {planted}"], {"adult nudity"}), "beside a string of the data"
    assert leaks(["Adult nudity: Шмсдф 3 (B)"], {"adult nudity"}) == set()


@pytest.mark.parametrize("language", ["de", "es", "fr", "pt"])
def test_no_phrase_has_english_words_in_it(language):
    bare = re.compile(r"\{\w+[:}]|\|[\w.]+\]\]")  # places for values, keys of explained words
    words = {
        key: set(
            re.findall(
                r"[^\W\d_]+", bare.sub(" ", " ".join([text] if isinstance(text, str) else text)).lower()
            )
        )
        for key, text in catalogue(language).items()
    }
    own = {"de": {"was", "about"}, "es": {"has", "most"}, "fr": {"questions"}, "pt": {"has"}}[language]
    assert {key: found for key, has in words.items() if (found := has & (ENGLISH - own))} == {}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    """Two markets of the demo, one of them tiny."""
    root = tmp_path_factory.mktemp("words")
    make(root / "ws", markets=("DE", "IE"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(shared.VARIABLE, str(root))  # as in a run, frames of all markets are computed once
        yield root / "ws"


@pytest.mark.slow
@pytest.mark.xdist_group("words")
@pytest.mark.parametrize(
    ("report", "market"),
    [
        *((report, "all" if report == "portfolio" else "DE") for report in REPORTS),
        pytest.param("effectiveness", "IE", marks=pytest.mark.thorough),
        ("needs", "IE"),
    ],
)
def test_a_whole_report_says_and_draws_only_what_the_catalogue_says(workspace, report, market):
    named = {"Deutschland", "Irland", *Locale(LANGUAGE).languages.values()}
    data = tables_of(workspace) | data_of() | named
    with invented(), drawn() as inside:
        shown = blocks(
            NOTEBOOKS / f"{report}.ipynb", workspace=str(workspace), market=market, language=LANGUAGE
        )
        speaking = voice_from(shown[-1].facts["voice"])
        html = page(shown, speaking, run={"run_id": "0123456789abcdef", "index": "../index.html"})
    said = readable(html)
    assert len(said) > 80
    hashes = re.compile(r"\b[0-9a-f]{12}\b")
    assert leaks([hashes.sub("", text) for text in said], data) == set()
    assert leaks((unfolded(text, data) for text in inside), data) == set()


def unfolded(text, data):
    """A label of a figure as it was before it was broken into lines or cut."""
    text = " ".join(text.split())
    start = text.rstrip(" …")
    return next((name for name in data if text.endswith("…") and name.startswith(start)), text)


def tables_of(workspace):
    """Strings of the data that a report may show: titles, areas, places, numbers of questions and of cases."""
    ws = tne.open(workspace)
    areas = {str(area).replace("_", " ") for area in ws.table("policies")["policy_area"]}
    titles = {*ws.programmes["title"], *ws.table("policies")["title"]}
    numbered = {*ws.table("items")["item_id"].astype(str), *ws.table("ratings")["case_id"].astype(str)}
    staff = ws.table("moderators")
    places = {str(name) for column in ("site", "queue") for name in staff[column].dropna()}
    return {*titles, *areas, *numbered, *places}
