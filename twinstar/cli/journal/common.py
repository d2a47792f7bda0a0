"""What the commands about the journal share: reading it beside a running service, and how its times look."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Final, get_args

from twinstar.app.journal import Line, Wanted, entries, lines, our_id
from twinstar.cli.loading import loaded
from twinstar.config import Settings
from twinstar.errors import ConfigError
from twinstar.plugin import Plugins
from twinstar.ports import Record

KINDS: Final = tuple(kind.__name__ for kind in get_args(Record))


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
    for kind in kinds:
        if kind not in KINDS:
            near = " or ".join(get_close_matches(kind, KINDS, 2)) or ", ".join(KINDS)
            raise ConfigError(f"no entry is a {kind!r}; did you mean {near}?")
    settings, plugins = opened(config, state_dir)
    if order is not None:
        order = our_id(entries(settings, plugins), order)
    wanted = Wanted(since_ms=since_ms, until_ms=until_ms, order=order, instrument=instrument, kinds=kinds)
    return lines(entries(settings, plugins), wanted)


def when(time_ms: int) -> str:
    return f"{datetime.fromtimestamp(time_ms / 1_000, UTC):%Y-%m-%d %H:%M:%S.%f}"[:-3]
