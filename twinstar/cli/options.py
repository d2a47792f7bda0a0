"""What commands have in common: the options that stand everywhere, and how a command gets to its module."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, Final, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


class Look:
    """How to talk to whoever called: set by options that may stand before or after the command."""

    def __init__(self) -> None:
        self.verbosity = 0
        self.color: bool | None = None  # None: as the terminal can


class Duration(click.ParamType[float]):
    """``90``, ``60s``, ``5m``, ``2h``, ``1d``: seconds."""

    name = "duration"
    _UNITS: Final = {"": 1, "s": 1, "m": 60, "h": 3_600, "d": 86_400}

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)([smhd]?)", str(value).strip())
        if found is None or float(found[1]) == 0:
            self.fail(f"{value!r} is not a duration; write 90s, 5m or 2h", param, ctx)
        return float(found[1]) * self._UNITS[found[2]]


class Moment(click.ParamType[int]):
    """``2024-01-31``, ``2024-01-31T09:30``, with a zone or in UTC: epoch milliseconds."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        try:
            moment = dt.datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a time; write 2024-01-31 or 2024-01-31T09:30 (UTC)", param, ctx)
        return round((moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).timestamp() * 1_000)


def _louder(ctx: click.Context, _: click.Parameter, count: int) -> None:
    ctx.ensure_object(Look).verbosity += count


def _colorless(ctx: click.Context, _: click.Parameter, no_color: bool) -> None:
    if no_color:
        ctx.ensure_object(Look).color = ctx.color = False


def everywhere(command: F) -> F:
    verbose = click.option(
        "-v", "--verbose", count=True, expose_value=False, callback=_louder, help="Log more; twice, log everything."
    )
    no_color = click.option(
        "--no-color", is_flag=True, expose_value=False, callback=_colorless, help="No colours; NO_COLOR does the same."
    )
    return verbose(no_color(command))


def filtered(command: F) -> F:
    venues = click.option("--venue", "venues", multiple=True, help="Only of this venue; may be repeated.")
    instruments = click.option(
        "--instrument", "instruments", multiple=True, help="Only this one (symbol@venue); may be repeated."
    )
    return venues(instruments(command))


def between(command: F) -> F:
    since = click.option("--since", "since_ms", type=Moment(), help="The first that may be in it: 2024-01-31, UTC.")
    until = click.option("--until", "until_ms", type=Moment(), help="The first that is not in it any more.")
    return since(until(command))


config_option = click.option(
    "-c",
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("config.yaml"),
    show_default=True,
    help="The configuration.",
)
state_dir_option = click.option(
    "--state-dir",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where state lives, instead of where the configuration says.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="For machines.")


def perform(module: str, **options: Any) -> int:
    """Do what the command says; the exit code."""
    look = click.get_current_context().ensure_object(Look)
    return int(import_module(f"twinstar.cli.{module}").run(look, **options))
