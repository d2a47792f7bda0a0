"""Funding payments: each counted once, and what the venue is still to be asked for."""

from __future__ import annotations

from decimal import Decimal

from twinstar.domain import FundingPaid, InstrumentId
from twinstar.ports import FundingSought

SHOWN_LATE_MS = 3_600_000  # a payment may be shown so much later than another of its time


class Funding:
    def __init__(self) -> None:
        self.paid: dict[tuple[InstrumentId, str], Decimal] = {}  # by asset; negative: more was paid than got
        self._watched: dict[InstrumentId, int] = {}  # since when it has been held, at times
        self._known: dict[str, dict[str, int]] = {}  # by venue: payment id → when

    def watch(self, of: InstrumentId, time_ms: int) -> None:
        """It was held for the first time: from here on it may pay."""
        self._watched.setdefault(of, time_ms)

    def take(self, payment: FundingPaid) -> None:
        known = self._known.setdefault(payment.instrument.venue, {})
        if payment.payment_id in known:
            return
        known[payment.payment_id] = payment.time_ms
        key = payment.instrument, payment.asset
        self.paid[key] = self.paid.get(key, Decimal(0)) + payment.amount

    def sought(self, venue: str) -> FundingSought | None:
        """None where nothing was ever held that pays."""
        watched = {of: since_ms for of, since_ms in self._watched.items() if of.venue == venue}
        if not watched:
            return None
        known = self._known.get(venue, {})
        since_ms = max(min(watched.values()), max(known.values(), default=0) - SHOWN_LATE_MS)
        late = frozenset(payment_id for payment_id, time_ms in known.items() if time_ms >= since_ms)
        return FundingSought(instruments=frozenset(watched), since_ms=since_ms, known=late)
