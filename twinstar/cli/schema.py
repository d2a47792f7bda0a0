"""``twinstar config schema``."""

from __future__ import annotations

import json

import click

from twinstar.builtin import plugins as builtin_plugins
from twinstar.cli import Look
from twinstar.cli.loading import plugins_for
from twinstar.config import PluginsConfig
from twinstar.config.schema import schema
from twinstar.plugin import Plugins


def run(look: Look, *, builtin: bool) -> int:
    plugins = Plugins(builtin_plugins(), third_party=False) if builtin else plugins_for(PluginsConfig())
    click.echo(json.dumps(schema(plugins.registry), indent=2, ensure_ascii=False))
    return 0
