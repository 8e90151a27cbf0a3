"""What the command new does: begin a report or a measure of one's own with something that runs."""

from __future__ import annotations

import argparse
import keyword
import re
from argparse import Namespace
from pathlib import Path

from tne.runs import inputs, names
from tne.runs.outcome import OK, UsageError

# Where the house's reports stand: another one of their names would speak with their words
_PACKAGE = Path(__file__).resolve().parents[1]


def arguments(
    step: argparse.ArgumentParser, place: argparse.ArgumentParser, shared: argparse.ArgumentParser
) -> None:
    """Add the arguments of the command."""
    kinds = step.add_subparsers(dest="kind", metavar="KIND", required=True)
    report = kinds.add_parser(
        "report",
        help="a notebook that becomes a page of every market",
        description="Write a report that runs at once, to be changed: into the workspace, or into the checkout.",
        parents=[place, shared],
    )
    report.add_argument("name", metavar="NAME", help="letters, digits and -, for example queue-accuracy")
    report.add_argument("--question", default="", metavar="TEXT", help="the headline; ends with ?")
    analysis = kinds.add_parser(
        "analysis",
        help="a measure with its test and its page of docs, in a checkout",
        description="Write a measure that works at once, to be changed, with its test and its page of docs.",
        parents=[shared],
    )
    analysis.add_argument("name", metavar="NAME", help="as functions are called, for example queue_gap")


def new(asked: Namespace) -> int:
    """Write what was asked for; nothing is overwritten."""
    return {"report": _report, "analysis": _analysis}[asked.kind](asked)


def _report(asked: Namespace) -> int:
    from tne.commands.scaffold.report import QUESTION, report_notebook

    name = asked.name.strip()
    if names.unfit([name]):
        raise UsageError(f"No report can be called so. Names are {names.WANTED}.")
    question = asked.question.strip() or QUESTION
    if not question.endswith("?") or "\n" in question or any(sign.isdigit() for sign in question):
        raise UsageError(
            '--question must be one line that ends with ? and holds no digit: "Which queue is hardest?"'
        )
    home = _home(asked.workspace)
    path = home / "notebooks" / "reports" / f"{name}.ipynb"
    taken = [other for other in path.parent.glob("*.ipynb") if other.stem.casefold() == name.casefold()]
    house = _PACKAGE.parents[1] / "notebooks" / "reports" / f"{name}.ipynb"
    if taken or house.exists():
        raise UsageError(f"There is a report {name}. Choose another name.")
    _write({path: report_notebook(name, question, _some_market(asked.workspace))})
    checkout = home == checkout_above(Path.cwd())
    at = (
        f" --workspace {asked.workspace}" if asked.workspace else " --workspace data/demo" if checkout else ""
    )
    print(
        f"{_shown(path)}\n"
        "Open it in Jupyter and change measure, frame and words. Then:\n"
        f"  tne lint {_shown(path)}\n"
        f"  tne run{at} --report {name}"
    )
    return OK


def _analysis(asked: Namespace) -> int:
    from tne import __all__ as public
    from tne.commands.scaffold.analysis import analysis_files, in_overview, registered

    name = asked.name.strip()
    if not re.fullmatch(r"[a-z][a-z0-9_]{2,40}", name) or keyword.iskeyword(name):
        raise UsageError(
            "A measure is called as functions are: small letters, digits and _, such as queue_gap."
        )
    root = checkout_above(Path.cwd())
    if root is None:
        raise UsageError(
            "A measure is part of the package, so it needs a checkout of the repository: change into it. In a "
            "workspace alone, compute in a notebook of your own (`tne new report`)."
        )
    files = analysis_files(root, name)
    if name in public or any(path.exists() for path in files):
        raise UsageError(f"There is a measure or a file {name}. Choose another name.")
    init, overview = root / "src" / "tne" / "__init__.py", root / "docs" / "methods.md"
    changed = {
        init: registered(init.read_text(encoding="utf-8"), name),
        overview: in_overview(overview.read_text(encoding="utf-8"), name),
    }
    _write(files)
    for path, text in changed.items():
        path.write_text(text, encoding="utf-8")
    print(
        "\n".join(
            [
                *(f"{_shown(path)}" for path in files),
                f"{_shown(init)}: tne.{name} is a public name",
                f"{_shown(overview)}: a row, to be moved to the table where it belongs",
                "Change question, formula and test. Then:",
                f"  .venv/bin/python -m pytest tests/measures/test_{name}.py",
                "  make lint     # writes the public name into src/tne/__init__.pyi too, without which a test fails",
                "Give it a row in a table of docs/methods.md and a line in CHANGELOG.md,",
                f"and show it in a report (`tne new report {name.replace('_', '-')}`).",
            ]
        )
    )
    return OK


def checkout_above(start: Path) -> Path | None:
    """Return the nearest folder upward that is a checkout of the package, None where there is none."""
    for folder in (start.resolve(), *start.resolve().parents):
        if (folder / "src" / "tne" / "__init__.py").is_file() and (folder / "pyproject.toml").is_file():
            return folder
    return None


def _home(workspace: Path | None) -> Path:
    """Return where an own report belongs: the named or nearest workspace, else the checkout."""
    if workspace is not None:
        return inputs.workspace_root(workspace)
    home = inputs.nearest_settings() or checkout_above(Path.cwd())
    if home is None:
        raise UsageError("Neither a workspace nor a checkout is here. Name a workspace by --workspace.")
    return home


def _some_market(workspace: Path | None) -> str:
    """Return the code of the first market, for who works in the notebook; the demo's where there is none yet."""
    from tne.runs.source import markets, source

    try:
        return next(iter(markets(source(inputs.workspace_root(workspace)))))
    except ValueError:
        return "DE"


def _write(files: dict[Path, str]) -> None:
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)


def _shown(path: Path) -> str:
    here = Path.cwd().resolve()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)
