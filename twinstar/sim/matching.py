"""Who an incoming order trades with: a plan by price, then clients before the crowd and by time. Changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal

from msgspec import Struct

from twinstar.sim.crowd import Level, Liquidity
from twinstar.sim.grid import below
from twinstar.sim.model import Book, Order, Side, Tick
from twinstar.sim.resting import Resting, Waiting

ZERO = Decimal(0)


class Served(Struct, frozen=True):
    """What a public trade brings to one waiting order, and how much of that trade is left for the next."""

    quantity: Decimal
    left: Decimal


# The order's price, the trade's, what the order wants, how much was traded.
Serve = Callable[[Decimal, Decimal, Decimal, Decimal], Served]


class Offer(Struct, frozen=True):
    price: Decimal
    quantity: Decimal
    client: Waiting | None = None  # None: the crowd


def whole_once_passed(price: Decimal, traded: Decimal, wanted: Decimal, there: Decimal) -> Served:
    """The price has passed an order: it is filled whole; it stands at it: by as much as was traded there."""
    if price != traded:
        return Served(wanted, there)
    quantity = min(wanted, there)
    return Served(quantity, there - quantity)


def offers(resting: Resting, crowd: Liquidity, last: Tick, side: Side, without: int | None = None) -> Iterator[Offer]:
    """One side of the book, best first; ``without`` leaves an order out, as if it were not there."""
    clients = [each for each in resting.side(side) if each.order.id != without]
    for level in uncrossed(crowd.levels(side, last), side, resting.side(side.opposite).best()):
        while clients and not _is_worse(_price(clients[0]), level[0], side):
            yield _offered(clients.pop(0))
        yield Offer(*level)
    yield from map(_offered, clients)


def uncrossed(levels: Iterable[Level], side: Side, best_opposite: Decimal | None) -> Iterator[Level]:
    """The crowd is not where a client is still being served."""
    for price, quantity in levels:
        if best_opposite is None or (price < best_opposite if side is Side.BUY else price > best_opposite):
            yield price, quantity


def plan(
    book: Iterable[Offer],
    side: Side,
    limit: Decimal | None,
    *,
    quantity: Decimal = ZERO,
    cost: Decimal = ZERO,
    lot: Decimal,
) -> list[Offer]:
    """The offers that an order of ``side`` would take; ``cost`` is spent down to less than a lot."""
    taken = []
    for offer in book:
        if limit is not None and _is_worse(offer.price, limit, side.opposite):
            break
        wanted = below(cost / offer.price, lot) if cost else quantity
        part = min(offer.quantity, wanted)
        if part <= 0:
            break
        taken.append(Offer(offer.price, part, offer.client))
        if part == wanted:
            break
        quantity, cost = quantity - part, cost - part * offer.price if cost else ZERO
    return taken


def snapshot(resting: Resting, crowd: Liquidity, last: Tick, depth: int, update_id: int) -> Book:
    """Clients and crowd together."""
    bids, asks = (_levels(offers(resting, crowd, last, side), depth) for side in (Side.BUY, Side.SELL))
    return Book(symbol=last.symbol, market_ms=last.market_ms, update_id=update_id, bids=bids, asks=asks)


def _levels(book: Iterable[Offer], depth: int) -> tuple[Level, ...]:
    levels: dict[Decimal, Decimal] = {}
    for offer in book:
        if offer.price not in levels and len(levels) == depth:
            break
        levels[offer.price] = levels.get(offer.price, ZERO) + offer.quantity
    return tuple(levels.items())


def _is_worse(price: Decimal, than: Decimal, side: Side) -> bool:
    """As a bid (BUY) or as an ask, in the eyes of who would take it."""
    return price < than if side is Side.BUY else price > than


def _price(waiting: Waiting) -> Decimal:
    return waiting.order.request.price or ZERO


def _offered(waiting: Waiting) -> Offer:
    return Offer(_price(waiting), waiting.order.remaining, waiting)


def covers(taken: Iterable[Offer], order: Order) -> bool:
    return sum((offer.quantity for offer in taken), ZERO) >= order.remaining
