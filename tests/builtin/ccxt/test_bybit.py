"""Bybit's habits, each against the simulated exchange that has them too."""

from __future__ import annotations

import json
import re
from decimal import Decimal

import msgspec
import pytest
from builtin.ccxt.kit import BTC_USDT, Scene, scene

from twinstar.builtin.ccxt.habits import bybit
from twinstar.domain import (
    AccountSeen,
    FundingPaid,
    Order,
    OrderAccepted,
    OrderCanceled,
    OrderExpired,
    OrderFilled,
    OrderKind,
    OrderStatus,
    Permissions,
    Role,
    Side,
    Terms,
    TimeInForce,
)
from twinstar.errors import AuthFailed, BadMessage, OutcomeUnknown, VenueRejected, VenueUnavailable
from twinstar.ports import FundingSought, Gap
from twinstar.sim.model import Kind, Request
from twinstar.sim.model import Side as TheirSide
from twinstar.sim.wires.bybit import limits
from twinstar.sim.wires.bybit import orders as wire_orders
from twinstar.testing.conformance.listening import listening

KEY = "user/query-api"


def answer(one: Scene, match: str, result: object, *, code: int = 0, **more: object) -> None:
    body = json.dumps({"retCode": code, "retMsg": "OK", "result": result, "time": one.clock.now_ms()})
    one.fault(on="rest", kind="status", status=200, body=body, match=match, **more)


