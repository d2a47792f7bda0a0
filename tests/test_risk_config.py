"""``risk:`` in the configuration: what a venue inherits, and what a misspelt limit is told."""

from __future__ import annotations

from decimal import Decimal as D
from pathlib import Path

import pytest

from twinstar.app import load_plugins
from twinstar.app.limits import risk_limits
from twinstar.config import Settings, load
from twinstar.errors import ConfigError

VENUES = """
venues:
  dollars: {mode: sim, exchange: binanceusdm, instruments: ["BTC/USDT:USDT"], risk: {%s}}
  won: {mode: sim, exchange: upbit, instruments: [ETH/KRW]}
"""


def loaded(tmp_path: Path, risk: str, of_dollars: str = "") -> Settings:
    path = tmp_path / "config.yaml"
    path.write_text(f"{VENUES % of_dollars}risk: {{{risk}}}\n")
    return load(path, load_plugins().registry)


def test_a_venue_has_the_usual_rules_where_it_has_none_of_its_own(tmp_path: Path):
    settings = loaded(tmp_path, "max_open_orders: 9, max_notional: {USDT: 100, KRW: 5000}", "max_notional: {USDT: 7}")
    limits = risk_limits(settings)
    assert limits.at("won").max_notional == {"USDT": D(100), "KRW": D(5000)}
    assert limits.at("dollars").max_notional == {"USDT": D(7)}
    assert limits.at("dollars").max_open_orders == limits.at("won").max_open_orders == 9


def test_a_venue_can_do_without_a_rule(tmp_path: Path):
    limits = risk_limits(loaded(tmp_path, "max_open_orders: 9", "max_open_orders: null, max_price_age_s: null"))
    assert limits.at("dollars").max_open_orders is None
    assert limits.at("dollars").max_price_age_ms is None
    assert limits.at("won").max_price_age_ms == 60_000


def test_losses_of_all_venues_together_are_no_venue_s_own(tmp_path: Path):
    limits = risk_limits(loaded(tmp_path, "max_daily_loss: {USDT: 500}", "max_drawdown: {USDT: 50}"))
    assert limits.losses.daily == {"USDT": D(500)}
    assert limits.at("dollars").losses.daily == limits.at("won").losses.daily == {}
    assert limits.at("dollars").losses.drawdown == {"USDT": D(50)}


def test_without_a_word_the_gate_is_wide_but_there(tmp_path: Path):
    usual = risk_limits(loaded(tmp_path, "")).usual
    assert (usual.max_orders_per_minute, usual.max_price_deviation, usual.max_price_age_ms) == (600, D("0.2"), 60_000)
    assert not usual.max_notional
    assert not usual.losses.daily


def test_all_faults_are_told_at_once(tmp_path: Path):
    with pytest.raises(ConfigError) as caught:
        loaded(
            tmp_path,
            "max_notional: {USTD: 1}, max_position: {XRP: 1}, max_open_orders: 0, max_price_age_s: -1",
            "max_order_notional: {KRW: 1}, max_loss: {}",
        )
    told = "\n".join(caught.value.problems)
    for fault in (
        "risk.max_open_orders: must be",
        "risk.max_price_age_s: must be greater than 0",
        "venues.dollars.risk.max_loss: unknown key",
    ):
        assert fault in told


def test_a_limit_in_an_asset_that_nothing_is_traded_in_would_hold_nobody_back(tmp_path: Path):
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, "max_notional: {USTD: 1}, max_position: {XRP: 1}", "max_order_notional: {KRW: 1}")
    assert [problem.partition(": ")[2] for problem in caught.value.problems] == [
        "venues.dollars.risk.max_order_notional.KRW: no instrument has the quote 'KRW'; there are: USDT",
        "risk.max_notional.USTD: no instrument has the quote 'USTD'; did you mean 'USDT'?",
        "risk.max_position.XRP: no instrument has the base 'XRP'; there are: BTC, ETH",
    ]


@pytest.mark.parametrize("value", ["-1", ".nan", "many"])
def test_an_amount_is_a_number_of_at_least_nothing(tmp_path: Path, value: str):
    with pytest.raises(ConfigError, match="max_notional"):
        loaded(tmp_path, f"max_notional: {{USDT: {value}}}")
