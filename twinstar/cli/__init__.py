"""The command line: it parses, and decides nothing.

Only Click is imported here. What a command does is in the module of its name, fetched when the command runs, so that
``twinstar start --help`` answers at once.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Final, TypeVar

import click
from click.shell_completion import get_completion_class

F = TypeVar("F", bound=Callable[..., Any])

SHELLS: Final = ("bash", "zsh", "fish")
EXIT_CODES: Final = """
\b
Exit codes:
  0  done; a stop by SIGINT or SIGTERM too
  1  an error
  2  wrong configuration or usage
  3  no service runs
  4  credentials were refused
  5  no answer in time
  6  the state directory is in use by another process, or cannot be trusted
"""


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


def _louder(ctx: click.Context, _: click.Parameter, count: int) -> None:
    ctx.ensure_object(Look).verbosity += count


def _colorless(ctx: click.Context, _: click.Parameter, no_color: bool) -> None:
    if no_color:
        ctx.ensure_object(Look).color = ctx.color = False


def _everywhere(command: F) -> F:
    verbose = click.option(
        "-v", "--verbose", count=True, expose_value=False, callback=_louder, help="Log more; twice, log everything."
    )
    no_color = click.option(
        "--no-color", is_flag=True, expose_value=False, callback=_colorless, help="No colours; NO_COLOR does the same."
    )
    return verbose(no_color(command))


_config = click.option(
    "-c",
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("config.yaml"),
    show_default=True,
    help="The configuration.",
)
_state_dir = click.option(
    "--state-dir",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where state lives, instead of where the configuration says.",
)
_json = click.option("--json", "as_json", is_flag=True, help="For machines.")


def _perform(module: str, **options: Any) -> int:
    """Do what the command says; the exit code."""
    look = click.get_current_context().ensure_object(Look)
    return int(import_module(f"twinstar.cli.{module}").run(look, **options))


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, epilog=EXIT_CODES)
@_everywhere
def cli() -> None:
    """Trade on several crypto exchanges at once, with state that can be trusted."""


@cli.command()
@_everywhere
@_config
@_state_dir
@click.option("--for", "for_s", type=Duration(), help="Stop by itself after 60s, 5m, 2h.")
@click.option("--dry-run", is_flag=True, help="Print what would be started, and start nothing.")
def start(**options: Any) -> int:
    """Trade as the configuration says, until stopped (SIGINT, SIGTERM)."""
    return _perform("start", **options)


@cli.command()
@_everywhere
@_config
@_state_dir
@_json
def check(**options: Any) -> int:
    """Say whether a start would go well: configuration, plugins, venues, credentials, clock."""
    return _perform("check", **options)


@cli.command()
@_everywhere
@_config
@_state_dir
@_json
def status(**options: Any) -> int:
    """Show positions, orders, streams and protection, of the running service or of the state on disk."""
    return _perform("status", **options)


@cli.command()
@_everywhere
@_config
@_json
def plugins(**options: Any) -> int:
    """List the plugins, their hooks, and what the configuration may name."""
    return _perform("plugins", **options)


@cli.command()
@_everywhere
@_config
@_state_dir
def sim(**options: Any) -> int:
    """Serve the simulated exchange alone, for any program that speaks ccxt."""
    return _perform("sim", **options)


@cli.group()
@_everywhere
def config() -> None:
    """What may be in the configuration, and what is."""


@config.command()
@_everywhere
@click.option("--builtin", is_flag=True, help="Without installed plugins: what twinstar.schema.json holds.")
def schema(**options: Any) -> int:
    """Print the JSON schema of config.yaml, for editors."""
    return _perform("schema", **options)


@config.command()
@_everywhere
@_config
@_json
def show(**options: Any) -> int:
    """Print the configuration with every default filled in; secrets are masked."""
    return _perform("show", **options)


@cli.command()
@_everywhere
@_json
def version(**options: Any) -> int:
    """Print the versions of TwinStar, Python and ccxt."""
    return _perform("version", **options)


@cli.command()
@_everywhere
@click.argument("shell", type=click.Choice(SHELLS))
def completion(shell: str) -> int:
    """Print what makes SHELL complete our commands: eval "$(twinstar completion bash)"."""
    completing = get_completion_class(shell)
    if completing is None:
        raise click.UsageError(f"no completion for {shell}")
    click.echo(completing(cli, {}, "twinstar", "_TWINSTAR_COMPLETE").source())
    return 0


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command and end the process with its exit code; errors go to stderr."""
    try:
        code = cli.main(arguments, prog_name="twinstar", standalone_mode=False)
    except click.ClickException as e:
        e.show()
        code = e.exit_code
    except (Exception, KeyboardInterrupt) as e:  # noqa: BLE001 - whatever it is, it is told without a secret in it
        code = import_module("twinstar.cli.failures").report(e)
    sys.exit(code)
