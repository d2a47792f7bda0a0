"""``twinstar positions``."""

from __future__ import annotations

from pathlib import Path

from rich.console import Group
from rich.text import Text

from twinstar.app.desk import Asked, PositionRow
from twinstar.cli import Look
from twinstar.cli.account.common import price, table_of, tell, view
from twinstar.cli.rows import NOTHING, STOP_IS, amount, signed

COLUMNS = ("instrument", "state", "side", "quantity", "entry", "last", "P&L", "stop")
RIGHT = ("quantity", "entry", "last", "P&L")


def run(
    look: Look,
    *,
    config: Path,
    state_dir: Path | None,
    venues: tuple[str, ...],
    instruments: tuple[str, ...],
    as_json: bool,
) -> int:
    answer = view("positions", PositionRow, config, state_dir, Asked(venues=venues, instruments=instruments))
    table = table_of([_cells(row) for row in answer.rows], *COLUMNS, nothing="nothing is held", right=RIGHT)
    differs = [Text(f"{row.instrument}: {row.differs}", style="bold red") for row in answer.rows if row.differs]
    tell(look, answer, Group(table, *differs), as_json=as_json)
    return 0


def _cells(row: PositionRow) -> tuple[str, ...]:
    return (
        row.instrument,
        "not ours" if row.state == "external" else row.state,
        row.side,
        amount(row.quantity),
        price(row.entry_price),
        price(row.last_price),
        NOTHING if row.unrealized is None else f"{signed(row.unrealized)} {row.asset}",
        _stop(row),
    )


def _stop(row: PositionRow) -> str:
    """Dust cannot be sold, and what is not ours is not guarded by us."""
    if row.state != "open":
        return NOTHING
    if row.protection == "none":
        return "NONE"
    return f"{price(row.stop_price)} {STOP_IS.get(row.protection, row.protection)}"
