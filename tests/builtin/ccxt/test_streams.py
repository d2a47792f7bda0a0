"""What the streams tell, through unmodified wires on real sockets."""

from __future__ import annotations

from decimal import Decimal

from builtin.ccxt.kit import BTC_KRW, BTC_USDT, ETH_USDT, scene

from twinstar.domain import (
    CandleClosed,
    Side,
    StreamOpened,
    TradeSeen,
)
from twinstar.testing.conformance.listening import listening


async def test_each_instrument_has_its_stream_and_they_share_a_line() -> None:
    async with scene("binanceusdm") as one, listening(one.venue, BTC_USDT, ETH_USDT) as heard:
        one.minutes(3)
        await heard.until(lambda heard: len({event.candle.instrument for event in heard.of(CandleClosed)}) == 2)
        assert {event.stream for event in heard.of(StreamOpened)} == {
            f"candles {BTC_USDT}",
            f"candles {ETH_USDT}",
            "orders",
        }
        assert len(one.server.lines) == 2  # one public, one private


async def test_where_candles_are_built_every_trade_is_told() -> None:
    async with scene("upbit") as one, listening(one.venue, BTC_KRW) as heard:
        made = []
        forget = one.exchange.on_tick(BTC_KRW, made.append)
        one.minutes(2)
        forget()
        await heard.until(lambda heard: any(trade.time_ms == made[-1].market_ms for trade in heard.of(TradeSeen)))
        trades = heard.of(TradeSeen)[-len(made) :]
        assert [(t.time_ms, t.price, t.quantity, t.side.value) for t in trades] == [
            (tick.market_ms, tick.price, tick.quantity, tick.taker.value) for tick in made
        ]


async def test_a_price_in_won_and_a_fraction_of_a_coin_keep_every_digit() -> None:
    async with scene("upbit") as one, listening(one.venue, BTC_KRW) as heard:
        (line,) = [line for line in one.server.lines if "/private" not in line.path]
        line.send(
            b'{"type":"trade","code":"KRW-BTC","timestamp":1700000000500,"trade_timestamp":1700000000123,'
            b'"trade_price":135123000.0,"trade_volume":0.00005243,"ask_bid":"ASK","sequential_id":17000000001230000}'
        )
        await heard.until(lambda heard: any(trade.time_ms == 1_700_000_000_123 for trade in heard.of(TradeSeen)))
        told = next(trade for trade in heard.of(TradeSeen) if trade.time_ms == 1_700_000_000_123)
        assert (told.price, told.quantity, told.side) == (Decimal(135_123_000), Decimal("0.00005243"), Side.SELL)
