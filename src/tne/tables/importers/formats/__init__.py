"""The formats that are known without a mapping file, one module each; the registry."""

from __future__ import annotations

from tne.tables.importers.formats.adobe_learning_manager import FORMAT as adobe_learning_manager
from tne.tables.importers.formats.coop_appeals import FORMAT as coop_appeals
from tne.tables.importers.formats.coop_console import DECISIONS_FORMAT as coop_decisions
from tne.tables.importers.formats.coop_console import SKIPS_FORMAT as coop_skips
from tne.tables.importers.formats.format import Ask, Format
from tne.tables.importers.formats.label_studio import FORMAT as label_studio
from tne.tables.importers.formats.microsoft_forms import FORMAT as microsoft_forms
from tne.tables.importers.formats.microsoft_forms_survey import FORMAT as microsoft_forms_survey
from tne.tables.importers.formats.moodle_attendance import FORMAT as moodle_attendance
from tne.tables.importers.formats.moodle_grades import FORMAT as moodle_grades
from tne.tables.importers.formats.moodle_responses import FORMAT as moodle_responses
from tne.tables.importers.formats.qualtrics import FORMAT as qualtrics
from tne.tables.importers.formats.teams_attendance import FORMAT as teams_attendance
from tne.tables.importers.formats.xapi import FORMAT as xapi
from tne.tables.importers.formats.zoom_attendance import FORMAT as zoom_attendance

FORMATS: tuple[Format, ...] = (
    adobe_learning_manager,
    coop_appeals,
    coop_decisions,
    coop_skips,
    label_studio,
    microsoft_forms,
    microsoft_forms_survey,
    moodle_attendance,
    moodle_grades,
    moodle_responses,
    qualtrics,
    teams_attendance,
    xapi,
    zoom_attendance,
)
BY_NAME = {known.name: known for known in FORMATS}

__all__ = ["BY_NAME", "FORMATS", "Ask", "Format"]
