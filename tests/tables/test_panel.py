"""The person × week panel, counted by hand: weeks of two zones, weights, movers, joiners, leavers, homes."""

import numpy as np
import pandas as pd
import pytest
import small_company as small
from small_company import closing_audit, period

from tne.measures.cohorts import assign_cohort
from tne.tables.workspace import Workspace

STAFF = [
    ("m1", "2026-01-05", None, "DE", "A", "2026-01-05", None),
    ("m2", "2026-01-05", None, "DE", "A", "2026-01-05", None),
]


def company(rows, staff=STAFF, **tables):
    return Workspace.from_frames(
        {
            "markets": tables.pop("markets", small.markets()),
            "moderators": small.moderators(staff),
            "programmes": tables.pop("programmes", small.programmes()),
            "audits": small.audits([*rows, closing_audit()]),
            **tables,
        }
    )


@pytest.mark.parametrize(
    ("market", "decided_at", "week"),
    [
        ("BR", "2026-03-01 23:30", "2026-02-23"),  # 20:30 on Sunday
        ("BR", "2026-03-02 02:59", "2026-02-23"),  # 23:59 on Sunday
        ("BR", "2026-03-02 03:00", "2026-03-02"),  # midnight
        ("DE", "2026-03-01 23:30", "2026-03-02"),  # 00:30 on Monday
        ("DE", "2026-03-01 22:59", "2026-02-23"),  # 23:59 on Sunday
        ("DE", "2026-03-22 22:30", "2026-03-16"),  # winter time, 23:30 on Sunday
        ("DE", "2026-03-29 22:30", "2026-03-30"),  # summer time since that morning, 00:30 on Monday
        ("DE", "2026-10-25 22:30", "2026-10-19"),  # winter time since that morning, 23:30 on Sunday
        ("DE", "2026-12-31 12:00", "2026-12-28"),  # one week on both sides of the year's end
        ("DE", "2027-01-03 22:59", "2026-12-28"),
        ("DE", "2027-01-03 23:00", "2027-01-04"),
    ],
)
def test_week_is_the_local_iso_week_by_hand(market, decided_at, week):
    late = closing_audit(market)
    ws = Workspace.from_frames(
        {"markets": small.markets(), "audits": small.audits([(market, "m1", decided_at, True, 1), late])}
    )
    row = ws.panel().query("moderator_id == 'm1'").iloc[0]
    assert row["week"] == pd.Timestamp(week)
    assert row["period"] == period(week)


def test_weeks_equal_pandas_in_zones_with_odd_midnights(rng):
    zones = ["Asia/Kathmandu", "Pacific/Kiritimati", "America/Santiago", "Pacific/Pago_Pago", "Europe/London"]
    codes = [f"M{i}" for i in range(len(zones))]
    markets = pd.concat([small.markets().iloc[[0]]] * len(zones), ignore_index=True)
    markets = markets.assign(market=codes, timezone=zones)
    start = pd.Timestamp("2025-01-01")
    rows, expected = [], {}
    for code, zone in zip(codes, zones, strict=True):
        for i, minutes in enumerate(rng.integers(0, 60 * 24 * 700, 150)):
            at = start + pd.Timedelta(minutes=int(minutes))
            rows.append((code, f"{code}-{i}", str(at), True, 1))
            local = at.tz_localize("UTC").tz_convert(zone).tz_localize(None).normalize()
            expected[f"{code}-{i}"] = (local - pd.Timestamp("1970-01-05")).days // 7
    ws = Workspace.from_frames({"markets": markets, "audits": small.audits(rows)})
    got = ws.panel(provisional=True).set_index("moderator_id")["period"].to_dict()
    assert got == expected


