"""``twinstar order place``."""

from __future__ import annotations

from pathlib import Path

import click

from twinstar.cli import Look
from twinstar.cli.account.byhand import ask, tell


def run(
    _: Look,
    *,
    config: Path,
    state_dir: Path | None,
    instrument: str,
    side: str,
    quantity: str | None,
    cost: str | None,
    price: str | None,
    stop: str,
    yes: bool,
    as_json: bool,
) -> int:
    if (quantity is None) == (cost is None):
        raise click.UsageError("say either --quantity or --cost")
    ticket = {"instrument": instrument, "side": side, "quantity": quantity, "cost": cost, "price": price, "stop": stop}
    return tell(ask("place", config, state_dir, **ticket, dry=not yes), as_json=as_json)
