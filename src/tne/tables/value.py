"""What is an avoided error worth, and a minute, as the team wrote it in ``[value]`` of ``tne.toml``?"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

PRICES = ("avoided_error", "minute")
RANGE = ("low", "mode", "high")
_CODE = re.compile(r"[A-Z]{3}")


def value_of(config: Mapping[str, Any], currency: str | None = None) -> dict[str, Any]:
    """Return the prices of one currency, {} where none are given.

    Parameters
    ----------
    config : mapping
        Content of ``tne.toml``.
    currency : str, optional
        ISO 4217. None: the one that ``[value]`` names. Another one has a table of its own, such as ``[value.GBP]``.

    Returns
    -------
    dict
        ``currency`` and, where given, ``avoided_error`` and ``minute``, each with low, mode and high.

    Raises
    ------
    ValueError
        If the currency is missing, a price is incomplete, negative or out of order, or a key is unknown.
    """
    table = config.get("value")
    if table is None:
        return {}
    if not isinstance(table, Mapping):
        raise ValueError("`value` in tne.toml is no table. Write it below a line [value].")
    own = table.get("currency")
    if not isinstance(own, str) or not _CODE.fullmatch(own):
        raise ValueError(
            '[value] in tne.toml lacks its currency. Add currency = "EUR", or another ISO 4217 code.'
        )
    others = {key: t for key, t in table.items() if isinstance(t, Mapping) and _CODE.fullmatch(key)}
    unknown = sorted(set(table) - {"currency", *PRICES, *others})
    if unknown:
        raise ValueError(
            f"[value] in tne.toml has the unknown {', '.join(unknown)}. It takes currency, {', '.join(PRICES)}, and "
            "tables of other currencies such as [value.GBP]."
        )
    if currency is None or currency == own:
        return {"currency": own, **_prices(table, "[value]")}
    if currency not in others:
        return {}
    strange = sorted(set(others[currency]) - set(PRICES))
    if strange:
        raise ValueError(
            f"[value.{currency}] in tne.toml has the unknown {', '.join(strange)}. It takes {', '.join(PRICES)}."
        )
    return {"currency": currency, **_prices(others[currency], f"[value.{currency}]")}


def _prices(table: Mapping[str, Any], where: str) -> dict[str, dict[str, float]]:
    return {name: _price(table[name], f"{where} {name}") for name in PRICES if name in table}


def _price(given: Any, where: str) -> dict[str, float]:
    if isinstance(given, (int, float)) and not isinstance(given, bool):
        given = dict.fromkeys(RANGE, given)
    if not isinstance(given, Mapping) or set(given) != set(RANGE):
        have = ", ".join(map(str, given)) if isinstance(given, Mapping) else repr(given)
        raise ValueError(f"{where} in tne.toml has {have}. Write {{low = …, mode = …, high = …}}.")
    numbers = [given[key] for key in RANGE]
    if any(isinstance(v, bool) or not isinstance(v, (int, float)) or not math.isfinite(v) for v in numbers):
        raise ValueError(f"{where} in tne.toml holds something that is no finite number. Correct it.")
    low, mode, high = map(float, numbers)
    if not 0 <= low <= mode <= high:
        raise ValueError(
            f"{where} in tne.toml has low {low:g}, mode {mode:g}, high {high:g}. "
            "Give them in this order, none below 0."
        )
    return {"low": low, "mode": mode, "high": high}
