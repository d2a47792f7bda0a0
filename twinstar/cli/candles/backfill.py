"""``twinstar candles backfill``: the whole history, as far as it is not stored yet."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import click
import msgspec

from twinstar.app.history import Fetched, Series, ask_service, backfill, chosen, configured, follow, opened
from twinstar.cli import Look
from twinstar.cli.candles.common import series_named, timeframe_of
from twinstar.cli.candles.fetching import fetched_answer, fetched_table, shown
from twinstar.cli.loading import console, loaded
from twinstar.config import Settings
from twinstar.plugin import Plugins
from twinstar.runtime import logs
from twinstar.runtime.clock import SystemClock
from twinstar.runtime.control import NotRunning


def run(
    look: Look,
    *,
    config: Path,
    state_dir: Path | None,
    venues: tuple[str, ...],
    instruments: tuple[str, ...],
    since_ms: int,
    timeframe: str | None,
    as_json: bool,
) -> int:
    settings, plugins = loaded(config, state_dir)
    logs.set_up(settings.config.log, verbosity=look.verbosity)
    wanted = _wanted(settings, venues, instruments, timeframe)
    fetched = asyncio.run(_fetch(look, settings, plugins, wanted, since_ms))
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode([fetched_answer(one) for one in fetched])))
    else:
        console(look).print(fetched_table(fetched))
    return int(any(one.failed for one in fetched))


async def _fetch(
    look: Look, settings: Settings, plugins: Plugins, wanted: Sequence[Series], since_ms: int
) -> list[Fetched]:
    """By the service, where one runs: it has the venues' limits and the store to itself."""
    socket, clock = settings.state_dir / "service.sock", SystemClock()
    try:
        number = await ask_service(socket, wanted, since_ms)
    except NotRunning:
        number = None
    with shown(console(look, err=True)) as progress:
        if number is not None:
            return await follow(socket, number, progress, clock)
        async with opened(settings, plugins, clock, {instrument.venue for instrument, _ in wanted}) as shop:
            return await backfill(shop, wanted, since_ms, progress)


def _wanted(
    settings: Settings, venues: tuple[str, ...], instruments: tuple[str, ...], timeframe: str | None
) -> list[Series]:
    """The configured ones; or those that are named, which a venue may have without trading them."""
    series = (
        [series_named(settings, instrument, timeframe) for instrument in instruments]
        if instruments
        else [(of, timeframe_of(settings, of.venue, timeframe)) for of, _ in configured(settings)]
    )
    return chosen(series, venues=venues)
