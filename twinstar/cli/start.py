"""``twinstar start``: run the service, and show what it does."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from loguru import logger
from rich.console import Console
from rich.live import Live
from rich.table import Table

from twinstar import __version__
from twinstar.app import Summary
from twinstar.app import run as trade
from twinstar.cli import Look
from twinstar.cli.loading import console, loaded
from twinstar.cli.rows import in_words, mode_word, rows, span
from twinstar.cli.tables import live_table, summary_table
from twinstar.config import Settings
from twinstar.plugin import Plugins
from twinstar.ports import Clock
from twinstar.runtime import logs
from twinstar.runtime.clock import SystemClock
from twinstar.runtime.status import Status

LINE_EVERY_S: Final = 10.0
Show = Callable[[Status], None]


def run(look: Look, *, config: Path, state_dir: Path | None, for_s: float | None, dry_run: bool) -> int:
    settings, plugins = loaded(config, state_dir)
    out = console(look)
    if dry_run:
        out.print(_plan(settings))
        return 0
    settings.state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    logs.set_up(settings.config.log, verbosity=look.verbosity, color=console(look, err=True).color_system is not None)
    try:
        summary = asyncio.run(_trade(settings, plugins, for_s, out))
    except asyncio.CancelledError:
        logger.warning("stopped at once, at the second signal; the next start asks the venues what became of it all")
        return 1
    out.print(f"ran for {span(summary.ran_s)}; state is kept in {settings.state_dir}")
    out.print(summary_table(summary.status))
    return 0


async def _trade(settings: Settings, plugins: Plugins, for_s: float | None, out: Console) -> Summary:
    clock, stop = SystemClock(), asyncio.Event()
    _stop_on_signals(stop)
    logger.info("TwinStar {} starts with {}", __version__, settings.path)
    with _shown(out, clock) as show:
        summary = await trade(settings, plugins=plugins, clock=clock, stop=stop, for_s=for_s, show=show)
    logger.info("TwinStar has stopped")
    return summary


def _stop_on_signals(stop: asyncio.Event) -> None:
    """The first asks for an orderly end; a second does not wait for it."""
    loop, main = asyncio.get_running_loop(), asyncio.current_task()

    def on_signal() -> None:
        if stop.is_set() and main is not None:
            main.cancel()
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, on_signal)


@contextmanager
def _shown(out: Console, clock: Clock) -> Iterator[Show]:
    """A table that keeps itself up to date on a terminal, plain log lines elsewhere."""
    if not out.is_terminal:
        yield _LogLines(clock)
        return
    with Live(console=out, auto_refresh=False, transient=True) as live:
        yield lambda status: live.update(live_table(status, out.width), refresh=True)


class _LogLines:
    """A line an instrument: now, and every ten seconds."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._due_s = clock.monotonic_s()

    def __call__(self, status: Status) -> None:
        if self._clock.monotonic_s() < self._due_s:
            return
        self._due_s = self._clock.monotonic_s() + LINE_EVERY_S
        for row in rows(status):
            of = f"{row.instrument}@{row.venue}"
            logger.bind(venue=row.venue, instrument=of).info("{}", in_words(row))


def _plan(settings: Settings) -> Table:
    """What a start would do."""
    table = Table("what", "type", "mode", "on", box=None, header_style="bold", padding=(0, 2, 0, 0))
    for name, (kind, venue) in settings.venues.items():
        table.add_row(f"venue {name}", kind.name, mode_word(venue.mode.value), ", ".join(venue.instruments))
    for name, (kind, strategy) in settings.strategies.items():
        table.add_row(f"strategy {name}", kind.name, "", ", ".join(strategy.instruments))
    table.add_row("state", settings.config.journal, "", str(settings.state_dir))
    return table
