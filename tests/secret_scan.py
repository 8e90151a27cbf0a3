"""Is there a secret, or a person's real address, in the files of the repository? ``python -m tests.secret_scan``.

An own small scanner: detect-secrets 1.5 knows no mail addresses, allows findings by a file of hashes that gives no
reason, and takes the thousand hashes of the lock files for secrets.
"""

from __future__ import annotations

import io
import re
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

ROOT = Path(__file__).resolve().parents[1]
# Names that nobody can own (RFC 2606, RFC 6761).
NOBODY = re.compile(r"(?:.*\.)?(?:example(?:\.(?:com|net|org))?|test|invalid|localhost)", re.IGNORECASE)
TOKENS = (
    r"(?:AKIA|ASIA)[0-9A-Z]{16}",  # AWS
    r"gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{40,}|glpat-[A-Za-z0-9_-]{20,}",
    r"xox[abeoprs]-[A-Za-z0-9-]{10,}",  # Slack
    r"AIza[A-Za-z0-9_-]{35}",  # Google
    r"[sr]k_(?:live|test)_[A-Za-z0-9]{16,}|sk-[A-Za-z0-9_-]{20,}",
    r"npm_[A-Za-z0-9]{36}|pypi-AgE[A-Za-z0-9_-]{20,}|dop_v1_[0-9a-f]{64}|hf_[A-Za-z0-9]{30,}",
    r"eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}",  # JSON web token
    r"AccountKey=[A-Za-z0-9+/=]{40,}|SharedAccessSignature=\S{20,}",  # Azure
    r"SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}",  # SendGrid
)
RULES: dict[str, re.Pattern[str]] = {
    "private key": re.compile(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|PuTTY-User-Key-File-\d"),
    "token": re.compile(rf"(?<![A-Za-z0-9_-])(?:{'|'.join(TOKENS)})"),
    "webhook": re.compile(
        r"https?://(?:hooks\.slack\.com/services|[\w.-]*webhook\.office\.com|discord(?:app)?\.com/api/webhooks"
        r"|[\w.-]+\.logic\.azure\.com)/[^\s\"'<>]{8,}"
    ),
    "password in an address": re.compile(
        r"[a-z][a-z0-9+.-]*://[^\s/:@\"'<>]*:[^\s/@\"'<>]+@[\w.\[-]", re.IGNORECASE
    ),
    "password in clear": re.compile(
        r"(?<![a-z])(?:pass(?:word|wd|phrase)?|pwd|secret|token|api_?key|access_?key|credentials?)"
        r"[\"']?\s*(?:=|:|=>)\s*[\"'](?P<said>[^\"'\s{}$<>…]{6,})[\"']",
        re.IGNORECASE,
    ),
    "mail address": re.compile(
        r"[A-Za-z0-9._%+-]+@(?P<domain>[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,})"
    ),
    "long hex": re.compile(r"(?<![0-9A-Za-z])[0-9a-fA-F]{32,}(?![0-9A-Za-z])"),
    "long base64": re.compile(r"(?<![A-Za-z0-9+/=_-])[A-Za-z0-9+/_-]{40,}={0,2}(?![A-Za-z0-9+/=_-])"),
}
IN_BYTES = ("private key", "token", "webhook", "password in an address")  # what a picture's metadata may hold


@dataclass(frozen=True)
class Allowed:
    """What may stand where, and why: the line around a finding must fit `line` as a whole."""

    files: str
    rule: str
    line: str
    reason: str


ALLOWED = (
    Allowed("requirements*.lock", "long hex", r"--hash=sha256:[0-9a-f]{64}( \\)?", "hashes of the packages"),
    Allowed(
        "docs/proof/*.json", "long hex", r'"\w+": "[0-9a-f]{40,64}",?', "commit and hash of what was proved"
    ),
    Allowed(
        "data/*made.json", "long hex", r'"\w+": "[0-9a-f]{64}",?', "hashes of the tables that a seed gives"
    ),
    Allowed(
        "tests/tables/test_*.py",
        "password in clear",
        r'(secret|SECRET) = "[a-z.@-]+"',
        "words that tests look for",
    ),
    Allowed(
        "src/tne/desk/*.py",
        "password in clear",
        r'_[A-Z]+ = \{"[p]ass": "passed", "warn": "(a )?warning", .*\}',
        "how a check ended, in words",
    ),
    Allowed(
        "tests/tables/test_import_people.py",
        "long hex",
        r'assert digest == "[0-9a-f]{64}"',
        "a published digest",
    ),
    Allowed("tests/*.py", "long base64", r'DOT = "data:image/gif;base64,.*"', "a picture"),
    Allowed(
        "data/demo.sha256", "long hex", r'"\w+": "[0-9a-f]{64}",?', "hashes of the tables that a seed gives"
    ),
)


@dataclass(frozen=True)
class Finding:
    """A rule that hit in a line of a file; never what it hit."""

    file: str
    line: int
    rule: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.rule}"


