"""Who is told how a run ended: a command or a mailbox named in ``tne.toml``, by default nobody."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tne.runs.outcome import UsageError
from tne.runs.progress import plain

SECONDS = 30.0
_KNOWN = {"on", "command", "seconds", "smtp"}
_SMTP = {"host", "port", "sender", "recipients", "starttls", "user", "password_env"}
_FINE = ("published", "unchanged")


@dataclass(frozen=True)
class Mail:
    """A mailbox; the password stands in an environment variable and nowhere else."""

    host: str
    sender: str
    recipients: tuple[str, ...]
    port: int
    starttls: bool
    user: str
    password_env: str


@dataclass(frozen=True)
class Notify:
    """The section ``[notify]``: `on` is ``"failure"`` or ``"always"``."""

    on: str
    command: tuple[str, ...]
    mail: Mail | None
    seconds: float = SECONDS


def settings(config: Mapping[str, Any]) -> Notify | None:
    """Read the section ``[notify]`` of ``tne.toml``, None without one.

    Raises
    ------
    UsageError
        If it holds something unknown, or a password.
    """
    if "notify" not in config:
        return None
    section = config["notify"]
    if not isinstance(section, Mapping):
        raise _wrong("is no table")
    _only(section, _KNOWN, "")
    on, seconds = section.get("on", "failure"), section.get("seconds", SECONDS)
    if on not in ("failure", "always"):
        raise _wrong('needs on = "failure" or on = "always"')
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds <= 600:
        raise _wrong("needs seconds between 0 and 600")
    command = section.get("command", [])
    if not _texts(command):
        raise _wrong('needs a list of words, as in command = ["/usr/bin/logger", "-t", "tne"]')
    mail = _mail(section["smtp"]) if "smtp" in section else None
    if not command and mail is None:
        raise _wrong("names neither a command nor smtp")
    return Notify(on, tuple(command), mail, float(seconds))


def _mail(section: Any) -> Mail:
    if not isinstance(section, Mapping):
        raise _wrong("has smtp that is no table")
    _only(section, _SMTP, ".smtp")
    recipients, starttls = section.get("recipients", []), section.get("starttls", False)
    words = {key: section.get(key, "") for key in ("host", "sender", "user", "password_env")}
    port = section.get("port", 587 if starttls else 25)
    if not all(isinstance(value, str) for value in words.values()) or not isinstance(starttls, bool):
        raise _wrong(".smtp has a value of the wrong type")
    if not words["host"] or not words["sender"] or not recipients or not _texts(recipients):
        raise _wrong(".smtp needs host, sender and a list of recipients")
    if isinstance(port, bool) or not isinstance(port, int) or not 0 < port < 65536:
        raise _wrong(".smtp needs a port between 1 and 65535")
    if bool(words["user"]) != bool(words["password_env"]):
        raise _wrong(".smtp needs user and password_env together, the name of an environment variable")
    if words["user"] and not starttls and words["host"] not in ("localhost", "127.0.0.1", "::1"):
        raise _wrong(".smtp would send the password unencrypted. Set starttls = true")
    return Mail(**words, recipients=tuple(recipients), port=port, starttls=starttls)


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(word, str) and word for word in value)


def _only(section: Mapping[str, Any], known: set[str], where: str) -> None:
    unknown = sorted(set(section) - known)
    if unknown:
        raise _wrong(f"{where} has the unknown {unknown[0]}; known are {', '.join(sorted(known))}".strip())


def _wrong(text: str) -> UsageError:
    space = "" if text.startswith(".") else " "
    return UsageError(f"tne.toml: notify{space}{text}. Correct it.")


def message(
    code: int, status: str, output: Path, entries: Sequence[Mapping[str, Any]], problem: str = ""
) -> dict[str, Any]:
    """Return what is told: reports, markets, statuses and reasons, nothing about people."""
    keys = ("report", "market", "period", "status", "reason")
    counts: dict[str, int] = {}
    for entry in entries:
        counts[entry["status"]] = counts.get(entry["status"], 0) + 1
    return {
        "exit_code": code,
        "status": status,
        "output": str(output.absolute()),
        "problem": problem,
        "counts": counts,
        "reports": [{key: entry[key] for key in keys} for entry in entries],
    }


def send(notify: Notify | None, told: Mapping[str, Any]) -> list[str]:
    """Tell whoever wants to know, and return what went wrong with it; never raises."""
    if notify is None or (notify.on == "failure" and told["exit_code"] == 0):
        return []
    faults = []
    ways: list[tuple[Callable[..., str], Any, str]] = (
        [(_run, notify.command, "command")] if notify.command else []
    )
    for way, what, name in [*ways, *([(_post, notify.mail, "mail")] if notify.mail else [])]:
        try:
            fault = way(what, told, notify.seconds)
        except Exception as error:  # whatever it is, the reports are made and the exit code stands
            fault = _why(error)
        if fault:
            faults.append(f"The notification by {name} failed: {fault}")
    return faults


def _why(error: Exception) -> str:
    """Say what went wrong without the error's own words: they quote addresses, users and what a server answers."""
    code, told = getattr(error, "smtp_code", None), getattr(error, "strerror", None)
    said = f"the server answered {code}." if code else f"{told}." if told else "look at [notify] in tne.toml."
    return f"{type(error).__name__}: {said}"


def _run(command: Sequence[str], told: Mapping[str, Any], seconds: float) -> str:
    # its own standard output would stand among that of `tne run --json`
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True
    )
    try:
        process.communicate(json.dumps(told).encode(), timeout=seconds)
    except subprocess.TimeoutExpired:
        return f"it took longer than {seconds:g} s."
    finally:
        if process.poll() is None:
            with suppress(OSError):
                os.killpg(process.pid, signal.SIGKILL)
            process.kill()
            process.wait()
    return f"it ended with {process.returncode}." if process.returncode else ""


def _post(mail: Mail, told: Mapping[str, Any], seconds: float) -> str:
    import smtplib
    import ssl
    from email.message import EmailMessage

    password = os.environ.get(mail.password_env, "") if mail.user else ""
    if mail.user and not password:
        return f"the environment variable {mail.password_env} is empty."
    letter = EmailMessage()
    letter["Subject"] = subject(told)
    letter["From"] = mail.sender
    letter["To"] = ", ".join(mail.recipients)
    letter.set_content(body(told))
    with smtplib.SMTP(mail.host, mail.port, timeout=seconds) as server:
        if mail.starttls:
            server.starttls(context=ssl.create_default_context())
        if mail.user:
            server.login(mail.user, password)
        refused = server.send_message(letter)
    return f"{len(refused)} of {len(mail.recipients)} recipients were refused." if refused else ""


def subject(told: Mapping[str, Any]) -> str:
    """Return one line that says how the run ended."""
    counts = ", ".join(f"{n} {status}" for status, n in told["counts"].items())
    return f"tne: exit {told['exit_code']}" + (f", {counts}" if counts else "")


def body(told: Mapping[str, Any]) -> str:
    """Return the message as plain text, what failed first."""
    lines = [f"Exit code {told['exit_code']} ({told['status']}). Output: {told['output']}", ""]
    lines += [plain(told["problem"]), ""] if told["problem"] else []
    for entry in sorted(told["reports"], key=lambda entry: entry["status"] in _FINE):
        label = " · ".join(str(entry[key]) for key in ("report", "market", "period") if entry[key])
        lines.append(
            f"{entry['status']:<12}{plain(label)}"
            + (f"  {plain(entry['reason'])}" if entry["reason"] else "")
        )
    return "\n".join(lines).rstrip() + "\n"
