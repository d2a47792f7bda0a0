"""What the commands about the journal share: reading it beside a running service, and how its times look."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from twinstar.app.journal import Line, Wanted, entries, lines, our_id
from twinstar.cli.loading import loaded
from twinstar.config import Settings
from twinstar.errors import ConfigError
from twinstar.plugin import Plugins


def opened(config: Path, state_dir: Path | None) -> tuple[Settings, Plugins]:
    """No key is needed to read; those that can be had are blacked out in whatever is written."""
    try:
        return loaded(config, state_dir)
    except ConfigError:
        return loaded(config, state_dir, secrets=False)


def chosen(
    config: Path,
    state_dir: Path | None,
    *,
    since_ms: int | None,
    until_ms: int | None,
    order: str | None,
    instrument: str | None,
    kinds: tuple[str, ...],
) -> Iterator[Line]:
    settings, plugins = opened(config, state_dir)
    if order is not None:
        order = our_id(entries(settings, plugins), order)
    wanted = Wanted(since_ms=since_ms, until_ms=until_ms, order=order, instrument=instrument, kinds=kinds)
    return lines(entries(settings, plugins), wanted)


def when(time_ms: int) -> str:
    return f"{datetime.fromtimestamp(time_ms / 1_000, UTC):%Y-%m-%d %H:%M:%S.%f}"[:-3]
