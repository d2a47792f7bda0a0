"""What the venue keeps of its orders beyond what the exchange does: how they were asked for, and those the exchange has
never had, because they wait for their parent or were refused after they had been accepted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from itertools import count

from msgspec import Struct
from msgspec.structs import replace

from twinstar.sim.listeners import Listeners
from twinstar.sim.model import AccountEvent, Order, OrderChanged, Reason, Refusal, Request, Side, Status, TimeInForce
from twinstar.sim.ports import Exchange
from twinstar.sim.wires.lighter import rules
from twinstar.sim.wires.lighter.errors import NO_ORDER, ApiError

FIRST_INDEX = 2**48  # of the venue's order indices, client indices are below; asks count up and bids down
BIDS_FROM = 2**49
NOT_IN_EXCHANGE = 2**40  # from here on in either direction


class Note(Struct, frozen=True, kw_only=True):
    type: int
    time_in_force: int
    expiry_ms: int = 0
    nonce: int = 0
    index: int = 0  # where it is not made of the order's number
    parent: int = 0  # the other indices of its group
    children: tuple[int, ...] = ()
    sibling: int = 0
    end: str = ""  # why the venue ended it


class Blotter:
    """The orders of an account as the venue shows them. One that the exchange does not have has a negative id."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._notes: dict[int, Note] = {}
        names = dict.fromkeys(keys.account for keys in exchange.keys)
        self._outside: dict[str, dict[int, Order]] = {name: {} for name in names}
        self._ids: dict[int, int] = {}  # by index, where it is not made of the id
        self._numbers = count(1)
        self._arriving: tuple[Request, Note] | None = None
        self._news: dict[str, Listeners[AccountEvent]] = {name: Listeners() for name in names}
        for name in names:
            exchange.on_account(name, self._hear(name))

    def on_account(self, name: str, listener: Callable[[AccountEvent], None]) -> Callable[[], None]:
        """As the exchange's, and of the other orders too."""
        return self._news[name].add(listener)

    # Orders come in.

    def place(self, name: str, request: Request, note: Note) -> Order:
        """Its note is there before anybody hears of it."""
        self._arriving = (request, note)
        try:
            return self._exchange.place(name, request)
        finally:
            self._arriving = None

    def keep(self, name: str, request: Request, note: Note, status: Status) -> Order:
        """One that does not get into the exchange: it waits for its parent, or is over."""
        now = self._exchange.clock.now_ms()
        order = Order(
            id=-next(self._numbers),
            request=request,
            status=status,
            created_ms=now,
            updated_ms=now,
            quantity=request.quantity or Decimal(0),
        )
        self._note(order, note)
        self._outside[name][order.id] = order
        self._news[name].tell(OrderChanged(order, "new" if status.is_open else status.value))
        return order

    def forget(self, name: str, order: Order) -> None:
        """It goes into the exchange now."""
        del self._outside[name][order.id]

    # Orders end.

    def end(self, name: str, order: Order, why: str = "") -> None:
        if not order.status.is_open:
            return
        self.change(order, end=why)
        if order.id > 0:
            self._exchange.cancel(name, order.id)
            return
        ended = replace(order, status=Status.CANCELED, updated_ms=self._exchange.clock.now_ms())
        self._outside[name][order.id] = ended
        self._news[name].tell(OrderChanged(ended, "canceled"))

    # Looking up.

    def orders(self, name: str, *, symbol: str | None = None, open_only: bool = False) -> Sequence[Order]:
        """Oldest first."""
        outside = [
            order
            for order in self._outside[name].values()
            if symbol in (None, order.request.symbol) and (order.status.is_open or not open_only)
        ]
        inside = self._exchange.orders(name, symbol=symbol, open_only=open_only)
        return sorted([*inside, *outside], key=lambda each: each.created_ms)

    def find(self, name: str, index: int) -> Order:
        """By the venue's index, or the client's."""
        outside = self._outside[name]
        try:
            if index >= FIRST_INDEX:
                number = self._ids.get(index) or _number(index)
                return outside[number] if number in outside else self._exchange.order(name, order_id=number)
            known = [each for each in outside.values() if each.request.client_id == str(index)]
            return known[-1] if known else self._exchange.order(name, client_id=str(index))
        except Refusal as refusal:
            if refusal.reason is not Reason.UNKNOWN_ORDER:
                raise
            raise ApiError(*NO_ORDER) from refusal

    def knows(self, name: str, index: int) -> bool:
        try:
            self.find(name, index)
        except ApiError:
            return False
        return True

    def note(self, order: Order) -> Note:
        """Of one that the venue made itself, or that is from before a restart, what the exchange knows must do."""
        known = self._notes.get(order.id)
        return known if known is not None else _guessed(order.request)

    def index(self, order: Order) -> int:
        if known := self.note(order).index:
            return known
        number = order.id if order.id > 0 else NOT_IN_EXCHANGE - order.id
        return FIRST_INDEX + number if order.request.side is Side.SELL else BIDS_FROM - number

    def change(self, order: Order, **changes: object) -> None:
        self._notes[order.id] = replace(self.note(order), **changes)

    def _hear(self, name: str) -> Callable[[AccountEvent], None]:
        def hear(event: AccountEvent) -> None:
            if isinstance(event, OrderChanged) and self._arriving and event.order.request is self._arriving[0]:
                self._note(event.order, self._arriving[1])
            self._news[name].tell(event)

        return hear

    def _note(self, order: Order, note: Note) -> None:
        self._notes.setdefault(order.id, note)
        if note.index:
            self._ids[note.index] = order.id


def is_tied(order: Order) -> bool:
    """To a position, with which it goes: all that may only reduce, save what waits for its parent."""
    return order.id > 0 and (order.request.reduce_only or order.request.close_position)


def _guessed(request: Request) -> Note:
    waits = request.kind.is_limit and request.time_in_force is not TimeInForce.IOC
    of_stop, of_profit = (rules.STOP_LIMIT, rules.PROFIT_LIMIT) if waits else (rules.STOP, rules.PROFIT)
    plain = rules.LIMIT if request.kind.is_limit else rules.MARKET
    triggered = of_profit if request.kind.is_take_profit else of_stop
    is_post_only = request.time_in_force is TimeInForce.POST_ONLY
    return Note(
        type=triggered if request.kind.is_trigger else plain,
        time_in_force=(rules.POST_ONLY if is_post_only else rules.GTT) if waits else rules.IOC,
    )


def _number(index: int) -> int:
    number = index - FIRST_INDEX if index < (FIRST_INDEX + BIDS_FROM) // 2 else BIDS_FROM - index
    return number if number < NOT_IN_EXCHANGE else NOT_IN_EXCHANGE - number