def scan(name: str, content: bytes) -> tuple[list[Finding], list[Allowed]]:
    """Return what is wrong in one file, and which permissions were used."""
    try:
        text = _text_of(content) if name.endswith(".parquet") else content.decode("utf-8")
        rules = RULES
    except UnicodeDecodeError:
        text, rules = content.decode("latin-1"), {rule: RULES[rule] for rule in IN_BYTES}
    found, used = [], []
    for rule, wanted in rules.items():
        for hit in wanted.finditer(text):
            if not _counts(rule, hit):
                continue
            start, end = text.rfind("\n", 0, hit.start()) + 1, text.find("\n", hit.end())
            line = text[start : end if end >= 0 else None].strip()
            fits = [
                a for a in ALLOWED if a.rule == rule and fnmatch(name, a.files) and re.fullmatch(a.line, line)
            ]
            used += fits
            found += [] if fits else [Finding(name, text.count("\n", 0, hit.start()) + 1, rule)]
    return found, used


def _counts(rule: str, hit: re.Match[str]) -> bool:
    if rule == "mail address":
        return NOBODY.fullmatch(hit["domain"]) is None
    if rule == "password in an address":
        host = re.compile(r"[\w.-]*").match(hit.string, hit.end() - 1)
        return NOBODY.fullmatch(host[0]) is None
    if rule == "password in clear":  # but the name of a variable of the environment, or what tests look for
        return re.fullmatch(r"[A-Z][A-Z0-9_]*|canary[a-z-]*", hit["said"]) is None
    if rule == "long hex":  # a long number is none
        return re.search(r"[a-fA-F]", hit[0]) is not None
    if rule == "long base64":  # words of code have no digits, or one case, or parts
        said = hit[0]
        kinds = [re.search(kind, said) is not None for kind in (r"[a-z]", r"[A-Z]", r"[0-9]")]
        return all(kinds) and len(set(said)) >= 16 and max(map(len, re.split(r"[/_-]", said))) >= 20
    return True


def _text_of(content: bytes) -> str:
    """Return every text in a Parquet file, a line each, and its metadata."""
    file = pq.ParquetFile(io.BytesIO(content))
    told = {key: value for key, value in (file.metadata.metadata or {}).items() if key != b"ARROW:schema"}
    lines = [str(told)]
    for column in file.read().columns:
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
            lines += [str(value) for value in pc.unique(column).to_pylist()]
    return "\n".join(lines)


def tracked(root: Path = ROOT) -> list[str]:
    """Return the files that git knows, as text; empty where there is no repository."""
    call = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(call, capture_output=True, check=False)
    return [name for name in done.stdout.decode().split("\0") if name and (root / name).is_file()]


def scan_all(names: Iterable[str], root: Path = ROOT) -> tuple[list[Finding], set[Allowed]]:
    """Return what is wrong in some files, and which permissions were used."""
    found: list[Finding] = []
    used: set[Allowed] = set()
    for name in names:
        here, permitted = scan(name, (root / name).read_bytes())
        found += here
        used |= set(permitted)
    return found, used


if __name__ == "__main__":
    faults, _ = scan_all(sys.argv[1:] or tracked())
    print("\n".join(map(str, faults)) or "No secret found.")
    sys.exit(bool(faults))
