"""Training given and language expertise by language: the annex that a transparency report takes over."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from tne.report.block import Block
from tne.report.disclosure import headcount
from tne.report.exhibit import table
from tne.report.hiding import COMPLEMENT, FEW_PEOPLE
from tne.report.index_rows import folded
from tne.report.locales import parsed
from tne.report.portfolio_flags import CAME
from tne.report.voice import Voice

# Official languages of the European Union (Regulation No 1, as amended)
OFFICIAL = (
    *("bg", "hr", "cs", "da", "nl", "en", "et", "fi", "fr", "de", "el", "hu"),
    *("ga", "it", "lv", "lt", "mt", "pl", "pt", "ro", "sk", "sl", "es", "sv"),
)
PEOPLE = ("staff", "trained")
DOMINANT = 0.9  # of a sum that two people may make


def language_counts(
    tables: Mapping[str, pd.DataFrame], markets: pd.DataFrame, *, as_of: pd.Timestamp, months: int = 12
) -> pd.DataFrame:
    """Return people, sessions and hours by language, ungated.

    Parameters
    ----------
    tables : mapping
        Of ``moderators sessions enrolments attendance`` those that are there.
    markets : DataFrame
        The table `markets`: its languages are listed whether or not anything is on record.
    as_of : Timestamp
        Last instant of the data.
    months : int
        How far back training counts.

    Returns
    -------
    DataFrame
        language (two or three letters), staff (people at work at `as_of` whose roster names it), trained (people who
        came to a session in it), sessions, hours (of sessions), attended (hours of people), largest (share of the two
        people with the most of these hours); NaN where a table is missing. A roster without languages counts nobody.

    Notes
    -----
    Somebody with two languages counts in both, so that rows do not add up. Where the session of an
    enrolment is not on record its market's language counts.

    Examples
    --------
    >>> markets = pd.DataFrame({"market": ["IE"], "language": ["en-IE"]})
    >>> staff = pd.DataFrame({"moderator_id": [1, 2], "languages": ["en", "en;ga"]})
    >>> staff = staff.assign(valid_from=pd.Timestamp("2025-01-06"), valid_to=pd.NaT, left_on=pd.NaT)
    >>> counts = tne.say.language_counts({"moderators": staff}, markets, as_of=pd.Timestamp("2026-03-02", tz="UTC"))
    >>> counts[["language", "staff"]]
      language  staff
    0       en    2.0
    1       ga    1.0
    """
    since = as_of - pd.DateOffset(months=months)
    spoken = _spoken(tables.get("moderators"), as_of)
    sessions = _within(tables.get("sessions"), "starts_at", since, as_of)
    came = _came(tables.get("enrolments"), sessions, tables.get("sessions"), markets, since, as_of)
    stays = _stays(tables.get("attendance"), sessions)
    own = set(markets["language"].dropna().map(base))
    found = own | set(spoken["language"]) | set(came["language"]) | set(_languages(sessions))
    rows = []
    for language in sorted(found):
        held = sessions.loc[_languages(sessions).eq(language)] if len(sessions) else sessions
        there = stays.loc[stays["language"].eq(language)]
        minutes = there.groupby("moderator_id")["minutes"].sum()
        known = len(held) and held["duration_minutes"].notna().all()
        rows.append(
            {
                "language": language,
                "staff": _distinct(spoken, language) if spoken.attrs["known"] else math.nan,
                "trained": _distinct(came, language) if came.attrs["known"] else math.nan,
                "sessions": float(len(held)) if "sessions" in tables else math.nan,
                "hours": held["duration_minutes"].sum() / 60 if known else math.nan,
                "attended": minutes.sum() / 60 if len(minutes) else math.nan,
                "attended_people": float(len(minutes)),
                "largest": minutes.nlargest(2).sum() / minutes.sum() if minutes.sum() > 0 else math.nan,
            }
        )
    return pd.DataFrame(rows)


def languages_annex(voice: Voice, counts: pd.DataFrame, *, months: int = 12) -> Block:
    """Return the annex: a row per language, headcounts rounded to 5, small ones hidden and another one with them.

    Parameters
    ----------
    voice : Voice
    counts : DataFrame
        Of `language_counts`.
    months : int
        As there.

    Returns
    -------
    Block
        Of kind ``"table"`` or ``"text"``.

    Raises
    ------
    KeyError
        If a column is absent.

    Notes
    -----
    A language with fewer people than the threshold has no number, in this column nor in those of training; if it is the
    only one, the smallest other goes too. Of the official languages that are not listed it is not said whether there
    are none or few.

    Examples
    --------
    >>> voice = tne.say.voice({"market": "all", "language": "en"})
    >>> tne.say.languages_annex(voice, pd.DataFrame()).html
    '<p>No language is on record.</p>'
    """
    if counts.empty:
        return Block(html=f"<p>{voice.html('annex.empty')}</p>", kind="text")
    shown = _gated(counts, voice.min_n)
    names = parsed(voice.locale).languages
    shown["name"] = [names.get(code, code) for code in shown["language"]]
    seen = shown[list(PEOPLE)].notna().any(axis=1) | shown["note"].eq(COMPLEMENT)
    rest = {*OFFICIAL, *shown.loc[~seen, "language"]} - set(shown.loc[seen, "language"])
    rest_names = sorted((names.get(code, code) for code in rest), key=folded)
    shown = shown.loc[seen].sort_values("name", key=lambda column: column.map(folded))
    told = voice.html("annex.rest", languages=voice.listed(rest_names), min_n=voice.min_n)
    below = f'<p class="footnote">{told}</p>' if rest else ""
    if shown.empty:
        return Block(html=below, kind="text")
    columns = {name: voice.text(f"annex.column_{name}") for name in ("name", "staff", "trained")}
    columns |= {name: voice.text(f"annex.column_{name}") for name in ("sessions", "hours", "attended")}
    formats = dict.fromkeys(list(columns)[1:], "count")
    lead = voice.html("annex.lead", n=months, n_text=voice.count(months))
    block = table(voice, "languages", shown.reset_index(drop=True), columns=columns, formats=formats)
    return Block(html=f"<p>{lead}</p>{block.html}{below}", kind="table")


def base(tag: Any) -> str:
    """Return the language of a BCP 47 tag.

    >>> base("pt-BR")
    'pt'
    """
    return str(tag).strip().replace("_", "-").split("-")[0].lower()


def _gated(counts: pd.DataFrame, min_n: int) -> pd.DataFrame:
    out = counts.astype(dict.fromkeys((*PEOPLE, "sessions", "hours", "attended"), float)).assign(note="")
    out["note"] = out["note"].astype(object)
    for name in PEOPLE:
        hidden = out[name].lt(min_n)
        if hidden.sum() == 1 and out[name].notna().sum() > 1:  # together with a total it could be told
            other = out.loc[~hidden, name].idxmin()
            hidden[other] = True
            out.loc[other, "note"] = COMPLEMENT
        few = out[name].lt(min_n)
        out.loc[few, "note"] = FEW_PEOPLE
        out.loc[hidden, name] = math.nan
        out[name] = [headcount(n, least=min_n) for n in out[name]]
    untold = out["trained"].isna() & counts["trained"].notna()
    out.loc[untold, ["sessions", "hours", "attended"]] = math.nan
    alone = ~out["attended_people"].ge(min_n) | out["largest"].gt(DOMINANT)
    out.loc[alone, "attended"] = math.nan
    out["sessions"] = [headcount(n) if n >= 10 else n for n in out["sessions"]]
    for name in ("hours", "attended"):
        out[name] = [headcount(n) for n in out[name]]
    missing = out[["staff", "trained", "sessions", "hours", "attended"]].isna().any(axis=1) & out["note"].eq(
        ""
    )
    out.loc[missing, "note"] = "not_on_record"
    return out.drop(columns=["attended_people", "largest"])


def _spoken(roster: pd.DataFrame | None, as_of: pd.Timestamp) -> pd.DataFrame:
    """People at work and the languages of their latest spell."""
    if roster is None or roster.empty:
        return _none(False)
    day = as_of.tz_localize(None) if as_of.tzinfo else as_of
    last = roster.sort_values("valid_from").groupby("moderator_id").tail(1)
    last = last.loc[~last["left_on"].le(day) & ~last["valid_to"].le(day)]
    told = last.dropna(subset=["languages"])
    pairs = told.assign(language=told["languages"].str.split(r"[;,]")).explode("language")
    pairs = pairs.assign(language=pairs["language"].map(base))
    pairs = pairs.loc[pairs["language"].ne(""), ["moderator_id", "language"]].drop_duplicates()
    pairs.attrs["known"] = len(told) > 0
    return pairs


def _came(
    people: pd.DataFrame | None,
    sessions: pd.DataFrame,
    every: pd.DataFrame | None,
    markets: pd.DataFrame,
    since: pd.Timestamp,
    as_of: pd.Timestamp,
) -> pd.DataFrame:
    """Who came to a training in the time, with the language of the session, else of the market."""
    if people is None or people.empty:
        return _none(False)
    came = people.loc[people["status"].isin(CAME)]
    of_session = dict(zip(sessions["session_id"], _languages(sessions), strict=True)) if len(sessions) else {}
    of_market = dict(zip(markets["market"], markets["language"].map(base), strict=True))
    known = came["session_id"].map(of_session)
    at = came["completed_at"]
    on_record = came["session_id"].isin([] if every is None or every.empty else every["session_id"])
    inside = known.notna() | (~on_record & at.gt(since) & at.le(as_of))
    language = known.where(known.notna(), came["market"].map(of_market))
    pairs = came.assign(language=language).loc[inside, ["moderator_id", "language"]].drop_duplicates()
    pairs.attrs["known"] = True
    return pairs


def _stays(attendance: pd.DataFrame | None, sessions: pd.DataFrame) -> pd.DataFrame:
    if attendance is None or attendance.empty or sessions.empty:
        return pd.DataFrame({"moderator_id": [], "minutes": [], "language": []})
    of_session = dict(zip(sessions["session_id"], _languages(sessions), strict=True))
    stays = attendance.assign(language=attendance["session_id"].map(of_session))
    return stays.loc[stays["language"].notna() & stays["minutes"].notna()]


def _within(frame: pd.DataFrame | None, at: str, since: pd.Timestamp, until: pd.Timestamp) -> pd.DataFrame:
    if frame is None or frame.empty:
        return pd.DataFrame()
    return frame.loc[frame[at].gt(since) & frame[at].le(until)]


def _languages(frame: pd.DataFrame) -> pd.Series:
    return frame["language"].map(base) if len(frame) else pd.Series([], dtype=object)


def _distinct(pairs: pd.DataFrame, language: str) -> float:
    return float(pairs.loc[pairs["language"].eq(language), "moderator_id"].nunique())


def _none(known: bool) -> pd.DataFrame:
    frame = pd.DataFrame({"moderator_id": [], "language": []}, dtype=object)
    frame.attrs["known"] = known
    return frame
