"""Which pseudonym does a simulated person, session or case carry?"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable

import numpy as np
import pandas as pd

_LOW = 10_000


def stream(seed: int, *labels: str) -> np.random.Generator:
    """Return an independent generator for a part of the simulation.

    Every part draws from its own stream, so that leaving one out changes no other.
    """
    return np.random.default_rng([seed, *(zlib.crc32(label.encode()) for label in labels)])


def pseudonyms(seed: int, prefix: str, market: str, count: int, digits: int = 16) -> np.ndarray:
    """Return `count` ids that look like keyed pseudonyms, for example ``m_3f2a…``."""
    text = (f"{seed}|{prefix}|{market}|{i}".encode() for i in range(count))
    return np.array(
        [f"{prefix}_{hashlib.blake2b(t, digest_size=digits // 2).hexdigest()}" for t in text], dtype=object
    )


def words(names: Iterable[str], codes: np.ndarray) -> pd.api.extensions.ExtensionArray:
    """Return ``names[codes]`` as a string column; a code of −1 is missing."""
    return pd.array(list(names), dtype="str").take(np.asarray(codes, dtype=np.int64), allow_fill=True)


def numbered(prefix: str, count: int, start: int = 0) -> pd.api.extensions.ExtensionArray:
    """Return `count` compact running ids, for example ``DE0000042``."""
    position = np.arange(start, start + count)
    low = pd.array([f"{i:04d}" for i in range(_LOW)], dtype="str")
    high = pd.array([f"{prefix}{i:03d}" for i in range((start + count) // _LOW + 1)], dtype="str")
    return high.take(position // _LOW) + low.take(position % _LOW)
