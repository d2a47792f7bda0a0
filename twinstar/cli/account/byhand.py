"""What orders by hand have in common: the service is asked, and its answer is told with an exit code of its own."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, Final

import click
import msgspec

from twinstar.app.desk import KNOWN_WITHIN_S, Done, OrderRow
from twinstar.cli.rows import amount, shortened
from twinstar.config import read, state_dir_of
from twinstar.runtime.control import call
from twinstar.runtime.logs import clean

ANSWERS_WITHIN_S: Final = KNOWN_WITHIN_S + 5
USAGE, UNKNOWN = 2, 5
_CODES: Final = {"would": USAGE, "refused": 1, "rejected": 1, "unknown": UNKNOWN}
HOW: Final = "nothing was done: add --yes to do it"


def ask(name: str, config: Path, state_dir: Path | None, **args: Any) -> Done:
    """Raise `NotRunning` without a service: an order by hand is its order, or nobody would guard what it opens."""
    where = state_dir_of(read(config), state_dir)
    answer = asyncio.run(call(where / "service.sock", name, within_s=ANSWERS_WITHIN_S, **args))
    return msgspec.convert(answer, Done)


def tell(done: Done, *, as_json: bool) -> int:
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(done)))
    else:
        click.echo(in_words(done), err=done.outcome in ("refused", "rejected", "unknown"))
    if done.outcome == "would":
        click.echo(HOW, err=True)
    return _CODES.get(done.outcome, 0)


def in_words(done: Done) -> str:
    if done.order is None:
        return clean(f"refused, nothing was sent: {done.reason}")
    what, reason = _what(done.order), f": {done.reason}" if done.reason else ""
    match done.outcome:
        case "would":
            return what
        case "unknown":
            return clean(f"no answer yet{reason}; `twinstar orders` tells what became of {done.order.order_id}: {what}")
        case _:
            return clean(f"{done.outcome}{reason}: {what}")


def _what(order: OrderRow) -> str:
    at = f"at {amount(order.price)}" if order.price is not None else "at market"
    words = f"{order.side} {amount(order.quantity)} {order.instrument} {at}"
    if order.order_id:
        words += f" (order {order.order_id})"
    if order.protect_at is not None:
        words += f", stop at {amount(order.protect_at)}"
    if order.filled and order.average_price is not None:
        words += f", {amount(order.filled)} filled at {amount(shortened(order.average_price))}"
    return words
