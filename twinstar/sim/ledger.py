"""The exchange's own record of all that happened, on disk: an independent witness of what TwinStar believes.

One line of JSON is one step of the exchange: all of it happened, or none. A process that is killed leaves at most
one torn line, the last; it is cut off at the next start, and nobody had been answered for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from io import FileIO
from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from twinstar.errors import StateError
from twinstar.sim.accounts import Account
from twinstar.sim.model import AccountEvent, Balance, Execution, Order, OrderChanged, Payment, Request


class Opened(Struct, frozen=True, tag=True):
    """The venue was opened for the first time, or with other markets than before; in words what they are made of."""

    start_ms: int
    markets: Mapping[str, str]


class Told(Struct, frozen=True, tag=True):
    account: str
    event: AccountEvent


class Refused(Struct, frozen=True, tag=True):
    account: str
    action: str  # place | cancel | amend | leverage | margin_mode
    reason: str
    detail: str
    request: Request | None = None
    order_id: int | None = None


Entry = Opened | Told | Refused


class Line(Struct, frozen=True, kw_only=True):
    time_ms: int
    market_ms: int
    ticks: Mapping[str, int]  # the last tick of each market
    entries: tuple[Entry, ...] = ()  # none: only where the market stands


class Ledger:
    """Each line is handed to the system before `write` returns, so it outlives this process (not the machine)."""

    def __init__(self, file: Path) -> None:
        self._encode = msgspec.json.Encoder().encode
        self._file = FileIO(file, "ab")

    def write(self, line: Line) -> None:
        data = memoryview(self._encode(line) + b"\n")
        while data:
            data = data[self._file.write(data) :]

    def close(self) -> None:
        self._file.close()


def mend(file: Path) -> None:
    """Cut off a torn last line."""
    if not file.exists():
        return
    data = file.read_bytes()
    whole = data.rfind(b"\n") + 1
    if whole < len(data):
        with file.open("r+b") as writable:
            writable.truncate(whole)


def read_lines(file: Path) -> Iterator[Line]:
    """Oldest first; a torn last line is left out."""
    decode = msgspec.json.Decoder(Line).decode
    executions: dict[int, tuple[Execution, ...]] = {}
    for number, data in enumerate(file.read_bytes().split(b"\n")[:-1] if file.exists() else (), 1):
        try:
            line = decode(data)
        except msgspec.DecodeError as error:
            raise StateError(
                f"{file}:{number}: the simulated account's ledger is damaged: {error}; put a copy back, or move the "
                "file away and the account begins anew"
            ) from error
        yield replace(line, entries=tuple(_complete(entry, executions) for entry in line.entries))


def shortened(event: AccountEvent) -> AccountEvent:
    """As it is written: an order's earlier executions are in the ledger already."""
    if isinstance(event, OrderChanged) and event.order.executions:
        return replace(event, order=replace(event.order, executions=()))
    return event


def _complete(entry: Entry, executions: dict[int, tuple[Execution, ...]]) -> Entry:
    if not isinstance(entry, Told) or not isinstance(entry.event, OrderChanged):
        return entry
    order, execution = entry.event.order, entry.event.execution
    known = executions.get(order.id, ())
    if execution is not None:
        known = executions[order.id] = (*known, execution)
    return replace(entry, event=replace(entry.event, order=replace(order, executions=known)))


class LedgerView:
    """What one account is by the ledger: for tests, which compare it with what TwinStar believes."""

    def __init__(self, account: Account, refused: Sequence[Refused], last: Line | None) -> None:
        self._account = account
        self.refused = refused
        self.last = last

    @property
    def orders(self) -> Sequence[Order]:
        """In the order of their acceptance."""
        return list(self._account.orders.values())

    def orders_of(self, client_id: str) -> Sequence[Order]:
        return [order for order in self.orders if order.request.client_id == client_id]

    @property
    def by_client_id(self) -> Mapping[str, Order]:
        """The newest of each client id."""
        return {order.request.client_id: order for order in self.orders if order.request.client_id is not None}

    @property
    def executions(self) -> Sequence[Execution]:
        return list(self._account.executions)

    @property
    def payments(self) -> Sequence[Payment]:
        return list(self._account.payments)

    @property
    def open_orders(self) -> Sequence[Order]:
        return [order for order in self._account.open.values() if not _is_stop(order)]

    @property
    def open_stops(self) -> Sequence[Order]:
        """Trigger orders that have not fired."""
        return [order for order in self._account.open.values() if _is_stop(order)]

    @property
    def balances(self) -> Mapping[str, Balance]:
        """Raw: the margin of perpetuals counts as free."""
        return {balance.asset: balance for balance in self._account.balances()}

    def net(self, symbol: str) -> Decimal:
        """What was bought less what was sold, and less the fees that were taken of it."""
        base = symbol.partition("/")[0]
        there = [each for each in self._account.executions if each.symbol == symbol]
        fees = sum((each.fee for each in there if each.fee_asset == base), Decimal(0))
        return sum((each.side.sign * each.quantity for each in there), Decimal(0)) - fees


def read_ledger(file: Path, account: str = "main") -> LedgerView:
    found, refused, last = Account(account), [], None
    for line in read_lines(file):
        last = line
        for entry in line.entries:
            if isinstance(entry, Opened) or entry.account != account:
                continue
            if isinstance(entry, Refused):
                refused.append(entry)
            else:
                found.apply(entry.event)
    return LedgerView(found, refused, last)


def _is_stop(order: Order) -> bool:
    return order.request.kind.is_trigger and not order.triggered
