"""What an earlier process left in the ledger: the accounts, and where the markets stood."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from twinstar.sim.accounts import Account
from twinstar.sim.ledger import Line, Opened, Told, mend, read_lines
from twinstar.sim.market import Mark


class Found:
    def __init__(self, file: Path | None, names: Sequence[str]) -> None:
        self.accounts = {name: Account(name) for name in names}
        self.opened: Opened | None = None
        self._last: Line | None = None
        if file is not None:
            mend(file)
            for line in read_lines(file):
                self._take(line)

    def market_ms(self, opened: Opened) -> int:
        """Where the venue's clock goes on: markets that are not the ledger's begin anew."""
        return self._last.market_ms if self._last and opened is self.opened else opened.start_ms

    def mark(self, symbol: str, opened: Opened) -> Mark:
        if self._last is None or opened is not self.opened:
            return Mark(opened.start_ms)
        return Mark(self._last.market_ms, self._last.ticks[symbol])

    def _take(self, line: Line) -> None:
        self._last = line
        for entry in line.entries:
            if isinstance(entry, Opened):
                self.opened = entry
            elif isinstance(entry, Told):
                account = self.accounts.setdefault(entry.account, Account(entry.account))
                account.apply(entry.event)
