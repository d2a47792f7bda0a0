"""``twinstar candles repair``: fetch again what is wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from pathlib import Path

import click
import msgspec

from twinstar.app.history import Fetched, Verified, opened, repair, verify
from twinstar.cli import Look
from twinstar.cli.candles.common import series_in
from twinstar.cli.candles.fetching import fetched_answer, fetched_table, shown
from twinstar.cli.candles.verify import answer, verified_table
from twinstar.cli.loading import console, loaded
from twinstar.config import Settings
from twinstar.plugin import Plugins
from twinstar.runtime import logs
from twinstar.runtime.clock import SystemClock


def run(
    look: Look,
    *,
    config: Path,
    state_dir: Path | None,
    venues: tuple[str, ...],
    instruments: tuple[str, ...],
    as_json: bool,
) -> int:
    settings, plugins = loaded(config, state_dir)
    logs.set_up(settings.config.log, verbosity=look.verbosity)
    fetched, found = asyncio.run(_mend(look, settings, plugins, venues, instruments))
    if as_json:
        told = {"fetched": [fetched_answer(one) for one in fetched], "verified": [answer(one) for one in found]}
        click.echo(msgspec.json.format(msgspec.json.encode(told)))
    else:
        console(look).print(fetched_table(fetched) if fetched else "nothing was wrong")
        console(look).print(verified_table(found))
    return int(any(one.faults for one in found) or any(one.failed for one in fetched))


async def _mend(
    look: Look, settings: Settings, plugins: Plugins, venues: Collection[str], instruments: Collection[str]
) -> tuple[list[Fetched], list[Verified]]:
    """What was fetched, and what all looks like after that."""
    async with opened(settings, plugins, SystemClock(), settings.venues) as shop:
        series = series_in(shop.stock, venues=venues, instruments=instruments)
        with shown(console(look, err=True)) as progress:
            fetched = await repair(shop, [verify(shop.stock, one) for one in series], progress)
        return fetched, [verify(shop.stock, one) for one in series]
