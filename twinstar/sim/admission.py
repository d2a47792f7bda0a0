"""Whether an order's owner can pay for it. Pure: the order with what it locks, or a refusal."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from msgspec.structs import replace

from twinstar.sim import margin
from twinstar.sim.accounts import Account
from twinstar.sim.margin import House
from twinstar.sim.matching import Offer
from twinstar.sim.model import Listing, Order, Reason, Refusal, Side
from twinstar.sim.orders import lock_of

ZERO = Decimal(0)


def paid_on_spot(account: Account, listing: Listing, order: Order, taken: Sequence[Offer]) -> Order:
    """``taken`` is what it will trade with at once. A replaced order's lock counts as free."""
    if order.request.cost is not None:
        order = replace(order, quantity=sum((offer.quantity for offer in taken), ZERO))
    needed = _needed(listing, order, taken)
    asset = listing.quote if order.request.side is Side.BUY else listing.base
    before = account.orders.get(order.id)
    free = account.balance(asset).free + (before.locked if before else ZERO)
    if needed > free:
        raise Refusal(Reason.NO_FUNDS, f"{needed} {asset} wanted, {free} free")
    return replace(order, locked=needed)


def _needed(listing: Listing, order: Order, taken: Sequence[Offer]) -> Decimal:
    if order.request.cost is not None:
        return order.request.cost * (1 + listing.buyer_pays_on_top)
    if order.request.kind.is_limit or order.request.side is Side.SELL:
        return lock_of(order, listing, order.remaining)
    return sum((offer.price * offer.quantity for offer in taken), ZERO) * (1 + listing.buyer_pays_on_top)


def check_margin(account: Account, house: House, order: Order, taken: Sequence[Offer]) -> None:
    """Only what adds to the worse side needs margin; it is compared with what is there without a replaced order."""
    if order.request.reduce_only or order.request.close_position:
        return
    listing = house.listings[order.request.symbol]
    estimate = order.request.price or (taken[-1].price if taken else house.marks[listing.symbol])
    priced = replace(order, request=replace(order.request, price=estimate))
    others = [each for each in account.open_of(listing.symbol) if each.id != order.id]
    position = account.position(listing.symbol)
    before = margin.initial(position, account.open_of(listing.symbol))
    more = margin.initial(position, [*others, priced]) - before
    if more <= 0:
        return
    asset = listing.settle or listing.quote
    wanted = more + order.remaining * estimate * listing.taker_fee
    free = margin.available(account, house, asset)
    if wanted > free:
        raise Refusal(Reason.NO_FUNDS, f"{wanted} {asset} of margin wanted, {free} available")
