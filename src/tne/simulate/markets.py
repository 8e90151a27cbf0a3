"""Which markets, policy areas and policy changes does the simulated company have?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from tne.checks import require_choice
from tne.simulate.calendar import dates, monday, utc
from tne.simulate.ids import stream

QUEUES = ("video", "live", "comments", "accounts")
COMMON_CHANGE = 26  # the hateful-conduct policy changes everywhere, two weeks before its update starts


@dataclass(frozen=True)
class Market:
    """A market and the size of its moderation team.

    Parameters
    ----------
    code, name, language, timezone, currency, region : str
        As in the table ``markets``.
    size : int
        Seats. A leaver's seat stays empty until the next hire wave.
    sites : tuple of str
        Two sites; the second is staffed by a vendor.
    wage : float
        Cost of an hour of moderation in the market's currency.
    workshop_week : int
        Simulated week of the appeals workshop.
    without : tuple of str
        Tables that the market does not export.
    """

    code: str
    name: str
    language: str
    timezone: str
    currency: str
    region: str
    size: int
    sites: tuple[str, str]
    wage: float
    workshop_week: int
    without: tuple[str, ...] = ()

    @property
    def teams(self) -> int:
        """Number of teams: 24 of 4 to 11 people from 100 people on, about six people each below that."""
        if self.size < 96:
            return max(2, -(-self.size // 6))
        return 24 if self.size <= 264 else -(-self.size // 9)


MARKETS: tuple[Market, ...] = (
    Market(
        "US",
        "United States",
        "en-US",
        "America/New_York",
        "USD",
        "North America",
        230,
        ("New York", "Tampa"),
        31,
        44,
    ),
    Market(
        "GB", "United Kingdom", "en-GB", "Europe/London", "GBP", "Europe", 170, ("London", "Leeds"), 23, 42
    ),
    Market("DE", "Germany", "de-DE", "Europe/Berlin", "EUR", "Europe", 150, ("Berlin", "Essen"), 27, 40),
    Market(
        "BR",
        "Brazil",
        "pt-BR",
        "America/Sao_Paulo",
        "BRL",
        "Latin America",
        130,
        ("São Paulo", "Curitiba"),
        48,
        38,
    ),
    Market("ES", "Spain", "es-ES", "Europe/Madrid", "EUR", "Europe", 110, ("Madrid", "Málaga"), 21, 23),
    Market(
        "FR",
        "France",
        "fr-FR",
        "Europe/Paris",
        "EUR",
        "Europe",
        72,
        ("Paris", "Lille"),
        28,
        16,
        ("production",),
    ),
    Market("IE", "Ireland", "en-IE", "Europe/Dublin", "EUR", "Europe", 14, ("Dublin", "Cork"), 29, 9),
)


@dataclass(frozen=True)
class Area:
    """A policy area: its share of audits (per mille), its ease (logit) and how its errors look."""

    code: str
    share: int
    ease: float
    errors: tuple[float, float, float, float]  # false positive, false negative, wrong policy, technical
    causes: tuple[float, float, float, float, float]  # in the order of audits.ROOT_CAUSES


AREAS: tuple[Area, ...] = (
    Area("hateful_conduct", 160, -0.15, (0.34, 0.42, 0.19, 0.05), (0.12, 0.26, 0.36, 0.21, 0.05)),
    Area("minor_safety", 100, 0.10, (0.25, 0.50, 0.20, 0.05), (0.10, 0.45, 0.10, 0.30, 0.05)),
    Area("adult_nudity", 180, 0.25, (0.50, 0.30, 0.15, 0.05), (0.10, 0.35, 0.10, 0.40, 0.05)),
    Area("violent_content", 130, 0.10, (0.40, 0.40, 0.15, 0.05), (0.12, 0.38, 0.10, 0.35, 0.05)),
    Area("harassment", 150, -0.15, (0.35, 0.40, 0.20, 0.05), (0.25, 0.35, 0.10, 0.25, 0.05)),
    Area("misinformation", 100, -0.55, (0.35, 0.35, 0.25, 0.05), (0.60, 0.15, 0.10, 0.10, 0.05)),
    Area("dangerous_acts", 80, 0.00, (0.40, 0.35, 0.20, 0.05), (0.15, 0.40, 0.10, 0.30, 0.05)),
    Area("spam_fraud", 100, 0.35, (0.35, 0.30, 0.10, 0.25), (0.05, 0.15, 0.05, 0.30, 0.45)),
)
AREA_CODES = tuple(area.code for area in AREAS)
AMBIGUOUS = "misinformation"
SHARES = np.array([area.share for area in AREAS]) / 1000


def choose(markets: Sequence[str | Market] | Mapping[str, int] | None) -> tuple[Market, ...]:
    """Return the markets to simulate.

    Parameters
    ----------
    markets : sequence of str or Market, mapping of code to size, or None
        None is all seven. A mapping overrides sizes, for example ``{"DE": 100}``.

    Raises
    ------
    ValueError
        If a code is unknown or a size is below 4.
    """
    known = {market.code: market for market in MARKETS}
    if markets is None:
        return MARKETS
    if isinstance(markets, str | Market):
        markets = (markets,)
    chosen = []
    for item in markets:
        if isinstance(item, Market):
            chosen.append(item)
            continue
        require_choice(item, tuple(known), "markets")
        size = markets[item] if isinstance(markets, Mapping) else known[item].size
        chosen.append(replace(known[item], size=int(size)))
    if any(market.size < 4 for market in chosen):
        raise ValueError(
            "A market has fewer than 4 people. Give every market at least 4, so that two teams exist."
        )
    return tuple(chosen)


def markets_table(markets: Sequence[Market]) -> pd.DataFrame:
    """Return the table ``markets``."""
    columns = {"market": "code", "name": "name", "language": "language", "timezone": "timezone"}
    columns |= {"currency": "currency", "region": "region"}
    return pd.DataFrame(
        {column: pd.array([getattr(m, f) for m in markets], dtype="str") for column, f in columns.items()}
    )


@dataclass(frozen=True, eq=False)
class Policies:
    """The policy changes of one market.

    Parameters
    ----------
    frame : DataFrame
        Rows of the table ``policies``.
    version : array of shape (areas, weeks)
        Version number in force, from 1.
    shock : array of shape (areas, weeks)
        Logit change that the policy changes cause; common to everyone in the market.
    """

    frame: pd.DataFrame
    version: np.ndarray
    shock: np.ndarray


def policies(seed: int, market: Market, weeks: int) -> Policies:
    """Draw two to four policy changes of one market: one common, the others on weeks of their own."""
    rng = stream(seed, market.code, "policies")
    others = [i for i, area in enumerate(AREAS) if area.code != "hateful_conduct"]
    changed = rng.choice(others, size=int(rng.integers(1, 4)), replace=False)
    changes = [(AREA_CODES.index("hateful_conduct"), COMMON_CHANGE, -0.70, -0.10)]
    changes += [(int(a), int(rng.integers(5, 49)), -float(rng.uniform(0.15, 0.45)), -0.02) for a in changed]
    version = np.ones((len(AREAS), weeks), dtype=np.int8)
    shock = np.zeros((len(AREAS), weeks))
    for area, week, own, spill in changes:
        if week < weeks:
            version[area, week:] += 1
            shock[:, week:] += spill
            shock[area, week:] += own
    area = np.concatenate([np.arange(len(AREAS)), [c[0] for c in changes]])
    number = np.concatenate([np.ones(len(AREAS), dtype=int), np.full(len(changes), 2)])
    start = np.concatenate([np.full(len(AREAS), -26), [c[1] for c in changes]])
    kept = start < weeks
    frame = pd.DataFrame(
        {
            "market": market.code,
            "policy_area": [AREA_CODES[i] for i in area[kept]],
            "policy_version": [f"v{n}" for n in number[kept]],
            "effective_at": utc(start[kept] * 7.0 * 86_400, market.timezone),
            "title": [
                f"{AREA_CODES[i].replace('_', ' ').capitalize()} policy, version {n}"
                for i, n in zip(area[kept], number[kept], strict=True)
            ],
        }
    )
    return Policies(frame, version, shock)


__all__ = [
    "AMBIGUOUS",
    "AREAS",
    "AREA_CODES",
    "MARKETS",
    "QUEUES",
    "SHARES",
    "Area",
    "Market",
    "Policies",
    "choose",
    "dates",
    "markets_table",
    "monday",
    "policies",
]
