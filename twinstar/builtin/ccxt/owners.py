"""Which of our orders a venue's id belongs to."""

from __future__ import annotations

from collections import OrderedDict, deque
from decimal import Decimal

from twinstar.builtin.ccxt.habits.habit import Unified
from twinstar.engine.ids import is_ours

REMEMBERED = 10_000
HELD = 256


class Owners:
    """Venue ids learnt from acks, frames and answers; and trades that wait until their order is known.

    Both are bounded: the oldest ids are of orders long over, the oldest trades are somebody else's.
    """

    def __init__(self) -> None:
        self._ours: OrderedDict[str, str] = OrderedDict()
        self._accepted: OrderedDict[str, None] = OrderedDict()
        self._held: deque[tuple[str, Unified]] = deque(maxlen=HELD)
        self._filled: OrderedDict[str, Decimal] = OrderedDict()

    def know(self, venue_order_id: str, order_id: str) -> None:
        self._ours[venue_order_id] = order_id
        if len(self._ours) > REMEMBERED:
            self._ours.popitem(last=False)

    def learn(self, venue_order_id: str, order_id: str) -> list[Unified]:
        """The trades that have waited for this."""
        if not is_ours(order_id):
            return []
        self.know(venue_order_id, order_id)
        released = [trade for held_id, trade in self._held if held_id == venue_order_id]
        if released:
            rest = [held for held in self._held if held[0] != venue_order_id]
            self._held = deque(rest, maxlen=HELD)
        return released

    def owner(self, venue_order_id: str | None, client_id: str | None) -> str | None:
        if client_id is not None and is_ours(client_id):
            return client_id
        return self._ours.get(venue_order_id or "")

    def hold(self, venue_order_id: str, trade: Unified) -> None:
        self._held.append((venue_order_id, trade))

    def note_filled(self, order_id: str, filled: Decimal) -> None:
        """The stream tells of fills without telling them: a reading has to show at least as much."""
        self._filled[order_id] = max(filled, self.filled(order_id))
        if len(self._filled) > REMEMBERED:
            self._filled.popitem(last=False)

    def filled(self, order_id: str) -> Decimal:
        return self._filled.get(order_id, Decimal(0))

    def is_first(self, order_id: str) -> bool:
        """True once an order: that it was accepted need not be told at each of its updates."""
        if order_id in self._accepted:
            return False
        self._accepted[order_id] = None
        if len(self._accepted) > REMEMBERED:
            self._accepted.popitem(last=False)
        return True
