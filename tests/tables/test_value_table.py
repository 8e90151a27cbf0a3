"""Prices in tne.toml: read as written, another currency by its own table, clear errors; nothing is converted."""

import tomllib

import pytest

import tne
from tne.simulate.demo import config as demo_config
from tne.tables.value import value_of

TOML = """
[value]
currency = "EUR"
avoided_error = {low = 1.5, mode = 4, high = 9.0}
minute = 0.45

[value.GBP]
avoided_error = {low = 1.0, mode = 3.5, high = 8.0}
"""


def test_prices_are_read_as_written():
    config = tomllib.loads(TOML)
    own = value_of(config)
    assert own["currency"] == "EUR"
    assert own["avoided_error"] == {"low": 1.5, "mode": 4.0, "high": 9.0}
    assert own["minute"] == {"low": 0.45, "mode": 0.45, "high": 0.45}
    assert value_of(config, "EUR") == own


def test_another_currency_has_prices_of_its_own_or_none():
    config = tomllib.loads(TOML)
    assert value_of(config, "GBP") == {
        "currency": "GBP",
        "avoided_error": {"low": 1.0, "mode": 3.5, "high": 8.0},
    }
    assert value_of(config, "USD") == {}


def test_workspace_shows_the_prices_of_its_settings():
    ws = tne.Workspace.from_frames({}, config=demo_config())
    assert ws.value["avoided_error"]["high"] == 9.0
    assert ws.value_in("BRL") == {}
    assert tne.Workspace.from_frames({}).value == {}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('currency = "EUR"\nminute = {low = 2, mode = 1, high = 3}', "low 2, mode 1, high 3"),
        ('currency = "EUR"\nminute = {mode = 1, high = 3}', "has mode, high"),
        ('currency = "EUR"\nminute = {low = -1, mode = 1, high = 3}', "none below 0"),
        ('currency = "EUR"\nminute = {low = 1, mode = 1, high = inf}', "no finite number"),
        ('currency = "EUR"\nminute = true', "has True"),
        ('currency = "EUR"\nhour = 3', "unknown hour"),
        ('currency = "EUR"\n[value.GBP]\nhour = 3', "unknown hour"),
        ("minute = 1", "lacks its currency"),
        ('currency = "euro"', "lacks its currency"),
    ],
)
def test_wrong_prices_say_what_to_do(line, said):
    config = tomllib.loads("[value]\n" + line)
    with pytest.raises(ValueError, match=said):
        value_of(config, "GBP" if "GBP" in line else None)
    with pytest.raises(ValueError, match="no table"):
        value_of({"value": 3})