def stop(one: Scene, **changes: object) -> Order:
    terms = {"kind": OrderKind.STOP, "side": Side.SELL, "role": Role.STOP, "reduce_only": True}
    return one.order(**{**terms, "stop_price": one.price // 1 - 3, **changes})


async def seen(one: Scene) -> AccountSeen:
    *_, told = await one.account()
    assert isinstance(told, AccountSeen)
    return told


# Markets and settings


async def test_two_questions_load_its_markets_and_nothing_asks_what_kind_of_account_it_is() -> None:
    async with scene("bybit", leverage=7) as one:
        await one.venue.listing.instruments([BTC_USDT])
        await one.account()
        asked = {path.partition("/v5/")[2]: count for path, count in one.server.requests.items()}
        assert asked["market/instruments-info"] == 2
        assert asked["account/info"] == 1  # what its terms are
        assert not {"user/query-api", "asset/coin/query-info"} & asked.keys()
        (position,) = (each for each in one.exchange.positions("main") if each.symbol == BTC_USDT)
        assert position.leverage == 7


async def test_settings_that_are_so_already_are_no_error() -> None:
    async with scene("bybit", leverage=7) as one:
        for _ in range(2):
            await one.venue.listing.instruments([BTC_USDT])


# Orders


async def test_a_stop_waits_at_the_venue_and_fires_under_the_id_it_had() -> None:
    async with scene("bybit") as one, listening(one.venue, BTC_USDT) as heard:
        await one.venue.trading.place(one.order())
        resident = stop(one)
        venue_order_id = await one.venue.trading.place(resident)
        (standing,) = (await seen(one)).orders
        assert (standing.kind, standing.stop_price, standing.reduce_only) == (OrderKind.STOP, resident.stop_price, True)
        for _ in range(20_000):
            if not one.exchange.orders("main", open_only=True):
                break
            one.exchange.step()
        await heard.until(lambda heard: any(f.fill.order_id == resident.order_id for f in heard.of(OrderFilled)))
        told = await one.account(resident)
        (accepted,) = (event for event in told if isinstance(event, OrderAccepted))
        assert accepted.venue_order_id == venue_order_id
        assert sum(event.fill.quantity for event in told if isinstance(event, OrderFilled)) == resident.quantity


async def test_a_stop_is_moved_and_grown_where_it_stands() -> None:
    async with scene("bybit") as one:
        await one.venue.trading.place(one.order(quantity=Decimal("0.3")))
        resident = stop(one)
        before = await one.venue.trading.place(resident)
        terms = Terms(quantity=Decimal("0.3"), stop_price=resident.stop_price - 100)
        assert await one.venue.trading.amend(resident, terms) == before
        (standing,) = (await seen(one)).orders
        assert (standing.client_order_id, standing.kind) == (resident.order_id, OrderKind.STOP)
        assert (standing.quantity, standing.stop_price) == (terms.quantity, terms.stop_price)
        with pytest.raises(VenueRejected, match="110093: expect Falling"):
            await one.venue.trading.amend(resident, Terms(quantity=Decimal("0.3"), stop_price=one.price // 1 + 100))
        with pytest.raises(OutcomeUnknown, match="110027: The order remains unchanged"):
            await one.venue.trading.amend(resident, terms)
        await one.venue.trading.cancel(resident)
        with pytest.raises(VenueRejected, match="110001"):
            await one.venue.trading.amend(resident, resident.terms)


async def test_a_take_profit_waits_beside_the_stop_and_is_told_from_it() -> None:
    async with scene("bybit") as one:
        (instrument,) = await one.venue.listing.instruments([BTC_USDT])
        assert (instrument.resident_stops, instrument.resident_targets, instrument.amends_stops) == (True, True, True)
        await one.venue.trading.place(one.order())
        target = stop(one, kind=OrderKind.TAKE_PROFIT, role=Role.TAKE_PROFIT, stop_price=one.price // 1 + 500)
        for order in (stop(one), target):
            await one.venue.trading.place(order)
        kinds = {order.kind: order.stop_price for order in (await seen(one)).orders}
        assert kinds == {OrderKind.STOP: kinds[OrderKind.STOP], OrderKind.TAKE_PROFIT: target.stop_price}


async def test_an_order_that_is_over_is_found_in_real_time_and_later_in_the_history(monkeypatch) -> None:
    async with scene("bybit") as one:
        order = one.order()
        await one.venue.trading.place(order)
        await one.venue.trading.place(one.order())
        for recent, asked in ((2, 0), (1, 1)):
            monkeypatch.setattr(wire_orders, "RECENT", recent)
            before = one.server.requests["GET /v5/order/history"]
            told = await one.account(order)
            assert [type(event) for event in told][:2] == [OrderAccepted, OrderFilled]
            assert one.server.requests["GET /v5/order/history"] - before == asked


async def test_an_order_that_is_in_neither_list_is_unknown_and_a_garbled_list_is_no_list() -> None:
    async with scene("bybit", visibility_ms=500) as one:
        order = msgspec.structs.replace(one.order(), status=OrderStatus.IN_DOUBT, status_ms=1)
        told = await one.account(order)
        assert told[0].reason == "the venue does not know it"
        for result in ({}, {"list": None}, {"list": {}}, [], None):
            answer(one, "order/history", result, count=1)
            with pytest.raises(BadMessage):
                await one.account(order)


async def test_an_answer_that_is_of_another_order_is_none() -> None:
    async with scene("bybit") as one:
        order, other = one.order(), one.order()
        await one.venue.trading.place(other)
        (row,) = (await raw(one, "GET", "order/history", symbol="BTCUSDT"))["result"]["list"]
        answer(one, "order/realtime.*", {"list": [row], "nextPageCursor": ""}, count=2)
        with pytest.raises(BadMessage):
            await one.account(order)


async def raw(one: Scene, method: str, path: str, **params: object):
    exchange = one.venue.streams.exchange
    await exchange.ready()
    ask = getattr(exchange, f"private{method.title()}V5" + re.sub(r"[/-]", "", path.title()))
    return await ask({"category": "linear", **params})


async def test_more_orders_than_a_page_has_are_all_read() -> None:
    async with scene("bybit") as one:
        for number in range(120):
            price = one.price // 2 + number
            request = Request(
                symbol=BTC_USDT, side=TheirSide.BUY, kind=Kind.LIMIT, quantity=Decimal("0.001"), price=price
            )
            one.exchange.place("main", request)
        assert len((await seen(one)).orders) == 120
        assert one.server.requests["GET /v5/order/realtime"] == 3


async def test_more_fills_than_a_page_has_are_told_oldest_first() -> None:
    async with scene("bybit") as one:
        best = one.exchange.book(BTC_USDT, 1).bids[0][0] + one.exchange.listings[BTC_USDT].tick
        order = one.order(kind=OrderKind.LIMIT, price=best, quantity=Decimal(3))
        await one.venue.trading.place(order)
        sold = Request(symbol=BTC_USDT, side=TheirSide.SELL, kind=Kind.LIMIT, quantity=Decimal("0.001"), price=best)
        for _ in range(130):
            one.exchange.place("main", sold)
        told = [event for event in await one.account(order) if isinstance(event, OrderFilled)]
        theirs = [each for each in one.exchange.executions("main") if each.client_id == order.order_id]
        assert len(theirs) > 100
        assert [event.fill.quantity for event in told] == [each.quantity for each in theirs]
        assert len({event.fill.fill_id for event in told}) == len(theirs)


async def test_a_start_that_finds_a_position_asks_for_the_same_terms_and_is_content() -> None:
    """The margin mode is the account's, and cannot be changed while anything is held."""
    async with scene("bybit", leverage=7, margin_mode="isolated") as one:
        await one.venue.listing.instruments([BTC_USDT])
        await one.venue.trading.place(one.order(kind=OrderKind.MARKET))
        await one.venue.listing.instruments([BTC_USDT])
    async with scene("bybit", margin_mode="isolated") as one:
        await one.venue.trading.place(one.order(kind=OrderKind.MARKET))
        with pytest.raises(VenueRejected, match="3400045"):
            await one.venue.listing.instruments([BTC_USDT])


async def test_what_ended_by_rule_says_why() -> None:
    async with scene("bybit") as one, listening(one.venue, BTC_USDT) as heard:
        order = one.order(
            kind=OrderKind.LIMIT, price=one.price // 1 - 5_000, quantity=Decimal("0.1"), time_in_force=TimeInForce.IOC
        )
        await one.venue.trading.place(order)
        await heard.until(lambda heard: heard.of(OrderExpired))
        (told,) = heard.of(OrderExpired)
        assert (told.filled, told.reason) == (0, "EC_NoImmediateQtyToFill")


async def test_a_post_only_order_that_would_take_is_acknowledged_and_then_rejected() -> None:
    async with scene("bybit") as one, listening(one.venue, BTC_USDT) as heard:
        price = one.price // 1 + 200
        order = one.order(kind=OrderKind.LIMIT, price=price, time_in_force=TimeInForce.POST_ONLY)
        assert await one.venue.trading.place(order)
        await heard.until(lambda heard: heard.of(OrderExpired))
        (told,) = heard.of(OrderExpired)
        assert (told.filled, told.reason) == (0, "EC_PostOnlyWillTakeLiquidity")
        assert (await seen(one)).holdings == ()
        assert [type(event) for event in await one.account(order)][:2] == [OrderAccepted, OrderExpired]


async def test_what_we_canceled_is_canceled() -> None:
    async with scene("bybit") as one, listening(one.venue, BTC_USDT) as heard:
        resident = stop(one, reduce_only=False)
        await one.venue.trading.place(resident)
        await one.venue.trading.cancel(resident)
        await heard.until(lambda heard: heard.of(OrderCanceled))
        assert [type(event) for event in await one.account(resident)][1:2] == [OrderCanceled]


@pytest.mark.parametrize(
    ("order", "kind"),
    [
        ({"triggerPrice": "1", "side": "sell", "info": {"triggerDirection": 2}}, OrderKind.STOP),
        ({"triggerPrice": "1", "side": "buy", "info": {"triggerDirection": 1}}, OrderKind.STOP),
        ({"triggerPrice": "1", "side": "sell", "info": {"triggerDirection": 1}}, OrderKind.TAKE_PROFIT),
        ({"triggerPrice": "1", "side": "buy", "info": {"triggerDirection": 2}}, OrderKind.TAKE_PROFIT),
        ({"price": "2", "stopLossPrice": "1", "side": "buy", "info": {"triggerDirection": 0}}, OrderKind.LIMIT),
        ({"side": "buy", "info": {}}, OrderKind.MARKET),
    ],
)
def test_take_profits_differ_from_stops_by_their_direction_and_an_attached_stop_is_no_stop_yet(order, kind) -> None:
    assert bybit.standing({"amount": "3", **order}).kind is kind


@pytest.mark.parametrize(
    ("info", "reason", "by_rule"),
    [
        ({"cancelType": "CancelByUser", "rejectReason": "EC_PerCancelRequest"}, "", False),
        ({"cancelType": "UNKNOWN", "rejectReason": "EC_NoError"}, "", True),
        ({"cancelType": "CancelByReduceOnly", "rejectReason": "EC_NoError"}, "CancelByReduceOnly", True),
        ({"cancelType": "UNKNOWN", "rejectReason": "EC_NoImmediateQtyToFill"}, "EC_NoImmediateQtyToFill", True),
        ({}, "", True),
    ],
)
def test_whether_we_canceled_it_is_told_though_every_market_order_is_ioc(info, reason, by_rule) -> None:
    told = bybit.found({"id": "1", "status": "canceled", "filled": "0", "timeInForce": "IOC", "info": info})
    assert (told.reason, told.ended_by_rule) == (reason, by_rule)


# Refusals


async def test_a_wrong_signature_does_not_tell_our_key() -> None:
    async with scene("bybit") as one:
        one.venue.streams.exchange.secret = "wrong"
        with pytest.raises(AuthFailed, match="10004: error sign!") as caught:
            await one.account()
        assert "origin_string" not in str(caught.value)


@pytest.mark.parametrize(
    ("frame", "complaint"),
    [
        ({"op": "auth", "success": True, "ret_msg": ""}, None),
        ({"op": "auth", "retCode": 0, "retMsg": "OK"}, None),
        ({"op": "auth", "success": False, "ret_msg": "Params Error"}, "10004: Params Error"),
        ({"op": "auth", "success": False, "ret_msg": "API key is invalid."}, "10004: API key is invalid."),
        ({"op": "auth", "success": False, "ret_msg": "Request expired"}, "10002: Request expired"),
        ({"op": "auth", "retCode": 10003, "retMsg": "Too many sessions"}, "10003: Too many sessions"),
        ({"op": "auth"}, "10004: None"),
        ({"op": "subscribe", "success": False, "ret_msg": "error:handler not found"}, None),
    ],
)
def test_of_answers_only_a_refused_login_is_complained_of(frame, complaint) -> None:
    assert bybit.complaint(frame) == complaint


async def test_an_amendment_that_changes_nothing_is_told_from_a_wrong_parameter() -> None:
    same = {
        "retCode": 10001,
        "retMsg": "The order remains unchanged as the parameters entered match the existing ones.",
    }
    assert bybit.refusal(same).code == "110027"
    assert bybit.refusal({"retCode": 10001, "retMsg": "params error: symbol invalid"}).code == "10001"
    assert bybit.refusal({"retCode": 0, "retMsg": "OK"}) is None
    assert bybit.refusal([]) is None


async def test_an_address_that_is_shut_out_is_left_alone(monkeypatch) -> None:
    monkeypatch.setattr(limits, "ADDRESS", (5_000, 0))
    async with scene("bybit") as one:
        with pytest.raises(VenueUnavailable, match="HTTP 403: too many requests from this address"):
            await one.account()


# Candles and the account


@pytest.mark.parametrize("confirm", [None, "true", 1])
def test_a_candle_that_does_not_say_whether_it_is_over_is_none(confirm) -> None:
    row = {"start": 1_700_000_000_000, **dict.fromkeys(("open", "high", "low", "close"), "1"), "volume": "2"}
    ((told, closed),) = bybit.candles({"data": [{**row, "confirm": True}]}, ())
    assert (told.volume, closed) == (2, True)
    with pytest.raises(ValueError, match="confirm"):
        list(bybit.candles({"data": [{**row, "confirm": confirm}]}, ()))


async def test_a_hedged_account_is_refused() -> None:
    async with scene("bybit") as one:
        await one.venue.trading.place(one.order())
        (row,) = (await raw(one, "GET", "position/list", symbol="BTCUSDT"))["result"]["list"]
        both = [{**row, "positionIdx": 1}, {**row, "positionIdx": 2, "side": "Sell"}]
        answer(one, "position/list", {"list": both, "nextPageCursor": ""})
        with pytest.raises(VenueUnavailable, match="one-way"):
            await one.account()


async def test_on_portfolio_margin_what_positions_bind_is_not_told() -> None:
    async with scene("bybit") as one:
        await one.venue.trading.place(one.order())
        (row,) = (await raw(one, "GET", "account/wallet-balance", accountType="UNIFIED"))["result"]["list"]
        coins = [{**coin, "totalPositionIM": "", "totalOrderIM": ""} for coin in row["coin"]]
        answer(one, "wallet-balance", {"list": [{**row, "coin": coins}]})
        (balance,) = (await seen(one)).balances
        assert (balance.locked, balance.free) == (0, Decimal(coins[0]["walletBalance"]))


async def test_funding_is_read_from_the_log_page_by_page_and_week_by_week() -> None:
    async with scene("bybit") as one:
        await one.venue.trading.place(one.order())
        for _ in range(60):
            one.exchange.treasury.fund(Decimal("0.0001"))
        one.exchange.treasury.fund(Decimal("-0.0003"))
        month_ago_ms = one.clock.now_ms() - 30 * 86_400_000
        sought = FundingSought(instruments=frozenset({one.instrument}), since_ms=month_ago_ms)
        *payments, _ = await one.venue.trading.account(Gap(funding=sought))
        assert all(isinstance(each, FundingPaid) for each in payments)
        theirs = one.exchange.payments("main")
        assert [each.amount for each in payments] == [each.amount for each in theirs]
        assert len({each.payment_id for each in payments}) == 61
        assert one.server.requests["GET /v5/account/transaction-log"] == 4 + 2


# The key


async def test_what_the_key_may_do_is_asked() -> None:
    async with scene("bybit") as one:
        told = await asked(one)
        assert (told.can_trade, told.can_withdraw, told.can_transfer, told.is_bound) == (True, False, False, True)


async def asked(one: Scene) -> Permissions:
    assert one.venue.permissions
    return await one.venue.permissions()


SAFE = {"readOnly": 0, "permissions": {"ContractTrade": ["Order", "Position"], "Wallet": []}, "ips": ["10.0.0.1"]}


@pytest.mark.parametrize(
    ("changed", "found", "value"),
    [
        ({"readOnly": 1}, "can_trade", False),
        ({"permissions": {"ContractTrade": ["Position"], "Wallet": []}}, "can_trade", False),
        ({"permissions": {"ContractTrade": ["Order"], "Wallet": ["Withdraw"]}}, "can_withdraw", True),
        ({"permissions": {"ContractTrade": ["Order"], "Wallet": ["AccountTransfer"]}}, "can_transfer", True),
        ({"permissions": {"ContractTrade": ["Order"], "Wallet": ["SubMemberTransferList"]}}, "can_transfer", True),
        ({"ips": ["*"]}, "is_bound", False),
        ({"ips": []}, "is_bound", False),
    ],
)
async def test_each_right_of_a_key_is_read(changed, found, value) -> None:
    async with scene("bybit") as one:
        answer(one, KEY, {**SAFE, **changed})
        assert getattr(await asked(one), found) is value


@pytest.mark.parametrize("name", ["readOnly", "permissions", "ips"])
async def test_an_answer_that_cannot_be_read_is_no_permission(name) -> None:
    async with scene("bybit") as one:
        for value in (None, "0", {}, {"Wallet": "none", "ContractTrade": []}):
            answer(one, KEY, {**SAFE, name: value}, count=1)
            with pytest.raises(BadMessage):
                await asked(one)
