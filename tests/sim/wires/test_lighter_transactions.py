"""Lighter's transactions: accepted or refused, and what becomes of what was accepted."""

from __future__ import annotations

import asyncio
import base64
import json
from decimal import Decimal

import pytest
from msgspec.structs import replace
from sim.wires.lighter_kit import BTC, BTC_ID, ETH_ID, KEY, premium, simulated

from twinstar.sim.wires.lighter import transactions
from twinstar.sim.wires.lighter.accounts import FIRST_ACCOUNT
from twinstar.sim.wires.lighter.errors import ApiError
from twinstar.sim.wires.lighter.limits import QUOTA, Limits
from twinstar.sim.wires.lighter.rules import GTT, IOC, MARKET, OCO, OTO, OTOCO, POST_ONLY, PROFIT, STOP

MINUTE_MS = 60_000


@pytest.fixture
async def venue():
    async with premium() as made:
        made.move(ticks=5)
        yield made


async def statuses(venue) -> dict[int, str]:
    return {index: order["status"] for index, order in (await venue.orders()).items()}


async def types(venue) -> dict[str, str]:
    """By type, for orders that have no index of ours."""
    await asyncio.sleep(0)
    found = [*(await venue.own("accountInactiveOrders"))["orders"], *(await venue.own("accountActiveOrders"))["orders"]]
    return {order["type"]: order["status"] for order in found}


# Nonces


async def test_each_key_counts_by_itself_and_the_next_is_the_last_plus_one(venue):
    await venue.create(ClientOrderIndex=1)
    assert (await venue.get("nextNonce", account_index=FIRST_ACCOUNT, api_key_index=KEY))["nonce"] == 2
    assert (await venue.get("nextNonce", account_index=FIRST_ACCOUNT, api_key_index=KEY + 1))["nonce"] == 1
    await venue.send(14, **venue.order(ClientOrderIndex=2), ApiKeyIndex=KEY + 1, nonce=1)
    assert await statuses(venue) == {1: "open", 2: "open"}


@pytest.mark.parametrize("nonce", [0, 1, 3, 2**47])
async def test_a_nonce_that_is_not_the_next_is_refused_and_spends_nothing(venue, nonce):
    await venue.create(ClientOrderIndex=1)
    status, answer = await venue.try_to_send(14, **venue.order(ClientOrderIndex=2), nonce=nonce)
    assert (status, answer["code"]) == (400, 21104)
    await venue.create(ClientOrderIndex=2)
    assert await statuses(venue) == {1: "open", 2: "open"}


async def test_with_skip_nonce_any_larger_one_will_do_and_no_smaller_one_after_it(venue):
    await venue.send(14, **venue.order(ClientOrderIndex=1), nonce=1_000, L2TxAttributes={"4": 1})
    _, answer = await venue.try_to_send(14, **venue.order(ClientOrderIndex=2), nonce=1_000, L2TxAttributes={"4": 1})
    assert answer["code"] == 21104
    await venue.send(14, **venue.order(ClientOrderIndex=2), nonce=1_001)


async def test_a_refused_transaction_spends_no_nonce_and_one_that_fails_later_does(venue):
    _, answer = await venue.try_to_send(14, **venue.order(ClientOrderIndex=1, Price=0))
    assert answer["code"] == 21702
    await venue.create(ClientOrderIndex=2, BaseAmount=100_000_000)
    assert await statuses(venue) == {2: "canceled-margin-not-allowed"}
    assert (await venue.get("nextNonce", account_index=FIRST_ACCOUNT, api_key_index=KEY))["nonce"] == 2


# What is looked at before anything happens