def test_weights_and_error_counts_by_hand():
    """m1, one week: right w 1, right w 3, wrong w 2, wrong w 4; a seeded audit does not count."""
    rows = [
        ("DE", "m1", "2026-03-02 10:00", True, 1),
        ("DE", "m1", "2026-03-03 10:00", True, 3),
        ("DE", "m1", "2026-03-04 10:00", False, 2, "hate", "false_positive"),
        ("DE", "m1", "2026-03-05 10:00", False, 4, "hate", "wrong_policy"),
        ("DE", "m1", "2026-03-05 11:00", False, 9, "hate", "technical", True),
    ]
    row = company(rows).panel("p", "DE").query("moderator_id == 'm1'").iloc[0]
    assert (row["n"], row["n_correct"]) == (4, 2)
    assert (row["weight_sum"], row["weighted_correct"]) == (10, 4)
    assert (row["weighted_correct_sq"], row["weight_sq_sum"]) == (1 + 9, 1 + 9 + 4 + 16)
    assert row[["false_positive", "false_negative", "wrong_policy", "technical"]].tolist() == [1, 0, 1, 0]
    assert row["tenure_weeks"] == period("2026-03-02") - period("2026-01-05")
    assert np.isnan(row["cases"])


def test_only_target_areas_count_and_the_choice_does_not_stick():
    rows = [
        ("DE", "m1", "2026-03-02 10:00", True, 1, "spam"),
        ("DE", "m1", "2026-03-03 10:00", False, 1, "hate"),
    ]
    aimed = small.programmes(target_policy_areas="spam; minors")
    other = small.programmes(programme_id="q")
    ws = company(rows, programmes=pd.concat([aimed, other], ignore_index=True))
    for programme, n in (("p", 1), ("q", 2), ("p", 1), (None, 2)):
        assert ws.panel(programme).query("moderator_id == 'm1'")["n"].tolist() == [n]
    assert ws.panel("p").attrs["areas"] == ["minors", "spam"]


def test_production_weeks_without_audits_are_rows():
    production = pd.DataFrame(
        {
            "market": "DE",
            "moderator_id": "m1",
            "queue": ["a", "b", "a"],
            "date": small.days("2026-03-02", "2026-03-08", "2026-03-09"),
            "cases": [100, 50, 7],
            "handle_seconds": [3000.0, 1500.0, None],
        }
    )
    panel = company([("DE", "m1", "2026-03-09 10:00", True, 1)], production=production).panel("p")
    panel = panel.query("moderator_id == 'm1'").set_index("week")
    assert panel["n"].tolist() == [0, 1]
    assert panel["cases"].tolist() == [150, 7]
    assert panel["handle_seconds"].fillna(-1).tolist() == [4500, -1]
    assert panel["exposure_minutes"].isna().all()


def test_movers_joiners_and_leavers_by_hand():
    """m1 moves on Wednesday 11 March, after the start on the 9th; j joins on the 18th; x has left before."""
    staff = [
        ("m1", "2026-01-05", "2026-03-10", "DE", "A", "2026-01-05", None),
        ("m1", "2026-03-11", None, "DE", "B", "2026-01-05", None),
        ("j", "2026-03-18", None, "DE", "B", "2026-03-18", None),
        ("x", "2026-01-05", "2026-02-27", "DE", "C", "2026-01-05", "2026-02-27"),
    ]
    rows = [("DE", "m1", f"2026-{d} 10:00", True, 1) for d in ("03-02", "03-09", "03-16")]
    rows += [("DE", "j", "2026-03-18 10:00", True, 1), ("DE", "x", "2026-02-24 10:00", True, 1)]
    panel = company(rows, staff).panel("p").set_index("moderator_id")
    assert panel.loc["m1", "team"].tolist() == ["A", "B", "B"]
    assert set(panel.loc["m1", "home_team"]) == {"A"}
    assert panel.loc["j", ["team", "home_team", "tenure_weeks"]].tolist() == ["B", "B", 0]
    assert panel.loc["x", "home_team"] == "C"


def rollout(staff, enrolled, **more):
    rows = [("DE", who, "2026-03-02 10:00", True, 1) for who in dict.fromkeys(s[0] for s in staff)]
    sessions = small.sessions([("s1", "DE", "2026-03-10 09:00"), ("s2", "DE", "2026-03-24 09:00")])
    tables = {"sessions": sessions, "enrolments": small.enrolments(enrolled)}
    panel = company(rows, staff, programmes=small.programmes(**more), **tables).panel("p")
    return panel.query("moderator_id != 'late'").set_index("moderator_id")


