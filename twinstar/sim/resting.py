"""Client orders that wait at one market: in the book by price and time, and trigger orders by their price."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator
from decimal import Decimal

from msgspec import Struct

from twinstar.sim.model import Order, Side
from twinstar.sim.orders import fires_upwards

Key = tuple[Decimal, int]


class Waiting(Struct, frozen=True):
    account: str
    order: Order


class Queue:
    """First the one whose price is reached first; at one price the one with the lower priority number."""

    def __init__(self, sign: int) -> None:
        self._sign = sign  # 1: the lowest price first, -1: the highest
        self._keys: list[Key] = []
        self._waiting: dict[Key, Waiting] = {}

    def __bool__(self) -> bool:
        return bool(self._keys)

    def __iter__(self) -> Iterator[Waiting]:
        return iter([self._waiting[key] for key in self._keys])

    def add(self, price: Decimal, waiting: Waiting) -> None:
        key = (price * self._sign, waiting.order.priority)
        if key not in self._waiting:
            insort(self._keys, key)
        self._waiting[key] = waiting

    def remove(self, price: Decimal, order: Order) -> None:
        key = (price * self._sign, order.priority)
        if self._waiting.pop(key, None):
            del self._keys[bisect_left(self._keys, key)]

    def holds(self, price: Decimal, order: Order) -> bool:
        return (price * self._sign, order.priority) in self._waiting

    def best(self) -> Decimal | None:
        return self._keys[0][0] * self._sign if self._keys else None

    def reached_by(self, price: Decimal) -> list[Waiting]:
        """Everything whose price is at least as good as this one, in the order of service."""
        bound, reached = price * self._sign, []
        for key in self._keys:
            if key[0] > bound:
                break
            reached.append(self._waiting[key])
        return reached


class Resting:
    def __init__(self) -> None:
        self.bids = Queue(-1)
        self.asks = Queue(1)
        self.rising = Queue(1)  # trigger orders that fire when the price rises to theirs
        self.falling = Queue(-1)

    @property
    def is_empty(self) -> bool:
        return not (self.bids or self.asks or self.rising or self.falling)

    def side(self, side: Side) -> Queue:
        return self.bids if side is Side.BUY else self.asks

    def put(self, account: str, order: Order) -> None:
        queue, price = self._place(order)
        queue.add(price, Waiting(account, order))

    def drop(self, order: Order) -> None:
        queue, price = self._place(order)
        queue.remove(price, order)

    def _place(self, order: Order) -> tuple[Queue, Decimal]:
        request = order.request
        if request.kind.is_trigger and not order.triggered:
            return (self.rising if fires_upwards(request) else self.falling), request.trigger_price or Decimal(0)
        return self.side(request.side), request.price or Decimal(0)

    def holds(self, order: Order) -> bool:
        queue, price = self._place(order)
        return queue.holds(price, order)
