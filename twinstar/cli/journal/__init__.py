"""``twinstar journal``: what happened to orders and money, and whether its record is whole. Only Click here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from twinstar.cli.options import between, config_option, everywhere, json_option, perform, state_dir_option

F = TypeVar("F", bound=Callable[..., Any])

FORMATS: Final = ("jsonl", "csv", "parquet")


def _chosen(command: F) -> F:
    order = click.option("--order", help="Only of this order: our id, or the venue's.")
    instrument = click.option("--instrument", help="Only of this one (symbol@venue).")
    kinds = click.option(
        "--kind", "kinds", multiple=True, help="Only such: OrderFilled, PlaceOrder …; may be repeated."
    )
    return between(order(instrument(kinds(command))))


@click.group("journal")
@everywhere
def group() -> None:
    """The journal of orders and money: show, export, verify."""


@group.command()
@everywhere
@config_option
@state_dir_option
@_chosen
@click.option("--last", type=click.IntRange(1), default=100, show_default=True, help="How many.")
@json_option
def show(**options: Any) -> int:
    """Show the last entries, beside a running service."""
    return perform("journal.show", **options)


@group.command()
@everywhere
@config_option
@state_dir_option
@_chosen
@click.option("--format", "kind", type=click.Choice(FORMATS), help="Without it, as OUTPUT is called; else jsonl.")
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Where to; without it, to stdout.")
def export(**options: Any) -> int:
    """Write entries as JSON lines, CSV or Parquet, without secrets."""
    return perform("journal.export", **options)


@group.command()
@everywhere
@config_option
@state_dir_option
@json_option
def verify(**options: Any) -> int:
    """Read every row and say whether each is what was written; exit code 6 when one is not."""
    return perform("journal.verify", **options)
