"""Importing: how exports are written, what is refused, and where every row goes."""

from __future__ import annotations

import datetime as dt
import stat

import openpyxl
import pandas as pd
import pytest

from tests.tables.import_cases import (
    AUDIT_HEADER,
    AUDIT_MAP,
    QUIZ_MAP,
    ROSTER,
    ROSTER_MAP,
    audit_rows,
    workbook,
    write,
)
from tne.tables.importers import ContractError, MappingError, import_export, quarantined
from tne.tables.importers.touching import read_stored


class Desk:
    """A folder with a workspace, a roster already imported, and a short way to import texts."""

    def __init__(self, folder):
        self.folder, self.root, self.count = folder, folder / "ws", 0

    def map(self, text):
        self.count += 1
        return write(self.folder / f"map{self.count}.toml", text)

    def run(self, mapping, export, name="export.csv", encoding="utf-8"):
        path = write(self.folder / name, export, encoding) if isinstance(export, str) else export
        return import_export(self.map(mapping), path, self.root)

    def quiz(self, export, source="", **kw):
        return self.run(QUIZ_MAP.format(source=source), export, **kw)

    def table(self, name):
        return read_stored(self.root, name)


@pytest.fixture
def desk(rostered):
    return Desk(rostered.parent)


def good(n, start=0):
    """Rows of a quiz export that nothing is wrong with."""
    return "".join(
        f"ada@example.org,{i / 10},2026-03-0{1 + i % 9}T10:{i % 60:02}:00Z\n" for i in range(start, start + n)
    )


HEAD = "Mail,Score,Completed\n"


# How exports are written


def test_german_decimals_and_dates(desk):
    source = 'delimiter = ";"\ndecimal = ","\nthousands = "."\nzone = "Europe/Berlin"\n'
    source += 'date_formats = ["%d.%m.%Y %H:%M"]'
    export = "Mail;Score;Completed\nada@example.org;1.234,5;02.03.2026 09:00\nben@example.org;-0,25;02.07.2026 09:00\n"
    desk.quiz(export, source)
    rows = desk.table("responses").sort_values("score")
    assert rows["score"].tolist() == [-0.25, 1234.5]
    # Winter is one hour ahead of UTC, summer two.
    assert rows["answered_at"].dt.strftime("%m-%d %H:%M").tolist() == ["07-02 07:00", "03-02 08:00"]


def test_undeclared_thousands_separator_is_not_guessed(desk):
    export = HEAD.replace(",", ";") + "ada@example.org;1.5;2026-03-02T09:00Z\n" * 1
    export += good(20).replace(",", ";").replace(".org;0.", ".org;0,").replace(".org;1.", ".org;1,")
    report = desk.quiz(export, 'delimiter = ";"\ndecimal = ","').table("responses")
    assert report.quarantined == 1
    assert report.rules[0][0].startswith("score: not a number")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_encodings(desk, encoding):
    text = "Mail\tPunkte für\tCompleted\nada@example.org\t3\t2026-03-02T09:00:00+01:00\n"
    source = 'kind = "tsv"' + ('\nencoding = "cp1252"' if encoding == "cp1252" else "")
    mapping = QUIZ_MAP.format(source=source).replace('"Score"', '"Punkte für"')
    report = desk.run(mapping, text, "export.tsv", encoding)
    assert report.table("responses").stored == 1


def test_wrong_encoding_says_what_to_set(desk):
    with pytest.raises(ContractError, match="Set `encoding`"):
        desk.quiz("Mail,Score,Completed,Größe\n", encoding="cp1252")


def test_dates_with_two_spaces_and_moodle_missing(desk):
    source = 'zone = "Europe/London"\ndate_formats = ["%d %B %Y %I:%M %p"]\nnulls = ["-"]\n'
    source += '[[source.non_data]]\ncolumn = "Mail"\nequals = ["Overall average"]'
    export = HEAD + "ada@example.org,5,12 February 2021  1:03 PM\nOverall average,5,\n"
    export += (
        "ben@example.org,4,13 February 2021  11:03 AM\n" + "cem@example.org,-,13 February 2021  9:00 AM\n"
    )
    report = desk.quiz(export, source).table("responses")
    assert (report.rows_in, report.stored, report.non_data, report.quarantined) == (4, 2, 1, 1)
    assert report.rules == (("score: empty", 1),)
    assert desk.table("responses")["answered_at"].dt.hour.tolist().count(13) == 1


