"""What a paper account has and has asked for, as its ledger tells it: the simulated exchange's, line for line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from twinstar.sim.accounts import Account
from twinstar.sim.ledger import Ledger, Told, mend, read_lines
from twinstar.sim.model import AccountEvent, OrderChanged

NAME = "main"  # a ledger may have several accounts; on paper there is one


class Books:
    """The account, and since what market time each open order stands as it is."""

    def __init__(self) -> None:
        self.account = Account(NAME)
        self.market_ms = 0
        self._since_ms: dict[int, int] = {}

    @property
    def since_ms(self) -> Mapping[int, int]:
        return self._since_ms

    def note(self, event: AccountEvent, market_ms: int) -> None:
        """What the account has been told."""
        self.market_ms = market_ms
        if isinstance(event, OrderChanged):
            if event.order.status.is_open:
                self._since_ms[event.order.id] = market_ms
            else:
                self._since_ms.pop(event.order.id, None)


def opened(file: Path | None) -> tuple[Books, Ledger | None]:
    """Raise `StateError` for a ledger that is damaged; without a file the account lives in memory."""
    books = Books()
    if file is None:
        return books, None
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    file.touch(mode=0o600)
    mend(file)
    for line in read_lines(file):
        for entry in line.entries:
            if isinstance(entry, Told):
                books.account.apply(entry.event)
                books.note(entry.event, line.market_ms)
    return books, Ledger(file)
