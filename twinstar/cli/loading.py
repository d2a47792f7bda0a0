"""What most commands begin with: the configuration, and the plugins it needs to be understood."""

from __future__ import annotations

import sys
from pathlib import Path

from rich.console import Console

from twinstar.app import load_plugins
from twinstar.cli import Look
from twinstar.config import LogConfig, PluginsConfig, Settings, load, plugins_of, read, secrets_of
from twinstar.plugin import Plugins
from twinstar.runtime import logs
from twinstar.runtime.redaction import redact


def plugins_for(chosen: PluginsConfig) -> Plugins:
    """Raise `PluginError` when a required one is missing. What plugins log while they load is logged our way."""
    logs.set_up(LogConfig(level="WARNING"))
    return load_plugins(disabled=chosen.disabled, required=chosen.required)


def loaded(config: Path, state_dir: Path | None = None, *, secrets: bool = True) -> tuple[Settings, Plugins]:
    """Raise `ConfigError`. From here on no secret of the configuration appears in anything we write."""
    document = read(config)
    plugins = plugins_for(plugins_of(document))
    settings: Settings = load(document, plugins.registry, state_dir, secrets=secrets)
    if secrets:
        for _, section in (*settings.venues.values(), *settings.strategies.values()):
            for _, secret in secrets_of(section):
                redact(secret.get_secret_value())
    return settings, plugins


def console(look: Look, *, err: bool = False) -> Console:
    """Wide where nobody's terminal sets the width, so that tables in files and pipes are whole."""
    file = sys.stderr if err else sys.stdout
    return Console(
        file=file,
        no_color=True if look.color is False else None,
        width=None if file.isatty() else 160,
        highlight=False,
        soft_wrap=False,
    )
