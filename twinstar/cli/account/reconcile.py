"""``twinstar reconcile``."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

import click
import msgspec

from twinstar.app.desk import GUARDED_WITHIN_S, READS_WITHIN_S, Plan, Shown, plan
from twinstar.cli import Look
from twinstar.cli.account.common import table_of
from twinstar.cli.loading import console, loaded
from twinstar.config import read, state_dir_of
from twinstar.runtime.clock import SystemClock
from twinstar.runtime.control import NotRunning, call
from twinstar.runtime.logs import clean

WITHIN_S: Final = READS_WITHIN_S + 3 * GUARDED_WITHIN_S
UNREAD, DIFFERS = 1, 8
STILL_OPEN: Final = ("unsure", "left alone")
COLUMNS: Final = ("venue", "verdict", "of", "instrument", "state", "evidence", "rule")
PLANNED: Final = "no service runs: this is what a start would do, and nothing was done"
ONLY_RUNNING: Final = (
    "--apply is for a running service: what is taken in has to be guarded; `twinstar start`, then again"
)


def run(
    look: Look, *, config: Path, state_dir: Path | None, venues: tuple[str, ...], apply: bool, as_json: bool
) -> int:
    where = state_dir_of(read(config), state_dir)
    asking = call(where / "service.sock", "reconcile", within_s=WITHIN_S, venues=venues, apply=apply)
    try:
        found = msgspec.convert(asyncio.run(asking), Plan)
    except NotRunning:
        if apply:
            raise NotRunning(ONLY_RUNNING) from None
        settings, plugins = loaded(config, state_dir)
        found = asyncio.run(plan(settings, venues, plugins=plugins, clock=SystemClock()))
        click.echo(PLANNED, err=True)
    _tell(look, found, as_json=as_json)
    is_open = any(row.state in STILL_OPEN for row in found.rows) if apply else bool(found.rows)
    return UNREAD if found.unread else DIFFERS if is_open else 0


def _tell(look: Look, found: Plan, *, as_json: bool) -> None:
    for venue, why in found.unread.items():
        click.echo(clean(f"{venue} could not be read, nothing is said of it: {why}"), err=True)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(found)))
    elif found.rows or found.read:
        nothing = f"the books are right: {', '.join(found.read)}"
        console(look).print(table_of([_cells(row) for row in found.rows], *COLUMNS, nothing=nothing))


def _cells(row: Shown) -> tuple[str, ...]:
    state = row.state if row.protection is None else f"{row.state}, stop {row.protection}"
    return row.venue, row.verdict, row.subject, row.instrument or "", state, clean(row.evidence), row.rule
