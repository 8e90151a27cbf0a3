"""The contracts of who, what and when: markets, people, programmes, sessions, policies and costs."""

from __future__ import annotations

from tne.tables.schema import Column, Table, count, day, instant, number, text

MARKET = text("market", "market code, for example `DE`", pattern=r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")
MODERATOR = text("moderator_id", "keyed pseudonym of the moderator")
PROGRAMME = text("programme_id", "training programme")
SESSION = text("session_id", "session of a programme")
AREA = text("policy_area", "policy area, for example `hate`")


def optional(column: Column) -> Column:
    """The same column where it may be absent or null."""
    return Column(**{**column.__dict__, "optional": True})


PEOPLE_TABLES: tuple[Table, ...] = (
    Table(
        name="markets",
        meaning="one market",
        source="written by hand",
        key=("market",),
        columns=(
            MARKET,
            text("name", "name to print"),
            text(
                "language", "language of its reports (BCP 47)", pattern=r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*"
            ),
            text("timezone", "time zone (IANA)"),
            text("currency", "currency (ISO 4217)", pattern=r"[A-Z]{3}"),
            text("region", "region to print", optional=True),
        ),
    ),
    Table(
        name="moderators",
        meaning="one spell of one moderator: a move starts a new row and leaves the past as it was",
        source="roster export",
        key=("moderator_id", "valid_from"),
        time="valid_from",
        known="valid_from",
        ordered=(("valid_from", "valid_to"), ("hired_on", "left_on")),
        columns=(
            MODERATOR,
            day("valid_from", "first day of the spell"),
            day("valid_to", "last day of the spell; null while it lasts", optional=True, since="valid_to"),
            MARKET,
            text("site", "site", optional=True),
            text("team", "team"),
            text("languages", "languages, separated by `;`", optional=True),
            text("queue", "usual queue", optional=True),
            text("employer", "who employs", optional=True, values=("internal", "vendor")),
            day("hired_on", "first working day"),
            day("left_on", "last working day; null while employed", optional=True, since="left_on"),
        ),
    ),
    Table(
        name="programmes",
        meaning="one training programme",
        source="written by hand",
        key=("programme_id",),
        ordered=(("starts_on", "ends_on"),),
        columns=(
            PROGRAMME,
            text("title", "title to print"),
            text(
                "kind",
                "purpose",
                values=("onboarding", "policy_update", "refresher", "process", "product", "calibration"),
            ),
            text("modality", "form", values=("instructor_led", "e_learning", "blended")),
            text("rollout", "who gets it when", values=("randomised", "staggered", "targeted", "universal")),
            text("rollout_unit", "what is rolled out to", values=("person", "team", "site", "market")),
            text("selected_by", "what people were selected by", optional=True),
            day("planned_start_on", "start as planned"),
            day("starts_on", "first day"),
            day("ends_on", "last day", optional=True),
            text("stage", "stage in the oversight register, for example `live`"),
            text("owner_role", "role that owns it, never a name", optional=True),
            text("primary_measure", "measure that decides, for example `accuracy`", optional=True),
            text(
                "target_policy_areas", "policy areas it aims at, separated by `;`; empty = all", optional=True
            ),
            number(
                "minimum_effect", "smallest effect worth having", "percentage points", optional=True, above=0
            ),
            count(
                "baseline_weeks", "weeks before the start that are compared", "weeks", optional=True, low=1
            ),
            count("window_weeks", "weeks after training that are judged", "weeks", optional=True, low=1),
        ),
    ),
    Table(
        name="sessions",
        meaning="one session in one market",
        source="LMS or calendar export",
        key=("session_id",),
        time="starts_at",
        known="starts_at",
        columns=(
            SESSION,
            PROGRAMME,
            MARKET,
            text("trainer_id", "keyed pseudonym of the trainer", optional=True),
            text("modality", "form", values=("instructor_led", "e_learning", "blended")),
            text("language", "language of the session (BCP 47)"),
            instant("starts_at", "start"),
            number("duration_minutes", "length", "min", optional=True, low=0),
            count("capacity", "places", "people", optional=True),
        ),
    ),
    Table(
        name="attendance",
        meaning="one stay of one person in one session",
        source="Teams, Zoom or LMS attendance",
        key=("session_id", "moderator_id", "joined_at"),
        time="joined_at",
        known="joined_at",
        observed=True,
        columns=(
            SESSION,
            MODERATOR,
            instant("joined_at", "joined"),
            number("minutes", "time present", "min", optional=True, low=0),
        ),
    ),
    Table(
        name="enrolments",
        meaning="one person's place in one programme",
        source="LMS export",
        key=("programme_id", "moderator_id"),
        time="assigned_on",
        known="assigned_on",
        observed=True,
        columns=(
            PROGRAMME,
            MODERATOR,
            MARKET,
            optional(SESSION),
            day("assigned_on", "day of assignment"),
            text("arm", "arm of a pilot", optional=True, values=("trained", "waitlist", "control")),
            text(
                "status",
                "where it stands",
                values=("assigned", "attended", "completed", "no_show", "withdrawn"),
                since="completed_at",
                before="assigned",
            ),
            instant("completed_at", "completed", optional=True, since="completed_at"),
        ),
    ),
    Table(
        name="policies",
        meaning="one version of one policy area in one market",
        source="written by hand or policy system",
        key=("market", "policy_area", "policy_version"),
        time="effective_at",
        known="effective_at",
        columns=(
            MARKET,
            AREA,
            text("policy_version", "version"),
            instant("effective_at", "in force from"),
            text("title", "title to print"),
        ),
    ),
    Table(
        name="costs",
        meaning="one cost of one programme in one market",
        source="cost sheet",
        key=("cost_id",),
        time="incurred_on",
        known="incurred_on",
        columns=(
            text("cost_id", "cost"),
            PROGRAMME,
            MARKET,
            text("item", "what was paid for"),
            number("amount", "amount", "currency"),
            text("currency", "currency (ISO 4217)", pattern=r"[A-Z]{3}"),
            day("incurred_on", "day incurred"),
        ),
    ),
)