def test_month_names_of_another_language(desk):
    months = [
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ]
    source = f'zone = "Europe/Berlin"\ndate_formats = ["%d. %B %Y, %H:%M"]\nmonths = {months}'.replace(
        "'", '"'
    )
    desk.quiz(
        HEAD.replace(",", ";") + "ada@example.org;1;12. März 2021, 13:03\n", source + '\ndelimiter = ";"'
    )
    assert desk.table("responses")["answered_at"].iloc[0] == pd.Timestamp("2021-03-12 12:03Z")


def test_dates_without_zone_ask_for_it(desk):
    with pytest.raises(ContractError, match="Set `zone`"):
        desk.quiz(HEAD + "ada@example.org,1,2026-03-02 09:00\n")
    assert desk.table("responses").empty


def test_a_skipped_hour_waits_and_a_repeated_hour_is_its_first_pass(desk):
    export = HEAD + "ada@example.org,1,2026-03-29 02:30\nben@example.org,1,2026-10-25 02:30\n"
    report = desk.quiz(export, 'zone = "Europe/Berlin"').table("responses")
    assert report.quarantined == 1
    assert desk.table("responses")["answered_at"].iloc[0] == pd.Timestamp("2026-10-25 00:30Z")


def test_excel_with_title_rows_and_local_headers(desk):
    path = workbook(
        desk.folder / "qa.xlsx", {"Info": [["x"]], "QA": [["Q1"], [], AUDIT_HEADER, *audit_rows(12)]}
    )
    report = desk.run(AUDIT_MAP, path)
    assert report.table("audits").stored == 12
    assert report.unknown_columns == ()
    audits = desk.table("audits").sort_values("decided_at")
    assert audits["decided_at"].iloc[0] == pd.Timestamp("2026-03-02 08:00Z")
    assert audits["correct"].tolist()[:5] == [False, True, True, True, False]
    assert audits["moderator_id"].nunique() == 3
    assert audits["auditor_id"].str.fullmatch("q_[0-9a-f]{16}").all()


def test_formulas_are_not_evaluated(desk):
    rows = audit_rows(21)
    rows[0][0] = '="A"&"X"'
    path = workbook(desk.folder / "qa.xlsx", {"QA": [[], [], AUDIT_HEADER, *rows]})
    report = desk.run(AUDIT_MAP, path).table("audits")
    assert report.rules == (("audit_id: formula without a stored value", 1),)


def test_spreadsheet_errors_wait(desk):
    rows = audit_rows(21)
    rows[4][6] = "#N/A"
    path = workbook(desk.folder / "qa.xlsx", {"QA": [[], [], AUDIT_HEADER, *rows]})
    assert desk.run(AUDIT_MAP, path).table("audits").quarantined == 1


def test_wrong_sheet(desk):
    path = workbook(desk.folder / "qa.xlsx", {"Q2": [AUDIT_HEADER]})
    with pytest.raises(ContractError, match="no sheet called QA; it has 1 sheets"):
        desk.run(AUDIT_MAP, path)


def test_a_csv_called_xlsx(desk):
    with pytest.raises(ContractError, match=r"not an \.xlsx workbook"):
        desk.run(AUDIT_MAP, HEAD, "qa.xlsx")


@pytest.mark.parametrize("export", ["", "\n\n", "\ufeff"])
def test_empty_file(desk, export):
    with pytest.raises(ContractError, match="has no header in row 1"):
        desk.quiz(export)


def test_header_only_file_stores_nothing_and_says_so(desk):
    report = desk.quiz(HEAD)
    assert report.table("responses").rows_in == 0
    assert "no rows" in report.summary()
    assert not (desk.root / "tables" / "responses").exists()


def test_broken_quotation_marks_stop_before_rows_run_together(desk):
    with pytest.raises(ContractError, match="quotation marks from line 3"):
        desk.quiz(
            HEAD
            + "ada@example.org,1,2026-03-02T09:00Z\n"
            + 'ben@example.org,"1,2026-03-02T09:00Z\n'
            + good(3)
        )


