"""``twinstar plugins``: who extends us, and what that lets config.yaml name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import msgspec
from rich.table import Table
from rich.text import Text

from twinstar.cli import Look
from twinstar.cli.loading import console, plugins_for
from twinstar.config import PluginsConfig, plugins_of, read
from twinstar.plugin import Loaded, Plugins
from twinstar.runtime.logs import clean


def run(look: Look, *, config: Path, as_json: bool) -> int:
    """A plugin that failed is shown, never fatal: whether it is needed, `start` and `check` decide."""
    chosen = plugins_of(read(config)) if config.exists() else PluginsConfig()
    plugins = plugins_for(PluginsConfig(disabled=chosen.disabled))
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(_answer(plugins))))
    else:
        out = console(look)
        out.print(_table(plugins.loaded))
        for kind, names in plugins.registry.names.items():
            out.print(f"[bold]{kind}[/]: {', '.join(names)}")
    return 0


def _answer(plugins: Plugins) -> dict[str, Any]:
    return {"plugins": plugins.loaded, "names": plugins.registry.names}


def _table(loaded: list[Loaded]) -> Table:
    table = Table("plugin", "version", "from", "hooks", box=None, header_style="bold", padding=(0, 2, 0, 0))
    for plugin in loaded:
        hooks = ", ".join(hook.removeprefix("twinstar_") for hook in plugin.hooks)
        what = Text(clean(f"could not be loaded: {plugin.error}"), style="red") if plugin.error else Text(hooks)
        table.add_row(plugin.name, plugin.version, plugin.provenance, what)
    return table
