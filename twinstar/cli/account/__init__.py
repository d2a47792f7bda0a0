"""Orders, fills, positions, balances, profit and loss; orders by hand. Only Click here."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final, TypeVar

import click

from twinstar.cli.options import Moment, config_option, everywhere, filtered, json_option, perform, state_dir_option

F = TypeVar("F", bound=Callable[..., Any])

BY: Final = ("day", "instrument", "strategy")


class Number(click.ParamType[str]):
    """A plain positive number; it stays the text that it was, so that no digit is lost."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if re.fullmatch(r"[0-9]{1,20}(\.[0-9]{1,20})?", str(value)) is None or not str(value).strip("0."):
            self.fail(f"{value!r} is not a positive number; write 0.016 or 60246.2", param, ctx)
        return str(value)


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


@click.group("order")
@everywhere
def order() -> None:
    """Place and cancel orders by hand, through the running service."""


def _by_hand(command: F) -> F:
    yes = click.option("--yes", is_flag=True, help="Do it. Without it, say what would be done, and exit with 2.")
    return everywhere(config_option(state_dir_option(yes(json_option(command)))))


@order.command()
@_by_hand
@click.option("--instrument", required=True, metavar="SYMBOL@VENUE", help="What: BTC/USDT:USDT@binanceusdm.")
@click.option("--side", type=click.Choice(("buy", "sell")), required=True, help="Which way.")
@click.option("--quantity", type=Number(), help="How much of the base asset; rounded down to the venue's steps.")
@click.option("--cost", type=Number(), help="How much of the quote asset, instead of a quantity.")
@click.option("--price", type=Number(), help="At this price or better; without it, at market.")
@click.option("--stop", type=Number(), required=True, help="Where what is filled is to be closed again.")
def place(**options: Any) -> int:
    """Open a position, or add to it, with its stop."""
    return perform("account.place", **options)


@order.command()
@_by_hand
@click.argument("order_id", metavar="ID")
def cancel(**options: Any) -> int:
    """Cancel an order that waits for its price, by our id or the venue's."""
    return perform("account.cancel", **options)


@click.command()
@everywhere
@config_option
@state_dir_option
@click.option("--venue", "venues", multiple=True, help="Only of this venue; may be repeated.")
@click.option("--apply", is_flag=True, help="Take in what the venues hold beyond our books, this once, with a stop.")
@json_option
def reconcile(**options: Any) -> int:
    """Read the accounts now, twice, and say where they and our books differ."""
    return perform("account.reconcile", **options)


commands: Final = (orders, fills, positions, balances, pnl, order, reconcile)
