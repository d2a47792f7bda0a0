"""What trading has come to so far, by venue and asset: booked, fees and funding, and what is held at its last price."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TypeAlias

from twinstar.domain import InstrumentId, Position
from twinstar.engine.state import State

ZERO = Decimal(0)
Key: TypeAlias = tuple[str | None, str]  # venue (None: all together) and asset
Results: TypeAlias = Mapping[Key, Decimal | None]


def results(state: State) -> Results:
    """None where something is held whose price is not known: a guess would be taken for a loss.

    A fee that was taken of what was bought counts at the last price; one in a third asset does not count.
    """
    sums: dict[Key, Decimal | None] = {}
    for of, position in state.positions.items():
        quote = quote_of(of, state)
        result = _result(of, position, quote, state)
        for key in ((of.venue, quote), (None, quote)):
            so_far = sums.get(key, ZERO)
            sums[key] = None if so_far is None or result is None else so_far + result
    return sums


def quote_of(of: InstrumentId, state: State) -> str:
    """The asset that its prices, and so its profit, are counted in."""
    instrument = state.instruments.get(of)
    return instrument.quote if instrument else of.symbol.partition("/")[2].partition(":")[0]


def _result(of: InstrumentId, position: Position, quote: str, state: State) -> Decimal | None:
    price, fees = state.last_price(of), state.fees
    base_fees = fees.get((of, of.symbol.partition("/")[0]), ZERO)
    if price is None and (position.quantity or base_fees):
        return None
    booked = position.realized - fees.get((of, quote), ZERO) + state.funding.paid.get((of, quote), ZERO)
    return booked if price is None else booked + position.unrealized(price) - base_fees * price
