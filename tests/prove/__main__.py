"""``python -m tests.prove [NAME ...]``: run the proofs that are stale, or those named, and list all.

Without a name the published cases are run, too, and counted.
"""

import sys

from tests.prove import listing, published
from tests.prove.demos import DEMOS, GRADES
from tests.prove.faults import FAULTS
from tests.prove.harness import main
from tests.prove.schools import SCHOOLS

PROOFS = [DEMOS, GRADES, SCHOOLS, FAULTS]

if __name__ == "__main__":
    names = sys.argv[1:]
    code = main(PROOFS, names)
    if not names and code != 2:
        code = max(code, published.run())
    listing.write()
    sys.exit(code)
