"""The hooks before a commit: each calls what is there, finds a planted fault, and leaves what is committed alone."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
[LOCAL] = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"]
HOOKS = {hook["id"]: hook for hook in LOCAL["hooks"]}
OUTPUT = {"output_type": "stream", "name": "stdout", "text": ["1\n"]}


def notebook(*tags, source="x = 1", output=(OUTPUT,)):
    cell = {"cell_type": "code", "id": "a", "execution_count": 3, "metadata": {"tags": list(tags)}}
    cell |= {"outputs": list(output), "source": [source]}
    return json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


PLANTED = {
    "ruff-format": ("a.py", "x = {  'a':1 }\n"),
    "ruff-check": ("a.py", "import os\n"),
    "nbstripout": ("a.ipynb", notebook()),
    "nbstripout-methods": ("a.ipynb", notebook()),
    "tne-lint": ("a.ipynb", notebook(source="class A: ...")),
    "secrets": ("a.txt", "write to anna@" + "corp.io\n"),
}


@pytest.fixture(scope="module", autouse=True)
def lighter(tmp_path_factory):
    """Without the grammar of addresses, which JSON schema takes seconds to load and these hooks never ask."""
    folder = tmp_path_factory.mktemp("lighter")
    (folder / "rfc3987_syntax.py").write_text("raise ImportError\n", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(folder))
        yield


def run(hook, *files, more=()):
    program, *words = shlex.split(HOOKS[hook]["entry"])
    beside = Path(sys.executable).parent / Path(program).name
    if not beside.exists():
        pytest.skip(f"{beside.name} is not installed beside this Python")
    line = [str(beside), *words, *more, *map(str, files)]
    return subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)


def test_all_hooks_are_local_and_call_what_the_makefile_installs():
    assert LOCAL["repo"] == "local"
    assert set(HOOKS) == set(PLANTED)
    assert all(hook["language"] == "system" for hook in HOOKS.values())
    assert all(hook["entry"].startswith(".venv/bin/") for hook in HOOKS.values())


@pytest.mark.parametrize("hook", PLANTED)
def test_a_planted_fault_is_found_or_mended(tmp_path, hook):
    name, text = PLANTED[hook]
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    done = run(hook, file)
    # a hook that mends changes the file, which stops the commit too
    assert done.returncode != 0 or file.read_text(encoding="utf-8") != text


def test_what_is_kept_of_methods_is_the_tagged_output_and_the_count(tmp_path):
    kept, stripped = tmp_path / "kept.ipynb", tmp_path / "stripped.ipynb"
    kept.write_text(notebook("keep_output"))
    stripped.write_text(notebook())
    assert run("nbstripout-methods", kept, stripped).returncode == 0
    [first], [second] = (json.loads(file.read_text())["cells"] for file in (kept, stripped))
    assert (len(first["outputs"]), first["execution_count"], first["id"]) == (1, 3, "a")
    assert (second["outputs"], second["execution_count"]) == ([], 3)


def test_what_is_committed_passes_the_hooks_of_notebooks():
    notebooks = [
        path.relative_to(ROOT).as_posix()
        for path in sorted((ROOT / "notebooks").rglob("*.ipynb"))
        if ".ipynb_checkpoints" not in path.parts
    ]
    for hook in ("nbstripout", "nbstripout-methods"):
        chosen = [
            name
            for name in notebooks
            if re.search(HOOKS[hook]["files"], name) and not re.search(HOOKS[hook].get("exclude", "^$"), name)
        ]
        assert chosen
        assert run(hook, *chosen, more=["--verify"]).stdout == ""
