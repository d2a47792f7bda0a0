"""Orders at the simulated Bithumb as its API 2.0 tells of them: types, ends, look-ups, pages, money to the digit."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from sim.wires.bithumb_venue import BTC, XRP, Caller, Venue, serving
from sim.wires.upbit_venue import NOON_MS, minutes_with_gaps

from twinstar.sim.wires.krw.times import DAY, HOUR, MINUTE, kst, naive, parse


def in_korea(time_ms: int) -> str:
    return naive(kst(time_ms))


BID = {"market": "KRW-BTC", "side": "bid", "order_type": "limit", "price": "50000000", "volume": "0.001"}
ASK = {"market": "KRW-BTC", "side": "ask", "order_type": "market", "volume": "0.00005999"}


@pytest.fixture
async def venue() -> AsyncIterator[Venue]:
    async with serving(history=10, KRW="500000000", BTC="1") as served:
        yield served


@pytest.fixture
def caller(venue: Venue) -> Caller:
    return Caller(venue)


def placed(caller: Caller, **change: str) -> dict:
    order_id = caller.post("/v2/orders", **{**BID, **change})["order_id"]
    return caller.get("/v1/order", uuid=order_id)


def test_what_an_order_locks_is_told_to_the_digit_with_its_fee(caller):
    order = placed(caller, volume="0.00010243")
    assert (order["reserved_fee"], order["remaining_fee"], order["paid_fee"]) == ("12.80375", "12.80375", "0")
    assert order["locked"] == "5134.30375"
    held = {each["currency"]: each for each in caller.get("/v1/accounts")}
    assert (held["KRW"]["balance"], held["KRW"]["locked"]) == ("499994865.69625", "5134.30375")


def test_a_market_buy_is_by_amount_and_spends_no_more(caller):
    order = placed(caller, order_type="price", price="1234567", volume="")
    assert (order["ord_type"], order["price"], order["volume"], order["state"]) == ("price", "1234567", None, "done")
    spent = sum(float(trade["funds"]) for trade in order["trades"])
    assert 1_234_566 < spent <= 1_234_567
    assert float(order["paid_fee"]) == pytest.approx(spent * 0.0025)


def test_a_market_sell_is_by_quantity(caller):
    order = placed(caller, price="", **{key: ASK[key] for key in ("side", "order_type")}, volume="0.00012345")
    assert (order["ord_type"], order["executed_volume"], order["state"]) == ("market", "0.00012345", "done")


@pytest.mark.parametrize("time_in_force", ["ioc", "fok"])
def test_best_takes_the_best_opposite_price(venue, caller, time_in_force):
    best = venue.book().asks[0][0]
    order = placed(caller, order_type="best", price="20000", volume="", time_in_force=time_in_force)
    assert (order["ord_type"], order["state"], order["price"]) == ("best", "done", str(best))


def test_how_an_order_that_may_not_wait_ends(venue, caller):
    ask = venue.book().asks[0]
    crossing = placed(caller, price=str(ask[0]), time_in_force="post_only")
    assert (crossing["state"], crossing["cancel_type"], crossing["executed_volume"]) == ("cancel", "tif_cancel", "0")
    unfilled = placed(caller, time_in_force="ioc")
    assert (unfilled["state"], unfilled["cancel_type"]) == ("cancel", "tif_cancel")
    partly = placed(caller, price=str(ask[0]), volume=str(ask[1] + 1), time_in_force="ioc")
    assert (partly["state"], partly["executed_volume"]) == ("done", str(ask[1].normalize()))


def test_a_client_order_id_that_was_used_gives_the_order_that_has_it(venue, caller):
    first = placed(caller, client_order_id="once")
    again = placed(caller, client_order_id="once", price="51000000")
    assert (again["uuid"], again["price"]) == (first["uuid"], "50000000")
    caller.delete("/v2/order", client_order_id="once")
    assert placed(caller, client_order_id="once")["state"] == "cancel"
    assert caller.get("/v1/order", client_order_id="once")["cancel_type"] == "user"
    assert len(venue.exchange.orders("main")) == 1


def test_orders_are_looked_up_by_either_id(caller):
    orders = [placed(caller, client_order_id=f"id-{number}") for number in range(3)]
    uuids = [order["uuid"] for order in orders]
    found = caller.post("/v2/orders/search", order_ids=uuids[:2])["orders"]
    assert [order["uuid"] for order in found] == uuids[1::-1]
    found = caller.post("/v2/orders/search", client_order_ids=["id-2", "nobody"])["orders"]
    assert [order["client_order_id"] for order in found] == ["id-2"]
    assert "error" in caller.post("/v2/orders/search", order_ids=uuids, client_order_ids=["id-2"])
    assert "error" in caller.post("/v2/orders/search", order_ids=["C1"] * 101)


def test_lists_are_of_waiting_orders_unless_a_state_is_asked_for(caller):
    waiting, gone = placed(caller), placed(caller, time_in_force="ioc")
    listed = caller.get("/v1/orders", market="KRW-BTC")
    assert [order["uuid"] for order in listed] == [waiting["uuid"]]
    assert [order["uuid"] for order in caller.get("/v1/orders", state="cancel")] == [gone["uuid"]]
    both = caller.get("/v1/orders", **{"states[]": ["wait", "cancel"], "order_by": "asc"})
    assert [order["uuid"] for order in both] == [waiting["uuid"], gone["uuid"]]
    assert caller.get("/v1/orders", market="KRW-XRP") == []


def test_pending_orders_come_in_pages_with_a_key_for_the_next(venue, caller):
    uuids = [placed(caller)["uuid"] for _ in range(5)]
    seen, key = [], {}
    for expected in (2, 2, 1):
        page = caller.get("/v2/orders/pending", limit=2, **key)
        assert (len(page["orders"]), page["has_next"]) == (expected, page["next_key"] is not None)
        seen += [order["uuid"] for order in page["orders"]]
        key = {"next_key": page["next_key"]}
    assert seen == uuids[::-1]
    assert not page["has_next"]


def test_history_is_of_what_is_over_within_the_days_asked_for(venue, caller):
    old = placed(caller, time_in_force="ioc")
    venue.wall.at_ms += 8 * DAY
    new = placed(caller, time_in_force="ioc")
    placed(caller)

    def history(**query: object) -> list[str]:
        return [order["uuid"] for order in caller.get("/v2/orders/history", **query)["orders"]]

    assert history() == [new["uuid"]]
    assert history(end_time=NOON_MS + DAY) == [old["uuid"]]
    assert history(start_time="2026-03-04T21:00:00", end_time="2026-03-05T21:00:00") == [old["uuid"]]
    assert history(end_time=NOON_MS + DAY, state="done") == []


def test_chance_tells_fees_limits_and_both_purses(caller):
    chance = caller.get("/v1/orders/chance", market="KRW-BTC")
    assert {chance[fee] for fee in ("bid_fee", "ask_fee", "maker_bid_fee", "maker_ask_fee")} == {"0.0025"}
    market = chance["market"]
    assert (market["bid"]["min_total"], market["ask"]["min_total"]) == ("5000", "5000")
    assert market["max_total"] == "5000000000"
    assert (chance["bid_account"]["balance"], chance["ask_account"]["balance"]) == ("500000000", "1")


# -- the market


def test_candles_before_a_moment_of_korea_are_those_that_opened_before_it(venue, caller):
    opened = venue.exchange.candles(BTC, MINUTE, limit=3)[1].open_ms
    to = in_korea(opened)
    (answer,) = caller.get("/v1/candles/minutes/1", market="KRW-BTC", to=to)
    assert answer["candle_date_time_kst"] == in_korea(opened - MINUTE)


async def test_a_minute_in_which_nothing_was_traded_has_no_candle(tmp_path):
    async with serving({XRP: minutes_with_gaps(tmp_path / "minutes.csv")}, KRW="1") as venue:
        venue.step(3 * 9 * 21)
        found = Caller(venue).get("/v1/candles/minutes/1", market="KRW-XRP", count=20)
    opened = [parse(each["candle_date_time_utc"]) for each in found[::-1]]
    assert [(open_ms - NOON_MS) // MINUTE for open_ms in opened] == [0, 1, 2, 4, 6, 7, 8]


async def test_four_hours_are_made_of_their_minutes_and_begin_with_the_day_of_korea():
    async with serving(history=900) as venue:
        minutes = venue.exchange.candles(BTC, MINUTE, limit=1000)
        answers = Caller(venue).get("/v1/candles/minutes/240", market="KRW-BTC", count=200)
        to = answers[0]["candle_date_time_kst"]
        before = Caller(venue).get("/v1/candles/minutes/240", market="KRW-BTC", count=200, to=to)
    assert before == answers[1:]
    assert [each["candle_date_time_kst"][11:13] for each in answers] == ["20", "16", "12", "08", "04"]
    for answer in answers:
        opened = parse(answer["candle_date_time_utc"])
        within = [each for each in minutes if opened <= each.open_ms < opened + 4 * HOUR]
        assert answer["opening_price"] == within[0].open
        assert answer["trade_price"] == within[-1].close
        assert answer["high_price"] == max(each.high for each in within)
        assert answer["candle_acc_trade_volume"] == pytest.approx(float(sum(each.volume for each in within)))


def test_days_begin_at_midnight_in_korea(caller):
    answers = caller.get("/v1/candles/days", market="KRW-BTC", count=3)
    assert {answer["candle_date_time_utc"][11:] for answer in answers} == {"15:00:00"}
    assert {answer["candle_date_time_kst"][11:] for answer in answers} == {"00:00:00"}


def test_trades_before_a_time_of_the_day_and_by_a_cursor(venue, caller):
    venue.step(100)
    latest = caller.get("/v1/trades/ticks", market="KRW-BTC", count=10)
    before = caller.get("/v1/trades/ticks", market="KRW-BTC", count=10, cursor=latest[4]["sequential_id"])
    assert before[:5] == latest[5:]
    moment = in_korea(int(latest[0]["timestamp"]))[11:]
    older = caller.get("/v1/trades/ticks", market="KRW-BTC", count=5, to=moment)
    assert all(in_korea(int(trade["timestamp"]))[11:] < moment for trade in older)
    assert caller.get("/v1/trades/ticks", market="KRW-BTC", count=5, daysAgo=7) == []
