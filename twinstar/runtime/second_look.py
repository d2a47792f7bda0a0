"""What looks wrong for a moment too long may be seen wrongly: the account is read again."""

from __future__ import annotations

from collections.abc import Hashable, Iterator

from twinstar.domain import Order, PriceSeen
from twinstar.engine import Engine
from twinstar.engine.overdue import is_reached
from twinstar.ports import Clock, Record
from twinstar.runtime.recovery import TOLD_WITHIN_MS

PATIENCE_MS = TOLD_WITHIN_MS  # doubled with every reading that did not explain it


class SecondLook:
    """A position without a stop, and an order that may be filled by now: a stream of our orders may be deaf.

    To be told every record: a price may reach an order and be gone before the next look.
    """

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine, self._clock = engine, clock
        self._reached: set[Hashable] = set()  # since the last look
        self._due: dict[Hashable, tuple[int, int]] = {}  # when to read, and the patience after that

    def __call__(self, record: Record) -> None:
        if isinstance(record, PriceSeen):
            orders = self._engine.state.open_orders(record.instrument)
            self._reached.update(_as_it_is(order) for order in orders if is_reached(order, record.price))

    def look(self) -> set[str]:
        """The venues whose account is to be read now."""
        now_ms = self._clock.now_ms()
        strange = dict(self._strange())
        self._reached.clear()
        self._due = {what: self._due.get(what, (now_ms + PATIENCE_MS, 2 * PATIENCE_MS)) for what in strange}
        late = {what: patience_ms for what, (due_ms, patience_ms) in self._due.items() if now_ms >= due_ms}
        self._due |= {what: (now_ms + patience_ms, 2 * patience_ms) for what, patience_ms in late.items()}
        return {strange[what] for what in late}

    def _strange(self) -> Iterator[tuple[Hashable, str]]:
        """Each with the venue that knows more."""
        for of, since_ms in self._engine.unprotected_since_ms.items():
            yield (of, since_ms), of.venue
        state = self._engine.state
        for order in state.all_open():
            what = _as_it_is(order)
            was_reached = what in self._due or what in self._reached
            if order.is_standing and (was_reached or is_reached(order, state.last_price(order.instrument))):
                yield what, order.instrument.venue


def _as_it_is(order: Order) -> Hashable:
    return order.order_id, order.filled, order.terms
