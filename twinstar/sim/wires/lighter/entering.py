"""An order's way into the exchange: as a request of its own words, or over before it came in."""

from __future__ import annotations

from decimal import Decimal
from functools import partial

from msgspec.structs import replace

from twinstar.sim.model import Kind, Order, Reason, Refusal, Request, Side, Status, TimeInForce
from twinstar.sim.wires.lighter import errors, rules
from twinstar.sim.wires.lighter.accounts import Account
from twinstar.sim.wires.lighter.blotter import Note
from twinstar.sim.wires.lighter.desk import Desk
from twinstar.sim.wires.lighter.errors import ApiError
from twinstar.sim.wires.lighter.markets import Market
from twinstar.sim.wires.lighter.transactions import Asked

VERDICTS = {Reason.NO_FUNDS: "margin-not-allowed", Reason.NOT_REDUCING: "reduce-only"}
TIMES_IN_FORCE = {
    rules.IOC: TimeInForce.IOC,
    rules.GTT: TimeInForce.GTC,
    rules.POST_ONLY: TimeInForce.POST_ONLY,
}


def enter(desk: Desk, account: Account, asked: Asked, nonce: int) -> Order:
    market = desk.find(asked.market_index)
    request, note = request_of(desk, account, market, asked), note_of(asked, nonce)
    order = admit(desk, account, request, note)
    watch_expiry(desk, account, order)
    return order


def check_direction(desk: Desk, account: Account, asked: Asked) -> None:
    """What may only reduce, and could not, never becomes an order: its transaction fails, and no stream tells."""
    there = held(desk, account, desk.find(asked.market_index).symbol)
    if asked.reduce_only and (there <= 0 if asked.is_ask else there >= 0):
        raise ApiError(*errors.NOT_REDUCING)


def watch_expiry(desk: Desk, account: Account, order: Order) -> None:
    expiry_ms = desk.blotter.note(order).expiry_ms
    if expiry_ms and order.status.is_open:
        desk.deadlines.set(order.id, expiry_ms, partial(_expire, desk, account, desk.blotter.index(order)))


def _expire(desk: Desk, account: Account, index: int) -> None:
    desk.blotter.end(account.name, desk.blotter.find(account.name, index), "expired")


def admit(desk: Desk, account: Account, request: Request, note: Note) -> Order:
    """One whose trigger price has been reached already fires as it comes."""
    if not (request.quantity or request.close_position):
        return _refused(desk, account, request, note, Reason.NOT_REDUCING)
    try:
        return desk.blotter.place(account.name, request, note)
    except Refusal as refusal:
        if refusal.reason is Reason.WOULD_TRIGGER:
            return admit(desk, account, _fired(desk, account, request), note)
        return _refused(desk, account, request, note, refusal.reason)


def _refused(desk: Desk, account: Account, request: Request, note: Note, reason: Reason) -> Order:
    return desk.blotter.keep(account.name, request, replace(note, end=VERDICTS.get(reason, "")), Status.EXPIRED)


def _fired(desk: Desk, account: Account, request: Request) -> Request:
    kind = Kind.LIMIT if request.kind.is_limit else Kind.MARKET
    if not request.close_position:
        return replace(request, kind=kind, trigger_price=None)
    quantity = abs(held(desk, account, request.symbol))
    return replace(request, kind=kind, trigger_price=None, close_position=False, reduce_only=True, quantity=quantity)


def note_of(asked: Asked, nonce: int) -> Note:
    return Note(
        type=asked.type,
        time_in_force=asked.time_in_force,
        expiry_ms=asked.order_expiry,
        nonce=nonce,
    )


def request_of(desk: Desk, account: Account, market: Market, asked: Asked, *, size: Decimal | None = None) -> Request:
    """A market order is a limit order that does not wait: its price is the worst it may get.

    Without a size it closes what is held: a stop or a take-profit at market whatever that is by then, at any price.
    """
    closes = not asked.base_amount and size is None and asked.type in (rules.STOP, rules.PROFIT)
    quantity = size or market.size(asked.base_amount) or abs(held(desk, account, market.symbol))
    return Request(
        symbol=market.symbol,
        side=Side.SELL if asked.is_ask else Side.BUY,
        kind=_kind(asked.type, closes=closes),
        quantity=None if closes else quantity,
        price=None if closes else market.price(asked.price),
        trigger_price=market.price(asked.trigger_price) if asked.trigger_price else None,
        time_in_force=TIMES_IN_FORCE[asked.time_in_force],
        ends_if_taking=True,
        reduce_only=asked.reduce_only == 1 and not closes,
        close_position=closes,
        client_id=str(asked.client_order_index) if asked.client_order_index else None,
    )


def _kind(order_type: int, *, closes: bool) -> Kind:
    if order_type in rules.STOPS:
        return Kind.STOP_MARKET if closes else Kind.STOP_LIMIT
    if order_type in rules.PROFITS:
        return Kind.TAKE_PROFIT_MARKET if closes else Kind.TAKE_PROFIT_LIMIT
    return Kind.LIMIT


def held(desk: Desk, account: Account, symbol: str) -> Decimal:
    return next(each.quantity for each in desk.exchange.positions(account.name) if each.symbol == symbol)
