"""``python -m tests.prove [NAME ...]``: run the proofs that are stale, or those named, and list all."""

import sys

from tests.prove import listing
from tests.prove.demos import DEMOS, GRADES
from tests.prove.faults import FAULTS
from tests.prove.harness import main
from tests.prove.schools import SCHOOLS

PROOFS = [DEMOS, GRADES, SCHOOLS, FAULTS]

if __name__ == "__main__":
    code = main(PROOFS, sys.argv[1:])
    listing.write()
    sys.exit(code)
