"""What Lighter tells over REST of accounts, and how long lists are read."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sim.wires.kit import MAIN
from sim.wires.lighter_kit import BTC, BTC_ID, ETH_ID, KEY, premium

from twinstar.sim.wires.lighter.accounts import BOUND_KEYS, FIRST_ACCOUNT, slot_of


@pytest.fixture
async def venue():
    async with premium() as made:
        made.move(ticks=5)
        yield made


async def pages(venue, path: str, rows: str, **params) -> list[list[dict]]:
    """All of a list, page by page."""
    found, cursor = [], ""
    while True:
        answer = await venue.own(path, **params, **({"cursor": cursor} if cursor else {}))
        found.append(answer[rows])
        cursor = answer["next_cursor"]
        if not cursor:
            return found


async def test_an_account_is_found_by_its_number_and_by_its_address(venue):
    by_number = await venue.account()
    by_address = await venue.get("account", by="l1_address", value=by_number["l1_address"])
    assert by_address["accounts"] == [by_number]
    listed = await venue.get("accountsByL1Address", l1_address=by_number["l1_address"].upper().replace("X", "x"))
    assert [each["index"] for each in listed["sub_accounts"]] == [FIRST_ACCOUNT]
    for params, code in (
        ({"by": "index", "value": 7}, 21100),
        ({"by": "l1_address", "value": "0x0"}, 21100),
        ({"by": "name", "value": 7}, 29400),
        ({"by": "index", "value": "x"}, 29400),
    ):
        assert (await venue.ask("GET", "account", params=params))[1]["code"] == code, params


async def test_the_keys_of_an_account_are_in_their_slots_and_no_others(venue):
    every = (await venue.get("apikeys", account_index=FIRST_ACCOUNT, api_key_index=255))["api_keys"]
    assert [each["api_key_index"] for each in every] == [*BOUND_KEYS, slot_of(MAIN.api_key)]
    assert len({each["public_key"] for each in every}) == len(every)
    (one,) = (await venue.get("apikeys", account_index=FIRST_ACCOUNT, api_key_index=KEY))["api_keys"]
    assert one == every[0]
    unbound = {"account_index": FIRST_ACCOUNT, "api_key_index": 200}
    for path in ("apikeys", "nextNonce"):
        assert (await venue.ask("GET", path, params=unbound))[1]["code"] == 21109


async def test_orders_that_are_over_come_newest_first_page_by_page(venue):
    for index in range(1, 6):
        await venue.create(ClientOrderIndex=index)
    await venue.send(16, TimeInForce=0, Time=0)
    found = await pages(venue, "accountInactiveOrders", "orders", limit=2)
    assert [[order["client_order_index"] for order in page] for page in found] == [[5, 4], [3, 2], [1]]
    of_eth = await venue.own("accountInactiveOrders", market_id=ETH_ID)
    assert of_eth["orders"] == []
    never = await venue.own("accountInactiveOrders", between_timestamps="0-1")
    assert never["orders"] == []
    for wrong in ({"between_timestamps": "yesterday"}, {"cursor": "nowhere"}, {"limit": 0}):
        params = {"account_index": FIRST_ACCOUNT, **wrong}
        answer = (await venue.ask("GET", "accountInactiveOrders", token=venue.token(), params=params))[1]
        assert answer["code"] == 29400, wrong


async def test_trades_are_of_the_account_and_of_one_order_where_it_is_named(venue):
    for index in (1, 2, 3):
        await venue.market_order(100 * index, ClientOrderIndex=index)
    found = await pages(venue, "trades", "trades", limit=2, sort_by="timestamp")
    assert [len(page) for page in found] == [2, 1]
    assert [trade["bid_client_id"] for page in found for trade in page] == [3, 2, 1]
    order = (await venue.orders())[2]
    (named,) = (await venue.own("trades", order_index=order["order_index"]))["trades"]
    assert (named["size"], named["bid_id"]) == ("0.00200", order["order_index"])
    sizes = [Decimal(trade["taker_position_size_before"]) for page in found for trade in page]
    assert sizes == [Decimal("0.003"), Decimal("0.001"), 0]


async def test_funding_that_was_paid_is_told_and_counted(venue):
    await venue.market_order(100)
    venue.exchange.treasury.fund(Decimal("0.001"))
    (paid,) = (await venue.own("positionFunding"))["position_fundings"]
    (payment,) = venue.exchange.payments("main")
    assert Decimal(paid["change"]) == round(payment.amount, 6) < 0
    assert paid["market_id"] == BTC_ID
    held = (await venue.account())["positions"][0]
    assert Decimal(held["total_funding_paid_out"]) == -round(payment.amount, 6)


async def test_of_others_nothing_private_is_told(venue):
    for path in ("accountActiveOrders", "accountInactiveOrders", "trades", "positionFunding", "accountLimits"):
        answer = (await venue.ask("GET", path, token=venue.token(), params={"account_index": 7}))[1]
        assert answer["code"] == 29401, path
        assert (await venue.ask("GET", path, token=venue.token()))[1]["code"] == 29400, path


async def test_markets_are_told_all_or_one_and_the_statistics_are_theirs(venue):
    every = (await venue.get("orderBooks"))["order_books"]
    assert {each["market_id"] for each in every} == {ETH_ID, BTC_ID}
    assert (await venue.get("orderBooks", filter="spot"))["order_books"] == []
    (one,) = (await venue.get("orderBooks", market_id=BTC_ID, filter="perp"))["order_books"]
    assert (one["supported_size_decimals"], one["supported_price_decimals"]) == (5, 1)
    assert (await venue.ask("GET", "orderBooks", params={"market_id": 77}))[1]["code"] == 21602
    assert (await venue.ask("GET", "orderBooks", params={"filter": "bonds"}))[1]["code"] == 29400
    stats = {each["symbol"]: each for each in (await venue.get("exchangeStats"))["order_book_stats"]}
    assert stats["BTC"]["last_trade_price"] == float(venue.exchange.ticker(BTC).last)
