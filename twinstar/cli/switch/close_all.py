"""``twinstar close-all``: the engine of the running service closes; this waits, and tells what came of it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

import click
import msgspec

from twinstar.app.desk import Closed, ClosedRow
from twinstar.cli import Look
from twinstar.cli.account.byhand import HOW, USAGE
from twinstar.config import read, state_dir_of
from twinstar.runtime.control import NotRunning, call
from twinstar.runtime.logs import clean

ANSWERS_AFTER_S: Final = 5.0
OPEN: Final = 1
MUST_RUN: Final = (
    "close-all is for a running service, which guards what is not closed yet; `twinstar start`, then again"
)


def run(
    _: Look,
    *,
    config: Path,
    state_dir: Path | None,
    venue: str | None,
    instrument: str | None,
    reason: str,
    wait_s: float,
    yes: bool,
    as_json: bool,
) -> int:
    if venue is not None and instrument is not None:
        raise click.UsageError("say either --venue or --instrument")
    where, within_s = state_dir_of(read(config), state_dir), wait_s + ANSWERS_AFTER_S
    asked = {"venue": venue, "instrument": instrument, "reason": reason, "wait_s": wait_s, "dry": not yes}
    try:
        answer = asyncio.run(call(where / "service.sock", "close-all", within_s=within_s, **asked))
    except NotRunning:
        raise NotRunning(MUST_RUN) from None
    return _tell(msgspec.convert(answer, Closed), as_json=as_json)


def _tell(closed: Closed, *, as_json: bool) -> int:
    would = any(row.state == "would" for row in closed.rows)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(closed)))
    else:
        for row in closed.rows:
            click.echo(clean(_words(row)))
        if not closed.rows:
            click.echo("nothing is held, and nothing waits to be opened")
    if would:
        click.echo(HOW, err=True)
        return USAGE
    return OPEN if any(row.state == "open" for row in closed.rows) else 0


def _words(row: ClosedRow) -> str:
    match row.state:
        case "would":
            return f"would close {row.held} of {row.instrument}"
        case "open":
            return f"not closed: {row.held} of {row.instrument}: {row.reason}"
        case _:
            return f"closed: {row.instrument}"
