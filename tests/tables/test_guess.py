"""A proposed mapping: how the file is written, which table it fills, what is asked, and nobody's data in it."""

from __future__ import annotations

import re

import pytest

from tests.tables.import_cases import AUDIT_HEADER, ROSTER, ROSTER_MAP, audit_rows, workbook, write
from tne.tables.importers import ContractError, MappingError, import_export
from tne.tables.importers.building import check_targets
from tne.tables.importers.guessing import guess
from tne.tables.importers.mapfile import parse_map
from tne.tables.importers.touching import read_stored

COSTS = "Beleg;Schulung;Kostenart;Betrag;Währung;Datum;Land\n1;hate;Trainer;1.200,50;EUR;{day};DE\n"
PRODUCTION = "Fecha,Agente,Cola,Casos,AHT,Nombre,Turno\n13/02/2026,ada,video,20,12.5,Ada Lovelace,noche\n"
AUDITED = {
    "name": '"qa"',
    "zone": '"Europe/Berlin"',
    "queue": '"video"',
    "policy_area": '"hate"',
    "policy_version": '"v1"',
    "error_type": '"none"',
    "sampling_weight": "1",
    "seeded": "false",
}


def proposed(path, **answers):
    return guess([path], answers)


def filled(text, **answers):
    """Answer every question: by name, or by the first word of its line."""
    lines = []
    for line in text.splitlines():
        code, _, _ = line.partition(" #")
        if re.search(r"\bTODO\b", code) and not line.startswith("#"):
            name = code.split("=")[0].strip()
            code = re.sub(r"\bTODO\b", lambda _, name=name: answers[name], code)
        lines.append(code)
    return "\n".join(lines)


def test_an_unconfirmed_guess_imports_nothing(tmp_path):
    text = proposed(write(tmp_path / "prod.csv", PRODUCTION))
    with pytest.raises(MappingError, match="open questions in line"):
        parse_map(text)
    assert "name = TODO" in text


def test_a_workbook_with_title_rows_on_its_second_sheet(tmp_path, monkeypatch):
    monkeypatch.setenv("TNE_CONFIG_HOME", str(tmp_path / "config"))
    root = tmp_path / "ws"
    import_export(write(tmp_path / "r.toml", ROSTER_MAP), write(tmp_path / "r.csv", ROSTER), root)
    sheets = {"Info": [["Exported by"]], "QA": [["Q1"], [], AUDIT_HEADER, *audit_rows(12)]}
    path = workbook(tmp_path / "qa.xlsx", sheets)
    text = proposed(path)
    assert 'sheet = "QA"' in text
    assert "header_row = 3" in text
    assert 'values = { "Fehler" = false, "OK" = true }' in text
    assert '#   "Minuten"' in text
    assert "ada" not in text
    made = write(tmp_path / "qa.toml", filled(text, **AUDITED))
    assert import_export(made, path, root).table("audits").stored == 12
    rows = read_stored(root, "audits")
    assert rows["correct"].sum() == 9
    assert rows["auditor_id"].nunique() == 1


def test_numbers_dates_and_delimiter_of_a_cost_sheet(tmp_path):
    text = proposed(write(tmp_path / "kosten.csv", COSTS.format(day="13.02.2026")))
    assert 'into = "costs"' in text
    for line in ('delimiter = ";"', 'decimal = ","', 'thousands = "."', 'date_formats = ["%d.%m.%Y"]'):
        assert line in text
    whole = parse_map(filled(text, name='"costs"'))
    check_targets(whole)
    assert whole.tables[0].into == "costs"


def test_the_order_of_day_and_month_is_asked_where_dates_fit_both(tmp_path):
    text = proposed(write(tmp_path / "kosten.csv", COSTS.format(day="03/02/2026")))
    assert (
        'date_formats = TODO # day or month first? the dates fit both: ["%d/%m/%Y"] or ["%m/%d/%Y"]' in text
    )
    text = proposed(write(tmp_path / "kosten.csv", COSTS.format(day="13/02/2026")))
    assert 'date_formats = ["%d/%m/%Y"]' in text


def test_decimals_that_can_be_read_in_two_ways_are_asked(tmp_path):
    text = COSTS.replace("1.200,50", "1.200").format(day="13.02.2026")
    assert "decimal = TODO" in proposed(write(tmp_path / "kosten.csv", text))


def test_spanish_production_and_names_are_never_shown(tmp_path):
    text = proposed(write(tmp_path / "prod.csv", PRODUCTION))
    assert 'into = "production"' in text
    assert 'ignore = ["Nombre"]' in text
    assert '#   "Turno"' in text
    assert 'person = { column = "Agente", kind = "username" }' in text
    assert not {"Ada", "Lovelace", "noche"} & set(re.findall(r"\w+", text))
    check_targets(parse_map(filled(text, name='"production"')))


