"""``twinstar pnl``."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import msgspec
from rich.console import Group, RenderableType
from rich.text import Text

from twinstar.app.desk import Answer, Asked, read_profit
from twinstar.cli import Look
from twinstar.cli.account.common import opened, table_of, tell
from twinstar.cli.rows import NOTHING, amount, shortened, signed
from twinstar.config import Settings
from twinstar.domain import InstrumentId
from twinstar.engine.statement import By, Result
from twinstar.runtime.clock import SystemClock
from twinstar.runtime.control import NotRunning, call
from twinstar.runtime.status import Status

COLUMNS = ("fills", "realized", "fees", "funding", "booked", "held at last price")


def run(
    look: Look,
    *,
    config: Path,
    state_dir: Path | None,
    venues: tuple[str, ...],
    instruments: tuple[str, ...],
    since_ms: int | None,
    by: str,
    as_json: bool,
) -> int:
    asked = Asked(venues=venues, instruments=instruments, since_ms=since_ms)
    settings, plugins = opened(config, state_dir, asked)
    prices = _prices(settings)
    answer = read_profit(settings, asked, By(by), prices, plugins=plugins, clock=SystemClock())
    parts: list[RenderableType] = [_table(answer, by)]
    if any(result.fees_unknown for result in answer.total):
        parts.append(Text("a fee marked ? is more than is shown: the venue has not told all of them", style="yellow"))
    tell(look, answer, Group(*parts), as_json=as_json)
    return 0


def _prices(settings: Settings) -> Mapping[InstrumentId, Decimal]:
    """The last prices of a running service; without one, the journal has the last closes."""
    try:
        status = msgspec.convert(asyncio.run(call(settings.state_dir / "service.sock", "status")), Status)
    except NotRunning:
        return {}
    return {
        InstrumentId.parse(instrument.id): instrument.last_price
        for venue in status.venues
        for instrument in venue.instruments
        if instrument.last_price is not None
    }


def _table(answer: Answer[Result], by: str) -> RenderableType:
    rows = [_cells(result) for result in answer.rows]
    if len(answer.rows) > 1:
        rows += [_cells(result) for result in answer.total]
    return table_of(rows, by, *COLUMNS, nothing="nothing was booked", right=COLUMNS)


def _cells(result: Result) -> tuple[str, ...]:
    return (
        result.of,
        f"{result.fills:,}",
        f"{signed(result.realized)} {result.asset}",
        _each(result.fees) + (" ?" if result.fees_unknown else ""),
        _each(result.funding, sign=True),
        f"{signed(result.booked)} {result.asset}",
        NOTHING if result.unrealized is None else f"{signed(result.unrealized)} {result.asset}",
    )


def _each(amounts: Mapping[str, Decimal], *, sign: bool = False) -> str:
    """Each in its own asset; nothing is converted."""
    text = [
        f"{signed(value) if sign else amount(shortened(value))} {asset}" for asset, value in amounts.items() if value
    ]
    return ", ".join(text) or NOTHING