def test_home_cohort_is_the_planned_week_of_the_home_team_by_hand():
    """A: 3 of 4 planned for the 10th (one absent, one untold); B: 1 of 3, fewer than half; C: nobody."""
    teams = {"A": ["a1", "a2", "a3", "a4"], "B": ["b1", "b2", "b3"], "C": ["c1"]}
    staff = [
        (w, "2026-01-05", None, "DE", t, "2026-01-05", None) for t, people in teams.items() for w in people
    ]
    enrolled = [
        ("a1", "DE", "s1", "2026-03-02", "trained", "completed", "2026-03-11 09:00"),
        ("a2", "DE", "s1", "2026-03-02", "trained", "no_show", None),
        ("a3", "DE", "s2", "2026-03-02", "trained", "completed", "2026-03-24 11:00"),
        ("b1", "DE", "s1", "2026-03-02", "trained", "attended", None),
    ]
    panel = rollout(staff, enrolled)
    first, second = float(period("2026-03-09")), float(period("2026-03-23"))
    assert panel["home_cohort"].fillna(-1).to_dict() == {
        **dict.fromkeys(teams["A"], first),
        **dict.fromkeys([*teams["B"], "c1"], -1),
    }
    assert panel["cohort"].dropna().to_dict() == {"a1": first, "a3": second, "b1": first}
    assert panel.loc["a1", "event_time"] == period("2026-03-02") - first
    assert panel["assigned"].sum() == 4


def test_later_joiners_do_not_undo_a_teams_cohort():
    staff = [(w, "2026-01-05", None, "DE", "A", "2026-01-05", None) for w in ("a1", "a2")]
    staff += [(f"j{i}", "2026-05-04", None, "DE", "A", "2026-05-04", None) for i in range(5)]
    enrolled = [(w, "DE", "s1", "2026-03-02", None, "attended", None) for w in ("a1", "a2")]
    assert (rollout(staff, enrolled)["home_cohort"] == period("2026-03-09")).all()


def test_persons_have_no_home_cohort_and_a_waitlist_counts_when_trained():
    staff = [(w, "2026-01-05", None, "DE", "A", "2026-01-05", None) for w in ("a1", "a2", "a3")]
    enrolled = [
        ("a1", "DE", "s1", "2026-03-02", "trained", "attended", None),
        ("a2", "DE", "s2", "2026-03-02", "waitlist", "attended", None),
        ("a3", "DE", None, "2026-03-02", "control", "assigned", None),
    ]
    panel = rollout(staff, enrolled, rollout="randomised", rollout_unit="person")
    assert panel["home_cohort"].isna().all()
    assert panel["arm"].to_dict() == {"a1": "trained", "a2": "waitlist", "a3": "control"}
    assert panel["cohort"].fillna(-1).tolist() == [period("2026-03-09"), period("2026-03-23"), -1]


def test_weeks_are_provisional_while_the_usual_lag_has_not_elapsed():
    """All lags are 72 h; the latest audit is Wednesday 18 March 12:00, the Berlin week ended Sunday 23:00 UTC."""
    rows = [("DE", "m1", f"2026-03-{d} 12:00", True, 1) for d in ("02", "09", "15")]
    base = {"markets": small.markets(), "moderators": small.moderators(STAFF)}
    ws = Workspace.from_frames(base | {"audits": small.audits(rows)})
    assert ws.panel(provisional=True)["provisional"].tolist() == [False, True]
    assert ws.panel()["week"].tolist() == [pd.Timestamp("2026-03-02")]
    # eleven hours more and 72 h have elapsed since the week's end
    rows[-1] = ("DE", "m1", "2026-03-15 22:59", True, 1)
    assert (
        Workspace.from_frames(base | {"audits": small.audits(rows)})
        .panel(provisional=True)["provisional"]
        .any()
    )
    rows.append(("DE", "m1", "2026-03-15 23:00", True, 1))
    later = Workspace.from_frames(base | {"audits": small.audits(rows)}).panel(provisional=True)
    assert later.set_index("week")["provisional"].tolist() == [False, False, True]


def test_other_programmes_count_from_their_week():
    two = pd.concat([small.programmes(), small.programmes(programme_id="q")], ignore_index=True)
    done = [("m1", "DE", None, "2026-03-02", None, "completed", "2026-03-10 09:00")]
    enrolled = pd.concat(
        [small.enrolments(done), small.enrolments(done).assign(programme_id="q")], ignore_index=True
    )
    rows = [("DE", "m1", f"2026-03-{d} 10:00", True, 1) for d in ("02", "09", "16")]
    ws = company(rows, programmes=two, enrolments=enrolled)
    assert ws.panel("p").query("moderator_id == 'm1'")["other_programmes"].tolist() == [0, 1, 1]
    assert ws.panel().query("moderator_id == 'm1'")["other_programmes"].tolist() == [0, 2, 2]


