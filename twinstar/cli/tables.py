"""A status as a person reads it."""

from __future__ import annotations

from typing import Final

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from twinstar.cli.rows import NOTHING, amount, ban_words, clock_words, halt_words, realized, rows, span
from twinstar.domain import Ban, Level
from twinstar.runtime.logs import clean
from twinstar.runtime.status import Status, VenueStatus

_STATE_STYLES: Final = {"live": "green", "halted": "bold red", "reconnecting": "yellow", "stopped": "dim"}
_LEVEL_STYLES: Final = {Level.ALARM: "bold red", Level.WARNING: "yellow", Level.INFO: ""}
_LAST_NOTICES: Final = 5
WIDE: Final = 150  # columns from which on everything fits


def status_table(status: Status) -> RenderableType:
    """Where each instrument stands; a line a venue for its orders; what was last worth telling."""
    return Group(_head(status), Text(), _instruments(status), Text(), _orders(status), *_remarks(status))


def live_table(status: Status, width: int) -> RenderableType:
    """The same, small enough to be drawn twice a second."""
    return Group(_head(status), _instruments(status, width), *_remarks(status))


def summary_table(status: Status) -> RenderableType:
    return Group(_instruments(status), Text(), _orders(status))


def _head(status: Status) -> Text:
    who = f"TwinStar {status.version} {status.state}"
    if status.pid is not None:
        who += f", process {status.pid}"
    if status.started_ms is not None:
        who += f", for {span((status.now_ms - status.started_ms) / 1_000)}"
    return Text(who, style="bold")


def _instruments(status: Status, width: int = WIDE) -> Table:
    """What can be had elsewhere makes room on a narrow terminal."""
    aside = ("candles", "price", "requests") if width >= WIDE else ()
    table = _table("venue", "mode", "state", "instrument", "data age", "position", "P&L", "stop", *aside)
    for row in rows(status):
        table.add_row(
            row.venue,
            Text(row.mode, style="bold red" if row.mode == "LIVE" else "cyan"),
            Text(row.state, style=_STATE_STYLES.get(row.state.partition(":")[0], "yellow")),
            row.instrument,
            row.age,
            row.position,
            Text(row.profit, style="red" if row.profit.startswith("-") and row.profit != NOTHING else ""),
            Text(row.stop, style="bold red" if row.exposed else "" if row.stop == NOTHING else "green"),
            *((row.candles, row.price, row.requests) if aside else ()),
        )
    return table


def _orders(status: Status) -> Table:
    table = _table("venue", "sent", "filled", "refused", "canceled", "open", "in doubt", "clock", "result", "balances")
    for venue in status.venues:
        orders = venue.orders
        table.add_row(
            venue.id,
            str(orders.sent),
            str(orders.filled),
            str(orders.refused),
            str(orders.canceled),
            str(orders.open),
            Text(str(orders.in_doubt), style="bold red" if orders.in_doubt else ""),
            clock_words(venue.clock),
            realized(venue),
            _balances(venue),
        )
    return table


def _balances(venue: VenueStatus) -> str:
    return ", ".join(
        f"{amount(balance.free + balance.locked)} {balance.asset}"
        for account in venue.accounts
        for balance in account.balances
        if balance.free or balance.locked
    )


def _remarks(status: Status) -> list[Text]:
    remarks = [
        Text(clean(f"strategy {strategy.name} is disabled: {strategy.disabled}"), style="bold red")
        for strategy in status.strategies
        if strategy.disabled
    ]
    remarks += [Text(halt_words(halt), style="bold red") for halt in status.halts]
    remarks += [Text(f"{of} is being closed, as a person has asked", style="yellow") for of in status.closing]
    for venue in status.venues:
        remarks += [Text(difference, style="bold red") for account in venue.accounts for difference in account.differs]
        remarks += [Text(ban_words(venue, ban, status.now_ms), style="bold red") for ban in _bans(venue)]
    for notice in status.notices[-_LAST_NOTICES:]:
        where = f"{notice.instrument or notice.venue}: " if notice.instrument or notice.venue else ""
        remarks.append(Text(clean(f"{notice.level.value}: {where}{notice.text}"), style=_LEVEL_STYLES[notice.level]))
    return remarks


def _bans(venue: VenueStatus) -> tuple[Ban, ...]:
    return venue.limits.bans if venue.limits is not None else ()


def _table(*columns: str) -> Table:
    return Table(*map(escape, columns), box=None, header_style="bold", padding=(0, 2, 0, 0))
