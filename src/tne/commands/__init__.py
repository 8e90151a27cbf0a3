"""What each command of ``tne`` does; `tne.cli` only reads its arguments."""

from tne.commands.reports import run, schedule, status
from tne.commands.tables import check, demo, import_, plan, sample

__all__ = ["check", "demo", "import_", "plan", "run", "sample", "schedule", "status"]
