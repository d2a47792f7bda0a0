"""What is held of an instrument, lot by lot: the first that came is the first that goes (FIFO)."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

ZERO = Decimal(0)


class Lot(Struct, frozen=True, kw_only=True):
    """Signed; positive is long. ``owner``: the strategy that opened it."""

    quantity: Decimal
    price: Decimal
    owner: str | None

    def gain(self, price: Decimal) -> Decimal:
        return (price - self.price) * self.quantity


class Lots:
    """One side at a time: what closes more than there is opens the other side with the rest."""

    def __init__(self) -> None:
        self._lots: deque[Lot] = deque()

    def __iter__(self) -> Iterator[Lot]:
        return iter(self._lots)

    @property
    def quantity(self) -> Decimal:
        return sum((lot.quantity for lot in self._lots), ZERO)

    @property
    def owner(self) -> str | None:
        """Whose the oldest lot is."""
        return self._lots[0].owner if self._lots else None

    def trade(self, quantity: Decimal, price: Decimal, owner: str | None) -> dict[str | None, Decimal]:
        """Buy (positive) or sell; what that realizes, by the owners of the lots that are closed."""
        realized: dict[str | None, Decimal] = {}
        while quantity and self._lots and self._lots[0].quantity * quantity < 0:
            closed = self._take(-quantity)
            realized[closed.owner] = realized.get(closed.owner, ZERO) + closed.gain(price)
            quantity += closed.quantity
        if quantity:
            self._lots.append(Lot(quantity=quantity, price=price, owner=owner))
        return realized

    def lose(self, quantity: Decimal, price: Decimal) -> None:
        """A fee that is taken of what is held: it realizes nothing, the fee itself is the loss."""
        while quantity and self._lots:
            quantity -= self._take(quantity).quantity
        if quantity:
            self._lots.append(Lot(quantity=-quantity, price=price, owner=None))

    def _take(self, quantity: Decimal) -> Lot:
        """The oldest lot, or as much of it as is wanted."""
        oldest = self._lots[0]
        if abs(oldest.quantity) <= abs(quantity):
            return self._lots.popleft()
        self._lots[0] = replace(oldest, quantity=oldest.quantity - quantity)
        return replace(oldest, quantity=quantity)
