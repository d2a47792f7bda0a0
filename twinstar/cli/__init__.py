"""The command line: it parses, and decides nothing.

Only Click is imported here. What a command does is in the module of its name, fetched when the command runs, so that
``twinstar start --help`` answers at once.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import click
from click.shell_completion import get_completion_class

from twinstar.cli.account import commands as account_commands
from twinstar.cli.candles import group as candles
from twinstar.cli.journal import group as journal
from twinstar.cli.options import (
    Duration,
    Look,
    Moment,
    config_option,
    everywhere,
    json_option,
    perform,
    state_dir_option,
)
from twinstar.cli.switch import commands as switch_commands

__all__ = ["SHELLS", "Duration", "Look", "cli", "main"]

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
  7  another process trades on an account of the configuration
  8  an account and the books differ (reconcile)
"""


class Commands(click.Group):
    """Ours, and those that plugins have registered: they are looked for only when a name is none of ours."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return super().get_command(ctx, cmd_name) or import_module("twinstar.cli.plugged").find(cmd_name)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]}, epilog=EXIT_CODES)
@everywhere
def cli() -> None:
    """Trade on several crypto exchanges at once, with state that can be trusted."""


@cli.command()
@everywhere
@config_option
@state_dir_option
@click.option("--for", "for_s", type=Duration(), help="Stop by itself after 60s, 5m, 2h.")
@click.option("--dry-run", is_flag=True, help="Print what would be started, and start nothing.")
def start(**options: Any) -> int:
    """Trade as the configuration says, until stopped (SIGINT, SIGTERM)."""
    return perform("start", **options)


@cli.command()
@everywhere
@config_option
@state_dir_option
@json_option
def check(**options: Any) -> int:
    """Say whether a start would go well: configuration, plugins, venues, credentials, clock."""
    return perform("check", **options)


@cli.command()
@everywhere
@config_option
@state_dir_option
@json_option
def status(**options: Any) -> int:
    """Show positions, orders, streams and protection, of the running service or of the state on disk."""
    return perform("status", **options)


@cli.command()
@everywhere
@config_option
@json_option
def limits(**options: Any) -> int:
    """Show which limits of the venues are in force, and where each comes from."""
    return perform("limits", **options)


@cli.command()
@everywhere
@config_option
@json_option
def plugins(**options: Any) -> int:
    """List the plugins, their hooks, and what the configuration may name."""
    return perform("plugins", **options)


@cli.command()
@everywhere
@click.argument("venue")
@json_option
def conformance(**options: Any) -> int:
    """Try a venue's adapter against its simulated exchange; VENUE is a name, or the path of a quality.yaml.

    Prints what passed, what failed, what it is exempt from, and the tier that this adds up to.
    """
    return perform("conformance", **options)


@cli.command()
@everywhere
@click.argument("venue")
@click.argument("story", required=False)
@click.option("--into", type=click.Path(path_type=Path, file_okay=False), default="cassettes", show_default=True)
@click.option("--at-venue", is_flag=True, help="Record at the venue itself, not at the simulated exchange.")
@click.option("--quantity", metavar="NUMBER", help="Of each order that is sent at the venue, in the base asset.")
@click.option("--yes", is_flag=True, help="Send real orders.")
@config_option
def record(**options: Any) -> int:
    """Record what VENUE says in a STORY (all of them by default), for tests that replay it without a network.

    Keys, signatures and tokens are not written down. At the venue itself the account of the configuration is used.
    """
    return perform("record", **options)


@cli.command()
@everywhere
@click.argument("at_ms", metavar="TIME", type=Moment())
@click.option("--around", "around_s", type=Duration(), default="10m", show_default=True, help="Before and after.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), default="incident.zip", show_default=True
)
@config_option
@state_dir_option
def incident(**options: Any) -> int:
    """Bundle what happened around TIME: journal, configuration and log, without a secret, to be sent and replayed."""
    return perform("incident", **options)


@cli.command()
@everywhere
@config_option
@state_dir_option
def sim(**options: Any) -> int:
    """Serve the simulated exchange alone, for any program that speaks ccxt."""
    return perform("sim", **options)


@cli.group()
@everywhere
def config() -> None:
    """What may be in the configuration, and what is."""


@config.command()
@everywhere
@click.option("--builtin", is_flag=True, help="Without installed plugins.")
def schema(**options: Any) -> int:
    """Print the JSON schema of config.yaml, for editors."""
    return perform("schema", **options)


@config.command()
@everywhere
@config_option
@json_option
def show(**options: Any) -> int:
    """Print the configuration with every default filled in; secrets are masked."""
    return perform("show", **options)


cli.add_command(candles)
for command in (*account_commands, *switch_commands):
    cli.add_command(command)
cli.add_command(journal)


@cli.command()
@everywhere
@json_option
def version(**options: Any) -> int:
    """Print the versions of TwinStar, Python and ccxt."""
    return perform("version", **options)


@cli.command()
@everywhere
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
