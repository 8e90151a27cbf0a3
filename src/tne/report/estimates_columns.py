"""Which columns has ``estimates.csv``? In their fixed order, the same for every report. Imports nothing."""

COLUMNS: tuple[str, ...] = (
    "report",
    "market",
    "programme_id",
    "level",
    "measure",
    "term",
    "group",
    "period",
    "estimate",
    "conf_low",
    "conf_high",
    "conf_level",
    "unit",
    "comparison",
    "n",
    "n_people",
    "grade",
    "precision",
    "decision",
    "note",
)
