"""A new report: a notebook that keeps the rules, runs at once and publishes through the gates."""

from __future__ import annotations

import json

QUESTION = "How right are decisions in each policy area?"
# Each pair: what the markdown says, the code below it; {name}, {question} and {measure} are filled in
_STEPS = (
    (
        "This market's tables as they were known at the end of the period, and the voice that speaks to it.",
        """\
ws = tne.open(workspace, until=period or None, market=market)
row = ws.markets.set_index("market", drop=False).loc[market].to_dict()
shared = {"language": language or None, "min_n": ws.config.get("min_n", 10), "report": "{name}"}
voice = tne.say.voice(row, period=period, as_of=ws.as_of, **shared)""",
    ),
    (
        "Whether the data are whole; where they pass a limit that stops, the report ends here.",
        """\
checked = ws.quality(market, tables=("audits",)).require()""",
    ),
    (
        "The answer: change the measure and the frame here. Small groups are hidden and numbers rounded by the gate.",
        """\
audits = ws.table("audits", market=market)
found = tne.audit_accuracy(audits, by="policy_area", standardize=())
shown = tne.say.gate(voice, found.to_frame())""",
    ),
    (
        "The first screen: headline and lead in your words, in the readers' language; numbers come from tables.",
        """\
facts = {"moderators": audits["moderator_id"].nunique(), "audits": len(audits), "data_to": ws.as_of}
lead = "Shares of right decisions, each audit weighted by the decisions that it stands for."
tne.say.own_front(voice, "{question}", lead, facts=facts)""",
    ),
    (
        "The numbers, on the page and as rows of estimates.csv. A figure goes through tne.say.figure in the same way.",
        """\
columns = {"policy_area": "Policy area", "estimate": "Right", "interval": "Interval", "n_people": "People"}
rows = {"programme_id": "", "level": "behaviour", "measure": "{measure}", "group": "policy_area"}
published = tne.say.table_rows(voice, shown, **rows)
more = {"of": "Right decisions by policy area", "columns": columns, "rows": published}
display(tne.say.own_section(voice, "Area by area"), tne.say.table(voice, "own", shown, **more))""",
    ),
    (
        "How good the data are.",
        """\
display(tne.say.section(voice, "quality"), tne.say.quality(voice, checked, decisive=("audits",)))""",
    ),
    (
        "How this was measured, and the words used.",
        """\
display(tne.say.section(voice, "methods"), tne.say.method_notes(voice, ["disclosure"]))
display(tne.say.section(voice, "glossary"), tne.say.glossary(voice, ["accuracy", "interval"]))""",
    ),
    (
        "Provenance: the end mark of the report.",
        """\
known = {"as_of": ws.as_of, "contact": ws.config.get("contact")}
window = {"start": audits["decided_at"].min(), "end": ws.as_of}
counts = {"used": ws.rows_used(), "quarantined": ws.quarantined}
asked = {"market": market, "period": period or "latest"}
tne.say.provenance(voice, {**known, **counts, **window, "parameters": asked})""",
    ),
)
_PARAMETERS = """\
workspace: str = "data/demo"  # folder with the tables
market: str = "{market}"  # code of the market
period: str = ""  # "2026Q2" or "2026-06"; empty is the latest
language: str = ""  # BCP 47 tag; empty is the market's own"""


def report_notebook(name: str, question: str, market: str) -> str:
    """Return the notebook of a new report as the text of its file.

    Parameters
    ----------
    name : str
        Of the report: its file and its folder among the reports.
    question : str
        The headline; ends with a question mark.
    market : str
        Code that stands in the notebook, for working in it; a run gives each market's own.

    Returns
    -------
    str
        JSON, without outputs.
    """

    def filled(text: str) -> str:
        measure = name.replace("-", "_")
        quoted = json.dumps(question, ensure_ascii=False)[1:-1]
        return text.replace("{name}", name).replace("{question}", quoted).replace("{measure}", measure)

    cells = [
        _cell("markdown", 1, f"# {question}"),
        _cell("code", 2, "import tne"),
        _cell("code", 3, _PARAMETERS.replace("{market}", market), "parameters"),
    ]
    for said, code in _STEPS:
        cells.append(_cell("markdown", len(cells) + 1, said))
        cells.append(_cell("code", len(cells) + 1, filled(code)))
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    whole = {
        "cells": cells,
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def _cell(kind: str, number: int, text: str, *tags: str) -> dict[str, object]:
    made: dict[str, object] = {"cell_type": kind}
    if kind == "code":
        made["execution_count"] = None
    made |= {"id": f"cell-{number:02d}", "metadata": {"tags": list(tags)} if tags else {}}
    if kind == "code":
        made["outputs"] = []
    return made | {"source": text.splitlines(keepends=True)}