def test_a_roster_registers_people(tmp_path, monkeypatch):
    monkeypatch.setenv("TNE_CONFIG_HOME", str(tmp_path / "config"))
    rows = "Employee no,E-mail,Login,Last name,Country,Team,Team since,Hired,Contract\n"
    rows += "".join(
        f"{i},p{i}@example.org,p{i},Family,DE,Blue,2025-01-06,2025-01-06,Staff\n" for i in range(4)
    )
    path = write(tmp_path / "roster.csv", rows)
    text = proposed(path)
    assert 'create = true, aliases = { mail = "E-mail", username = "Login" }' in text
    assert 'values = { "Staff" = "internal" }' in text
    report = import_export(write(tmp_path / "r.toml", filled(text, name='"roster"')), path, tmp_path / "ws")
    assert report.table("moderators").stored == 4


GRADEBOOK = (
    "Vorname,Nachname,ID-Nummer,E-Mail-Adresse,Test:Vortest Hass (Punkte),Test:Abschlusstest Hass (Punkte),"
    "Test:Abschlusstest Hass (Prozentsatz),Kurs gesamt (Punkte)\n"
)


def test_a_gradebook_becomes_one_row_a_person_and_test(tmp_path, monkeypatch):
    monkeypatch.setenv("TNE_CONFIG_HOME", str(tmp_path / "config"))
    root = tmp_path / "ws"
    import_export(write(tmp_path / "r.toml", ROSTER_MAP), write(tmp_path / "r.csv", ROSTER), root)
    mails = [line.split(",")[1] for line in ROSTER.splitlines()[1:4]]
    rows = [f'A,B,1,{mail},"6,25","8,50","85,0 %","7,0"' for mail in mails]
    path = write(tmp_path / "Bewertungen.csv", GRADEBOOK + "\n".join([*rows, "A,B,1,,-,-,-,-"]) + "\n")
    text = proposed(path, name="grades", programme="hass")
    assert 'set = { wave = "pre", form = TODO, item_id = "hass-total", programme_id = "hass" }' in text
    assert '#   "Kurs gesamt (Punkte)"' in text
    filled_in = text.replace("form = TODO", 'form = "A"')
    import_export(write(tmp_path / "g.toml", filled_in), path, root)
    stored = read_stored(root, "responses")
    assert stored.groupby("wave")["score"].first().to_dict() == {"post": 8.5, "pre": 6.25}
    assert stored["attempt_id"].nunique() == len(stored) == 2 * len(mails)


def test_of_a_roster_the_sites_tell_markets_and_the_first_day_since_when(tmp_path):
    head = "Personalnr.;E-Mail;Standort;Team;Eintrittsdatum\n"
    rows = "".join(f"{i};p{i}@example.org;{('Wien', 'Berlin')[i % 2]};T;13.02.2023\n" for i in range(6))
    text = proposed(write(tmp_path / "hr.csv", head + rows), name="hr")
    assert 'market = { column = "Standort", values = { "Berlin" = TODO, "Wien" = TODO } }' in text
    assert 'valid_from = "Eintrittsdatum" # assumed: ' in text
    assert 'column = "Personalnr.", kind = "employee_number", create = true' in text
    check_targets(parse_map(filled(text, market='"DE"')))


def test_days_that_are_meant_as_instants_lack_a_zone(tmp_path):
    head = "Ticket-ID;Moderator;Entscheidungsdatum;Prüfdatum;Korrekt?\n"
    text = proposed(write(tmp_path / "qa.csv", head + "T1;ada;13.02.2026;14.02.2026;ja\n" * 3))
    assert "zone = TODO" in text
    assert 'decided_at = "Entscheidungsdatum"' in text
    assert 'correct = { column = "Korrekt?", values = { "ja" = true } }' in text


def test_values_that_no_word_explains_are_asked_and_private_ones_not_shown(tmp_path):
    head = "Case,Agent,QA,Decision,QA decision,Correct,Error type,Decided at,Audited at\n"
    row = "c{i},ada,eve,remove,keep,{told},odd one,2026-03-02T09:00Z,2026-03-03T09:00Z\n"
    told = ["stimmt"] * 4 + ["ada", "ada", "ada", "once"]
    text = head + "".join(row.format(i=i, told=t) for i, t in enumerate(told))
    made = proposed(write(tmp_path / "qa.csv", text))
    assert 'correct = { column = "Correct", values = { "stimmt" = TODO, TODO } }' in made
    assert 'values = { "odd one" = TODO }' in made
    assert "once" not in made


@pytest.mark.parametrize(
    "text",
    ["ada@example.org,Ada,1\nben@example.org,Ben,2\n", "x\n", "a,b\n1,2\n", '{"a": 1}\n', "Mail;Ada\n"],
)
def test_a_file_without_usual_headers_is_refused_and_not_shown(tmp_path, text):
    with pytest.raises(ContractError, match="headers that are usual") as caught:
        proposed(write(tmp_path / "export.csv", text))
    assert "Ada" not in str(caught.value)


def test_the_table_can_be_chosen_and_wrong_answers_are_refused(tmp_path):
    path = write(tmp_path / "prod.csv", PRODUCTION)
    assert 'into = "appeals"' in proposed(path, into="appeals", name="x", zone="UTC")
    with pytest.raises(MappingError, match="takes the answers"):
        proposed(path, into="nowhere")
    with pytest.raises(MappingError, match="takes the answers"):
        proposed(path, wave="pre")
