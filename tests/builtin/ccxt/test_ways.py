"""What our readers take from the frame itself, ccxt handles once: that shows whose it is."""

from __future__ import annotations

from contextlib import aclosing

import pytest
from builtin.ccxt.kit import BTC_KRW, BTC_USDT, scene

from twinstar.domain import CandleClosed, Event, InstrumentId, PriceSeen, StreamOpened, Timeframe, TradeSeen
from twinstar.ports import Wanted
from twinstar.testing.conformance.listening import listening


def public_line(one):
    clients = one.venue.streams.exchange.clients.values()
    return next(client for client in clients if client.feeds and not client.is_private)


@pytest.mark.parametrize(
    ("name", "symbol", "kind"), [("binanceusdm", BTC_USDT, CandleClosed), ("upbit", BTC_KRW, TradeSeen)]
)
async def test_ccxt_handles_the_first_frame_only_and_all_are_told(name: str, symbol: str, kind: type[Event]) -> None:
    async with scene(name) as one, listening(one.venue, symbol) as heard:
        one.minutes(3)
        await heard.until(lambda heard: heard.of(kind))
        client, handled = public_line(one), []
        client.on_message_callback = lambda _, frame: handled.append(frame)
        told = len(heard.of(kind))
        one.minutes(2)
        await heard.until(lambda heard: len(heard.of(kind)) >= told + 2)
        assert handled == []


async def test_who_comes_later_is_told_the_same_candles_and_who_leaves_takes_nothing_along() -> None:
    async with scene("binanceusdm") as one, listening(one.venue, BTC_USDT) as first:
        one.minutes(3)
        await first.until(lambda heard: heard.of(CandleClosed))
        second, *_ = one.venue.streams.open(Wanted((InstrumentId(BTC_USDT, one.name),), Timeframe.M1))
        async with aclosing(second):
            assert isinstance(await anext(second), StreamOpened)
            one.minutes(3)
            assert isinstance(await anext(second), PriceSeen | CandleClosed)
        assert len(public_line(one).feeds) == 1
        told = len(first.of(CandleClosed))
        one.minutes(2)
        await first.until(lambda heard: len(heard.of(CandleClosed)) > told)
