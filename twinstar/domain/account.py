"""What a venue says of our account."""

from __future__ import annotations

from decimal import Decimal
from enum import Enum

from msgspec import Struct

from twinstar.domain.market import InstrumentId, Side
from twinstar.domain.order import OrderKind


class Balance(Struct, frozen=True, kw_only=True):
    """How much of an asset; what open orders lock is in ``locked`` and still ours."""

    asset: str
    free: Decimal
    locked: Decimal = Decimal(0)


class Holding(Struct, frozen=True, kw_only=True):
    """A position as the venue states it: signed, positive is long."""

    instrument: InstrumentId
    quantity: Decimal
    entry_price: Decimal | None = None


class Resting(Struct, frozen=True, kw_only=True):
    """An order that stands at the venue, whoever has sent it. Quantities are in the base asset."""

    venue_order_id: str
    client_order_id: str | None  # none: it cannot be asked for, or canceled, as one of ours
    instrument: InstrumentId
    side: Side
    kind: OrderKind
    quantity: Decimal
    filled: Decimal = Decimal(0)
    price: Decimal | None = None
    stop_price: Decimal | None = None
    reduce_only: bool = False


class Verdict(Enum):
    """What a reading of the account says of what we hold."""

    NONE = "none"  # it is as we know it
    UPDATE = "update"  # less or more of it than we know
    CLEAR = "clear"  # we hold it, the venue does not
    RESTORE = "restore"  # the venue holds it, we do not, and by policy it is ours
    EXTERNAL = "external"  # the venue holds it, and it is not ours


class Mark(Struct, frozen=True, kw_only=True):
    """What losses in ``asset`` are counted from, at one venue or (None) at all of them together."""

    venue: str | None
    asset: str
    day: int  # since 1970, UTC
    begun: Decimal  # the result when that day began, or when a person last resumed
    peak: Decimal  # the best result so far
