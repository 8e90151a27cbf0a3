"""``python -m tests.prove [NAME ...]``: run the proofs that are stale, or those named, and list all.

Without a name the published cases are run, too, and counted.
"""

import sys

from tests.prove import listing, published
from tests.prove.adjust import ADJUST
from tests.prove.agreement import AGREEMENT
from tests.prove.demos import DEMOS, GRADES
from tests.prove.disclosure import DISCLOSURE
from tests.prove.disclosure_files import FOLDERS
from tests.prove.engines import ENGINES
from tests.prove.fairness import FAIRNESS
from tests.prove.faults import FAULTS
from tests.prove.gain import GAINS
from tests.prove.harness import main
from tests.prove.hostile import HOSTILE
from tests.prove.imports import IMPORTS
from tests.prove.irt import IRT_ITEMS, LATENT_GAIN, S3
from tests.prove.items import DIF_PROOF, ITEMS_PROOF
from tests.prove.mixed import AUDITS, COMPONENTS
from tests.prove.needs import AUDITS as AUDIT_ACCURACY
from tests.prove.needs import NEEDS, STRICTNESS_PROOF
from tests.prove.pages import PAGES
from tests.prove.pooling import POOLING
from tests.prove.portfolio import PORTFOLIO
from tests.prove.proficiency import PROFICIENCY
from tests.prove.quality import QUALITY
from tests.prove.reliability import OMEGA, RELIABILITY, RELIABLE_CHANGE
from tests.prove.retention import RETENTION
from tests.prove.schools import SCHOOLS
from tests.prove.sensitivity import SENSITIVITY
from tests.prove.series import SERIES
from tests.prove.staggered import STAGGERED
from tests.prove.suppression import SUPPRESSION
from tests.prove.survey import INTERVALS, NONRESPONSE, ORDERED
from tests.prove.synthetic import SYNTHETIC
from tests.prove.threats import THREATS
from tests.prove.trainers import TRAINERS_PROOF
from tests.prove.triage import TRIAGE
from tests.prove.trial import DESIGN, TRIAL
from tests.prove.two_way import TWO_WAY
from tests.prove.value import VALUE
from tests.prove.weekly import WEEKLY

LEARNING = [
    GAINS,
    ITEMS_PROOF,
    DIF_PROOF,
    RELIABILITY,
    OMEGA,
    RELIABLE_CHANGE,
    RETENTION,
    S3,
    IRT_ITEMS,
    LATENT_GAIN,
    FAIRNESS,
]
REACTION = [COMPONENTS, AUDITS, NONRESPONSE, INTERVALS, ORDERED]
IMPACT = [STAGGERED, TWO_WAY, SENSITIVITY, SERIES, SYNTHETIC, ADJUST, TRIAL, DESIGN, THREATS]
NEXT = [AGREEMENT, AUDIT_ACCURACY, STRICTNESS_PROOF, NEEDS, TRIAGE, WEEKLY]
WHOLE = [PROFICIENCY, VALUE, POOLING, TRAINERS_PROOF, PORTFOLIO]
PROOFS = [
    ENGINES,
    DEMOS,
    GRADES,
    SCHOOLS,
    FAULTS,
    IMPORTS,
    QUALITY,
    SUPPRESSION,
    DISCLOSURE,
    FOLDERS,
    PAGES,
    HOSTILE,
    *LEARNING,
    *REACTION,
    *IMPACT,
    *NEXT,
    *WHOLE,
]

if __name__ == "__main__":
    names = sys.argv[1:]
    code = main(PROOFS, names)
    if not names and code != 2:
        code = max(code, published.run())
    listing.write()
    sys.exit(code)
