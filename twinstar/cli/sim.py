"""``twinstar sim``: the simulated exchange by itself, for TwinStar or any other program that speaks ccxt."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

import click

from twinstar.cli import Look
from twinstar.cli.loading import loaded
from twinstar.config import Mode, Settings
from twinstar.errors import ConfigError
from twinstar.runtime import logs
from twinstar.sim.process import serve
from twinstar.sim.served import FILE, SimFile

HOW: Final = """\
To use it with ccxt: put the key and the secret in, and replace https://HOST and wss://HOST in the exchange's `urls`
by http://127.0.0.1:PORT/HOST and ws://127.0.0.1:PORT/HOST. The keys open nothing but this simulation."""


def run(look: Look, *, config: Path, state_dir: Path | None) -> int:
    settings, _ = loaded(config, state_dir, secrets=False)
    logs.set_up(settings.config.log, verbosity=look.verbosity)
    wires = venue_wires(settings)
    if not wires:
        raise ConfigError(f"{config}: no venue has mode: sim; there is nothing to simulate")
    directory = settings.state_dir / "sim"

    def announce(served: SimFile) -> None:
        for line in _lines(served, directory):
            click.echo(line)

    asyncio.run(serve(settings.config, directory, venue_wires=wires, announce=announce))
    return 0


def venue_wires(settings: Settings) -> dict[str, str]:
    """Which protocol each simulated venue speaks: ccxt's id of its exchange."""
    return {
        venue_id: getattr(config, "exchange", None) or venue_id
        for venue_id, (_, config) in settings.venues.items()
        if config.mode is Mode.SIM
    }


def _lines(served: SimFile, directory: Path) -> list[str]:
    lines = [f"SIMULATED exchange, process {served.pid}; all of this is in {directory / FILE}"]
    for venue_id, venue in served.venues.items():
        lines += [
            f"{venue_id}: {venue.ccxt_id} at http://127.0.0.1:{venue.port}",
            f"  apiKey  {venue.api_key}",
            f"  secret  {venue.secret}",
        ]
    return [*lines, HOW]
