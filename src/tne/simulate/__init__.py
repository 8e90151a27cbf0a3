"""A company with known training effects: what the demo, the tests and the proofs are made of."""

from tne.simulate.demo import Demo, demo
from tne.simulate.markets import Market

__all__ = ["Demo", "Market", "demo"]
