"""A real file, from its export to its reports: 4,059 pupils of 65 schools, two tests on two scales."""

import re
from pathlib import Path

import pandas as pd
import pytest
import statsmodels.formula.api as smf
from rendered import Rendered, tne_says, words

import tne

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("exam")]
LARGE, SMALL = ("S03", "S10", "S59"), ("S48", "S54")


@pytest.fixture(scope="module")
def exam(truth, tmp_path_factory):
    """The full file imported; two reports of five schools. The proof `schools` makes every report of all 65."""
    root = tmp_path_factory.mktemp("exam")
    mapping = Path(__file__).resolve().parents[2] / "docs" / "examples" / "exam.toml"
    export = truth / "data" / "exam_mlmRev.csv"
    places = ("--workspace", root / "ws", "--output", root / "out", "--json")
    chosen = ("--report", "effectiveness", "--report", "assessment", "--market", *LARGE, *SMALL)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TNE_CONFIG_HOME", str(root / "config"))
        code, said, error = tne_says("import", "--map", mapping, export, "--workspace", root / "ws")
        assert code == 0, error
        assert "8118 stored" in said
        code, _, error = tne_says("run", *places, *chosen)
    assert code == 0, error
    return Rendered(root / "ws", root / "out")


@pytest.fixture(scope="module")
def scores(exam):
    return tne.open(exam.workspace).scores("exam")


@pytest.fixture(scope="module")
def direct(scores):
    return tne.group_effects(scores, outcome="post", baseline="pre", group="market")


def rounded_to(row):
    """Two significant digits of the half-width: hundredths, for half-widths from 0.10 to 0.99."""
    assert 0.0995 <= (row.conf_high - row.conf_low) / 2 < 0.995
    return 0.005 + 1e-9


def test_reports_show_the_direct_results_raw_and_shrunken(exam, direct):
    rows = exam.estimates.query("measure == 'group_effect'").set_index(["market", "term"])
    for school in LARGE:
        for kind in ("raw", "shrunken"):
            told, found = rows.loc[(school, kind)], direct.get(group=school, kind=kind)
            numbers = [told["estimate"], told["conf_low"], told["conf_high"]]
            expected = [found.estimate, found.conf_low, found.conf_high]
            assert numbers == pytest.approx(expected, abs=rounded_to(found))
            assert told["level"] == "learning"
            assert abs(told["n_people"] - found.n_people) <= 2.5
            text = words(exam.page(school))
            shown = f"{abs(told['estimate']):.2f} test points ({_en(numbers[1])} to {_en(numbers[2])})"
            assert shown in text


def _en(value):
    return f"{value:.2f}".replace("-", "−")


def test_shrunken_results_equal_statsmodels_blup(scores, direct):
    kept = scores.dropna(subset=["pre", "post"])
    fit = smf.mixedlm("post ~ pre", kept, groups=kept["market"]).fit(reml=True)
    for school, effect in fit.random_effects.items():
        assert direct.get(group=school, kind="shrunken").estimate == pytest.approx(effect.iloc[0], abs=1e-3)


def test_raw_results_equal_statsmodels_regression(scores, direct):
    kept = scores.dropna(subset=["pre", "post"])
    for school in (*LARGE, *SMALL):
        fit = smf.ols("post ~ pre + own", kept.assign(own=kept["market"].eq(school).astype(float))).fit()
        found = direct.get(group=school, kind="raw")
        assert (found.estimate, found.std_error) == pytest.approx(
            (fit.params["own"], fit.bse["own"]), rel=1e-6
        )


@pytest.mark.parametrize("school", [*LARGE, *SMALL])
def test_no_gain_is_shown_and_the_report_says_why(exam, school):
    text = words(exam.page(school))
    assert "not on one scale" in text
    assert not re.search(r"normali[sz]ed gain", text, re.IGNORECASE)
    rows = exam.estimates.query("market == @school")
    gain = rows.loc[rows["measure"].eq("gain")]
    assert gain["estimate"].isna().all()
    assert gain["note"].str.contains("scale").all()
    assert not rows["measure"].isin(["normalized_gain", "mastery", "accuracy", "verdict"]).any()


@pytest.mark.parametrize("school", LARGE)
def test_first_screen_says_where_the_school_stands(exam, direct, school):
    found = direct.get(group=school, kind="shrunken")
    place = "above" if found.conf_low > 0 else "below" if found.conf_high < 0 else "cannot be told from"
    page = exam.page(school)
    assert place in page.h1.get_text()
    people = int(5 * round(found.n_people / 5))
    assert f"{people} people tested" in words(page)
    text = words(page)
    for wrong in ("moderator", "programme effect", "No programme ran", "first report", "Evidence A"):
        assert wrong not in text, wrong


@pytest.mark.parametrize("school", SMALL)
def test_small_schools_say_so_and_show_no_number(exam, direct, school):
    page = exam.page(school)
    assert "too few people" in page.h1.get_text()
    rows = exam.estimates.query("market == @school")
    assert rows[["estimate", "conf_low", "conf_high", "n", "n_people"]].isna().all().all()
    assert not page("img")
    assert {table.find_previous("h2").get("id") for table in page("table")} <= {"quality"}
    for header in page("section", class_="about"):
        header.extract()  # hashes and versions
    # the threshold, its rounding, the level of intervals in the glossary, the school's own name, the intake age, and
    # the share of rows that cannot be right
    allowed = {"10", "5", "95", "100", "16", "0", school[1:]}
    assert set(re.findall(r"\d+", words(page))) <= allowed | {str(int(school[1:]))} | run_digits(page)


def run_digits(page):
    return set(re.findall(r"\d+", page.footer.get_text(" "))) if page.footer else set()


def test_no_report_speaks_of_another_school(exam):
    for school in LARGE:
        text = exam.html(school)
        for other in {*LARGE, *SMALL} - {school}:
            assert f"School {int(other[1:])} " not in text
            assert not re.search(rf"\b{other}\b", text)


def test_manifest_does_not_count_a_small_school(exam):
    for school in SMALL:
        assert exam.manifest["inputs"][school]["responses"]["rows"] is None
    assert exam.manifest["inputs"]["S59"]["responses"]["rows"] > 50


def test_every_shown_row_keeps_the_threshold(exam):
    told = exam.estimates.dropna(subset=["estimate"])
    assert set(told["market"]) == set(LARGE)
    assert (told["n_people"] >= 10).all()
    assert pd.api.types.is_numeric_dtype(told["estimate"])


@pytest.mark.parametrize("school", [*LARGE, *SMALL])
def test_a_test_of_one_question_is_not_analysed_and_the_report_says_so(exam, school):
    page = exam.page(school, "assessment")
    assert "only one question" in page.h1.get_text()
    assert not page("img")
    assert exam.estimates.query("market == @school and report == 'assessment'").empty
    text = words(page)
    assert "Import the answers question by question" in text
    assert "data to –" not in text.lower()