def test_panel_without_any_other_table():
    ws = Workspace.from_frames(
        {
            "markets": small.markets(),
            "audits": small.audits([("DE", "m1", "2026-03-02 10:00", True, 1), closing_audit()]),
        }
    )
    row = ws.panel().iloc[0]
    assert row[["team", "home_team", "arm"]].tolist() == ["", "", ""]
    assert row[["cohort", "home_cohort", "event_time", "tenure_weeks", "cases"]].isna().all()
    assert not row["assigned"]


def test_one_market_is_a_slice_of_all(rng):
    rows = [
        (
            m,
            f"{m}{rng.integers(6)}",
            str(pd.Timestamp("2026-02-01") + pd.Timedelta(hours=int(h))),
            bool(c),
            int(w),
        )
        for m in ("DE", "BR")
        for h, c, w in zip(
            rng.integers(0, 1500, 200), rng.integers(0, 2, 200), rng.integers(1, 5, 200), strict=True
        )
    ]
    ws = company(rows)
    both = ws.panel("p", provisional=True)
    assert len(both) == both.drop_duplicates(["moderator_id", "period"]).shape[0]
    assert both["n"].sum() == len(rows) + 1
    for market in ("DE", "BR"):
        alone = ws.panel("p", market, provisional=True)
        pd.testing.assert_frame_equal(alone, both.query("market == @market").reset_index(drop=True))


def test_cohort_equals_assign_cohort(rng):
    """The SQL expression and the measure must never tell two stories."""
    start = pd.Timestamp("2026-02-01", tz="UTC")
    who = [f"m{i}" for i in range(120)]
    market = ["DE", "BR"] * 60
    at = [start + pd.Timedelta(minutes=int(m)) if m % 4 else None for m in rng.integers(0, 60 * 24 * 60, 120)]
    enrolled = [
        (w, m, None, "2026-01-26", None, "completed" if t is not None else "assigned", t)
        for w, m, t in zip(who, market, at, strict=True)
    ]
    staff = [(w, "2026-01-05", None, m, "A", "2026-01-05", None) for w, m in zip(who, market, strict=True)]
    rows = [(m, w, "2026-02-10 10:00", True, 1) for w, m in zip(who, market, strict=True)]
    panel = company(rows, staff, enrolments=small.enrolments(enrolled)).panel("p", provisional=True)
    people = pd.DataFrame({"moderator_id": who, "market": market, "trained_at": pd.to_datetime(at, utc=True)})
    people = people.merge(small.markets()[["market", "timezone"]], on="market", validate="many_to_one")
    expected = assign_cohort(people, trained_at="trained_at", period="W", timezone="timezone")
    got = panel.set_index("moderator_id")["cohort"].loc[who]
    np.testing.assert_array_equal(
        got.to_numpy(), expected.set_index("moderator_id")["cohort"].loc[who].to_numpy()
    )
    assert 0 < got.isna().sum() < 120


def policies(*rows):
    columns = ["market", "policy_area", "policy_version", "effective_at", "title"]
    frame = pd.DataFrame([(*row, "a change") for row in rows], columns=columns)
    return frame.assign(effective_at=pd.to_datetime(frame["effective_at"], utc=True, format="mixed"))


def test_other_areas_are_counted_apart_by_hand():
    rows = [
        ("DE", "m1", "2026-03-02 10:00", True, 1, "spam"),
        ("DE", "m1", "2026-03-03 10:00", False, 2, "hate", "wrong_policy"),
        ("DE", "m1", "2026-03-04 10:00", True, 3, "hate"),
        ("DE", "m2", "2026-03-03 10:00", True, 5, "hate"),
    ]
    panel = company(rows, programmes=small.programmes(target_policy_areas="spam")).panel("p", "DE")
    panel = panel.set_index("moderator_id")
    counted = ["n", "weight_sum", "outside_weight_sum", "outside_weighted_correct", "wrong_policy"]
    assert panel.loc["m1", counted].tolist() == [1, 1, 5, 3, 0]
    assert panel.loc["m2", counted].tolist() == [0, 0, 5, 5, 0]
    every = company(rows).panel("p", "DE").set_index("moderator_id")
    assert every.loc["m1", counted].tolist() == [3, 6, 0, 0, 1]


