"""What is particular to Binance spot: fees of what is received, a login over the line, ids of cancellations."""

from __future__ import annotations

from decimal import Decimal

import pytest
from builtin.ccxt.kit import BTC_SPOT, PRIVATE, scene
from builtin.ccxt.test_differential import parsers, rows_in, same
from builtin.ccxt.test_errors_docs import rows_of
from sim.wires.samples import SAMPLES, sample

from twinstar.builtin.ccxt.codes import codes_of
from twinstar.builtin.ccxt.habits import binance, habit_of
from twinstar.builtin.ccxt.outcome import order_failed
from twinstar.builtin.ccxt.wire import Exchanged
from twinstar.domain import InstrumentId, OrderCanceled, OrderFilled, OrderKind, Side, Timeframe
from twinstar.domain.meanings import Doing
from twinstar.errors import OutcomeUnknown, VenueError, VenueRejected, VenueUnavailable
from twinstar.ports import Wanted
from twinstar.sim.wires.binance.errors import REFUSALS
from twinstar.sim.wires.binance_common.errors import CANCEL
from twinstar.testing.conformance.listening import listening


async def test_a_fill_tells_the_fee_in_the_coin_that_it_was_taken_of() -> None:
    async with scene("binance") as one, listening(one.venue, BTC_SPOT) as heard:
        await one.venue.trading.place(one.order(quantity=Decimal("0.01")))
        await heard.until(lambda heard: heard.of(OrderFilled))
        (buy, *_) = heard.of(OrderFilled)
        assert (buy.fill.fee, buy.fill.fee_asset) == (buy.fill.quantity / 1_000, "BTC")
        await one.venue.trading.place(one.order(quantity=Decimal("0.009"), side=Side.SELL))
        await heard.until(lambda heard: heard.of(OrderFilled)[-1].fill.side is Side.SELL)
        assert heard.of(OrderFilled)[-1].fill.fee_asset == "USDT"


async def test_a_cancellation_is_known_by_the_orders_own_id() -> None:
    async with scene("binance") as one, listening(one.venue, BTC_SPOT) as heard:
        order = one.order(kind=OrderKind.LIMIT, price=one.price // 2, quantity=Decimal("0.01"))
        await one.venue.trading.place(order)
        await one.venue.trading.cancel(order)
        await heard.until(lambda heard: heard.of(OrderCanceled))
        assert [event.order_id for event in heard.of(OrderCanceled)] == [order.order_id]


async def test_a_login_that_is_not_answered_fails_and_the_next_one_is_made_on_a_new_line() -> None:
    async with scene("binance", timeout_s=0.3) as one:
        one.fault(on="ws", kind="lose", match=PRIVATE["binance"], frame="subscriptionId")
        orders = list(one.venue.streams.open(Wanted((InstrumentId(BTC_SPOT, "binance"),), Timeframe.M1)))[-1]
        with pytest.raises(VenueUnavailable):
            await anext(orders)
        async with listening(one.venue, BTC_SPOT) as heard:
            await one.venue.trading.place(one.order(quantity=Decimal("0.01")))
            await heard.until(lambda heard: heard.of(OrderFilled))


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ("Account has insufficient balance for requested action.", VenueRejected),
        ("Stop price would trigger immediately.", VenueRejected),
        ("Duplicate order sent.", OutcomeUnknown),
    ],
)
def test_the_one_code_of_refused_orders_is_told_apart_by_its_words(words: str, error: type[VenueError]) -> None:
    exchanged = Exchanged(requests=1, status=400, body={"code": -2010, "msg": words})
    assert type(order_failed("binance", Doing.ORDER, ValueError("ccxt's"), exchanged, binance.WORDS)) is error


def test_whatever_the_simulated_exchange_refuses_with_is_in_the_table() -> None:
    spoken = {str(code) for words in (REFUSALS, CANCEL) for code, _ in words.values()}
    assert spoken <= set(binance.WORDS.codes)


def test_the_page_tells_which_codes_mean_something_else_than_in_futures() -> None:
    futures = codes_of("binanceusdm").codes
    own = [(name, code) for name, code in codes_of("binance").codes.items() if futures.get(name) != code]
    assert sorted(rows_of("Codes of binance")) == sorted((name, code.meaning.value, code.text) for name, code in own)


@pytest.mark.parametrize(
    ("frame", "known", "complaint", "over"),
    [
        ({"subscriptionId": 0, "event": {"e": "executionReport"}}, True, None, None),
        ({"subscriptionId": 0, "event": {"e": ["executionReport"]}}, False, None, None),
        ({"subscriptionId": 0, "event": {"e": "eventStreamTerminated"}}, True, None, "eventStreamTerminated"),
        ({"id": "1", "status": 200, "result": {"subscriptionId": 0}}, True, None, None),
        ({"id": "1", "status": 401, "error": {"code": -2015, "msg": "no"}}, True, "-2015: no", None),
        ({"error": {"code": 2, "msg": "Invalid request"}, "id": 1}, True, None, None),
        ({"e": "kline", "k": {}}, True, None, None),
        ([], False, None, None),
    ],
)
def test_frames_are_known_by_their_form(frame: object, known: bool, complaint: str | None, over: str | None) -> None:
    assert binance.known(frame) is known
    if known:
        assert (binance.complaint(frame), binance.over(frame)) == (complaint, over)


ORDERS = (
    "nautilus/spot/http_json/all_orders_response.json",
    "nautilus/spot/http_json/order_response.json",
    "nautilus/spot/http_json/new_order_full_response.json",
    "ccxt_comment_samples/binance.json:5962",
    "ccxt_comment_samples/binance.json:6046",
)


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the venues' samples are not beside the project")
@pytest.mark.parametrize("name", ORDERS)
def test_our_facts_of_the_venues_samples_are_what_ccxt_parses(name: str) -> None:
    plain, ours = parsers("binance", "BTC")
    for row in rows_in(sample("binance", name)):
        theirs, order = plain.parse_order(row), ours.parse_order(row)
        told = habit_of("binance").orders.found(order)
        assert (told.venue_order_id, told.status, told.time_ms) == (
            theirs["id"],
            theirs["status"],
            theirs["lastUpdateTimestamp"] or theirs["lastTradeTimestamp"] or theirs["timestamp"],
        )
        assert same(told.filled, theirs["filled"])
        assert binance.client_id(order) == theirs["clientOrderId"]


async def test_the_keys_rights_are_those_of_spot() -> None:
    async with scene("binance") as one:
        assert one.venue.permissions is not None
        told = await one.venue.permissions()
        assert (told.can_trade, told.can_withdraw, told.can_transfer, told.is_bound) == (True, False, False, True)
        assert "Spot" in told.trade_switch