WRONG = {
    "a signature of another length": (21120, {"Sig": base64.b64encode(b"s" * 79).decode()}),
    "no signature": (21501, {"Sig": 7}),
    "a field that is not signed": (21501, {"Extra": 1}),
    "an account that is not there": (21100, {"AccountIndex": 999}),
    "a slot without a key": (21109, {"ApiKeyIndex": 200}),
    "a transaction that is over": (21501, {"ExpiredAt": 1}),
    "a transaction that lives too long": (21501, {"ExpiredAt": 2**41}),
    "an attribute nobody knows": (21501, {"L2TxAttributes": {"9": 1}}),
    "a fee for somebody else": (21149, {"L2TxAttributes": {"1": 718_718, "2": 1000, "3": 1000}}),
    "a market that is not there": (21602, {"MarketIndex": 77}),
    "a client index that is too large": (21727, {"ClientOrderIndex": 2**48}),
    "no size": (21701, {"BaseAmount": 0}),
    "a size that is too large": (21701, {"BaseAmount": 2**48}),
    "less than the least": (21706, {"BaseAmount": 1}),
    "no price": (21702, {"Price": 0}),
    "a price that does not fit": (21702, {"Price": 2**32}),
    "no side": (21703, {"IsAsk": 2}),
    "a type that is not there": (21704, {"Type": 7}),
    "a time-weighted order": (21704, {"Type": 6}),
    "a time in force that is not there": (21705, {"TimeInForce": 3}),
    "a market order that waits": (21705, {"Type": MARKET, "TimeInForce": GTT}),
    "a trigger price of a limit order": (21729, {"TriggerPrice": 400_000}),
    "a stop without a trigger price": (21729, {"Type": STOP, "TimeInForce": IOC}),
    "a limit order without expiry": (21711, {"OrderExpiry": 0}),
    "an expiry in four minutes": (21711, {"OrderExpiry": 4 * MINUTE_MS}),
    "an expiry in forty days": (21711, {"OrderExpiry": 40 * 1_440 * MINUTE_MS}),
    "an order that does not wait, with expiry": (21711, {"TimeInForce": IOC, "OrderExpiry": 10 * MINUTE_MS}),
    "a price far from the market": (21734, {"Price": 1_000}),
    "a stop far from its trigger": (
        21735,
        {"Type": STOP, "TimeInForce": IOC, "TriggerPrice": 400_000, "Price": 4_000, "IsAsk": 1},
    ),
    "half a reduce-only": (21740, {"ReduceOnly": 2}),
}


@pytest.mark.parametrize(("code", "fields"), WRONG.values(), ids=WRONG.keys())
async def test_it_is_refused(venue, code, fields):
    if 0 < fields.get("OrderExpiry", 0) < 2**40:
        fields = {**fields, "OrderExpiry": venue.wall.now_ms() + fields["OrderExpiry"]}
    status, answer = await venue.try_to_send(14, **venue.order(**fields))
    assert (status, answer["code"]) == (400, code), answer
    assert await statuses(venue) == {}


async def test_the_hash_is_the_same_for_the_same_fields_whatever_the_signature(venue):
    def hashed(**changes) -> str:
        fields = {**venue.tx(**venue.order()), "ExpiredAt": 2, "OrderExpiry": 5, **changes}
        return transactions.hash_of(transactions.read(14, json.dumps(fields), 1))

    assert hashed() == hashed(Sig=base64.b64encode(b"t" * 80).decode())
    assert len({hashed(), hashed(Nonce=9), hashed(Price=9), hashed(OrderExpiry=9)}) == 4


async def test_every_signed_field_has_to_be_there(venue):
    whole = venue.tx(**venue.order())
    for name in whole.keys() - {"L2TxAttributes"}:
        left = {key: value for key, value in whole.items() if key != name}
        _, answer = await venue.post("sendTx", tx_type=14, tx_info=json.dumps(left))
        assert answer["code"] == 21501, name
    _, answer = await venue.post("sendTx", tx_type=99, tx_info=json.dumps(whole))
    assert answer["code"] == 21505


async def test_a_client_index_is_taken_for_ever_and_over_all_markets(venue):
    await venue.create(ClientOrderIndex=1)
    await venue.send(15, MarketIndex=BTC_ID, Index=1)
    _, answer = await venue.try_to_send(
        14, **venue.order(ClientOrderIndex=1, MarketIndex=ETH_ID, BaseAmount=100, Price=200_000)
    )
    assert answer["code"] == 21728


async def test_integers_are_scaled_by_each_markets_decimals(venue):
    await venue.create(ClientOrderIndex=1, MarketIndex=ETH_ID, BaseAmount=12_345, Price=200_001)
    await venue.create(ClientOrderIndex=2, MarketIndex=BTC_ID, BaseAmount=12_345, Price=500_001)
    orders = await venue.orders()
    assert (orders[1]["initial_base_amount"], orders[1]["price"]) == ("1.2345", "2000.01")
    assert (orders[2]["initial_base_amount"], orders[2]["price"]) == ("0.12345", "50000.1")
    assert (orders[2]["base_size"], orders[2]["base_price"]) == (12_345, 500_001)


