"""What the end-to-end tests share: a rendered workspace, a command in this process, numbers as a reader sees them."""

from __future__ import annotations

import contextlib
import io
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from bs4 import BeautifulSoup

from tne.cli import main

PEOPLE = frozenset({"moderator_id", "auditor_id", "rater_id", "trainer_id"})
KEY = ("report", "market", "programme_id", "measure", "term", "group", "period")
FORMULA = ("=", "+", "-", "@")


@dataclass(frozen=True)
class Rendered:
    """A workspace and what `tne run` made of it."""

    workspace: Path
    output: Path

    @property
    def manifest(self) -> dict[str, Any]:
        return json.loads((self.output / "manifest.json").read_text(encoding="utf-8"))

    @property
    def estimates(self) -> pd.DataFrame:
        return pd.read_csv(self.output / "estimates.csv")

    def html(self, market: str, report: str = "effectiveness") -> str:
        return (self.output / report / f"{market}.html").read_text(encoding="utf-8")

    def page(self, market: str, report: str = "effectiveness") -> BeautifulSoup:
        return BeautifulSoup(self.html(market, report), "html5lib")


def tne_says(*arguments: object) -> tuple[int, str, str]:
    """Run one command in this process: exit code, standard output, standard error."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main([str(argument) for argument in arguments])
    return code, out.getvalue(), err.getvalue()


def words(page: BeautifulSoup) -> str:
    """The text that a reader sees."""
    for hidden in page(["style", "script"]):
        hidden.extract()
    return page.body.get_text(" ", strip=True)


def number(text: str, language: str) -> float:
    """Read one number of a locale; the minus is a real minus sign."""
    text = text.replace("\u2212", "-").replace("\u00a0", "").replace("\u202f", "")
    return float(text.replace(".", "").replace(",", ".") if language == "de" else text.replace(",", ""))


def numbers_of(text: str, language: str) -> list[float]:
    """Read all numbers of a text."""
    return [number(found, language) for found in re.findall(r"[+\u2212-]?\d+(?:[.,]\d+)*", text)]
