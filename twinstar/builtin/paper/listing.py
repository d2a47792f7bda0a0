"""The venue's own listing; the paper account learns from it what is traded, and in which steps."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from twinstar.builtin.paper.exchange import PaperExchange
from twinstar.builtin.paper.words import listing_of
from twinstar.domain import Instrument
from twinstar.ports import Listing


class PaperListing:
    """``fee``: where the listing tells none."""

    def __init__(self, real: Listing, exchange: PaperExchange, fee: Decimal) -> None:
        self._real, self._exchange, self._fee = real, exchange, fee

    async def instruments(self, symbols: Sequence[str]) -> Sequence[Instrument]:
        found = await self._real.instruments(symbols)
        for instrument in found:
            self._exchange.admit(listing_of(instrument, self._fee))
        return found
