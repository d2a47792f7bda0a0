"""Many orders in one request, with an outcome for each: a batch as a whole is neither done nor refused. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

import twinstar as ts
from twinstar_bithumb_native.errors import Refusal, meaning_of
from twinstar_bithumb_native.messages import CanceledBatch, Item
from twinstar_bithumb_native.rest import Request
from twinstar_bithumb_native.signing import Params, body_of
from twinstar_bithumb_native.wishes import market_of

MOST: Final = 20  # the venue takes 30, but no more than 20 a second of one coin
DONE: Final = 200  # an item has no HTTP status of its own


def parts(orders: Sequence[ts.Order]) -> Iterator[tuple[str, list[ts.Order]]]:
    """Each of one market, since the venue counts by coin, and no larger than it may be."""
    for market in dict.fromkeys(market_of(order.instrument.symbol) for order in orders):
        same = [order for order in orders if market_of(order.instrument.symbol) == market]
        for start in range(0, len(same), MOST):
            yield market, same[start : start + MOST]


def placing(market: str, wishes: Sequence[Params], lane: ts.Lane) -> Request:
    return Request(
        method="POST",
        path="/v2/orders/batch",
        params=[("batch_orders[]", msgspec.Raw(body_of(wish))) for wish in wishes],
        doing=ts.Doing.ORDER,
        signed=True,
        lane=lane,
        about=market,
        of_one=len(wishes),
    )


def canceling(market: str, venue_order_ids: Sequence[str]) -> Request:
    return Request(
        method="POST",
        path="/v2/orders/cancel",
        params=[("order_ids[]", each) for each in venue_order_ids],
        doing=ts.Doing.CANCEL,
        signed=True,
        lane=ts.Lane.PROTECT,
        about=market,
        of_one=len(venue_order_ids),
    )


def refused(venue: str, item: Item, doing: ts.Doing) -> ts.errors.VenueError | None:
    """None: that one was done."""
    if item.name is None:
        return None
    refusal = Refusal(item.name, item.message)
    return ts.remedy(meaning_of(DONE, refusal), doing)(venue, f"in a batch: {refusal}")


def cancel_outcome(venue: str, told: CanceledBatch, venue_order_id: str) -> ts.errors.VenueError | None:
    """What is said of this one; of what nothing is said, nobody knows."""
    if any(item.order_id == venue_order_id for item in told.success):
        return None
    item = next((item for item in told.fail if item.order_id == venue_order_id), None)
    error = refused(venue, item, ts.Doing.CANCEL) if item is not None else None
    return error or ts.errors.OutcomeUnknown(venue, f"the answer to a batch says nothing of {venue_order_id}")
