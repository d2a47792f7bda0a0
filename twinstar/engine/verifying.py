"""Does what stands in our books stand at the venue? Told order by order, from its listings of open orders."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct

from twinstar.domain import AccountSeen, Order, OrderKind, Resting, Terms
from twinstar.engine.comparing import APART_MS, ENOUGH, SETTLES_MS


class Contradiction(Struct, frozen=True, kw_only=True):
    """So many readings in a row list an order on other terms than ours, or (None) do not list it at all."""

    listed: Terms | None
    last_ms: int
    readings: int = 1

    @property
    def is_sure(self) -> bool:
        return self.readings >= ENOUGH


def verify(
    standing: Iterable[Order], seen: AccountSeen, before: Mapping[str, Contradiction]
) -> dict[str, Contradiction]:
    """Of the orders that stand in our books; what has only just changed is left for the next reading."""
    listing = {resting.client_order_id: resting for resting in seen.orders or ()}
    found = {}
    for order in standing:
        resting = listing.get(order.order_id)
        if (resting is not None and _agrees(order, resting)) or order.asked is not None:
            continue
        if seen.time_ms - order.status_ms < SETTLES_MS:
            continue
        listed = None if resting is None else terms_of(order, resting)
        found[order.order_id] = _again(before.get(order.order_id), listed, seen.time_ms)
    return found


def terms_of(order: Order, resting: Resting) -> Terms:
    """As the venue lists them; what means nothing for this kind of order stays as it is with us."""
    return Terms(
        quantity=resting.quantity,
        price=resting.price if order.kind is OrderKind.LIMIT else order.price,
        stop_price=resting.stop_price if order.kind.is_trigger else order.stop_price,
    )


def _agrees(order: Order, resting: Resting) -> bool:
    """A stop that has fired is listed as what it has become."""
    return resting.kind is not order.kind or terms_of(order, resting) == order.terms


def _again(before: Contradiction | None, listed: Terms | None, time_ms: int) -> Contradiction:
    if before is None or before.listed != listed:
        return Contradiction(listed=listed, last_ms=time_ms)
    if time_ms - before.last_ms < APART_MS:
        return before
    return Contradiction(listed=listed, last_ms=time_ms, readings=before.readings + 1)
