"""The kill switch: no entries any more, entries again, everything closed. Only Click here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

import click

from twinstar.cli.options import Duration, config_option, everywhere, json_option, perform, state_dir_option

F = TypeVar("F", bound=Callable[..., Any])


def _at_a_venue(command: F) -> F:
    venue = click.option("--venue", help="Only there; without it, everywhere.")
    return everywhere(config_option(state_dir_option(venue(json_option(command)))))


_reason = click.option("--reason", default="by hand", show_default=True, help="Why; `status` shows it.")


@click.command()
@_at_a_venue
@_reason
def halt(**options: Any) -> int:
    """Let nothing be opened any more, also after a restart; exits and stops go on."""
    return perform("switch.halt", **options)


@click.command()
@_at_a_venue
def resume(**options: Any) -> int:
    """Let positions be opened again, and say which halts that has lifted."""
    return perform("switch.resume", **options)


@click.command("close-all")
@_at_a_venue
@click.option("--instrument", metavar="SYMBOL@VENUE", help="Only this one; entries are halted at its whole venue.")
@_reason
@click.option("--wait", "wait_s", type=Duration(), default="60s", show_default=True, help="For all to be flat.")
@click.option("--yes", is_flag=True, help="Do it. Without it, say what would be done, and exit with 2.")
def close_all(**options: Any) -> int:
    """Halt, cancel the entries that wait, and close what is held at market."""
    return perform("switch.close_all", **options)


commands: Final = (halt, resume, close_all)
