"""What halt and resume have in common: the running service is asked; where none runs, the journal is written."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import click
import msgspec

from twinstar.app.desk import Switched
from twinstar.app.halting import write_down
from twinstar.cli.loading import loaded
from twinstar.cli.rows import halt_words
from twinstar.config import read, state_dir_of
from twinstar.domain import TradingHalted, TradingResumed
from twinstar.runtime.clock import SystemClock
from twinstar.runtime.control import NotRunning, call

NEXT_START = "no service runs: it is written in the journal, for the next start"


def switch(name: str, config: Path, state_dir: Path | None, venue: str | None, **args: Any) -> Switched:
    where = state_dir_of(read(config), state_dir)
    try:
        answer = asyncio.run(call(where / "service.sock", name, venue=venue, **args))
    except NotRunning:
        return _written(name, config, state_dir, venue, **args)
    return msgspec.convert(answer, Switched)


def _written(name: str, config: Path, state_dir: Path | None, venue: str | None, **args: Any) -> Switched:
    settings, plugins = loaded(config, state_dir, secrets=False)
    clock = SystemClock()
    kind = TradingHalted if name == "halt" else TradingResumed
    verdict = kind(time_ms=clock.now_ms(), venue=venue, **args)
    switched = asyncio.run(write_down(verdict, settings, plugins=plugins, clock=clock))
    click.echo(NEXT_START, err=True)
    return switched


def tell(switched: Switched, *, as_json: bool) -> None:
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(switched)))
        return
    for halt in switched.lifted:
        click.echo(f"lifted: {halt_words(halt)}")
    for halt in switched.halts:
        click.echo(halt_words(halt))
    if not switched.halts:
        click.echo("entries are allowed" if switched.lifted else "nothing was halted; entries are allowed")
