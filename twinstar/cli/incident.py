"""``twinstar incident``: what happened around a moment, in one file."""

from __future__ import annotations

from pathlib import Path

import click

from twinstar.app.incident import write
from twinstar.cli import Look
from twinstar.cli.journal.common import opened, when
from twinstar.cli.show import effective


def run(look: Look, *, at_ms: int, around_s: float, output: Path, config: Path, state_dir: Path | None) -> int:
    settings, plugins = opened(config, state_dir)
    from_ms, until_ms = at_ms - round(around_s * 1_000), at_ms + round(around_s * 1_000)
    found = write(
        settings,
        plugins,
        from_ms=from_ms,
        until_ms=until_ms,
        config={**effective(settings), "state_dir": settings.state_dir.name},
        output=output,
    )
    click.echo(f"{output}: {found.rows:,} rows of the journal, up to {when(until_ms)} UTC")
    return 0
