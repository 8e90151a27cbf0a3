"""What is secret in the environment and in ``tne.toml`` stands in no file of a run, and in none of its words."""

import fake
import pytest

from tne.cli import main

SECRETS = ("hush-1f", "hush-2e", "hush-3d", "hush-4c", "hush-5b", "hush-6a", "hush-7b")
ENVIRONMENT = {
    "TEAM_DATABASE_PASSWORD": SECRETS[0],
    "TEAM_SMTP_PASSWORD": SECRETS[1],
    "TEAM_WEBHOOK": f"https://hooks.team.example/{SECRETS[2]}",
    "HTTPS_PROXY": f"http://me:{SECRETS[3]}@proxy.example:3128",
    "AWS_SECRET_ACCESS_KEY": SECRETS[4],
}
# The address of a web hook is a secret, and a mailbox is a person's: both stand in the settings, and only there.
NOTIFY = f"""
[notify]
on = "always"
command = ["/no/such/{SECRETS[5]}", "https://hooks.team.example/{SECRETS[5]}"]
smtp = {{ host = "127.0.0.1", port = 9, sender = "a@example.org", recipients = ["{SECRETS[6]}@example.org"], user = "{SECRETS[6]}", password_env = "TEAM_SMTP_PASSWORD" }}
"""  # noqa: E501
# Keeps what a report has in its private folder while it runs, and then says that it has failed.
KEEPS = """\
from shutil import copytree
assert os.environ["TEAM_DATABASE_PASSWORD"]  # a cell may use it
sockets = lambda at, names: {name for name in names if name in ("rt", "here") or name.startswith("k0-")}
copytree(Path.cwd().parent, Path(workspace, "kept", market), ignore=sockets)
print(os.environ["TEAM_DATABASE_PASSWORD"])
"""


def found(root):
    """Return the files below `root` that hold a secret, by name or content."""
    files = [path for path in root.rglob("*") if path.is_file()]
    assert len(files) > 5
    held = [path for path in files if any(word.encode() in path.read_bytes() for word in SECRETS)]
    named = [path for path in root.rglob("*") if any(word in path.name for word in SECRETS)]
    return {path.relative_to(root).as_posix() for path in held + named}


@pytest.mark.parametrize("engine", ["tne", "kernel"])
def test_run_that_fails_and_tells_keeps_every_secret(tmp_path, monkeypatch, engine):
    root = fake.project(tmp_path, "AA", "foreign")
    settings = root / "data" / "demo" / "tne.toml"
    settings.write_text(settings.read_text() + NOTIFY)
    fake.notebook(root / "notebooks" / "reports" / "effectiveness.ipynb", KEEPS, fake.STEP, fake.END)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    done = fake.tne("run", "--engine", engine, cwd=root)
    assert done.returncode == 1
    assert fake.statuses(root) == {"AA": "published", "foreign": "failed"}
    said = done.stdout + done.stderr
    assert "The notification by command failed: FileNotFoundError" in said
    assert "The notification by mail failed: " in said
    assert [word for word in SECRETS if word in said] == []
    assert (root / "data" / "demo" / "kept" / "AA" / "job.json").is_file()
    assert found(root) == {"data/demo/tne.toml"}  # where they belong; so the search finds them


def test_settings_that_are_refused_are_not_quoted(tmp_path, monkeypatch, capsys):
    root = fake.project(tmp_path, "AA")
    monkeypatch.chdir(root)
    settings = root / "data" / "demo" / "tne.toml"
    for wrong in (
        f'[notify]\nsmtp = {{ host = "h", sender = "s", recipients = ["r"], password = "{SECRETS[0]}" }}',
        f'[notify]\nurl = "https://hooks.team.example/{SECRETS[0]}"',
        f'[notify]\ncommand = "curl https://hooks.team.example/{SECRETS[0]}"',
        f'[notify]\nsmtp = "{SECRETS[0]}"',
        f'[notify]\ncommand = ["{SECRETS[0]}',
        f'[source]\nengine = "postgresql"\npassword = "{SECRETS[0]}"',
        f'[source]\nengine = "postgresql://me:{SECRETS[0]}@db.example/x"',
    ):
        settings.write_text(f"min_n = 10\n{wrong}\n")
        assert main(["run"]) == 2, wrong
        out, err = capsys.readouterr()
        assert err.startswith("tne: ")
        assert SECRETS[0] not in out + err, wrong
    assert not (root / "reports").exists()


def test_published_copy_and_status_keep_every_secret(tmp_path, monkeypatch, capsys):
    root = fake.project(tmp_path, "AA")
    settings = root / "data" / "demo" / "tne.toml"
    settings.write_text(settings.read_text() + NOTIFY)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(root)
    assert main(["run", "--dry-run", "--json"]) == 0
    assert main(["status", "--json"]) == 1
    assert main(["schedule", "--daily", "05:30", "--jupyter", "--write", "jobs"]) == 0
    out, err = capsys.readouterr()
    assert [word for word in SECRETS if word in out + err] == []
    assert found(root) == {"data/demo/tne.toml"}