# Verdicts


async def test_a_market_order_trades_up_to_its_worst_price_and_no_further(venue):
    await venue.market_order(100, ClientOrderIndex=1)
    below = venue.wire_price(venue.last()) - 1_000
    await venue.create(ClientOrderIndex=2, Type=MARKET, TimeInForce=IOC, OrderExpiry=0, Price=below)
    assert await statuses(venue) == {1: "filled", 2: "canceled-too-much-slippage"}
    assert Decimal((await venue.account())["positions"][0]["position"]) == Decimal("0.001")


async def test_a_limit_order_that_does_not_wait_and_a_post_only_one_that_would_take_are_over_at_once(venue):
    price = venue.wire_price(venue.last())
    await venue.create(ClientOrderIndex=1, TimeInForce=IOC, OrderExpiry=0, Price=price - 1_000)
    await venue.create(ClientOrderIndex=2, TimeInForce=POST_ONLY, Price=price + 1_000)
    await venue.create(ClientOrderIndex=3, TimeInForce=POST_ONLY, Price=price - 1_000)
    assert await statuses(venue) == {1: "canceled-not-enough-liquidity", 2: "canceled-post-only", 3: "open"}


async def test_reduce_only_never_opens_a_position_and_what_could_only_do_that_is_no_order(venue):
    sent = await venue.market_order(100, is_ask=1, ReduceOnly=1, ClientOrderIndex=1)
    await venue.market_order(100, ClientOrderIndex=2)
    await venue.market_order(900, is_ask=1, ReduceOnly=1, ClientOrderIndex=3)
    assert await statuses(venue) == {2: "filled", 3: "canceled-too-much-slippage"}
    assert (await venue.account())["positions"] == []
    receipt = await venue.get("tx", by="hash", value=sent["tx_hash"])
    assert "21738" in receipt["event_info"]


async def test_an_order_of_no_size_closes_what_is_held(venue):
    await venue.market_order(100, ClientOrderIndex=1)
    await venue.market_order(0, is_ask=1, ReduceOnly=1, ClientOrderIndex=2)
    assert await statuses(venue) == {1: "filled", 2: "filled"}
    assert (await venue.account())["positions"] == []


# Triggers and groups


def stop(venue, factor: str, **fields) -> dict:
    """One that sells when the price is down to a part of what it is."""
    trigger = int(venue.wire_price(venue.last()) * Decimal(factor))
    return venue.order(
        **{"Type": STOP, "TimeInForce": IOC, "IsAsk": 1, "ReduceOnly": 1, "BaseAmount": 0, **fields},
        TriggerPrice=trigger,
        Price=int(trigger * Decimal("0.9")),
    )


def bracket(venue, *, size: int, profit: str = "1.5", loss: str = "0.5") -> list[dict]:
    legs = [stop(venue, loss, BaseAmount=size), stop(venue, profit, Type=PROFIT, BaseAmount=size)]
    return [{**leg, "OrderExpiry": legs[0]["OrderExpiry"]} for leg in legs]


async def test_a_stop_waits_for_its_price_and_sells_then(venue):
    await venue.market_order(100, ClientOrderIndex=1)
    await venue.send(14, **stop(venue, "0.9999", BaseAmount=100, ClientOrderIndex=2))
    waiting = (await venue.orders())[2]
    assert (waiting["status"], waiting["trigger_status"], waiting["type"]) == ("pending", "mark-price", "stop-loss")
    trigger = Decimal(waiting["trigger_price"])
    venue.move(until=lambda tick: tick.price <= trigger)
    assert (await statuses(venue))[2] == "filled"
    assert (await venue.account())["positions"] == []


async def test_a_stop_whose_price_has_passed_already_fires_as_it_comes(venue):
    await venue.market_order(100, ClientOrderIndex=1)
    await venue.send(14, **stop(venue, "1.01", ClientOrderIndex=2))
    assert await statuses(venue) == {1: "filled", 2: "filled"}


