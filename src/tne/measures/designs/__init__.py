"""One module per roll-out design: from the person × week panel to an effect with its checks."""

from tne.measures.designs.doubts import doubted
from tne.measures.designs.findings import ACCURACY, Findings, Outcome, undefined
from tne.measures.designs.market import single_market
from tne.measures.designs.persons import randomised
from tne.measures.designs.selected import targeted
from tne.measures.designs.teams import staggered

__all__ = [
    "ACCURACY",
    "Findings",
    "Outcome",
    "doubted",
    "randomised",
    "single_market",
    "staggered",
    "targeted",
    "undefined",
]
