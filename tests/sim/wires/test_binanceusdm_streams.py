"""Binance's market streams: what ccxt makes of them, and the frames as they are."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest
from sim.wires.binance_kit import BTC, ETH, candles_file, simulated, until, validate

MINUTE_MS = 60_000


@pytest.fixture
async def venue():
    async with simulated() as made:
        await made.client.load_markets()
        yield made


# Through ccxt


async def test_candles_are_watched(venue):
    rows = await venue.first(venue.client.watch_ohlcv(BTC, "1m"))
    validate(venue.client, "ohlcv", rows[-1], BTC, venue.exchange.clock.market_ms())
    assert rows[-1][0] % MINUTE_MS == 0


async def test_trades_are_watched_as_they_were(venue):
    trades = await venue.first(venue.client.watch_trades(BTC))
    known = {tick.id: tick for tick in venue.exchange.ticks(BTC, 1000)}
    for trade in trades:
        validate(venue.client, "trade", trade, BTC, venue.exchange.clock.market_ms(), True)
        tick = known[int(trade["id"])]
        assert (trade["price"], trade["amount"], trade["side"]) == (
            float(tick.price),
            float(tick.quantity),
            tick.taker.value,
        )


@pytest.mark.parametrize("name", ["ticker", "miniTicker"])
async def test_tickers_are_watched(venue, name):
    ticker = await venue.first(venue.client.watch_ticker(ETH, {"name": name}), symbol=ETH)
    validate(venue.client, "ticker", ticker, ETH)
    assert ticker["high"] >= ticker["last"] >= ticker["low"]


async def test_best_prices_and_the_mark_price_are_watched(venue):
    best = await venue.first(venue.client.watch_bids_asks([BTC]))
    assert best[BTC]["bid"] < best[BTC]["ask"]
    mark = await venue.first(venue.client.watch_mark_price(ETH), symbol=ETH)
    assert mark["markPrice"] > 0


async def test_the_watched_book_stays_equal_to_the_exchanges(venue):
    client = venue.client
    await venue.first(client.watch_order_book(BTC), ticks=1)
    for _ in range(5):
        venue.move(ticks=7)
        await client.create_order(BTC, "market", "buy", 3)  # eats into the book between two ticks
        await client.fetch_order_book(BTC, 1000)  # what a snapshot has shown must not be missing from the differences
    venue.move()
    known, watched = venue.exchange.book(BTC, 1000), client.orderbooks[BTC]
    await until(lambda: watched["nonce"] == known.update_id)
    for watched_side, known_side in ((watched["asks"], known.asks), (watched["bids"], known.bids)):
        assert [(str(price), str(size)) for price, size in watched_side] == [
            (str(float(price)), str(float(size))) for price, size in known_side
        ]


async def test_a_stream_that_is_not_is_an_error_for_ccxt_too(venue):
    venue.client.options["OHLCVLimit"] = 10
    with pytest.raises(Exception, match="invalid stream btcusdt@kline_7m"):
        await asyncio.wait_for(venue.client.watch_ohlcv(BTC, "7m"), 2)


# As frames


async def test_subscribe_list_and_unsubscribe(venue):
    async with venue.socket("/market/ws/0") as frames:
        assert await frames.ask("SUBSCRIBE", "btcusdt@aggTrade", "btcusdt@trade") == {"result": None, "id": 1}
        listed = await frames.ask("LIST_SUBSCRIPTIONS", number=2)
        assert listed == {"result": ["btcusdt@aggTrade", "btcusdt@trade"], "id": 2}
        venue.move()
        assert [(await frames.next())["e"] for _ in range(2)] == ["aggTrade", "trade"]
        assert await frames.ask("UNSUBSCRIBE", "btcusdt@aggTrade", number=3) == {"result": None, "id": 3}
        venue.move(ticks=2)
        assert [(await frames.next())["e"] for _ in range(2)] == ["trade", "trade"]


@pytest.mark.parametrize(
    "name",
    ["btcusdt", "nonsense@trade", "btcusdt@kline_7m", "btcusdt@depth@1ms", "btcusdt@candles", "BTCUSDT@trade", ""],
)
async def test_a_name_that_is_no_stream_is_refused_and_nothing_is_subscribed(venue, name):
    async with venue.socket("/public/ws") as frames:
        answer = await frames.ask("SUBSCRIBE", "btcusdt@trade", name, number=9)
        assert (answer["error"]["code"], answer["id"]) == (2, 9)
        assert (await frames.ask("LIST_SUBSCRIPTIONS"))["result"] == []


async def test_bad_frames_are_answered_and_the_connection_goes_on(venue):
    async with venue.socket("/market/ws") as frames:
        assert (await frames.say("{"))["error"]["code"] == 3
        assert (await frames.say('{"id": 5}'))["error"]["code"] == 2
        assert await frames.ask("SUBSCRIBE", "btcusdt@trade") == {"result": None, "id": 1}


async def test_streams_may_be_named_in_the_address(venue):
    async with venue.socket("/ws/btcusdt@trade") as frames:
        venue.move()
        assert (await frames.next())["e"] == "trade"
    async with venue.socket("/stream?streams=btcusdt@trade/btcusdt@aggTrade") as frames:
        venue.move()
        told = [await frames.next(), await frames.next()]
    assert [(frame["stream"], frame["data"]["e"]) for frame in told] == [
        ("btcusdt@trade", "trade"),
        ("btcusdt@aggTrade", "aggTrade"),
    ]


async def test_names_in_the_address_that_are_no_streams_are_ignored(venue):
    async with venue.socket("/ws/btcusdt@nonsense") as frames:
        assert await frames.ask("LIST_SUBSCRIPTIONS") == {"result": [], "id": 1}


async def test_nobody_listens_any_more_when_the_socket_is_gone(venue):
    async with venue.socket("/market/ws") as frames:
        await frames.ask("SUBSCRIBE", "btcusdt@kline_1m", "btcusdt@ticker", "btcusdt@depth@100ms")
        assert venue.exchange.is_heard(BTC)
    await until(lambda: not venue.exchange.is_heard(BTC))


async def test_the_depth_chain_has_no_holes_and_fits_the_snapshot(venue):
    async with venue.socket("/public/ws") as frames:
        await frames.ask("SUBSCRIBE", "btcusdt@depth@100ms")
        seen = []
        _, snapshot, _ = await venue.raw("GET", "/fapi/v1/depth", symbol="BTCUSDT", limit=1000)
        for _ in range(4):
            venue.move(ticks=2)
            seen.append(await frames.next("depthUpdate"))
    for before, after in pairwise(seen):
        assert after["pu"] == before["u"]
        assert before["u"] < after["U"] <= after["u"]
    assert seen[0]["pu"] <= snapshot["lastUpdateId"] <= seen[0]["u"]


async def test_the_forming_candle_is_told_a_few_times_a_second_and_the_closing_one_always(venue):
    async with venue.socket("/market/ws") as frames:
        await frames.ask("SUBSCRIBE", "btcusdt@kline_1m")
        for _ in range(3):  # three minutes at once
            venue.move(ticks=20)
        await asyncio.sleep(0.3)
        told = [await frames.next("kline") for _ in range(4)]
    finals = [frame["k"] for frame in told if frame["k"]["x"]]
    known = [each for each in venue.exchange.candles(BTC, MINUTE_MS, limit=4) if each.closed][-len(finals) :]
    assert [(final["t"], final["c"], final["v"]) for final in finals] == [
        (each.open_ms, f"{each.close:f}", f"{each.volume:f}") for each in known
    ]
    assert len(finals) >= 2
    assert [frame["k"]["t"] for frame in told] == sorted(frame["k"]["t"] for frame in told)


async def test_the_last_word_on_a_forming_candle_is_never_lost(venue):
    async with venue.socket("/market/ws") as frames:
        await frames.ask("SUBSCRIBE", "btcusdt@kline_1d")
        venue.move(ticks=5)
        shown = [await frames.next("kline"), await frames.next("kline")]
    assert shown[-1]["k"]["c"] == f"{venue.last():f}"
    assert not shown[-1]["k"]["x"]


async def test_a_replay_comes_out_of_the_stream_as_it_went_in_and_longer_candles_close_over_gaps(tmp_path):
    prices = [("50000", "50010.5", "49990", f"{50000 + index}") for index in range(11)]
    file = candles_file(tmp_path / "replay.csv", [("50000", *rest[1:]) for rest in prices])
    lines = file.read_text(encoding="utf-8").splitlines()
    del lines[5:7]  # minutes 4 and 5: the end of one five-minute candle and the begin of the next
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    async with simulated(BTC, replay=file) as venue, venue.socket("/market/ws") as frames:
        await frames.ask("SUBSCRIBE", "btcusdt@kline_1m", "btcusdt@kline_5m")
        while venue.exchange.feed.next_ms is not None:
            venue.exchange.step()
        finals = []
        while len(finals) < 11:
            frame = await frames.next("kline")
            if frame["k"]["x"]:
                finals.append(frame["k"])
    minutes = [(each["t"] // MINUTE_MS % 60, each["h"], each["c"]) for each in finals if each["i"] == "1m"]
    assert minutes == [(index, "50010.5", f"{50000 + index}") for index in range(11) if index not in (4, 5)]
    fives = [(each["t"] // MINUTE_MS % 60, each["c"], each["v"]) for each in finals if each["i"] == "5m"]
    assert fives == [(0, "50003", "160"), (5, "50009", "160")]
