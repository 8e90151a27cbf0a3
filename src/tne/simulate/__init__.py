"""A company with known training effects: what the demo, the tests and the proofs are made of."""

from tne.simulate.demo import SEED, Demo, demo
from tne.simulate.markets import Market
from tne.simulate.sample import sample

__all__ = ["SEED", "Demo", "Market", "demo", "sample"]