def test_rows_with_too_many_or_too_few_cells_wait(desk):
    export = HEAD + good(20) + "ada@example.org,1,2026-04-01T10:00Z,stray\nada@example.org,1\n"
    assert desk.quiz(export).table("responses").quarantined == 2


# Columns


def test_unknown_column_is_reported_and_not_stored(desk):
    report = desk.quiz("Mail,Score,Completed,Nickname\nada@example.org,1,2026-03-02T09:00Z,x\n")
    assert report.unknown_columns == ("Nickname",)
    assert "Nickname" in report.summary()
    assert "Nickname" not in desk.table("responses").columns


def test_ignored_columns_are_not_reported(desk):
    export = "Mail,Score,Completed,Feedback - a\nada@example.org,1,2026-03-02T09:00Z,x\n"
    assert desk.quiz(export, 'ignore = ["Feedback - *"]').unknown_columns == ()


def test_missing_columns_come_in_one_message(desk):
    with pytest.raises(ContractError, match=r"lacks the columns Completed, Score\. Not used so far: Points"):
        desk.quiz("Mail,Points\nada@example.org,1\n")


def test_data_in_the_header_row_is_not_shown(desk):
    with pytest.raises(ContractError) as error:
        desk.quiz("ada@example.org,1,2026\nben@example.org,1,2026\n")
    assert "header_row" in str(error.value)
    assert "ada" not in str(error.value)


def test_headers_of_other_languages(desk):
    mapping = (
        QUIZ_MAP.format(source="") + '[headers]\nMail = ["E-Mail-Adresse"]\nScore = ["Bewertung", "Punkte"]\n'
    )
    report = desk.run(mapping, "e-mail-adresse,PUNKTE,Completed\nada@example.org,1,2026-03-02T09:00Z\n")
    assert report.table("responses").stored == 1


def test_two_columns_of_one_name_are_not_guessed(desk):
    with pytest.raises(ContractError, match="two columns Score"):
        desk.quiz("Mail,Score,Score,Completed\nada@example.org,1,2,2026-03-02T09:00Z\n")


def test_value_map_misses_wait(desk):
    rows = audit_rows(24)
    rows[1][6] = "vielleicht"
    path = workbook(desk.folder / "qa.xlsx", {"QA": [[], [], AUDIT_HEADER, *rows]})
    report = desk.run(AUDIT_MAP, path).table("audits")
    assert report.stored == 23
    assert report.rules == (("correct: not in the value map", 1),)


def test_minutes_become_seconds_and_words_become_minutes(desk):
    mapping = """
[source]
name = "production"
[[table]]
into = "production"
[table.columns]
moderator_id = { person = { column = "Login", kind = "username" } }
date = "Day"
cases = "Cases"
handle_seconds = { column = "AHT", unit = "minutes" }
exposure_minutes = { column = "Seen", unit = "words" }
[table.constants]
market = "DE"
queue = "video"
"""
    desk.run(
        mapping,
        "Login,Day,Cases,AHT,Seen\nada,2026-03-02,120,1.5,1h 1m 30s\nben,2026-03-02,90,2,2 hours 3 minutes\n",
    )
    rows = desk.table("production").sort_values("cases")
    assert rows["handle_seconds"].tolist() == [120.0, 90.0]
    assert rows["exposure_minutes"].tolist() == [123.0, 61.5]


def test_daily_export_cut_in_utc_is_noted(desk):
    report = desk.quiz(HEAD + good(3), 'day_boundary = "utc"')
    assert "midnight UTC" in report.summary()


