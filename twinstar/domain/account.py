"""What a venue says of our account."""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct

from twinstar.domain.market import InstrumentId


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
