"""Hands what is to be written down to the ledger, with the time and the place of the market."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from twinstar.sim.clerk import Told
from twinstar.sim.ledger import Entry, Ledger, Line, Opened, Refused, shortened
from twinstar.sim.ledger import Told as ToldEntry
from twinstar.sim.model import Refusal, Request
from twinstar.sim.pit import Pit
from twinstar.sim.ports import VenueClock


class Record:
    def __init__(self, ledger: Ledger | None, clock: VenueClock, pits: Mapping[str, Pit]) -> None:
        self._ledger = ledger
        self._clock = clock
        self._pits = pits
        self._noted_ms = -1

    def opened(self, opened: Opened) -> None:
        self._write((opened,))

    def told(self, told: Sequence[Told]) -> None:
        self._write(tuple(ToldEntry(account.name, shortened(event)) for account, event in told))

    @contextmanager
    def refusals(
        self, account: str, action: str, *, request: Request | None = None, order_id: int | None = None
    ) -> Iterator[None]:
        """A refusal in it is written down on its way."""
        try:
            yield
        except Refusal as refusal:
            self._write((Refused(account, action, refusal.reason.value, refusal.detail, request, order_id),))
            raise

    def position(self) -> None:
        """Where the market stands, if it has moved."""
        if self._clock.market_ms() != self._noted_ms:
            self._write(())

    def close(self) -> None:
        if self._ledger is not None:
            self.position()
            self._ledger.close()
            self._ledger = None

    def _write(self, entries: tuple[Entry, ...]) -> None:
        if self._ledger is None:
            return
        line = Line(
            time_ms=self._clock.now_ms(),
            market_ms=self._clock.market_ms(),
            ticks={symbol: pit.market.last.id for symbol, pit in self._pits.items()},
            entries=entries,
        )
        self._noted_ms = line.market_ms
        self._ledger.write(line)
