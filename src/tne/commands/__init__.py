"""What each command of ``tne`` does; `tne.cli` only reads its arguments."""

from tne.commands.doctor import doctor
from tne.commands.init import init
from tne.commands.keys import key
from tne.commands.ledger import ledger
from tne.commands.lint import lint
from tne.commands.new import new
from tne.commands.reports import run, schedule, status
from tne.commands.scan import scan
from tne.commands.sharing import publish
from tne.commands.store import store
from tne.commands.tables import check, demo, import_, plan, sample

__all__ = [
    "check",
    "demo",
    "doctor",
    "import_",
    "init",
    "key",
    "ledger",
    "lint",
    "new",
    "plan",
    "publish",
    "run",
    "sample",
    "scan",
    "schedule",
    "status",
    "store",
]