def test_wide_columns_by_pattern_with_maximum_from_the_header(desk):
    mapping = r"""
[source]
name = "moodle"
ignore = ["Grade/3.00"]
nulls = ["-"]
[[table]]
into = "items"
distinct = true
[[table.wide]]
pattern = 'Q\. (?P<item>\d+) /(?P<max>[\d.]+)'
[table.wide.set]
item_id = "q{item:02}"
max_score = "{max}"
[table.constants]
form = "A"
programme_id = "p"
scale = "Quiz A"
[[table]]
into = "responses"
[[table.wide]]
pattern = 'Q\. (?P<item>\d+) /(?P<max>[\d.]+)'
[table.wide.set]
item_id = "q{item:02}"
[table.columns]
attempt_id = { id = ["Email address", "Started on"], prefix = "a_" }
moderator_id = { person = { column = "Email address", kind = "mail" } }
score = "$value"
market = { roster = "market" }
[table.constants]
form = "A"
wave = "quiz"
"""
    export = "Email address,Started on,Grade/3.00,Q. 1 /1.00,Q. 2 /2.00\n"
    export += "ada@example.org,x,3,1.00,2.00\nben@example.org,y,1,1.00,-\n"
    report = desk.run(mapping, export)
    items = desk.table("items")
    assert dict(zip(items["item_id"], items["max_score"], strict=True)) == {"q01": 1.0, "q02": 2.0}
    assert report.table("responses").stored == 3
    assert report.table("responses").non_data == 1
    assert desk.table("responses")["market"].tolist() == ["DE"] * 3
    assert report.unknown_columns == ()


# Rows


def test_duplicate_join_rows_are_merged_and_counted(desk):
    report = desk.quiz(HEAD + good(3) + good(3))
    assert report.table("responses").duplicates == 3
    assert report.table("responses").stored == 3
    assert "joined twice" in report.summary()


def test_same_key_with_other_content_stops(desk):
    export = HEAD + "ada@example.org,1,2026-03-02T09:00Z\nada@example.org,2,2026-03-02T09:00Z\n"
    with pytest.raises(
        ContractError, match="2 rows share their key attempt_id × item_id but differ"
    ) as error:
        desk.quiz(export)
    assert error.value.exit_code == 3
    assert desk.table("responses").empty
    assert sum(quarantined(desk.root).values()) == 2


def test_ten_bad_rows_wait_and_eleven_stop(desk):
    bad = "".join(f"ada@example.org,x,2026-04-01T10:{i:02}Z\n" for i in range(11))
    report = desk.quiz(HEAD + good(30) + bad.partition("\n")[2])
    assert report.table("responses").quarantined == 10
    with pytest.raises(ContractError, match="11 of 41 rows are bad"):
        desk.quiz(HEAD + good(30) + bad)


def test_two_percent_of_a_large_export_may_wait(desk):
    stamp = pd.date_range("2026-01-01", periods=1000, freq="min", tz="UTC").strftime("%Y-%m-%dT%H:%M:%SZ")
    lines = [f"ada@example.org,{'x' if i < 20 else 1},{t}" for i, t in enumerate(stamp)]
    assert desk.quiz(HEAD + "\n".join(lines)).table("responses").quarantined == 20


def test_more_than_half_stops_a_small_export(desk):
    with pytest.raises(ContractError, match="2 of 3 rows are bad"):
        desk.quiz(
            HEAD + good(1) + "ada@example.org,x,2026-03-02T09:00Z\nada@example.org,,2026-03-02T09:00Z\n"
        )


def test_one_table_that_stops_stores_none(desk):
    mapping = ROSTER_MAP + '[[table]]\ninto = "costs"\n[table.columns]\ncost_id = "Since"\n'
    mapping += (
        '[table.constants]\nprogramme_id = "p"\nmarket = "DE"\nitem = "x"\namount = 1\ncurrency = "nope"\n'
    )
    mapping += "incurred_on = 2026-01-01\n"
    before = desk.table("moderators")
    with pytest.raises(ContractError, match="`costs`"):
        desk.run(mapping, ROSTER.replace("1001", "9001"))
    pd.testing.assert_frame_equal(desk.table("moderators"), before)


def test_blank_rows_and_footers_are_no_data(desk):
    report = desk.quiz(HEAD + good(2) + ",,\n" + good(2, 5) + "Total,4,\n", "skip_footer = 1").table(
        "responses"
    )
    assert (report.rows_in, report.stored, report.non_data) == (6, 4, 2)


def test_out_of_range_values_wait(desk):
    report = desk.quiz(HEAD + good(20) + "ada@example.org,1,0001-01-01T00:00:00Z\n").table("responses")
    assert report.rules == (("answered_at: date_range", 1),)


# Importing again


def snapshot(root):
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file()}