def test_the_case_mix_is_expected_at_the_rates_of_before_by_hand():
    """Before the start: spam right in 30 of 40, hate in 10 of 40, so 40 of 80 in the market; 20 audits lean on it.

    Area rates (30 + 20 × .5) / 60 and (10 + 20 × .5) / 60; the one queue leans on its area with the same weight.
    """
    rows = [("DE", "m1", "2026-02-03 10:00", i < 30, 1, "spam") for i in range(40)]
    rows += [("DE", "m1", "2026-02-03 11:00", i < 10, 1, "hate") for i in range(40)]
    rows += [
        ("DE", "m2", "2026-03-10 10:00", True, 3, "spam"),
        ("DE", "m2", "2026-03-10 11:00", False, 1, "hate"),
    ]
    panel = company(rows).panel("p").set_index(["moderator_id", "week"])
    spam, hate = (30 + 20 * 40 / 60) / 60, (10 + 20 * 20 / 60) / 60
    expected = panel.loc[("m2", pd.Timestamp("2026-03-09")), "expected_correct"]
    assert expected == pytest.approx(3 * spam + hate)


def test_policy_versions_of_the_window_are_found_by_hand():
    """The programme starts on 9 March with 2 baseline weeks: v2 of hate came after 23 February, v2 of spam before."""
    rows = [
        ("DE", "m1", "2026-02-24 10:00", True, 1, "hate"),
        ("DE", "m1", "2026-03-04 10:00", True, 2, "hate"),
        ("DE", "m1", "2026-03-04 11:00", True, 4, "spam"),
        ("DE", "m2", "2026-03-04 10:00", True, 1, "hate"),
    ]
    calendar = policies(
        ("DE", "hate", "1", "2025-01-01"), ("DE", "hate", "2", "2026-03-03 09:00"),
        ("DE", "spam", "1", "2025-01-01"), ("DE", "spam", "2", "2026-02-01"),
    )  # fmt: skip
    audits = small.audits([*rows, closing_audit()])
    # where the calendar does not know the audit's version, the one in force counts
    audits["policy_version"] = ["1", "2", "?", "?", "?"]
    tables = {"markets": small.markets(), "moderators": small.moderators(STAFF), "policies": calendar}
    tables |= {"programmes": small.programmes(baseline_weeks=2), "audits": audits}
    panel = Workspace.from_frames(tables).panel("p").query("moderator_id != 'late'")
    panel = panel.set_index(["moderator_id", "week"])
    first, second = pd.Timestamp("2026-02-23"), pd.Timestamp("2026-03-02")
    assert panel["policy_changes"].to_dict() == {("m1", first): 0, ("m1", second): 1, ("m2", second): 1}
    assert panel["new_policy_weight"].to_dict() == {("m1", first): 0, ("m1", second): 2, ("m2", second): 1}
    assert (
        Workspace.from_frames(tables).panel()["policy_changes"].max() == 2
    )  # none chosen: all of the calendar


def test_weeks_since_another_programme_by_hand():
    staff = [("m1", "2026-01-05", None, "DE", "A", "2026-01-05", None)]
    rows = [("DE", "m1", f"2026-{d} 10:00", True, 1) for d in ("03-02", "03-10", "03-24")]
    sessions = small.sessions([("s1", "DE", "2026-03-10 09:00")]).assign(programme_id="q")
    enrolled = small.enrolments([("m1", "DE", "s1", "2026-03-02", None, "attended", None)]).assign(
        programme_id="q"
    )
    both = pd.concat([small.programmes(), small.programmes(programme_id="q")], ignore_index=True)
    ws = company(rows, staff, programmes=both, sessions=sessions, enrolments=enrolled)
    panel = ws.panel("p").query("moderator_id == 'm1'")
    assert panel["weeks_since_other"].fillna(-1).tolist() == [-1, 0, 2]
    assert panel["other_programmes"].tolist() == [0, 1, 1]
    assert ws.panel("q").query("moderator_id == 'm1'")["weeks_since_other"].isna().all()
