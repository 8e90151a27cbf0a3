"""``tne``: a thin face over the rooms `runs` and `tables`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import cast

from tne import __version__, commands
from tne.commands.doctor import arguments as of_doctor
from tne.commands.init import arguments as of_init
from tne.commands.ledger import arguments as of_ledger
from tne.commands.lint import arguments as of_lint
from tne.commands.new import arguments as of_new
from tne.commands.scan import arguments as of_scan
from tne.commands.terminal import guarded
from tne.runs.outcome import SOME_FAILED, USAGE

# What the rooms raise when they are asked for something that is not there or cannot be.
_WRONG_CALL = (ValueError, KeyError, TypeError, FileNotFoundError, PermissionError, NotADirectoryError)

_EPILOG = """\
exit codes: 0 done · 1 some reports failed · 2 wrong call · 3 tables break their contract · 4 disclosure gate
            5 kernel or time-out (3, 4 and 5 only if nothing was published) · 130, 143 stopped by a signal"""


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    top = argparse.ArgumentParser(
        prog="tne",
        description="Does the training work? Reports per market from the exports of a training team.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"tne {__version__}")
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--debug", action="store_true", help="show the traceback of an error")
    place = argparse.ArgumentParser(add_help=False)
    place.add_argument(
        "--workspace", type=Path, metavar="DIR", help="default: nearest tne.toml upward, else data/demo"
    )
    steps = top.add_subparsers(dest="command", metavar="COMMAND", required=True)

    def step(name: str, text: str, *parents: argparse.ArgumentParser) -> argparse.ArgumentParser:
        added = steps.add_parser(
            name,
            help=text,
            description=text[0].upper() + text[1:] + ".",
            parents=[*parents, shared],
            epilog=_EPILOG if name in ("run", "publish") else None,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        added.set_defaults(do=getattr(commands, name.replace("import", "import_")))
        return added

    run = step("run", "make every report that is due", place)
    _what(run)
    _how(run)

    status = step("status", "say which reports are fresh, and end with 1 if one is not", place)
    _what(status)
    _output(status)
    status.add_argument("--max-age", type=float, metavar="HOURS", help="data older than this are not fresh")
    status.add_argument("--json", action="store_true", help="print everything as JSON")

    sharing = step(
        "publish", "put published reports into a folder or a zip to share, in several formats", place
    )
    _sharing(sharing)

    schedule = step("schedule", "write what makes `tne run` happen by itself", place)
    _what(schedule)
    _when(schedule)

    demo = step("demo", "make the full demo workspace from its seed")
    demo.add_argument(
        "--output", type=Path, default=Path("data/demo"), metavar="DIR", help="default: data/demo"
    )
    demo.add_argument("--seed", type=int, metavar="N", help="another seed than the committed one")
    demo.add_argument("--record", action="store_true", help="note the tables' hashes beside the folder")

    sample = step("sample", "make the small sample: 2 markets, 12 weeks")
    sample.add_argument(
        "--output", type=Path, default=Path("data/sample"), metavar="DIR", help="default: data/sample"
    )

    plan = step("plan", "freeze the measure and the minimum effect of a programme before it starts", place)
    plan.add_argument("programme", metavar="PROGRAMME", help="programme_id")

    imports = step("import", "read exports into the tables of a workspace", place)
    imports.add_argument("exports", nargs="*", type=Path, metavar="FILE", help="files of one export")
    imports.add_argument(
        "--all", action="store_true", help="every export that [[imports]] of tne.toml lists, in that order"
    )
    imports.add_argument(
        "--map", type=Path, metavar="FILE.toml", help="how columns map to tables; known formats need none"
    )
    imports.add_argument(
        "--set",
        default=[],
        action="append",
        metavar="NAME=VALUE",
        help="what a known format does not say, such as programme=… or zone=…",
    )
    imports.add_argument("--guess", action="store_true", help="print a mapping file to confirm, and stop")

    check = step("check", "validate every table, list what was set aside, and whom nobody knows", place)
    check.add_argument("--json", action="store_true", help="print everything as JSON")

    _key(step("key", "show, make or change the key of a workspace, or erase one person"), place, shared)
    _store(step("store", "list what the tables were before, or remove what nobody needs"), place, shared)
    of_ledger(step("ledger", "list whom the released pages were about, or withdraw a page", place))
    of_scan(step("scan", "look through finished files for what must not leave the team", place))
    of_init(step("init", "begin a workspace of your own, guided by the exports that you have"))
    of_new(step("new", "begin a report or a measure of your own"), place, shared)
    of_doctor(step("doctor", "look at the machine and the workspace, and say what to do", place))
    of_lint(step("lint", "say which rules of the house a notebook breaks, and end with 1 if it does"))
    return top


def _store(step: argparse.ArgumentParser, *parents: argparse.ArgumentParser) -> None:
    actions = step.add_subparsers(dest="action", metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="list the versions that imports made", parents=parents)
    listing.add_argument("--json", action="store_true", help="print it as JSON")
    prune = actions.add_parser(
        "prune", help="remove old versions; never the newest, nor one that is open", parents=parents
    )
    which = prune.add_mutually_exclusive_group(required=True)
    which.add_argument("--keep", type=int, metavar="N", help="keep the N newest")
    which.add_argument(
        "--before", metavar="DAY", help="remove what was replaced before this day, as 2026-05-01 (UTC)"
    )
    prune.add_argument("--dry-run", action="store_true", help="say what would go, and stop")


def _key(step: argparse.ArgumentParser, *parents: argparse.ArgumentParser) -> None:
    actions = step.add_subparsers(dest="action", metavar="ACTION", required=True)
    show = actions.add_parser(
        "show", help="say where the key is, and how many people it stands for", parents=parents
    )
    show.add_argument("--json", action="store_true", help="print it as JSON")
    actions.add_parser("create", help="make a key for a workspace that has none", parents=parents)
    rotate = actions.add_parser(
        "rotate", help="make a new key, and every pseudonym a new one", parents=parents
    )
    erase = actions.add_parser(
        "erase",
        help="take one person out of the workspace, and keep them out",
        description="The alias is asked for, or read from standard input; it is no argument.",
        parents=parents,
    )
    erase.add_argument(
        "--kind",
        choices=("mail", "upn", "username", "employee_number"),
        default="mail",
        help="what the alias is; default: mail",
    )
    erase.add_argument(
        "--keep-counts",
        action="store_true",
        help="keep their rows under a random pseudonym, without comments",
    )
    for action in (rotate, erase):
        action.add_argument("--yes", action="store_true", help="do not ask")


def _output(step: argparse._ActionsContainer) -> None:
    step.add_argument("--output", type=Path, default=Path("reports"), metavar="DIR", help="default: reports")


def _what(step: argparse.ArgumentParser) -> None:
    what = step.add_argument_group("what")
    what.add_argument("--report", nargs="+", default=[], action="extend", metavar="NAME", help="default: all")
    what.add_argument("--market", nargs="+", default=[], action="extend", metavar="CODE", help="default: all")
    what.add_argument(
        "--period", default="", metavar="2026Q2", help="quarter, or month as 2026-06; default: latest"
    )
    what.add_argument("--language", default="", metavar="de", help="default: the market's")
    what.add_argument(
        "--param", default=[], action="append", metavar="K=V", help="further notebook parameter"
    )
    what.add_argument(
        "--notebooks",
        type=Path,
        metavar="DIR",
        help="default: the nearest notebooks/reports; those in the workspace itself always come along",
    )


def _how(run: argparse.ArgumentParser) -> None:
    how = run.add_argument_group("how")
    _output(how)
    how.add_argument("--jobs", type=int, default=0, metavar="N", help="reports at a time; default: cores")
    how.add_argument("--force", action="store_true", help="make unchanged reports again")
    how.add_argument("--dry-run", action="store_true", help="print the plan and stop")
    how.add_argument("--shard", default="", metavar="I/N", help="only share I of N, one share a host")
    how.add_argument(
        "--engine",
        choices=("tne", "kernel"),
        default="tne",
        help="cells in a forked process (default), or in a Jupyter kernel",
    )
    how.add_argument(
        "--cell-timeout", type=float, default=600.0, metavar="S", help="seconds a cell; default: 600"
    )
    how.add_argument(
        "--run-timeout", type=float, default=3600.0, metavar="S", help="seconds a report; default: 3600"
    )
    how.add_argument("--run-deadline", type=float, metavar="S", help="seconds the whole run; default: none")
    how.add_argument("--memory", type=float, metavar="GB", help="memory of the whole run; default: no limit")
    told = how.add_mutually_exclusive_group()
    told.add_argument("--json", action="store_true", help="print a summary as JSON")
    told.add_argument(
        "--events", action="store_true", help="print a line of JSON as each thing happens, the summary last"
    )


def _sharing(step: argparse.ArgumentParser) -> None:
    what = step.add_argument_group("what")
    what.add_argument(
        "--reports",
        type=Path,
        default=Path("reports"),
        metavar="DIR",
        help="what `tne run` wrote; default: reports",
    )
    what.add_argument("--report", nargs="+", default=[], action="extend", metavar="NAME", help="default: all")
    what.add_argument("--market", nargs="+", default=[], action="extend", metavar="CODE", help="default: all")
    what.add_argument("--older", action="store_true", help="also the pages of earlier periods")
    how = step.add_argument_group("how")
    how.add_argument(
        "--to",
        type=Path,
        default=Path("published"),
        metavar="PLACE",
        help="folder or FILE.zip; default: published",
    )
    how.add_argument(
        "--formats",
        default="",
        metavar="html,pdf,…",
        help="some of html, pdf, xlsx, pptx, csv; default: all that can be made here",
    )
    how.add_argument("--json", action="store_true", help="print a summary as JSON")


def _when(schedule: argparse.ArgumentParser) -> None:
    when = schedule.add_argument_group("when").add_mutually_exclusive_group(required=True)
    when.add_argument("--cron", metavar='"M H D M W"', help='five fields, as "0 5 * * 1-5"')
    when.add_argument("--daily", metavar="HH:MM", help="every day")
    when.add_argument("--weekly", nargs=2, metavar=("DAY", "HH:MM"), help="every week, as Mon 05:30")
    form = schedule.add_argument_group("form")
    which = form.add_mutually_exclusive_group()
    which.add_argument(
        "--systemd", action="store_true", help="a user's timer and service, not a line for cron"
    )
    which.add_argument(
        "--jupyter", action="store_true", help="a notebook and a job for JupyterLab's scheduler"
    )
    form.add_argument("--timezone", default="", metavar="ZONE", help="as Europe/Berlin; not for cron")
    form.add_argument("--log", type=Path, metavar="FILE", help="default: tne-run.log in the workspace")
    form.add_argument(
        "--write", type=Path, metavar="DIR", help="write files into DIR, not to standard output"
    )
    _output(form)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; errors of the caller are one line, never a traceback."""
    asked = parser().parse_args(arguments)
    with guarded():
        return _done(asked)


def _done(asked: argparse.Namespace) -> int:
    try:
        return cast(int, asked.do(asked))
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        sys.stderr.close()  # whoever read our output has gone; nothing is left to say
        return SOME_FAILED
    except Exception as error:
        if asked.debug:
            raise
        # what follows a line break stands to the right: no name of a file can pass for a line of ours
        print("\n     ".join(f"tne: {_said(error)}".splitlines()), file=sys.stderr)
        return getattr(error, "exit_code", USAGE if isinstance(error, _WRONG_CALL) else SOME_FAILED)


def _said(error: Exception) -> str:
    if isinstance(error, KeyError) and error.args:
        return str(error.args[0])  # str() of a KeyError puts quotes around the sentence
    if isinstance(error, UnicodeEncodeError):  # half characters, as from a terminal in another encoding
        return "The call holds a word that is no text in UTF-8. Write it anew, or rename the file."
    if hasattr(error, "exit_code") or isinstance(error, _WRONG_CALL):
        return str(error)
    return f"{type(error).__name__}: {error}. Run again with --debug for the details."


if __name__ == "__main__":
    sys.exit(main())
