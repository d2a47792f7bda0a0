"""What was accepted and then failed in silence is asked for by its hash; only what surely failed is refused."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
import pytest

import twinstar as ts
from lighter_shared import INSTALLED, QUALITY
from twinstar.testing.conformance.listening import listening
from twinstar.testing.conformance.stage import Stage, staged
from twinstar_lighter.messages import Fault, Receipt
from twinstar_lighter.receipts import told

pytestmark = INSTALLED
RECEIPT = "GET /api/v1/tx"
NOTHING = '{"code":200,"orders":[]}'


@asynccontextmanager
async def stage() -> AsyncIterator[Stage]:
    config = {"send_over": "socket", "verdict_within_s": 0.5}
    async with staged(QUALITY, config=config) as s, listening(s.venue, s.symbol):
        yield s


async def stop_of_a_position(s: Stage) -> ts.Order:
    await s.trading.place(s.order())
    stop = s.stop()
    venue_order_id = await s.trading.place(stop)
    return msgspec.structs.replace(stop, status=ts.OrderStatus.ACCEPTED, venue_order_id=venue_order_id)


def moved(s: Stage, stop: ts.Order, factor: str) -> ts.Terms:
    return ts.Terms(quantity=stop.quantity, price=None, stop_price=s.at(factor))


@pytest.mark.usefixtures("native")
async def test_a_stop_moved_past_the_price_is_refused_at_once_and_stands_as_it_was() -> None:
    async with stage() as s:
        stop = await stop_of_a_position(s)
        with pytest.raises(ts.errors.VenueRejected, match="trigger"):
            await s.trading.amend(stop, moved(s, stop, "1.02"))
        assert s.server.requests[RECEIPT] == 1
        (standing,) = [order for order in s.theirs() if order.status.is_open]
        assert standing.request.trigger_price == stop.stop_price


@pytest.mark.usefixtures("native")
async def test_the_next_reading_settles_a_change_that_surely_failed_and_waits_with_one_that_is_in_doubt() -> None:
    async with stage() as s:
        stop = await stop_of_a_position(s)
        asked = moved(s, stop, "1.02")
        doubtful = msgspec.structs.replace(
            stop, status=ts.OrderStatus.IN_DOUBT, asked=asked, status_ms=s.clock.now_ms()
        )
        s.spoil_what_is_asked("refuse", match="/tx", status=400, body='{"code":21500,"message":"not found"}')
        with pytest.raises(ts.errors.OutcomeUnknown):
            await s.trading.amend(stop, asked)
        assert not [e for e in await s.account(doubtful) if isinstance(e, ts.OrderAmended)]
        with pytest.raises(ts.errors.VenueRejected):
            await s.trading.amend(stop, asked)
        (settled,) = [e for e in await s.account(doubtful) if isinstance(e, ts.OrderAmended)]
        assert (settled.terms, settled.answers) == (stop.terms, asked)
        await s.trading.amend(stop, moved(s, stop, "0.985"))  # and one that is made is not taken for failed
        assert not [e for e in await s.account(doubtful) if isinstance(e, ts.OrderAmended)]


@pytest.mark.usefixtures("native")
async def test_a_stop_that_was_filled_before_its_change_came_is_settled_by_the_first_reading() -> None:
    async with stage() as s:
        await s.trading.place(s.order())
        stop = s.stop(stop_price=s.at("1.005"), quantity=s.piece(2))  # fires as it comes
        await s.trading.place(stop)
        asked = ts.Terms(quantity=s.quantity, price=None, stop_price=stop.stop_price)
        with pytest.raises(ts.errors.VenueRejected, match="21709"):
            await s.trading.amend(stop, asked)
        doubtful = msgspec.structs.replace(
            stop, status=ts.OrderStatus.IN_DOUBT, asked=asked, status_ms=s.clock.now_ms(), filled=stop.quantity
        )
        (settled,) = [e for e in await s.account(doubtful) if isinstance(e, ts.OrderAmended)]
        assert (settled.terms, settled.answers) == (stop.terms, asked)


@pytest.mark.usefixtures("native")
async def test_a_change_that_was_made_is_not_refused_though_neither_stream_nor_look_up_tells_of_it() -> None:
    async with stage() as s:
        stop = await stop_of_a_position(s)
        s.fault(on="ws", kind="lose", frame="account_all_orders", count=50)
        s.spoil_what_is_asked("refuse", match="Orders", status=200, body=NOTHING, count=50)
        terms = moved(s, stop, "0.985")
        with pytest.raises(ts.errors.OutcomeUnknown):
            await s.trading.amend(stop, terms)
        assert s.server.requests[RECEIPT] == 1
        (standing,) = [order for order in s.theirs() if order.status.is_open]
        assert standing.request.trigger_price == terms.stop_price


@pytest.mark.usefixtures("native")
async def test_a_change_that_failed_stays_in_doubt_where_its_receipt_cannot_be_had() -> None:
    async with stage() as s:
        stop = await stop_of_a_position(s)
        s.spoil_what_is_asked("refuse", match="/tx", status=400, body='{"code":21500,"message":"not found"}', count=3)
        with pytest.raises(ts.errors.OutcomeUnknown):
            await s.trading.amend(stop, moved(s, stop, "1.02"))


def receipt(ae: object, *, status: int = 2, hash: str = "ab") -> Receipt:  # noqa: A002  the venue's word
    error = ae if isinstance(ae, str) else json.dumps(ae)
    return Receipt(code=200, hash=hash, status=status, event_info=json.dumps({"ae": error}))


REFUSED = {"code": 21729, "message": "invalid order trigger price"}


@pytest.mark.parametrize("status", [0, 2, 3])
def test_an_error_in_the_event_means_that_it_failed_whatever_the_status(status: int) -> None:
    assert told(receipt(REFUSED, status=status), "ab") == Fault(21729, "invalid order trigger price")


@pytest.mark.parametrize(
    "doubtful",
    [
        receipt(""),
        receipt(REFUSED, status=1),
        receipt(REFUSED, hash="cd"),
        receipt("refused, perhaps"),
        receipt({"message": "no code"}),
        receipt({"code": 21728, "message": "client order index already exists"}),
        receipt({"code": 99999, "message": "a code that nobody knows"}),
        Receipt(code=200, hash="ab", status=0),
        Receipt(code=200, hash="ab", status=0, event_info=""),
        Receipt(code=200, hash="ab", status=2, event_info="{"),
    ],
    ids=lambda doubtful: f"{doubtful.hash}-{doubtful.status}-{doubtful.event_info}",
)
def test_nothing_else_means_that_it_failed(doubtful: Receipt) -> None:
    assert told(doubtful, "ab") is None
