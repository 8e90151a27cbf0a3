"""No key, token, password or real mail address stands in the repository; each rule finds a planted one."""

import json

import pytest
from secret_scan import ALLOWED, ROOT, RULES, scan, scan_all, tracked


def text(*parts: str) -> str:
    """Join what must not stand here as a whole, or this file would be found."""
    return "".join(parts)


PLANTED = [
    ("private key", text("-----BEGIN RSA PRIVATE", " KEY-----")),
    ("private key", text("-----BEGIN OPENSSH PRIVATE", " KEY-----")),
    ("private key", text("-----BEGIN PGP PRIVATE", " KEY BLOCK-----")),
    ("token", text("aws = AKIA", "IOSFODNN7EXAMPLE")),
    ("token", text("ghp", "_", "a1Bx" * 9)),
    ("token", text("github", "_pat_", "a1B2" * 12)),
    ("token", text("xoxb", "-123456789012-abcdef")),
    ("token", text("AIza", "Sy0" * 11, "ab")),
    ("token", text("sk_live", "_", "4eC39HqLyjWDarjt")),
    ("token", text("sk-", "proj", "-a1B2c3D4e5F6g7H8")),
    ("token", text("pypi-", "AgEIcHlwaS5vcmc", "a1B2c3D4e5")),
    ("token", text("eyJ", "hbGciOiJIUzI1NiJ9", ".eyJ", "zdWIiOiIxMjM0NSJ9", ".dozjgNryP4J3jVmN")),
    ("token", text("Account", "Key=", "a1B2" * 20, "==")),
    ("webhook", text("https://hooks.slack", ".com/services/T000/B000/abcdefgh")),
    ("webhook", text("https://team.webhook", ".office.com/webhookb2/a1b2c3d4")),
    ("password in an address", text("postgresql://reader:", "hush", "@db.corp.internal/tables")),
    ("password in an address", text("http://me:", "p%40ss@10.0.0.7:3128")),
    ("password in an address", text("redis://:", "hush", "@cache/0")),
    ("password in clear", text('pass', 'word = "correct-horse"')),
    ("password in clear", text('"api', '_key": "a1b2c3d4"')),
    ("password in clear", text("smtp_pass", "wd: 'hunter-22'")),
    ("mail address", text("write to anna.example", "@", "corp.io, please")),
    ("mail address", text("Anna <anna", "@", "sub.corp.co.uk>")),
    ("mail address", text("anna", "@", "notexample.com")),
    ("long hex", "0123456789abcdef" * 2),
    ("long hex", f'key = "{"DEADBEEF" * 8}"'),
    ("long base64", text("mF9kQ2xZ8vT3", "rW7pL1nB6yH4", "sD0jK5cX", "uG2eA9iO")),
]  # fmt: skip
HARMLESS = [
    "ada@example.org, eve@vendor.example, x@mail.test",
    "postgresql://reader:hush@db.example/tables",
    'smtp = { user = "tne", password_env = "TNE_SMTP_PASSWORD" }',
    "password = os.environ.get(name)",
    "import tne.measures.agreement_tables_and_something_long_enough",
    "run_id 3f9c1a2b4d5e6f70 as of 2026-06-28T00:00:00Z",
    "def test_the_longest_name_that_a_test_of_this_house_has_ever_had_in_2026(): ...",
    "git@host and @decorator.name",
    "1234567890" * 5,
]


@pytest.fixture(scope="module")
def repository():
    names = tracked()
    if not names:
        pytest.skip("no git repository here: nothing says which files belong to it")
    return scan_all(names)


def test_no_secret_stands_in_the_repository(repository):
    found, _ = repository
    assert "\n".join(map(str, found)) == ""


def test_every_permission_is_needed_and_has_its_reason(repository):
    _, used = repository
    assert [allowed for allowed in ALLOWED if allowed not in used] == []
    assert all(allowed.reason for allowed in ALLOWED)


@pytest.mark.parametrize(("rule", "line"), PLANTED)
def test_planted_one_is_found(rule, line):
    found, _ = scan("docs/any.md", f"first\n{line}\n".encode())
    assert f"docs/any.md:2: {rule}" in map(str, found)  # and the finding does not say the secret again


def test_every_rule_has_a_planted_one():
    assert {rule for rule, _ in PLANTED} == set(RULES)


@pytest.mark.parametrize("line", HARMLESS)
def test_what_is_harmless_passes(line):
    assert scan("docs/any.md", line.encode()) == ([], [])


def test_planted_ones_are_found_in_notebooks_tables_and_pictures():
    import io

    import pyarrow as pa
    import pyarrow.parquet as pq

    secret = PLANTED[4][1]
    notebook = json.dumps({"cells": [{"source": ["a = 1\n", f"key = {secret}\n"]}]}, indent=1)
    assert [one.rule for one in scan("n.ipynb", notebook.encode())[0]] == ["token"]
    table = io.BytesIO()
    pq.write_table(pa.table({"n": [1, 2], "who": ["x", text("anna", "@", "corp.io")]}), table)
    assert [one.rule for one in scan("t.parquet", table.getvalue())[0]] == ["mail address"]
    picture = b"\x89PNG\r\n\x1a\n\xff\xfe" + f"tEXtComment\0{secret}".encode()
    assert [one.rule for one in scan("p.png", picture)[0]] == ["token"]


def test_a_permission_holds_for_its_files_and_lines_only():
    line = '"sha256": "' + "0a1b2c3d" * 8 + '",'
    assert scan("docs/proof/x.json", line.encode())[0] == []
    assert scan("docs/other.json", line.encode())[0] != []
    assert scan("docs/proof/x.json", line.replace("sha256", "key of ours").encode())[0] != []


def test_new_files_are_looked_at_before_they_are_committed():
    assert "tests/test_secrets.py" in tracked() or not (ROOT / ".git").exists()