async def test_sixteen_orders_may_wait_for_their_price_in_a_market_and_no_more(venue):
    await venue.market_order(100)
    for _ in range(16):
        await venue.send(14, **stop(venue, "0.5", BaseAmount=100))
    assert (await venue.try_to_send(14, **stop(venue, "0.5", BaseAmount=100)))[1]["code"] == 21720
    await venue.create(ClientOrderIndex=1)


async def test_of_two_that_cancel_each_other_the_second_goes_with_the_first(venue):
    await venue.market_order(100)
    await venue.send(28, GroupingType=OCO, Orders=bracket(venue, size=100, profit="1.0001"))
    assert await types(venue) == {"market": "filled", "stop-loss": "pending", "take-profit": "pending"}
    target = venue.last() * Decimal("1.0001")
    venue.move(until=lambda tick: tick.price >= target)
    assert await types(venue) == {"market": "filled", "stop-loss": "canceled-oco", "take-profit": "filled"}


async def test_children_wait_for_their_parent_and_get_the_size_it_got(venue):
    parent = venue.order(BaseAmount=100, Price=venue.wire_price(venue.last()) - 10)
    legs = [{**leg, "OrderExpiry": parent["OrderExpiry"]} for leg in bracket(venue, size=0)]
    await venue.send(28, GroupingType=OTOCO, Orders=[parent, *legs])
    waiting = {order["type"]: order for order in (await venue.own("accountActiveOrders"))["orders"]}
    for kind in ("stop-loss", "take-profit"):
        child = waiting[kind]
        assert (child["status"], child["trigger_status"]) == ("pending", "parent-order")
        assert Decimal(child["initial_base_amount"]) == 0
        assert child["parent_order_index"] == waiting["limit"]["order_index"]
    limit = Decimal(waiting["limit"]["price"])
    venue.move(until=lambda tick: tick.price < limit)
    await asyncio.sleep(0)
    released = {order["type"]: order for order in (await venue.own("accountActiveOrders"))["orders"]}
    assert {each["trigger_status"] for each in released.values()} == {"mark-price"}
    for kind in ("stop-loss", "take-profit"):
        assert released[kind]["order_index"] == waiting[kind]["order_index"]
        assert released[kind]["initial_base_amount"] == "0.00100"
    await venue.send(15, MarketIndex=BTC_ID, Index=released["stop-loss"]["order_index"])
    assert await types(venue) == {"limit": "filled", "stop-loss": "canceled", "take-profit": "pending"}


async def test_a_parent_that_is_canceled_takes_its_children_along_though_part_of_it_was_filled(venue):
    parent = venue.order(BaseAmount=1_000, Price=venue.wire_price(venue.last()) - 10, ClientOrderIndex=1)
    child = {**stop(venue, "0.5"), "OrderExpiry": parent["OrderExpiry"], "ClientOrderIndex": 2}
    await venue.send(28, GroupingType=OTO, Orders=[parent, child])
    last = venue.exchange.ticks(BTC, 1)[-1]
    limit = Decimal(parent["Price"]) * venue.exchange.listings[BTC].tick
    venue.exchange.happen(BTC, replace(last, id=last.id + 1, price=limit, quantity=Decimal("0.00400")))
    await asyncio.sleep(0)
    before = await venue.orders()
    assert (before[1]["filled_base_amount"], before[2]["trigger_status"]) == ("0.00400", "parent-order")
    await venue.send(15, MarketIndex=BTC_ID, Index=1)
    assert await statuses(venue) == {1: "canceled", 2: "canceled-child"}


async def test_every_order_of_a_group_may_have_a_client_index_of_its_own(venue):
    await venue.market_order(100, ClientOrderIndex=1)
    legs = [{**leg, "ClientOrderIndex": 2 + n} for n, leg in enumerate(bracket(venue, size=100))]
    await venue.send(28, GroupingType=OCO, Orders=legs)
    assert await statuses(venue) == {1: "filled", 2: "pending", 3: "pending"}
    again = [{**leg, "ClientOrderIndex": 4} for leg in legs]
    assert (await venue.try_to_send(28, GroupingType=OCO, Orders=again))[1]["code"] == 21728


