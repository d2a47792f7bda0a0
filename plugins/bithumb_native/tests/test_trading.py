"""Orders against the simulated Bithumb, over real sockets: what leaves, what is asked again, what is found."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest.mock import patch

import aiohttp
import msgspec
import pytest
from loguru import logger

import twinstar as ts
import twinstar_bithumb_native
from twinstar.sim import model
from twinstar.testing.conformance.quality import read_quality
from twinstar.testing.conformance.stage import MAIN, Stage, staged
from twinstar_bithumb_native.trading import BithumbTrading

QUALITY = read_quality(Path(twinstar_bithumb_native.__file__).with_name("quality.yaml"))
BALANCES = {"KRW": 500_000_000, "BTC": 1}


@asynccontextmanager
async def stage_of(**config: Any) -> AsyncIterator[Stage]:
    async with staged(msgspec.structs.replace(QUALITY, balances=BALANCES), config=config) as s:
        yield s


@contextmanager
def recorded() -> Iterator[list[dict[str, str]]]:
    """The bodies of all that is posted, as they leave."""
    bodies: list[dict[str, str]] = []
    really = aiohttp.ClientSession._request

    async def request(session: aiohttp.ClientSession, method: str, url: Any, **options: Any) -> Any:
        if method == "POST":
            bodies.append(json.loads(options["data"]))
        return await really(session, method, url, **options)

    with patch.object(aiohttp.ClientSession, "_request", request):
        yield bodies


def refusing(s: Stage, name: str | int, *, status: int, on: str, count: int = 1) -> None:
    body = json.dumps({"error": {"name": name, "message": "in other words"}})
    s.fault(on="rest", kind="refuse", status=status, body=body, match=on, count=count)


async def test_a_price_and_a_quantity_of_eight_digits_arrive_as_they_were_meant() -> None:
    async with stage_of() as s:
        order = s.resting(side=ts.Side.SELL, price=Decimal(135_123_000), quantity=Decimal("0.00005243"))
        with recorded() as bodies:
            await s.trading.place(order)
        assert (bodies[0]["price"], bodies[0]["volume"]) == ("135123000", "0.00005243")
        (theirs,) = s.theirs()
        assert (theirs.request.price, theirs.request.quantity) == (order.price, order.quantity)
        (resting,) = (await s.seen()).orders or ()
        assert (resting.price, resting.quantity) == (order.price, order.quantity)


async def test_an_amount_of_won_is_spent_to_the_won() -> None:
    async with stage_of() as s:
        assert isinstance(s.trading, BithumbTrading)
        order = s.order()
        with recorded() as bodies:
            await s.trading.spend(s.symbol, Decimal(1_234_567), order.order_id)
        assert (bodies[0]["order_type"], bodies[0]["price"], bodies[0].get("volume")) == ("price", "1234567", None)
        (theirs,) = s.theirs()
        assert theirs.request.cost == Decimal(1_234_567)
        with pytest.raises(ts.errors.VenueRejected, match="cannot be spent"):
            await s.trading.spend(s.symbol, Decimal("1234567.5"), "another")
        assert len(bodies) == 1


async def test_a_market_buy_gets_its_quantity_and_pays_no_more_than_the_cap_allows() -> None:
    async with stage_of(market_buy_cap="0.01") as s:
        last = s.price
        with recorded() as bodies:
            await s.trading.place(s.order(quantity=Decimal("0.01")))
        assert (bodies[0]["volume"], bodies[0]["time_in_force"]) == ("0.01", "ioc")
        assert last < Decimal(bodies[0]["price"]) <= last * Decimal("1.01")
        assert sum(each.quantity for each in s.executions) == Decimal("0.01")


async def test_an_order_that_is_not_ready_to_be_canceled_is_asked_for_again() -> None:
    async with stage_of() as s:
        order = s.resting()
        await s.trading.place(order)
        refusing(s, "order_not_ready", status=422, on="DELETE", count=2)
        await s.trading.cancel(order)
        assert [each.status for each in s.theirs()] == [model.Status.CANCELED]
        refusing(s, "order_not_ready", status=422, on="DELETE", count=99)
        with pytest.raises(ts.errors.VenueUnavailable, match="order_not_ready"):
            await s.trading.cancel(order)


async def test_an_order_that_is_not_found_to_be_canceled_is_read_once_before_it_is_given_up() -> None:
    async with stage_of() as s:
        order = s.resting()
        await s.trading.place(order)
        refusing(s, "order_not_found", status=404, on="DELETE")
        before = s.asked().get("GET /v1/order", 0)
        with pytest.raises(ts.errors.VenueUnavailable, match="stands"):
            await s.trading.cancel(order)
        assert s.asked()["GET /v1/order"] == before + 1
        with pytest.raises(ts.errors.VenueRejected, match="order_not_found"):
            await s.trading.cancel(s.resting())


@pytest.mark.parametrize("name", ["invalid_price_bid", 400])
async def test_a_refusal_counts_with_http_200_too(name: str | int) -> None:
    async with stage_of() as s:
        refusing(s, name, status=200, on="POST")
        with pytest.raises(ts.errors.VenueRejected, match=str(name)):
            await s.trading.place(s.resting())


@pytest.mark.parametrize("name", ["not_enough_of_it", "duplicate_client_order_id"])
async def test_an_order_that_is_answered_in_words_that_prove_nothing_is_in_doubt(name: str) -> None:
    async with stage_of() as s:
        refusing(s, name, status=400, on="POST")
        with pytest.raises(ts.errors.OutcomeUnknown, match=name):
            await s.trading.place(s.resting())


async def test_a_token_that_is_out_of_date_is_a_reason_to_ask_for_the_time() -> None:
    async with stage_of() as s:
        refusing(s, "expired_jwt", status=401, on="/v1/accounts")
        with pytest.raises(ts.errors.VenueUnavailable, match="expired_jwt"):
            await s.account()
        async with asyncio.timeout(1):
            await s.time.doubted()


async def test_orders_that_stand_are_read_page_by_page() -> None:
    async with stage_of() as s:
        price = s.at("0.5")
        for number in range(230):
            wish = model.Request(
                symbol=s.symbol,
                side=model.Side.BUY,
                kind=model.Kind.LIMIT,
                quantity=Decimal("0.001"),
                price=price,
                client_id=f"theirs-{number}",
            )
            s.exchange.place(MAIN.account, wish)
        seen = await s.seen()
        assert len({each.client_order_id for each in seen.orders or ()}) == 230
        assert s.asked()["GET /v2/orders/pending"] == 3


async def test_what_resting_orders_lock_is_still_ours() -> None:
    async with stage_of() as s:
        await s.trading.place(s.resting(side=ts.Side.SELL, price=s.at("1.5"), quantity=Decimal("0.25")))
        (coin,) = [each for each in (await s.seen()).balances if each.asset == "BTC"]
        assert (coin.free, coin.locked) == (Decimal("0.75"), Decimal("0.25"))


async def test_fees_and_the_smallest_total_are_those_of_the_account() -> None:
    async with stage_of() as s:
        (instrument,) = await s.listing.instruments([s.symbol])
        assert (instrument.maker_fee, instrument.taker_fee) == (Decimal("0.0025"), Decimal("0.0025"))
        assert instrument.min_notional == 5_000
        assert instrument.is_dust(Decimal("0.00001"), Decimal(90_000_000))
        assert not instrument.resident_stops


async def test_a_market_that_is_not_open_is_refused_at_the_start() -> None:
    async with stage_of() as s:
        rules = {"bid_fee": "0", "ask_fee": "0", "market": {"bid": {"min_total": "1"}, "ask": {"min_total": "1"}}}
        rules["market"] = {**rules["market"], "state": "preview"}
        s.fault(on="rest", kind="status", status=200, body=json.dumps(rules), match="/v1/orders/chance")
        with pytest.raises(ts.errors.ConfigError, match="not traded at present: preview"):
            await s.listing.instruments([s.symbol])


async def test_a_market_that_the_venue_warns_of_is_named_in_the_log() -> None:
    async with stage_of() as s:
        told: list[str] = []
        sink = logger.add(lambda message: told.append(str(message)), level="WARNING")
        body = json.dumps([{"market": "KRW-BTC", "market_warning": "CAUTION"}])
        s.fault(on="rest", kind="status", status=200, body=body, match="/v1/market/all")
        try:
            await s.listing.instruments([s.symbol])
        finally:
            logger.remove(sink)
        assert any("BTC/KRW" in line and "CAUTION" in line for line in told)


@pytest.mark.parametrize("timeframe", [ts.Timeframe.H2, ts.Timeframe.H4])
async def test_candles_of_hours_open_where_ours_do_though_the_venues_open_in_korea(timeframe: ts.Timeframe) -> None:
    async with staged(QUALITY, history=600) as s:
        now_ms = s.exchange.clock.market_ms()
        found = await s.history.candles(s.instrument, timeframe, timeframe.floor(now_ms - 36_000_000), now_ms)
        assert len(found) >= 2
        minutes = s.candles()
        for candle in found[1:]:
            parts = [minutes[ms] for ms in range(candle.open_ms, timeframe.after(candle.open_ms), 60_000)]
            assert (candle.open, candle.close) == (parts[0].open, parts[-1].close)
            assert candle.volume == sum(part.volume for part in parts)
        assert found[-1].open_ms == timeframe.floor(now_ms) - (timeframe.after(0))


async def test_weeks_are_refused_at_the_start() -> None:
    async with stage_of() as s:
        venue = s.connect(timeframe="1w")
        assert venue.listing is not None
        with pytest.raises(ts.errors.ConfigError, match="no candles of 1w; there are: 1m"):
            await venue.listing.instruments([s.symbol])