def test_importing_twice_changes_no_byte(desk):
    export = HEAD + good(30) + "nobody@example.org,1,2026-03-02T09:00Z\n"
    first = desk.quiz(export)
    before = snapshot(desk.root)
    times = {p: p.stat().st_mtime_ns for p in desk.root.rglob("*.parquet")}
    second = desk.quiz(export)
    assert snapshot(desk.root) == before
    assert {p: p.stat().st_mtime_ns for p in desk.root.rglob("*.parquet")} == times
    assert first.table("responses").new == second.table("responses").unchanged == 30
    assert not second.changed


def test_newer_export_corrects_and_adds(desk):
    desk.quiz(HEAD + good(5))
    lines = good(6).splitlines()
    lines[0] = lines[0].replace(",0.0,", ",9.5,")
    report = desk.quiz(HEAD + "\n".join(lines)).table("responses")
    assert (report.new, report.replaced, report.unchanged) == (1, 1, 4)
    assert 9.5 in desk.table("responses")["score"].tolist()


def test_a_correction_keeps_columns_that_another_source_filled(desk):
    with_site = ROSTER_MAP.replace('team = "Team"', 'site = "Team"').replace(
        "[table.constants]", '[table.constants]\nteam = "T"'
    )
    desk.run(with_site, ROSTER)
    rows = desk.table("moderators")
    assert set(rows["team"]) == {"T"}
    desk.run(ROSTER_MAP, ROSTER)
    rows = desk.table("moderators")
    assert set(rows["site"]) == set(rows["team"]) == {"Blue", "Red"}


def test_the_order_of_imports_does_not_change_the_bytes(desk, tmp_path):
    other = Desk(tmp_path)
    other.root = tmp_path / "ws2"
    (tmp_path / "ws2").mkdir()
    (tmp_path / "ws2" / "identity").mkdir()
    (tmp_path / "ws2" / "identity" / "key.json").write_bytes(
        (desk.root / "identity" / "key.json").read_bytes()
    )
    other.run(ROSTER_MAP, ROSTER, "roster.csv")
    desk.quiz(HEAD + good(5))
    desk.quiz(HEAD + good(5, 5))
    other.quiz(HEAD + good(5, 5))
    other.quiz(HEAD + good(5))
    assert {k: v for k, v in snapshot(desk.root).items() if "tables/" in k} == {
        k: v for k, v in snapshot(other.root).items() if "tables/" in k
    }


# Privacy


def test_quarantine_is_private_and_harmless(desk):
    desk.quiz(HEAD + good(20) + "=cmd|x@example.org,1,2026-03-02T09:00Z\n")
    (path,) = (desk.root / "quarantine").rglob("*.csv")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    text = path.read_text(encoding="utf-8-sig")
    assert "person: unmatched" in text
    assert "'=cmd" in text
    assert ",22," in text


def test_a_repaired_mapping_clears_the_quarantine(desk):
    export = HEAD + good(20) + "new@example.org,1,2026-03-02T09:00Z\n"
    desk.quiz(export)
    assert quarantined(desk.root)
    desk.run(ROSTER_MAP, ROSTER + "1006,new@example.org,fay,Red,2024-03-04\n", "roster.csv")
    assert desk.quiz(export).table("responses").quarantined == 0
    assert not quarantined(desk.root)


def test_no_values_in_messages(desk, caplog, capsys):
    secret = "kassiopeia"
    exports = [
        f"Mail,Score,Completed\n{secret}@example.org,{secret},{secret}\n",
        f"Mail,Score,Completed\nada@example.org,{secret},2026-03-02T09:00Z\n",
        f"Mail,Score,Completed\nada@example.org,1,{secret}\n" * 30,
        HEAD + good(20) + f"{secret}@example.org,1,2026-03-02T09:00Z\n",
        f'Mail,Score,Completed\n{secret},"1,{secret}\n',
        f"{secret},{secret}2,{secret}3\nMail,Score,Completed\n",
        HEAD + f"ada@example.org,1,2026-03-02T09:00 {secret}\n",
    ]
    for export in exports:
        try:
            text = desk.quiz(export).summary()
        except ContractError as error:
            text = str(error) + repr(error.__cause__)
        assert secret not in text
    assert secret not in caplog.text + "".join(capsys.readouterr())