async def test_what_may_only_reduce_is_tied_to_its_position_and_goes_with_it_whatever_its_size(venue):
    await venue.market_order(100, ClientOrderIndex=1)
    await venue.send(14, **stop(venue, "0.5", ClientOrderIndex=2))
    await venue.send(14, **stop(venue, "0.5", ClientOrderIndex=3, BaseAmount=100))
    assert (await venue.account())["positions"][0]["position_tied_order_count"] == 2
    await venue.market_order(50, is_ask=1, ClientOrderIndex=4)
    assert (await statuses(venue))[3] == "pending"
    await venue.market_order(100, is_ask=1, ClientOrderIndex=5)
    told = await statuses(venue)
    assert [told[index] for index in (2, 3, 5)] == ["canceled-reduce-only", "canceled-reduce-only", "filled"]


async def test_children_of_a_parent_that_never_traded_go_with_it(venue):
    parent = venue.order(ClientOrderIndex=1)
    child = {**stop(venue, "0.5"), "OrderExpiry": parent["OrderExpiry"]}
    await venue.send(28, GroupingType=OTO, Orders=[parent, child])
    await venue.send(15, MarketIndex=BTC_ID, Index=1)
    assert await types(venue) == {"limit": "canceled", "stop-loss": "canceled-child"}


async def test_a_group_says_the_same_of_all_its_orders(venue):
    legs = bracket(venue, size=100)
    for wrong in (
        {"GroupingType": 4, "Orders": legs},
        {"GroupingType": OCO, "Orders": legs[:1]},
        {"GroupingType": OCO, "Orders": [legs[0], legs[0]]},
        {"GroupingType": OCO, "Orders": [legs[0], {**legs[1], "BaseAmount": 50}]},
        {"GroupingType": OCO, "Orders": [legs[0], {**legs[1], "IsAsk": 0}]},
        {"GroupingType": OCO, "Orders": [legs[0], {**legs[1], "MarketIndex": ETH_ID}]},
        {"GroupingType": OTO, "Orders": [venue.order(), legs[0]]},
    ):
        status, answer = await venue.try_to_send(28, **wrong)
        assert status == 400, (wrong, answer)
    assert await types(venue) == {}


# What else may be sent


async def test_an_order_is_modified_under_its_own_index(venue):
    await venue.create(ClientOrderIndex=1)
    before = (await venue.orders())[1]
    await venue.send(17, MarketIndex=BTC_ID, Index=1, BaseAmount=30, Price=500_100, TriggerPrice=0)
    after = (await venue.orders())[1]
    assert after["order_index"] == before["order_index"]
    assert (after["initial_base_amount"], after["price"]) == ("0.00030", "50010.0")
    await venue.send(17, MarketIndex=BTC_ID, Index=after["order_index"], BaseAmount=30, Price=500_100, TriggerPrice=0)
    for wrong, code in (({"Index": 9}, 21700), ({"MarketIndex": ETH_ID}, 21700), ({"Price": 0}, 21702)):
        fields = {"MarketIndex": BTC_ID, "Index": 1, "BaseAmount": 30, "Price": 500_100, "TriggerPrice": 0, **wrong}
        assert (await venue.try_to_send(17, **fields))[1]["code"] == code


async def test_what_is_over_cannot_be_canceled(venue):
    await venue.create(ClientOrderIndex=1)
    await venue.send(15, MarketIndex=BTC_ID, Index=1)
    assert (await venue.try_to_send(15, MarketIndex=BTC_ID, Index=1))[1]["code"] == 21709
    assert (await venue.try_to_send(15, MarketIndex=BTC_ID, Index=2))[1]["code"] == 21700
    assert (await venue.try_to_send(15, MarketIndex=BTC_ID, Index=2**48 + 77))[1]["code"] == 21700


async def test_all_are_canceled_at_once_or_of_one_market(venue):
    await venue.create(ClientOrderIndex=1)
    await venue.create(ClientOrderIndex=2, MarketIndex=ETH_ID, BaseAmount=100, Price=200_000)
    await venue.send(16, TimeInForce=0, Time=0, L2TxAttributes={"5": ETH_ID})
    assert await statuses(venue) == {1: "open", 2: "canceled"}
    await venue.send(16, TimeInForce=0, Time=0)
    assert await statuses(venue) == {1: "canceled", 2: "canceled"}


