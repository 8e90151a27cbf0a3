"""The two routes of installation name the same packages with the same bounds; the locks are clean."""

import re
import tomllib
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parents[1]
# conda-forge's name -> PyPI's name, where they differ
CONDA_TO_PYPI = {
    "python-duckdb": "duckdb",
    "matplotlib-base": "matplotlib",
    "pandera-pandas": "pandera[pandas]",
    "python-tzdata": "tzdata",
}


def split(requirement: str) -> tuple[str, str]:
    name, bounds = re.fullmatch(r"([\w\[\].-]+?)\s*([<>=!].*)?", requirement).groups()
    return name, bounds or ""


def pypi() -> dict[str, str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = {
        k: v for k, v in project["optional-dependencies"].items() if k != "spark"
    }  # 400 MB that few need
    extras = [line for lines in wanted.values() for line in lines]
    return dict(map(split, [*project["dependencies"], *extras])) | {"python": project["requires-python"]}


def conda() -> dict[str, str]:
    lines = re.findall(r"^ +- (\S+)$", (ROOT / "environment.yml").read_text(), flags=re.M)
    named = dict(split(line) for line in lines if line not in ("conda-forge", "pip"))
    return {CONDA_TO_PYPI.get(name, name): bounds for name, bounds in named.items()}


def test_conda_and_pypi_name_the_same_packages_and_bounds():
    assert conda() == pypi()


def unlocked(text: str) -> list[str]:
    """Return what in a lock file is no exact package with its hashes: options, addresses, loose pins."""
    found = [line for line in text.splitlines() if "://" in line or re.match(r"\s*-(?!-hash=sha256:)", line)]
    pins = re.findall(r"^([A-Za-z0-9_.-]+(?:\[[\w,-]+\])?)(.*?)(?=^\S|\Z)", text, flags=re.M | re.S)
    return found + [
        name
        for name, rest in pins
        if not re.match(r"==\d", rest) or not re.search(r"--hash=sha256:[0-9a-f]{64}\b", rest)
    ]


LOCKS = sorted(path.name for path in ROOT.glob("requirements*.lock"))


@pytest.mark.parametrize("name", LOCKS)
def test_locks_are_exact_hashed_and_name_no_index(name):
    text = (ROOT / name).read_text()
    assert len(re.findall(r"^[\w.-]+(?:\[[\w,-]+\])?==", text, re.M)) > 50
    assert unlocked(text) == []


@pytest.mark.parametrize(
    "line",
    [
        "--index-url https://packages.example/simple",
        "--extra-index-url=https://packages.example",
        "--find-links /wheels",
        "-r more.txt",
        "-e .",
        "tool>=1.0 \\\n    --hash=sha256:" + "0" * 64,
        "tool==1.0",
        "tool==1.0 \\\n    --hash=md5:" + "0" * 32,
        "tool @ git+https://packages.example/tool",
        "tool @ file:///wheels/tool.whl",
    ],
)
def test_a_loose_line_in_a_lock_is_found(line):
    assert unlocked(f"good==1.0 \\\n    --hash=sha256:{'1' * 64}\n{line}\n")
    assert unlocked(f"good==1.0 ; python_version < '4' \\\n    --hash=sha256:{'1' * 64}\n    # via x\n") == []


def test_every_lock_is_installed_by_its_hashes():
    lines = re.findall(
        r"^\t.*install.*-r (requirements\S*\.lock)(.*)$", (ROOT / "Makefile").read_text(), re.M
    )
    assert sorted(name for name, _ in lines) == LOCKS
    installs = re.findall(r"^\t.*install .*-r .*$", (ROOT / "Makefile").read_text(), re.M)
    assert all("--require-hashes" in line for line in installs)


def test_every_dependency_is_locked():
    locked = {
        m.lower().replace("_", "-")
        for m in re.findall(r"^([\w.-]+)(?:\[|==)", (ROOT / "requirements.lock").read_text(), re.M)
    }
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = {split(r)[0].split("[")[0].lower().replace("_", "-") for r in project["dependencies"]}
    assert wanted <= locked


def test_report_environment_has_no_test_or_lab_package():
    text = (ROOT / "requirements.lock").read_text()
    assert not re.search(r"^(pytest|jupyterlab|nbval|ruff)==", text, re.M)


def test_pandas_is_at_least_3():
    assert int(pd.__version__.split(".")[0]) >= 3


@pytest.mark.xdist_group("ground")
def test_tests_of_a_group_stay_on_one_worker(request):
    """Fixtures of half a minute are made twice otherwise, and nothing fails."""
    if not getattr(request.config.option, "loadgroup", False):
        pytest.skip("tests are not distributed by group: run with -n and --dist loadgroup")
    assert request.node.nodeid.endswith("@ground")
