"""Named things are registered once, a stranger's fault is shown and stops nobody, a misspelt hook is refused."""

from __future__ import annotations

import sys
from importlib.metadata import EntryPoint
from types import ModuleType

import pytest

from twinstar import errors
from twinstar.builtin import plugins as builtin_plugins
from twinstar.config import Mode, StrategyConfig, VenueConfig
from twinstar.plugin import Plugins, Registry, hookimpl, manager
from twinstar.runtime.clock import SystemClock


class Toy:
    @hookimpl
    def twinstar_register(self, registry: Registry) -> None:
        registry.strategy("toy", StrategyConfig, lambda _: None)


class AlsoToy(Toy):
    """Another plugin that takes the same name."""


class Misspelt:
    @hookimpl
    def twinstar_regster(self, registry: Registry) -> None: ...


class HalfWay:
    @hookimpl
    def twinstar_register(self, registry: Registry) -> None:
        registry.strategy("half", StrategyConfig, lambda _: None)
        raise RuntimeError("lost its way")


def test_ours_are_plugins_like_any():
    plugins = Plugins(builtin_plugins(), third_party=False)
    names = plugins.registry.names
    assert "ccxt" in names["venue"]
    assert "ma_cross" in names["strategy"]
    assert names["journal"] == ("sqlite",)
    assert names["store"] == ("parquet",)
    assert all(p.provenance == "built in" and p.hooks for p in plugins.loaded)


def test_an_unknown_name_is_answered_with_the_known_ones_and_the_nearest():
    registry = Plugins([Toy()], third_party=False).registry
    with pytest.raises(errors.ConfigError, match="no strategy 'tyo'; there are: toy; did you mean 'toy'"):
        registry.strategy_type("tyo")


def test_a_name_is_taken_once():
    with pytest.raises(errors.PluginError, match="strategy 'toy' is registered twice"):
        Plugins([Toy(), AlsoToy()], third_party=False)


def test_a_hook_that_does_not_exist_is_refused():
    with pytest.raises(errors.PluginError, match="twinstar_regster"):
        Plugins([Misspelt()], third_party=False)


def test_a_strangers_fault_is_shown_and_leaves_nothing_behind(monkeypatch):
    module = ModuleType("half_way")
    module.plugin = HalfWay()
    monkeypatch.setitem(sys.modules, "half_way", module)
    entry = EntryPoint("half", "half_way:plugin", "twinstar")
    absent = EntryPoint("absent", "no_such_module_at_all", "twinstar")
    monkeypatch.setattr(manager, "entry_points", lambda **_: [entry, absent])
    plugins = Plugins([Toy()])
    shown = {p.name: p.error for p in plugins.loaded}
    assert "RuntimeError: lost its way" in shown["half"]
    assert "ModuleNotFoundError" in shown["absent"]
    assert plugins.registry.names["strategy"] == ("toy",)
    with pytest.raises(errors.PluginError, match="'absent' is required but could not be loaded"):
        plugins.require(["absent"])
    with pytest.raises(errors.PluginError, match="'ghost' is required but not installed"):
        plugins.require(["ghost"])


def test_a_disabled_plugin_is_not_loaded(monkeypatch):
    absent = EntryPoint("absent", "no_such_module_at_all", "twinstar")
    monkeypatch.setattr(manager, "entry_points", lambda **_: [absent])
    assert [p.name for p in Plugins([], disabled=["absent"]).loaded] == []


def test_a_venue_type_that_makes_no_venue_is_the_plugins_fault():
    class Wrong:
        @hookimpl
        def twinstar_register(self, registry: Registry) -> None:
            registry.venue("wrong", VenueConfig, lambda *_: None)

        @hookimpl
        def twinstar_open_venue(self, venue_type: object) -> object:
            return "not a venue"

    plugins = Plugins([*builtin_plugins(), Wrong()], third_party=False)
    config = VenueConfig(mode=Mode.SIM, instruments=("BTC/USDT",))
    wrong = plugins.registry.venue_type("wrong")
    with pytest.raises(errors.PluginError, match="'wrong' made str, not a Venue"):
        plugins.open_venue("x", wrong, config, clock=SystemClock(), venue_clock=None, random=None)