async def test_a_scheduled_cancellation_comes_in_its_time_unless_it_is_aborted(venue):
    await venue.create(ClientOrderIndex=1)
    in_six = venue.wall.now_ms() + 6 * MINUTE_MS
    await venue.send(16, TimeInForce=1, Time=in_six)
    assert (await venue.account())["cancel_all_time"] == in_six
    await venue.send(16, TimeInForce=2, Time=0)
    venue.wall.ahead_ms += 7 * MINUTE_MS
    assert await statuses(venue) == {1: "open"}
    await venue.send(16, TimeInForce=1, Time=venue.wall.now_ms() + 6 * MINUTE_MS)
    venue.wall.ahead_ms += 7 * MINUTE_MS
    assert await statuses(venue) == {1: "canceled"}
    assert (await venue.try_to_send(16, TimeInForce=1, Time=venue.wall.now_ms()))[1]["code"] == 21714


async def test_an_order_expires_when_it_said_it_would(venue):
    await venue.create(ClientOrderIndex=1, OrderExpiry=venue.wall.now_ms() + 6 * MINUTE_MS)
    await venue.create(ClientOrderIndex=2)
    venue.wall.ahead_ms += 7 * MINUTE_MS
    assert await statuses(venue) == {1: "canceled-expired", 2: "open"}


async def test_leverage_and_margin_mode_are_the_markets(venue):
    await venue.send(20, MarketIndex=BTC_ID, InitialMarginFraction=667, MarginMode=1)
    await venue.market_order(100)
    held = (await venue.account())["positions"][0]
    assert (held["initial_margin_fraction"], held["margin_mode"]) == ("6.67", 1)
    for fraction in (100, 10_001):
        wrong = {"MarketIndex": BTC_ID, "InitialMarginFraction": fraction, "MarginMode": 1}
        assert (await venue.try_to_send(20, **wrong))[1]["code"] == 21604


async def test_a_new_key_is_bound_to_a_slot_and_may_sign_from_then_on(venue):
    public = base64.b64encode(b"p" * 40).decode()
    await venue.send(8, ApiKeyIndex=200, PubKey=public, L1Sig="0x00", nonce=1)
    keys = (await venue.get("apikeys", account_index=FIRST_ACCOUNT, api_key_index=200))["api_keys"]
    assert [(each["public_key"], each["nonce"]) for each in keys] == [((b"p" * 40).hex(), 2)]
    await venue.send(14, **venue.order(ClientOrderIndex=1), ApiKeyIndex=200, nonce=2)


async def test_a_forced_order_is_the_venues_own_and_what_waited_goes_with_it(venue):
    await venue.send(20, MarketIndex=BTC_ID, InitialMarginFraction=200, MarginMode=0)
    await venue.market_order(30_000, ClientOrderIndex=1)
    await venue.create(ClientOrderIndex=2)
    held = venue.exchange.positions("main")[0]
    venue.exchange.treasury.deposit("main", {"USDC": Decimal(-99_900)})
    venue.move(ticks=2)
    assert held.quantity > 0
    assert (await venue.account())["positions"] == []
    told = (await venue.own("accountInactiveOrders"))["orders"]
    assert {order["client_order_index"]: (order["type"], order["status"]) for order in told} == {
        1: ("market", "filled"),
        2: ("limit", "canceled-liquidation"),
        0: ("liquidation", "filled"),
    }
    assert (await venue.own("trades"))["trades"][0]["type"] == "liquidation"


# Batches


async def batch(venue, *orders: dict) -> dict:
    infos = [json.dumps(venue.tx(**{**venue.order(), **order})) for order in orders]
    form = {"tx_types": json.dumps([14] * len(infos)), "tx_infos": json.dumps(infos)}
    return (await venue.post("sendTxBatch", **form))[1]


async def test_a_batch_is_of_one_key_with_rising_nonces(venue):
    orders = [{"ClientOrderIndex": number, "nonce": number} for number in (1, 2, 3)]
    answer = await batch(venue, *orders)
    assert (answer["code"], len(answer["tx_hash"])) == (200, 3)
    assert await statuses(venue) == dict.fromkeys((1, 2, 3), "open")
    mixed = [{"nonce": 4}, {"nonce": 5, "ApiKeyIndex": KEY + 1}]
    assert (await batch(venue, *mixed))["code"] == 21121
    assert (await batch(venue, {"nonce": 5}, {"nonce": 4}))["code"] == 21105
    assert (await batch(venue, *({"nonce": 4 + number} for number in range(51))))["code"] == 21514


