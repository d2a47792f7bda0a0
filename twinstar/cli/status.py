"""``twinstar status``: from the running service, else from what it left on disk."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import click
import msgspec

from twinstar.app import read_status
from twinstar.cli import Look
from twinstar.cli.loading import console, loaded
from twinstar.cli.tables import status_table
from twinstar.config import read, state_dir_of
from twinstar.runtime.clock import SystemClock
from twinstar.runtime.control import NotRunning, call
from twinstar.runtime.status import Status


def run(look: Look, *, config: Path, state_dir: Path | None, as_json: bool) -> int:
    where = state_dir_of(read(config), state_dir)
    try:
        answer: Any = asyncio.run(call(where / "service.sock", "status"))
    except NotRunning:
        answer = msgspec.to_builtins(_left_behind(config, state_dir, where), str_keys=True)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(answer)))
    else:
        console(look).print(status_table(msgspec.convert(answer, Status)))
    return 0


def _left_behind(config: Path, state_dir: Path | None, where: Path) -> Status:
    if not where.is_dir():
        raise NotRunning(f"no service runs, and none has left anything in {where}; start one with `twinstar start`")
    settings, plugins = loaded(config, state_dir, secrets=False)
    return read_status(settings, plugins=plugins, clock=SystemClock())
