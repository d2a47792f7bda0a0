"""Many orders in one request, against the simulated Bithumb: each has an outcome of its own."""

from __future__ import annotations

import json
from decimal import Decimal

import msgspec
import pytest

import twinstar as ts
from twinstar.sim import model
from twinstar.testing.conformance.stage import Stage
from twinstar_bithumb_native.batches import MOST, parts
from twinstar_bithumb_native.trading import BithumbTrading

from .test_trading import recorded, refusing, stage_of

BATCH = "/v2/orders/batch"


def trading_of(s: Stage) -> BithumbTrading:
    assert isinstance(s.trading, BithumbTrading)
    return s.trading


def known_there(s: Stage) -> set[str | None]:
    return {each.request.client_id for each in s.theirs()}


async def standing(s: Stage, count: int) -> list[ts.Order]:
    orders = [s.resting() for _ in range(count)]
    placed = await trading_of(s).place_all(orders)
    return [msgspec.structs.replace(each, venue_order_id=str(placed[each.order_id])) for each in orders]


async def test_each_order_of_a_batch_is_placed_or_refused_by_itself() -> None:
    async with stage_of() as s:
        good, too_dear = s.resting(quantity=Decimal("0.00015243")), s.resting(quantity=Decimal(10))
        off_step, at_market = s.resting(price=Decimal("100000.5")), s.order(quantity=Decimal("0.01"))
        with recorded() as bodies:
            outcomes = await trading_of(s).place_all([good, too_dear, off_step, at_market])
        (body,) = bodies
        assert [each["client_order_id"] for each in msgspec.convert(body["batch_orders"], list[dict[str, str]])] == [
            good.order_id,
            too_dear.order_id,
            at_market.order_id,
        ]
        assert isinstance(outcomes[good.order_id], str)
        assert isinstance(outcomes[at_market.order_id], str)
        assert isinstance(outcomes[too_dear.order_id], ts.errors.VenueRejected)
        assert "insufficient_funds_bid" in str(outcomes[too_dear.order_id])
        assert "not sent" in str(outcomes[off_step.order_id])
        assert known_there(s) == {good.order_id, at_market.order_id}


async def test_a_batch_without_an_answer_leaves_each_of_its_orders_in_doubt_and_the_account_tells() -> None:
    async with stage_of() as s:
        orders = [s.resting(), s.resting()]
        s.fault(on="rest", kind="drop", match=BATCH)
        outcomes = await trading_of(s).place_all(orders)
        assert {type(each) for each in outcomes.values()} == {ts.errors.OutcomeUnknown}
        told = await s.account(*orders)
        assert {each.order_id for each in told if isinstance(each, ts.OrderAccepted)} == known_there(s)
        assert len(s.theirs()) == len(orders)


async def test_an_answer_that_is_short_of_an_order_proves_nothing_of_any() -> None:
    async with stage_of() as s:
        body = json.dumps({"batch_orders_response": [{"name": "invalid_price", "message": "no"}]})
        s.fault(on="rest", kind="status", status=200, body=body, match=BATCH)
        outcomes = await trading_of(s).place_all([s.resting(), s.resting()])
        assert {type(each) for each in outcomes.values()} == {ts.errors.OutcomeUnknown}


@pytest.mark.parametrize(
    ("item", "outcome"),
    [
        ({"name": "of_which_nobody_knows", "message": ""}, ts.errors.OutcomeUnknown),
        ({"name": "too_many_orders", "message": ""}, ts.errors.VenueUnavailable),
        ({"order_id": "C01", "market": "KRW-XRP", "side": "bid"}, ts.errors.OutcomeUnknown),
    ],
)
async def test_what_an_item_says_counts_as_an_answer_would(item: dict[str, str], outcome: type[Exception]) -> None:
    async with stage_of() as s:
        order = s.resting()
        body = json.dumps({"batch_orders_response": [item]})
        s.fault(on="rest", kind="refuse", status=200, body=body, match=BATCH)
        assert type((await trading_of(s).place_all([order]))[order.order_id]) is outcome


async def test_a_batch_of_cancels_tells_which_were_there_to_be_canceled() -> None:
    async with stage_of() as s:
        first, gone, last = await standing(s, 3)
        await s.trading.cancel(gone)
        before = s.sent()
        outcomes = await trading_of(s).cancel_all([first, gone, last])
        assert s.sent() == before + 2  # the batch, and the one that was not found by itself
        assert (outcomes[first.order_id], outcomes[last.order_id]) == (None, None)
        assert isinstance(outcomes[gone.order_id], ts.errors.VenueRejected)
        assert {each.status for each in s.theirs()} == {model.Status.CANCELED}


async def test_an_order_whose_id_the_venue_has_not_told_is_canceled_alone_and_the_others_all_the_same() -> None:
    async with stage_of() as s:
        known, unknown = await standing(s, 2)
        unknown = msgspec.structs.replace(unknown, venue_order_id=None)
        assert await trading_of(s).cancel_all([unknown, known]) == {known.order_id: None, unknown.order_id: None}
        assert {each.status for each in s.theirs()} == {model.Status.CANCELED}


@pytest.mark.parametrize("name", ["order_not_ready", "order_not_found"])
async def test_what_a_batch_does_not_cancel_yet_is_asked_for_alone(name: str) -> None:
    async with stage_of() as s:
        (order,) = await standing(s, 1)
        fail = {"name": name, "message": "", "order_id": order.venue_order_id}
        body = json.dumps({"success": [], "fail": [fail]})
        s.fault(on="rest", kind="refuse", status=200, body=body, match="/v2/orders/cancel")
        assert await trading_of(s).cancel_all([order]) == {order.order_id: None}
        assert [each.status for each in s.theirs()] == [model.Status.CANCELED]


async def test_a_batch_of_cancels_that_is_refused_as_a_whole_is_not_asked_for_one_by_one() -> None:
    async with stage_of() as s:
        orders = await standing(s, 2)
        refusing(s, "too_many_requests", status=400, on="/v2/orders/cancel")
        before = s.sent()
        outcomes = await trading_of(s).cancel_all(orders)
        assert {type(each) for each in outcomes.values()} == {ts.errors.VenueUnavailable}
        assert s.sent() == before + 1


async def test_cancels_that_the_answer_says_nothing_of_are_in_doubt() -> None:
    async with stage_of() as s:
        orders = await standing(s, 2)
        s.fault(on="rest", kind="status", status=200, body='{"success": [], "fail": []}', match="/v2/orders/cancel")
        outcomes = await trading_of(s).cancel_all(orders)
        assert {type(each) for each in outcomes.values()} == {ts.errors.OutcomeUnknown}


async def test_a_batch_is_of_one_coin_and_no_more_than_may_be_sent_of_it_in_a_second() -> None:
    async with stage_of() as s:
        other = ts.InstrumentId("ETH/KRW", s.instrument.venue)
        orders = [s.resting(), s.resting(instrument=other), *(s.resting() for _ in range(MOST))]
        sizes = [(market, len(part)) for market, part in parts(orders)]
        assert sizes == [("KRW-BTC", MOST), ("KRW-BTC", 1), ("KRW-ETH", 1)]
