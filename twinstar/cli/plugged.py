"""Commands of plugins."""

from __future__ import annotations

import click

from twinstar.cli.loading import plugins_for
from twinstar.config import PluginsConfig
from twinstar.errors import PluginError


def find(name: str) -> click.Command | None:
    """Raise `PluginError` for one that is none."""
    make = plugins_for(PluginsConfig()).registry.commands.get(name)
    if make is None:
        return None
    command = make()
    if not isinstance(command, click.Command):
        raise PluginError(f"the command {name!r} of a plugin is no click command but {type(command).__name__}")
    return command
