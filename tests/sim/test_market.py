"""The market itself: the same from the same seed, candles that are what was traded, a book with two sides."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sim.kit import BUY, PERP, SELL, SPOT, START_MS, D, Wall, perpetual

from twinstar.config import SimConfig, SimMarketConfig, SimVenueConfig
from twinstar.sim import path
from twinstar.sim.build import open_exchange
from twinstar.sim.candles import opening
from twinstar.sim.clock import DAY_MS, MINUTE_MS
from twinstar.sim.exchange import SimExchange
from twinstar.sim.model import Candle, Reason, Refusal, Tick
from twinstar.sim.rows import Row

HOUR_MS = 60 * MINUTE_MS


def seeded(*, seed: int = 1, history: int = 300, **market: object) -> SimExchange:
    config = SimVenueConfig(markets={PERP.symbol: SimMarketConfig(**market)})
    return open_exchange("venue", [PERP], sim=SimConfig(seed=seed, history=history), config=config, wall=Wall())


def run(exchange: SimExchange, minutes: int) -> tuple[list[Tick], list[Candle]]:
    """What is heard while so many minutes end."""
    ticks: list[Tick] = []
    closed: list[Candle] = []
    for symbol in exchange.listings:
        exchange.on_tick(symbol, ticks.append)
        exchange.on_candle(symbol, lambda candle: closed.append(candle) if candle.closed else None)
    while len(closed) < minutes * len(exchange.listings):
        exchange.step()
    return ticks, closed


def folded(symbol: str, open_ms: int, ticks: list[Tick]) -> Candle:
    prices = [tick.price for tick in ticks]
    return Candle(
        symbol=symbol,
        open_ms=open_ms,
        open=prices[0],
        high=max(prices),
        low=min(prices),
        close=prices[-1],
        volume=sum((tick.quantity for tick in ticks), D(0)),
        quote_volume=sum((tick.quantity * tick.price for tick in ticks), D(0)),
        trades=len(ticks),
        taker_buy_volume=sum((tick.quantity for tick in ticks if tick.taker is BUY), D(0)),
        first_trade_id=ticks[0].id,
        last_trade_id=ticks[-1].id,
        closed=True,
    )


def test_the_same_seed_gives_the_same_market_and_another_seed_another() -> None:
    one, two, other = (run(seeded(seed=seed), 20) for seed in (1, 1, 2))
    assert one == two
    assert one != other


def test_history_leads_up_to_the_start_price() -> None:
    exchange = seeded(history=50, start_price=D(42_000))
    candles = exchange.candles(PERP.symbol, MINUTE_MS)
    assert len(candles) == 50
    assert candles[-1].close == exchange.ticker(PERP.symbol).last == D(42_000)
    assert all(before.close == after.open for before, after in pairwise(candles))
    assert candles[-1].open_ms == START_MS - MINUTE_MS


def test_closed_candles_are_what_was_traded_and_come_before_the_next_minute() -> None:
    exchange = seeded()
    heard: list[Tick | Candle] = []
    exchange.on_tick(PERP.symbol, heard.append)
    exchange.on_candle(PERP.symbol, lambda candle: heard.append(candle) if candle.closed else None)
    while not (isinstance(heard[-1:] and heard[-1], Candle) and len(heard) > 100):
        exchange.step()
    minute: list[Tick] = []
    for each in heard:
        if isinstance(each, Tick):
            minute.append(each)
            continue
        assert {tick.market_ms // MINUTE_MS for tick in minute} == {each.open_ms // MINUTE_MS}
        assert each == folded(PERP.symbol, each.open_ms, minute)
        minute.clear()


def test_the_forming_candle_is_told_after_every_tick_and_asked_for_as_the_last() -> None:
    exchange = seeded()
    told: list[Candle] = []
    exchange.on_candle(PERP.symbol, told.append)
    for _ in range(5):
        exchange.step()
    assert [each.trades for each in told] == [1, 2, 3, 4, 5]
    assert not any(each.closed for each in told)
    assert exchange.candles(PERP.symbol, MINUTE_MS, limit=2)[-1] == told[-1]


def test_trade_ids_rise_by_one_and_times_never_go_back() -> None:
    ticks, _ = run(seeded(), 10)
    assert all(after.id == before.id + 1 and after.market_ms >= before.market_ms for before, after in pairwise(ticks))
    assert all(tick.price % PERP.tick == 0 and tick.quantity > 0 for tick in ticks)


def test_candles_are_asked_for_by_start_by_end_and_by_number() -> None:
    exchange = seeded(history=100)
    first = START_MS - 100 * MINUTE_MS

    def opens(**wish: int) -> list[int]:
        return [(each.open_ms - first) // MINUTE_MS for each in exchange.candles(PERP.symbol, MINUTE_MS, **wish)]

    assert opens(limit=3) == [97, 98, 99]
    assert opens(start_ms=first, limit=2) == [0, 1]
    assert opens(start_ms=first + 1, limit=2) == [1, 2]
    assert opens(end_ms=first + 5 * MINUTE_MS, limit=2) == [4, 5]
    assert opens(start_ms=first, end_ms=first + 2 * MINUTE_MS) == [0, 1, 2]
    assert opens(start_ms=START_MS + DAY_MS) == []
    with pytest.raises(Refusal) as caught:
        exchange.candles(PERP.symbol, 1000)
    assert caught.value.reason is Reason.NOT_SUPPORTED


@pytest.mark.parametrize("minutes", [5, 60])
def test_longer_candles_are_made_of_the_minutes_in_them(minutes: int) -> None:
    exchange = seeded(history=300)
    run(exchange, 7)
    exchange.step()
    step_ms = minutes * MINUTE_MS
    ones = exchange.candles(PERP.symbol, MINUTE_MS, limit=1000)
    for each in exchange.candles(PERP.symbol, step_ms):
        parts = [one for one in ones if each.open_ms <= one.open_ms < each.open_ms + step_ms]
        assert (each.open, each.close) == (parts[0].open, parts[-1].close)
        assert each.high == max(one.high for one in parts)
        assert each.volume == sum(one.volume for one in parts)
        assert each.closed is (each.open_ms + step_ms <= START_MS + 7 * MINUTE_MS)


def test_weeks_open_on_mondays() -> None:
    assert opening(START_MS, 7 * DAY_MS) == START_MS - 2 * DAY_MS  # 1 January 2025 was a Wednesday


def test_the_ticker_is_the_last_day_and_nothing_older() -> None:
    exchange = seeded(history=2000)
    run(exchange, 30)
    exchange.step()
    ticker = exchange.ticker(PERP.symbol)
    *closed, forming = exchange.candles(PERP.symbol, MINUTE_MS, limit=1441)
    day = [*closed, forming]
    assert ticker.open == day[0].open
    assert ticker.high == max(each.high for each in day)
    assert ticker.low == min(each.low for each in day)
    assert ticker.volume == sum(each.volume for each in day)
    assert ticker.quote_volume == sum(each.quote_volume for each in day)
    assert (ticker.first_trade_id, ticker.last_trade_id) == (day[0].first_trade_id, forming.last_trade_id)
    assert ticker.last == forming.close
    assert (ticker.bid, ticker.ask) == (
        exchange.book(PERP.symbol, 1).bids[0][0],
        exchange.book(PERP.symbol, 1).asks[0][0],
    )
    day_before = [each for each in exchange.candles(PERP.symbol, MINUTE_MS, limit=2000) if each.open_ms < START_MS]
    assert ticker.previous_close == day_before[-1].close


def test_the_book_has_two_sides_around_the_last_price_on_the_grid() -> None:
    exchange = seeded()
    for _ in range(50):
        exchange.step()
        book, last = exchange.book(PERP.symbol, 50), exchange.ticker(PERP.symbol).last
        bids, asks = [price for price, _ in book.bids], [price for price, _ in book.asks]
        assert len(bids) == len(asks) == 50
        assert bids == sorted(bids, reverse=True)
        assert asks == sorted(asks)
        assert bids[0] <= last <= asks[0]
        assert asks[0] - bids[0] == PERP.tick
        assert all(quantity > 0 for _, quantity in (*book.bids, *book.asks))


def test_a_price_off_the_tick_lies_within_the_spread() -> None:
    stage = perpetual()
    stage.tick("60000.05")
    assert stage.best(BUY)[0] == D("60000.0")
    assert stage.best(SELL)[0] == D("60000.1")


def test_book_updates_are_numbered_upwards() -> None:
    stage = perpetual()
    numbers = [stage.exchange.book(PERP.symbol, 1).update_id]
    for act in (lambda: stage.place(BUY, "0.01"), lambda: stage.place(BUY, 1, 59_999), lambda: stage.tick(60_001)):
        act()
        numbers.append(stage.exchange.book(PERP.symbol, 1).update_id)
    assert numbers == sorted(set(numbers))


def test_who_stops_listening_hears_nothing_more_even_in_the_middle_of_the_news() -> None:
    stage = perpetual()
    heard: list[str] = []
    stop_first = stage.exchange.on_tick(PERP.symbol, lambda _: heard.append("first"))
    stage.exchange.on_tick(PERP.symbol, lambda _: (heard.append("second"), stop_first()))
    stage.tick(60_000)
    stage.tick(60_000)
    assert heard == ["first", "second", "second"]


prices = st.integers(1, 200_000).map(lambda units: Decimal(units) / 10)


@settings(max_examples=200, deadline=None)
@given(
    st.tuples(prices, prices, prices, prices).map(sorted),
    st.booleans(),
    st.decimals(min_value="0.00000001", max_value="1e9", places=8),
    st.integers(4, 40),
)
def test_the_ticks_of_any_minute_make_its_candle_exactly(
    sizes: list[Decimal], rising: bool, volume: Decimal, count: int
) -> None:
    low, one, other, high = sizes
    row = Row(START_MS, *((one, high, low, other) if rising else (other, high, low, one)), volume)
    ticks = path.ticks_of(row, SPOT, ticks=count, first_id=7, seed=1)
    made = folded("", row.open_ms, ticks)
    assert len(ticks) == count
    assert Row(made.open_ms, made.open, made.high, made.low, made.close, made.volume) == row
    assert all(tick.quantity > 0 and 0 <= tick.market_ms - START_MS < MINUTE_MS for tick in ticks)


def test_a_minute_without_volume_has_a_candle_but_no_ticks() -> None:
    row = Row(START_MS, D(1), D(1), D(1), D(1), D(0))
    assert path.ticks_of(row, SPOT, ticks=4, first_id=1, seed=1) == []
