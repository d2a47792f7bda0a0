"""What a reading of the account says we hold, beside what the books say."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal

from msgspec import Struct

from twinstar.domain import AccountSeen, Instrument, InstrumentId, Position

SETTLES_MS = 5_000  # a venue's positions may lag behind the fills it has told
APART_MS = 1_000  # readings that are closer are one
ENOUGH = 2  # readings that say the same, before the books follow


class Difference(Struct, frozen=True, kw_only=True):
    """The same since ``first_ms``, as so many readings have said. ``here`` and ``there`` are signed."""

    here: Decimal
    there: Decimal
    first_ms: int
    last_ms: int
    readings: int = 1

    @property
    def is_sure(self) -> bool:
        return self.readings >= ENOUGH


def compare(
    instruments: Iterable[Instrument], seen: AccountSeen, position: Callable[[InstrumentId], Position]
) -> dict[InstrumentId, tuple[Decimal, Decimal]]:
    """(here, there) of each instrument of the venue. On spot the balance is what there may be of our lots at most."""
    stated = {holding.instrument: holding.quantity for holding in seen.holdings}
    mine = [instrument for instrument in instruments if instrument.id.venue == seen.venue]
    found = {}
    for instrument in mine:
        here = position(instrument.id).quantity
        if instrument.is_spot:
            others = sum(
                (
                    position(o.id).quantity
                    for o in mine
                    if o.is_spot and o.base == instrument.base and o is not instrument
                ),
                Decimal(0),
            )
            found[instrument.id] = here, _owned(seen, instrument.base) - others
        else:
            found[instrument.id] = here, stated.get(instrument.id, Decimal(0))
    return found


def differs(instrument: Instrument, here: Decimal, there: Decimal, external: Decimal) -> bool:
    """Beyond what rounding to one lot explains.

    On spot, more than ours is nobody's business but its owner's. A position is one number: what is ours and what is not
    cannot be on opposite sides of it.
    """
    off = there - external - here
    if instrument.is_spot:
        return off <= -instrument.quantity_step
    return abs(off) >= instrument.quantity_step or external * here < 0


def again(before: Difference | None, here: Decimal, there: Decimal, time_ms: int) -> Difference:
    """One more reading that differs; by as much as the last one, whatever was traded since: then it confirms it."""
    if before is None or before.there - before.here != there - here:
        return Difference(here=here, there=there, first_ms=time_ms, last_ms=time_ms)
    apart = time_ms - before.last_ms >= APART_MS
    return Difference(
        here=here,
        there=there,
        first_ms=before.first_ms,
        last_ms=time_ms if apart else before.last_ms,
        readings=before.readings + apart,
    )


def sure(here: Decimal, external: Decimal, time_ms: int) -> Difference:
    """What was found out before: so much is there beyond the books."""
    return Difference(here=here, there=here + external, first_ms=time_ms, last_ms=time_ms, readings=ENOUGH)


def _owned(seen: AccountSeen, asset: str) -> Decimal:
    """What open orders lock is owned."""
    return sum((b.free + b.locked for b in seen.balances if b.asset == asset), Decimal(0))
