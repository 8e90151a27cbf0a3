"""The end of a report says which tests and surveys are older than the rest, and why."""

import pandas as pd

from tne.report.ending import provenance


def test_what_waits_is_said_with_its_day(speak):
    held = [{"family": "tests", "programme": "p", "survey": "", "day": "2026-09-05"}] * 2
    voice = speak()
    since = (
        f"shown as of {voice.date(pd.Timestamp('2026-09-05'))}, because fewer than 10 people are new since"
    )
    assert provenance(voice, {"held": held}).html.count(since) == 1
    assert "are new since" not in provenance(voice, {"held": []}).html
