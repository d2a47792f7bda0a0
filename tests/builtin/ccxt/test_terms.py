"""What orders rely on is set at the start, and the venue is asked whether it is so."""

from __future__ import annotations

import pytest
from builtin.ccxt.kit import BTC_USDT, scene

from twinstar.builtin.ccxt.habits import habit_of
from twinstar.errors import ConfigError


def position(one):
    return next(each for each in one.exchange.positions("main") if each.symbol == BTC_USDT)


@pytest.mark.parametrize("name", ["binanceusdm", "bybit"])
async def test_leverage_is_set_and_asking_for_it_again_is_fine(name: str) -> None:
    async with scene(name, leverage=7) as one:
        for _ in range(2):
            await one.venue.listing.instruments([BTC_USDT])
            assert position(one).leverage == 7


@pytest.mark.parametrize("name", ["binanceusdm", "bybit"])
async def test_the_margin_mode_is_set_and_asking_for_it_again_is_fine(name: str) -> None:
    async with scene(name, margin_mode="isolated") as one:
        for _ in range(2):
            await one.venue.listing.instruments([BTC_USDT])
            assert position(one).margin_mode == "isolated"


@pytest.mark.parametrize("name", ["binanceusdm", "bybit"])
async def test_a_setting_that_is_not_so_afterwards_refuses_the_start_and_says_which(name: str) -> None:
    """A venue that acknowledges, and keeps to its old value."""
    async with scene(name, leverage=7) as one:
        one.exchange.set_leverage = lambda *_: position(one)
        with pytest.raises(ConfigError) as refused:
            await one.venue.listing.instruments([BTC_USDT])
        (problem,) = refused.value.problems
        assert f"{BTC_USDT}@{name}: leverage 7 was asked for and the venue says {position(one).leverage}" in problem


async def test_what_is_not_asked_for_is_left_as_it_is_and_not_read() -> None:
    async with scene("binanceusdm") as one:
        before = position(one)
        await one.venue.listing.instruments([BTC_USDT])
        assert position(one) == before
        assert not one.server.requests["GET /fapi/v1/symbolConfig"]


def test_upbit_has_no_leverage_to_read_back() -> None:
    assert habit_of("upbit").terms is None
