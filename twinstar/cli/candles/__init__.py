"""``twinstar candles``: what is stored of the past, whether it is right, and fetching the rest. Only Click here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from twinstar.cli.options import (
    Moment,
    between,
    config_option,
    everywhere,
    filtered,
    json_option,
    perform,
    state_dir_option,
)

F = TypeVar("F", bound=Callable[..., Any])

FORMATS: Final = ("csv", "parquet", "arrow")
EVER: Final = "2010-01-01"  # no venue of ours is older


def _one_series(command: F) -> F:
    instrument = click.argument("instrument", metavar="SYMBOL@VENUE")
    timeframe = click.option("--timeframe", help="1m … 1M; without it, the one the venue is configured with.")
    return instrument(timeframe(command))


@click.group("candles")
@everywhere
def group() -> None:
    """The stored candles: list, show, export, verify, repair, backfill."""


@group.command()
@everywhere
@config_option
@state_dir_option
@filtered
@json_option
def ls(**options: Any) -> int:
    """List what is stored: how many, from when to when, how many are not there."""
    return perform("candles.ls", **options)


@group.command()
@everywhere
@config_option
@state_dir_option
@_one_series
@click.option("--last", type=click.IntRange(1, 100_000), default=20, show_default=True, help="How many.")
@json_option
def show(**options: Any) -> int:
    """Show the last candles of an instrument."""
    return perform("candles.show", **options)


@group.command()
@everywhere
@config_option
@state_dir_option
@_one_series
@between
@click.option("--format", "kind", type=click.Choice(FORMATS), help="Without it, as OUTPUT is called; else csv.")
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Where to; without it, to stdout.")
def export(**options: Any) -> int:
    """Write an instrument's candles as CSV, Parquet or Arrow."""
    return perform("candles.export", **options)


@group.command()
@everywhere
@config_option
@state_dir_option
@filtered
@json_option
def gaps(**options: Any) -> int:
    """List the known gaps, each with its reason."""
    return perform("candles.gaps", **options)


@group.command()
@everywhere
@config_option
@state_dir_option
@filtered
@json_option
def verify(**options: Any) -> int:
    """Read all that is stored and say what is wrong with it; exit code 1 when something is."""
    return perform("candles.verify", **options)


@group.command()
@everywhere
@config_option
@state_dir_option
@filtered
@json_option
def repair(**options: Any) -> int:
    """Fetch again what `verify` finds to be wrong; no service may run meanwhile."""
    return perform("candles.repair", **options)


@group.command()
@everywhere
@config_option
@state_dir_option
@filtered
@click.option("--since", "since_ms", type=Moment(), default=EVER, help="From when; without it, all there is.")
@click.option("--timeframe", help="1m … 1M; without it, the one each venue is configured with.")
@json_option
def backfill(**options: Any) -> int:
    """Fetch all history that is not stored yet; goes on where it was stopped. A running service does it."""
    return perform("candles.backfill", **options)