# Limits


async def test_a_standard_account_may_send_sixty_a_minute_and_ask_sixty_times():
    async with simulated() as venue:
        for index in range(1, 61):
            await venue.create(ClientOrderIndex=index)
        status, answer = await venue.try_to_send(14, **venue.order(ClientOrderIndex=61))
        assert (status, answer["code"]) == (429, 23000)
        for _ in range(40):
            await venue.get("recentTrades", market_id=BTC_ID)
        status, answer = await venue.ask("GET", "orderBooks")
        assert (status, answer["code"]) == (429, 23000)
        venue.wall.ahead_ms += MINUTE_MS
        await venue.create(ClientOrderIndex=61)
        await venue.get("orderBooks")


def left(answer: dict) -> int | None:
    """Of the volume quota, as the venue words it."""
    told = json.loads(answer["message"])["ratelimit"]
    return None if told == "didn't use volume quota" else int(told.removesuffix(" volume quota remaining"))


async def test_a_premium_account_spends_volume_quota_but_for_cancels_and_one_free_order_in_fifteen_seconds(venue):
    answers = [await venue.create(ClientOrderIndex=index) for index in (1, 2, 3)]
    cancel = await venue.send(15, MarketIndex=BTC_ID, Index=1)
    venue.wall.ahead_ms += 15_000
    free = await venue.create(ClientOrderIndex=4)
    after = await venue.create(ClientOrderIndex=5)
    assert [left(each) for each in (*answers, cancel, free, after)] == [None, 999, 998, None, None, 997]


async def test_trading_earns_volume_quota(venue):
    await venue.create(ClientOrderIndex=1)
    assert left(await venue.market_order(1_000, ClientOrderIndex=2)) == 999
    assert left(await venue.create(ClientOrderIndex=3)) > 1_000


async def test_without_volume_quota_an_order_is_refused_until_the_next_free_one(venue):
    limits = Limits(venue.exchange.clock)
    limits.set_tier(FIRST_ACCOUNT, "premium")
    assert limits.spend_quota(FIRST_ACCOUNT, 1) is None
    assert limits.spend_quota(FIRST_ACCOUNT, QUOTA) == 0
    with pytest.raises(ApiError, match="volume quota"):
        limits.spend_quota(FIRST_ACCOUNT, 1)
    assert limits.spend_quota(FIRST_ACCOUNT, 0) is None, "a cancel needs none"
    venue.wall.ahead_ms += 15_000
    assert limits.spend_quota(FIRST_ACCOUNT, 1) is None


async def test_of_transactions_that_are_no_orders_there_may_be_forty_a_minute_whatever_the_tier(venue):
    leverage = {"MarketIndex": BTC_ID, "InitialMarginFraction": 500, "MarginMode": 0}
    for _ in range(40):
        await venue.send(20, **leverage)
    assert (await venue.try_to_send(20, **leverage))[1]["code"] == 23000
    await venue.create(ClientOrderIndex=1)


async def test_who_goes_on_asking_is_blocked_by_the_firewall_for_a_minute():
    async with simulated() as venue:
        answers = [await venue.ask("GET", "orderBooks") for _ in range(130)]
        assert {status for status, _ in answers[60:120]} == {429}
        assert answers[-1][0] == 405
        venue.wall.ahead_ms += MINUTE_MS
        await venue.get("orderBooks")


async def test_of_a_token_the_form_the_deadline_and_the_key_are_checked(venue):
    good = venue.token()
    for wrong in (None, good[:-1], good.replace(":", ";"), venue.token(lives_s=-1), venue.token(lives_s=9 * 3600)):
        _, answer = await venue.ask("GET", "accountActiveOrders", token=wrong, params={"account_index": FIRST_ACCOUNT})
        assert answer["code"] == 29401, wrong
    for token, code in ((venue.token(account=999), 21100), (venue.token(key=99), 21109)):
        params = {"account_index": FIRST_ACCOUNT}
        assert (await venue.ask("GET", "accountActiveOrders", token=token, params=params))[1]["code"] == code
