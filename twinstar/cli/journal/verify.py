"""``twinstar journal verify``: is every row what was written?"""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from twinstar.app.journal import entries, verify
from twinstar.cli import Look
from twinstar.cli.journal.common import opened, when
from twinstar.runtime.logs import clean

DAMAGED = 6


def run(look: Look, *, config: Path, state_dir: Path | None, as_json: bool) -> int:
    settings, plugins = opened(config, state_dir)
    found = verify(entries(settings, plugins))
    if not found.rows and found.problem is None:
        problem = f"{settings.state_dir}: there is no journal, or nothing in it; is it the right --state-dir?"
        found = msgspec.structs.replace(found, problem=problem)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(found)))
    elif found.problem is not None:
        click.echo(clean(f"error: {found.problem}"), err=True)
    elif found.first_ms is not None and found.last_ms is not None:
        span = f"{when(found.first_ms)} to {when(found.last_ms)} UTC"
        click.echo(f"{found.rows:,} rows, {span}: each is what was written, and none is missing")
    return 0 if found.problem is None else DAMAGED