def test_mapping_typos_are_named(desk):
    with pytest.raises(MappingError, match="unknown keys: sheat"):
        desk.quiz(HEAD, 'sheat = "x"')
    with pytest.raises(MappingError, match="has no columns scoer and needs score"):
        desk.run(QUIZ_MAP.format(source="").replace('score = "Score"', 'scoer = "Score"'), HEAD)
    with pytest.raises(MappingError, match="no table `respones`"):
        desk.run(QUIZ_MAP.format(source="").replace('"responses"', '"respones"'), HEAD)
    with pytest.raises(MappingError, match="not an IANA zone"):
        desk.quiz(HEAD, 'zone = "Berlin"')


def test_identity_of_rows_under_random_corruption(desk, rng):
    """Whatever happens to cells, rows in = stored + quarantined + non-data + duplicates, or nothing is stored."""
    junk = [
        "",
        "-",
        "x",
        "ada@example.org",
        "2026-03-02T09:00Z",
        "1e9",
        "=1+1",
        "nan",
        "９",
        "\t",
        '"',
        "a,b",
        "0001-01-01",
    ]
    stopped = 0
    for trial in range(20):
        rows = [line.split(",") for line in good(int(rng.integers(1, 60))).splitlines()]
        for _ in range(int(rng.integers(0, 8))):
            row = rows[int(rng.integers(len(rows)))]
            row[int(rng.integers(len(row)))] = str(rng.choice(junk))
            if rng.random() < 0.3:
                rows.append(list(rows[int(rng.integers(len(rows)))]))
            if rng.random() < 0.1:
                row.append("more")
        export = HEAD + "".join(",".join(f'"{c}"' if "," in c else c for c in row) + "\n" for row in rows)
        root = desk.root
        desk.root = desk.folder / f"trial{trial}"
        (desk.root / "identity").mkdir(parents=True)
        for name in ("key.json", "aliases.parquet"):
            (desk.root / "identity" / name).write_bytes((root / "identity" / name).read_bytes())
        try:
            report = desk.quiz(export).table("responses")
        except ContractError:
            stopped += 1
            assert not (desk.root / "tables").exists()
        else:
            assert report.stored + report.quarantined + report.non_data + report.duplicates == len(rows)
            assert report.stored == len(desk.table("responses"))
            assert report.quarantined == sum(quarantined(desk.root).values())
        desk.root = root
    assert 0 < stopped < 20


def test_constants_ignore_the_exports_own_number_format(desk):
    mapping = (
        QUIZ_MAP.format(source='decimal = ","\ndelimiter = ";"')
        .replace('score = "Score"\n', "")
        .replace("[table.constants]", "[table.constants]\nscore = 0.5")
    )
    desk.run(mapping, "Mail;Completed\nada@example.org;2026-03-02T09:00Z\n")
    assert desk.table("responses")["score"].tolist() == [0.5]


def test_excel_times_of_day_and_dates_are_read(desk):
    book = openpyxl.Workbook()
    book.active.append(["Mail", "Score", "Completed"])
    book.active.append(["ada@example.org", 3, dt.datetime(2026, 3, 2, 9)])
    book.save(desk.folder / "quiz.xlsx")
    report = desk.run(QUIZ_MAP.format(source='kind = "xlsx"\nzone = "UTC"'), desk.folder / "quiz.xlsx")
    assert report.table("responses").stored == 1


def test_durations_of_excel(desk):
    book = openpyxl.Workbook()
    book.active.append(["Login", "Day", "Cases", "AHT"])
    book.active.append(["ada", dt.date(2026, 3, 2), 5, dt.timedelta(hours=25, minutes=1, seconds=5)])
    book.active.append(["ben", dt.date(2026, 3, 2), 5, dt.time(0, 2, 3)])
    book.save(desk.folder / "production.xlsx")
    mapping = """
[source]
name = "production"
kind = "xlsx"
[[table]]
into = "production"
[table.columns]
moderator_id = { person = { column = "Login", kind = "username" } }
date = "Day"
cases = "Cases"
handle_seconds = { column = "AHT", unit = "clock" }
[table.constants]
market = "DE"
queue = "video"
"""
    desk.run(mapping, desk.folder / "production.xlsx")
    assert sorted(desk.table("production")["handle_seconds"]) == [123.0, 90065.0]
