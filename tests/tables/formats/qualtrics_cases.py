"""Qualtrics exports as the tool writes them: names, texts, ids as JSON, then one row a response."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections.abc import Sequence
from typing import Any

OWN = [
    "StartDate",
    "EndDate",
    "Status",
    "IPAddress",
    "Progress",
    "Duration (in seconds)",
    "Finished",
    "RecordedDate",
    "ResponseId",
    "RecipientLastName",
    "RecipientFirstName",
    "RecipientEmail",
    "ExternalReference",
    "LocationLatitude",
    "LocationLongitude",
    "DistributionChannel",
    "UserLanguage",
]
_TEXTS = [
    "Start Date",
    "End Date",
    "Response Type",
    "IP Address",
    "Progress",
    "Duration (in seconds)",
    "Finished",
    "Recorded Date",
    "Response ID",
    "Recipient Last Name",
    "Recipient First Name",
    "Recipient Email",
    "External Data Reference",
    "Location Latitude",
    "Location Longitude",
    "Distribution Channel",
    "User Language",
]
_IDS = [
    "startDate",
    "endDate",
    "status",
    "ipAddress",
    "progress",
    "duration",
    "finished",
    "recordedDate",
    "_recordId",
    "recipientLastName",
    "recipientFirstName",
    "recipientEmail",
    "externalDataReference",
    "locationLatitude",
    "locationLongitude",
    "distributionChannel",
    "userLanguage",
]
AT = dt.datetime(2026, 3, 2, 9, 0)
#: name, text, id (with what else the JSON says)
Column = tuple[str, str, dict[str, str]]


def asked(name: str, text: str = "", **said: str) -> Column:
    """Return a question's column; its id follows from its name (Q3_1: QID3_1) unless said otherwise."""
    qid = name.replace("Q", "QID", 1)
    return name, text or f"What about {name}, please?", {"ImportId": qid, **said}


def header(columns: Sequence[Column], zone: str | None = "America/Denver") -> list[list[str]]:
    """Return the three header rows."""
    ids = [{"ImportId": i, **({"timeZone": zone} if zone and i.endswith("Date") else {})} for i in _IDS]
    ids += [said for _, _, said in columns]
    return [
        [*OWN, *(name for name, _, _ in columns)],
        [*_TEXTS, *(text for _, text, _ in columns)],
        [json.dumps(said, separators=(",", ":")) for said in ids],
    ]


def response(
    number: int,
    answers: Sequence[Any],
    *,
    mail: str = "",
    reference: str = "",
    at: dt.datetime = AT,
    status: Any = "IP Address",
    finished: Any = "True",
    channel: str = "",
) -> list[Any]:
    """Return the row of one response."""
    end = at + dt.timedelta(minutes=5)
    return [
        *(f"{at}", f"{end}", status, "192.0.2.7", "100", "300", finished, f"{end}", f"R_{number:015}"),
        *("Lovelace", "Ada", mail, reference, "52.5", "13.4"),
        *(channel or ("email" if mail else "anonymous"), "EN", *answers),
    ]


def text(rows: Sequence[Sequence[Any]], delimiter: str = ",") -> str:
    """Return rows as delimited text, every cell of the headers in quotes where it needs them."""
    file = io.StringIO()
    csv.writer(file, delimiter=delimiter).writerows(rows)
    return file.getvalue()
