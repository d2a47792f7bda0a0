"""Orders by hand: wished as a strategy wishes, so checked, journaled, protected and sent as its own are."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import msgspec
from msgspec import Struct

from twinstar.app.desk.views import OrderRow, order_row
from twinstar.domain import Enter, InstrumentId, Order, PlaceOrder, Role, Side
from twinstar.engine import State
from twinstar.engine.risk import Refused
from twinstar.errors import TwinStarError
from twinstar.ports import Clock, JsonObject
from twinstar.runtime.sequencer import Sequencer
from twinstar.runtime.tasks import first

WHO: Final = "manual"
KNOWN_WITHIN_S: Final = 10.0  # so long an answer waits for an order's fate


class Ticket(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An entry, and where it is to be protected. ``cost``: so much of the quote asset instead of a quantity.

    ``dry``: say what would be sent, and send nothing.
    """

    instrument: str
    side: Side
    quantity: Decimal | None = None
    cost: Decimal | None = None
    price: Decimal | None = None
    stop: Decimal
    dry: bool = False


class Cancellation(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    order_id: str  # ours, or the venue's
    dry: bool = False


class Done(Struct, frozen=True, kw_only=True):
    """``outcome``: "would", "refused" (nothing was sent), "unknown" (no answer yet), or how the order stands."""

    outcome: str
    order: OrderRow | None = None
    reason: str = ""


class Tickets:
    def __init__(self, sequencer: Sequencer, clock: Clock) -> None:
        self._sequencer, self._clock = sequencer, clock

    @property
    def _state(self) -> State:
        return self._sequencer.engine.state

    async def place(self, args: JsonObject) -> Done:
        ticket = msgspec.convert(args, Ticket)
        wish = self._wish(ticket)
        engine = self._sequencer.engine
        would = engine.would(wish, self._clock.now_ms())
        if isinstance(would, Refused):
            return Done(outcome="refused", reason=would.reason)
        if ticket.dry:
            return Done(outcome="would", order=order_row(would))
        outcome = self._sequencer.ask(lambda now_ms: engine.wish(wish, WHO, now_ms))
        sent = [command.order for command in outcome.commands if isinstance(command, PlaceOrder)]
        if not sent:
            told = [notice.text for notice in outcome.notices if notice.instrument == wish.instrument]
            return Done(outcome="refused", reason="; ".join(told))
        return await self._fate(sent[0].order_id)

    async def cancel(self, args: JsonObject) -> Done:
        asked = msgspec.convert(args, Cancellation)
        order = self._cancelable(asked.order_id)
        if asked.dry:
            return Done(outcome="would", order=order_row(order))
        if order.order_id not in self._state.cancels:
            self._sequencer.ask(lambda now_ms: self._sequencer.engine.cancel(order, now_ms))
        return await self._fate(order.order_id, over=True)

    def _wish(self, ticket: Ticket) -> Enter:
        """Raise `TwinStarError` for what no engine can make an order of."""
        try:
            of = InstrumentId.parse(ticket.instrument)
        except ValueError as e:
            raise TwinStarError(str(e)) from None
        if of not in self._state.listed:
            there = ", ".join(sorted(map(str, self._state.listed))) or "none yet"
            raise TwinStarError(f"{of} is not traded here; there are: {there}")
        price = ticket.price or self._state.last_price(of)
        quantity = ticket.quantity
        if quantity is None and ticket.cost is not None and price:
            quantity = ticket.cost / price
        if quantity is None:
            raise TwinStarError(f"{of}: say a quantity" + (", no price is known yet" if ticket.cost else " or a cost"))
        return Enter(instrument=of, side=ticket.side, quantity=quantity, stop_price=ticket.stop, price=ticket.price)

    def _cancelable(self, order_id: str) -> Order:
        """Raise `TwinStarError` for an order that it makes no sense to cancel."""
        found = [o for o in self._state.orders.values() if order_id in (o.order_id, o.venue_order_id)]
        if not found:
            raise TwinStarError(f"no order {order_id} of ours is known; `twinstar orders` lists them")
        order = found[-1]
        if order.status.is_final:
            raise TwinStarError(f"order {order.order_id} is {order.status.value} already")
        if order.role not in (Role.ENTRY, Role.EXIT):
            raise TwinStarError(
                f"order {order.order_id} guards what is held of {order.instrument}; "
                f"`twinstar close-all --instrument {order.instrument}` closes that, and it goes too"
            )
        if not order.is_standing:
            raise TwinStarError(f"order {order.order_id} is {order.status.value}: what becomes of it is being asked")
        return order

    async def _fate(self, order_id: str, *, over: bool = False) -> Done:
        await first(self._sequencer.fate(order_id, over=over), self._clock.sleep(KNOWN_WITHIN_S))
        order = self._state.orders[order_id]
        known = order.status.is_final or (order.is_standing and not over)
        return Done(outcome=order.status.value if known else "unknown", order=order_row(order), reason=order.reason)
