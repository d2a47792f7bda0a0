"""What the commands about the account share: whom to ask, where the answer is from, and how it is printed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import click
import msgspec
from rich.console import RenderableType
from rich.table import Table

from twinstar.app.desk import Answer, Asked, checked, read_view
from twinstar.cli import Look
from twinstar.cli.loading import console, loaded
from twinstar.cli.rows import NOTHING, amount, shortened, span
from twinstar.config import Settings
from twinstar.plugin import Plugins
from twinstar.runtime.clock import SystemClock
from twinstar.runtime.control import NotRunning, call

T = TypeVar("T")


def opened(config: Path, state_dir: Path | None, asked: Asked) -> tuple[Settings, Plugins]:
    """Raise `ConfigError` for what cannot be asked, `NotRunning` where nobody has ever left anything."""
    settings, plugins = loaded(config, state_dir, secrets=False)
    for name in checked(asked, settings):
        click.echo(f"{name} is not in the configuration; what is told of it is from before", err=True)
    where = settings.state_dir
    if not where.is_dir():
        raise NotRunning(f"no service runs, and none has left anything in {where}; start one with `twinstar start`")
    return settings, plugins


def view(name: str, row: type[T], config: Path, state_dir: Path | None, asked: Asked) -> Answer[T]:
    """Of the running service; of the journal that it left, when none runs."""
    settings, plugins = opened(config, state_dir, asked)
    try:
        raw = asyncio.run(call(settings.state_dir / "service.sock", name, **msgspec.to_builtins(asked)))
    except NotRunning:
        return read_view(name, settings, asked, plugins=plugins, clock=SystemClock())
    return msgspec.convert(raw, Answer[row])  # type: ignore[valid-type]  # a type that is only known here


def tell(look: Look, answer: Answer[Any], shown: RenderableType, *, as_json: bool) -> None:
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(answer)))
        return
    if answer.source == "journal":
        click.echo(_as_of(answer), err=True)
    console(look).print(shown)


def _as_of(answer: Answer[Any]) -> str:
    if answer.as_of_ms is None:
        return "from the journal, in which nothing is told of an account yet"
    old = span(max(answer.now_ms - answer.as_of_ms, 0) / 1_000)
    return f"from the journal, whose last word on the account is {old} old"


def table_of(rows: Sequence[Iterable[str]], *columns: str, nothing: str, right: Iterable[str] = ()) -> RenderableType:
    if not rows:
        return nothing
    table = Table(box=None, header_style="bold", padding=(0, 2, 0, 0))
    for column in columns:
        table.add_column(column, justify="right" if column in right else "left", no_wrap=column in right)
    for row in rows:
        table.add_row(*row)
    return table


def moment(time_ms: int | None) -> str:
    return NOTHING if time_ms is None else f"{datetime.fromtimestamp(time_ms / 1_000, UTC):%Y-%m-%d %H:%M:%S}"


def price(value: Decimal | None) -> str:
    return NOTHING if value is None else amount(shortened(value))
