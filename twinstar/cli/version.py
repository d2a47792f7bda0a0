"""``twinstar version``."""

from __future__ import annotations

import json
import platform
from importlib.metadata import version

import click

from twinstar import __version__
from twinstar.cli import Look


def run(look: Look, *, as_json: bool) -> int:
    versions = {"twinstar": __version__, "python": platform.python_version(), "ccxt": version("ccxt")}
    if as_json:
        click.echo(json.dumps(versions))
    else:
        click.echo("\n".join(f"{name} {number}" for name, number in versions.items()))
    return 0
