"""Orders, fills, positions, balances, profit and loss; orders by hand. Only Click here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

import click

from twinstar.cli.options import Moment, config_option, everywhere, filtered, json_option, perform, state_dir_option

F = TypeVar("F", bound=Callable[..., Any])

BY: Final = ("day", "instrument", "strategy")


def _about_the_account(command: F) -> F:
    return everywhere(config_option(state_dir_option(filtered(json_option(command)))))


_since = click.option("--since", "since_ms", type=Moment(), help="Only from then on: 2024-01-31, UTC.")
_last = click.option("--last", type=click.IntRange(1, 1_000), default=50, show_default=True, help="The newest so many.")


@click.command()
@_about_the_account
@click.option("--open", "open_only", is_flag=True, help="Only those that may still be filled.")
@_since
@_last
def orders(**options: Any) -> int:
    """Show our orders, and what else stands at the venues."""
    return perform("account.orders", **options)


@click.command()
@_about_the_account
@_since
@_last
def fills(**options: Any) -> int:
    """Show what was filled, from the journal: price, fee, and what it realized."""
    return perform("account.fills", **options)


@click.command()
@_about_the_account
def positions(**options: Any) -> int:
    """Show what is held, how it is protected, and what is held there but not ours."""
    return perform("account.positions", **options)


@click.command()
@_about_the_account
def balances(**options: Any) -> int:
    """Show what each account has, free and locked, as the venue last told."""
    return perform("account.balances", **options)


@click.command()
@_about_the_account
@_since
@click.option("--by", type=click.Choice(BY), default="instrument", show_default=True, help="A row for each of them.")
def pnl(**options: Any) -> int:
    """Show profit and loss from the journal, first in first out: realized, fees, funding, and what is held."""
    return perform("account.pnl", **options)


commands: Final = (orders, fills, positions, balances, pnl)
