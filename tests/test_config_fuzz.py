"""Whatever stands in the file, the loader answers with settings or with faults; it never falls over."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twinstar.builtin import plugins as builtin_plugins
from twinstar.config import load, plugins_of, state_dir_of
from twinstar.config.document import parse
from twinstar.errors import ConfigError
from twinstar.plugin import Plugins

REGISTRY = Plugins(builtin_plugins(), third_party=False).registry
PATH = Path(__file__).with_name("config.yaml")
DEMO = json.loads(
    """{"venues": {"v": {"type": "ccxt", "mode": "sim", "instruments": ["BTC/USDT"], "account": {"api_key": "env:X"},
    "sim": {"balances": {"USDT": 1}, "markets": {"BTC/USDT": {"replay": "x", "cut": [1]}}}}},
    "strategies": {"s": {"type": "ma_cross", "instruments": ["BTC/USDT@v"], "notional": 1}},
    "log": {"level": "INFO", "file": "x"}, "http": {"port": 1}, "plugins": {"disabled": []}, "state_dir": "x",
    "unprotected": {"after_s": 1, "policy": "close"}, "journal": "sqlite", "sim": {"seed": 1}}"""
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner))


def spots(value, path=()):
    """The place of every value in the demonstration."""
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from spots(inner, (*path, key))


def with_change(value, path, change):
    if not path:
        return change
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = with_change(value[path[0]], path[1:], change)
    return copy


def check(text):
    faults = [f"{PATH}: none"]
    try:
        document = parse(text, PATH)
        plugins_of(document)
        state_dir_of(document)
        load(document, REGISTRY)
    except ConfigError as e:
        faults = e.problems
    assert faults
    assert all(fault.startswith(f"{PATH}:") for fault in faults)


@settings(max_examples=300, deadline=None)
@given(st.text())
def test_any_text_is_settings_or_faults(text):
    check(text)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(spots(DEMO), key=str)), VALUES)
def test_any_value_in_any_place_is_settings_or_faults(path, change):
    check(json.dumps(with_change(DEMO, path, change)))


@pytest.mark.parametrize("path", [path for path in spots(DEMO) if path], ids=str)
@pytest.mark.parametrize("change", [None, True, 7, "x", [], {}, [{}], {"x": []}], ids=str)
def test_each_place_takes_any_kind_of_value_without_falling_over(path, change):
    check(json.dumps(with_change(DEMO, path, change)))
