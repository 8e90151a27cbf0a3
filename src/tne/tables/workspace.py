"""Open the tables of a team, and take the frames that the measures need."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pandas as pd

from tne.tables import frames as _frames
from tne.tables import panel as _panel
from tne.tables import quality as _quality
from tne.tables import series as _series
from tne.tables import sheets as _sheets
from tne.tables.arrow import to_frame
from tne.tables.declared import TABLES, contract
from tne.tables.embedded import engine_of_files, engine_of_frames
from tne.tables.engine import Engine
from tne.tables.importers.commit import current
from tne.tables.importers.quarantine import quarantined
from tne.tables.noting import note_groups, note_parts
from tne.tables.plans import known_plans, read_plans
from tne.tables.programmes import programme_row
from tne.tables.reading import find_root, known_market, note_opening, rows
from tne.tables.shared import shared_frame
from tne.tables.source import engine_of_source
from tne.tables.threshold import min_n_of
from tne.tables.value import value_of
from tne.tables.versions import Version
from tne.tables.views import day_of, latest_sql


def open(
    path: str | Path | None = None,
    until: dt.date | str | None = None,
    market: str | None = None,
    as_of: dt.date | str | int | Version | None = None,
) -> Workspace:
    """Open a workspace.

    Parameters
    ----------
    path : path, optional
        Its folder. Default: the nearest folder upward with a ``tne.toml``, else the nearest ``data/demo`` upward.
    until : date or str, optional
        Day, or last day of a period such as ``"2026Q2"``, by whose end (UTC) everything shown was known: an audit
        by its audit, a row of another table by its own
        time, a value that came later is not shown yet. Rows without that time are kept, because nothing dates them.
    market : str, optional
        Show the rows of this market alone, and the tables without markets: quicker, and a report that needs no other
        market is not due when only another one's data change.
    as_of : date, datetime, str, int or Version, optional
        Show the tables as they were stored then, by the end of a day or period (UTC), at an instant such as
        ``"2026-05-01T12:00Z"``, or in the version of that number (``tne store`` lists them). What was corrected or
        imported later is not there, whatever day it is about; `until` asks the opposite: of what is stored now, what
        had happened by a day? Both can be given. Settings, plans and the quarantine are always those of today.

    Returns
    -------
    Workspace

    Raises
    ------
    FileNotFoundError
        If there is no workspace.
    ValueError
        If a table breaks its contract as a whole, there is no such market, nothing is kept from `as_of`, or ``min_n``
        of ``tne.toml`` is no whole number.

    Notes
    -----
    A workspace that was imported is read through the list of its files: an import that comes later changes nothing of
    what is open, and what is open is not pruned. `tne key erase` and `tne key rotate` do take old files away: what
    was opened before must be opened again.

    Examples
    --------
    >>> ws = tne.open("data/sample", until="2025-11")
    >>> ws.markets["market"].tolist(), ws.as_of.date()
    (['ES', 'IE'], datetime.date(2025, 11, 30))
    """
    root = find_root(path)
    note_opening(market)
    config = {}
    if (root / "tne.toml").is_file():
        try:
            config = tomllib.loads((root / "tne.toml").read_text(encoding="utf-8"))
        except tomllib.TOMLDecodeError as error:
            raise ValueError(f"tne.toml of the workspace is no TOML: {error}. Correct it.") from None
        min_n_of(config)
    day = day_of(until)
    engine = engine_of_source(config, day, market)
    if engine is None:
        engine = engine_of_files(current(root, as_of), day, market)
    elif as_of is not None:
        raise ValueError(
            "`as_of` is for imported files. What a warehouse held then, only the warehouse can tell."
        )
    known_market(engine, market)
    note_groups(engine, root, config)
    return _workspace(engine, root, config, read_plans(root), day)


@dataclass(frozen=True, eq=False, repr=False)
class Workspace:
    """The tables of a team, cut to a day, and the frames made from them.

    Make one with `tne.open` or `Workspace.from_frames`.

    Parameters
    ----------
    root : Path or None
        Folder; None in memory.
    config : dict
        Content of ``tne.toml``.
    plans : tuple of dict
        Frozen plans.
    until : date or None
    as_of : Timestamp
        Latest instant (UTC) at which anything was observed; NaT without data.
    engine : Engine
        Where the rows are: frames, files, or a warehouse.

    Examples
    --------
    >>> ws = tne.open("data/sample", market="IE")
    >>> ws.market, len(ws.people()), len(ws.table("sessions"))
    ('IE', 14, 3)
    """

    root: Path | None
    config: dict[str, Any]
    plans: tuple[dict[str, Any], ...]
    until: dt.date | None
    as_of: pd.Timestamp
    engine: Engine = field(repr=False)

    @classmethod
    def from_frames(
        cls,
        frames: Mapping[str, pd.DataFrame],
        config: Mapping[str, Any] | None = None,
        plans: Sequence[Mapping[str, Any]] | None = None,
        until: dt.date | str | None = None,
    ) -> Workspace:
        """Open frames in memory, with the same checks and the same behaviour as a folder.

        Parameters
        ----------
        frames : mapping of str to DataFrame
            Rows by table name.
        config : mapping, optional
            As in ``tne.toml``.
        plans : sequence of mapping, optional
            As in ``plans.json``.
        until : date, optional
            See `tne.open`.

        Returns
        -------
        Workspace
            With `root` None: no ledger, no quarantine.

        Raises
        ------
        TypeError
            If a table is no frame.
        KeyError
            If no table can have that name.
        ValueError
            If a table breaks its contract.

        Examples
        --------
        >>> markets = tne.open("data/sample").markets
        >>> tne.Workspace.from_frames({"markets": markets})
        <Workspace in memory: markets; no data>
        """
        day = day_of(until)
        engine = engine_of_frames(frames, day)
        return _workspace(engine, None, dict(config or {}), tuple(dict(p) for p in plans or ()), day)

    def __repr__(self) -> str:
        as_of = "no data" if pd.isna(self.as_of) else f"as of {self.as_of:%Y-%m-%d %H:%M} UTC"
        return (
            f"<Workspace {self.root.name if self.root else 'in memory'}{f', {self.market}' if self.market else ''}: "
            f"{', '.join(self.tables)}; {as_of}>"
        )

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of the tables that are present.

        Examples
        --------
        >>> tne.open("data/sample").tables[:3]
        ('markets', 'moderators', 'programmes')
        """
        return self.engine.present

    @property
    def market(self) -> str | None:
        """The only market whose rows are shown; None if all are.

        Examples
        --------
        >>> tne.open("data/sample", market="IE").market
        'IE'
        """
        return self.engine.market

    @property
    def markets(self) -> pd.DataFrame:
        """The table `markets`, with all columns of its contract.

        Examples
        --------
        >>> tne.open("data/sample").markets["timezone"].tolist()
        ['Europe/Madrid', 'Europe/Dublin']
        """
        return self.table("markets")

    @property
    def programmes(self) -> pd.DataFrame:
        """The table `programmes`; empty if it is absent.

        Examples
        --------
        >>> tne.open("data/sample").programmes["programme_id"].tolist()[:2]
        ['appeals-workshop', 'hateful-conduct-update']
        """
        return to_frame("programmes", self.engine.arrow("SELECT * FROM programmes"))

    def programme(self, programme_id: str) -> dict[str, Any]:
        """Return one programme as a dict: null is None, `target_policy_areas` a tuple (empty = all).

        Parameters
        ----------
        programme_id : str

        Returns
        -------
        dict
            The columns of the table `programmes`.

        Raises
        ------
        KeyError
            If there is no such programme.

        Examples
        --------
        >>> programme = tne.open("data/sample").programme("appeals-workshop")
        >>> programme["rollout"], programme["owner_role"], programme["target_policy_areas"]
        ('staggered', 'programme_owner', ())
        """
        return programme_row(self.engine, programme_id)

    def compares_markets(self, programme_id: str) -> bool:
        """Return whether a programme is rolled out by market, so that its effect needs the other markets.

        Parameters
        ----------
        programme_id : str

        Returns
        -------
        bool

        Raises
        ------
        KeyError
            If there is no such programme.

        Examples
        --------
        >>> ws = tne.open("data/sample")
        >>> ws.compares_markets("appeals-workshop"), ws.compares_markets("onboarding")
        (True, False)
        """
        return cast(bool, self.programme(programme_id)["rollout_unit"] == "market")

    def plan(self, programme_id: str) -> dict[str, Any] | None:
        """Return the frozen plan of a programme, None if there is none.

        Parameters
        ----------
        programme_id : str

        Returns
        -------
        dict or None
            As in ``plans.json``.

        Examples
        --------
        >>> print(tne.open("data/sample").plan("onboarding"))  # frozen by `tne plan`
        None
        """
        return next((dict(plan) for plan in self.plans if plan["programme_id"] == programme_id), None)

    @property
    def n_primary(self) -> int:
        """Number of primary measures frozen in the portfolio: programmes × their markets.

        Examples
        --------
        >>> tne.open("data/sample").n_primary  # nothing is planned there
        0
        """
        return sum(len(plan["markets"]) for plan in self.plans)

    @property
    def value(self) -> dict[str, Any]:
        """What an avoided error and a minute are worth (``[value]`` of ``tne.toml``); see `value_in`.

        Examples
        --------
        >>> tne.open("data/sample").value["avoided_error"]
        {'low': 1.5, 'mode': 4.0, 'high': 9.0}
        """
        return self.value_in()

    def value_in(self, currency: str | None = None) -> dict[str, Any]:
        """Return the prices of ``[value]`` in one currency, {} where none are given; nothing is converted.

        Parameters
        ----------
        currency : str, optional
            ISO 4217; None: the one that ``[value]`` names. Others stand in tables such as ``[value.GBP]``.

        Returns
        -------
        dict
            ``currency`` and, where given, ``avoided_error`` and ``minute``, each a dict of low, mode and high.

        Raises
        ------
        ValueError
            If a price is incomplete, negative or out of order, or the currency is missing.

        Examples
        --------
        >>> ws = tne.open("data/sample")
        >>> ws.value_in("EUR")["minute"], ws.value_in("GBP")
        ({'low': 0.35, 'mode': 0.45, 'high': 0.6}, {})
        """
        return value_of(self.config, currency)

    @property
    def contracts(self) -> tuple[str, ...]:
        """Names of all tables that a workspace can have.

        Examples
        --------
        >>> tne.open("data/sample").contracts[6:9]
        ('items', 'responses', 'surveys')
        """
        return tuple(TABLES)

    def rows_used(self, market: str | None = None) -> int:
        """Number of rows (of `market`, and of tables without a market) that the analyses can see.

        Parameters
        ----------
        market : str, optional

        Returns
        -------
        int

        Raises
        ------
        ValueError
            If there is no such market.

        Examples
        --------
        >>> tne.open("data/sample").rows_used("IE")
        3911
        """
        counted = (rows(self.engine, name, market, columns="COUNT(*) AS n") for name in self.tables)
        return sum(int(found.column("n")[0].as_py()) for found in counted)

    @property
    def quarantined(self) -> int:
        """Number of rows that the imports have set aside.

        Examples
        --------
        >>> tne.open("data/sample").quarantined
        0
        """
        return 0 if self.root is None else sum(quarantined(self.root).values())

    def has(self, name: str, market: str | None = None) -> bool:
        """Return whether there is a table with at least one row (of `market`).

        Parameters
        ----------
        name : str
            Table, for example ``"audits"``.
        market : str, optional

        Returns
        -------
        bool

        Raises
        ------
        KeyError
            If no table can have that name.
        ValueError
            If there is no such market.

        Examples
        --------
        >>> ws = tne.open("data/sample")
        >>> ws.has("audits", market="IE"), ws.has("responses")
        (True, False)
        """
        contract(name)
        return name in self.tables and bool(len(rows(self.engine, name, market, columns="1", tail="LIMIT 1")))

    def table(
        self,
        name: str,
        market: str | None = None,
        start: dt.date | str | None = None,
        end: dt.date | str | None = None,
    ) -> pd.DataFrame:
        """Return the rows of one table, with all columns of its contract.

        Parameters
        ----------
        name : str
            Table, for example ``"audits"``.
        market : str, optional
            Only this market. Tables without markets are returned whole, attendance by the market of its session.
        start, end : date, optional
            First and last day, both included, of the table's time column (`data/README.md` names it); days of
            instants are UTC days. Rows without that time are left out.

        Returns
        -------
        DataFrame
            One row per key of the table; units as in `data/README.md`.

        Raises
        ------
        KeyError
            If the workspace has no such table, naming the export that would bring it.
        ValueError
            If `start` or `end` is given for a table without time, or there is no such market.

        Examples
        --------
        >>> ws = tne.open("data/sample")
        >>> ws.table("sessions", market="IE")[["session_id", "duration_minutes"]]
          session_id  duration_minutes
        0  IE-aw-001              90.0
        1   IE-o-001              90.0
        2   IE-o-002              90.0
        >>> len(ws.table("audits", "IE", start="2025-12-01", end="2025-12-07"))
        175
        """
        table = contract(name)
        if name not in self.tables:
            raise KeyError(
                f"The workspace has no table `{name}`. Import it: {table.source} ({table.meaning})."
            )
        if (start is not None or end is not None) and not table.time:
            raise ValueError(f"`{name}` has no time column. Leave `start` and `end` out.")
        return to_frame(name, rows(self.engine, name, market, day_of(start), day_of(end)))

    def scores(self, programme: str, market: str | None = None, attempt: str = "first") -> pd.DataFrame:
        """Return one row per person of a programme: scores of each wave, arm, team, session, trainer.

        Parameters
        ----------
        programme : str
        market : str, optional
        attempt : {"first", "last", "best"}
            Which attempt of a wave counts; also in ``.attrs["attempt"]``.

        Returns
        -------
        DataFrame
            moderator_id, market, cohort (period of first training, NaN = never), arm, team (on the programme's first
            day), session_id, trainer_id, status, pre, post, delayed (sum of item scores, NaN where not taken),
            max_score_… (of the form, NaN = unbounded or unknown), scale_… and answered_at_… of each wave, trained_at.

        Raises
        ------
        KeyError
            If there is no such programme.
        ValueError
            If there is no such market, or `attempt` is none of the three.

        Examples
        --------
        >>> scores = tne.open("data/sample").scores("appeals-workshop", market="IE")
        >>> scores["arm"].value_counts().to_dict(), scores.attrs["attempt"]
        ({'trained': 14}, 'first')
        """
        known_market(self.engine, market)
        if market is not None:
            return _frames.scores(self.engine, programme, market, attempt)
        asked = ("scores", programme, attempt)
        return self._shared(asked, lambda: _frames.scores(self.engine, programme, None, attempt))

    def parts_shown(self, programme: str, parts: Mapping[str, Collection[str]]) -> tuple[str, ...]:
        """Return which groups of those trained and tested twice a report may show beside what was released before.

        Parameters
        ----------
        programme : str
        parts : mapping of str to collection of str
            People (moderator_id) by group.

        Returns
        -------
        tuple of str
            All of them where no report is made; see docs/ledger.md.

        Raises
        ------
        LedgerError
            If the ledger of what was released cannot be read.

        Examples
        --------
        >>> ws = tne.open("data/sample")
        >>> ws.parts_shown("onboarding", {"new": ["m_1", "m_2"]})
        ('new',)
        """
        if self.root is None:
            return tuple(parts)
        return note_parts(self.root, self.config, ("tests pre+post", programme, "trained"), parts)

    def item_scores(
        self, programme: str, wave: str, form: str, market: str | None = None, attempt: str = "first"
    ) -> pd.DataFrame:
        """Return people × items for one form in one wave: index moderator_id, one column per item.

        Parameters
        ----------
        programme, wave, form : str
        market : str, optional
        attempt : {"first", "last", "best"}
            Which attempt counts.

        Returns
        -------
        DataFrame
            People × items in points, NaN where not answered: what `cronbach_alpha`, `mcdonald_omega` and `irt` take.

        Raises
        ------
        KeyError
            If there is no such programme, or nobody answered that form in that wave.
        ValueError
            If `attempt` is none of the three.

        Examples
        --------
        >>> sheet = {"attempt_id": "a", "item_id": ["q1", "q2"], "moderator_id": "p1", "market": "IE", "score": [0, 1]}
        >>> sheet |= {"programme_id": "onboarding", "wave": "pre", "form": "A"}
        >>> sample = tne.open("data/sample")
        >>> tables = {name: sample.table(name) for name in ("markets", "programmes")}
        >>> ws = tne.Workspace.from_frames(tables | {"responses": pd.DataFrame(sheet)})
        >>> ws.item_scores("onboarding", "pre", "A").to_numpy()
        array([[0., 1.]])
        """
        return _frames.item_scores(self.engine, programme, wave, form, market, attempt)

    def tests(self, market: str | None = None) -> pd.DataFrame:
        """Return one row per programme, form and wave that somebody took: n_people and n_items, waves in order.

        Parameters
        ----------
        market : str, optional

        Returns
        -------
        DataFrame
            programme_id, form, wave, n_people, n_items.

        Raises
        ------
        ValueError
            If there is no such market.

        Examples
        --------
        >>> tne.open("data/sample").tests().empty  # the sample has no responses
        True
        """
        known_market(self.engine, market)
        return _sheets.taken(self.engine, market)

    def item_responses(
        self,
        programme: str,
        wave: str | None = None,
        form: str | None = None,
        market: str | None = None,
        attempt: str = "first",
    ) -> pd.DataFrame:
        """Return one row per person and question: what `item_analysis` takes.

        Parameters
        ----------
        programme : str
        wave, form, market : str, optional
            Only these; None: all.
        attempt : {"first", "last", "best"}
            Which attempt at a form in a wave counts; also in ``.attrs["attempt"]``.

        Returns
        -------
        DataFrame
            moderator_id, market, language (of the market), wave, form, item_id (ordered: question 2 before 10),
            policy_area, response, score, max_score (NaN = unbounded or unknown), key. Empty where nobody answered.

        Raises
        ------
        KeyError
            If there is no such programme.
        ValueError
            If there is no such market, or `attempt` is none of the three.

        Examples
        --------
        >>> tne.open("data/sample").item_responses("onboarding").columns.tolist()[3:6]
        ['wave', 'form', 'item_id']
        """
        known_market(self.engine, market)
        if market is not None:
            return _sheets.item_responses(self.engine, programme, wave, form, market, attempt)
        asked = ("item_responses", programme, wave, form, attempt)
        return self._shared(
            asked, lambda: _sheets.item_responses(self.engine, programme, wave, form, None, attempt)
        )

    def people(self, market: str | None = None) -> pd.DataFrame:
        """Return one row per person, of the latest spell.

        Parameters
        ----------
        market : str, optional

        Returns
        -------
        DataFrame
            moderator_id, market, team, site, languages, queue, employer, hired_on, left_on, tenure_weeks and duration
            (weeks from hire until left or `as_of`), cohort (period of the hire week), event (left by `as_of`).

        Examples
        --------
        >>> people = tne.open("data/sample").people("IE")
        >>> len(people), people["tenure_weeks"].median().round(1).item()
        (14, 82.4)
        """
        return _frames.people(self.engine, market)

    def panel(
        self, programme: str | None = None, market: str | None = None, *, provisional: bool = False
    ) -> pd.DataFrame:
        """Return one row per person and week with audits or production.

        Parameters
        ----------
        programme : str, optional
            Programme whose policy areas, cohorts and arms are meant. None: all areas, first training of any
            programme, home_team = first team, other_programmes = all programmes completed by that week.
        market : str, optional
        provisional : bool
            Keep weeks whose usual audit lag has not elapsed (column `provisional`).

        Returns
        -------
        DataFrame
            market, moderator_id, team, home_team, period, week, n, n_correct, weight_sum, weighted_correct,
            weighted_correct_sq, weight_sq_sum, expected_correct, new_policy_weight, outside_weight_sum,
            outside_weighted_correct, false_positive, false_negative, wrong_policy, technical, cases,
            handle_seconds, exposure_minutes, tenure_weeks, arm, assigned, cohort, home_cohort, event_time,
            other_programmes, weeks_since_other, policy_changes, provisional. Seeded audits do not count.

        Raises
        ------
        KeyError
            If there is no such programme, or no table `markets` with the time zones.
        ValueError
            If there is no such market.

        Notes
        -----
        `week` is the market's local ISO week of the decision. `team` is the one at the end of that week. `home_team`
        is the one on the programme's first day, or the first later one; movers stay in it. `home_cohort` (roll-out by
        team or site) is the median planned week of the people who belonged there when planned, NaN if they were fewer
        than half of those who worked there. `expected_correct` is what the week's case mix (queue × policy area) would
        give at the market's rates of before the programme; the columns outside_… are the audits of other policy areas.
        `new_policy_weight` was decided under a version that came into force after the baseline began, and
        `policy_changes` counts such versions by that week. `weeks_since_other`: since another programme trained the
        person last. A week is provisional while the 80th percentile of the market's time from decision to audit has
        not elapsed between its end and the market's latest audit.

        Examples
        --------
        >>> panel = tne.open("data/sample").panel(market="IE")
        >>> len(panel), panel["moderator_id"].nunique(), panel["n"].sum().item(), panel["n_correct"].sum().item()
        (151, 14, 1922, 1660)
        """
        known_market(self.engine, market)
        if market is not None:
            return _panel.panel(self.engine, programme, market, provisional=provisional)
        asked = ("panel", programme, provisional)
        return self._shared(asked, lambda: _panel.panel(self.engine, programme, provisional=provisional))

    def _shared(self, asked: tuple[Any, ...], make: Callable[[], pd.DataFrame]) -> pd.DataFrame:
        """Return a frame over all markets, which the reports of one run need only compute once."""
        if not self.engine.files or self.market is not None:
            return make()
        waiting = [str(self.engine.made["held"])] if "held" in self.engine.made else []
        return shared_frame(self.engine.files, self.until, (*asked, *waiting), make)

    def series(
        self,
        measure: str,
        by: str | Sequence[str] = (),
        freq: str = "W",
        market: str | None = None,
        *,
        provisional: bool = False,
    ) -> pd.DataFrame:
        """Return one measure over time.

        Parameters
        ----------
        measure : {"accuracy", "error_rate", "audits", "cases", "handle_seconds", "exposure_minutes", "overturn_rate"}
            Accuracy and error rate are weighted by audit sampling; seconds and minutes are per case.
        by : str or sequence of str
            Columns to split by: market, team, site, employer, queue, policy_area, ... as the measure allows.
        freq : {"W", "M"}
            Market-local ISO weeks or calendar months.
        market : str, optional
        provisional : bool
            Keep periods whose usual audit lag has not elapsed.

        Returns
        -------
        DataFrame
            The columns of `by`, period (weeks since 1970-01-05; months since 1970-01), week or month (first day),
            value, count and total (unweighted numerator and denominator), n (rows behind it: audits, appeals or
            production rows), n_people (NaN where the rows name nobody).

        Raises
        ------
        KeyError
            If a table that the measure needs is missing.
        ValueError
            If there is no such measure, market, or frequency, or the measure cannot be split by that column.

        Examples
        --------
        >>> monthly = tne.open("data/sample").series("accuracy", by="market", freq="M")
        >>> monthly.tail(2)[["market", "month", "count", "total"]]
          market      month  count  total
        4     IE 2025-10-01  725.0  828.0
        5     IE 2025-11-01  596.0  698.0
        """
        known_market(self.engine, market)
        return _series.series(self.engine, measure, by, freq, market, provisional=provisional)

    def audits_by(self, *columns: str, market: str | None = None) -> pd.DataFrame:
        """Return audits counted by columns such as policy_area and error_type.

        Parameters
        ----------
        *columns : str
            Such as ``"policy_area"``, ``"error_type"``, ``"market"``, ``"team"``, ``"queue"``.
        market : str, optional

        Returns
        -------
        DataFrame
            The columns, n, n_errors, n_people, weight_sum, weighted_errors, weight_sq_sum, weighted_errors_sq (Σ w²
            of errors), false_positive, false_negative, wrong_policy, technical. Seeded audits do not count.

        Raises
        ------
        KeyError
            If there are no audits.
        ValueError
            If audits cannot be counted by that column, or there is no such market.

        Examples
        --------
        >>> tne.open("data/sample").audits_by("market")[["market", "n", "n_errors", "n_people"]]
          market      n  n_errors  n_people
        0     ES  16096      2874       111
        1     IE   2096       281        14
        """
        known_market(self.engine, market)
        return _series.audits_by(self.engine, columns, market)

    def quality(self, market: str | None = None, tables: Collection[str] | None = None) -> _quality.Quality:
        """Check whether the tables are whole: freshness, coverage, joins, duplicates, impossible times, drift.

        Parameters
        ----------
        market : str, optional
            Only this market's rows, and those of no market.
        tables : collection of str, optional
            Only these.

        Returns
        -------
        Quality
            `to_frame`: one row per market, table and check with its status; `require` stops where the data pass a limit
            that stops; `since` leaves out what ended before a day. The limits stand in ``[quality]`` of ``tne.toml``.

        Raises
        ------
        ValueError
            If ``[quality]`` has unknown keys or impossible limits, or there is no such market.

        Examples
        --------
        >>> sheet = pd.DataFrame({"attempt_id": "a", "item_id": ["q1", "q2"], "moderator_id": "p1", "market": "IE"})
        >>> sheet = sheet.assign(programme_id="onboarding", wave="pre", form="A", score=[0, 1])
        >>> markets = tne.open("data/sample").markets
        >>> ws = tne.Workspace.from_frames({"markets": markets, "responses": sheet})
        >>> checked = ws.quality(market="IE").to_frame()
        >>> checked.loc[checked["status"] == "pass", ["table", "check", "value"]]
               table           check  value
        6  responses  close_attempts    0.0
        7  responses           twice    0.0
        """
        known_market(self.engine, market)

        def reopen(market: str, version: Version) -> Engine:
            return open(self.root, market=market, as_of=version).engine

        def make() -> pd.DataFrame:
            kept = reopen if self.engine.files else None  # a warehouse keeps no earlier imports
            return _quality.quality(self.engine, self.config, root=self.root, reopen=kept)

        asked = ("quality", self.engine.market, repr(self.config.get("quality")))
        made = make() if not self.engine.files else shared_frame(self.engine.files, self.until, asked, make)
        return _quality.shown(made, market, tables, min_n=min_n_of(self.config))


def _workspace(
    engine: Engine,
    root: Path | None,
    config: dict[str, Any],
    plans: tuple[dict[str, Any], ...],
    day: dt.date | None,
) -> Workspace:
    last = engine.frame(latest_sql()).iloc[0]["last_seen"]
    as_of = pd.NaT if pd.isna(last) else pd.Timestamp(last).tz_localize("UTC")
    engine.made["as_of"] = as_of
    plans = known_plans(plans, day)
    return Workspace(root=root, config=config, plans=plans, until=day, as_of=as_of, engine=engine)
